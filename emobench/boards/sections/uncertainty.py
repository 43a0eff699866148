"""What predictions say of a task, in words and tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from emobench.boards.board import BoardTask, Row
from emobench.boards.tables import COUNT, SCORE, Block, Column, Heading, Table, Value, WithInterval
from emobench.boards.text import Text, code, count, counted, decimal, emphasis, joined
from emobench.boards.uncertainty import Detectable, Uncertainty
from emobench.records import RANKED_BY, TIES_BY, metric_title
from emobench.scoring import LEVEL, MINIMUM, Slice, by_accuracy, worst

SEVERAL = 8
"""A column of more values is shown by its worst ones."""
SHOWN = 5
SEED_METRICS = (RANKED_BY, TIES_BY, "f1_weighted", "f1_macro")


def above(task: BoardTask) -> Iterator[Block]:
    """Yield what a shared rank means."""
    if task.uncertainty is None or not task.uncertainty.pairs:
        return
    pairs = task.uncertainty.pairs
    grouped = any(pair.differences for pair in pairs)
    test = (
        "both of McNemar's exact test and of the paired bootstrap over groups" if grouped else "of McNemar's exact test"
    )
    correction = f", after Holm's correction for the {len(pairs)} pairs of this table" if len(pairs) > 1 else ""
    yield (
        f"Rows of one rank are a tier: none of them can be told from the tier's first row in {metric_title(RANKED_BY)}. Two "
        f"rows are told apart by p < {1 - LEVEL:.2f} {test}{correction}. Within a tier the order is that of the scores, and "
        "says nothing."
    )


def below(task: BoardTask) -> Iterator[Block]:
    """Yield what was resampled, what a test could find, who was not tested, and the experiments with several seeds."""
    if task.uncertainty is None:
        return
    yield _resampled(task.uncertainty)
    if task.uncertainty.detectable:
        yield _detectable(task.uncertainty.detectable)
    if task.uncertainty.untested:
        names = joined(map(code, task.uncertainty.untested))
        yield "Ranked by score, without a test or an interval, since their predictions are not there: ", names, "."
    if task.uncertainty.seeds:
        yield Heading("Several seeds")
        yield (
            "The mean over the seeds of one experiment. Its interval is a bootstrap at two levels, seeds and what is "
            "resampled above; a few seeds tell little about how seeds vary."
        )
        yield _seeds(task.uncertainty)


def _resampled(uncertainty: Uncertainty) -> Text:
    drawn = sorted(
        {(interval.unit, interval.units) for by in uncertainty.intervals.values() for interval in by.values()}
    )
    units = " or ".join(counted(n, unit) for unit, n in drawn)
    kinds = {unit for unit, _ in drawn}
    why = (
        "groups are speakers, actors or identities"
        if "group" in kinds
        else "there are no groups, only one, or not for all samples"
    )
    reasons = sorted({interval.why_unknown for by in uncertainty.intervals.values() for interval in by.values()} - {""})
    known = f"In brackets: {100 * LEVEL:g}% intervals by bootstrap over {units} ({why})"
    unknown: Text = ("; ", emphasis("unknown"), f" where there is nothing to go by ({', '.join(reasons)})")
    what = ". They hold what other test samples would change, not what another training run would."
    return known, unknown if reasons else "", what


def _detectable(detectable: Detectable) -> str:
    discordant = f"{100 * detectable.discordant:.1f}%"
    how = (
        f"exactly one of two rows is right on {discordant} of them, the mean over the pairs of this table"
        if detectable.found
        else f"with exactly one of two rows right on {discordant} of them, as if rows of the best accuracy erred "
        "independently of each other"
    )
    bound = "; samples come in groups, so that it is a lower bound" if detectable.grouped else ""
    samples = counted(detectable.n, "sample")
    if detectable.difference is None:
        return f"On {samples} McNemar's exact test finds no difference in accuracy four times out of five ({how})."
    return (
        f"On {samples} McNemar's exact test finds a difference in accuracy of {100 * detectable.difference:.1f} points four "
        f"times out of five, and mostly misses smaller ones ({how}{bound})."
    )


def _seeds(uncertainty: Uncertainty) -> Table:
    columns = [Column("experiment"), Column("seeds"), Column("n", COUNT)]
    columns += [Column(f"{metric_title(name)}, mean", SCORE) for name in SEED_METRICS]
    rows: list[list[Value]] = []
    for repeated in uncertainty.seeds:
        means = (WithInterval(repeated.means.get(name), repeated.intervals.get(name)) for name in SEED_METRICS)
        rows.append([repeated.experiment, ", ".join(map(str, repeated.seeds)), repeated.n, *means])
    return Table("Several seeds", columns, rows)


# ------------------------------------------------------------------------------------------------------ slices


def slice_blocks(task: BoardTask, row: Row) -> Iterator[Block]:
    """Yield a row's slices: the worst of each column in a sentence, and a table."""
    if lowest := worst_in_words(task, row):
        yield f"Worst, {lowest}"
    columns = by_column(task.slices(row))
    if not columns:
        return
    yield slices_in_words(columns)
    heads = [Column("by"), Column("value"), Column("n", COUNT)]
    heads += [Column(name, SCORE) for name in ("accuracy", "95% interval", "UAR")]
    rows = [
        [subgroup.column, subgroup.value, subgroup.n, subgroup.accuracy, subgroup.interval, subgroup.uar]
        for those in columns.values()
        for subgroup in shown(those)
    ]
    yield Table("Slices", heads, rows)


def by_column(found: Iterable[Slice]) -> dict[str, list[Slice]]:
    """Return the slices of each column, in their order."""
    columns: dict[str, list[Slice]] = {}
    for subgroup in found:
        columns.setdefault(subgroup.column, []).append(subgroup)
    return columns


def slices_in_words(columns: Mapping[str, list[Slice]]) -> str:
    """Return what the intervals of slices are, and which columns are shortened."""
    cut = [f"{name} ({count(len(those))})" for name, those in columns.items() if len(those) > SEVERAL]
    shortened = f" Of columns with more than {SEVERAL} values the {SHOWN} worst: {', '.join(cut)}." if cut else ""
    return (
        "Slices. The interval is that of the accuracy, over the samples of the slice, as if these were independent; there "
        f"is none below {MINIMUM} samples, nor where every sample is right or every one is wrong.{shortened}"
    )


def worst_in_words(task: BoardTask, row: Row) -> str:
    """Return the lowest slice of each column and the class of the lowest recall, in words; empty if there are none."""
    if row.headline is None or task.uncertainty is None or row.cell.id not in task.uncertainty.slices:
        return ""
    lowest = [
        f"{subgroup.column} {subgroup.value} ({metric_title(RANKED_BY)} {decimal(subgroup.accuracy)}, n {count(subgroup.n)})"
        for subgroup in worst(task.slices(row)).values()
    ]
    classes = [class_scores for class_scores in row.headline.per_class if class_scores.support >= MINIMUM]
    if len({class_scores.recall for class_scores in classes}) > 1:
        missed = min(classes, key=lambda class_scores: class_scores.recall)
        lowest.append(f"class {missed.label} (recall {decimal(missed.recall)}, n {count(missed.support)})")
    return f"of those with {MINIMUM} samples or more: {'; '.join(lowest)}." if lowest else ""


def shown(those: list[Slice]) -> list[Slice]:
    """Return the slices of a column that a page lists: all, or of many the worst."""
    return sorted(those, key=by_accuracy)[:SHOWN] if len(those) > SEVERAL else those
