"""A board as values: tasks with their rows, what is missing, and what leaky splits add to scores.

A task is what makes scores comparable: the same content of the same dataset, the same classes, the same rule of splitting
and the same test samples. Nothing is ever ranked, or averaged, across tasks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from emobench.audits import ON_BOTH_SIDES
from emobench.boards.clean_subset import CleanSubset
from emobench.boards.matrix import Matrix
from emobench.boards.paired_results import PairedResult
from emobench.boards.part_scores import counted, scores_of
from emobench.boards.related_records import MemberName
from emobench.boards.titles import Titles
from emobench.boards.uncertainty import Uncertainty
from emobench.boards.units import CCC, is_share, tie_breaker
from emobench.contracts import Kind, MetricDescription, Target
from emobench.records import (
    ACCURACY,
    METRICS,
    UAR,
    UNION,
    AuditReport,
    Cell,
    Component,
    PartCount,
    Provenance,
    Record,
    Scores,
    TrainingFault,
    badge,
    constant_prediction,
    training_faults,
)
from emobench.scoring import Interval, Slice

People = Literal["leaky", "apart", "unknown"]
"""Whether people are on one side of the split: they are not, they are, or the samples do not say who is who."""


@dataclass(frozen=True)
class Missing:
    """An experiment of a suite without a record, why, and the dataset it is about, where it is about one."""

    experiment: str
    reason: str
    dataset: str = ""


@dataclass(frozen=True)
class PublishedScore:
    """A published number, and what was measured; ``measured`` is ``None`` where there is no result."""

    metric: str
    published: float
    measured: float | None

    @property
    def difference(self) -> float | None:
        """Measured minus published."""
        return None if self.measured is None else self.measured - self.published

    @property
    def points(self) -> float | None:
        """The difference of shares in hundredths; ``None`` for a metric that is no share."""
        return None if self.difference is None or not is_share(self.metric) else 100 * self.difference


@dataclass(frozen=True)
class Chance:
    """What is right without looking at a sample: UAR of any one class, accuracy of the commonest, and this class."""

    uar: float
    accuracy: float
    commonest: str

    def of(self, metric: str) -> float | None:
        """Return chance in a metric; ``None`` for one that it is not known of."""
        return {UAR: self.uar, ACCURACY: self.accuracy}.get(metric)


@dataclass(frozen=True)
class Row:
    """One cell on the board.

    Attributes:
        record: without traceback and machine paths.
        rank: from 1, shared by the rows of a tier, see :mod:`emobench.boards.uncertainty`, or without predictions by
            rows that are exactly equal; ``None`` for a row without a result.
        members: of a fusion, in order; or the one cell whose fitted model is applied.
        folds: the records of the folds that are put together in it, in order.
        paired: the members of a fusion, in order, and its ablations, in the order of their names; ablations do not compete.
        audits: what was found in the samples that it was trained and tested on; of several folds one each.
        clean: its scores on the headline part without duplicates of what it was fitted on; ``None`` where there are none.
    """

    record: Record
    rank: int | None
    members: tuple[MemberName, ...]
    folds: tuple[Record, ...] = ()
    paired: tuple[PairedResult, ...] = ()
    audits: tuple[AuditReport, ...] = ()
    clean: CleanSubset | None = None

    @property
    def cell(self) -> Cell:
        """What was asked for."""
        return self.record.cell

    @property
    def headline(self) -> Scores | None:
        """Scores on the part that the row is ranked by."""
        return scores_of(self.record, self.cell.headline)

    @property
    def departures(self) -> tuple[str, ...]:
        """In what the row departs from its suite, each in a few words."""
        return (*map(str, self.cell.departures), *self.cell.code_remark)

    @property
    def badge(self) -> str:
        """Whether weights that were not trained here have seen its test samples, or that there are no such weights."""
        return badge(self.cell.exposure)

    @property
    def alone(self) -> tuple[PairedResult, ...]:
        """The members of a fusion, each compared with it."""
        return tuple(result for result in self.paired if result.relation == "member")

    @property
    def ablations(self) -> tuple[PairedResult, ...]:
        """What tells what the score rests on."""
        return tuple(result for result in self.paired if result.relation == "ablation")

    @property
    def published(self) -> tuple[PublishedScore, ...]:
        """Every published number with the one measured on the headline part; none for a synthetic row."""
        if self.cell.provenance == "synthetic":
            return ()
        measured = self.headline.metrics if self.headline else {}
        return tuple(PublishedScore(name, value, measured.get(name)) for name, value in self.cell.published.items())

    @property
    def constant(self) -> str:
        """The one class that every sample of the headline part is predicted to be; empty where several are predicted."""
        found = constant_prediction(self.record)
        return found.label if found else ""

    @cached_property
    def training_faults(self) -> tuple[TrainingFault, ...]:
        """What shows that training failed, of the row's model or of the models of its folds."""
        return training_faults(self.record, self.folds)

    @property
    def failings(self) -> tuple[str, ...]:
        """The faults of training in words, after whether a row that trains nothing itself predicts one class."""
        known = constant_prediction(self.record)
        fact = (known,) if known and known not in self.training_faults else ()
        return tuple(map(str, (*fact, *self.training_faults)))

    @property
    def failed_audits(self) -> tuple[str, ...]:
        """The audit of each finding that makes the row's score wrong."""
        return tuple(
            finding.audit for report in self.audits for finding in report.findings if finding.severity == "error"
        )

    @property
    def crossed(self) -> int:
        """How many findings of its audits say that what was trained on is tested on."""
        return sum(audit in ON_BOTH_SIDES for audit in self.failed_audits)

    @property
    def faults(self) -> int:
        """How many findings of its audits make its score wrong."""
        return len(self.failed_audits)

    @property
    def weights(self) -> str:
        """What each member of a fusion weighs, in words; empty where the fusion learnt no weights."""
        weights = self.record.learnt.get("weights")
        if not isinstance(weights, list) or len(weights) != len(self.members):
            return ""
        if not all(isinstance(weight, int | float) for weight in weights):
            return ""
        pairs = zip(self.members, weights, strict=True)
        return "weights " + ", ".join(f"{member.experiment or member.cell} {weight:.3f}" for member, weight in pairs)

    def count(self, part: str) -> PartCount | None:
        """Return how many samples of a part, or of all test parts, were asked for and dropped, if it is known."""
        return counted(self.record, part)


