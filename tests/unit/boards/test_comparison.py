"""``emobench compare``: who may be compared, on which samples, and what is said about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import sklearn.metrics

from emobench import cli
from emobench.boards.comparison import Entrant, compare
from tests.support import kinds
from tests.support.compared import N, put, refused, said
from tests.support.factories import CLASSES, sha256
from tests.support.kinds import AFFECT, told, values_table


def compared(capsys: pytest.CaptureFixture[str], runs: Path, *arguments: str) -> Any:
    assert cli.invoke(["compare", *arguments, "--runs", str(runs), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_two_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = {"good": said(0.8, 1), "poor": said(0.4, 2)}
    ids = {name: put(tmp_path, name, table) for name, table in tables.items()}
    found = compared(capsys, tmp_path, "good", ids["poor"][:8])
    assert (found["n"], found["left_out"], found["part"]) == (N, 0, "test")
    for result in found["results"]:
        table = tables[result["experiment"]]
        assert result["cells"] == [ids[result["experiment"]]]
        expected = sklearn.metrics.balanced_accuracy_score(table["label"], table["prediction"])
        score = result["scores"]["balanced_accuracy"]
        assert score["value"] == pytest.approx(expected)
        assert score["interval"]["low"] < expected < score["interval"]["high"]
    (pair,) = found["pairs"]
    right = [table["label"] == table["prediction"] for table in tables.values()]
    b, c = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
    assert (pair["mcnemar"]["b"], pair["mcnemar"]["c"]) == (b, c)
    assert pair["mcnemar"]["p"] == pytest.approx(scipy.stats.binomtest(b, b + c).pvalue)
    assert pair["differences"]["accuracy"]["value"] == pytest.approx((b - c) / N)
    assert all(pair["apart"].values())
    assert f"good is {100 * (b - c) / N:.2f} points above poor in accuracy" in pair["sentence"]
    assert "they can be told apart." in pair["sentence"]


def test_what_cannot_be_told_apart_says_what_could_have_been_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, "one", said(0.6, 1))
    put(tmp_path, "other", said(0.6, 2))
    (pair,) = compared(capsys, tmp_path, "one", "other")["pairs"]
    assert not any(pair["apart"].values())
    assert 0.05 < pair["detectable"] < 0.4
    assert f"A difference below {100 * pair['detectable']:.1f} points would mostly go unseen" in pair["sentence"]


def test_several_are_corrected_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, chance in enumerate((0.75, 0.6, 0.5)):
        put(tmp_path, f"net-{number}", said(chance, number))
    pairs = compared(capsys, tmp_path, "net-0", "net-1", "net-2")["pairs"]
    assert [(one["a"], one["b"]) for one in pairs] == [("net-0", "net-1"), ("net-0", "net-2"), ("net-1", "net-2")]
    exact = [test for one in pairs for test in one["tests"] if test["kind"] == "exact McNemar"]
    lowest = min(exact, key=lambda test: test["p"])
    assert lowest["holm"] == pytest.approx(3 * lowest["p"])
    assert all(test["holm"] >= test["p"] for test in exact)


def test_groups_have_to_agree_with_mcnemar(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # One speaker of twelve makes all the difference: McNemar's test is sure, new speakers need not show it.
    base = said(0.7, 1, groups=True)
    better = base.copy()
    at = base["group"].isin(["speaker-3"])
    for table, right in ((better, True), (base, False)):
        label = (
            table.loc[at, "label"]
            if right
            else table.loc[at, "label"].map(dict(zip(CLASSES, ["happy", "sad", "angry"], strict=True)))
        )
        table.loc[at, "prediction"] = label
        for name in CLASSES:
            table.loc[at, f"p_{name}"] = (label == name).astype("float32")
    put(tmp_path, "base", base)
    put(tmp_path, "better", better)
    (pair,) = compared(capsys, tmp_path, "better", "base")["pairs"]
    assert pair["mcnemar"]["p"] < 0.01
    assert pair["differences"]["accuracy"]["interval"]["unit"] == "group"
    assert not pair["apart"]["accuracy"]


def test_seeds_of_an_experiment_are_one_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = [said(0.7, seed) for seed in (1, 2, 3)]
    for seed, table in enumerate(tables):
        put(tmp_path, "net", table, seed=seed)
    put(tmp_path, "other", said(0.5, 9))
    found = compared(capsys, tmp_path, "net", "other")
    assert found["results"][0]["seeds"] == [0, 1, 2]
    mean = np.mean([(table["label"] == table["prediction"]).mean() for table in tables])
    assert found["results"][0]["scores"]["accuracy"]["value"] == pytest.approx(mean)
    assert found["results"][0]["scores"]["accuracy"]["interval"]["seeds"] == 3
    assert found["pairs"][0]["mcnemar"] is None


def test_what_one_lacks_is_left_out_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path, "whole", said(0.7, 1))
    put(tmp_path, "dropped", said(0.5, 2).iloc[7:])
    found = compared(capsys, tmp_path, "whole", "dropped")
    assert (found["n"], found["left_out"]) == (N - 7, 7)
    assert cli.invoke(["compare", "whole", "dropped", "--runs", str(tmp_path)]) == 0
    assert "7 of 120 samples are not in all of the results" in capsys.readouterr().out


def test_another_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    split = {name: sha256(name) for name in ("train", "public", "private")}
    for name, chance in (("one", 0.9), ("other", 0.4)):
        public = said(chance, 1, part="public")
        private = said(0.5, 2, part="private").assign(sample_id=lambda table: "private-" + table["sample_id"])
        put(tmp_path, name, pd.concat([public, private]), split=split, headline="public")
    assert compared(capsys, tmp_path, "one", "other")["pairs"][0]["apart"]["accuracy"]
    assert not compared(capsys, tmp_path, "one", "other", "--part", "private")["pairs"][0]["apart"]["accuracy"]
    assert compared(capsys, tmp_path, "one", "other", "--part", "test")["n"] == 2 * N
    assert "no predictions for part 'x'; the parts are private, public" in refused(
        capsys, tmp_path, "one", "other", "--part", "x"
    )


def test_a_test_without_an_interval_has_no_p(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, seed in {"one": 1, "other": 2}.items():
        table = said(0.6, seed)
        table["group"] = ["first", "second"] * (N // 2)  # too few for an interval
        put(tmp_path, name, table)
    (pair,) = compared(capsys, tmp_path, "one", "other")["pairs"]
    assert {test["kind"]: test["p"] is None for test in pair["tests"]} == {
        "exact McNemar": False,
        "paired bootstrap": True,
    }
    assert "paired bootstrap" not in pair["sentence"]
    assert cli.invoke(["compare", "one", "other", "--runs", str(tmp_path)]) == 0
    assert "1.000" not in capsys.readouterr().out


def test_values_are_compared_in_their_own_unit() -> None:
    entrants = [
        Entrant(one.cell.experiment, (one.cell,), (table,))
        for one, table in (told(name, AFFECT, values_table(error)) for name, error in (("a", 0.3), ("b", 2.0)))
    ]
    (pair,) = (compared := compare(entrants, "test", kinds.METRICS)).pairs
    assert list(compared.titles) == ["ccc", "rmse"]
    assert pair.mcnemar is None
    assert " above b in CCC (interval +0." in pair.sentence
    assert "points" not in pair.sentence


def test_a_lower_error_is_said_to_be_better() -> None:
    entrants = [
        Entrant(one.cell.experiment, (one.cell,), (table,))
        for one, table in (
            told(name, AFFECT, values_table(error), ranked_by="rmse") for name, error in (("a", 0.3), ("b", 2.0))
        )
    ]
    (pair,) = compare(entrants, "test", kinds.METRICS).pairs
    assert "below b in RMSE, where less is better" in pair.sentence
