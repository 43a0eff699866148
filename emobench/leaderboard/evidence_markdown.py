"""What predictions say of a task, in words and tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from emobench.leaderboard.evidence import TESTED, Detectable, Evidence
from emobench.leaderboard.grid import Column, grid
from emobench.leaderboard.table import Row, Task
from emobench.leaderboard.text import NONE, code, count, decimal, metric_title, plain
from emobench.records import Scores
from emobench.scoring import LEVEL, MINIMUM, Interval, Slice, by_accuracy, worst

SEVERAL = 8
"""A column of more values is shown by its worst ones."""
SHOWN = 5
SEED_METRICS = (TESTED, "balanced_accuracy", "f1_weighted", "f1_macro")


def span(interval: Interval | None) -> str:
    """Return both ends with four decimals; a bootstrap in which nothing varies has none."""
    if interval is None:
        return NONE
    # A no-break space, for the ranking is wide and would have one end below the other.
    return f"[{decimal(interval.low)},\u00a0{decimal(interval.high)}]" if interval.known else "unknown"


def score(task: Task, row: Row, metric: str) -> str:
    """Return a metric of the headline part with its interval, as far as they are there."""
    value = decimal(row.headline.metrics.get(metric) if row.headline else None)
    interval = interval_of(task, row, metric)
    if interval is None:
        return value
    return f"{value} {span(interval) if interval.known else '[unknown]'}"


def interval_of(task: Task, row: Row, metric: str) -> Interval | None:
    """Return the interval of a row's metric on the headline part, if there is one."""
    return task.evidence.intervals.get(row.cell.id, {}).get(metric) if task.evidence else None


# ------------------------------------------------------------------------------------- above and below the ranking


def above(task: Task) -> Iterator[str]:
    """Yield what a shared rank means."""
    if task.evidence is None or not task.evidence.pairs:
        return
    pairs = task.evidence.pairs
    grouped = any(pair.difference for pair in pairs)
    test = (
        "both of McNemar's exact test and of the paired bootstrap over groups" if grouped else "of McNemar's exact test"
    )
    correction = f", after Holm's correction for the {len(pairs)} pairs of this table" if len(pairs) > 1 else ""
    yield (
        f"Rows of one rank are a tier: none of them can be told from the tier's first row in {metric_title(TESTED)}. Two "
        f"rows are told apart by p < {1 - LEVEL:.2f} {test}{correction}. Within a tier the order is that of the scores, and "
        "says nothing."
    )


def below(task: Task) -> Iterator[str]:
    """Yield what was resampled, what a test could find, who was not tested, and the experiments with several seeds."""
    if task.evidence is None:
        return
    yield _resampled(task.evidence)
    if task.evidence.detectable:
        yield _detectable(task.evidence.detectable)
    if task.evidence.untested:
        names = ", ".join(map(code, task.evidence.untested))
        yield f"Ranked by score, without a test or an interval, since their predictions are not there: {names}."
    if task.evidence.seeds:
        yield "### Several seeds"
        yield (
            "The mean over the seeds of one experiment. Its interval is a bootstrap at two levels, seeds and what is "
            "resampled above; a few seeds tell little about how seeds vary."
        )
        yield _seeds(task.evidence)


def _resampled(evidence: Evidence) -> str:
    drawn = sorted({(one.unit, one.units) for by in evidence.intervals.values() for one in by.values()})
    units = " or ".join(f"{count(n)} {unit}{'s' if n > 1 else ''}" for unit, n in drawn)
    kinds = {unit for unit, _ in drawn}
    why = (
        "groups are speakers, actors or identities"
        if "group" in kinds
        else "there are no groups, only one, or not for all samples"
    )
    reasons = sorted({one.why_unknown for by in evidence.intervals.values() for one in by.values()} - {""})
    unknown = f"; *unknown* where there is nothing to go by ({', '.join(reasons)})" if reasons else ""
    return (
        f"In brackets: {100 * LEVEL:g}% intervals by bootstrap over {units} ({why}){unknown}. They hold what other test "
        "samples would change, not what another training run would."
    )


