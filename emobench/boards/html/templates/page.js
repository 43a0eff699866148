"use strict";
// Sorts, filters and opens rows; draws what a row opens to from the JSON of the page.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const text = (place) => data.texts[place];
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  root.classList.add("scripted");

  // ------------------------------------------------------------------------------------------- elements

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children.flat(2).filter((child) => child !== null && child !== undefined));
    return made;
  }

  function prose(tag, html) {
    const made = element(tag);
    made.innerHTML = html; // made by the renderer, which lets no markup of others through
    return made;
  }

  function drawn(tag, attributes = {}, ...children) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children.flat());
    return made;
  }

  const UNIT = 10000; // numbers come in ten-thousandths
  const BINS = 15;
  const decimal = (value) => (value === null || value === undefined ? "–" : (value / UNIT).toFixed(4));
  const percent = (value) => (100 * value) / UNIT;
  const count = (value) => value.toLocaleString("en-GB");
  const span = (ends) => (ends && ends.length ? `[${decimal(ends[0])}, ${decimal(ends[1])}]` : "unknown");

  function table(caption, heads, rows, numbers = []) {
    const at = (place) => (numbers.includes(place) ? { class: "num" } : {});
    return element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": caption },
      element("table", {},
        element("caption", { class: "unseen" }, caption),
        element("thead", {}, element("tr", {}, heads.map((head, place) => element("th", { scope: "col", ...at(place) }, head)))),
        element("tbody", {}, rows.map((cells) => element("tr", {}, cells.map((cell, place) =>
          element(place ? "td" : "th", place ? at(place) : { scope: "row" }, cell)))))));
  }

  const folded = (summary, ...content) => element("details", {}, element("summary", {}, summary), ...content);
  const card = (title, ...content) => element("div", { class: "card" }, element("h3", {}, title), ...content);
  function broad(title, ...content) {
    const made = card(title, ...content);
    made.classList.add("broad");
    return made;
  }

  function gauge(value) {
    if (value === null) return decimal(value); // no bar: a score over no samples is not 0
    return element("span", { class: "gauge" }, element("span", {}, decimal(value)),
      element("span", { class: "track", "aria-hidden": "true" }, element("i", { style: `--v:${percent(value)}` })));
  }

  // -------------------------------------------------------------------------------------------- figures

  function confusion(row, classes) {
    const body = row.confusion.map((line, truth) => {
      const total = line.reduce((sum, n) => sum + n, 0);
      return element("tr", {}, element("th", { scope: "row" }, classes[truth]), line.map((n, predicted) => {
        const share = total ? n / total : 0;
        const cell = element("td", { style: `--h:${(75 * share).toFixed(1)}` }, count(n),
          element("small", {}, total ? `${(100 * share).toFixed(0)}%` : "–"));
        if (truth === predicted) cell.className = "hit";
        return cell;
      }));
    });
    return [
      element("p", { class: "light" }, "Rows are true classes, columns predicted ones, per cent of the row; right answers are framed."),
      element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Confusion matrix" }, element("table", { class: "heat" },
        element("caption", { class: "unseen" }, "Confusion matrix"),
        element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "true \\ predicted"),
          classes.map((name) => element("th", { scope: "col" }, name)))),
        element("tbody", {}, body))),
    ];
  }

  function perClass(row, classes) {
    const support = row.confusion.map((line) => line.reduce((sum, n) => sum + n, 0));
    const predicted = classes.map((_, place) => row.confusion.reduce((sum, line) => sum + line[place], 0));
    return table("Per class", ["class", "precision", "recall", "F1", "support", "predicted"],
      classes.map((name, place) => [name, ...row.classes[place].map((value, score) => gauge((score ? support : predicted)[place] ? value : null)), count(support[place]), count(predicted[place])]), [4, 5]);
  }

  const [WIDE, HIGH, LEFT, FOOT, TOP] = [420, 280, 56, 40, 12];
  const along = (share) => LEFT + share * (WIDE - LEFT - 14);
  const up = (share) => HIGH - FOOT - share * (HIGH - FOOT - TOP);

  function axes(title, description, across, upward, xs, ys) {
    const label = (x, y, content, anchor) => drawn("text", { x, y, "text-anchor": anchor }, content);
    return drawn("svg", { class: "figure", viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": `${title}. ${description}` },
      ys.map(([share, name]) => [
        drawn("line", { class: "grid-line", x1: along(0), x2: along(1), y1: up(share), y2: up(share) }),
        label(LEFT - 6, up(share) + 4, name, "end")]).flat(),
      xs.map(([share, name]) => label(along(share), HIGH - FOOT + 16, name, "middle")),
      drawn("line", { class: "axis-line", x1: along(0), x2: along(1), y1: up(0), y2: up(0) }),
      label(along(0.5), HIGH - 6, across, "middle"),
      drawn("text", { x: 0, y: 0, "text-anchor": "middle", transform: `translate(11 ${up(0.5)}) rotate(-90)` }, upward));
  }

  const tenths = [0, 0.2, 0.4, 0.6, 0.8, 1].map((value) => [value, value.toFixed(1)]);
  const line = (points, kind) => drawn("polyline", { class: kind, points: points.map(([x, y]) => `${along(x).toFixed(1)},${up(y).toFixed(1)}`).join(" ") });

  function reliability(row) {
    const figure = axes("Reliability diagram", `${row.bins.length} bins; the numbers are in the table below.`,
      "probability of the predicted class", "accuracy", tenths, tenths);
    const most = Math.max(...row.bins.map((bin) => bin[1]));
    const points = row.bins.map(([, , sure, right]) => [sure / UNIT, right / UNIT]);
    for (const [number, n, , right] of row.bins) {
      const [left, top] = [along(number / BINS), up(right / UNIT)];
      figure.append(drawn("rect", { x: left + 1, y: top, width: along(1 / BINS) - along(0) - 2, height: up(0) - top,
        "fill-opacity": (0.25 + 0.75 * (n / most)).toFixed(2) }));
    }
    figure.append(line([[0, 0], [1, 1]], "ideal"), line(points, "two"));
    for (const [sure, right] of points) figure.append(drawn("circle", { cx: along(sure), cy: up(right), r: 3.4, class: "two", style: "stroke-dasharray:none;fill:var(--surface)" }));
    return [
      element("p", {}, element("strong", {}, `ECE ${decimal(row.ece)}`),
        ": the mean gap to the dashed diagonal, weighted by the samples of each bin. Below the diagonal a model is surer than it is right. Stronger coloured bars hold more samples."),
      figure,
      folded("The numbers of the bins", table("Bins of the reliability diagram", ["probability", "samples", "mean probability", "accuracy"],
        row.bins.map(([number, n, sure, right]) => [`${(number / BINS).toFixed(3)}–${((number + 1) / BINS).toFixed(3)}`, count(n), decimal(sure), decimal(right)]), [1, 2, 3])),
    ];
  }

  // The upper end of an axis from 0 that holds a value, and its marks, whose step is 1, 2 or 5 times a power of ten.
  function rounded(most) {
    const power = Math.floor(Math.log10(most / 5));
    const times = [1, 2, 5, 10].find((each) => each * 10 ** power >= (most / 5) * (1 - 1e-9));
    const step = times * 10 ** power;
    const steps = Math.ceil(most / step - 1e-9);
    const places = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    return [steps * step, [...Array(steps + 1).keys()].map((each) => [each / steps, (each * step).toFixed(places)])];
  }

  function curves(history) {
    const last = history.epochs.length - 1;
    const spread = (values) => values.map((value, place) => [last ? place / last : 0.5, value]).filter(([, value]) => value !== null).map(([x, value]) => [x, value / UNIT]);
    const step = Math.max(1, Math.ceil(history.epochs.length / 8));
    const marks = history.epochs.map((epoch, place) => [last ? place / last : 0.5, String(epoch)]).filter((_, place) => place % step === 0);
    const [top, losses] = rounded(Math.max(...history.loss) / UNIT || 1);
    const ofLoss = axes("Training loss by epoch", "The numbers are in the table below.", "epoch", "training loss", marks, losses);
    const dots = (figure, points, kind) => points.forEach(([x, y]) => figure.append(drawn("circle", { cx: along(x), cy: up(y), r: 2.6, class: kind, style: "stroke-dasharray:none" })));
    const put = (figure, points, kind) => { figure.append(line(points, kind)); dots(figure, points, kind); };
    put(ofLoss, spread(history.loss).map(([x, y]) => [x, y / top]), "one");
{% if kinds != ["class"] %}
    if (history.accuracy.every((value) => value === null)) return ofValues(history, ofLoss, marks, spread, put);
{% endif %}
    const shares = Object.entries(history.validation).filter(([, values]) => values.every((value) => value === null || (value >= 0 && value <= UNIT)));
    const ofScores = axes("Scores by epoch", "The numbers are in the table below.", "epoch", "score", marks, tenths);
    const lines = [["accuracy in training", history.accuracy, "one"], ...shares.slice(0, 2).map(([name, values], place) => [`${name} on validation`, values, ["two", "three"][place]])];
    lines.forEach(([, values, kind]) => put(ofScores, spread(values), kind));
    const legend = element("p", { class: "legend" }, lines.map(([name, , kind]) => element("span", {},
      drawn("svg", { class: "figure", style: "display:inline", viewBox: "0 0 30 10", "aria-hidden": "true" }, drawn("line", { x1: 0, x2: 30, y1: 5, y2: 5, class: kind })), ` ${name}`)));
    const names = Object.keys(history.validation);
    return element("div", { class: "grid" }, element("div", {}, ofLoss), element("div", {}, ofScores, legend),
      folded("The numbers of the curves", table("Training by epoch", ["epoch", "training loss", "training accuracy", ...names.map((name) => `${name}, validation`)],
        history.epochs.map((epoch, place) => [String(epoch), decimal(history.loss[place]), decimal(history.accuracy[place]), ...names.map((name) => decimal(history.validation[name][place]))]),
        [1, 2, 3, 4, 5, 6, 7, 8])));
  }

{% if kinds != ["class"] %}
  // Training that tells values: beside the loss what validation has in [-1, 1], such as CCC; there are no right answers.
  function ofValues(history, ofLoss, marks, spread, put) {
    const lines = Object.entries(history.validation).filter(([name, values]) => name !== "loss" && values.every((value) => value === null || Math.abs(value) <= UNIT)).slice(0, 3);
    const low = lines.some(([, values]) => values.some((value) => value !== null && value < 0)) ? -1 : 0;
    const up = (value) => (value - low) / (1 - low);
    const ys = (low ? [-1, -0.5, 0, 0.5, 1] : [0, 0.2, 0.4, 0.6, 0.8, 1]).map((value) => [up(value), value.toFixed(1)]);
    const ofScores = axes("Scores on validation by epoch", "The numbers are in the table below.", "epoch", "score", marks, ys);
    lines.forEach(([, values], place) => put(ofScores, spread(values).map(([x, y]) => [x, up(y)]), ["one", "two", "three"][place]));
    const legend = element("p", { class: "legend" }, lines.map(([name], place) => element("span", {},
      drawn("svg", { class: "figure", style: "display:inline", viewBox: "0 0 30 10", "aria-hidden": "true" }, drawn("line", { x1: 0, x2: 30, y1: 5, y2: 5, class: ["one", "two", "three"][place] })), ` ${name} on validation`)));
    const names = Object.keys(history.validation);
    return element("div", { class: "grid" }, element("div", {}, ofLoss), lines.length ? element("div", {}, ofScores, legend) : null,
      folded("The numbers of the curves", table("Training by epoch", ["epoch", "training loss", ...names.map((name) => `${name}, validation`)],
        history.epochs.map((epoch, place) => [String(epoch), decimal(history.loss[place]), ...names.map((name) => decimal(history.validation[name][place]))]),
        [1, 2, 3, 4, 5, 6, 7, 8])));
  }

{% endif %}
  function slices(row) {
    const bar = (value, ends) => element("span", { class: "iv", "aria-hidden": "true",
      style: `--v:${percent(value)};` + (ends.length ? `--l:${percent(ends[0])};--w:${percent(ends[1] - ends[0])}` : "") },
      ends.length ? element("i") : null, element("b"));
    return [
      element("p", {}, text(row.slicesAre)),
      table("Slices; bars from 0 to 1", ["by", "value", "n", "accuracy", "95% interval", "drawn", "UAR"],
        row.slices.map(([column, value, n, accuracy, uar, ...ends]) => [text(column), text(value) || "–", count(n), decimal(accuracy),
          ends.length ? span(ends) : "–", bar(accuracy, ends), decimal(uar)]), [2, 3, 4, 6]),
    ];
  }

  function metrics(row) {
    const score = (value, ends) => element("span", {}, decimal(value), ends ? element("small", {}, span(ends)) : null);
    return table("Metrics by test part, with 95% intervals on the first",
      ["metric", ...row.parts.map(([part, n]) => element("span", {}, text(part), element("small", {}, `n ${count(n)}`)))],
      row.metrics.map((name, metric) => [text(name),
        ...row.parts.map(([, , values], place) => score(values[metric], place ? null : (row.spans || {})[metric]))]), [...row.parts.keys()].map((place) => place + 1));
  }

  // --------------------------------------------------------------------------------------------- copies

  const share = (value) => (value === null || value === undefined ? "–" : (value / UNIT * 100).toFixed(1));
  const TEX = { "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "–": "--" };
  const forms_of_a_row = {
    LaTeX: (cells) => `${cells.map((cell) => cell.replace(/[\\~^&%$#_{}–]/g, (found) => TEX[found] ?? `\\${found}`)).join(" & ")} \\\\`,
    Markdown: (cells, heads) => [heads, heads.map(() => "---"), cells].map((line) => `| ${line.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`).join("\n"),
    BibTeX: (cells, _, row) => [`% the sources of row ${cells.at(-1)}`, ...row.sources.map(text)].join("\n\n"),
  };

  function copies(id, row) {
{% if kinds == ["class"] %}
    const { data: about, leading } = data.tasks[row.task];
    const scores = leading.map((name) => {
      const place = row.metrics.indexOf(name);
      const ends = (row.spans || {})[place];
      return share(row.parts[0][2][place]) + (ends && ends.length ? ` [${ends.map(share).join(", ")}]` : "");
    });
    const heads = ["model", "data", ...leading.map((name) => `${text(name)} %`), "n", "cell"];
{% else %}
    const { data: about, leading, shares = [true, true] } = data.tasks[row.task];
    const scores = leading.map((name, which) => {
      const written = shares[which] ? share : (value) => (value === null || value === undefined ? "–" : (value / UNIT).toFixed(3));
      const place = row.metrics.indexOf(name);
      const ends = (row.spans || {})[place];
      return written(row.parts[0][2][place]) + (ends && ends.length ? ` [${ends.map(written).join(", ")}]` : "");
    });
    const heads = ["model", "data", ...leading.map((name, which) => text(name) + (shares[which] ? " %" : "")), "n", "cell"];
{% endif %}
    const cells = [text(row.name), about, ...scores, count(row.parts[0][1]), id];
    const area = element("textarea", { readonly: "", rows: "5", "aria-label": "Text to copy", hidden: "" });
    const done = element("span", { role: "status" });
    return card("Copy this row", element("p", { class: "copies" }, Object.entries(forms_of_a_row).map(([name, form]) => {
      const button = element("button", { type: "button" }, name);
      button.addEventListener("click", () => {
        area.value = form(cells, heads, row);
        area.hidden = false;
        area.select();
        navigator.clipboard?.writeText(area.value).then(() => { done.textContent = `${name} copied`; }, () => {});
      });
      return button;
    }), done), area);
  }

  // --------------------------------------------------------------------------------------------- panels

  function panel(id) {
    const row = data.rows[id];
    const { classes, part } = data.tasks[row.task];
    const record = data.cells && [element("dt", {}, "Record"), element("dd", {}, element("a", { href: `${data.cells}${id}/record.json` }, "record.json"))];
    const facts = element("dl", {}, row.facts.map(([name, value]) => [element("dt", {}, text(name)), prose("dd", text(value))]), record || []);
    const grid = element("div", { class: "grid" });
    const add = (...cards) => grid.append(...cards);
    if (row.worst !== undefined) add(broad("Worst slices and classes", element("p", {}, text(row.worst))));
    if (row.confusion) add(card(`Confusion matrix on ${part}`, ...confusion(row, classes)), card(`Classes on ${part}`, perClass(row, classes)));
    if (row.bins) add(card(`Reliability on ${part}`, ...reliability(row)));
    if (row.metrics) add(card("Every metric", metrics(row)));
    if (row.history) add(broad("Training", curves(row.history)));
    if (row.slices) add(broad("Slices", ...slices(row)));
    for (const [title, heads, numbers, rows] of row.tables || []) {
      add(card(text(title), table(text(title), heads.map(text), rows.map((cells) => cells.map((cell) => prose("span", text(cell)))), numbers)));
    }
    if (row.warnings) add(card("Warnings during the run", element("ul", {}, row.warnings.map((one) => element("li", {}, text(one))))));
    if (row.metrics) add(copies(id, row));
    add(broad("What was run, and on what", facts));
    if (text(row.prose)) {
      const said = prose("div", text(row.prose));
      said.className = "card broad";
      add(said);
    }
    return grid;
  }

  function toggle(button, open) {
    const row = button.closest("tr");
    const id = row.id.slice("cell-".length);
    if (open && !row.next) {
      row.next = element("tr", { class: "panel", id: `panel-${id}` }, element("td", { colspan: row.cells.length }, panel(id)));
      row.after(row.next);
      button.setAttribute("aria-controls", row.next.id);
    }
    if (row.next) row.next.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  }

  for (const button of all(".open")) {
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") === "false";
      toggle(button, open);
      const address = `#${button.closest("tr").id}`;
      if (open || location.hash === address) remember(open ? address : "");
    });
  }

  function follow() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[hidden]")) {
      for (const { form, act } of forms) {
        form.reset();
        act();
      }
      remember();
    }
    if (target.matches("tr.row")) toggle(target.querySelector(".open"), true);
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    target.scrollIntoView();
  }
  addEventListener("hashchange", follow);
  addEventListener("click", (event) => { // a link to where the address leads already changes no address
    const link = event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) follow();
  });

  // ------------------------------------------------------------------------------------------- columns

  for (const ranking of all(".ranking")) {
    for (const [place, [name, said]] of data.costs.entries()) {
      ranking.tHead.rows[0].append(element("th", { scope: "col", class: "num", "data-k": name }, element("button", { type: "button" }, said)));
      for (const row of ranking.tBodies[0].rows) {
        row.append(element("td", { class: "num", "data-l": said }, String(data.rows[row.id.slice("cell-".length)].cost[place] ?? "–")));
      }
    }
  }

  function choose() {
    for (const { value, checked } of all("input[name=column]")) {
      for (const head of all(`.ranking thead th[data-k="${value}"]`)) {
        const { cellIndex } = head;
        if (head.hidden !== checked || cellIndex < 6) continue; // what the task is ranked by stays
        for (const row of head.closest("table").rows) if (!row.matches(".panel")) row.cells[cellIndex].hidden = !checked;
      }
    }
  }

  // -------------------------------------------------------------------------------------------- sorting

  function key(row, column) {
    const cell = row.cells[column];
    if (column === 1) return all(".open, .experiment", cell).map((part) => part.textContent).join(" ");
    const content = (cell.querySelector(".rank") || cell.firstChild || cell).textContent.trim();
    return parseFloat(content.replaceAll(",", ""));
  }

  function sort(head, direction) {
    const body = head.closest("table").tBodies[0];
    const column = head.cellIndex;
    for (const other of all("th", head.parentNode)) if (other !== head) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", direction);
    head.closest("table").classList.toggle("by-rank", column === 0 && direction === "ascending");
    const rows = all(":scope > tr.row", body).map((row, place) => ({ row, place, key: key(row, column) }));
    const sign = direction === "ascending" ? 1 : -1;
    rows.sort((a, b) => {
      const [none, nothing] = [Number.isNaN(a.key), Number.isNaN(b.key)];
      if (none || nothing) return none - nothing || a.place - b.place; // what has no number stands last, either way
      return sign * (typeof a.key === "string" ? a.key.localeCompare(b.key, "en") : a.key - b.key) || a.place - b.place;
    });
    for (const { row } of rows) body.append(row, ...(row.next ? [row.next] : []));
  }

  for (const head of all(".ranking thead th")) {
    head.querySelector("button")?.addEventListener("click", () => {
      // Scores are sorted the best first; what reads from the beginning, and what a row cost, from the beginning.
      const least = head.cellIndex < 2 || data.costs.some(([name]) => name === head.dataset.k);
      const [first, then] = least ? ["ascending", "descending"] : ["descending", "ascending"];
      sort(head, head.getAttribute("aria-sort") === first ? then : first);
      remember();
    });
  }

  // ------------------------------------------------------------------------------------------ filtering

  const wanted = (form, name) => form.elements[name]?.value ?? "";
  const words = (form, name) => wanted(form, name).trim().toLowerCase().split(/\s+/);
  const sections = all("section.task").map((section) => ({
    section,
    about: section.querySelector("h2").textContent.toLowerCase(),
    line: document.querySelector(`.line[data-task="${section.id}"]`),
    rows: all("tr.row", section).map((row) => ({ row, known: data.rows[row.id.slice("cell-".length)], said: row.textContent.toLowerCase() })),
  }));

  function filter(form) {
    const said_of = words(form, "find");
    const fits = (name, value) => !wanted(form, name) || wanted(form, name) === value;
    let [shown, of] = [0, 0];
    for (const { section, about, line, rows } of sections) {
      const here = ["dataset", "provenance", "split"].every((name) => fits(name, section.dataset[name]));
      const left = rows.filter(({ row, known, said }) => {
        const visible = here && fits("model", text(known.model)) && fits("modality", text(known.modality)){% if badged %} && fits("exposure", text(known.exposure)){% endif %}

          && said_of.every((word) => said.includes(word) || about.includes(word));
        row.hidden = !visible;
        if (row.next) row.next.hidden = !visible || row.querySelector(".open").getAttribute("aria-expanded") === "false";
        return visible;
      });
      section.hidden = left.length === 0;
      if (line) summarise(line, left);
      of += rows.length;
      shown += left.length;
    }
    for (const fold of all("details.small")) fold.hidden = !document.querySelector("details.small > section:not([hidden])");
    document.getElementById("shown").textContent = `${shown} of ${of} rows`;
    document.getElementById("nothing").hidden = shown > 0;
    for (const whole of all(".findings, .figures")) whole.hidden = shown < of; // they are about all rows
    choose();
  }

  // A line of the overview whose best row is filtered out names the first one of those that are left.
  function summarise(line, left) {
    line.hidden = left.length === 0;
    line.querySelector(".instead")?.remove();
    const best = line.querySelector(".best a");
    if (!left.length || !best || left.some(({ row }) => `#${row.id}` === best.getAttribute("href"))) return;
    const [{ row, known }] = left;
    const task = data.tasks[known.task];
    const score = known.metrics ? `: ${text(task.leading[0])} ${share(known.parts[0][2][known.metrics.indexOf(task.leading[0])])}%` : "";
    line.querySelector(".best").append(element("span", { class: "instead" }, "first of those shown: ", element("a", { href: `#${row.id}` }, text(known.name)), score));
  }

  function filterClaims(form) {
    const [verdict, found] = [wanted(form, "verdict"), words(form, "claim")];
    let [shown, of] = [0, 0];
    for (const group of all(".claims")) {
      const about = group.querySelector("h3").textContent.toLowerCase();
      let here = 0;
      for (const row of all("tr.claim", group)) {
        const said = row.textContent.toLowerCase();
        row.hidden = !((!verdict || row.dataset.verdict === verdict) && found.every((word) => said.includes(word) || about.includes(word)));
        here += !row.hidden;
        of += 1;
      }
      group.hidden = here === 0;
      shown += here;
    }
    document.getElementById("claims-shown").textContent = `${shown} of ${of} claims`;
  }

  const forms = [["filters", filter], ["claim-filters", filterClaims]]
    .map(([id, act]) => ({ form: document.getElementById(id), act })).filter(({ form }) => form)
    .map(({ form, act }) => ({ form, act: () => act(form) }));
  for (const { form, act } of forms) {
    const changed = () => { act(); remember(); };
    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
    form.addEventListener("reset", () => setTimeout(changed));
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  // ---------------------------------------------------------------------------------- state in the address

  const fields = () => forms.flatMap(({ form }) => [...form.elements]).filter((field) => field.name);

  function remember(hash = location.hash) {
    const state = new URLSearchParams();
    for (const field of fields()) {
      if (field.type === "checkbox") {
        if (field.checked !== field.defaultChecked) state.append(field.checked ? "show" : "hide", field.value);
      } else if (field.value.trim()) state.append(field.name, field.value);
    }
    for (const head of all(".ranking th[aria-sort]")) {
      const [name, direction] = [head.dataset.k, head.getAttribute("aria-sort")];
      if (name !== "rank" || direction !== "ascending") state.append("sort", [head.closest("section").id, name, direction].join("."));
    }
    const query = String(state);
    try { history.replaceState(null, "", location.pathname + (query && `?${query}`) + hash); } catch { /* too often, or not allowed */ }
  }

  function recall() {
    const state = new URLSearchParams(location.search);
    for (const field of fields()) {
      if (field.type === "checkbox") field.checked = field.defaultChecked ? !state.getAll("hide").includes(field.value) : state.getAll("show").includes(field.value);
      else if (state.has(field.name)) field.value = state.get(field.name);
      if (field.selectedIndex < 0) field.value = ""; // a value that this page does not have
      if (field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value) field.closest("details")?.setAttribute("open", "");
    }
    for (const [task, name, direction] of state.getAll("sort").map((each) => each.split("."))) {
      const head = all(".ranking th[data-k]").find((each) => each.dataset.k === name && each.closest("section").id === task);
      if (head && ["ascending", "descending"].includes(direction)) sort(head, direction);
    }
    for (const { act } of forms) act();
  }

  // ---------------------------------------------------------------------------------------------- theme

  const theme = document.getElementById("theme");
  const remembered = { get: () => { try { return localStorage.getItem("theme"); } catch { return null; } },
    set: (value) => { try { localStorage.setItem("theme", value); } catch { /* not remembered, then */ } } };
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const say = () => { theme.textContent = dark() ? "Light theme" : "Dark theme"; };
  if (["light", "dark"].includes(remembered.get())) root.dataset.theme = remembered.get();
  theme.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    remembered.set(root.dataset.theme);
    say();
  });
  system.addEventListener("change", say);
  say();

  // Where rows become cards, their display is no longer that of a table; what they are has to be said.
  for (const ranking of all(".ranking, .claims table")) {
    ranking.setAttribute("role", "table");
    all(":scope > tbody, :scope > thead", ranking).forEach((part) => part.setAttribute("role", "rowgroup"));
    all("tr", ranking).forEach((row) => row.setAttribute("role", "row"));
    all("thead th", ranking).forEach((head) => head.setAttribute("role", "columnheader"));
    all("tbody td", ranking).forEach((cell) => cell.setAttribute("role", "cell"));
    all("tbody th", ranking).forEach((head) => head.setAttribute("role", "rowheader"));
  }
  recall();
  follow();
})();
