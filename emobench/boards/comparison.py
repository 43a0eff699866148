"""Results of one task compared: every score with its interval, every pair with its tests, and what they say in words.

A record alone is not enough: tests are on the same samples, so the predictions are read.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emobench.boards import ranking
from emobench.boards.board import BoardTask
from emobench.boards.paired_tests import Pair, paired_tests
from emobench.boards.units import higher_is_better, is_share, times, unit
from emobench.contracts import Kind, Metric
from emobench.errors import EmobenchError
from emobench.records import ACCURACY, UAR, UNION, VALIDATION, Cell, Record, for_content, with_identities
from emobench.scoring import Interval, bootstrap_interval, common_samples, mean_score, smallest_detectable_difference

if TYPE_CHECKING:
    import pandas as pd

_OF_CLASSES = (ACCURACY, UAR, "f1_macro", "f1_weighted")
COMPARED_BY: Mapping[Kind, tuple[str, ...]] = {
    "class": _OF_CLASSES,
    "distribution": (*_OF_CLASSES[:2], "cross_entropy"),
    "values": ("ccc", "rmse"),
}
"""What is compared by the kind of target, besides what ranks, which comes first; the accuracy with McNemar's test as well."""

_TASK = {
    "dataset": "dataset",
    "fingerprint": "files of the data",
    "provenance": "provenance",
    "labels": "label map",
    "classes": "classes",
    "protocol": "protocol",
    "leaky": "leakage",
    "parts": "test samples",
    "headline": "headline part",
    "ranked_by": "ranking metric",
}
"""Fields of a task, and what they are called."""


@dataclass(frozen=True)
class Entrant:
    """What takes part: one cell, or one experiment with several seeds.

    Attributes:
        name: the experiment, with the cell's id where another entrant has the same.
        cells: one a seed.
        tables: the predictions of each cell.
    """

    name: str
    cells: tuple[Cell, ...]
    tables: tuple[pd.DataFrame, ...]


@dataclass(frozen=True)
class Score:
    """A value and its interval; over several seeds, of the mean."""

    value: float
    interval: Interval


@dataclass(frozen=True)
class ComparedPair(Pair):
    """Two entrants.

    Attributes:
        detectable: the smallest difference in accuracy that McNemar's test finds four times out of five on as many
            independent samples, with as many discordant ones; ``None`` where there is no such difference.
        sentence: all this in words.
    """

    detectable: float | None
    sentence: str


@dataclass(frozen=True)
class Comparison:
    """Entrants of one task on the samples that all of them have.

    Attributes:
        part: the test part.
        n: number of samples compared.
        left_out: samples that at least one of the entrants lacks.
        entrants: in the order given.
        titles: metric name to column heading.
        scores: of each entrant, by metric.
        pairs: each two.
    """

    part: str
    n: int
    left_out: int
    entrants: tuple[Entrant, ...]
    titles: dict[str, str]
    scores: tuple[dict[str, Score], ...]
    pairs: tuple[ComparedPair, ...]


def one_task(records: Sequence[Record]) -> BoardTask:
    """Return the task of the records.

    Raises:
        EmobenchError: they are of several; the message says what differs.
    """
    tasks = ranking.build_board(records).tasks
    if len(tasks) > 1:
        first, other = tasks[:2]
        differing = [name for field, name in _TASK.items() if getattr(first, field) != getattr(other, field)]
        # Equal files with other labels have one fingerprint; the content that a task is about tells them apart.
        differing = differing or ["content of the data"]
        names = [f"{task.rows[0].cell.experiment} ({task.rows[0].cell.id[:8]})" for task in (first, other)]
        raise EmobenchError(
            f"{' and '.join(names)} are of different tasks: they differ in {', '.join(differing)}",
            remedy="compare cells that share a table of the leaderboard",
        )
    return tasks[0]


