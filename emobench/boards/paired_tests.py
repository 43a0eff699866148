"""Pairs of results of one task, tested on the samples that both have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emobench.contracts import Metric
from emobench.records import ACCURACY
from emobench.scoring import LEVEL, Difference, McNemar, Test, apart, holm, mcnemar, paired_bootstrap

if TYPE_CHECKING:
    import pandas as pd

    Tables = Sequence[pd.DataFrame]
    """The predictions of a result, one table a seed."""


@dataclass(frozen=True)
class Pair:
    """What tests say of two results.

    Attributes:
        a: name of the first.
        b: name of the second.
        differences: by metric, the score of A minus that of B.
        mcnemar: of the accuracy; ``None`` where it is not compared, or one of the two has several seeds.
        tests: all of them, with p-values corrected for the number of pairs.
        apart: by metric, whether the tests tell the two apart.
    """

    a: str
    b: str
    differences: dict[str, Difference]
    mcnemar: McNemar | None
    tests: tuple[Test, ...]
    apart: dict[str, bool]


def paired_tests(
    pairs: Mapping[tuple[str, str], tuple[Tables, Tables]],
    metrics: Sequence[Metric],
    classes: tuple[str, ...],
) -> list[Pair]:
    """Test pairs of results; p-values are corrected for the number of pairs, metric by metric, by Holm's method.

    Args:
        pairs: names of A and B to their predictions, on the same samples in the same order.
        metrics: what to compare; the accuracy is compared by McNemar's test too.
        classes: of the task.
    """
    differences = [
        {metric.name: paired_bootstrap(list(a), list(b), metric, classes) for metric in metrics}
        for a, b in pairs.values()
    ]
    asked = any(metric.name == ACCURACY for metric in metrics)
    exact = [mcnemar(a[0], b[0]) if asked and len(a) == len(b) == 1 else None for a, b in pairs.values()]
    corrected = {one.name: iter(holm([found[one.name].p for found in differences])) for one in metrics}
    exact_corrected = iter(holm([one.p for one in exact if one is not None]))
    results = []
    for (a, b), found, one in zip(pairs, differences, exact, strict=True):
        tests = [] if one is None else [Test(ACCURACY, "exact McNemar", one.p, next(exact_corrected))]
        tests += [_bootstrap(name, each, next(corrected[name])) for name, each in found.items()]
        told = {
            name: apart([test for test in tests if test.metric == name], difference.interval.unit, 1 - LEVEL)
            for name, difference in found.items()
        }
        results.append(Pair(a, b, found, one, tuple(tests), told))
    return results


def _bootstrap(metric: str, difference: Difference, holm: float) -> Test:
    known = difference.interval.ends is not None
    return Test(metric, "paired bootstrap", difference.p if known else None, holm if known else None)
