"""The board for people: what is compared, the ranking, the published numbers, and each row in full.

A page holds a section a task; a section holds only tables about that task.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from emobench.cells import PROVENANCE_MEANING
from emobench.external_cells import is_external
from emobench.leaderboard import audit_markdown, beside_markdown, details, evidence_markdown, sources_markdown
from emobench.leaderboard.grid import Column, grid
from emobench.leaderboard.headings import headings
from emobench.leaderboard.table import (
    RANKED_BY,
    TIES_BY,
    Board,
    Comparison,
    Missing,
    Row,
    Task,
    scored_share,
    scores_of,
)
from emobench.leaderboard.text import NONE, code, component, count, decimal, metric_title, plain, schedule
from emobench.scoring import UNION

HEADLINE_METRICS = (
    "accuracy",
    "balanced_accuracy",
    "f1_weighted",
    "precision_weighted",
    "recall_weighted",
    "f1_macro",
)
REASON_LIMIT = 160

WHO = (Column("rank", number=True), Column("experiment"), Column("seed", number=True))
"""What tells the rows of a task apart, first in every table about them."""


def render_markdown(board: Board, *, title: str, page: str = "", built_in: frozenset[str] = frozenset()) -> str:
    """Return the board as one GitHub page.

    Args:
        board: from :func:`emobench.leaderboard.build`.
        title: of the page.
        page: name of the HTML file of the same board that stands beside; empty where there is none.
        built_in: the suites that come with emobench, which every reader can run.
    """
    blocks = [*_head(board, title, page, built_in)]
    names = headings(board)
    for task in board.tasks:
        blocks += _section(task, names[task.id])
    blocks += beside_markdown.of_board(board)
    if board.missing:
        blocks += ["## Not run", _missing(board.missing)]
    return "\n\n".join(blocks) + "\n"


# ---------------------------------------------------------------------------------------------------- head


def _head(board: Board, title: str, page: str, built_in: frozenset[str]) -> Iterator[str]:
    yield f"# {plain(title)}"
    if page:
        yield f"The same with figures, to sort and to filter: [{plain(page)}]({quote(page)}), to be opened in a browser."
    versions = ", ".join(sorted({record.emobench for record in board.records})) or NONE
    yield (
        f"Made by `emobench leaderboard` (emobench {plain(versions)}) from the stored records. A row is one cell: one "
        "experiment with one seed, addressed by its id. Rows are ranked within a task only: the same content of a dataset, "
        "the same classes, the same rule of splitting, the same test samples. A cell that failed or was not run is listed "
        "as such and has no rank; nothing is averaged."
    )
    if suites := sources_markdown.own_suites(board, built_in):
        runs = "\n".join(f"emobench run --suite {suite} --data DATASETS --out RUNS" for suite in suites)
        yield f"To reproduce:\n\n```sh\n{runs}\nemobench leaderboard --runs RUNS\n```"
    if others := list(sources_markdown.other_suites(board, built_in)):
        yield "\n".join(f"- {line}" for line in others)
    if any(is_external(record.cell.identity) for record in board.records):
        yield (
            "Some rows are of predictions that were made elsewhere and handed in (`emobench score`): their scores can be "
            "computed again, the predictions cannot, and how the model was trained and chosen is not known."
        )
    yield (
        "UAR is the unweighted average recall (balanced accuracy). UAR and macro averages run over the classes that have "
        "samples in the part; n is the number of samples scored, after those that could not be read were dropped."
    )
    present = {task.provenance for task in board.tasks}
    levels = [f"- **{level}**: {meaning}" for level, meaning in PROVENANCE_MEANING.items() if level in present]
    if levels:
        yield "Where the data comes from:\n\n" + "\n".join(levels)
    if not board.tasks:
        yield "No cell has been run."


def _missing(missing: Iterable[Missing]) -> str:
    columns = [Column("experiment"), Column("dataset"), Column("why")]
    return grid(
        columns,
        [[plain(one.experiment), plain(one.dataset) or NONE, plain(one.reason)] for one in missing],
    )


# ------------------------------------------------------------------------------------------------- section


def _section(task: Task, name: str) -> Iterator[str]:
    if task.provenance == "synthetic":
        yield f"## SYNTHETIC, not results: {name}"
        yield (
            "> **These rows were computed on data that emobench made up.** They show that the machinery works. They are no "
            "results, and compare with nothing published."
        )
    else:
        yield f"## {name}"
    yield about(task)
    yield f"### Ranking on {_part(task.headline)}"
    yield (
        f"Best {metric_title(RANKED_BY)} first, ties by {metric_title(TIES_BY)}; in this order, samples that a row leaves "
        "out count as wrong. *Weighted* columns are averages over the classes weighted by support, as in the papers' tables, "
        "so that weighted recall equals accuracy."
    )
    yield from evidence_markdown.above(task)
    yield _ranking(task)
    yield from evidence_markdown.below(task)
    if len(task.scored_parts) > 1:
        yield "### Every test part"
        yield _parts(task)
    if any(row.comparisons for row in task.rows):
        yield "### Published beside measured"
        yield _published(task)
    yield from beside_markdown.of_task(task)
    yield "### What was run"
    yield _what(task)
    yield from sources_markdown.of_task(task)
    yield from audit_markdown.of_task(task)
    if any(row.record.dropped for row in task.rows):
        yield "### Samples left out"
        yield _left_out(task)
    if notes := _notes(task):
        yield notes
    yield from details.blocks(task)


def about(task: Task) -> str:
    """Return what the rows of a task have in common, as a list."""
    parts = "; ".join(_part_in_words(task, part) for part in task.scored_parts)
    facts = {
        "Data": f"{plain(task.dataset)}, {task.provenance}: {PROVENANCE_MEANING[task.provenance]} "
        f"(fingerprint {code(task.fingerprint[:16])})",
        "Classes": f"{len(task.classes)} of the label map {plain(task.labels)}: {', '.join(map(plain, task.classes))}",
        "Split": component(task.protocol),
        "Test parts": parts,
        "Leaky": _leaky(task),
        "Audits": _audited(task),
        "By chance": by_chance(task),
        "Task": code(task.id),
    }
    return "\n".join(f"- **{key}**: {value}" for key, value in facts.items() if value)


def _leaky(task: Task) -> str:
    if task.people == "leaky":
        return (
            "**yes: what identifies a person, a take or a recording stands on both sides of the split, so that scores are "
            "higher than on people never seen**"
        )
    contradicted = "; **but audits found on one side what is on the other**" if task.crossed else ""
    if task.people == "apart":
        return f"no: the protocol keeps groups apart, and every sample names its group{contradicted}"
    return (
        "people unknown: the protocol is not leaky by its rule, but the samples name no groups (a speaker, an actor, an "
        f"identity), so that nothing can be said{contradicted}"
    )


def by_chance(task: Task) -> str:
    """Return what is right without looking at a sample, in a few words; empty where nothing is measured."""
    chance = task.chance
    if chance is None:
        return ""
    uar, accuracy = metric_title(TIES_BY), metric_title(RANKED_BY)
    return f"{uar} {chance.uar:.3f}; always the commonest class ({plain(chance.commonest)}): {accuracy} {chance.accuracy:.3f}"


def _audited(task: Task) -> str:
    if task.faults:
        one = "1 finding makes" if task.faults == 1 else f"{task.faults} findings make"
        return f"**{one} a test score wrong**, see the audits below"
    return "nothing that makes a test score wrong" if task.audited else "not audited"


def _part(part: str) -> str:
    return f"*{plain(part)}*"


def _part_in_words(task: Task, part: str) -> str:
    counts = [known.attempted for row in task.rows if (known := row.count(part))]
    union = ", all of them together" if part == UNION and part not in task.parts else ""
    ranked = ", by which rows are ranked" if part == task.headline and len(task.parts) > 1 else ""
    n = f" ({count(counts[0])} samples{union}{ranked})" if counts else f"{union}{ranked}"
    return f"{_part(part)}{n}"


# -------------------------------------------------------------------------------------------------- tables


def _who(row: Row) -> list[str]:
    rank = NONE if row.rank is None else str(row.rank)
    return [rank, plain(row.cell.experiment), str(row.cell.identity.seed)]


def _ranking(task: Task) -> str:
    columns = [*WHO, Column("n", number=True)]
    columns += [Column(metric_title(name), number=True) for name in HEADLINE_METRICS]
    columns += [Column("departures"), Column("cell")]
    return grid(columns, [_ranking_row(task, row) for row in task.rows])


def _ranking_row(task: Task, row: Row) -> list[str]:
    scores = row.headline
    metrics = scores.metrics if scores else {}
    return [
        *_who(row),
        _n(row),
        *(evidence_markdown.score(task, row, name) for name in HEADLINE_METRICS[:2]),
        *(decimal(metrics.get(name)) for name in HEADLINE_METRICS[2:]),
        remark(row),
        code(row.cell.id),
    ]


def _n(row: Row) -> str:
    if row.headline is None:
        return NONE
    counts = row.count(row.cell.headline)
    dropped = f" ({count(counts.dropped)} dropped)" if counts and counts.dropped else ""
    return count(row.headline.n) + dropped


def remark(row: Row, shown: int = 0) -> str:
    """Return what stands beside the scores of a row: weights and departures, or why it failed.

    Args:
        row: of a board.
        shown: so many departures are said, and how many more there are; 0 for all.
    """
    if row.record.status == "finished":
        constant = f"every prediction is {plain(row.constant)}" if row.constant else ""
        said = [constant, _left_out_in_words(row), plain(row.weights), departures(row, shown)]
        return "; ".join(filter(None, said))
    failure = row.record.failure
    reason = plain(f"{failure.kind}: {failure.message}", REASON_LIMIT) if failure else "no reason recorded"
    return f"failed: {reason} ({departures(row, shown)})" if row.cell.departures else f"failed: {reason}"


def _left_out_in_words(row: Row) -> str:
    share = scored_share(row.record)
    accuracy = row.headline.metrics.get(RANKED_BY) if row.headline else None
    if share == 1 or accuracy is None:
        return ""
    return f"ranked by {decimal(share * accuracy)}, for samples left out count as wrong"


def departures(row: Row, shown: int = 0) -> str:
    """Return in what a row departs from its suite, the first ``shown`` of it if that is not 0, or that it does not."""
    looked_at = row.cell.selected_on in row.cell.identity.test_parts
    marks = [f"hyperparameters chosen on {row.cell.selected_on}, which tests it"] if looked_at else []
    found = [*marks, *map(str, row.cell.departures), *row.cell.code_remark]
    first = found[:shown] if shown else found
    more = [f"and {len(found) - len(first)} more"] if len(found) > len(first) else []
    return plain("; ".join([*first, *more])) or "as its suite says"


def _parts(task: Task) -> str:
    columns = [*WHO]
    for part in task.scored_parts:
        columns += [Column(f"n, {plain(part)}", number=True)]
        columns += [Column(f"{metric_title(name)}, {plain(part)}", number=True) for name in HEADLINE_METRICS[:2]]
    rows = []
    for row in task.rows:
        cells = _who(row)
        for part in task.scored_parts:
            scores = scores_of(row.record, part)
            metrics = scores.metrics if scores else {}
            cells += [
                count(scores.n if scores else None),
                *(decimal(metrics.get(name)) for name in HEADLINE_METRICS[:2]),
            ]
        rows.append(cells)
    return grid(columns, rows)


def _published(task: Task) -> str:
    columns = [
        *WHO,
        Column("metric"),
        Column("published", number=True),
        Column("measured", number=True),
        Column("difference in points", number=True),
        Column("departures"),
    ]
    rows = []
    for row in task.rows:
        remark = departures(row) if row.record.status == "finished" else "failed"
        rows += [[*_who(row), *_comparison(one), remark] for one in row.comparisons]
    return grid(columns, rows)


def _comparison(one: Comparison) -> list[str]:
    # The published value keeps its own digits: a paper that prints 0.65 does not claim 0.6500.
    difference = NONE if one.points is None else f"{one.points:+.2f}"
    return [plain(metric_title(one.metric)), str(one.published), decimal(one.measured), difference]


def _what(task: Task) -> str:
    columns = [*WHO, Column("model or fusion"), Column("input"), Column("training"), Column("selected on")]
    return grid(columns, [[*_who(row), *what_row(row)] for row in task.rows])


def what_row(row: Row) -> list[str]:
    """Return what was run, on which input, how it was trained, and what chose the epoch and the hyperparameters."""
    identity = row.cell.identity
    chosen = f"hyperparameters on {row.cell.selected_on}" if row.cell.selected_on else ""
    selection = plain("; ".join(filter(None, [str(row.record.selection or ""), chosen]))) or NONE
    if identity.fusion:
        members = ", ".join(f"{plain(one.experiment)} {code(one.cell)}".strip() for one in row.members)
        learnt = f"; {plain(row.weights)}" if row.weights else ""
        return [f"{component(identity.fusion)} of {members}{learnt}", "their probabilities", "none", selection]
    model = component(identity.model) if identity.model else NONE
    if identity.pool:
        model += f"; {component(identity.pool)}"
    inputs = ", ".join(component(one) for one in identity.representations) or NONE
    precision = "" if identity.precision == "fp32" else f", {identity.precision}"
    if identity.trained:
        (fitted,) = row.members
        name = f"{plain(fitted.experiment)} {code(fitted.cell)}".strip()
        training = f"none: the fitted model of {name}"
        return [model, inputs, training + precision, selection]
    if is_external(identity):
        return [model, NONE, "elsewhere", selection]
    return [model, inputs, schedule(identity.schedule) + precision, selection]


def _left_out(task: Task) -> str:
    """List why samples were dropped, by row and part, with the number of them."""
    columns = [*WHO, Column("part"), Column("samples", number=True), Column("why")]
    rows = []
    for row in task.rows:
        reasons = Counter((one.part, one.reason) for one in row.record.dropped)
        rows += [[*_who(row), plain(part), count(n), plain(why)] for (part, why), n in reasons.most_common()]
    return grid(columns, rows)


def _notes(task: Task) -> str:
    """List each note once, with the experiments it is about."""
    about: dict[str, list[str]] = {}
    for row in task.rows:
        experiments = about.setdefault(row.cell.note, [])
        if row.cell.experiment not in experiments:
            experiments.append(row.cell.experiment)
    lines = [f"- {', '.join(map(plain, names))}: {plain(note)}" for note, names in about.items() if note]
    return "Notes:\n\n" + "\n".join(lines) if lines else ""
