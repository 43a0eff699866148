"""Pairs of results of one task, tested on the samples that both have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emobench.contracts import Metric
from emobench.scoring import LEVEL, Difference, McNemar, Test, apart, holm, mcnemar, paired_bootstrap, unit_of

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
        differences: by metric, the score of A minus that of B, as far as they were bootstrapped.
        mcnemar: of the accuracy; ``None`` where one of the two has several seeds.
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
    *,
    only_groups: bool = False,
) -> list[Pair]:
    """Test pairs of results; p-values are corrected for the number of pairs, metric by metric, by Holm's method.

    Args:
        pairs: names of A and B to their predictions, on the same samples in the same order.
        metrics: what to compare; the first is the accuracy, which McNemar's test is of.
        classes: of the task.
        only_groups: bootstrap a pair only where its samples come in groups; else McNemar's test decides alone.
    """
    differences = [
        {metric.name: paired_bootstrap(list(a), list(b), metric, classes) for metric in metrics}
        if not only_groups or unit_of(a[0]) == "group"
        else {}
        for a, b in pairs.values()
    ]
    exact = [mcnemar(a[0], b[0]) if len(a) == len(b) == 1 else None for a, b in pairs.values()]
    corrected = {
        metric.name: iter(holm([found[metric.name].p for found in differences if found])) for metric in metrics
    }
    exact_corrected = iter(holm([exact_test.p for exact_test in exact if exact_test is not None]))
    results = []
    for (a, b), found, exact_test in zip(pairs, differences, exact, strict=True):
        tests = (
            [] if exact_test is None else [Test(metrics[0].name, "exact McNemar", exact_test.p, next(exact_corrected))]
        )
        tests += [Test(name, "paired bootstrap", each.p, next(corrected[name])) for name, each in found.items()]
        grouped = any(each.interval.unit == "group" for each in found.values())
        told = {
            name: apart([test for test in tests if test.metric == name], "group" if grouped else "sample", 1 - LEVEL)
            for name in dict.fromkeys(test.metric for test in tests)
        }
        results.append(Pair(a, b, found, exact_test, tuple(tests), told))
    return results
