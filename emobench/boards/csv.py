"""The board for programs that read tables: one row for each cell and test part."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from emobench.boards.board import Board, BoardTask, Row
from emobench.boards.part_scores import scores_of
from emobench.records import METRICS, Component, Identity, PartCount, Scores, in_words, metric_order


@dataclass(frozen=True)
class _Line:
    """A row of a task on one of its test parts."""

    task: BoardTask
    row: Row
    part: str

    @property
    def headline(self) -> bool:
        return self.part == self.task.headline

    @property
    def scores(self) -> Scores | None:
        return scores_of(self.row.record, self.part)

    @property
    def counts(self) -> PartCount | None:
        return self.row.count(self.part) if self.scores else None

    @property
    def identity(self) -> Identity:
        return self.row.cell.identity


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _json_or_none(value: Any) -> str | None:
    return _json(value) if value else None


def _name(component: Component | None) -> str | None:
    return component.name if component else None


def _seconds(line: _Line, clock: str) -> float | None:
    phases = line.row.record.phases.values()
    return sum(getattr(phase, clock) for phase in phases) if phases else None


COLUMNS: dict[str, Callable[[_Line], Any]] = {
    "task": lambda of: of.task.id,
    "dataset": lambda of: of.task.dataset,
    "fingerprint": lambda of: of.task.fingerprint,
    "provenance": lambda of: of.task.provenance,
    "labels": lambda of: of.task.labels,
    "protocol": lambda of: of.task.protocol.name,
    "protocol_parameters": lambda of: _json(of.row.cell.identity.protocol.parameters),
    "leaky": lambda of: of.task.leaky,
    "people": lambda of: of.task.people,
    "part": lambda of: of.part,
    "headline": lambda of: of.headline,
    "ranked_by": lambda of: of.task.ranked_by,
    "rank": lambda of: of.row.rank if of.headline else None,
    "suite": lambda of: of.row.cell.suite,
    "experiment": lambda of: of.row.cell.experiment,
    "cell": lambda of: of.row.cell.id,
    "status": lambda of: of.row.record.status,
    "failure": lambda of: (failure := of.row.record.failure) and f"{failure.kind}: {failure.message}",
    "departures": lambda of: "; ".join(of.row.departures),
    "training_faults": lambda of: in_words(of.row.training_faults),
    "constant": lambda of: of.row.constant,
    "model": lambda of: _name(of.identity.model),
    "fusion": lambda of: _name(of.identity.fusion),
    "members": lambda of: " ".join(of.identity.members),
    "learnt": lambda of: _json_or_none(of.row.record.learnt),
    "trained": lambda of: of.identity.trained,
    "pool": lambda of: _name(of.identity.pool),
    "folds": lambda of: " ".join(of.identity.folds),
    "counterpart": lambda of: of.row.cell.counterpart,
    "selected_on": lambda of: of.row.cell.selected_on,
    "parameters": lambda of: _json(what.parameters if (what := of.identity.model or of.identity.fusion) else {}),
    "schedule": lambda of: (schedule := of.identity.schedule) and _json(asdict(schedule)),
    "recipe": lambda of: of.identity.recipe and _json(of.identity.model_dump(mode="json")["recipe"]),
    "grid": lambda of: _json_or_none(of.identity.grid),
    "selection": lambda of: of.row.record.selection and _json(of.row.record.selection.model_dump(mode="json")),
    "representations": lambda of: _json(
        [representation.model_dump(mode="json") for representation in of.identity.representations]
    ),
    "seed": lambda of: of.identity.seed,
    "precision": lambda of: of.identity.precision,
    "sources": lambda of: _json_or_none({key: source.model_dump() for key, source in of.row.record.sources.items()}),
    "n": lambda of: of.scores and of.scores.n,
    "attempted": lambda of: of.counts and of.counts.attempted,
    "dropped": lambda of: of.counts and of.counts.dropped,
    "not_averaged": lambda of: " ".join(of.scores.left_out) if of.scores else None,
}
"""Columns before the metrics; a dictionary or a list in a field is JSON."""

WEIGHTS_COLUMNS: dict[str, Callable[[_Line], Any]] = {
    "exposure": lambda of: of.row.cell.exposure and of.row.cell.exposure.kind,
    "fitted_on": lambda of: "; ".join(of.identity.fitted_on),
    "weights": lambda of: _json_or_none([weights.model_dump() for weights in of.row.cell.weights]),
    "class_order": lambda of: of.row.record.class_order and str(of.row.record.class_order),
}
"""Columns after these where a row has weights that were not trained here; all other boards stay what they are."""

MACHINE_COLUMNS: dict[str, Callable[[_Line], Any]] = {
    "emobench": lambda of: of.row.record.emobench,
    "device": lambda of: of.row.record.environment.get("device"),
    "threads": lambda of: of.row.record.environment.get("threads"),
    "wall_seconds": lambda of: _seconds(of, "wall"),
    "cpu_seconds": lambda of: _seconds(of, "cpu"),
    "peak_memory": lambda of: of.row.record.peak_memory or None,
    "fitted_parameters": lambda of: of.row.record.parameters,
    "multiply_adds": lambda of: of.row.record.multiply_adds,
}
"""Columns after the metrics."""


def render_csv(board: Board) -> str:
    """Return the board as CSV.

    A finished cell has one row for each test part, and one for all of them together where there are several; it has a rank
    on the headline part only. A failed cell and a missing experiment have one row with a status, a reason and no numbers.
    Every metric of classes has a column, any other one where it was measured, also in one dimension (``ccc.valence``).
    After the metrics come, on the headline part, the ends of their intervals as ``<metric>_low`` and ``<metric>_high``, what
    was resampled for them and how many of it there are, the number of samples without a duplicate in what was fitted on as
    ``clean_n`` with the metrics on these as ``clean_<metric>``, and the published values as ``published_<metric>``. An
    interval that is not known has no ends; where no tested sample has a duplicate, all columns of the clean subset are empty.
    """
    published = sorted({score.metric for task in board.tasks for row in task.rows for score in row.published})
    measured = {name for record in board.records for scores in record.scores.values() for name in scores.metrics}
    intervals = {name for known in board.intervals.values() for name in known}
    of_classes = {name: metric for name, metric in METRICS.items() if metric.kind == "class"}
    intervals |= {name for name, metric in of_classes.items() if metric.interval}
    columns = [
        *COLUMNS,
        *metric_order(measured | of_classes.keys()),
        *(f"{name}_{end}" for name in metric_order(intervals) for end in ("low", "high")),
        "interval_unit",
        "interval_units",
        "clean_n",
        *(f"clean_{name}" for name in metric_order(measured | of_classes.keys())),
        *(f"published_{name}" for name in published),
        *MACHINE_COLUMNS,
    ]
    facts = COLUMNS | MACHINE_COLUMNS
    if any(task.badged for task in board.tasks):
        columns[len(COLUMNS) : len(COLUMNS)] = WEIGHTS_COLUMNS
        facts |= WEIGHTS_COLUMNS
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    for task in board.tasks:
        for row in task.rows:
            parts = [part for part in task.scored_parts if part in row.record.scores or part == task.headline]
            writer.writerows(_fields(_Line(task, row, part), facts) for part in parts)
    for gap in board.missing:
        known = {"dataset": gap.dataset, "experiment": gap.experiment}
        writer.writerow({**known, "status": "missing", "failure": gap.reason})
    return buffer.getvalue()


def _fields(line: _Line, facts: Mapping[str, Callable[[_Line], Any]]) -> dict[str, Any]:
    fields = {name: value(line) for name, value in facts.items()}
    if line.scores:
        fields |= line.scores.metrics
    if line.headline:
        fields |= {f"published_{one.metric}": one.published for one in line.row.published}
        if clean := line.row.clean:
            fields |= {"clean_n": clean.n} | {f"clean_{name}": value for name, value in clean.scores.items()}
        for name, interval in line.task.intervals(line.row).items():
            fields |= {"interval_unit": interval.unit, "interval_units": interval.units}
            if interval.known:
                fields |= {f"{name}_low": interval.low, f"{name}_high": interval.high}
    return fields
