"""Boards for the tests of the HTML page."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd

from emobench.boards import Board, BoardTask, Missing, Row, build_board
from emobench.boards.uncertainty import Uncertainty
from emobench.contracts import Epoch
from emobench.records import Cell, ChangedSetting, Component, Record, predictions_table
from emobench.scoring import Interval, Slice, arrays, reliability
from tests.support.factories import (
    CLASSES,
    built_in_metrics,
    cell,
    failed,
    identity,
    predictions,
    random_probabilities,
    record,
    sha256,
)
from tests.support.scores import score_part

METRICS = {metric.name: metric for metric in built_in_metrics()}
SEVEN = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
VOID = {"meta", "link", "input", "br", "hr", "img"}

VERDICTS: dict[str, Any] = {
    "totals": "2 claims: 1 reproduced, 1 impossible as printed",
    "verdicts": {"reproduced": 1, "near": 0, "impossible as printed": 1},
    "papers": [{"name": "A", "title": "A paper", "link": "https://example.org/paper"}],
    "tables": [
        {
            "paper": "A",
            "table": "Table 1",
            "title": "A paper",
            "quoted": False,
            "protocol": "train and test",
            "claims": [
                {
                    "row": f"Net {verdict}",
                    "column": "Accuracy",
                    "printed": "0.64",
                    "measured": "0.6400",
                    "95% interval": "0.60–0.68",
                    "arithmetic": "possible",
                    "verdict": verdict,
                    "why": "",
                    "note": "",
                    "cell": "",
                    "checks": ["whole number of right answers: possible"],
                }
                for verdict in ("reproduced", "impossible as printed")
            ],
        }
    ],
}


def epochs(n: int) -> tuple[Epoch, ...]:
    """Return a history that learns."""
    return tuple(
        Epoch(
            number=each,
            of=n,
            loss=2 / each,
            accuracy=1 - 0.8 / each,
            validation={"accuracy": 0.7 - 0.4 / each, "balanced_accuracy": 0.6 - 0.3 / each},
            seconds=1.5,
        )
        for each in range(1, n + 1)
    )


def small_board() -> Board:
    """Return four tasks: real, leaky, synthetic, and one without a result; with predictions, curves and what is missing."""
    leaky = identity(
        protocol=Component(name="random-clips", parameters={"seed": 1}), dataset="voices", content=sha256("voices")
    )
    short = ChangedSetting(setting="epochs", value=2, suite=6)
    records, tables = [], {}
    for number, name in enumerate(("alpha", "beta", "gamma")):
        of = cell(
            name,
            published={"accuracy": 0.5},
            departures=(short,) if number else (),
        )
        truth = predictions(90)[["sample_id", "part", "label", "group"]]
        truth["group"] = ""  # without groups, tests of pairs are quick
        drawn = random_probabilities(90, len(CLASSES), number)
        if name == "gamma":  # drawn ones alone show that training failed, and lead no task
            drawn = 0.7 * drawn + 0.3 * np.eye(len(CLASSES))[truth["label"].map(list(CLASSES).index)]
        table = predictions_table(CLASSES, drawn, truth)
        tables[of.id] = table
        records.append(_scored(of, table, history=epochs(5), warnings=("UserWarning: slow",)))
    of = cell("leaky-net", what=leaky, leaky=True, provenance="unverified")
    tables[of.id] = predictions(60, seed=9)
    records.append(_scored(of, tables[of.id]))
    made_up = cell("toy", what=identity(dataset="toys", content=sha256("toys")), provenance="synthetic")
    records += [record(made_up), failed(cell("broken"))]
    missing = [Missing("never-run", "not run", "faces")]
    return build_board(records, missing, predictions=tables, metrics=METRICS)


def _scored(of: Cell, table: pd.DataFrame, **changes: Any) -> Record:
    return record(of, scores={"test": score_part(table, of.identity.classes, METRICS.values())}, **changes)


def large_board(n: int) -> Board:
    """Return one task of seven classes with ``n`` rows, each with intervals, bins, slices, 30 epochs and two test parts."""
    parts = {"train": sha256("train"), "test": sha256("test"), "other": sha256("other")}
    table = predictions(600, SEVEN, seed=1)
    measured = score_part(table, SEVEN, METRICS.values())
    bins = reliability(*arrays(table, SEVEN))
    generator = np.random.default_rng(0)
    rows, intervals, slices = [], {}, {}
    for number in range(n):
        what = identity(classes=SEVEN, split=parts, seed=number, code={"net": sha256(str(number))})
        of = cell(f"paper.table{number % 7}.network-{number}", what=what, published={"accuracy": 0.61})
        shaken = {name: float(value + generator.normal() / 100) for name, value in measured.metrics.items()}
        confusion = tuple(tuple(int(each) for each in line) for line in generator.integers(900, size=(7, 7)))
        of_row = measured.model_copy(update={"metrics": shaken, "confusion": confusion})
        rows.append(
            Row(
                record(of, scores={"test": of_row, "other": of_row}, history=epochs(30)),
                rank=1 + number // 5 * 5,
                members=(),
            )
        )
        intervals[of.id] = {
            name: Interval(shaken[name] - 0.0123, shaken[name] + 0.0123, 0.95, "sample", 600)
            for name in list(measured.metrics)[:8]
        }
        slices[of.id] = tuple(
            Slice(column, value, 75, 0.5312, 0.4923, Interval(0.4123, 0.6432, 0.95, "sample", 75))
            for column in ("speaker", "sex", "age")
            for value in ("one", "another", "a third", "a fourth", "a fifth")
        )
    task = BoardTask(
        id="0123456789ab",
        dataset="faces",
        fingerprint=sha256("faces"),
        provenance="official",
        labels="seven@1",
        classes=SEVEN,
        protocol=rows[0].cell.identity.protocol,
        leaky=False,
        parts={"test": parts["test"], "other": parts["other"]},
        headline="test",
        ranked_by="accuracy",
        rows=tuple(rows),
        uncertainty=Uncertainty(
            intervals=intervals,
            ranks={row.cell.id: row.rank or 1 for row in rows},
            untested=(),
            pairs=(),
            detectable=None,
            seeds=(),
            slices=slices,
            reliability={row.cell.id: bins for row in rows},
        ),
    )
    return Board((task,))


class Parsed(HTMLParser):
    """A page, read strictly: whatever is opened is closed, in order.

    Attributes:
        tags: every start tag with its attributes.
        texts: text by the element that it stands in, in order.
        problems: what is not as it must be.
    """

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.problems: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        self.problems += [f"{tag} is not closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        names = [name for name, _ in attrs]
        self.problems += [f"{tag} has {name} twice" for name in set(names) if names.count(name) > 1]
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"</{tag}> at {self.getpos()} closes something else")

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        self.texts.append((self._open[-1] if self._open else "", data))

    @property
    def text(self) -> str:
        """All that is to be read, with single spaces."""
        return " ".join(" ".join(text for tag, text in self.texts if tag not in ("script", "style")).split())

    @property
    def data(self) -> dict[str, Any]:
        """The JSON that the page's script reads."""
        content: dict[str, Any] = json.loads(next(text for tag, text in self.texts if tag == "script"))
        return content

    def ids(self) -> list[str]:
        """Return the ids of all elements that have one."""
        return [str(attributes["id"]) for _, attributes in self.tags if "id" in attributes]
