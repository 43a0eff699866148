"""The board as a Markdown page."""

from __future__ import annotations

import io
import json
import re

import pandas as pd

from emobench.boards.csv import render_csv
from emobench.boards.markdown.page import render_markdown
from emobench.boards.ranking import build_board
from emobench.records.departures import SampleCount
from emobench.records.identity import Component
from emobench.records.record import PartCount
from emobench.scoring.bootstrap import bootstrap_interval
from tests.support.boards import (
    METRICS,
    SHORT,
    board,
    chance,
    made,
    measured,
    rankings,
    several,
    table,
    tables,
    weighted,
)
from tests.support.factories import CLASSES, cell, failed, identity, record, scores


def test_row_in_full() -> None:
    of = cell("net", departures=(SHORT, SampleCount(found=960, official=7442)))
    board = build_board(
        [record(of, counts={"test": PartCount(attempted=61, dropped=1)}, scores=scores(accuracy=0.625))]
    )
    ((row,),) = rankings(render_markdown(board, title=""))
    assert (row["rank"], row["experiment"], row["seed"], row["accuracy"]) == ("1", "net", "42", "0.6250")
    assert row["n"] == "60 (1 dropped)"
    assert row["departures"] == (
        "ranked by 0.6148, for samples left out count as wrong; epochs 2 (suite: 6); 960 of 7,442 samples"
    )
    assert row["cell"] == f"`{of.id}`"


def test_a_row_that_predicts_one_class_alone_says_so() -> None:
    made = scores()["test"]
    confusion = tuple((0, sum(line), 0) for line in made.confusion)
    one = record(cell("net"), scores={"test": made.model_copy(update={"confusion": confusion})})
    ((row,),) = rankings(render_markdown(build_board([one]), title=""))
    assert row["departures"].startswith(f"every prediction is {CLASSES[1]}; ")


def test_published_beside_measured() -> None:
    page = render_markdown(build_board(several()), title="")
    (table,) = (table for table in tables(page) if "published" in table[0])
    found = [(row["experiment"], row["metric"], row["published"], row["measured"]) for row in table]
    assert found[0] == ("sound", "accuracy", "0.65", "0.6250")
    assert table[0]["difference in points"] == "-2.50"
    assert found[-1] == ("broken", "accuracy", "0.5", "–")
    assert (table[-1]["difference in points"], table[-1]["departures"]) == ("–", "failed")


def test_a_fusion_names_its_members() -> None:
    records = several()
    page = render_markdown(build_board(records), title="")
    (row,) = (row for table in tables(page) for row in table if row.get("input") == "their probabilities")
    assert row["model or fusion"] == f"average of net `{records[0].cell.id}`, `0123456789abcdef`"


def test_weights_that_a_fusion_learnt_stand_on_its_row() -> None:
    members, fused = weighted({"weights": [0.25, 0.75]})
    board = build_board([*members, fused])
    found = tables(render_markdown(board, title=""))
    (ranked,) = (row for table in found for row in table if row.get("cell") == f"`{fused.cell.id}`" and "UAR" in row)
    assert ranked["departures"] == "weights net 0.250, sound 0.750; as its suite says"
    (row,) = (row for table in found for row in table if row.get("input") == "their probabilities")
    assert row["model or fusion"].endswith("; weights net 0.250, sound 0.750")
    assert row["selected on"] == "the fusion learnt from 18 samples of the validation part"
    frame = pd.read_csv(io.StringIO(render_csv(board))).set_index("experiment")
    assert json.loads(str(frame.loc["both", "learnt"])) == {"weights": [0.25, 0.75]}
    assert frame["learnt"].notna().sum() == 1


def test_applied_model_names_the_cell_that_fitted_it() -> None:
    fitted = record(cell("net"))
    pooled = {"pool": Component(name="average")}
    applied = [
        record(cell(name, what=identity(dataset="films", trained=trained, code={name: "c0de"}, **pooled)))
        for name, trained in (("known", fitted.cell.id), ("unknown", "0123456789abcdef"))
    ]
    board = build_board([fitted, *applied])
    rows = {
        row["experiment"]: row
        for table in tables(render_markdown(board, title=""))
        for row in table
        if "training" in row
    }
    assert rows["known"]["training"] == f"none: the fitted model of net `{fitted.cell.id}`"
    assert rows["unknown"]["training"] == "none: the fitted model of `0123456789abcdef`"
    assert rows["known"]["model or fusion"] == "net (dropout 0.2); average"
    assert rows["net"]["training"].startswith("6 epochs")
    frame = pd.read_csv(io.StringIO(render_csv(board)), dtype=str).set_index("experiment")
    assert frame["trained"].fillna("").to_dict() == {
        "net": "",
        "known": fitted.cell.id,
        "unknown": "0123456789abcdef",
    }
    assert frame["pool"].fillna("").to_dict() == {"net": "", "known": "average", "unknown": "average"}


def test_synthetic_and_leaky_are_in_the_heading() -> None:
    records = [record(cell("twin", provenance="synthetic")), record(cell("clips", leaky=True))]
    headings = [line for line in render_markdown(build_board(records), title="").splitlines() if line.startswith("## ")]
    assert [re.sub("<a id.*?></a>", "", heading) for heading in headings if "split" in heading] == [
        "## faces, random-clips split, official, leaky",
        "## SYNTHETIC, not results: faces, random-clips split, synthetic",
    ]


def test_a_note_is_listed_once_with_its_experiments() -> None:
    records = [measured(name, 0.5, note="See Table 1.") for name in ("a", "b")]
    assert "- a, b: See Table 1." in render_markdown(build_board(records), title="").splitlines()


def test_numbers_stand_to_the_right() -> None:
    page = render_markdown(build_board([record()]), title="")
    rule = page[page.index("|   rank |") :].splitlines()[1]
    assert rule.strip("|").split("|")[0].endswith(":")
    assert re.fullmatch(r":-+", rule.strip("|").split("|")[1])


def test_texts_of_strangers_are_shown_as_they_are() -> None:
    board = build_board([failed(cell("a|b", note="**bold** <b>"), message="<class 'x'> | `y`\nnext")])
    ((row,),) = rankings(render_markdown(board, title="T"))
    assert row["experiment"] == r"a\|b"
    assert r"&lt;class 'x'&gt; \| \`y\` next" in row["departures"]
    assert r"\*\*bold\*\* &lt;b&gt;" in render_markdown(board, title="T")


def test_ranking_shows_both_ends() -> None:
    one, predictions = made("net", table(chance(0.6, 1)))
    page = render_markdown(board((one, predictions)), title="Demo")
    interval = bootstrap_interval(predictions, METRICS["accuracy"], CLASSES)
    ((row,),) = rankings(page)
    value = one.scores["test"].metrics["accuracy"]
    assert row["accuracy"] == f"{value:.4f} [{interval.low:.4f},\u00a0{interval.high:.4f}]"
    assert "over 240 samples" in page
