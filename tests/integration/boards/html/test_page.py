"""The HTML page in headless Chromium, opened as a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from emobench.boards.board import Board, Row
from emobench.boards.html.page import render_html
from tests.support.html_boards import VERDICTS, small_board

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement


@pytest.fixture(scope="module")
def board() -> Board:
    return small_board()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, board: Board) -> str:
    file = tmp_path_factory.mktemp("page") / "board.html"
    file.write_text(render_html(board, title="Demo", verdicts=VERDICTS), encoding="utf-8")
    return file.as_uri()


@pytest.fixture
def page(chrome: Chrome, address: str) -> Chrome:
    chrome.get("about:blank")  # so that an address with another fragment is loaded again
    chrome.get(address)
    return chrome


def found(page: Chrome, selector: str) -> list[WebElement]:
    """Return the elements that are to be seen."""
    return [one for one in page.find_elements("css selector", selector) if one.is_displayed()]


def names(page: Chrome) -> list[str]:
    return [one.text for one in found(page, ".experiment")]


def open_all(page: Chrome) -> None:
    """Open every row and whatever else is folded."""
    page.execute_script("document.querySelectorAll('.open').forEach((button) => button.click())")
    page.execute_script("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


def unfold(page: Chrome) -> None:
    """Open the filters and the columns to choose."""
    page.execute_script("document.querySelectorAll('#filters details').forEach((one) => { one.open = true; })")


def focus(page: Chrome) -> str:
    return str(page.execute_script("return document.activeElement.textContent.trim()"))


def press(page: Chrome, *keys: str) -> None:
    page.switch_to.active_element.send_keys(*keys)


def test_loads_without_a_word_on_the_console(page: Chrome) -> None:
    assert page.title == "Demo"
    open_all(page)
    assert page.get_log("browser") == []  # type: ignore[no-untyped-call]  # selenium has no annotation here


def test_first_screen_of_a_phone_has_a_model_with_its_score_and_interval(page: Chrome) -> None:
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        line = found(page, ".overview .line")[0]
        for selector in (".best b", ".score", ".score small"):
            part = line.find_element("css selector", selector)
            assert part.text
            assert part.rect["y"] + part.rect["height"] < size["height"]
        assert page.execute_script("return document.documentElement.scrollWidth") <= size["width"]
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_phone_has_a_legend_of_the_bars(page: Chrome) -> None:
    assert not found(page, ".overview-key")  # the caption has it
    _phone(page, 390)
    try:
        (legend,) = found(page, ".overview-key")
        assert "Dotted: chance" in legend.text
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_all_columns_can_be_reached_and_models_have_room(page: Chrome) -> None:
    size = {"width": 1440, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        unfold(page)
        for box in page.find_elements("css selector", "input[name=column]:not(:checked)"):
            box.click()
        assert min(one.rect["width"] for one in found(page, ".ranking tbody tr.row > th")) >= 19 * 16
        ends = page.execute_script(
            "const box = document.querySelector('.rankings'); box.scrollLeft = box.scrollWidth;"
            "const last = box.querySelector('thead tr').lastElementChild;"
            "return [last.getBoundingClientRect().right, box.getBoundingClientRect().right]"
        )
        assert ends[0] <= ends[1] + 1
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_sorts_and_says_so(page: Chrome) -> None:
    button = found(page, ".ranking thead button")[1]
    assert button.text == "model"
    head = button.find_element("xpath", "..")
    button.click()
    assert head.get_attribute("aria-sort") == "ascending"
    first = names(page)
    assert first[:4] == ["alpha", "beta", "broken", "gamma"]
    button.click()
    assert head.get_attribute("aria-sort") == "descending"
    assert names(page)[:4] == first[:4][::-1]


def test_scores_are_sorted_best_first_and_what_has_none_stands_last(page: Chrome) -> None:
    for _ in range(2):  # best first, then worst first
        next(one for one in found(page, ".ranking thead button") if one.text == "UAR").click()
        texts = [one.text.split()[0] for one in found(page, ".ranking tbody [data-l=UAR]")[:4]]
        assert texts[-1] == "–"
    values = [float(text) for text in texts[:-1]]
    assert values == sorted(values)


def test_filters_by_text_provenance_and_leaks(page: Chrome) -> None:
    field = page.find_element("name", "find")
    assert found(page, ".findings")
    field.send_keys("BETA")
    assert names(page) == ["beta"]
    assert not found(page, ".findings, .figures")  # they are about all rows
    assert page.find_element("id", "shown").text == "1 of 6 rows"
    field.clear()
    field.send_keys(" ")
    assert len(names(page)) == 6
    unfold(page)
    _choose(page, "provenance", "synthetic")
    assert names(page) == ["toy"]
    _choose(page, "provenance", "any")
    _choose(page, "split", "leaky split")
    assert names(page) == ["leaky-net"]
    field.send_keys("nothing of this name")
    assert names(page) == []
    assert found(page, "#nothing")


def test_a_link_to_a_filtered_row_shows_it(page: Chrome, board: Board) -> None:
    page.find_element("name", "find").send_keys("toy")
    row = next(row for row in board.tasks[0].rows if row.cell.experiment == "alpha")
    page.execute_script(f"location.hash = 'cell-{row.cell.id}'")
    assert page.find_element("id", f"panel-{row.cell.id}").is_displayed()
    assert page.find_element("name", "find").get_attribute("value") == ""


def test_a_link_to_a_filtered_section_shows_it(page: Chrome, board: Board) -> None:
    section = f"task-{board.tasks[0].id}"
    page.find_element("name", "find").send_keys("toy")
    assert not page.find_element("id", section).is_displayed()
    page.execute_script(f"location.hash = '{section}'")
    assert page.find_element("id", section).is_displayed()


def test_the_name_of_a_row_is_that_of_its_model_with_the_experiment(page: Chrome, board: Board) -> None:
    row = next(row for row in board.tasks[0].rows if row.cell.experiment == "alpha")
    assert page.find_element("css selector", f"#cell-{row.cell.id} > th").accessible_name == "net alpha"
    assert found(page, ".ranking thead button")[1].accessible_name == "model"


def test_an_open_row_is_filtered_with_its_panel(page: Chrome) -> None:
    found(page, ".open")[0].click()
    assert found(page, ".panel")
    page.find_element("name", "find").send_keys("leaky-net")
    assert not found(page, ".panel")
    page.find_element("name", "find").clear()
    page.find_element("name", "find").send_keys(["alpha", "beta", "gamma"][0])
    assert names(page) == ["alpha"]


def test_filters_claims_by_verdict(page: Chrome) -> None:
    assert len(found(page, "tr.claim")) == 2
    _choose(page, "verdict", "reproduced")
    assert [one.get_attribute("data-verdict") for one in found(page, "tr.claim")] == ["reproduced"]
    assert page.find_element("id", "claims-shown").text == "1 of 2 claims"


def test_opens_a_row_with_the_keyboard_alone(page: Chrome) -> None:
    from selenium.webdriver.common.keys import Keys

    press(page, Keys.TAB)
    assert focus(page) == "Skip to the boards"
    for _ in range(80):
        press(page, Keys.TAB)
        if page.switch_to.active_element.get_attribute("class") == "open":
            break
    button = page.switch_to.active_element
    assert button.get_attribute("aria-expanded") == "false"
    press(page, Keys.ENTER)
    assert button.get_attribute("aria-expanded") == "true"
    panel = page.find_element("id", str(button.get_attribute("aria-controls")))
    assert panel.is_displayed()
    for title in ("Confusion matrix", "Classes", "Reliability", "Every metric", "Training", "Warnings"):
        assert title in panel.text
    press(page, Keys.SPACE)
    assert button.get_attribute("aria-expanded") == "false"
    assert not panel.is_displayed()


def test_focus_is_to_be_seen(page: Chrome) -> None:
    from selenium.webdriver.common.keys import Keys

    press(page, Keys.TAB, Keys.TAB)
    outline = page.execute_script("return getComputedStyle(document.activeElement).outline")
    assert re.search(r"solid [1-9]px|[1-9]px", str(outline))
    assert "none" not in str(outline)


def opened(page: Chrome, row: Row) -> WebElement:
    """Open a row by its address and return its panel."""
    page.get(f"{page.current_url.split('#')[0]}#cell-{row.cell.id}")
    (panel,) = found(page, ".panel")
    return panel


def test_slices_stand_with_their_row(page: Chrome, board: Board) -> None:
    row = next(row for task in board.tasks for row in task.rows if row.cell.experiment == "leaky-net")
    panel = opened(page, row)
    assert "Slices" in panel.text
    assert task_slices(board, row) <= set(panel.text.split())


def task_slices(board: Board, row: Row) -> set[str]:
    known = [task.uncertainty for task in board.tasks if task.uncertainty and row.cell.id in task.uncertainty.slices]
    return {one.value for one in known[0].slices[row.cell.id]}


def test_the_panel_shows_the_numbers_of_the_row(page: Chrome, board: Board) -> None:
    row = next(row for row in board.tasks[0].rows if row.cell.experiment == "alpha")
    assert row.headline is not None
    panel = opened(page, row)
    shown = [
        [int(cell.text.split()[0].replace(",", "")) for cell in line.find_elements("css selector", "td")]
        for line in panel.find_elements("css selector", ".heat tbody tr")
    ]
    assert shown == [list(line) for line in row.headline.confusion]
    for one in row.headline.per_class:
        assert f"{one.precision:.4f}" in panel.text
        assert f"{one.recall:.4f}" in panel.text
    assert f"ECE {row.headline.metrics['ece']:.4f}" in panel.text
    assert len(panel.find_elements("css selector", "svg[role=img]")) == 3


def test_dark_by_the_system_and_by_the_button(page: Chrome) -> None:
    try:
        assert _lightness(page) > 200
        _system(page, "dark")
        assert _lightness(page) < 60
        page.find_element("id", "theme").click()
        assert _lightness(page) > 200
        _system(page, "light")
        page.find_element("id", "theme").click()
        assert _lightness(page) < 60
    finally:
        _system(page, "")
        page.execute_script("localStorage.removeItem('theme')")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast_of_every_text_is_enough(page: Chrome, theme: str) -> None:
    page.execute_script(f"document.documentElement.dataset.theme = '{theme}'")
    open_all(page)
    low = page.execute_script(CONTRASTS)
    assert low == []


def test_a_phone_need_not_scroll_sideways(page: Chrome) -> None:
    _phone(page, 390)
    try:
        assert _overflow(page) == []
        open_all(page)
        assert page.execute_script("return document.documentElement.scrollWidth") == 390
        assert _overflow(page) == []
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_claims_are_cards_on_a_phone_with_the_verdict_first(page: Chrome) -> None:
    _phone(page, 390)
    try:
        claim = found(page, "tr.claim")[0]
        box = claim.find_element("css selector", ".said").rect
        assert box["x"] + box["width"] <= 390
        assert all(box["y"] <= cell.rect["y"] for cell in claim.find_elements("css selector", "th, td"))
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_tables_can_be_read_without_a_script(page: Chrome, address: str) -> None:
    page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page.get(f"{address}?without")
        text = page.find_element("tag name", "body").text
        for name in ("alpha", "beta", "broken", "leaky-net", "Net reproduced", "never-run", "Without JavaScript"):
            assert name in text
        assert not found(page, "#filters")
    finally:
        page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


# ------------------------------------------------------------------------------------------- state in the address


def visible_lines(page: Chrome) -> list[str]:
    return [one.get_attribute("data-task") or "" for one in found(page, ".overview .line")]


def reload(page: Chrome) -> None:
    address = page.current_url
    page.get("about:blank")
    page.get(address)


def test_filters_sort_columns_and_the_open_row_are_in_the_address(page: Chrome, board: Board) -> None:
    page.find_element("name", "find").send_keys("alpha")
    unfold(page)
    page.find_element("css selector", "[name=column][value=time]").click()
    page.find_element("css selector", "[name=column][value=f1_weighted]").click()
    found(page, ".ranking [data-k=model] button")[0].click()
    found(page, ".open")[0].click()
    for part in ("find=alpha", "show=time", "hide=f1_weighted", ".model.ascending", "#cell-"):
        assert part in page.current_url
    reload(page)
    assert names(page) == ["alpha"]
    assert found(page, "#filters details[open] [value=time]")  # what is not as usual is in sight
    assert found(page, ".panel")
    assert found(page, ".ranking [data-k=time]")
    assert not found(page, ".ranking [data-k=f1_weighted]")
    assert found(page, ".ranking [data-k=model][aria-sort=ascending]")
    found(page, ".open")[0].click()
    assert "#cell-" not in page.current_url
    unfold(page)
    page.find_element("css selector", "#filters [type=reset]").click()
    assert len(names(page)) == 6
    assert "find=" not in page.current_url


def test_an_address_with_unknown_values_shows_everything(page: Chrome, address: str) -> None:
    page.get(f"{address}?provenance=none-such&sort=task-1.nothing.upwards&sort=x&show=y&z=1")
    assert len(names(page)) == 6
    assert page.get_log("browser") == []  # type: ignore[no-untyped-call]


def test_filters_act_on_the_overview(page: Chrome) -> None:
    every = visible_lines(page)
    page.find_element("name", "find").send_keys("leaky-net")
    (left,) = visible_lines(page)
    assert left in every
    assert len(every) > 1


def test_a_line_without_its_best_row_names_the_first_of_those_shown(page: Chrome, board: Board) -> None:
    line = found(page, ".overview .line")[0]
    best = line.find_element("css selector", ".best a")
    leader = str(best.get_attribute("href")).split("#cell-")[1]
    task = next(task for task in board.tasks if task.rows[0].cell.id == leader)
    other, scores = task.rows[1].cell, task.rows[1].headline
    assert scores is not None
    page.find_element("name", "find").send_keys(other.experiment)
    instead = found(page, ".instead")[0]
    assert str(instead.find_element("css selector", "a").get_attribute("href")).endswith(f"#cell-{other.id}")
    assert f"{100 * scores.metrics[task.ranked_by]:.1f}%" in instead.text
    page.find_element("name", "find").clear()
    page.find_element("name", "find").send_keys(" ")
    assert not found(page, ".instead")


def test_a_column_of_cost_can_be_shown_and_sorted(page: Chrome) -> None:
    assert not found(page, ".ranking [data-k=memory]")
    unfold(page)
    page.find_element("css selector", "[name=column][value=memory]").click()
    head = found(page, ".ranking [data-k=memory]")[0]
    assert head.text.startswith("memory, GiB")
    assert found(page, ".ranking tbody [data-l='memory, GiB']")[0].text == "1.5"
    head.find_element("css selector", "button").click()
    assert head.get_attribute("aria-sort") == "ascending"


def test_a_row_can_be_copied(page: Chrome, board: Board) -> None:
    row = board.tasks[0].rows[0]
    scores = row.headline
    assert scores is not None
    panel = opened(page, row)
    texts = {}
    for button in panel.find_elements("css selector", ".copies button"):
        button.click()
        texts[button.text] = str(panel.find_element("css selector", "textarea").get_attribute("value"))
    shown = f"{100 * scores.metrics[board.tasks[0].ranked_by]:.1f} ["
    heads, rule, line = texts["Markdown"].splitlines()
    assert heads.count("|") == rule.count("|") == line.count("|") == 7
    assert shown in line
    assert shown in texts["LaTeX"]
    assert texts["LaTeX"].count(" & ") == 5
    assert texts["LaTeX"].endswith("\\\\")
    assert "@misc{faces,\n  title = {{faces}}" in texts["BibTeX"]
    assert row.cell.id in texts["BibTeX"]


# ----------------------------------------------------------------------------------------------------------- helpers

CONTRASTS = """
const channel = (v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const pixel = (colour) => {
  canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
  return canvas.getImageData(0, 0, 1, 1).data;
};
const behind = (element) => {
  for (; element; element = element.parentElement) {
    const colour = pixel(getComputedStyle(element).backgroundColor);
    if (colour[3] === 255) return colour;
  }
  return [255, 255, 255];
};
const low = [];
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!own || !element.checkVisibility() || ["SCRIPT", "STYLE", "NOSCRIPT", "OPTION"].includes(element.tagName)) continue;
  const style = getComputedStyle(element);
  const [a, b] = [luminance(pixel(element.closest("svg") ? style.fill : style.color)), luminance(behind(element))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const name = `${element.tagName}.${element.className}: ${element.textContent.trim().slice(0, 30)}`;
  if (ratio < 4.5) low.push(`${name} ${ratio.toFixed(2)}`);
}
return [...new Set(low)].slice(0, 10);
"""

OVERFLOW = """
const width = document.documentElement.clientWidth;
const scrolls = "pre, .scroll:not(.rankings), .skip, .unseen";
return [...document.querySelectorAll("body *")].filter((element) =>
  element.checkVisibility() && !element.closest(scrolls) && element.getBoundingClientRect().right > width + 1
).map((element) => element.tagName + "." + element.className).slice(0, 5);
"""


def _choose(page: Chrome, field: str, text: str) -> None:
    from selenium.webdriver.support.select import Select

    Select(page.find_element("css selector", f"form [name={field}]")).select_by_visible_text(text)


def _lightness(page: Chrome) -> float:
    colour = page.execute_script("return getComputedStyle(document.body).backgroundColor")
    channels = [float(one) for one in re.findall(r"[\d.]+", str(colour))[:3]]
    return sum(channels) / 3


def _system(page: Chrome, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}] if scheme else []
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def _phone(page: Chrome, width: int) -> None:
    metrics: dict[str, Any] = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def _overflow(page: Chrome) -> list[str]:
    found: list[str] = page.execute_script(OVERFLOW)
    return found
