"""How small a difference a test on so many samples can find."""

from __future__ import annotations

from emobench.scoring.interval import LEVEL


def detectable_by_spread(spread: float, *, level: float = LEVEL, power: float = 0.8) -> float:
    """Return the difference that a test on a difference with this standard error finds with ``power``, if it is normal."""
    from scipy.stats import norm

    return float((norm.ppf((1 + level) / 2) + norm.ppf(power)) * spread)


def spread_of(ends: tuple[float, float], level: float = LEVEL) -> float:
    """Return the standard error that an interval's ends amount to, if it is normal."""
    from scipy.stats import norm

    return float((ends[1] - ends[0]) / (2 * norm.ppf((1 + level) / 2)))


def smallest_detectable_difference(
    n: int, accuracy: float, discordant: float | None = None, *, level: float = LEVEL, power: float = 0.8
) -> float | None:
    """Return the smallest difference in accuracy that the exact McNemar test on ``n`` samples finds with ``power``.

    The power is that of the test itself: of n samples a binomial number m is discordant, and of these a binomial number with
    chance (1 + difference / discordant) / 2 favours the better model; the test rejects where fewer than its critical value
    favour one of the two (the sum over m is that of SAS/STAT's PROC POWER, DIST=EXACT_COND). The difference is found by
    bisection. For large n it comes near Connor's formula (Biometrics 43(1), 1987, page 209),
    ``sqrt(n) d = z(1 - alpha / 2) sqrt(discordant) + z(power) sqrt(discordant - d²)``.

    Args:
        n: number of independent samples; with samples in groups, the result is a lower bound.
        accuracy: of the models, in [0, 1]; used for ``discordant`` only.
        discordant: share of the samples that exactly one of the two has right. Without it 2 a (1 - a), which holds for two
            models of accuracy a that err independently of one another. Models mostly err on the same samples, so that this
            is on the safe side.
        level: one minus the chance of finding a difference where there is none.
        power: chance of finding the difference.

    Returns:
        A difference in (0, ``discordant``]; ``None`` where not even the largest possible one would be found.
    """
    from scipy.optimize import brentq

    share = 2 * accuracy * (1 - accuracy) if discordant is None else discordant
    if share <= 0 or _mcnemar_power(n, share, share, 1 - level) < power:
        return None
    return float(brentq(lambda d: _mcnemar_power(n, share, d, 1 - level) - power, 0.0, share, xtol=1e-6))


def _mcnemar_power(n: int, discordant: float, difference: float, alpha: float) -> float:
    import numpy as np
    from scipy.stats import binom

    low, high = binom.ppf([1e-9, 1 - 1e-9], n, discordant)
    m = np.arange(int(low), int(high) + 1)
    # The largest number of samples in favour of one model at which the test still rejects; -1 where it never does.
    critical = binom.ppf(alpha / 2, m, 0.5)
    critical = np.where(binom.cdf(critical, m, 0.5) <= alpha / 2, critical, critical - 1)
    chance = (1 + difference / discordant) / 2
    rejects = binom.cdf(critical, m, chance) + binom.sf(m - critical - 1, m, chance)
    return float((binom.pmf(m, n, discordant) * rejects).sum())
