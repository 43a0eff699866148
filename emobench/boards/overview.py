"""What a reader sees first, as values: findings as cards, and one line for each task with its best model.

Shares, and scores that are shares, are in [0, 1]; :mod:`emobench.boards.sections.overview` writes them in percent. Nothing
here is computed that is not in the tasks of the board.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Literal, TypeAlias

from emobench.boards.board import Board, BoardTask, People, Row
from emobench.boards.headings import telling_apart
from emobench.boards.paired_results import PairedResult
from emobench.boards.part_scores import FEWEST_RANKED
from emobench.boards.units import is_share, times
from emobench.claims import Verdict, differences
from emobench.contracts import ENCODER_SETTINGS, Kind
from emobench.records import ACCURACY, UAR, Provenance, Record, constant_prediction, training_faults
from emobench.scoring import Interval

NoLeader = Literal["failed", "constant", "training failed", "few samples", "no rank"]
"""Why no row of a task leads: every one failed, says one class, failed to train or says one class, is tested on too few
samples, or has another reason."""


@dataclass(frozen=True)
class Score:
    """A score with the ends of its 95% interval, which are ``None`` where the interval is unknown."""

    metric: str
    value: float
    low: float | None = None
    high: float | None = None


# ----------------------------------------------------------------------------------------------------------- cards


@dataclass(frozen=True)
class VerdictCard:
    """How many of the numbers that the papers of a suite print were reproduced, and the like.

    Attributes:
        claims: how many there are.
        verdicts: number of claims by verdict, from the most to the least favourable; those given to none are left out.
    """

    claims: int
    verdicts: Mapping[Verdict, int]
    kind: Literal["verdicts"] = "verdicts"


@dataclass(frozen=True)
class PremiumCard:
    """The largest leakage premium of the board: what people on both sides of the split add to a score.

    Attributes:
        dataset: title of the data of the leaky row.
        model: name of its model.
        provenance: of the data.
        leaky: score of the leaky row, the mean over the seeds.
        apart: the same with people apart, on the samples that both test where there are any.
        points: leaky minus apart in hundredths; in the unit of the metric where that is no share, as are all that follow.
        low: lower end of its 95% interval, in hundredths; ``None`` where it is not tested, or unknown, or of several seeds.
        high: upper end.
        by_seed: the premium of each seed, in hundredths.
        cell: id of the leaky row, of the first seed.
        other: id of the row with people apart.
        pairs: how many pairs of rows the board has.
    """

    dataset: str
    model: str
    provenance: Provenance
    leaky: Score
    apart: Score
    points: float
    low: float | None
    high: float | None
    by_seed: tuple[float, ...]
    cell: str
    other: str
    pairs: int
    kind: Literal["premium"] = "premium"


@dataclass(frozen=True)
class Duplicates:
    """How many scored samples of a test part equal or nearly equal one that was fitted on.

    ``images``: whether near duplicates of images are among them; else only equal content was looked for.
    """

    n: int
    of: int
    images: bool

    @property
    def share(self) -> float:
        """In [0, 1]."""
        return self.n / self.of

    @property
    def things(self) -> str:
        """What they are: images, or samples."""
        return "images" if self.images else "samples"


@dataclass(frozen=True)
class DuplicatesCard:
    """The test part with the largest share of duplicates of what was fitted on, and what is left of a score without them.

    Attributes:
        dataset: its title.
        part: the test part.
        duplicates: in it.
        model: name of the best model of the task.
        score: of this model on all samples.
        clean: its score on the others.
        cell: id of its row.
    """

    dataset: str
    part: str
    duplicates: Duplicates
    model: str
    score: Score
    clean: float
    cell: str
    kind: Literal["duplicates"] = "duplicates"


@dataclass(frozen=True)
class TrainingCard:
    """How many trained models show that training failed.

    Attributes:
        failed: number of rows whose training failed.
        of: number of rows whose model was trained for them.
        constant: how many of the failed ones say one class of every sample.
        models: names of the models that failed, each once.
        cells: ids of these rows.
    """

    failed: int
    of: int
    constant: int
    models: tuple[str, ...]
    cells: tuple[str, ...]
    kind: Literal["training"] = "training"


Card: TypeAlias = "VerdictCard | PremiumCard | DuplicatesCard | TrainingCard"


# ----------------------------------------------------------------------------------------------------------- tasks


@dataclass(frozen=True)
class Leader:
    """The best row of a task.

    Attributes:
        cell: its id.
        experiment: its name in the suite.
        model: what people call its model or fusion.
        score: in the metric of the line; of several seeds of the experiment the mean.
        uar: unweighted average recall; ``None`` where it was not measured.
        published: what a paper prints for it in the metric of the line.
        n: number of samples scored.
        seeds: over how many seeds the scores are means.
        tied: how many other experiments cannot be told from it.
        clean: its score without duplicates of what was fitted on; ``None`` where there are none.
        comparable: whether what a paper prints can be compared with it: not with other data or a reduced schedule.
    """

    cell: str
    experiment: str
    model: str
    score: Score
    uar: Score | None
    published: float | None
    n: int
    seeds: int
    tied: int
    clean: float | None
    comparable: bool


@dataclass(frozen=True)
class TaskLine:
    """One task in one line.

    Attributes:
        task: its id.
        name: name of the dataset.
        dataset: title of the dataset.
        split: name of the protocol.
        apart: what tells it from other tasks of the same dataset and split, in words; empty without others.
        provenance: how far the data can be trusted to be the dataset.
        people: whether people are on one side of the split.
        metric: of the score, and the bar: the accuracy, which papers print, or else what the task is ranked by.
        ranked_by: the metric that the best row is the best in.
        chance: the score of the metric without looking at a sample; ``None`` where it is not known.
        chance_uar: the UAR of any constant answer; ``None`` where there are no classes.
        best: ``None`` where no row leads.
        no_leader: why; ``None`` where one leads.
        rows: how many there are.
        n: number of samples of the best row, or of the row with most of them; 0 without a result.
        duplicates: in the test part; ``None`` where there are none.
        errors: how many findings of audits make a test score wrong.
        audited: whether there is an audit.
        kind: of what is told of a sample.
        human: metric to what a rater scores against the other raters, where votes are there.
    """

    task: str
    name: str
    dataset: str
    split: str
    apart: str
    provenance: Provenance
    people: People
    metric: str
    ranked_by: str
    chance: float | None
    chance_uar: float | None
    best: Leader | None
    no_leader: NoLeader | None
    rows: int
    n: int
    duplicates: Duplicates | None
    errors: int
    audited: bool
    kind: Kind = "class"
    human: Mapping[str, float] = field(default_factory=dict)

    @property
    def few(self) -> bool:
        """Whether its test part is too small for a rank; such tasks are listed apart."""
        return 0 < self.n < FEWEST_RANKED


@dataclass(frozen=True)
class Overview:
    """Cards and lines, in the order of the tasks."""

    cards: tuple[Card, ...]
    lines: tuple[TaskLine, ...]

    @property
    def ranked(self) -> tuple[TaskLine, ...]:
        """The lines of the tasks with enough samples."""
        return tuple(line for line in self.lines if not line.few)

    @property
    def few(self) -> tuple[TaskLine, ...]:
        """The lines of the tasks under 30 samples."""
        return tuple(line for line in self.lines if line.few)


def overview(board: Board, verdicts: Mapping[Verdict, int] | None = None) -> Overview:
    """Return the overview of a board.

    Args:
        board: with the titles of its models and datasets.
        verdicts: number of claims by verdict, from :func:`emobench.claims.count`; ``None`` for a board without claims.
    """
    apart = telling_apart(board)
    lines = tuple(_line(board, task, apart[task.id]) for task in board.tasks)
    # What was found on a twin is no finding.
    tasks = tuple(task for task in board.tasks if task.provenance != "synthetic")
    premiums = tuple(pair for pair in board.premiums if pair.record.cell.provenance != "synthetic")
    real, ids = replace(board, tasks=tasks, premiums=premiums), {task.id for task in tasks}
    of_real = [line for line in lines if line.task in ids]
    found = (_verdicts(verdicts), _premium(real), _duplicates(real, of_real), _training(real))
    return Overview(tuple(card for card in found if card is not None), lines)


# ------------------------------------------------------------------------------------------------------ of a task


def _line(board: Board, task: BoardTask, apart: str) -> TaskLine:
    leader = _leading_row(task)
    metric = _shown_metric(task)
    measured = [row.headline.n for row in task.rows if row.headline]
    return TaskLine(
        task=task.id,
        name=task.dataset,
        dataset=board.titles.dataset(task.dataset),
        split=task.protocol.name,
        apart=apart,
        provenance=task.provenance,
        people=task.people,
        metric=metric,
        ranked_by=task.ranked_by,
        chance=task.chance_of(metric),
        chance_uar=task.chance_of(UAR),
        best=_leader(board, task, leader, metric) if leader else None,
        no_leader=None if leader else _why_none(task),
        rows=len(task.rows),
        n=leader.headline.n if leader and leader.headline else max(measured, default=0),
        duplicates=_of_rows([leader] if leader else task.rows),
        errors=task.faults,
        audited=task.audited,
        kind=task.kind,
        human=task.human.human if task.human else {},
    )


def _shown_metric(task: BoardTask) -> str:
    measured = {name for row in task.rows if row.headline for name in row.headline.metrics}
    return ACCURACY if task.ranked_by == UAR and ACCURACY in measured else task.ranked_by


def _leading_row(task: BoardTask) -> Row | None:
    """Return the first row with a rank whose training did not fail; under 30 samples, where none has a rank, the best one."""
    sound = [row for row in task.rows if row.headline and not row.constant and not row.training_faults]
    if _why_none(task) == "few samples":
        return next(iter(sound), None)
    return next((row for row in sound if row.rank is not None), None)


def _why_none(task: BoardTask) -> NoLeader:
    measured = [row for row in task.rows if row.headline]
    if not measured:
        return "failed"
    if all(row.headline and row.headline.n < FEWEST_RANKED for row in measured):
        return "few samples"
    if all(row.constant for row in measured):
        return "constant"
    return "training failed" if all(row.constant or row.training_faults for row in measured) else "no rank"


def _leader(board: Board, task: BoardTask, row: Row, metric: str) -> Leader | None:
    score = score_of(task, row, metric)
    if score is None or row.headline is None:
        return None
    tier = {other.cell.experiment for other in task.rows if other.rank is not None and other.rank == row.rank}
    return Leader(
        cell=row.cell.id,
        experiment=row.cell.experiment,
        model=model_of(board, row),
        score=score,
        uar=score_of(task, row, UAR),
        published=next((one.published for one in row.published if one.metric == metric), None),
        n=row.headline.n,
        seeds=_seeds(task, row),
        tied=len(tier - {row.cell.experiment}),
        clean=row.clean.scores.get(metric) if row.clean else None,
        comparable=not differences(row.cell.provenance, row.cell.departures),
    )


def model_of(board: Board, row: Row) -> str:
    """Return what people call the model or fusion of a row, and which encoders it is on."""
    name = board.titles.model(row.record, tuple(member.other for member in row.alone)) or row.cell.experiment
    streams = row.cell.identity.representations
    encoders = [each.name for each in streams if ENCODER_SETTINGS.keys() <= each.parameters.keys()]
    on = row.cell.pattern.encoder if row.cell.pattern else " and ".join(encoders)
    return f"{name} on {on}" if on else name


def score_of(task: BoardTask, row: Row, metric: str) -> Score | None:
    """Return a score of the headline part, over all seeds of the row's experiment; ``None`` where it was not measured."""
    for several in task.uncertainty.seeds if task.uncertainty else ():
        if row.cell.id in several.cells and metric in several.means:
            return _score(metric, several.means[metric], several.intervals.get(metric))
    value = row.headline.metrics.get(metric) if row.headline else None
    return None if value is None else _score(metric, value, task.intervals(row).get(metric))


