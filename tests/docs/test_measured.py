"""Numbers that pages print of published rows are those of the records, and the page of the papers stays short."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import fmean

import pytest

from emobench.publishing.bundles.manifest import read_receipts
from emobench.records import Record, read_record
from tests import ROOT
from tests.support.pages import table

BOARDS = ROOT / "leaderboards"
DOCS = ROOT / "docs"
REPLICATION, GALLERY, MINUTE = DOCS / "replication.md", DOCS / "gallery.md", DOCS / "read-a-board.md"

_NUMBER = re.compile(r"(?P<value>\d\.\d{4})(?: \[(?P<low>\d\.\d{4}), (?P<high>\d\.\d{4})\])?")
_METRICS = {"accuracy": "accuracy", "UAR": "balanced_accuracy"}

CONTROLS = {
    "both streams": ("b.table4.two-stream-{}",),
    "faces blanked": ("control.b.table4.two-stream-{}.face-blank",),
    "voices blanked": ("control.b.table4.two-stream-{}.voice-blank",),
    "another voice of the same class": ("control.b.table4.two-stream-{}.shuffled-within-classes",),
    "a voice of another class": ("control.b.table4.two-stream-{}.shuffled-across-classes",),
    "the voice's stream, trained alone": ("control.b.table4.two-stream-{}.voice-alone",),
    "the face's stream, trained alone": ("control.b.table4.two-stream-{}.face-alone",),
    "pairs drawn again, twice": (
        "control.b.table4.two-stream-{}.redrawn",
        "control.b.table4.two-stream-{}.redrawn-again",
    ),
    "every class augmented equally often": ("control.b.table4.two-stream-{}.evenly-augmented",),
}


@cache
def published() -> dict[str, list[Record]]:
    """Return the published records of each experiment: one for each seed and each copy of the data."""
    records: dict[str, list[Record]] = {}
    for record in map(read_record, BOARDS.glob("cells/*/record.json")):
        records.setdefault(record.cell.experiment, []).append(record)
    return records


def measured(experiment: str, metric: str) -> set[str]:
    """Return the scores of an experiment, of each copy of the data alone: the mean over its seeds, if it has several."""
    scores: dict[str, list[float]] = {}
    for record in published()[experiment]:
        if record.status == "finished":
            scores.setdefault(record.cell.identity.content, []).append(
                record.scores[record.cell.headline].metrics[metric]
            )
    return {f"{fmean(seeds):.4f}" for seeds in scores.values()}


def rows(page: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the experiment, and the other cells by the heading of their column, of rows that name one first."""
    columns: list[str] = []
    for line in page.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            columns = []
        elif not columns:
            columns = cells
        elif named := next((name for name in re.findall(r"`([^`]+)`", " ".join(cells[:2])) if name in published()), ""):
            yield named, dict(zip(columns, cells, strict=True))


@pytest.mark.parametrize(
    ("page", "least"), [(REPLICATION, 21), (GALLERY, 6), (MINUTE, 1)], ids=["replication", "gallery", "a minute"]
)
def test_scores_are_those_of_the_records(page: Path, least: int) -> None:
    found = 0
    for experiment, cells in rows(page):
        for column in _METRICS.keys() & cells.keys():
            assert (told := _NUMBER.match(cells[column])), (experiment, cells)
            assert told["value"] in measured(experiment, _METRICS[column]), (experiment, column)
            found += column == "accuracy"
    assert found >= least


def test_printed_numbers_are_those_that_the_suite_has() -> None:
    found = 0
    for experiment, cells in rows(REPLICATION):
        if "accuracy" in cells and (printed := cells.get("printed", "–")) != "–":
            value = float(printed.removesuffix("%")) / (100 if printed.endswith("%") else 1)
            assert value == pytest.approx(published()[experiment][0].cell.published["accuracy"]), experiment
            found += 1
    assert found >= 16


def test_controls_of_the_pairs_are_those_of_the_records() -> None:
    told = {
        cells[0]: cells[1:]
        for line in REPLICATION.read_text(encoding="utf-8").splitlines()
        if (cells := [cell.strip() for cell in line.strip("|").split("|")])[0] in CONTROLS
    }
    assert told.keys() == CONTROLS.keys()
    for words, experiments in CONTROLS.items():
        for corpus, scores in zip(("tess", "crema-d"), told[words], strict=True):
            for name, score in zip(experiments, scores.split(", "), strict=True):
                assert score in measured(name.format(corpus), "accuracy"), (words, corpus)


def test_scores_across_corpora_are_those_of_the_records() -> None:
    corpora = ("ravdess", "tess", "crema-d")
    for row, source in zip(table(REPLICATION, "Across corpora"), corpora, strict=True):
        for score, target in zip(row[1:], corpora, strict=True):
            name = f"within.{source}" if source == target else f"across.{source}-to-{target}"
            assert score in measured(name, "balanced_accuracy"), name


def test_verdicts_are_those_of_the_claims() -> None:
    counts = json.loads((BOARDS / "paper-replication-claims.json").read_text(encoding="utf-8"))["verdicts"]
    told = {row[0].partition(":")[0]: int(row[1]) for row in table(REPLICATION, "Replication")}
    assert told == {verdict: count for verdict, count in counts.items() if count}


def test_the_interval_of_the_row_to_be_read_is_that_of_its_board() -> None:
    board = json.loads((BOARDS / "datasets" / "fer2013.json").read_text(encoding="utf-8"))
    ((experiment, cells),) = [row for row in rows(MINUTE) if "rank" in row[1]]
    (row,) = [
        row
        for task in board["tasks"]
        for row in task["rows"]
        if row["record"]["cell"]["experiment"] == experiment and row["rank"] == 1
    ]
    for column, metric in _METRICS.items():
        assert (told := _NUMBER.match(cells[column]))
        interval = row["intervals"][metric]
        assert (told["low"], told["high"]) == (f"{interval['low']:.4f}", f"{interval['high']:.4f}")
    assert cells["accuracy, clean"] == f"{row['clean']['scores']['accuracy']:.4f}"


def test_the_gallery_has_every_bundle() -> None:
    told = {re.findall(r"`([^`]+)`", row[0])[0]: row[1] for row in table(GALLERY, "What others publish")}
    receipts = read_receipts(BOARDS)
    assert told.keys() == receipts.keys()
    assert all(count in ("–", str(len(receipts[name].cells))) for name, count in told.items())


def test_the_page_of_the_papers_is_a_story() -> None:
    assert len(REPLICATION.read_text(encoding="utf-8").split()) <= 2600


def test_what_a_speaker_encoder_knows_of_emotion_is_what_the_records_say() -> None:
    page = ROOT / "plugins" / "pretrained-voices" / "README.md"
    corpora = {"RAVDESS, without calm": "ravdess", "CREMA-D": "crema-d"}
    told = table(page, "What it knows of emotion")
    assert [row[0] for row in told] == list(corpora)
    for corpus, _, by_clip, apart, _ in told:
        for cell, split in ((by_clip, "by-clip"), (apart, "apart")):
            assert (number := _NUMBER.match(cell))
            assert number["value"] in measured(f"{corpora[corpus]}.ge2e.{split}", "balanced_accuracy")
    assert measured("ravdess.mfcc.apart", "balanced_accuracy") <= set(re.findall(r"\d\.\d{4}", page.read_text("utf-8")))
