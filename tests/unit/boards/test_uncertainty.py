"""What predictions add to a board: intervals, tiers, what a test could find, several seeds, the ledger."""

from __future__ import annotations

import io
import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from numpy.typing import NDArray
from statsmodels.stats.contingency_tables import mcnemar as mcnemar_of_statsmodels
from statsmodels.stats.multitest import multipletests

from emobench.boards import comparison
from emobench.boards.csv import render_csv
from emobench.boards.files import judged
from emobench.boards.json import render_json
from emobench.boards.markdown.page import render_markdown
from emobench.boards.model import Board
from emobench.boards.ranking import build_board
from emobench.boards.uncertainty import WITH_INTERVAL
from emobench.claims.ledger import find_ledger
from emobench.claims.verdicts import judge
from emobench.errors import EmobenchError
from emobench.plugins.loading import installed_plugins, load
from emobench.publishing.boards import publish
from emobench.publishing.rescoring import predictions_of, rescored
from emobench.records.attributes import attributes_file, write_attributes
from emobench.records.predictions import predictions_table, write_predictions
from emobench.records.record import Record
from emobench.records.run_folder import cell_folder, read_record, write_record
from emobench.running.suite import run_plan
from emobench.scoring.bootstrap import bootstrap_interval, bootstrap_intervals, unit_of
from emobench.scoring.power import smallest_detectable_difference
from emobench.scoring.scores import score
from emobench.scoring.significance import mcnemar
from emobench.suites.reading import find_suite
from tests import ROOT
from tests.integration.test_model_of import planned
from tests.support import film_plugin
from tests.support.factories import CLASSES, built_in_metrics, cell, failed, identity, record, sha256
from tests.unit.boards.test_boards import rankings, tables

METRICS = {metric.name: metric for metric in built_in_metrics()}
PUBLISHED = ROOT / "leaderboards"
N = 240

Made = tuple[Record, pd.DataFrame]


def table(right: NDArray[np.bool_], *, groups: int = 0, part: str = "test") -> pd.DataFrame:
    """Return predictions that are right where told, of samples whose groups stand one after another."""
    n = len(right)
    truth = np.arange(n) % 3
    labels = pd.DataFrame(
        {
            "sample_id": [f"clip-{number:04d}" for number in range(n)],
            "part": part,
            "label": np.asarray(CLASSES, dtype=object)[truth],
            "group": [f"speaker-{number * groups // n}" if groups else "" for number in range(n)],
        }
    )
    return predictions_table(CLASSES, np.eye(3)[np.where(right, truth, (truth + 1) % 3)], labels)


def chance(share: float, seed: int, n: int = N) -> NDArray[np.bool_]:
    return np.random.default_rng(seed).random(n) < share


def first(share: float, n: int = N) -> NDArray[np.bool_]:
    return np.arange(n) < share * n


def made(experiment: str, predictions: pd.DataFrame, **changes: Any) -> Made:
    """Return a finished record with the scores of its predictions."""
    of = cell(experiment, what=identity(**({"code": {"net": sha256(experiment)}} | changes)))
    return record(of, scores=score(predictions, CLASSES, of.identity.test_parts, METRICS.values())), predictions


def board(*rows: Made, without: tuple[str, ...] = (), attributes: dict[str, pd.DataFrame] | None = None) -> Board:
    predictions = {one.cell.id: said for one, said in rows if one.cell.experiment not in without}
    return build_board([one for one, _ in rows], predictions=predictions, metrics=METRICS, attributes=attributes)


def ranks(of: Board) -> dict[str, int | None]:
    return {row.cell.experiment: row.rank for task in of.tasks for row in task.rows}


def uncertainty(of: Board) -> Any:
    (task,) = of.tasks
    return task.uncertainty


# --------------------------------------------------------------------------------------------------- intervals


@pytest.mark.parametrize("groups", [0, 12])
def test_every_interval_is_that_of_the_headline_part(groups: int) -> None:
    parts = {"public": sha256("public"), "private": sha256("private")}
    both = pd.concat(
        [
            table(chance(0.3, 1), groups=groups, part="public").assign(
                sample_id=lambda of: "public-" + of["sample_id"]
            ),
            table(chance(0.7, 2), groups=groups, part="private"),
        ]
    )
    of = cell("net", what=identity(split={"train": sha256("train"), **parts}), headline="private")
    one = record(of, scores=score(both, CLASSES, ("public", "private"), METRICS.values()))
    found = build_board([one], predictions={of.id: both}, metrics=METRICS).intervals[of.id]
    headline = both[both["part"] == "private"]
    assert found == {name: bootstrap_interval(headline, METRICS[name], CLASSES) for name in WITH_INTERVAL}