def _score(metric: str, value: float, interval: Interval | None) -> Score:
    low, high = (interval.ends if interval else None) or (None, None)
    return Score(metric, value, low, high)


def _seeds(task: BoardTask, row: Row) -> int:
    found = task.uncertainty.seeds if task.uncertainty else ()
    return next((len(several.seeds) for several in found if row.cell.id in several.cells), 1)


def _of_rows(rows: Iterable[Row]) -> Duplicates | None:
    """Return the largest share of duplicates that any of some rows is tested on."""
    found = [
        Duplicates(row.clean.left_out, row.clean.left_out + row.clean.n, row.clean.threshold_bits is not None)
        for row in rows
        if row.clean
    ]
    return max(found, key=lambda each: each.share, default=None)


# ------------------------------------------------------------------------------------------------------ the cards


def _verdicts(verdicts: Mapping[Verdict, int] | None) -> VerdictCard | None:
    given = {verdict: number for verdict, number in (verdicts or {}).items() if number}
    return VerdictCard(sum(given.values()), given) if given else None


def _premium(board: Board) -> PremiumCard | None:
    """Return the largest premium that tests find; without one the largest there is. Failed training tells of no leak.

    Premiums of shares go before all others, which have other units.
    """
    seeds: dict[tuple[str, ...], list[PairedResult]] = defaultdict(list)
    for pair in board.premiums:
        if pair.change is not None and not learnt_nothing(pair):
            cells = pair.record.cell, pair.other.cell
            seeds[tuple(said for cell in cells for said in (cell.suite, cell.experiment, cell.provenance))].append(pair)
    found = [pairs for pairs in seeds.values() if all(pair.apart for pair in pairs)] or list(seeds.values())
    largest = max(found, key=_premium_order, default=None)
    if largest is None:
        return None
    first = largest[0]
    record, metric, hundred = first.record, first.metric, times(first.metric)
    ends = first.difference.interval.ends if first.difference and len(largest) == 1 else None
    low, high = (hundred * ends[0], hundred * ends[1]) if ends else (None, None)
    by_seed = tuple(hundred * (pair.change or 0.0) for pair in largest)
    return PremiumCard(
        dataset=board.titles.dataset(record.cell.identity.dataset),
        model=board.titles.model(record),
        provenance=record.cell.provenance,
        leaky=Score(metric, fmean(pair.value or 0.0 for pair in largest)),
        apart=Score(metric, fmean(pair.other_on_same or 0.0 for pair in largest)),
        points=fmean(by_seed),
        low=low,
        high=high,
        by_seed=by_seed,
        cell=record.cell.id,
        other=first.other.cell.id,
        pairs=len(board.premiums),
    )


