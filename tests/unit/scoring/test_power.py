"""The smallest difference that a test finds."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from emobench.scoring.power import smallest_detectable_difference


@pytest.mark.parametrize(("n", "discordant"), [(3589, 0.2), (3589, 0.4), (20_000, 0.1)])
def test_detectable_difference_is_near_connors_formula(n: int, discordant: float) -> None:
    found = smallest_detectable_difference(n, 0.7, discordant)
    assert found is not None
    alpha, beta = scipy.stats.norm.ppf([0.975, 0.8])
    wanted = (alpha * np.sqrt(discordant) + beta * np.sqrt(discordant - found**2)) ** 2 / found**2
    assert wanted == pytest.approx(n, rel=0.08)
    assert wanted <= n  # the exact test is never more powerful than the approximate one says


@pytest.mark.parametrize(("n", "accuracy", "discordant"), [(288, 0.65, None), (60, 0.5, 0.4)])
def test_detectable_difference_is_found_four_times_out_of_five(
    n: int, accuracy: float, discordant: float | None
) -> None:
    difference = smallest_detectable_difference(n, accuracy, discordant)
    assert difference is not None
    share = 2 * accuracy * (1 - accuracy) if discordant is None else discordant
    generator = np.random.default_rng(0)
    chances = [(share + difference) / 2, (share - difference) / 2, 1 - share]
    drawn = generator.multinomial(n, chances, size=4000)[:, :2]
    found = 2 * scipy.stats.binom.cdf(drawn.min(axis=1), drawn.sum(axis=1), 0.5) <= 0.05
    assert np.mean(found) == pytest.approx(0.8, abs=0.025)


def test_more_samples_find_less() -> None:
    found = [smallest_detectable_difference(n, 0.7) for n in (50, 500, 5000)]
    assert found[0] is not None
    assert found == sorted(filter(None, found), reverse=True)


@pytest.mark.parametrize(("n", "discordant"), [(1, 0.5), (5, 1.0), (1000, 0.0), (100, 0.02)])
def test_some_differences_are_never_found(n: int, discordant: float) -> None:
    # Five samples that all favour one model have p = 2 / 32.
    assert smallest_detectable_difference(n, 0.5, discordant) is None


def test_six_samples_find_a_model_that_is_always_right() -> None:
    found = smallest_detectable_difference(6, 0.5, 1.0)
    assert found is not None
    assert ((1 + found) / 2) ** 6 == pytest.approx(0.8, abs=1e-3)