@pytest.mark.parametrize("groups", [0, 12])
def test_resamples_drawn_once_give_what_each_metric_gives_alone(groups: int) -> None:
    seeds = [table(chance(0.6, seed), groups=groups) for seed in range(3)]
    metrics = [METRICS["log_loss"], *(METRICS[name] for name in WITH_INTERVAL)]
    together = bootstrap_intervals(seeds, metrics, CLASSES, resamples=20)
    assert together == {metric.name: bootstrap_interval(seeds, metric, CLASSES, resamples=20) for metric in metrics}


def test_order_of_the_rows_of_a_table_does_not_matter() -> None:
    whole = table(chance(0.6, 1), groups=12)
    for name in WITH_INTERVAL:
        mixed = whole.sample(frac=1, random_state=1)
        assert bootstrap_interval(mixed, METRICS[name], CLASSES) == bootstrap_interval(whole, METRICS[name], CLASSES)


def test_interval_on_the_board_is_near_scipys() -> None:
    right = chance(0.6, 3, 3000)
    (interval,) = (by["accuracy"] for by in board(made("net", table(right))).intervals.values())
    reference = scipy.stats.bootstrap(
        (right.astype(float),), np.mean, method="percentile", n_resamples=200, vectorized=True, rng=1
    ).confidence_interval
    assert (interval.low, interval.high) == pytest.approx((reference.low, reference.high), abs=0.003)


def test_ranking_shows_both_ends() -> None:
    one, predictions = made("net", table(chance(0.6, 1)))
    page = render_markdown(board((one, predictions)), title="Demo")
    interval = bootstrap_interval(predictions, METRICS["accuracy"], CLASSES)
    ((row,),) = rankings(page)
    value = one.scores["test"].metrics["accuracy"]
    assert row["accuracy"] == f"{value:.4f} [{interval.low:.4f},\u00a0{interval.high:.4f}]"
    assert "over 240 samples" in page


def test_what_does_not_vary_is_unknown_in_every_format() -> None:
    made_board = board(made("net", table(first(1.0))))
    page = render_markdown(made_board, title="Demo")
    ((row,),) = rankings(page)
    assert row["accuracy"] == "1.0000 [unknown]"
    csv = pd.read_csv(io.StringIO(render_csv(made_board)))
    assert csv["accuracy_low"].isna().all()
    assert list(csv["interval_unit"]) == ["sample"]
    (task,) = json.loads(render_json(made_board))["tasks"]
    assert task["rows"][0]["intervals"]["accuracy"]["low"] is None


def test_csv_has_the_ends_on_the_headline_part() -> None:
    one, predictions = made("net", table(chance(0.6, 1), groups=12))
    csv = pd.read_csv(io.StringIO(render_csv(board((one, predictions)))))
    for name in WITH_INTERVAL:
        interval = bootstrap_interval(predictions, METRICS[name], CLASSES)
        assert csv[f"{name}_low"][0] == pytest.approx(interval.low)
        assert csv[f"{name}_high"][0] == pytest.approx(interval.high)
    assert (csv["interval_unit"][0], csv["interval_units"][0]) == ("group", 12)


def test_without_predictions_nothing_is_added() -> None:
    (one, _) = made("net", table(chance(0.6, 1)))
    page = render_markdown(build_board([one]), title="Demo")
    assert "bootstrap" not in page
    assert "tier" not in page
    assert json.loads(render_json(build_board([one])))["tasks"][0]["uncertainty"] is None


def test_same_predictions_in_any_order_same_bytes() -> None:
    rows = [made(f"net-{seed}", table(chance(0.5 + seed / 10, seed), groups=4)) for seed in range(2)]
    rows += [made("net-0", table(chance(0.5, 3), groups=4), seed=7, code=rows[0][0].cell.identity.code)]
    one, other = board(*rows), board(*rows[::-1])
    assert uncertainty(one).seeds
    for render in (render_csv, render_json, lambda of: render_markdown(of, title="Demo")):
        assert render(one) == render(other)


