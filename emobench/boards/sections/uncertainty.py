"""What predictions say of a task, in words and tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from emobench.boards.board import BoardTask, Row
from emobench.boards.tables import COUNT, SCORE, Block, Column, Heading, Table, Value, WithInterval
from emobench.boards.text import Text, code, count, counted, decimal, emphasis, joined
from emobench.boards.uncertainty import Detectable, Uncertainty
from emobench.boards.units import difference
from emobench.records import ACCURACY, UAR, metric_title
from emobench.scoring import LEVEL, MINIMUM, Interval, Slice, worst, worst_first

SEVERAL = 8
"""A column of more values is shown by its worst ones."""
SHOWN = 5


def above(task: BoardTask) -> Iterator[Block]:
    """Yield what a shared rank means."""
    if task.uncertainty is None or not task.uncertainty.pairs:
        return
    pairs = task.uncertainty.pairs
    unit = {difference.interval.unit for pair in pairs for difference in pair.differences.values()}
    bootstrap = {"group": "over groups", "identity": "over crossed identities", "sample": "over samples"}
    test = f"of the paired bootstrap {' or '.join(sorted(bootstrap[each] for each in unit))}"
    if task.ranked_by == ACCURACY:
        test = "of McNemar's exact test" if unit == {"sample"} else f"both of McNemar's exact test and {test}"
    correction = f", after Holm's correction for the {len(pairs)} pairs of this table" if len(pairs) > 1 else ""
    yield (
        f"Rows of one rank are a tier: none of them can be told from the tier's first row in {metric_title(task.ranked_by)}. "
        f"Two rows are told apart by p < {1 - LEVEL:.2f} {test}{correction}. Within a tier the order is that of the "
        "scores, and says nothing."
    )


def below(task: BoardTask) -> Iterator[Block]:
    """Yield what was resampled, what a test could find, who was not tested, and the experiments with several seeds."""
    if task.uncertainty is None:
        return
    yield _resampled(task.uncertainty)
    if task.uncertainty.detectable:
        yield _detectable(task.uncertainty.detectable, task.ranked_by)
    if task.uncertainty.untested:
        names = joined(map(code, task.uncertainty.untested))
        yield "Ranked by score, without a test or an interval, since their predictions are not there: ", names, "."
    if task.uncertainty.seeds:
        yield Heading("Several seeds")
        yield (
            "The mean over the seeds of one experiment. Its interval holds what other test samples and other seeds would "
            "change: both variances are added. A few seeds tell little about how seeds vary, so that it is wide."
        )
        yield _seeds(task)


def _resampled(uncertainty: Uncertainty) -> Text:
    intervals = [interval for by_metric in uncertainty.intervals.values() for interval in by_metric.values()]
    drawn = sorted({_drawn(interval) for interval in intervals})
    why = {
        "group": "groups are speakers, actors or identities",
        "identity": "a sample is of several people at once: their variances are added",
        "sample": "there are no groups, only one, or not for all samples",
    }
    kinds = sorted({interval.unit for interval in intervals})
    known = f"In brackets: {100 * LEVEL:g}% intervals by bootstrap over {' or '.join(drawn)} "
    said = f"({'; '.join(why[kind] for kind in kinds)})"
    exact = "; Clopper and Pearson's where every sample is right, or every one wrong"
    reasons = sorted({interval.why_unknown for interval in intervals} - {""})
    unknown: Text = ("; ", emphasis("unknown"), f" where there is nothing to go by ({', '.join(reasons)})")
    what = ". They hold what other test samples would change, not what another training run would."
    any_exact = any(interval.exact for interval in intervals)
    return known, said, exact if any_exact else "", unknown if reasons else "", what


def _drawn(interval: Interval) -> str:
    """Return what an interval is over, in words."""
    if interval.identities:
        return " crossed with ".join(counted(number, name) for name, number in interval.identities.items())
    return counted(interval.units, interval.unit)


def _detectable(found: Detectable, metric: str) -> str:
    samples = counted(found.n, "sample")
    if found.discordant is None:
        how = (
            "the mean over the pairs of this table"
            if found.found
            else "as if two rows erred independently of each other"
        )
        return (
            f"On {samples} the paired bootstrap finds a difference in {metric_title(metric)} of "
            f"{difference(metric, found.difference or 1)} four times out of five, and mostly misses smaller ones ({how})."
        )
    how = (
        f"exactly one of two rows is right on {100 * found.discordant:.1f}% of them, the mean over the pairs of this table"
        if found.found
        else f"with exactly one of two rows right on {100 * found.discordant:.1f}% of them, as if rows of the best accuracy "
        "erred independently of each other"
    )
    if found.difference is None:
        return f"On {samples} McNemar's exact test finds no difference in accuracy four times out of five ({how})."
    return (
        f"On {samples} McNemar's exact test finds a difference in accuracy of {100 * found.difference:.1f} points four times "
        f"out of five, and mostly misses smaller ones ({how})."
    )


def _seeds(task: BoardTask) -> Table:
    names = (*task.leading, *(() if task.kind == "values" else ("f1_weighted", "f1_macro")))
    columns = [Column("experiment"), Column("seeds"), Column("n", COUNT)]
    columns += [Column(f"{metric_title(name)}, mean", SCORE) for name in dict.fromkeys(names)]
    rows: list[list[Value]] = []
    for one in task.uncertainty.seeds if task.uncertainty else ():
        means = (WithInterval(one.means.get(name), one.intervals.get(name)) for name in dict.fromkeys(names))
        rows.append([one.experiment, ", ".join(map(str, one.seeds)), one.n, *means])
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
    yield slice_table(columns)


def slice_table(columns: Mapping[str, list[Slice]]) -> Table:
    """Return the slices that a page lists, as a table."""
    listed = [subgroup for those in columns.values() for subgroup in shown(those)]
    of_classes = all(subgroup.uar is not None for subgroup in listed)
    names = [metric_title(listed[0].metric), "95% interval", *([metric_title(UAR)] if of_classes else [])]
    heads = [Column("by"), Column("value"), Column("n", COUNT), *(Column(name, SCORE) for name in names)]
    rows: list[list[Value]] = [
        [each.column, each.value, each.n, each.score, each.interval, *([each.uar] if of_classes else [])]
        for each in listed
    ]
    return Table("Slices", heads, rows)


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
    metric = metric_title(next(iter(columns.values()))[0].metric)
    return (
        f"Slices. The interval is that of the {metric}, over the samples of the slice, as if these were independent; there "
        f"is none below {MINIMUM} samples.{shortened}"
    )


def worst_in_words(task: BoardTask, row: Row) -> str:
    """Return the lowest slice of each column and the class of the lowest recall, in words; empty if there are none."""
    if row.headline is None or task.uncertainty is None or row.cell.id not in task.uncertainty.slices:
        return ""
    lowest = [
        f"{one.column} {one.value} ({metric_title(one.metric)} {decimal(one.score)}, n {count(one.n)})"
        for one in worst(task.slices(row)).values()
    ]
    classes = [class_scores for class_scores in row.headline.per_class if class_scores.support >= MINIMUM]
    if len({class_scores.recall for class_scores in classes}) > 1:
        missed = min(classes, key=lambda class_scores: class_scores.recall)
        lowest.append(f"class {missed.label} (recall {decimal(missed.recall)}, n {count(missed.support)})")
    return f"of those with {MINIMUM} samples or more: {'; '.join(lowest)}." if lowest else ""


def shown(those: list[Slice]) -> list[Slice]:
    """Return the slices of a column that a page lists: all, or of many the worst."""
    return sorted(those, key=worst_first)[:SHOWN] if len(those) > SEVERAL else those
