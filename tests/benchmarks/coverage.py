"""``python -m tests.benchmarks.coverage``: how often intervals hold the true value, by simulation.

People have an ability of their own: on the logit scale, the chance that a sample is recognised varies between them with a
standard deviation of :data:`SPREAD`. Classes have their own difficulties and sizes; a mistake goes to the next class, or to
the one after it. Samples are of nobody, of one person each, or of a face and a voice; there may be several seeds, each with
a luck that all of its samples share. The true value of a metric is its value on very many people, samples and seeds, over
the classes that the average of a test set is over. A second model with the same chances, but mistakes of its own, gives the
share of false alarms among paired tests at the 5% level.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tabulate import tabulate

from emobench.plugins import installed_plugins
from emobench.records import IDENTITY
from emobench.scoring import averages, bootstrap_intervals, class_set, paired_bootstrap

CLASSES = ("angry", "happy", "neutral", "sad")
DIFFICULTY = np.array([0.4, 1.2, 0.8, -0.3])
SPREAD = 0.7
LUCK = 0.3
"""Standard deviation between seeds, on the logit scale: some six points of accuracy."""

METRICS = ("accuracy", "balanced_accuracy", "f1_macro")


@dataclass(frozen=True)
class Setting:
    """A kind of test set.

    Attributes:
        samples: how many, of all people together.
        people: number of people of each kind; none where samples are of nobody.
        rare: share of the class ``sad``; the others are equally large.
        seeds: trainings of the same model.
    """

    name: str
    samples: int
    people: tuple[int, ...] = ()
    rare: float = 0.1
    seeds: int = 1


SETTINGS = (
    Setting("50 samples", 50),
    Setting("288 samples", 288),
    Setting("1,000 samples", 1000),
    Setting("5,000 samples", 5000),
    Setting("5 groups of 58", 290, (5,)),
    Setting("10 groups of 60", 600, (10,)),
    Setting("24 groups of 60", 1440, (24,)),
    Setting("91 groups of 80", 7280, (91,)),
    Setting("500 samples, one class of 12", 500, rare=12 / 500),
    Setting("500 samples, one class of 20", 500, rare=20 / 500),
    Setting("3,589 samples, one class of 20", 3589, rare=20 / 3589),
    Setting("3,589 samples, one class of 55", 3589, rare=55 / 3589),
    Setting("24 groups of 60, one class of 30", 1440, (24,), rare=30 / 1440),
    Setting("333 faces, 23 voices, 590 pairs", 590, (333, 23)),
    Setting("60 faces, 5 voices, 300 pairs", 300, (60, 5)),
    Setting("24 faces, 10 voices, 500 pairs", 500, (24, 10)),
    Setting("1,000 samples, 2 seeds", 1000, seeds=2),
    Setting("1,000 samples, 3 seeds", 1000, seeds=3),
    Setting("1,000 samples, 5 seeds", 1000, seeds=5),
    Setting("24 groups of 60, 3 seeds", 1440, (24,), seeds=3),
)


@dataclass(frozen=True)
class Covered:
    """What came of one setting.

    Attributes:
        setting: its name.
        metric: its name.
        known: share of test sets with an interval.
        covered: share of these whose interval held the true value.
        width: mean width of the intervals.
        false_alarms: share of pairs of equally good models with p < 0.05.
    """

    setting: str
    metric: str
    known: float
    covered: float
    width: float
    false_alarms: float


def simulated(setting: Setting, metrics: tuple[str, ...] = METRICS, *, repetitions: int = 1000) -> list[Covered]:
    """Draw many test sets and see how often the interval of each metric holds the true value."""
    registered = installed_plugins().metrics
    chosen = [registered[name] for name in metrics]
    generator = np.random.default_rng(0)
    population = _population(setting, generator)
    held: dict[str, list[bool]] = {name: [] for name in metrics}
    widths: dict[str, list[float]] = {name: [] for name in metrics}
    alarms: dict[str, list[bool]] = {name: [] for name in metrics}
    for number in range(repetitions):
        a, b = _test_set(setting, generator)
        averaged = _averaged(a[0])
        for name, interval in bootstrap_intervals(a, chosen, CLASSES, seed=number).items():
            if interval.ends:
                average = registered[name].average
                assert average is not None
                true = float(averages(population[None], average, averaged)[0])
                held[name].append(interval.holds(true))
                widths[name].append(interval.ends[1] - interval.ends[0])
        for metric in chosen:
            alarms[metric.name].append(paired_bootstrap(a, b, metric, CLASSES, seed=number).p < 0.05)
    return [
        Covered(
            setting.name,
            name,
            len(held[name]) / repetitions,
            *(float(np.mean(found)) if found else float("nan") for found in (held[name], widths[name], alarms[name])),
        )
        for name in metrics
    ]


def _averaged(table: pd.DataFrame) -> NDArray[np.bool_]:
    truth = pd.Index(CLASSES).get_indexer(pd.Index(table["label"])).astype(np.int64)
    groups = None if (table["group"] == "").all() else pd.factorize(table["group"])[0].astype(np.int64)
    return class_set(truth, groups, CLASSES).averaged


def _population(setting: Setting, generator: np.random.Generator) -> NDArray[np.float64]:
    """Return the confusion matrix over very many samples, each of other people and of another seed."""
    many = replace(setting, samples=2_000_000, people=(2_000_000,) * len(setting.people), seeds=1)
    label = _labels(many, generator)
    variance = SPREAD**2 * len(setting.people) + (LUCK**2 if setting.seeds > 1 else 0)
    said = _said(generator, label, generator.normal(0, 1, len(label)) * np.sqrt(variance))
    return np.bincount(label * 4 + said, minlength=16).reshape(4, 4).astype(np.float64)


def _labels(setting: Setting, generator: np.random.Generator) -> NDArray[np.int64]:
    shares = [(1 - setting.rare) / 3] * 3 + [setting.rare]
    return generator.choice(4, p=shares, size=setting.samples)


def _test_set(setting: Setting, generator: np.random.Generator) -> tuple[list[pd.DataFrame], list[pd.DataFrame]]:
    """Return the predictions of two equally good models, one table a seed."""
    label = _labels(setting, generator)
    n = len(label)
    of = [
        np.arange(n) % number if place == 0 else generator.integers(number, size=n)
        for place, number in enumerate(setting.people)
    ]
    ability = sum(
        (generator.normal(0, SPREAD, number)[who] for number, who in zip(setting.people, of, strict=True)), np.zeros(n)
    )
    columns = {"group": of[0].astype(str) if of else np.full(n, "")}
    columns |= {f"{IDENTITY}voice": who.astype(str) for who in of[1:]}
    luck = LUCK if setting.seeds > 1 else 0.0

    def model() -> Iterator[pd.DataFrame]:
        for _ in range(setting.seeds):
            yield _table(label, _said(generator, label, ability + generator.normal(0, luck)), columns)

    return list(model()), list(model())


def _said(generator: np.random.Generator, label: NDArray[np.int64], ability: NDArray[np.float64]) -> NDArray[np.int64]:
    chance = 1 / (1 + np.exp(-(DIFFICULTY[label] + ability)))
    wrong = label + generator.choice([1, 2], p=[0.7, 0.3], size=len(label))
    return np.where(generator.random(len(label)) < chance, label, wrong) % 4


def _table(label: NDArray[np.int64], said: NDArray[np.int64], columns: dict[str, NDArray[np.str_]]) -> pd.DataFrame:
    names = np.asarray(CLASSES, dtype=object)
    table = pd.DataFrame(np.eye(4)[said], columns=[f"p_{name}" for name in CLASSES])
    return table.assign(
        sample_id=np.arange(len(label)).astype(str), label=names[label], prediction=names[said], **columns
    )


def main() -> None:
    """Simulate the sizes that the field's test sets have, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=1000)
    parser.add_argument("--only", default="", help="settings whose name holds this")
    options = parser.parse_args()
    settings = [setting for setting in SETTINGS if options.only in setting.name]
    with ProcessPoolExecutor() as pool:
        found = pool.map(partial(simulated, repetitions=options.repetitions), settings)
        rows = [list(vars(row).values()) for several in found for row in several]
    headers = ["test set", "metric", "known", "covered", "mean width", "false alarms"]
    print(tabulate(rows, headers, floatfmt=".3f", tablefmt="github"))


if __name__ == "__main__":
    main()
