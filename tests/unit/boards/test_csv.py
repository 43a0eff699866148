"""The board as CSV."""

from __future__ import annotations

import io
import json
from typing import Any

import pandas as pd
import pytest

from emobench.boards.csv import render_csv
from emobench.boards.markdown.page import render_markdown
from emobench.boards.ranking import build_board
from emobench.contracts import Augmentation, Metric, Recipe
from emobench.records.record import Selection
from emobench.scoring.bootstrap import bootstrap_interval
from emobench.scoring.scores import score
from tests.support import exposed
from tests.support.boards import (
    METRICS,
    MISSING,
    board,
    chance,
    made,
    rankings,
    several,
    table,
)
from tests.support.factories import CLASSES, cell, identity, record
from tests.support.kinds import AFFECT, told, values_table


def test_csv_reads_back() -> None:
    records = several()
    frame = pd.read_csv(io.StringIO(render_csv(build_board(records, MISSING))), dtype={"cell": str})
    assert frame["status"].value_counts().to_dict() == {"finished": 7, "missing": 2, "failed": 1}
    by_cell = {one.cell.id: one for one in records}
    for _, row in frame[frame["status"] == "finished"].iterrows():
        scored = by_cell[row["cell"]].scores[row["part"]]
        assert row["n"] == scored.n
        assert {name: row[name] for name in scored.metrics} == scored.metrics
    broken = frame[frame["status"] != "finished"]
    assert broken[["rank", "n", "accuracy", "f1_macro"]].isna().all(axis=None)
    assert broken["failure"].notna().all()


def test_csv_parts_ranks_and_published() -> None:
    frame = pd.read_csv(io.StringIO(render_csv(build_board(several()))))
    two = frame[frame["experiment"] == "two"].set_index("part")
    assert list(two.index) == ["private", "public", "test"]
    assert two["headline"].tolist() == [True, False, False]
    assert two["rank"].notna().tolist() == [True, False, False]
    assert two["attempted"].tolist() == [30, 30, 60]
    sound = frame[frame["experiment"] == "sound"].iloc[0]
    assert (sound["published_accuracy"], sound["published_f1_weighted"]) == (0.65, 0.6)
    assert json.loads(sound["parameters"]) == {"dropout": 0.2}
    assert json.loads(sound["schedule"])["epochs"] == 6


def test_csv_columns_are_the_same_with_and_without_rows() -> None:
    empty, full = (render_csv(build_board(records)).splitlines()[0] for records in ([], [record()]))
    assert empty == full


def test_recipe_grid_and_selection_are_columns() -> None:
    recipe = Recipe(keep="best", by="accuracy", augment=(Augmentation("crop", {"pixels": 4}),))
    of = identity(recipe=recipe, grid={"C": (0.1, 1.0)})
    selection = Selection(kind="validation", by="accuracy", samples=20, value=0.5, chosen={"C": 1.0}, tried=2)
    selected = record().model_copy(update={"cell": cell(what=of), "selection": selection})
    (line,) = pd.read_csv(io.StringIO(render_csv(build_board([selected])))).to_dict("records")[:1]
    assert json.loads(line["recipe"]) == {
        "keep": "best", "patience": 0, "by": "accuracy", "warm_up": 0.0, "decay": "", "class_weights": "",
        "augment": [{"name": "crop", "parameters": {"pixels": 4}}],
    }  # fmt: skip
    assert json.loads(line["grid"]) == {"C": [0.1, 1.0]}
    assert json.loads(line["selection"]) == selection.model_dump(mode="json")
    plain = pd.read_csv(io.StringIO(render_csv(build_board([record()]))))
    assert plain[["recipe", "grid"]].isna().all(axis=None)


def test_a_metric_of_a_plugin_has_a_title_a_column_and_an_interval_as_any_other() -> None:
    def odds(truth: Any, probabilities: Any, classes: Any) -> float:
        return METRICS["accuracy"].compute(truth, probabilities, classes) / 2

    metric = Metric("odds", "Odds ratio", odds, interval=True, headline=True)
    of, predictions = made("net", table(chance(0.6, 1)))
    scored = of.model_copy(
        update={"scores": score(predictions, CLASSES, of.cell.identity.test_parts, [*METRICS.values(), metric])}
    )
    built = build_board([scored], predictions={of.cell.id: predictions}, metrics={**METRICS, "odds": metric})
    csv = pd.read_csv(io.StringIO(render_csv(built)))
    assert csv["odds_low"][0] < csv["odds"][0] < csv["odds_high"][0]
    ((row,),) = rankings(render_markdown(built, title=""))
    assert row["Odds ratio"] == f"{csv['odds'][0]:.4f}"


def test_csv_has_the_ends_on_the_headline_part() -> None:
    one, predictions = made("net", table(chance(0.6, 1), groups=12))
    csv = pd.read_csv(io.StringIO(render_csv(board((one, predictions)))))
    for name in (name for name, metric in METRICS.items() if metric.interval):
        interval = bootstrap_interval(predictions, METRICS[name], CLASSES)
        assert csv[f"{name}_low"][0] == pytest.approx(interval.low)
        assert csv[f"{name}_high"][0] == pytest.approx(interval.high)
    assert (csv["interval_unit"][0], csv["interval_units"][0]) == ("group", 12)


def test_only_measured_metrics_of_values_are_columns() -> None:
    of_classes, of_values = (
        set(render_csv(build_board(rows)).splitlines()[0].split(","))
        for rows in ([record()], [told("mlp", AFFECT, values_table(0.5))[0]])
    )
    assert "ccc" not in of_classes
    assert {"ccc", "ccc.valence", "accuracy"} <= of_values


def test_weights_that_were_not_trained_here_have_columns_of_their_own() -> None:
    frame = pd.read_csv(io.StringIO(render_csv(exposed.board()))).set_index("experiment")
    assert frame["exposure"].fillna("").to_dict() == {
        "ready-seen": "seen", "ready-unseen": "unseen", "own": "", "ready-unknown": "unknown",
    }  # fmt: skip
    assert frame.loc["ready-seen", "fitted_on"] == "fer2013:train"
    assert json.loads(str(frame.loc["ready-seen", "weights"]))[0]["license"] == "MIT"
    assert frame.loc["ready-unknown", "class_order"] == str(exposed.ORDER)
    assert "exposure" not in pd.read_csv(io.StringIO(render_csv(build_board(several()))))
