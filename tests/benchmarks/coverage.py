"""``python -m tests.benchmarks.coverage``: how often intervals hold the true value, by simulation.

A speaker has an ability of their own: on the logit scale, the chance that a clip is recognised varies between speakers
with a standard deviation of :data:`SPREAD`. Classes have their own difficulties and sizes; a mistake goes to the next
class, or to the one after it. The true value of a metric is its value on very many speakers. A second model with the same
chances, but mistakes of its own, gives the share of false alarms among paired tests at the 5% level.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tabulate import tabulate

from emobench.contracts import Metric
from emobench.plugins import installed_plugins
from emobench.scoring import bootstrap_interval, paired_bootstrap

CLASSES = ("angry", "happy", "neutral", "sad")
DIFFICULTY = np.array([0.4, 1.2, 0.8, -0.3])
SHARES = np.array([0.3, 0.3, 0.3, 0.1])
SPREAD = 0.7
MANY = 20_000


@dataclass(frozen=True)
class Covered:
    """What came of one setting.

    Attributes:
        metric: its name.
        speakers: of one test set; 0 where clips have none.
        clips: of one speaker, or of the test set.
        covered: share of 95% intervals that held the true value.
        width: mean width of the intervals.
        false_alarms: share of pairs of equally good models with p < 0.05.
    """

    metric: str
    speakers: int
    clips: int
    covered: float
    width: float
    false_alarms: float


def simulated(
    metric: Metric, speakers: int, clips: int, *, repetitions: int, resamples: int = 2000, seed: int = 0
) -> Covered:
    """Draw many test sets and see how often the interval holds the true value."""
    generator = np.random.default_rng(seed)
    whole, _ = _tables(generator, MANY if speakers else 0, 10 if speakers else 200_000)
    truth = pd.Index(CLASSES).get_indexer(pd.Index(whole["label"])).astype(np.int64)
    true = metric.compute(truth, whole[[f"p_{name}" for name in CLASSES]].to_numpy(np.float64), CLASSES)
    covered, widths, alarms = [], [], []
    for number in range(repetitions):
        a, b = _tables(generator, speakers, clips)
        interval = bootstrap_interval(a, metric, CLASSES, resamples=resamples, seed=number)
        covered.append(interval.low <= true <= interval.high)
        widths.append(interval.high - interval.low)
        alarms.append(paired_bootstrap(a, b, metric, CLASSES, resamples=resamples, seed=number).p < 0.05)
    shares = [float(np.mean(one)) for one in (covered, widths, alarms)]
    return Covered(metric.name, speakers, clips, *shares)


def _tables(generator: np.random.Generator, speakers: int, clips: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the predictions of two equally good models for as many speakers, or for clips without speakers."""
    n = max(speakers, 1) * clips
    label = generator.choice(len(CLASSES), p=SHARES, size=n)
    ability = np.repeat(generator.normal(0, SPREAD, size=speakers), clips) if speakers else np.zeros(n)
    group = [f"speaker-{place // clips}" for place in range(n)] if speakers else [""] * n
    chance = 1 / (1 + np.exp(-(DIFFICULTY[label] + ability)))
    first, second = (_table(label, _said(generator, label, chance), group) for _ in range(2))
    return first, second


def _said(generator: np.random.Generator, label: NDArray[np.int64], chance: NDArray[np.float64]) -> NDArray[np.int64]:
    wrong = label + generator.choice([1, 2], p=[0.7, 0.3], size=len(label))
    return np.where(generator.random(len(label)) < chance, label, wrong) % len(CLASSES)


def _table(label: NDArray[np.int64], said: NDArray[np.int64], group: list[str]) -> pd.DataFrame:
    names = np.asarray(CLASSES, dtype=object)
    table = pd.DataFrame(np.eye(len(CLASSES))[said], columns=[f"p_{name}" for name in CLASSES])
    return table.assign(
        sample_id=np.arange(len(label)).astype(str), label=names[label], group=group, prediction=names[said]
    )


def main() -> None:
    """Simulate the sizes that the field's test sets have, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=1000)
    options = parser.parse_args()
    metrics = installed_plugins().metrics
    settings = [(2, 100), (4, 60), (5, 58), (8, 60), (12, 60), (24, 60), (91, 80), (0, 50), (0, 288), (0, 3589)]
    rows = [
        simulated(metrics[name], speakers, clips, repetitions=options.repetitions)
        for speakers, clips in settings
        for name in ("accuracy", "balanced_accuracy", "f1_macro", "f1_weighted")
    ]
    headers = ["metric", "speakers", "clips", "covered", "mean width", "false alarms"]
    print(tabulate([list(vars(row).values()) for row in rows], headers, floatfmt=".3f"))


if __name__ == "__main__":
    main()
