"""Which rows of a board are encoders by corpora, and where the encoders stand over all: makes the matrices of a board."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from emobench.boards.board import BoardTask, Row
from emobench.boards.matrix import Corpus, Entry, Matrix, Probed
from emobench.boards.overview import score_of
from emobench.boards.part_scores import FEWEST_RANKED, headline_part
from emobench.contracts import Metric
from emobench.records import but_for_the_seed
from emobench.scoring import Standing, rank_over_tasks, task_scores

if TYPE_CHECKING:
    import pandas as pd

FEWEST = 2
"""Tasks, and encoders, that a matrix and a rank over tasks have at least."""

_Rows = dict[str, list[Row]]
"""The rows of one task by what tells encoders apart."""


def matrices(
    tasks: Iterable[BoardTask], predictions: Mapping[str, pd.DataFrame], metrics: Mapping[str, Metric]
) -> tuple[Matrix, ...]:
    """Return the matrices of a board.

    Args:
        tasks: of the board.
        predictions: cell id to its whole table; a task without those of all its rows does not count for ranks.
        metrics: what is registered, by name.
    """
    probes: dict[tuple[str, ...], list[tuple[BoardTask, _Rows]]] = defaultdict(list)
    for task in tasks:
        for probe, rows in _by_probe(task).items():
            probes[probe].append((task, rows))
    found = [_matrix(of_probe, predictions, metrics) for of_probe in probes.values() if len(of_probe) >= FEWEST]
    return tuple(matrix for matrix in found if len(matrix.encoders) >= FEWEST)


def _by_probe(task: BoardTask) -> dict[tuple[str, ...], _Rows]:
    found: dict[tuple[str, ...], _Rows] = defaultdict(lambda: defaultdict(list))
    for row in task.rows:
        cell = row.cell
        if cell.pattern is not None and cell.identity.model is not None:
            synthetic = "synthetic" if task.provenance == "synthetic" else ""
            probe = cell.suite, cell.pattern.name, cell.identity.model.model_dump_json(), synthetic
            inputs = ",".join(each.model_dump_json() for each in cell.identity.representations)
            found[probe][f"{cell.pattern.encoder} {inputs}"].append(row)
    return {probe: {encoder: _chosen(rows) for encoder, rows in known.items()} for probe, known in found.items()}


def _chosen(rows: Sequence[Row]) -> list[Row]:
    """Return the seeds of one experiment: of several that with results, then that with fewest departures, then the last."""
    experiments: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        experiments[but_for_the_seed(row.cell.identity)].append(row)

    def order(seeds: list[Row]) -> tuple[bool, int, str]:
        last = max(row.record.finished for row in seeds)
        return any(row.headline for row in seeds), -min(len(row.cell.departures) for row in seeds), last

    of_one = max(list(experiments.values()), key=order)
    return sorted(of_one, key=lambda row: row.cell.identity.seed)


def _matrix(
    tasks: Sequence[tuple[BoardTask, _Rows]], predictions: Mapping[str, pd.DataFrame], metrics: Mapping[str, Metric]
) -> Matrix:
    keys = sorted({key for _, rows in tasks for key in rows})
    scores = {key: tuple(_entry(task, rows.get(key, ())) for task, rows in tasks) for key in keys}
    uncounted = [_uncounted(task, rows, predictions) for task, rows in tasks]
    counted = [place for place, why in enumerate(uncounted) if why is None]
    complete = [key for key in keys if all(scores[key][place] for place in counted)]
    standings = _standings(complete, [tasks[place] for place in counted], predictions, metrics)
    encoders = [_probed(key, scores[key], standings.get(key), tasks) for key in keys]
    corpora = [
        Corpus(task.id, task.dataset, task.ranked_by, task.chance_of(task.ranked_by), why)
        for (task, _), why in zip(tasks, uncounted, strict=True)
    ]
    cell = next(row.cell for rows in tasks[0][1].values() for row in rows)
    assert cell.pattern is not None
    assert cell.identity.model is not None
    return Matrix(
        suite=cell.suite,
        pattern=cell.pattern.name,
        model=cell.identity.model,
        synthetic=tasks[0][0].provenance == "synthetic",
        corpora=tuple(corpora),
        encoders=tuple(sorted(encoders, key=_place)),
    )


def _entry(task: BoardTask, rows: Sequence[Row]) -> Entry | None:
    measured = next((row for row in rows if row.headline), None)
    score = score_of(task, measured, task.ranked_by) if measured else None
    return Entry(score.value, score.low, score.high) if score else None


def _uncounted(
    task: BoardTask, rows: _Rows, predictions: Mapping[str, pd.DataFrame]
) -> Literal["few", "no predictions"] | None:
    """Return why a task does not count: its resamples say nothing of other people, or predictions are not there."""
    measured = [row for seeds in rows.values() for row in seeds if row.headline]
    if any(row.cell.id not in predictions for row in measured):
        return "no predictions"
    enough = [row for row in measured if row.headline and row.headline.n >= FEWEST_RANKED]
    intervals = [task.intervals(row).get(task.ranked_by) for row in enough]
    known = [each for each in intervals if each and each.unit != "identity" and each.unknown in (None, "constant")]
    return None if measured and len(known) == len(measured) else "few"


def _standings(
    keys: Sequence[str],
    tasks: Sequence[tuple[BoardTask, _Rows]],
    predictions: Mapping[str, pd.DataFrame],
    metrics: Mapping[str, Metric],
) -> dict[str, Standing]:
    """Return where the encoders that have a result in every task stand over the tasks."""
    if len(keys) < FEWEST or len(tasks) < FEWEST:
        return {}
    drawn = []
    for task, rows in tasks:
        measured = [[row.record for row in rows[key] if row.headline] for key in keys]
        tables = [[headline_part(record, predictions[record.cell.id]) for record in seeds] for seeds in measured]
        if (found := task_scores(tables, metrics[task.ranked_by], task.classes)) is not None:
            drawn.append(found)
    return dict(zip(keys, rank_over_tasks(drawn), strict=True)) if len(drawn) == len(tasks) else {}


def _probed(
    key: str, scores: tuple[Entry | None, ...], standing: Standing | None, tasks: Sequence[tuple[BoardTask, _Rows]]
) -> Probed:
    rows = [rows.get(key, []) for _, rows in tasks]
    cell = next(seeds[0].cell for seeds in rows if seeds)
    assert cell.pattern is not None
    cells = tuple(seeds[0].cell.id if seeds else "" for seeds in rows)
    return Probed(cell.pattern.encoder, cell.identity.representations, scores, cells, standing)


def _place(encoder: Probed) -> tuple[float, float, str]:
    """Return what encoders are sorted by: rank, then who is first more often, then the name; those without a rank last."""
    known = encoder.standing
    return (known.rank, -known.first, encoder.encoder) if known else (math.inf, 0.0, encoder.encoder)
