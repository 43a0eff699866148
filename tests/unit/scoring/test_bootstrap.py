"""Intervals and paired differences against SciPy's bootstrap and Student's t."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from statsmodels.stats import weightstats

from emobench.contracts.metric import Metric
from emobench.errors import EmobenchError
from emobench.scoring.bootstrap import bootstrap_interval, paired_bootstrap
from tests.support.factories import CLASSES, built_in_metrics, predictions

METRICS = {metric.name: metric for metric in built_in_metrics()}

ACCURACY, UAR = METRICS["accuracy"], METRICS["balanced_accuracy"]

FROM_CONFUSION = [name for name in METRICS if name not in ("log_loss", "ece")]


def outcomes(truth: list[str], predicted: list[str], groups: list[str] | None = None) -> pd.DataFrame:
    """Return a table in which the model is sure of what it predicts."""
    table = pd.DataFrame(
        {
            "sample_id": [f"clip-{number}" for number in range(len(truth))],
            "part": "test",
            "label": truth,
            "group": groups or [""] * len(truth),
            "prediction": predicted,
        }
    )
    return table.assign(**{f"p_{name}": (table["prediction"] == name).astype("float32") for name in CLASSES})


def right_and_wrong(right: list[bool], groups: list[str] | None = None) -> pd.DataFrame:
    return outcomes(["angry"] * len(right), ["angry" if one else "sad" for one in right], groups)


def ungrouped(n: int = 60, seed: int = 0) -> pd.DataFrame:
    return predictions(n, seed=seed).assign(group="")


def plainly(table: pd.DataFrame, metric: Metric) -> float:
    truth = np.array([CLASSES.index(label) for label in table["label"]])
    probabilities = table[[f"p_{name}" for name in CLASSES]].to_numpy(np.float64)
    return metric.compute(truth, probabilities / probabilities.sum(axis=1, keepdims=True), CLASSES)


def renamed(metric: Metric) -> Metric:
    """The same metric under a name for which there is no formula."""
    return dataclasses.replace(metric, name=f"my_{metric.name}")


@pytest.mark.parametrize(
    ("table", "name"), [(predictions(80), "f1_macro"), (ungrouped(80), "balanced_accuracy")], ids=["groups", "samples"]
)
def test_matrices_and_rows_give_the_same_distribution(table: pd.DataFrame, name: str) -> None:
    quick = bootstrap_interval(table, METRICS[name], CLASSES, resamples=20_000)
    slow = bootstrap_interval(table, renamed(METRICS[name]), CLASSES, resamples=400)
    assert (slow.low, slow.high) == pytest.approx((quick.low, quick.high), abs=0.04)
    assert slow.unit == quick.unit


def test_a_metric_that_only_has_a_known_name_is_called() -> None:
    table = ungrouped()
    mine = Metric("accuracy", "mine", lambda truth, probabilities, classes: float(probabilities[:, 0].mean()))
    interval = bootstrap_interval(table, mine, CLASSES, resamples=200)
    assert interval.low < table["p_angry"].mean() < interval.high


def expanded(level: float, units: int) -> float:
    """Hesterberg's level, from the definition: z at the new tail times sqrt((n - 1) / n) is t at the old one."""
    z = scipy.stats.t.ppf((1 - level) / 2, units - 1) / np.sqrt((units - 1) / units)
    return float(1 - 2 * scipy.stats.norm.cdf(z))


def test_samples_against_scipys_percentile_interval() -> None:
    table = ungrouped(120)
    right = (table["prediction"] == table["label"]).to_numpy(float)
    interval = bootstrap_interval(table, ACCURACY, CLASSES, level=0.9, resamples=20_000)
    reference = scipy.stats.bootstrap(
        (right,), np.mean, confidence_level=expanded(0.9, 120), n_resamples=20_000, method="percentile", rng=1
    ).confidence_interval
    assert (interval.low, interval.high) == pytest.approx((reference.low, reference.high), abs=0.009)
    assert (interval.level, interval.unit, interval.units) == (0.9, "sample", 120)