def _detectable(one: Detectable) -> str:
    how = (
        f"exactly one of two rows is right on {100 * one.discordant:.1f}% of them, the mean over the pairs of this table"
        if one.found
        else f"with exactly one of two rows right on {100 * one.discordant:.1f}% of them, as if rows of the best accuracy "
        "erred independently of each other"
    )
    bound = "; samples come in groups, so that it is a lower bound" if one.grouped else ""
    samples = f"{count(one.n)} sample{'s' if one.n > 1 else ''}"
    if one.difference is None:
        return f"On {samples} McNemar's exact test finds no difference in accuracy four times out of five ({how})."
    return (
        f"On {samples} McNemar's exact test finds a difference in accuracy of {100 * one.difference:.1f} points four times "
        f"out of five, and mostly misses smaller ones ({how}{bound})."
    )


def _seeds(evidence: Evidence) -> str:
    columns = [Column("experiment"), Column("seeds"), Column("n", number=True)]
    columns += [Column(f"{metric_title(name)}, mean", number=True) for name in SEED_METRICS]
    rows = []
    for one in evidence.seeds:
        means = [
            f"{decimal(one.means[name])} {span(one.intervals[name])}" if name in one.means else NONE
            for name in SEED_METRICS
        ]
        rows.append([plain(one.experiment), ", ".join(map(str, one.seeds)), count(one.n), *means])
    return grid(columns, rows)


# ------------------------------------------------------------------------------------------------------ slices


def slice_blocks(task: Task, row: Row, scores: Scores) -> Iterator[str]:
    """Yield a row's slices: the worst of each column in a sentence, and a table."""
    if task.evidence is None or row.cell.id not in task.evidence.slices:
        return
    found = task.evidence.slices[row.cell.id]
    if sentence := worst_in_words(found, scores):
        yield sentence
    if not found:
        return
    columns = by_column(found)
    yield slices_in_words(columns)
    yield _slices(columns.values())


def by_column(found: Iterable[Slice]) -> dict[str, list[Slice]]:
    """Return the slices of each column, in their order."""
    columns: dict[str, list[Slice]] = {}
    for one in found:
        columns.setdefault(one.column, []).append(one)
    return columns


def slices_in_words(columns: Mapping[str, list[Slice]]) -> str:
    """Return what the intervals of slices are, and which columns are shortened."""
    cut = [f"{plain(name)} ({count(len(those))})" for name, those in columns.items() if len(those) > SEVERAL]
    shortened = f" Of columns with more than {SEVERAL} values the {SHOWN} worst: {', '.join(cut)}." if cut else ""
    return (
        "Slices. The interval is that of the accuracy, over the samples of the slice, as if these were independent; there "
        f"is none below {MINIMUM} samples, nor where every sample is right or every one is wrong.{shortened}"
    )


def worst_in_words(found: Iterable[Slice], scores: Scores) -> str:
    """Return the lowest slice of each column and the class of the lowest recall in a sentence; empty if there are none."""
    lowest = [
        f"{plain(one.column)} {plain(one.value)} ({metric_title(TESTED)} {decimal(one.accuracy)}, n {count(one.n)})"
        for one in worst(found).values()
    ]
    classes = [one for one in scores.per_class if one.support >= MINIMUM]
    if len({one.recall for one in classes}) > 1:
        one = min(classes, key=lambda each: each.recall)
        lowest.append(f"class {plain(one.label)} (recall {decimal(one.recall)}, n {count(one.support)})")
    return f"Worst, of those with {MINIMUM} samples or more: {'; '.join(lowest)}." if lowest else ""


def shown(those: list[Slice]) -> list[Slice]:
    """Return the slices of a column that a page lists: all, or of many the worst."""
    return sorted(those, key=by_accuracy)[:SHOWN] if len(those) > SEVERAL else those


def _slices(columns: Iterable[list[Slice]]) -> str:
    rows = []
    for those in columns:
        rows += [
            [
                plain(one.column),
                plain(one.value),
                count(one.n),
                decimal(one.accuracy),
                span(one.interval),
                decimal(one.uar),
            ]
            for one in shown(those)
        ]
    numbers = [Column(name, number=True) for name in ("n", "accuracy", "95% interval", "UAR")]
    return grid([Column("by"), Column("value"), *numbers], rows)
