"""A row as the page's script takes it: numbers in ten-thousandths, and every text that repeats only once.

A board of 500 rows has to stay below 2 MB, so the figures of a row are drawn when it is opened, from these numbers.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from emobench.leaderboard import audit_markdown, beside_markdown, details, evidence_markdown, markdown, sources_markdown
from emobench.leaderboard.html import prose
from emobench.leaderboard.table import Row, Task, scores_of
from emobench.leaderboard.text import code, component, metric_order, metric_title, plain
from emobench.records import Scores
from emobench.scoring import BINS, Interval, Slice

UNIT = 10_000
"""Numbers are written as whole ten-thousandths, which are two characters shorter than four decimals."""

PANEL_HEADING = 5


class Texts:
    """Every text once; rows name them by number."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        """Return the number of a text."""
        return self._places.setdefault(text, len(self._places))

    @property
    def all(self) -> list[str]:
        """The texts, in the order of their numbers."""
        return list(self._places)


def content(task: Task, row: Row, texts: Texts) -> dict[str, Any]:
    """Return what the panel of a row shows; what is not known is left out.

    ``facts``: pairs of texts, the second one HTML. ``parts``: name, n, and values in the order of ``metrics``. ``spans``:
    ends of the interval by metric. ``classes``: precision, recall, F1. ``confusion``: rows are true classes.
    ``bins``: number, n, confidence, accuracy. ``history``: training curves. ``slices``: column, value, n, accuracy, UAR,
    ends. ``published``: metric, published, measured, points. ``dropped``: part, n, why. ``prose``: HTML.
    """
    shown: dict[str, Any] = {"facts": [[texts(name), texts(value)] for name, value in _facts(task, row)]}
    if row.headline:
        shown |= _scores(task, row, row.headline, texts)
    shown |= {
        "published": [
            [
                texts(metric_title(one.metric)),
                str(one.published),
                _short(one.measured),
                one.points and round(one.points, 2),
            ]
            for one in row.comparisons
        ],
        "folds": [[texts(prose.inline(cell)) for cell in details.fold(one, row.cell.headline)] for one in row.folds],
        "warnings": [texts(one) for one in row.record.warnings],
        "dropped": [
            [texts(part), n, texts(why)]
            for (part, why), n in Counter((one.part, one.reason) for one in row.record.dropped).most_common()
        ],
        "history": _history(row),
        "prose": texts(_prose(task, row)),
    }
    return {name: value for name, value in shown.items() if value not in ([], {}, None)}


# ------------------------------------------------------------------------------------------------------ numbers


def _scores(task: Task, row: Row, headline: Scores, texts: Texts) -> dict[str, Any]:
    parts = {part: scores for part in task.scored_parts if (scores := scores_of(row.record, part))}
    names = metric_order({name for scores in parts.values() for name in scores.metrics})
    known = task.evidence.intervals.get(row.cell.id, {}) if task.evidence else {}
    found = task.evidence.slices.get(row.cell.id, ()) if task.evidence else ()
    bins = task.evidence.reliability.get(row.cell.id, ()) if task.evidence else ()
    columns = evidence_markdown.by_column(found)
    worst = evidence_markdown.worst_in_words(found, headline)
    return {
        "metrics": [texts(metric_title(name)) for name in names],
        "parts": [
            [texts(part), scores.n, [_short(scores.metrics.get(name)) for name in names]]
            for part, scores in parts.items()
        ],
        "spans": {str(names.index(name)): _span(one) for name, one in known.items() if name in names},
        "classes": [[_short(one.precision), _short(one.recall), _short(one.f1)] for one in headline.per_class],
        "confusion": [list(line) for line in headline.confusion],
        "ece": _short(headline.metrics.get("ece")),
        "bins": [[round(one.low * BINS), one.n, _short(one.confidence), _short(one.accuracy)] for one in bins],
        "worst": texts(prose.inline(worst)) if worst else None,
        "slices": [_slice(one, texts) for those in columns.values() for one in evidence_markdown.shown(those)],
        "slicesAre": texts(prose.inline(evidence_markdown.slices_in_words(columns))) if found else None,
    }


def _slice(one: Slice, texts: Texts) -> list[Any]:
    ends = _span(one.interval) if one.interval else []
    return [texts(one.column), texts(one.value), one.n, _short(one.accuracy), _short(one.uar), *ends]


def _history(row: Row) -> dict[str, Any]:
    epochs = row.record.history
    if not epochs:
        return {}
    metrics = dict.fromkeys(name for epoch in epochs for name in epoch.validation)
    return {
        "epochs": [epoch.number for epoch in epochs],
        "loss": [_short(epoch.loss) for epoch in epochs],
        "accuracy": [_short(epoch.accuracy) for epoch in epochs],
        "validation": {
            metric_title(name): [_short(epoch.validation.get(name)) for epoch in epochs] for name in metrics
        },
    }


def _short(value: float | None) -> int | None:
    return None if value is None else round(value * UNIT)


def _span(interval: Interval) -> list[int | None]:
    """Return both ends; an empty list where no resample differs."""
    return [_short(interval.low), _short(interval.high)] if interval.known else []


# -------------------------------------------------------------------------------------------------------- words


def _facts(task: Task, row: Row) -> list[tuple[str, str]]:
    record, identity = row.record, row.cell.identity
    model, inputs, training, selection = markdown.what_row(row)
    _, _, device, threads, wall, cpu, memory, parameters, version = details.machine(row)
    facts = {
        "Cell": code(row.cell.id),
        "Suite": plain(row.cell.suite),
        "Seed": str(identity.seed),
        "Model or fusion": model,
        "From": sources_markdown.of_record(record),
        "Input": inputs,
        "Training": training,
        "Selected on": selection,
        "Departures": markdown.remark(row),
        "Note": plain(row.cell.note),
        "Dropped": details.dropped(row).removeprefix("Samples dropped: ") if row.headline else "",
        "Policies": plain("; ".join(f"{audit}: {what}" for audit, what in identity.policies.items())),
        "Control": component(identity.control) if identity.control else "",
        "Device": f"{device}, threads {threads}",
        "Time": f"{wall}, CPU time {cpu}",
        "Peak memory": memory,
        "Fitted parameters": parameters,
        "Run": plain(f"{record.started} to {record.finished}") if record.started else "",
        "emobench": version,
        "Packages": plain(", ".join(f"{name} {number}" for name, number in identity.packages.items())),
    }
    return [(name, prose.inline(value)) for name, value in facts.items() if value]


def _prose(task: Task, row: Row) -> str:
    """Return the members alone, the controls and the audits of a row, as HTML."""
    alone = replace(task, rows=(row,))
    said = [*beside_markdown.of_task(alone), *audit_markdown.of_task(alone)]
    return prose.blocks(said, headings=PANEL_HEADING)
