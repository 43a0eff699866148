"""A task as a table of a paper: its rows by name, with intervals and tiers, and a caption that says what they rest on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from string import ascii_lowercase

from emobench.boards.board import BoardTask, Row
from emobench.boards.sections.tasks import all_departures, remark, result_remarks, samples_in_words, told_in_short
from emobench.boards.tables import COUNT, Column, Table, Value
from emobench.boards.text import NONE, Text, code, component, joined, number, raised, strong
from emobench.boards.titles import Titles
from emobench.boards.units import is_share
from emobench.errors import EmobenchError, nearest
from emobench.records import PROVENANCE_MEANING, PaperReading, metric_title
from emobench.scoring import LEVEL, Interval

PUBLISHED = "published"
FACTS = ("tier", "model", "input", "seed", "n", PUBLISHED, "exposure", "experiment", "cell")
"""What a table may have besides metrics."""


@dataclass(frozen=True)
class PaperTable:
    """A table with what stands around it.

    Attributes:
        task: its id.
        table: rows by name, in the order of the board.
        gaps: the rows that begin another tier, from 0.
        caption: data, split, n, metrics, provenance, and in what all rows are reduced.
        notes: what is to be known of single rows, each after its mark.
    """

    task: str
    table: Table
    gaps: frozenset[int]
    caption: Text
    notes: tuple[Text, ...]


def paper_table(task: BoardTask, titles: Titles, columns: Sequence[str] = (), apart: str = "") -> PaperTable:
    """Return the table of a task.

    Args:
        task: of a board.
        titles: of the components.
        columns: some of :data:`FACTS` and names of metrics; those of the ranking, and what papers print, by default.
        apart: what tells the task from others of its dataset and protocol.

    Raises:
        EmobenchError: there is no such column.
    """
    chosen = list(dict.fromkeys(columns)) or _usual(task)
    _check(task, chosen)
    notes = _notes(task)
    marks = {note: raised(_mark(place)) for place, note in enumerate(dict.fromkeys(filter(None, notes.values())))}
    names = titles.rows(row.record for row in task.rows)
    named: dict[str, Text] = {cell: (name, marks[notes[cell]]) if notes[cell] else name for cell, name in names.items()}
    makers = [maker for name in chosen for maker in _columns(task, name, chosen, named)]
    rows = [[of(row) for _, of in makers] for row in task.rows]
    return PaperTable(
        task=task.id,
        table=Table(titles.dataset(task.dataset), [column for column, _ in makers], rows),
        gaps=frozenset(n for n in range(1, len(rows)) if task.rows[n].rank != task.rows[n - 1].rank),
        caption=_caption(task, titles, apart, chosen),
        notes=tuple((mark, " ", note, ".") for note, mark in marks.items()),
    )


# ------------------------------------------------------------------------------------------------------ columns

_Maker = tuple[Column, Callable[[Row], Value]]


def _usual(task: BoardTask) -> list[str]:
    scored = {row.headline.n for row in task.rows if row.headline}
    printed = any(row.published for row in task.rows)
    badges = ["exposure"] if task.badged else []
    return [
        "tier",
        "model",
        *badges,
        *(["n"] if len(scored) > 1 else []),
        *task.leading,
        *([PUBLISHED] if printed else []),
    ]


def _check(task: BoardTask, columns: Sequence[str]) -> None:
    known = {*FACTS, *task.metrics, *(name for row in task.rows if row.headline for name in row.headline.metrics)}
    for name in columns:
        if name not in known:
            raise EmobenchError(f"no column {name!r}", where="--column", remedy=nearest(name, known))


def _columns(task: BoardTask, name: str, chosen: Sequence[str], named: dict[str, Text]) -> list[_Maker]:
    if name == PUBLISHED:
        return _published(task, chosen)
    facts: dict[str, _Maker] = {
        "tier": (Column("Tier", "d"), lambda row: row.rank),
        "model": (Column("Model"), lambda row: named[row.cell.id]),
        "input": (Column("Input"), _input),
        "seed": (Column("Seed", "d"), lambda row: row.cell.identity.seed),
        "n": (Column("n", COUNT), lambda row: row.headline.n if row.headline else None),
        "exposure": (Column("Exposure"), lambda row: row.badge),
        "experiment": (Column("Experiment"), lambda row: code(row.cell.experiment)),
        "cell": (Column("Cell"), lambda row: code(row.cell.id)),
    }
    return [facts.get(name) or _metric(task, name)]


def _input(row: Row) -> str:
    return ", ".join(map(component, row.cell.identity.representations)) or NONE


def _metric(task: BoardTask, name: str) -> _Maker:
    bold = 1 if name == task.ranked_by and _several_tiers(task) else 0

    def value(row: Row) -> Text:
        measured = row.headline.metrics.get(name) if row.headline else None
        if measured is None:
            return NONE if row.record.status == "finished" else "failed"
        said = _number(task, name, measured)
        shown = strong(said) if row.rank == bold else number(said)
        return joined([shown, _ends(task, name, task.intervals(row).get(name))], "\u00a0")

    return Column(_title(task, name), "s"), value


def _several_tiers(task: BoardTask) -> bool:
    return len({row.rank for row in task.rows} - {None}) > 1


def _title(task: BoardTask, name: str) -> str:
    title = metric_title(name, task.metrics)
    return title[:1].upper() + title[1:]


def _number(task: BoardTask, name: str, value: float) -> str:
    return f"{100 * value:.1f}" if is_share(name, task.metrics) else f"{value:.3f}"


def _ends(task: BoardTask, name: str, interval: Interval | None) -> Text:
    if interval is None:
        return ""
    if interval.ends is None:
        return number("[unknown]")
    return number("[{},\u00a0{}]".format(*(_number(task, name, end) for end in interval.ends)))


def _published(task: BoardTask, shown: Sequence[str]) -> list[_Maker]:
    names = _printed_metrics(task, shown)

    def maker(name: str) -> _Maker:
        title = "Paper" if len(names) == 1 else f"Paper, {metric_title(name, task.metrics)}"
        return Column(title, "s"), lambda row: _printed(task, name, row)

    return [maker(name) for name in names]


def _printed_metrics(task: BoardTask, shown: Sequence[str]) -> list[str]:
    """Return the metrics of the table that a paper prints, or if there is none, the first one printed."""
    printed = list(dict.fromkeys(score.metric for row in task.rows for score in row.published))
    return [name for name in shown if name in printed] or printed[:1]


def _printed(task: BoardTask, name: str, row: Row) -> Text:
    """Return what a paper prints, with its own digits: one that prints 0.65 does not claim 65.0."""
    value = row.cell.published.get(name) if row.published else None
    if value is None:
        return NONE
    return number(f"{Decimal(str(value)).scaleb(2):f}" if is_share(name, task.metrics) else str(value))


# ----------------------------------------------------------------------------------------------- caption and notes


def _caption(task: BoardTask, titles: Titles, apart: str, columns: Sequence[str]) -> Text:
    metrics = [name for name in columns if name in task.metrics]
    sentences: list[Text] = [
        joined([strong(titles.dataset(task.dataset)), titles.protocol(task.protocol.name), apart]),
        _tested(task),
        _measured(task, metrics, _printed_metrics(task, columns) if PUBLISHED in columns else []),
        f"Data: {task.provenance} ({PROVENANCE_MEANING[task.provenance]})",
    ]
    if task.provenance == "synthetic":
        sentences.insert(0, strong("No results: the data is synthetic"))
    if reduced := _of_all(task):
        sentences.append(f"All rows: {'; '.join(reduced)}")
    if task.people == "leaky":
        sentences.append(strong("Leaky: the same people, takes or recordings are in training and test"))
    if task.crossed:
        sentences.append("Audits found test samples in training")
    return joined(sentences, ". "), "."


def _tested(task: BoardTask) -> Text:
    return f"{told_in_short(task)}, part {task.headline}, n = {samples_in_words(task)}"


def _measured(task: BoardTask, metrics: Sequence[str], printed: Sequence[str]) -> Text:
    shares = [name for name in metrics if is_share(name, task.metrics)]
    mixed = 0 < len(shares) < len(metrics)
    titles, of_papers = _and(task, metrics, shares if mixed else ()), _and(task, printed)
    percent = " in %" if shares and not mixed else ""
    intervals = any(task.intervals(row).get(name) for row in task.rows for name in metrics)
    ranked_by = metric_title(task.ranked_by, task.metrics)
    chance = task.chance_of(task.ranked_by)
    parts = [
        f"{titles[:1].upper()}{titles[1:]}{percent}",
        f"{100 * LEVEL:g}% intervals in brackets" if intervals else "",
        f"chance {_number(task, task.ranked_by, chance)} in {ranked_by}" if chance is not None else "",
        f"Paper: {of_papers} as published" if of_papers else "",
        f"ranked by {ranked_by}",
        "rows of one tier cannot be told from its first" if task.uncertainty and task.uncertainty.pairs else "",
        "bold: the first tier" if task.ranked_by in metrics and _several_tiers(task) else "",
    ]
    return "; ".join(filter(None, parts))


def _and(task: BoardTask, metrics: Sequence[str], shares: Sequence[str] = ()) -> str:
    """Return the titles of metrics; ``shares``: of which it is said that they are in per cent."""
    return " and ".join(metric_title(name, task.metrics) + (" in %" if name in shares else "") for name in metrics)


def _of_all(task: BoardTask) -> list[str]:
    """Return the departures that every row has; how a paper was read is no reduction, and is left to the notes."""
    readings = [one for row in task.rows for one in row.cell.departures if isinstance(one, PaperReading)]
    first, *others = [all_departures(row, but=readings) for row in task.rows]
    return [one for one in first if all(one in other for other in others)]


def _notes(task: BoardTask) -> dict[str, str]:
    """Return what a reader must know of each row by its cell; empty where there is nothing."""
    common = _of_all(task)
    return {
        row.cell.id: "; ".join([*result_remarks(row), *(one for one in all_departures(row) if one not in common)])
        if row.record.status == "finished"
        else remark(row)
        for row in task.rows
    }


def _mark(place: int) -> str:
    return ascii_lowercase[place] if place < len(ascii_lowercase) else str(place + 1)