def compare(
    entrants: Sequence[Entrant],
    part: str,
    metrics: Mapping[str, Metric],
    attributes: Mapping[str, pd.DataFrame] | None = None,
) -> Comparison:
    """Compare entrants of one task.

    Args:
        entrants: at least two; their tables are of whole cells.
        part: a test part, or ``"test"`` for all of them together.
        metrics: what is registered, by name; those of :data:`COMPARED_BY` are compared.
        attributes: what a dataset's index says of its samples, see :func:`emobench.records.read_attributes`; needed where
            samples are of several people.

    Raises:
        EmobenchError: the predictions do not go together, or a metric is not registered.
    """
    first = entrants[0].cells[0]
    names = list(dict.fromkeys((first.ranked_by, *COMPARED_BY[first.identity.kind])))
    if missing := [name for name in names if name not in metrics]:
        raise EmobenchError(f"no metric {missing[0]!r}", remedy="'emobench list plugins' shows what is not allowed")
    chosen = [metrics[name] for name in names]
    classes = first.identity.classes
    known = for_content(attributes or {}, first.identity.content)
    tables = [
        with_identities(_of_part(table, part), first.identities, known)
        for entrant in entrants
        for table in entrant.tables
    ]
    same = iter(common_samples(tables))
    aligned = {entrant.name: [next(same) for _ in entrant.tables] for entrant in entrants}
    scores = {name: {metric.name: _score(own, metric, classes) for metric in chosen} for name, own in aligned.items()}
    titles = {metric.name: metric.title for metric in chosen}
    pairs = {(a, b): (aligned[a], aligned[b]) for a, b in itertools.combinations(aligned, 2)}
    n = len(aligned[entrants[0].name][0])
    return Comparison(
        part=part,
        n=n,
        left_out=len(set().union(*(table["sample_id"] for table in tables))) - n,
        entrants=tuple(entrants),
        titles=titles,
        scores=tuple(scores.values()),
        pairs=tuple(_compared(tested, scores, titles) for tested in paired_tests(pairs, chosen, classes)),
    )


def _of_part(table: pd.DataFrame, part: str) -> pd.DataFrame:
    parts = set(table["part"])
    if part in parts:
        return table[table["part"] == part]
    if part == UNION:
        return table[table["part"] != VALIDATION]
    raise EmobenchError(f"no predictions for part {part!r}", remedy=f"the parts are {', '.join(sorted(parts))}")


def _score(tables: list[pd.DataFrame], metric: Metric, classes: tuple[str, ...]) -> Score:
    return Score(mean_score(tables, metric, classes), bootstrap_interval(tables, metric, classes))


def _compared(tested: Pair, scores: Mapping[str, Mapping[str, Score]], titles: Mapping[str, str]) -> ComparedPair:
    detectable = None
    if tested.mcnemar is not None:
        accuracy = (scores[tested.a][ACCURACY].value + scores[tested.b][ACCURACY].value) / 2
        detectable = smallest_detectable_difference(tested.mcnemar.n, accuracy, tested.mcnemar.discordant)
    return ComparedPair(**vars(tested), detectable=detectable, sentence=_sentence(tested, detectable, titles))


# ------------------------------------------------------------------------------------------------------- words


def _sentence(tested: Pair, detectable: float | None, titles: Mapping[str, str]) -> str:
    apart = tested.apart
    first, *others = tested.differences
    difference = tested.differences[first]
    said = _by_how_much(tested, first, titles[first])
    p = "p" if all(test.holm == test.p for test in tested.tests) else "p (Holm)"
    known = [test for test in tested.tests if test.metric == first and test.holm is not None]
    proofs = "".join(f"; {test.kind} {p} {_relation(test.holm)}" for test in known)
    said += f" (interval {span_text(difference.interval, times(first), change_form(first))}{proofs})"
    said += ": they can be told apart." if apart[first] else ": they cannot be told apart."
    for answer, verb in ((True, "In {} they differ."), (False, "In {} they cannot be told apart.")):
        named = [titles[name] for name in others if apart[name] is answer]
        if named:
            said += " " + verb.format(" and ".join(filter(None, [", ".join(named[:-1]), named[-1]])))
    if not apart[first] and detectable is not None and is_share(first):
        said += f" A difference below {100 * detectable:.1f} points would mostly go unseen on so many samples."
    return said


def _by_how_much(tested: Pair, metric: str, title: str) -> str:
    """Return how far A is from B in points or in the unit of the metric; less than the last decimal is nothing."""
    value, places = times(metric) * tested.differences[metric].value, 2 if is_share(metric) else 4
    if abs(value) < 0.5 * 10**-places:
        return f"{tested.a} and {tested.b} have the same {title}"
    by = f"{abs(value):.{places}f} {unit(metric)}".rstrip()
    return f"{tested.a} is {by} {'above' if value > 0 else 'below'} {tested.b} in {title}{_less(metric)}"


def _less(metric: str) -> str:
    return "" if higher_is_better(metric) else ", where less is better"


def change_form(metric: str) -> str:
    """Return the format of differences in a metric: of points, or in its unit."""
    return "+.2f" if is_share(metric) else "+.4f"


def span_text(interval: Interval, factor: float, form: str) -> str:
    """Return both ends in words; a bootstrap in which nothing varies has none."""
    if interval.ends is None:
        return f"unknown: {interval.why_unknown}"
    low, high = interval.ends
    return f"{factor * low:{form}} to {factor * high:{form}}"


def _relation(p: float | None) -> str:
    text = p_text(p)
    return text if text.startswith("<") else f"= {text}"


def p_text(p: float | None) -> str:
    """Return a p-value with as many digits as mean anything."""
    if p is None:
        return "unknown"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
