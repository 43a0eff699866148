"""Intervals and paired differences against SciPy's bootstrap and Student's t."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.regression.linear_model import OLS
from statsmodels.stats import weightstats

from emobench.contracts.metric import Metric
from emobench.errors import EmobenchError
from emobench.scoring.bootstrap import bootstrap_interval, mean_score, paired_bootstrap
from tests.support.factories import CLASSES, built_in_metrics, predictions
from tests.support.outcomes import ends, outcomes, right_and_wrong, ungrouped, width

METRICS = {metric.name: metric for metric in built_in_metrics()}

ACCURACY, UAR = METRICS["accuracy"], METRICS["balanced_accuracy"]


def plainly(table: pd.DataFrame, metric: Metric) -> float:
    truth = np.array([CLASSES.index(label) for label in table["label"]])
    probabilities = table[[f"p_{name}" for name in CLASSES]].to_numpy(np.float64)
    return metric.compute(truth, probabilities / probabilities.sum(axis=1, keepdims=True), CLASSES)


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
    assert ends(interval) == pytest.approx((reference.low, reference.high), abs=0.009)
    assert (interval.level, interval.unit, interval.units) == (0.9, "sample", 120)


def test_groups_get_students_interval_of_scipys_bootstrap_error() -> None:
    table = predictions(200)  # five speakers with forty clips each: the accuracy is the mean of theirs
    right = (table["prediction"] == table["label"]).groupby(table["group"]).mean().to_numpy()
    interval = bootstrap_interval(table, ACCURACY, CLASSES, level=0.8, resamples=20_000)
    error = scipy.stats.bootstrap((right,), np.mean, n_resamples=20_000, rng=1).standard_error * np.sqrt(5 / 4)
    reach = scipy.stats.t.ppf(0.9, 4) * error
    assert ends(interval) == pytest.approx((right.mean() - reach, right.mean() + reach), abs=0.003)
    assert (interval.unit, interval.units) == ("group", 5)


def test_symmetric_groups_get_students_interval() -> None:
    shares = np.random.default_rng(3).binomial(50, 0.6, size=8)
    right = [place < share for share in shares for place in range(50)]
    table = right_and_wrong(right, [f"speaker-{place // 50}" for place in range(400)])
    interval = bootstrap_interval(table, ACCURACY, CLASSES, level=0.8, resamples=20_000)
    low, high = weightstats.DescrStatsW(shares / 50).tconfint_mean(alpha=0.2)
    assert ends(interval) == pytest.approx((low, high), abs=0.01)


def test_clips_that_resemble_one_another_widen_the_interval() -> None:
    right = [bool(speaker % 2) for speaker in range(10) for _ in range(20)]  # every speaker is all right or all wrong
    groups = [f"speaker-{place // 20}" for place in range(200)]
    over_groups = bootstrap_interval(right_and_wrong(right, groups), ACCURACY, CLASSES)
    over_samples = bootstrap_interval(right_and_wrong(right), ACCURACY, CLASSES)
    ratio = width(over_groups) / width(over_samples)
    assert ratio == pytest.approx(np.sqrt(20) * 2.262 / 1.96 * np.sqrt(200 / 199 * 9 / 10) / np.sqrt(9 / 10), rel=0.15)


def test_a_model_that_says_one_class_has_no_interval_of_its_uar() -> None:
    truth = [name for name in CLASSES for _ in range(25)]
    interval = bootstrap_interval(outcomes(truth, ["sad"] * 75), UAR, CLASSES)
    assert (interval.low, interval.high, interval.unknown) == (None, None, "constant")


def test_one_quantity_in_an_interval_of_uar() -> None:
    """A class of one odd file neither moves the score nor the interval; it used to be in two of three resamples."""
    truth = ["angry"] * 100 + ["happy"] * 100
    said = (["angry"] * 70 + ["happy"] * 30) + (["happy"] * 60 + ["angry"] * 40)
    plain = bootstrap_interval(outcomes(truth, said), UAR, CLASSES)
    odd = bootstrap_interval(outcomes([*truth, "sad"], [*said, "angry"]), UAR, CLASSES)
    assert ends(odd) == pytest.approx(ends(plain), abs=0.01)
    assert mean_score(outcomes([*truth, "sad"], [*said, "angry"]), UAR, CLASSES) == pytest.approx(0.65)


def test_rare_classes_that_are_no_odd_files_leave_the_interval_unknown() -> None:
    truth = ["angry"] * 40 + ["happy"] * 40 + ["sad"] * 8
    interval = bootstrap_interval(outcomes(truth, ["angry"] * 60 + ["happy"] * 28), UAR, CLASSES)
    assert interval.unknown == "rare class"


def test_the_seed_decides() -> None:
    table = predictions()
    first, again, other = (bootstrap_interval(table, UAR, CLASSES, seed=seed) for seed in (1, 1, 2))
    assert first == again != other


def test_the_order_of_the_rows_does_not_matter_for_what_is_resampled() -> None:
    table = predictions(100)
    shuffled = table.sample(frac=1, random_state=0)
    one, other = (bootstrap_interval(of, UAR, CLASSES, resamples=20_000) for of in (table, shuffled))
    assert ends(one) == pytest.approx(ends(other), abs=0.01)


def test_equal_seeds_are_one_seed() -> None:
    table = predictions()
    one = bootstrap_interval(table, UAR, CLASSES, resamples=20_000)
    three = bootstrap_interval([table] * 3, UAR, CLASSES, resamples=20_000)
    assert ends(three) == pytest.approx(ends(one), abs=0.005)
    assert three.seeds == 3


def test_samples_are_the_same_for_all_seeds_and_seeds_vary_beside_them() -> None:
    # Every seed has one accuracy on every group, so that the mean varies with the seeds alone: Student's interval of three.
    groups = [f"speaker-{number // 10}" for number in range(80)]
    tables = [right_and_wrong([place % 10 < hits for place in range(80)], groups) for hits in (4, 5, 6)]
    interval = bootstrap_interval(tables, ACCURACY, CLASSES)
    assert ends(interval) == pytest.approx(weightstats.DescrStatsW([0.4, 0.5, 0.6]).tconfint_mean(), abs=1e-6)


def test_two_levels_are_added_as_squares_of_halves_of_intervals() -> None:
    # Groups differ by the same in every seed, and seeds by the same in every group.
    groups = [f"speaker-{place // 10}" for place in range(80)]
    tables = [
        right_and_wrong([place % 10 < 2 + place // 20 + more for place in range(80)], groups) for more in (0, 1, 2)
    ]
    over_groups = bootstrap_interval(tables[1], ACCURACY, CLASSES)
    low, high = weightstats.DescrStatsW([0.35, 0.45, 0.55]).tconfint_mean()
    both = bootstrap_interval(tables, ACCURACY, CLASSES)
    assert width(both) == pytest.approx(np.hypot(width(over_groups), high - low), rel=0.01)


def crossed(faces: int, voices: int, seed: int, spread: float = 1.0) -> pd.DataFrame:
    """Return 400 pairs of a face and a voice, both of which have an ability of their own."""
    generator = np.random.default_rng(seed)
    face, voice = generator.integers(faces, size=400), generator.integers(voices, size=400)
    ability = generator.normal(0, spread, faces)[face] + generator.normal(0, spread, voices)[voice]
    right = generator.random(400) < 1 / (1 + np.exp(-ability))
    return right_and_wrong([*right], [f"f{one}" for one in face]).assign(identity_voice=[f"v{one}" for one in voice])


def test_crossed_identities_against_the_two_way_clustered_variance_of_statsmodels() -> None:
    table = crossed(40, 12, 0)
    right = (table["prediction"] == table["label"]).to_numpy(float)
    codes = np.stack([pd.factorize(table[name])[0] for name in ("group", "identity_voice")], axis=1)
    model = OLS(right, np.ones(400)).fit(cov_type="cluster", cov_kwds={"groups": codes, "use_correction": False})
    interval = bootstrap_interval(table, ACCURACY, CLASSES, resamples=20_000)
    assert interval.unit == "identity"
    assert interval.identities == {"group": 40, "voice": 12}
    reach = scipy.stats.t.ppf(0.975, 11) * float(model.bse[0])
    assert width(interval) / 2 == pytest.approx(reach, rel=0.06)


@pytest.mark.parametrize("voices", [1, 3])
def test_few_identities_of_one_kind_leave_the_interval_unknown(voices: int) -> None:
    interval = bootstrap_interval(crossed(40, voices, 0), ACCURACY, CLASSES)
    assert interval.why_unknown == f"only {voices} voice{'s' if voices > 1 else ''}"
    assert paired_bootstrap(crossed(40, voices, 0), crossed(40, voices, 0), ACCURACY, CLASSES).p == 1


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
    assert ends(found.interval) == pytest.approx((reference.low, reference.high), abs=0.011)


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
        assert (found.p < 0.05) == (not found.interval.holds(0))


def test_a_model_does_not_differ_from_itself() -> None:
    table = predictions()
    found = paired_bootstrap(table, table, UAR, CLASSES)
    assert (found.value, found.interval.unknown, found.p) == (0, "constant", 1)


def test_swapping_the_models_turns_the_difference_round() -> None:
    a, b = predictions(seed=0), predictions(seed=0).assign(**{f"p_{name}": 1 / 3 for name in CLASSES})
    b["prediction"] = "angry"
    there, back = paired_bootstrap(a, b, UAR, CLASSES), paired_bootstrap(b, a, UAR, CLASSES)
    assert back.value == -there.value
    assert back.p == pytest.approx(there.p, abs=0.05)
    assert ends(back.interval)[0] == pytest.approx(-ends(there.interval)[1], abs=0.03)


def test_pairing_makes_the_interval_narrow() -> None:
    generator = np.random.default_rng(2)
    right = generator.random(300) < 0.6
    a, b = right_and_wrong([*right]), right_and_wrong([*(right ^ (np.arange(300) < 3))])
    paired = paired_bootstrap(a, b, ACCURACY, CLASSES).interval
    alone = bootstrap_interval(a, ACCURACY, CLASSES)
    assert width(paired) < width(alone) / 3


def test_any_metric_can_be_compared() -> None:
    a, b = predictions(100, seed=0), predictions(100, seed=0)
    b[[f"p_{name}" for name in CLASSES]] = b[[f"p_{name}" for name in CLASSES]] * 0.5 + 1 / 6
    found = paired_bootstrap(a, b, METRICS["log_loss"], CLASSES, resamples=200)
    assert found.value == pytest.approx(plainly(a, METRICS["log_loss"]) - plainly(b, METRICS["log_loss"]), abs=1e-6)
    assert found.interval.holds(found.value)


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