# ------------------------------------------------------------------------------------------------------- tiers


def test_equal_predictions_share_a_rank_and_a_better_row_does_not() -> None:
    rows = [made("a", table(first(0.9))), made("b", table(first(0.5))), made("c", table(first(0.5)))]
    assert ranks(board(*rows)) == {"a": 1, "b": 2, "c": 2}


def test_rank_after_a_tier_counts_the_rows_before() -> None:
    shares = {"a": 0.9, "b": 0.89, "c": 0.88, "d": 0.5}
    assert ranks(board(*(made(name, table(first(share))) for name, share in shares.items()))) == {
        "a": 1,
        "b": 1,
        "c": 1,
        "d": 4,
    }


def test_a_row_is_compared_with_the_first_of_its_tier() -> None:
    # Each of them differs from the next by five samples, which exact McNemar does not see (p = 0.0625): a and c do differ.
    shares = {"a": 100 / N, "b": 95 / N, "c": 90 / N, "d": 85 / N}
    rows = {name: table(first(share)) for name, share in shares.items()}
    pairs = list(itertools.combinations(rows, 2))
    p = {pair: mcnemar(rows[pair[0]], rows[pair[1]]).p for pair in pairs}
    assert p["a", "b"] == pytest.approx(0.0625)
    assert len(pairs) * p["a", "c"] < 0.05
    assert ranks(board(*(made(name, one) for name, one in rows.items()))) == {"a": 1, "b": 1, "c": 3, "d": 3}


def test_holms_correction_is_over_the_pairs_of_the_task() -> None:
    better, worse = table(first(0.5)), table(first(0.5 - 6 / N))
    assert mcnemar(better, worse).p == pytest.approx(2 / 2**6)
    assert ranks(board(made("a", better), made("b", worse))) == {"a": 1, "b": 2}
    same = [made(name, worse) for name in ("c", "d", "e")]
    assert ranks(board(made("a", better), made("b", worse), *same)) == dict.fromkeys("abcde", 1)


def test_where_samples_come_in_groups_the_bootstrap_over_groups_must_agree() -> None:
    a, b = first(0.6), first(0.6)
    b[:40] = False  # one whole speaker of six
    assert mcnemar(table(a), table(b)).p < 1e-6
    assert ranks(board(made("a", table(a)), made("b", table(b)))) == {"a": 1, "b": 2}
    grouped = board(made("a", table(a, groups=6)), made("b", table(b, groups=6)))
    assert unit_of(table(a, groups=6)) == "group"
    assert ranks(grouped) == {"a": 1, "b": 1}
    assert "paired bootstrap over groups" in render_markdown(grouped, title="Demo")


@pytest.mark.parametrize("groups", [0, 24])
def test_pairs_are_what_compare_says_of_the_same_rows(groups: int) -> None:
    rows = [made(name, table(chance(share, place), groups=groups)) for place, (name, share) in enumerate(
        {"a": 0.85, "b": 0.75, "c": 0.6}.items()
    )]  # fmt: skip
    entrants = [comparison.Entrant(one.cell.experiment, (one.cell,), (said,)) for one, said in rows]
    names = {one.cell.id: one.cell.experiment for one, _ in rows}
    compared = comparison.compare(entrants, "test", METRICS)
    expected = {(pair.a, pair.b): pair.apart["accuracy"] for pair in compared.pairs}
    found = {(names[pair.a], names[pair.b]): pair.apart["accuracy"] for pair in uncertainty(board(*rows)).pairs}
    assert found == expected
    assert set(expected.values()) == {True, False}


def test_p_values_are_statsmodels() -> None:
    rows = [
        made(name, table(chance(share, place)))
        for place, (name, share) in enumerate({"a": 0.8, "b": 0.7, "c": 0.68}.items())
    ]
    right = [(said["prediction"] == said["label"]).to_numpy() for _, said in rows]
    expected = [
        mcnemar_of_statsmodels(pd.crosstab(one, other).to_numpy(), exact=True).pvalue
        for one, other in itertools.combinations(right, 2)
    ]
    tests = [test for pair in uncertainty(board(*rows)).pairs for test in pair.tests]
    assert [test.p for test in tests] == pytest.approx(expected)
    assert [test.holm for test in tests] == pytest.approx(multipletests(expected, method="holm")[1])


