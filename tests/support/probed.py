"""Boards of probes: encoders on corpora."""

from __future__ import annotations

from typing import Any

import pandas as pd

from emobench.boards.board import Board
from emobench.boards.ranking import build_board
from emobench.boards.titles import Titles
from emobench.records.cell import FromPattern
from emobench.records.identity import Component
from emobench.records.record import Record
from emobench.scoring.scores import score
from tests.support.boards import METRICS, Made, N, chance, table
from tests.support.factories import CLASSES, cell, failed, identity, record, sha256

PATTERN = "{dataset}.{encoder}.net"
TITLES = Titles(models={"net": "The net"}, datasets={"one": "Corpus One", "two": "Corpus Two"})


def probed(
    encoder: str,
    dataset: str,
    right: float = 0.6,
    *,
    groups: int = 8,
    n: int = N,
    seed: int = 0,
    pattern: str = PATTERN,
    parameters: dict[str, Any] | None = None,
    **changes: Any,
) -> Made:
    """Return the record of a probe, whose predictions are right as often as told, and these predictions."""
    what = identity(
        dataset=dataset,
        content=sha256(dataset),
        representations=(Component(name=encoder, parameters=parameters or {}),),
        code={"net": sha256(f"{pattern} {changes}")},
        seed=seed,
    )
    name = pattern.format(dataset=dataset, encoder=encoder)
    of = cell(
        name, what=what, ranked_by="balanced_accuracy", pattern=FromPattern(name=pattern, encoder=encoder), **changes
    )
    said = table(chance(right, int(sha256(f"{name} {seed}")[:6], 16), n), groups=groups)
    return record(of, scores=score(said, CLASSES, of.identity.test_parts, METRICS.values())), said


def broken(encoder: str, dataset: str) -> Record:
    """Return the record of a probe that failed."""
    return failed(probed(encoder, dataset)[0].cell)


def built(*rows: Made | Record, without: tuple[str, ...] = ()) -> Board:
    """Return the board of some rows, those of the named experiments without predictions."""
    records = [row if isinstance(row, Record) else row[0] for row in rows]
    made: list[Made] = [row for row in rows if not isinstance(row, Record)]
    tables: dict[str, pd.DataFrame] = {one.cell.id: said for one, said in made if one.cell.experiment not in without}
    return build_board(records, predictions=tables, metrics=METRICS, titles=TITLES)


def four() -> list[Made]:
    """Two encoders on two corpora."""
    return [probed("a", "one", 0.8), probed("a", "two", 0.8), probed("b", "one", 0.5), probed("b", "two", 0.5)]