@dataclass(frozen=True)
class BoardTask:
    """Rows that may be compared, best first, failed ones last.

    Attributes:
        id: 12 hexadecimal digits of the sha256 of everything that the rows have in common.
        dataset: its name.
        fingerprint: sha256 of its content.
        provenance: how far the data can be trusted to be the dataset.
        labels: label map, as ``name@version``; the name of a target that is no class.
        classes: in the order of the confusion matrices; of values the dimensions.
        protocol: the rule that divided the samples.
        leaky: whether it lets one speaker or take stand on both sides.
        parts: sha256 of the sample ids of each test part, in the protocol's order.
        headline: the test part that rows are ranked by.
        ranked_by: name of the metric that they are ranked by.
        rows: at least one.
        uncertainty: what the predictions of the rows say; ``None`` where none are there.
        people: whether people are kept apart, as far as the samples tell.
        metrics: what is known of metrics, by name, in the order of columns.
        target: what is told of a sample; ``None`` where that is one class.
    """

    id: str
    dataset: str
    fingerprint: str
    provenance: Provenance
    labels: str
    classes: tuple[str, ...]
    protocol: Component
    leaky: bool
    parts: dict[str, str]
    headline: str
    ranked_by: str
    rows: tuple[Row, ...]
    uncertainty: Uncertainty | None = None
    people: People = "unknown"
    metrics: Mapping[str, MetricDescription] = field(default_factory=lambda: METRICS)
    target: Target | None = None

    @property
    def kind(self) -> Kind:
        """Of what is told of a sample."""
        return self.target.kind if self.target else "class"

    @property
    def crossed(self) -> int:
        """How many findings say that what was trained on is tested on, in the row that has the most of them."""
        return max(row.crossed for row in self.rows)

    @property
    def chance(self) -> Chance | None:
        """What is right by chance on the headline part, by the row with most of its samples.

        ``None`` without classes, or without a result.
        """
        measured = max(filter(None, (row.headline for row in self.rows)), key=lambda one: one.n, default=None)
        present = [each for each in measured.per_class if each.support] if measured else []
        if measured is None or not present:
            return None
        commonest = max(present, key=lambda each: each.support)
        return Chance(1 / len(measured.averaged), commonest.support / measured.n, commonest.label)

    @property
    def human(self) -> Scores | None:
        """Scores of the row with most samples of those that say what a rater scores; ``None`` without votes."""
        known = [row.headline for row in self.rows if row.headline and row.headline.human]
        return max(known, key=lambda one: one.n, default=None)

    def chance_of(self, metric: str) -> float | None:
        """Return chance in a metric; ``None`` where it is not known.

        No constant answer agrees with values: its CCC is 0. Of votes it is what answering their mean scores.
        """
        if self.kind == "values":
            return 0.0 if metric == CCC and any(row.headline for row in self.rows) else None
        if self.human and metric in self.human.constant:
            return self.human.constant[metric]
        return self.chance.of(metric) if self.chance else None

    @property
    def badged(self) -> bool:
        """Whether any row has weights that were not trained here."""
        return any(row.cell.exposure for row in self.rows)

    @property
    def faults(self) -> int:
        """How many findings make a test score wrong, in the row that has the most of them."""
        return max(row.faults for row in self.rows)

    @property
    def audited(self) -> bool:
        """Whether there is an audit of any row."""
        return any(row.audits for row in self.rows)

    @property
    def scored_parts(self) -> tuple[str, ...]:
        """The headline part, the other test parts, and all of them together where there are several."""
        others = tuple(part for part in self.parts if part != self.headline)
        parts = (self.headline, *others)
        return parts if len(self.parts) == 1 or UNION in parts else (*parts, UNION)

    @property
    def leading(self) -> tuple[str, str]:
        """What rows are ranked by, and what orders those of one score: the metrics that the ranking shows intervals of."""
        return self.ranked_by, tie_breaker(self.ranked_by)

    def intervals(self, row: Row) -> dict[str, Interval]:
        """Return the intervals of a row's metrics on the headline part, as far as there are predictions."""
        return self.uncertainty.intervals.get(row.cell.id, {}) if self.uncertainty else {}

    def slices(self, row: Row) -> tuple[Slice, ...]:
        """Return the slices of a row's headline part, as far as there are predictions and attributes."""
        return self.uncertainty.slices.get(row.cell.id, ()) if self.uncertainty else ()