def _premium_order(seeds: list[PairedResult]) -> tuple[bool, float]:
    return is_share(seeds[0].metric), fmean(pair.gain for pair in seeds)


def learnt_nothing(pair: PairedResult) -> bool:
    """Tell whether the training of one of two rows failed, or one says one class: their difference tells of no leak."""
    return any(constant_prediction(record) or training_faults(record) for record in (pair.record, pair.other))


def _duplicates(board: Board, lines: Iterable[TaskLine]) -> DuplicatesCard | None:
    known = [(line.duplicates, line.best, line) for line in lines if line.duplicates and not line.few]
    told = [(found, best, line) for found, best, line in known if best and best.clean is not None]
    if not told:
        return None
    found, best, line = max(told, key=lambda each: each[0].share)
    part = next(task.headline for task in board.tasks if task.id == line.task)
    return DuplicatesCard(line.dataset, part, found, best.model, best.score, best.clean or 0.0, best.cell)


def _training(board: Board) -> TrainingCard | None:
    rows = [row for task in board.tasks for row in task.rows if _trained(row)]
    failed = [row for row in rows if row.training_faults]
    if not failed:
        return None
    return TrainingCard(
        failed=len(failed),
        of=len(rows),
        constant=sum(bool(row.constant) for row in failed),
        models=tuple(dict.fromkeys(model_of(board, row) for row in failed)),
        cells=tuple(row.cell.id for row in failed),
    )


def _trained(row: Row) -> bool:
    return any(_has_epochs(record) for record in (row.record, *row.folds))


def _has_epochs(record: Record) -> bool:
    return record.status == "finished" and bool(record.history)
