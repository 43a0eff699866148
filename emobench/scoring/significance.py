"""Whether two results differ: McNemar's test, and p-values corrected for their number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from emobench.scoring.alignment import same_samples
from emobench.scoring.interval import LEVEL
from emobench.scoring.units import Unit

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class McNemar:
    """An exact McNemar test.

    Attributes:
        b: samples that A has right and B wrong.
        c: samples that A has wrong and B right.
        p: two-sided, of the hypothesis that both are as likely.
    """

    n: int
    b: int
    c: int
    p: float

    @property
    def discordant(self) -> float:
        """The share of samples that exactly one of the two has right."""
        return (self.b + self.c) / self.n


@dataclass(frozen=True)
class Test:
    """A test of one pair.

    Attributes:
        p: two-sided; ``None`` where the bootstrap has no interval, and so tells nothing.
        holm: the same, corrected for the number of pairs.
    """

    __test__ = False  # not one for pytest

    metric: str
    kind: Literal["exact McNemar", "paired bootstrap"]
    p: float | None
    holm: float | None


def mcnemar(table_a: pd.DataFrame, table_b: pd.DataFrame) -> McNemar:
    """Test whether A and B are right equally often: the exact McNemar test, a sign test on the samples they differ on.

    It takes the samples as independent. Where they come in groups its p is too small; go by
    :func:`emobench.scoring.paired_bootstrap` there.

    Raises:
        EmobenchError: the tables do not have the same samples and labels.
    """
    from scipy.stats import binomtest

    table_a, table_b = same_samples([table_a, table_b])
    right_a, right_b = ((table["prediction"] == table["label"]).to_numpy() for table in (table_a, table_b))
    b, c = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    p = float(binomtest(b, b + c).pvalue) if b + c else 1.0
    return McNemar(len(table_a), b, c, p)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number by Holm's step-down method, in the order given.

    Holm, *A simple sequentially rejective multiple test procedure*, Scandinavian Journal of Statistics 6(2), 1979.
    """
    corrected, highest = [0.0] * len(p_values), 0.0
    for place, position in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - place) * p_values[position]))
        corrected[position] = highest
    return corrected


def apart(tests: Sequence[Test], unit: Unit, alpha: float = 1 - LEVEL) -> bool:
    """Tell whether two results differ.

    McNemar's test decides where samples are independent. Where they come in groups it is too sure, and the bootstrap over
    groups has to agree. Where it is absent the bootstrap decides.

    Args:
        tests: of one pair and one metric, p-values corrected.
        unit: what was, or would be, resampled.
        alpha: what a corrected p has to be below.
    """
    exact = [test for test in tests if test.kind == "exact McNemar"]
    deciding = exact if exact and unit == "sample" else tests
    return all(test.holm is not None and test.holm < alpha for test in deciding)