def test_groups_against_scipys_percentile_interval_of_the_groups() -> None:
    table = predictions(200)  # five speakers with forty clips each: the accuracy is the mean of theirs
    right = (table["prediction"] == table["label"]).groupby(table["group"]).mean().to_numpy()
    interval = bootstrap_interval(table, ACCURACY, CLASSES, level=0.8, resamples=20_000)
    reference = scipy.stats.bootstrap(
        (right,), np.mean, confidence_level=expanded(0.8, 5), n_resamples=20_000, method="percentile", rng=1
    ).confidence_interval
    assert (interval.low, interval.high) == pytest.approx((reference.low, reference.high), abs=0.006)
    assert (interval.unit, interval.units) == ("group", 5)


def test_symmetric_groups_get_students_interval() -> None:
    shares = np.random.default_rng(3).binomial(50, 0.6, size=8)
    right = [place < share for share in shares for place in range(50)]
    table = right_and_wrong(right, [f"speaker-{place // 50}" for place in range(400)])
    interval = bootstrap_interval(table, ACCURACY, CLASSES, level=0.8, resamples=20_000)
    low, high = weightstats.DescrStatsW(shares / 50).tconfint_mean(alpha=0.2)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.01)


def test_clips_that_resemble_one_another_widen_the_interval() -> None:
    right = [bool(speaker % 2) for speaker in range(10) for _ in range(20)]  # every speaker is all right or all wrong
    groups = [f"speaker-{place // 20}" for place in range(200)]
    over_groups = bootstrap_interval(right_and_wrong(right, groups), ACCURACY, CLASSES)
    over_samples = bootstrap_interval(right_and_wrong(right), ACCURACY, CLASSES)
    ratio = (over_groups.high - over_groups.low) / (over_samples.high - over_samples.low)
    assert ratio == pytest.approx(np.sqrt(20) * 2.262 / 1.96 * np.sqrt(200 / 199 * 9 / 10) / np.sqrt(9 / 10), rel=0.15)


@pytest.mark.parametrize(
    "groups",
    [[""] * 6, ["a"] * 6, ["a", "a", "b", "b", "c", ""], ["a", "a", "b", "b", "c", None]],
    ids=["none", "one", "some empty", "some missing"],
)
def test_samples_are_drawn_where_not_every_sample_has_one_of_several_groups(groups: list[Any]) -> None:
    table = right_and_wrong([True, False] * 3).assign(group=groups)
    interval = bootstrap_interval(table, ACCURACY, CLASSES)
    assert (interval.unit, interval.units) == ("sample", 6)


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("name", ["accuracy", "balanced_accuracy", "f1_macro", "f1_weighted"])
def test_all_right_or_all_wrong_leaves_the_interval_unknown(right: bool, name: str) -> None:
    interval = bootstrap_interval(right_and_wrong([right] * 12), METRICS[name], CLASSES)
    assert interval.low == interval.high == float(right)
    assert not interval.known


def test_one_sample_leaves_the_interval_unknown() -> None:
    interval = bootstrap_interval(right_and_wrong([True]), ACCURACY, CLASSES)
    assert (interval.low, interval.high, interval.units, interval.known) == (1, 1, 1, False)


def test_a_class_that_a_resample_lacks_is_not_averaged_in() -> None:
    table = outcomes(["angry"] * 30 + ["sad"], ["angry"] * 30 + ["happy"])  # UAR 0.5, or 1 without the only sad one
    interval = bootstrap_interval(table, UAR, CLASSES)
    assert (interval.low, interval.high) == (0.5, 1)


def test_the_seed_decides() -> None:
    table = predictions()
    first, again, other = (bootstrap_interval(table, UAR, CLASSES, seed=seed) for seed in (1, 1, 2))
    assert first == again != other


def test_the_order_of_the_rows_does_not_matter_for_what_is_resampled() -> None:
    table = predictions(100)
    shuffled = table.sample(frac=1, random_state=0)
    one, other = (bootstrap_interval(of, UAR, CLASSES, resamples=20_000) for of in (table, shuffled))
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.01)