@dataclass(frozen=True)
class Board:
    """Tasks, the most trustworthy data first, what is missing, what leaky splits add to scores, and titles.

    ``matrices`` are encoders by corpora, see :mod:`emobench.boards.matrix`.
    """

    tasks: tuple[BoardTask, ...]
    missing: tuple[Missing, ...] = ()
    premiums: tuple[PairedResult, ...] = ()
    titles: Titles = field(default_factory=Titles)
    matrices: tuple[Matrix, ...] = ()

    def of(self, dataset: str) -> Board:
        """Return the tasks of one dataset, each with all of its rows, and the premiums on it."""
        return Board(
            tasks=tuple(task for task in self.tasks if task.dataset == dataset),
            missing=tuple(gap for gap in self.missing if gap.dataset == dataset),
            premiums=tuple(premium for premium in self.premiums if premium.record.cell.identity.dataset == dataset),
            titles=self.titles,
        )

    @property
    def records(self) -> tuple[Record, ...]:
        """Every record on the board, with those of folds and ablations, each once."""
        rows = [row for task in self.tasks for row in task.rows]
        records = [
            record
            for row in rows
            for record in (row.record, *row.folds, *(ablation.other for ablation in row.ablations))
        ]
        return tuple({record.cell.id: record for record in records}.values())

    @property
    def intervals(self) -> dict[str, dict[str, Interval]]:
        """Cell to metric to interval on the headline part, as far as there are predictions."""
        return {
            cell: known for task in self.tasks if task.uncertainty for cell, known in task.uncertainty.intervals.items()
        }
