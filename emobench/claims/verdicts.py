"""A verdict on each claim: what was printed, what arithmetic says, what was measured.

In this order, the first that holds:

- **impossible as printed**: a condition of arithmetic fails for every size or support that the paper or the dataset gives;
- **not comparable**: by the ledger no measured number can answer the claim (a quoted number, a class without a name);
- **not run**: there is no result;
- **not comparable**: the result is on other data or another schedule, see :func:`differences`;
- **reproduced**: the printed value lies inside the 95% interval of the measured one;
- **near**: it lies outside, but its own 95% interval and the measured one overlap. Its own is Wilson's interval of a
  proportion on the smallest of the claim's sizes that arithmetic allows, for one class on its support. For averages of
  ratios, which are no proportions, that is an approximation;
- **uninformative**: one of both, but the measured interval is wider than :data:`WIDEST`, or unknown: nearly any printed
  value would have passed;
- **not reproduced**: neither of both.

Where an experiment ran with several seeds, the measured value is the mean over them, and its interval is that of the mean.
A claim of a bound is reproduced if the whole interval keeps within it, not reproduced if none of it does, else uninformative.
A claim about a difference (``minus``) is compared with the difference on the samples that both experiments have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from emobench.claims.arithmetic import Arithmetic, check_claims
from emobench.claims.ledger import Claim, Ledger
from emobench.contracts import Metric
from emobench.plugins import Registry
from emobench.records import (
    PREDICTIONS,
    PROVENANCES,
    ChangedSetting,
    Departure,
    Limited,
    OtherCounts,
    PaperReading,
    Record,
    SampleCount,
    Scores,
    but_for_the_seed,
    for_content,
    of_part,
    read_attributes,
    read_predictions,
    with_identities,
)
from emobench.scoring import LEVEL, Interval, bootstrap_interval, common_samples, mean_score, paired_bootstrap
from emobench.suites import Suite, misfit

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

Verdict = Literal[
    "reproduced", "near", "uninformative", "not reproduced", "impossible as printed", "not comparable", "not run"
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""From the most to the least favourable."""

WIDEST = 0.2
"""An interval is informative up to this width: 10 points to each side, about half of what the papers' rows differ by."""

Located = tuple[Path, Record]
"""The folder of a cell and its record."""

Intervals = Mapping[str, Mapping[str, Interval]]
"""Cell id to metric to interval."""


@dataclass(frozen=True)
class Measured:
    """What a cell gives for a claim; shares in [0, 1].

    Attributes:
        experiment: in the suite.
        cell: its id; of several seeds that of the first.
        part: the test part.
        n: samples scored.
        value: on the whole part.
        interval: of the value.
        seeds: whose mean the value is.
        provenance: of the data.
        departures: of the cell, from the suite, the paper and the official data.
    """

    experiment: str
    cell: str
    part: str
    n: int
    value: float
    interval: Interval
    seeds: tuple[int, ...]
    provenance: str
    departures: tuple[Departure, ...]


@dataclass(frozen=True)
class Judged:
    """A claim with its verdict.

    Attributes:
        measured: ``None`` where nothing was.
        verdict: see the module.
        why: which part is not comparable, or the difference; empty where the verdict says all.
    """

    claim: Claim
    arithmetic: Arithmetic
    measured: Measured | None
    verdict: Verdict
    why: str = ""

    @property
    def readings(self) -> tuple[PaperReading, ...]:
        """In what the experiment is a reading of the paper that its words do not give."""
        found = self.measured.departures if self.measured else ()
        return tuple(departure for departure in found if isinstance(departure, PaperReading))

    @property
    def points(self) -> float | None:
        """Measured minus printed, in hundredths."""
        return None if self.measured is None else 100 * (self.measured.value - self.claim.share)


def judge(
    ledger: Ledger,
    suite: Suite,
    cells: Iterable[Located],
    registry: Registry,
    intervals: Intervals | None = None,
) -> list[Judged]:
    """Return the verdict on each claim, in the order of the ledger.

    Args:
        ledger: the suite's.
        suite: whose experiments answer the claims.
        cells: with scores computed from their predictions, see :func:`emobench.publishing.rescored`.
        registry: knows the metrics.
        intervals: those that a board has computed already, on the headline part; they are what would be computed here.

    Raises:
        EmobenchError: predictions cannot be read.
    """
    own = [(folder, record) for folder, record in cells if suite.holds(record.cell.suite)]
    results = _Results(suite, own, registry, intervals or {})
    # Where the paper does not say which experiment it means, the most favourable verdict counts.
    return [
        min(
            (_judged(claim, arithmetic, name, results) for name in claim.experiments),
            key=lambda judged: VERDICTS.index(judged.verdict),
        )
        for claim, arithmetic in zip(ledger.claims, check_claims(ledger), strict=True)
    ]