def test_a_metric_that_fails_is_named() -> None:
    def fail(truth: NDArray[np.int64], probabilities: NDArray[np.float64], classes: tuple[str, ...]) -> float:
        return 1 / (len(np.unique(truth)) - 2)  # well with three classes, not where a resample has two

    table = outcomes(["angry"] * 8 + ["happy"] * 8 + ["sad"], ["angry"] * 17)
    with pytest.raises(EmobenchError, match=r"'mine' cannot be computed .* ZeroDivisionError"):
        bootstrap_interval(table, Metric("mine", "mine", fail), CLASSES)


def test_equal_seeds_are_one_seed() -> None:
    table = predictions()
    one = bootstrap_interval(table, UAR, CLASSES, resamples=20_000)
    three = bootstrap_interval([table] * 3, UAR, CLASSES, resamples=20_000)
    assert (three.low, three.high) == pytest.approx((one.low, one.high), abs=0.005)
    assert three.seeds == 3


def test_samples_are_the_same_for_all_seeds_and_seeds_vary_beside_them() -> None:
    # Every seed has one accuracy on every group, so that the mean varies with the drawn seeds alone.
    groups = [f"speaker-{number // 10}" for number in range(80)]
    tables = [right_and_wrong([place % 10 < hits for place in range(80)], groups) for hits in (2, 5, 8)]
    interval = bootstrap_interval(tables, ACCURACY, CLASSES)
    assert (interval.low, interval.high) == pytest.approx((0.2, 0.8))  # the mean over thrice the same seed


def test_seeds_on_other_samples_are_refused() -> None:
    with pytest.raises(EmobenchError, match="20 samples are in one of the predictions only: 'clip-040'"):
        bootstrap_interval([predictions(60), predictions(40)], UAR, CLASSES)


def of_counts(both: int, b: int, c: int, neither: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    first = [True] * (both + b) + [False] * (c + neither)
    second = [True] * both + [False] * b + [True] * c + [False] * neither
    return right_and_wrong(first), right_and_wrong(second)


def test_paired_difference_against_scipy() -> None:
    a, b = of_counts(40, 8, 22, 30)
    right = [(table["prediction"] == table["label"]).to_numpy(float) for table in (a, b)]
    found = paired_bootstrap(a, b, ACCURACY, CLASSES, resamples=20_000)
    reference = scipy.stats.bootstrap(
        (right[0] - right[1],), np.mean, confidence_level=expanded(0.95, 100), n_resamples=20_000, method="percentile"
    ).confidence_interval
    assert found.value == pytest.approx(-0.14)
    assert (found.interval.low, found.interval.high) == pytest.approx((reference.low, reference.high), abs=0.011)


def test_paired_p_is_near_students_for_a_difference_of_many_groups() -> None:
    generator = np.random.default_rng(5)
    groups = [f"speaker-{place // 40}" for place in range(800)]
    a, b = (right_and_wrong([*(generator.random(800) < chance)], groups) for chance in (0.60, 0.60))
    found = paired_bootstrap(a, b, ACCURACY, CLASSES, resamples=20_000)
    means = [(table["prediction"] == table["label"]).groupby(table["group"]).mean() for table in (a, b)]
    assert found.p == pytest.approx(scipy.stats.ttest_rel(*means).pvalue, abs=0.02)
    assert 0.01 < found.p < 0.95


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 500), name=st.sampled_from(["accuracy", "balanced_accuracy", "f1_weighted"]))
def test_p_and_interval_agree_on_whether_there_is_a_difference(seed: int, name: str) -> None:
    generator = np.random.default_rng(seed)
    groups = [f"speaker-{place % 12}" for place in range(240)]
    a, b = (right_and_wrong([*(generator.random(240) < chance)], groups) for chance in (0.7, 0.62))
    found = paired_bootstrap(a, b, METRICS[name], CLASSES)
    if abs(found.p - 0.05) > 0.01:  # nearer than that, the one resample that p adds decides
        assert (found.p < 0.05) == (found.interval.low > 0 or found.interval.high < 0)


