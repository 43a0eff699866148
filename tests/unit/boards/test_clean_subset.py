"""Scores without the tested samples that were, or nearly were, fitted on."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from emobench.boards.board import Board
from emobench.boards.clean_subset import CleanSubset
from emobench.boards.csv import render_csv
from emobench.boards.html.page import render_html
from emobench.boards.json import render_json
from emobench.boards.markdown.page import render_markdown
from emobench.boards.ranking import build_board
from emobench.records.audit_report import EXACT_OR_NEAR, AuditFinding, AuditReport
from emobench.records.record import Record
from tests.support.boards import METRICS, N, chance, first, made, rankings, table
from tests.support.factories import CLASSES

EXACT = tuple(f"clip-{number:04d}" for number in range(0, 90, 3))
NEAR = tuple(f"clip-{number:04d}" for number in range(0, 90, 5))
LEFT = {*EXACT, *NEAR}


def report(of: Record, *findings: AuditFinding, **changes: Any) -> AuditReport:
    about: dict[str, Any] = of.cell.identity.model_dump(include={"dataset", "content", "labels", "protocol", "split"})
    counts = {"train": 60, "test": N}
    defaults = {"id": "0" * 16, "counts": counts, "audits": (EXACT_OR_NEAR,), "findings": findings}
    return AuditReport(**{**about, **defaults, **changes})


def finding(tested: tuple[str, ...], bits: int | None = None) -> AuditFinding:
    return AuditFinding(
        audit="near-duplicate-images" if bits else "exact-duplicates-across-parts",
        severity="error",
        part="train / test",
        count=len(tested),
        what="copies",
        tested=tested,
        threshold_bits=bits,
    )


def known_by_heart() -> tuple[Record, pd.DataFrame]:
    """Return a row that is right on all that it was fitted on, and on half of the rest."""
    right = chance(0.5, 1)
    right |= np.isin([f"clip-{number:04d}" for number in range(N)], sorted(LEFT))
    return made("net", table(right))


def built(**changes: Any) -> tuple[Board, pd.DataFrame]:
    of, said = known_by_heart()
    audit = report(of, finding(EXACT), finding(NEAR, 48), **changes)
    return build_board([of], predictions={of.cell.id: said}, metrics=METRICS, audits=[audit]), said


def clean(board: Board) -> CleanSubset | None:
    return board.tasks[0].rows[0].clean


def test_clean_subset_is_what_counting_by_hand_gives() -> None:
    board, said = built()
    kept = said[[sample not in LEFT for sample in said["sample_id"]]]
    found = clean(board)
    assert found is not None
    assert (found.n, found.left_out, found.threshold_bits) == (len(kept), len(LEFT), 48)
    truth, guess = kept["label"], kept["prediction"]
    assert found.scores["accuracy"] == sum(label == said for label, said in zip(truth, guess, strict=True)) / len(kept)
    assert found.scores["accuracy"] == pytest.approx(accuracy_score(truth, guess))
    assert found.scores["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(truth, guess))
    assert found.scores["f1_macro"] == pytest.approx(f1_score(truth, guess, average="macro"))
    headline = board.tasks[0].rows[0].headline
    assert headline is not None
    assert found.scores.keys() == headline.metrics.keys()
    assert headline.metrics["accuracy"] > found.scores["accuracy"] + 0.05


@pytest.mark.parametrize(
    "changes",
    [
        {"audits": ("exact-duplicates-across-parts", "near-duplicate-images")},
        {"findings": ()},
        {"findings": (finding(("clip-9999",)),)},
        {"counts": {"train": 60, "test": N - 1}},
    ],
    ids=["of an older version", "without a duplicate", "of no scored sample", "of a part of the samples"],
)
def test_nothing_is_shown_without_duplicates_or_without_their_names(changes: dict[str, Any]) -> None:
    board, _ = built(**changes)
    assert clean(board) is None
    assert "clean" not in render_markdown(board, title="").lower()
    assert json.loads(render_json(board))["tasks"][0]["rows"][0]["clean"] is None
    (line,) = csv.DictReader(io.StringIO(render_csv(board)))
    assert (line["clean_n"], line["clean_accuracy"]) == ("", "")


def test_nothing_is_shown_without_an_audit_or_without_predictions() -> None:
    of, said = known_by_heart()
    assert clean(build_board([of], predictions={of.cell.id: said}, metrics=METRICS)) is None
    assert clean(build_board([of], audits=[report(of, finding(EXACT))])) is None


def test_nothing_is_left_where_every_sample_is_a_duplicate() -> None:
    every = tuple(f"clip-{number:04d}" for number in range(N))
    board, _ = built(findings=(finding(every),))
    assert clean(board) == CleanSubset(0, N, None, {})
    assert f"{N} of {N} samples (100.0%)" in render_markdown(board, title="")


def test_averages_over_other_classes_are_no_clean_scores() -> None:
    of, said = made("net", table(first(0.5)))
    one_class = tuple(said["sample_id"][said["label"] == CLASSES[0]])
    found = clean(
        build_board([of], predictions={of.cell.id: said}, metrics=METRICS, audits=[report(of, finding(one_class))])
    )
    assert found is not None
    assert "accuracy" in found.scores
    assert not {"balanced_accuracy", "f1_macro"} & found.scores.keys()


# ----------------------------------------------------------------------------------------------------- on boards


def test_every_format_has_the_clean_subset() -> None:
    board, _ = built()
    found = clean(board)
    assert found is not None
    said = f"{found.scores['accuracy']:.4f}"
    ((row,),) = rankings(render_markdown(board, title=""))
    assert (row["n, clean"], row["accuracy, clean"]) == (str(found.n), said)
    (line,) = csv.DictReader(io.StringIO(render_csv(board)))
    assert (int(line["clean_n"]), float(line["clean_accuracy"])) == (found.n, found.scores["accuracy"])
    assert float(line["clean_f1_macro"]) == found.scores["f1_macro"]
    (told,) = json.loads(render_json(board))["tasks"][0]["rows"]
    numbers = {"n": found.n, "left_out": found.left_out, "threshold_bits": 48}
    assert told["clean"] == {**numbers, "scores": found.scores}
    page = render_html(board, title="")
    assert f"{said} <small>n {found.n}</small>" in page
    assert re.search(r"<button type=.button.>accuracy, clean</button>", page)


def test_boards_do_not_repeat_the_ids() -> None:
    board, _ = built()
    assert EXACT[1] not in render_json(board)
    assert EXACT[1] not in render_html(board, title="")


def test_page_says_what_is_left_out() -> None:
    page = render_markdown(built()[0], title="")
    share = f"{len(LEFT)} of {N} samples ({len(LEFT) / N:.1%})"
    assert (
        f"**Clean subset**: {share} of *test* equal or nearly equal one that was fitted on (nearly: at most 48 bits"
        in page
    )