def count(judged: Iterable[Judged]) -> dict[Verdict, int]:
    """Return how often each verdict was given, all verdicts listed."""
    given = Counter(each.verdict for each in judged)
    return {verdict: given[verdict] for verdict in VERDICTS}


def _judged(claim: Claim, arithmetic: Arithmetic, experiment: str, results: _Results) -> Judged:
    measured = results.measured(claim, experiment)
    if arithmetic.status == "impossible":
        failed = next(check for check in arithmetic.deciding if check.status == "impossible")
        return Judged(claim, arithmetic, measured, "impossible as printed", f"{failed.what}: {failed.detail}")
    if claim.not_comparable:
        return Judged(claim, arithmetic, measured, "not comparable", claim.not_comparable)
    if measured is None:
        return Judged(claim, arithmetic, None, "not run", results.failure(experiment))
    if parts := differences(measured.provenance, measured.departures):
        return Judged(claim, arithmetic, measured, "not comparable", ", ".join(parts))
    verdict = compare(claim, arithmetic, measured)
    return Judged(claim, arithmetic, measured, verdict, why_of(verdict, measured.interval))


def why_of(verdict: Verdict, interval: Interval) -> str:
    """Return why an interval decides nothing; empty for another verdict than ``uninformative``."""
    if verdict != "uninformative":
        return ""
    if interval.ends is None:
        return f"the interval is unknown: {interval.why_unknown}"
    width = interval.ends[1] - interval.ends[0]
    if width <= WIDEST:
        return "the interval holds the bound"
    return f"the interval is {100 * width:.0f} points wide, more than {100 * WIDEST:.0f}"


def differences(provenance: str, departures: Iterable[Departure]) -> tuple[str, ...]:
    """Return which parts of a result are not what the paper's was: ``synthetic``, ``stand-in``, ``subset``, ...

    Departures of other kinds (a seed, a sampling rate) do not forbid a comparison.
    """
    parts = [provenance] if provenance in ("synthetic", "stand-in") else []
    return tuple(dict.fromkeys([*parts, *filter(None, map(_difference, departures))]))


def _difference(departure: Departure) -> str:
    match departure:
        case ChangedSetting(setting="epochs"):
            return "reduced schedule"
        case ChangedSetting(setting="batch_size" | "learning_rate" | "weight_decay" | "optimizer"):
            return "other schedule"
        case Limited():
            return "subset"
        case SampleCount() if departure.found < departure.official:
            return "subset"
        case OtherCounts():
            return "other counts"
    return ""


def compare(claim: Claim, arithmetic: Arithmetic, measured: Measured) -> Verdict:
    """Return ``reproduced``, ``near``, ``uninformative`` or ``not reproduced`` by the rule of the module."""
    ends = measured.interval.ends
    if ends is None:
        return "uninformative"
    informative = ends[1] - ends[0] <= WIDEST
    if claim.bound:
        kept, broken = ends[0] >= claim.share, ends[1] < claim.share
        if claim.bound == "at most":
            kept, broken = ends[1] <= claim.share, ends[0] > claim.share
        return "reproduced" if kept else "not reproduced" if broken else "uninformative"
    if ends[0] <= claim.share <= ends[1]:
        return "reproduced" if informative else "uninformative"
    sizes = arithmetic.sizes or tuple(size.n for size in claim.sizes)
    if sizes and not claim.minus:
        low, high = own_interval(claim.share, min(sizes))
        if low <= ends[1] and ends[0] <= high:
            return "near" if informative else "uninformative"
    return "not reproduced"


def own_interval(share: float, n: int) -> tuple[float, float]:
    """Return Wilson's 95% interval of a proportion on n samples."""
    from scipy.stats import binomtest

    interval = binomtest(round(share * n), n).proportion_ci(LEVEL, method="wilson")
    return float(interval.low), float(interval.high)


# ------------------------------------------------------------------------------------------------ what was measured