def test_without_its_predictions_a_row_keeps_its_rank_by_score() -> None:
    rows = [made(name, table(first(share))) for name, share in (("a", 0.9), ("b", 0.89), ("c", 0.88))]
    some = board(*rows, without=("b",))
    assert ranks(some) == {"a": 1, "b": 2, "c": 1}
    page = render_markdown(some, title="Demo")
    assert f"predictions are not there: `{rows[1][0].cell.id}`" in page


def test_rows_with_no_sample_in_common_share_a_rank() -> None:
    other = table(first(0.1)).assign(sample_id=lambda of: "other-" + of["sample_id"])
    assert ranks(board(made("a", table(first(0.9))), made("b", other))) == {"a": 1, "b": 1}


def test_a_failed_row_takes_no_part() -> None:
    one, predictions = made("a", table(first(0.9)))
    broken = failed(cell("broken"))
    both = build_board([one, broken], predictions={one.cell.id: predictions}, metrics=METRICS)
    assert ranks(both) == {"a": 1, "broken": None}
    assert not uncertainty(both).pairs


# -------------------------------------------------------------------------------------- what a test could find


def test_detectable_difference_is_from_the_mean_of_what_was_found() -> None:
    rows = [
        made(name, table(chance(share, place)))
        for place, (name, share) in enumerate((("a", 0.9), ("b", 0.5), ("c", 0.4)))
    ]
    found = uncertainty(board(*rows)).detectable
    shares = [mcnemar(one, other).discordant for (_, one), (_, other) in itertools.combinations(rows, 2)]
    assert found.discordant == pytest.approx(np.mean(shares))
    best = rows[0][0].scores["test"].metrics["accuracy"]
    assert found.difference == pytest.approx(smallest_detectable_difference(N, best, float(np.mean(shares))))
    assert found.found


@pytest.mark.parametrize("rows", [1, 2])
def test_rows_that_say_nothing_of_others_leave_independence(rows: int) -> None:
    one = board(*(made(f"net-{number}", table(first(0.75))) for number in range(rows)))
    found = uncertainty(one).detectable
    assert (found.found, found.discordant) == (False, pytest.approx(2 * 0.75 * 0.25))
    assert found.difference == pytest.approx(smallest_detectable_difference(N, 0.75))
    points = 100 * found.difference
    assert (
        f"On 240 samples McNemar's exact test finds a difference in accuracy of {points:.1f} points"
        in render_markdown(one, title="Demo")
    )


def test_too_few_samples_find_nothing() -> None:
    few = board(made("net", table(first(0.5, 4))))
    assert uncertainty(few).detectable.difference is None
    assert "On 4 samples McNemar's exact test finds no difference" in render_markdown(few, title="Demo")


# ------------------------------------------------------------------------------------------------------- seeds


def test_seeds_of_one_experiment_are_one_line_with_their_mean() -> None:
    code = {"net": sha256("net")}
    rows = [made("net", table(chance(0.6, seed), groups=12), seed=seed, code=code) for seed in (3, 1, 2)]
    other = made("other", table(chance(0.6, 9), groups=12))
    several = board(*rows, other)
    (one,) = uncertainty(several).seeds
    assert (one.experiment, one.seeds, one.n) == ("net", (1, 2, 3), N)
    values = [row.scores["test"].metrics for row, _ in rows]
    assert one.means == pytest.approx({name: np.mean([each[name] for each in values]) for name in WITH_INTERVAL})
    ordered = [rows[place][1] for place in (1, 2, 0)]
    assert one.intervals["accuracy"] == bootstrap_interval(ordered, METRICS["accuracy"], CLASSES)
    assert one.intervals["accuracy"].seeds == 3
    (shown,) = (each for each in tables(render_markdown(several, title="Demo")) if "seeds" in each[0])
    assert [each["experiment"] for each in shown] == ["net"]
    assert shown[0]["accuracy, mean"].startswith(f"{one.means['accuracy']:.4f} [")


def test_cells_that_differ_in_more_than_the_seed_are_not_averaged() -> None:
    rows = [made("net", table(chance(0.6, 1)), seed=1), made("net", table(chance(0.6, 2)), seed=2, precision="bf16")]
    assert not uncertainty(board(*rows)).seeds


# ------------------------------------------------------------------------------------------- runs and published


def put(run: Path, one: Made) -> None:
    write_record(run, one[0])
    write_predictions(cell_folder(run, one[0].cell.id) / "predictions.parquet", one[1])


