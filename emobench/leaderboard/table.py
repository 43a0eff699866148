"""Records become tasks, and a task ranks its rows.

A task is what makes scores comparable: the same content of the same dataset, the same classes, the same rule of splitting
and the same test samples. Nothing is ever ranked, or averaged, across tasks.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from emobench.attributes import for_content, names_people
from emobench.audit_report import AuditReport
from emobench.audits import duplicates, group_overlap, near_duplicates
from emobench.cells import PROVENANCES, Cell, Component, Provenance
from emobench.contracts import Metric
from emobench.leaderboard.beside import Beside
from emobench.leaderboard.company import Company, Member
from emobench.leaderboard.evidence import Evidence, headline_part, weigh
from emobench.leaderboard.premiums import Premium, premiums
from emobench.leaderboard.scrub import scrub
from emobench.records import PartCount, Record, Scores
from emobench.scoring import UNION, Interval

if TYPE_CHECKING:
    import pandas as pd

Ranked = list[tuple[int | None, Record]]
"""Ranks by score and records, the best first."""

RANKED_BY = "accuracy"
TIES_BY = "balanced_accuracy"

People = Literal["leaky", "apart", "unknown"]
"""Whether people stand on one side of the split: they do not, they do, or the samples do not say who is who."""

ON_BOTH_SIDES = (
    group_overlap.GROUPS,
    group_overlap.TAKES,
    group_overlap.PARENTS,
    duplicates.ACROSS,
    near_duplicates.NAME,
)
"""Audits whose errors say that something which was trained on is tested on, whatever the protocol is meant to do."""


@dataclass(frozen=True)
class Missing:
    """An experiment of a suite for which there is no record.

    Attributes:
        experiment: its name in the suite.
        reason: why, in a few words.
        dataset: the dataset it is about, where it is about one.
    """

    experiment: str
    reason: str
    dataset: str = ""


@dataclass(frozen=True)
class Comparison:
    """A published number, and what was measured; ``measured`` is ``None`` where there is no result."""

    metric: str
    published: float
    measured: float | None

    @property
    def points(self) -> float | None:
        """Measured minus published, in hundredths."""
        return None if self.measured is None else 100 * (self.measured - self.published)


@dataclass(frozen=True)
class Chance:
    """What is right without looking at a sample, on the part that a task is ranked by.

    Attributes:
        uar: of always saying one class, whichever it is: one in so many classes as have samples.
        accuracy: of always saying the commonest class.
        commonest: that class, the first one of equals.
    """

    uar: float
    accuracy: float
    commonest: str


@dataclass(frozen=True)
class Row:
    """One cell on the board.

    Attributes:
        record: without traceback and machine paths.
        rank: from 1, shared by the rows of a tier, see :mod:`emobench.leaderboard.evidence`, or without predictions by rows
            that are exactly equal; ``None`` for a row without a result.
        members: of a fusion, in order; or the one cell whose fitted model is applied.
        folds: the records of the folds that are put together in it, in order.
        alone: the members of a fusion, each by itself beside it.
        controls: what helps to read it, in the order of their names; they do not compete.
        audits: what was found in the samples that it was trained and tested on; of several folds one each.
    """

    record: Record
    rank: int | None
    members: tuple[Member, ...]
    folds: tuple[Record, ...] = ()
    alone: tuple[Beside, ...] = ()
    controls: tuple[Beside, ...] = ()
    audits: tuple[AuditReport, ...] = ()

    @property
    def cell(self) -> Cell:
        """What was asked for."""
        return self.record.cell

    @property
    def headline(self) -> Scores | None:
        """Scores on the part that the row is ranked by."""
        return scores_of(self.record, self.cell.headline)

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Every published number beside the one measured on the headline part; none for a synthetic row."""
        if self.cell.provenance == "synthetic":
            return ()
        measured = self.headline.metrics if self.headline else {}
        return tuple(Comparison(name, value, measured.get(name)) for name, value in self.cell.published.items())

    @property
    def constant(self) -> str:
        """The one class that every sample of the headline part is predicted to be; empty where several are predicted."""
        confusion = self.headline.confusion if self.headline else ()
        predicted = [sum(column) for column in zip(*confusion, strict=True)]
        found = [label for label, number in zip(self.cell.identity.classes, predicted, strict=False) if number]
        return found[0] if len(found) == 1 and sum(predicted) > 1 else ""

    @property
    def faults(self) -> int:
        """How many findings of its audits make its score wrong."""
        return sum(one.severity == "error" for report in self.audits for one in report.findings)

    @property
    def weights(self) -> str:
        """What each member of a fusion weighs, in words; empty where the fusion learnt no weights."""
        weights = self.record.learnt.get("weights")
        if not isinstance(weights, list) or len(weights) != len(self.members):
            return ""
        if not all(isinstance(weight, int | float) for weight in weights):
            return ""
        pairs = zip(self.members, weights, strict=True)
        return "weights " + ", ".join(f"{one.experiment or one.cell} {weight:.3f}" for one, weight in pairs)

    def count(self, part: str) -> PartCount | None:
        """Return how many samples of a part, or of all test parts, were asked for and dropped, if it is known."""
        return counted(self.record, part)