def test_a_model_does_not_differ_from_itself() -> None:
    table = predictions()
    found = paired_bootstrap(table, table, UAR, CLASSES)
    assert (found.value, found.interval.low, found.interval.high, found.p) == (0, 0, 0, 1)


def test_swapping_the_models_turns_the_difference_round() -> None:
    a, b = predictions(seed=0), predictions(seed=0).assign(**{f"p_{name}": 1 / 3 for name in CLASSES})
    b["prediction"] = "angry"
    there, back = paired_bootstrap(a, b, UAR, CLASSES), paired_bootstrap(b, a, UAR, CLASSES)
    assert back.value == -there.value
    assert back.p == pytest.approx(there.p, abs=0.05)
    assert back.interval.low == pytest.approx(-there.interval.high, abs=0.03)


def test_pairing_makes_the_interval_narrow() -> None:
    generator = np.random.default_rng(2)
    right = generator.random(300) < 0.6
    a, b = right_and_wrong([*right]), right_and_wrong([*(right ^ (np.arange(300) < 3))])
    paired = paired_bootstrap(a, b, ACCURACY, CLASSES).interval
    alone = bootstrap_interval(a, ACCURACY, CLASSES)
    assert paired.high - paired.low < (alone.high - alone.low) / 3


def test_any_metric_can_be_compared() -> None:
    a, b = predictions(100, seed=0), predictions(100, seed=0)
    b[[f"p_{name}" for name in CLASSES]] = b[[f"p_{name}" for name in CLASSES]] * 0.5 + 1 / 6
    found = paired_bootstrap(a, b, METRICS["log_loss"], CLASSES, resamples=200)
    assert found.value == pytest.approx(plainly(a, METRICS["log_loss"]) - plainly(b, METRICS["log_loss"]), abs=1e-6)
    assert found.interval.low < found.value < found.interval.high


def test_two_groups_tell_nothing_apart() -> None:
    groups = ["a"] * 10 + ["b"] * 10
    a, b = right_and_wrong([True] * 20, groups), right_and_wrong([False] * 20, groups)
    assert paired_bootstrap(a, b, ACCURACY, CLASSES).p > 0.2


def test_one_sample_tells_nothing_apart() -> None:
    assert paired_bootstrap(right_and_wrong([True]), right_and_wrong([False]), ACCURACY, CLASSES).p == 1


def test_several_seeds_against_one() -> None:
    base = [place % 3 > 0 for place in range(90)]
    more = [right_and_wrong([one or place % 30 == extra for place, one in enumerate(base)]) for extra in (0, 3, 6)]
    found = paired_bootstrap(more, right_and_wrong(base), ACCURACY, CLASSES)
    assert found.value == pytest.approx(3 / 90)
    assert found.interval.seeds == 1


def grouped(right: int, groups: int, each: int = 20, every: int = 1) -> pd.DataFrame:
    """Return a table in which ``right`` of each group's samples are right, give or take one by turns of ``every``."""
    outcomes = [place < right + (group // every % 3) - 1 for group in range(groups) for place in range(each)]
    return right_and_wrong(outcomes, [f"speaker-{group}" for group in range(groups) for _ in range(each)])


@pytest.mark.parametrize(("groups", "known"), [(2, False), (4, False), (5, True)])
def test_fewer_than_five_groups_give_neither_interval_nor_test(groups: int, known: bool) -> None:
    interval = bootstrap_interval(grouped(12, groups), ACCURACY, CLASSES)
    assert interval.known is known
    assert interval.why_unknown == ("" if known else f"only {groups} groups")
    p = paired_bootstrap(grouped(17, groups), grouped(3, groups, every=3), ACCURACY, CLASSES).p
    assert (p < 0.05) is known


def test_p_of_a_clear_difference_is_not_bounded_by_the_number_of_resamples() -> None:
    # Holm's correction for the pairs of ten rows multiplies by 45.
    assert paired_bootstrap(grouped(17, 24), grouped(3, 24, every=3), ACCURACY, CLASSES).p < 1e-6