def test_published_attributes_are_those_of_the_published_samples(tmp_path: Path) -> None:
    one = made("net", table(chance(0.6, 1)))
    content = one[0].cell.identity.content
    index = pd.DataFrame({"sample_id": [*one[1]["sample_id"], "never-tested"], "sex": ["f", "m"] * 120 + ["f"]})
    for run in ("early", "late"):
        put(tmp_path / run, one)
        write_attributes(tmp_path / run, content, index)
    boards = tmp_path / "boards"
    for _ in range(2):  # the second time there is something already
        publish(rescored(tmp_path, installed_plugins()), boards, installed_plugins())
        published = pd.read_parquet(attributes_file(boards, content))
        assert list(published["sample_id"]) == sorted(one[1]["sample_id"])
    (row,) = json.loads((boards / "datasets" / "faces.json").read_text())["tasks"][0]["rows"]
    assert [each["n"] for each in row["slices"]["sex"]] == [120, 120]


def test_a_published_record_without_predictions_keeps_its_place(tmp_path: Path) -> None:
    for name, share in (("a", 0.9), ("b", 0.4)):
        put(tmp_path / "runs", made(name, table(first(share))))
    boards = tmp_path / "boards"
    publish(rescored(tmp_path / "runs", installed_plugins()), boards, installed_plugins())
    (alone, _) = made("b", table(first(0.4)))
    (cell_folder(boards, alone.cell.id) / "predictions.parquet").unlink()
    again = [one for one in rescored(tmp_path / "runs", installed_plugins()) if one[1].cell.experiment == "a"]
    publish(again, boards, installed_plugins())
    (task,) = json.loads((boards / "datasets" / "faces.json").read_text())["tasks"]
    assert [row["rank"] for row in task["rows"]] == [1, 2]
    assert task["uncertainty"]["untested"] == [alone.cell.id]


def test_predictions_are_those_of_the_latest_run(tmp_path: Path) -> None:
    old, new = made("net", table(first(0.3))), made("net", table(first(0.6)))
    put(tmp_path / "b", (old[0].model_copy(update={"finished": "2026-01-01"}), old[1]))
    put(tmp_path / "a", (new[0].model_copy(update={"finished": "2026-01-02"}), new[1]))
    (read,) = predictions_of(rescored(tmp_path, installed_plugins())).values()
    assert (read["prediction"] == read["label"]).mean() == pytest.approx(0.6)


# ------------------------------------------------------------------------------------------------------ claims


def test_claims_have_the_intervals_of_the_board() -> None:
    plugins = installed_plugins()
    suite = find_suite("paper-replication", plugins)
    ledger = find_ledger(suite, plugins)
    name = "a.table1.resnet18"
    ledger = ledger.model_copy(update={"claims": [one for one in ledger.claims if name in one.experiments]})
    cells = [(path.parent, read_record(path)) for path in PUBLISHED.glob("cells/*/record.json")]
    cells = [(folder, one) for folder, one in cells if one.cell.experiment == name]
    intervals = build_board(
        [one for _, one in cells], predictions=predictions_of(cells), metrics=plugins.metrics
    ).intervals
    alone = judge(ledger, suite, cells, plugins)
    assert judge(ledger, suite, cells, plugins, intervals) == alone
    assert len(alone) == 4
    for one in alone:
        assert one.measured is not None
        known = intervals[one.measured.cell][one.claim.metric]
        assert (one.measured.low, one.measured.high) == (known.low, known.high)


def test_synthetic_rows_are_no_answer_to_a_claim() -> None:
    plugins = installed_plugins()
    suite = find_suite("paper-replication", plugins)
    synthetic = record(cell("a.table2.mlp", provenance="synthetic"))
    assert judged(build_board([synthetic]), suite, [(Path("nowhere"), synthetic)], plugins) is None


def test_a_mistake_in_the_ledger_is_said_before_anything_is_computed(tmp_path: Path) -> None:
    using = load(cast(Any, film_plugin.entries()))
    plan = planned(tmp_path, film_plugin.experiment("one"), using=using)
    plan = replace(plan, suite=plan.suite.model_copy(update={"claims": "gone.toml"}))
    with pytest.raises(EmobenchError, match=r"gone\.toml"):
        run_plan(plan, using, "cpu", 1)
    assert not list(tmp_path.glob("runs/**/record.json"))