@dataclass(frozen=True)
class Task:
    """Rows that may be compared, best first, failed ones last.

    Attributes:
        id: 12 hexadecimal digits of the sha256 of everything that the rows have in common.
        dataset: its name.
        fingerprint: sha256 of its content.
        provenance: how far the data can be trusted to be the dataset.
        labels: label map, as ``name@version``.
        classes: in the order of the confusion matrices.
        protocol: the rule that divided the samples.
        leaky: whether it lets one speaker or take stand on both sides.
        parts: sha256 of the sample ids of each test part, in the protocol's order.
        headline: the test part that rows are ranked by.
        rows: at least one.
        evidence: what the predictions of the rows say; ``None`` where none are there.
        people: whether people are kept apart, as far as the samples tell.
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
    rows: tuple[Row, ...]
    evidence: Evidence | None = None
    people: People = "unknown"

    @property
    def crossed(self) -> int:
        """How many findings say that what was trained on is tested on, in the row that has the most of them."""
        return max(
            sum(
                one.severity == "error" and one.audit in ON_BOTH_SIDES
                for report in row.audits
                for one in report.findings
            )
            for row in self.rows
        )

    @property
    def chance(self) -> Chance | None:
        """What is right by chance on the headline part, by the row with most of its samples; ``None`` without a result."""
        measured = max(filter(None, (row.headline for row in self.rows)), key=lambda one: one.n, default=None)
        present = [one for one in measured.per_class if one.support] if measured else []
        if measured is None or not present:
            return None
        commonest = max(present, key=lambda one: one.support)
        return Chance(1 / len(present), commonest.support / measured.n, commonest.label)

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


@dataclass(frozen=True)
class Board:
    """Tasks, the most trustworthy data first, what is missing, and what leaky splits add to scores."""

    tasks: tuple[Task, ...]
    missing: tuple[Missing, ...] = ()
    premiums: tuple[Premium, ...] = ()

    def of(self, dataset: str) -> Board:
        """Return the tasks of one dataset, each with all of its rows, and the premiums on it."""
        return Board(
            tasks=tuple(task for task in self.tasks if task.dataset == dataset),
            missing=tuple(one for one in self.missing if one.dataset == dataset),
            premiums=tuple(one for one in self.premiums if one.leaky.cell.identity.dataset == dataset),
        )

    @property
    def records(self) -> tuple[Record, ...]:
        """Every record on the board, with those of folds and controls, each once."""
        rows = [row for task in self.tasks for row in task.rows]
        all_of_them = [
            one for row in rows for one in (row.record, *row.folds, *(control.record for control in row.controls))
        ]
        return tuple({record.cell.id: record for record in all_of_them}.values())

    @property
    def intervals(self) -> dict[str, dict[str, Interval]]:
        """Cell to metric to interval on the headline part, as far as there are predictions."""
        return {cell: known for task in self.tasks if task.evidence for cell, known in task.evidence.intervals.items()}


def build(
    records: Iterable[Record],
    missing: Iterable[Missing] = (),
    *,
    predictions: Mapping[str, pd.DataFrame] | None = None,
    metrics: Mapping[str, Metric] | None = None,
    attributes: Mapping[str, pd.DataFrame] | None = None,
    audits: Iterable[AuditReport] = (),
    weighed: Iterable[Task] = (),
) -> Board:
    """Sort records into tasks and rank them.

    One cell is one row of its task. Where it comes in several records, as when run folders are put together, a finished
    record goes before a failed one, then a later before an earlier.

    Args:
        records: in any order.
        missing: experiments without a record.
        predictions: cell id to its whole table; without them rows are ranked by score, and nothing has an interval.
        metrics: what is registered, by name; needed with predictions.
        attributes: what a dataset's index says of its samples, see :func:`emobench.attributes.read_attributes`.
        audits: of the splits of the records, and any others.
        weighed: tasks of another board of the same predictions; one with the same rows keeps its intervals and tests.

    Raises:
        EmobenchError: predictions cannot be scored, or those of a task do not go together.
    """
    chosen = [scrub(record) for record in _one_a_cell(records)]
    company = Company(chosen, predictions or {}, metrics or {}, audits)
    grouped: dict[str, list[Record]] = defaultdict(list)
    for record in chosen:
        if company.competes(record):
            grouped[_key(record.cell)].append(record)
    known = {tuple(row.cell.id for row in task.rows): task.evidence for task in weighed}

    def weigh_once(ranked: Ranked) -> Evidence | None:
        cells = tuple(record.cell.id for _, record in ranked)
        return known[cells] if cells in known else weigh(ranked, predictions or {}, metrics or {}, attributes or {})

    tasks = [
        _task(key, group, company, weigh_once, _people(group, predictions or {}, attributes or {}))
        for key, group in grouped.items()
    ]
    return Board(
        tasks=tuple(sorted(tasks, key=_task_order)),
        missing=tuple(sorted(missing, key=lambda one: (one.dataset, one.experiment, one.reason))),
        premiums=premiums(chosen, predictions or {}, metrics or {}),
    )


def scores_of(record: Record, part: str) -> Scores | None:
    """Return the scores of a part; a failed cell has none, whatever its record says."""
    return record.scores.get(part) if record.status == "finished" else None


def _one_a_cell(records: Iterable[Record]) -> list[Record]:
    # The JSON at the end makes the choice independent of the order in which equally late records come.
    ordered = sorted(records, key=lambda one: (one.status == "finished", one.finished, one.model_dump_json()))
    return list({(record.cell.id, _key(record.cell)): record for record in ordered}.values())


def _key(cell: Cell) -> str:
    """Return what makes rows comparable, as canonical JSON."""
    identity = cell.identity
    parts = {part: identity.split[part] for part in identity.test_parts}
    data = [identity.dataset, identity.fingerprint, identity.content, cell.provenance]
    rule = [identity.labels, identity.classes, identity.protocol.model_dump(mode="json"), cell.leaky]
    return json.dumps([data, rule, parts, cell.headline], sort_keys=True)


def _people(
    records: list[Record], predictions: Mapping[str, pd.DataFrame], attributes: Mapping[str, pd.DataFrame]
) -> People:
    """Tell whether the people of a task's test samples are kept apart from those of training."""
    if records[0].cell.leaky:
        return "leaky"
    tables = [
        headline_part(record, predictions[record.cell.id])
        for record in records
        if record.status == "finished" and record.cell.id in predictions
    ]
    if tables:
        return "apart" if all((one["group"].fillna("") != "").all() for one in tables) else "unknown"
    known = for_content(attributes, records[0].cell.identity.content)
    return "apart" if known is not None and names_people(known) else "unknown"