class _Results:
    """The best cells of each experiment, and what was measured, each once."""

    def __init__(self, suite: Suite, cells: list[Located], registry: Registry, intervals: Intervals) -> None:
        self._suite, self._cells, self._registry, self._intervals = suite, cells, registry, intervals
        self._experiments = {experiment.name: experiment for experiment in suite.experiments}
        self._measured: dict[tuple[str, ...], Measured | None] = {}
        self._tables: dict[str, pd.DataFrame] = {}

    def measured(self, claim: Claim, experiment: str) -> Measured | None:
        """Return what answers a claim; ``None`` where there is no result, or the class cannot be told."""
        seeds = self._seeds(experiment)
        if not seeds or (claim.of_class and claim.label not in seeds[0][1].cell.identity.classes):
            return None
        others = self._seeds(claim.minus) if claim.minus else []
        if claim.minus and (not others or _tested_on(others[0][1]) != _tested_on(seeds[0][1])):
            return None
        key = seeds[0][1].cell.id, claim.metric, claim.label, claim.minus
        if key not in self._measured:
            self._measured[key] = self._measure(claim, seeds, others)
        return self._measured[key]

    def failure(self, experiment: str) -> str:
        """Return why there is no result, where that is known."""
        kinds = [record.failure.kind for _, record in self._all(experiment) if record.failure]
        return f"failed: {kinds[0]}" if kinds else ""

    def _seeds(self, experiment: str) -> list[Located]:
        """Return the finished result that is nearest to what the suite asks for, with its other seeds, by seed."""
        finished = [located for located in self._all(experiment) if located[1].status == "finished"]
        if not finished:
            return []
        seed = self._experiments[experiment].seed
        _, best = max(finished, key=lambda located: _nearest_to_suite(located[1], seed))
        same, apart = but_for_the_seed(best.cell.identity), differences(best.cell.provenance, best.cell.departures)
        by_seed = {
            record.cell.identity.seed: (folder, record)
            for folder, record in sorted(finished, key=lambda located: located[1].finished)
            if but_for_the_seed(record.cell.identity) == same
            and differences(record.cell.provenance, record.cell.departures) == apart
        }
        return [by_seed[seed] for seed in sorted(by_seed)]

    def _all(self, experiment: str) -> list[Located]:
        asked = self._experiments[experiment]
        names = {experiment, self._suite.same_as(asked)}
        # A row may have the experiment's name and be something else: predictions handed in under it, another dataset.
        return [
            (folder, record)
            for folder, record in self._cells
            if record.cell.experiment in names and not misfit(asked, record.cell)
        ]

    def _table(self, folder: Path, record: Record) -> pd.DataFrame:
        """Return the predictions of a cell's headline part, with all people of its samples; a file is read once."""
        cell = record.cell
        if cell.id not in self._tables:
            table = of_part(read_predictions(folder / PREDICTIONS), cell.headline, cell.identity.test_parts)
            known = for_content(self._attributes, cell.identity.content)
            self._tables[cell.id] = with_identities(table, cell.identities, known)
        return self._tables[cell.id]

    @cached_property
    def _attributes(self) -> dict[str, pd.DataFrame]:
        return read_attributes(*{folder.parent.parent for folder, _ in self._cells})

    def _measure(self, claim: Claim, seeds: list[Located], others: list[Located]) -> Measured | None:
        cell = seeds[0][1].cell
        metric = class_metric(claim.metric, claim.label) if claim.of_class else self._registry.metrics[claim.metric]
        if not claim.of_class and any(metric.name not in _headline(record).metrics for _, record in seeds):
            return None
        tables = common_samples([self._table(*located) for located in (*seeds, *others)])
        own, classes = tables[: len(seeds)], cell.identity.classes
        if others:
            found = paired_bootstrap(own, tables[len(seeds) :], metric, classes)
            value, interval = found.value, found.interval
        else:
            value = mean_score(own, metric, classes)
            known = self._intervals.get(cell.id, {}).get(metric.name) if len(seeds) == 1 else None
            interval = known or bootstrap_interval(own if len(own) > 1 else own[0], metric, classes)
        departures = (departure for _, record in (*seeds, *others) for departure in record.cell.departures)
        return Measured(
            experiment=cell.experiment,
            cell=cell.id,
            part=cell.headline,
            n=len(own[0]),
            value=value,
            interval=interval,
            seeds=tuple(record.cell.identity.seed for _, record in seeds),
            provenance=cell.provenance,
            departures=tuple(dict.fromkeys(departures)),
        )


def _headline(record: Record) -> Scores:
    return record.scores[record.cell.headline]


def _tested_on(record: Record) -> tuple[object, ...]:
    """Return what two results have in common where a difference between them means something."""
    identity = record.cell.identity
    return identity.content, identity.classes, record.cell.headline, identity.split[record.cell.headline]


def _nearest_to_suite(record: Record, seed: int) -> tuple[Any, ...]:
    """Sort the result last that is nearest to what the suite asks for; of several such the latest."""
    cell = record.cell
    apart = differences(cell.provenance, cell.departures)
    trust = -PROVENANCES.index(cell.provenance)
    return trust, -len(apart), cell.identity.seed == seed, -len(cell.departures), record.finished


def class_metric(ratio: str, label: str) -> Metric:
    """Return precision, recall or F1 of one class as a metric; 0 without a denominator."""

    def compute(truth: NDArray[np.int64], probabilities: NDArray[Any], classes: tuple[str, ...]) -> float:
        place = classes.index(label)
        true, said = truth == place, probabilities.argmax(axis=1) == place
        top = int((true & said).sum())
        bottom = {"precision": int(said.sum()), "recall": int(true.sum()), "f1": int(true.sum()) + int(said.sum())}
        return (2 if ratio == "f1" else 1) * top / bottom[ratio] if bottom[ratio] else 0.0

    return Metric(f"{ratio}_of_{label}", f"{ratio} of {label}", compute)