def _task(
    key: str,
    records: list[Record],
    company: Company,
    weighed: Callable[[Ranked], Evidence | None],
    people: People,
) -> Task:
    cell = min(records, key=lambda record: record.cell.id).cell
    identity = cell.identity
    ranked = _ranked(records)
    evidence = weighed(ranked)
    tiers = evidence.ranks if evidence else {}
    return Task(
        id=hashlib.sha256(key.encode()).hexdigest()[:12],
        dataset=identity.dataset,
        fingerprint=identity.fingerprint,
        provenance=cell.provenance,
        labels=identity.labels,
        classes=identity.classes,
        protocol=identity.protocol,
        leaky=cell.leaky,
        parts={part: identity.split[part] for part in identity.test_parts},
        headline=cell.headline,
        rows=tuple(
            Row(
                record,
                tiers.get(record.cell.id, rank),
                company.members(record),
                company.folds(record),
                company.alone(record),
                company.controls(record),
                company.audits(record),
            )
            for rank, record in ranked
        ),
        evidence=evidence,
        people=people,
    )


def _task_order(task: Task) -> tuple[int, str, str, str, str]:
    return PROVENANCES.index(task.provenance), task.dataset, task.labels, task.protocol.name, task.id


def _ranked(records: list[Record]) -> Ranked:
    """Return ranks and records: the best first, those without a result last and without a rank."""
    placed = sorted(records, key=lambda record: (*(-value for value in _standing(record)), _address(record)))
    ranked: Ranked = []
    rank = 0
    for position, record in enumerate(placed):
        standing = _standing(record)
        if not position or standing != _standing(placed[position - 1]):
            rank = position + 1
        competes = math.isfinite(standing[0]) and not record.cell.control_of  # a control has no rank, even left alone
        ranked.append((rank if competes else None, record))
    return ranked


def _standing(record: Record) -> tuple[float, float]:
    """Return what a row is ranked by; minus infinity where it was not measured.

    Samples that a row leaves out count as wrong, or leaving out the difficult ones would be a way to the top.
    """
    scores = scores_of(record, record.cell.headline)
    metrics = scores.metrics if scores else {}
    share = scored_share(record)
    return share * metrics.get(RANKED_BY, -math.inf), share * metrics.get(TIES_BY, -math.inf)


def scored_share(record: Record) -> float:
    """Return which share of the samples of the headline part is scored; 1 where the record counts none."""
    count = counted(record, record.cell.headline)
    return 1 - count.dropped / count.attempted if count and count.attempted else 1.0


def counted(record: Record, part: str) -> PartCount | None:
    """Return how many samples of a part, or of all test parts, were asked for and dropped, if it is known."""
    parts = record.cell.identity.test_parts if part == UNION and part not in record.counts else (part,)
    counts = [record.counts[name] for name in parts if name in record.counts]
    if len(counts) < len(parts):
        return None
    return PartCount(attempted=sum(one.attempted for one in counts), dropped=sum(one.dropped for one in counts))


def _address(record: Record) -> tuple[bool, str, int, str]:
    cell = record.cell
    return record.status == "failed", cell.experiment, cell.identity.seed, cell.id
