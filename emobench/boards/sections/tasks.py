"""What the rows of a task have in common, their ranking, the published numbers, and what was run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from emobench.boards.board import BoardTask, Missing, PublishedScore, Row
from emobench.boards.clean_subset import shares_left_out
from emobench.boards.part_scores import scored_share, scores_of, standing
from emobench.boards.tables import COUNT, SCORE, Block, Column, Items, Table, Value, WithInterval
from emobench.boards.text import (
    NONE,
    Text,
    code,
    component,
    count,
    counted,
    cut,
    decimal,
    emphasis,
    grid,
    joined,
    number,
    recipe,
    schedule,
    strong,
    whole_percent,
)
from emobench.boards.units import CCC, difference, is_share
from emobench.records import (
    ACCURACY,
    HOLD_OUT,
    METRICS,
    PROVENANCE_MEANING,
    UAR,
    UNION,
    VALIDATION,
    Departure,
    Scores,
    is_external,
    measures,
    metric_title,
)

REASON_LIMIT = 160

WHO = (Column("rank", "d"), Column("experiment"), Column("seed", "d"))
"""What tells the rows of a task apart, first in every table about them."""


def who(row: Row) -> list[Value]:
    """Return the values of :data:`WHO`."""
    return [row.rank, row.cell.experiment, row.cell.identity.seed]


# ------------------------------------------------------------------------------------------- what rows have in common


def about(task: BoardTask) -> Items:
    """Return what the rows of a task have in common, as a list."""
    provenance = f"{task.dataset}, {task.provenance}: {PROVENANCE_MEANING[task.provenance]} (fingerprint "
    facts: dict[str, Text] = {
        "Data": (provenance, code(task.fingerprint[:16]), ")"),
        TOLD[task.kind]: told_in_words(task),
        "Split": component(task.protocol),
        "Test parts": joined((_part(task, part) for part in task.scored_parts), "; "),
        "Leaky": _leaky(task),
        "Audits": _audited(task),
        "By chance": by_chance(task),
        "A rater against the others": human_in_words(task.human),
        "Task": code(task.id),
    }
    return Items([(strong(name), ": ", value) for name, value in facts.items() if value])


TOLD = {"class": "Classes", "distribution": "Votes", "values": "Values"}
"""What is told of a sample, by the kind of target."""


def told_in_words(task: BoardTask) -> str:
    """Return the classes of a task, those that raters voted on, or its dimensions with what can stand there."""
    if task.target is None:
        return f"{len(task.classes)} of the label map {task.labels}: {', '.join(task.classes)}"
    if task.target.kind == "distribution":
        return f"{task.labels}, of raters on {len(task.classes)} classes: {', '.join(task.classes)}"
    ranges = task.target.ranges or (None,) * len(task.classes)
    said = [
        f"{name} ({ends[0]:g} to {ends[1]:g})" if ends else name
        for name, ends in zip(task.classes, ranges, strict=True)
    ]
    return f"{task.labels}: {', '.join(said)}"


def told_in_short(task: BoardTask) -> str:
    """Return how many classes or dimensions there are."""
    if task.kind == "values":
        return counted(len(task.classes), "dimension")
    return ("votes on " if task.kind == "distribution" else "") + f"{len(task.classes)} classes"


def human_in_words(scores: Scores | None) -> str:
    """Return what a rater scores against the other raters, in a few words; empty where no votes say it."""
    shown = [name for name in (ACCURACY, UAR) if scores and name in scores.human]
    return ", ".join(f"{metric_title(name)} {scores.human[name]:.4f}" for name in shown) if scores else ""


def _leaky(task: BoardTask) -> Text:
    if task.people == "leaky":
        return strong(
            "yes: what identifies a person, a take or a recording stands on both sides of the split, so that scores are "
            "higher than on people never seen"
        )
    contradicted: Text = ("; ", strong("but audits found on one side what is on the other")) if task.crossed else ""
    if task.people == "apart":
        return "no: the protocol keeps people apart, and every sample names its group", contradicted
    unknown = (
        "people unknown: the protocol is not leaky by its rule, but the samples name no groups (a speaker, an actor, an "
        "identity), so that nothing can be said"
    )
    return unknown, contradicted


def by_chance(task: BoardTask, places: int = 3) -> str:
    """Return what is right without looking at a sample, in a few words; empty where nothing is measured."""
    chance = task.chance
    if task.chance_of(CCC) is not None:
        return f"{metric_title(CCC)} of any constant answer {task.chance_of(CCC):.{places}f}"
    if chance is None:
        return ""
    uar = f"{metric_title(UAR)} {chance.uar:.{places}f}"
    accuracy = f"{metric_title(ACCURACY)} {chance.accuracy:.{places}f}"
    said = f"{uar}; always the commonest class ({chance.commonest}): {accuracy}"
    of_votes = task.chance_of(task.ranked_by) if not is_share(task.ranked_by) else None
    if of_votes is None:
        return said
    return f"{said}; always the mean votes: {metric_title(task.ranked_by)} {of_votes:.{places}f}"


def samples_in_words(task: BoardTask) -> str:
    """Return on how many samples the rows are scored: ``250``, or from the fewest to the most, ``240 to 250``."""
    scored = [row.headline.n for row in task.rows if row.headline] or [0]
    return " to ".join(map(count, dict.fromkeys((min(scored), max(scored)))))


def _audited(task: BoardTask) -> Text:
    if task.faults:
        findings = "1 finding makes" if task.faults == 1 else f"{task.faults} findings make"
        return strong(f"{findings} a test score wrong"), ", see the audits below"
    return "nothing that makes a test score wrong" if task.audited else "not audited"


def _part(task: BoardTask, part: str) -> Text:
    counts = [known.attempted for row in task.rows if (known := row.count(part))]
    union = ", all of them together" if part == UNION and part not in task.parts else ""
    ranked = ", by which rows are ranked" if part == task.headline and len(task.parts) > 1 else ""
    return emphasis(part), f" ({count(counts[0])} samples{union}{ranked})" if counts else f"{union}{ranked}"


# -------------------------------------------------------------------------------------------------- tables


def ranking(task: BoardTask) -> Table:
    """Return the rows in their order, with their scores on the headline part."""
    measured = {name for row in task.rows if row.headline for name in row.headline.metrics}
    headline = [
        name
        for name, known in task.metrics.items()
        if known.headline and measures(known, task.kind) and (name in METRICS or name in measured)
    ]
    names = list(dict.fromkeys((*task.leading, *headline)))
    columns = [*WHO, Column("n", COUNT), *(Column(metric_title(name, task.metrics), SCORE) for name in names)]
    cleaned = any(row.clean for row in task.rows)
    if cleaned:
        columns += [Column("n, clean", COUNT)]
        columns += [Column(f"{metric_title(name, task.metrics)}, clean", SCORE) for name in task.leading]
    columns += [Column("exposure")] * task.badged + [Column("departures"), Column("cell")]
    rows: list[list[Value]] = []
    for row in task.rows:
        scores = (score(task, row, name) for name in names)
        rows.append(
            [
                *who(row),
                _n(row),
                *scores,
                *(_clean(task, row) if cleaned else []),
                *([row.badge] * task.badged),
                remark(row, shown=2),
                code(row.cell.id),
            ]
        )
    return Table(f"Ranking on {task.headline}", columns, rows)


def score(task: BoardTask, row: Row, metric: str) -> WithInterval:
    """Return a metric of the headline part, with its interval if it is one that the ranking shows it of."""
    value = row.headline.metrics.get(metric) if row.headline else None
    return WithInterval(value, task.intervals(row).get(metric) if metric in task.leading else None)


def _clean(task: BoardTask, row: Row) -> list[Value]:
    if row.clean is None:
        return [None] * (1 + len(task.leading))
    return [row.clean.n, *map(row.clean.scores.get, task.leading)]


def clean_subsets(task: BoardTask) -> Iterator[Block]:
    """Yield what the clean subsets of the rows leave out, if there are any."""
    numbers = shares_left_out(row.clean for row in task.rows)
    if not numbers:
        return
    left_out = ", for other rows ".join(f"{count(n)} of {count(of)} samples ({n / of:.1%})" for n, of, _ in numbers)
    bits = sorted({bits for *_, bits in numbers if bits is not None})
    near = f" (nearly: at most {max(bits)} bits of the perceptual hashes of two images differ)" if bits else ""
    yield (
        strong("Clean subset"),
        f": {left_out} of ",
        emphasis(task.headline),
        f" equal or nearly equal one that was fitted on{near}, and may be known by heart. ",
        emphasis("Clean"),
        " columns are without them; rows are ranked by all samples, as they are published.",
    )


def clean_in_words(task: BoardTask, row: Row) -> str:
    """Return what a row scores on its clean subset, in a few words; empty where it has none."""
    if row.clean is None:
        return ""
    values = [f"{metric_title(name, task.metrics)} {decimal(row.clean.scores.get(name))}" for name in task.leading]
    return (
        f"{', '.join(values)} on the {count(row.clean.n)} samples without an exact or near duplicate in what was fitted on; "
        f"{count(row.clean.left_out)} have one"
    )


def _n(row: Row) -> str:
    if row.headline is None:
        return NONE
    counts = row.count(row.cell.headline)
    dropped = f" ({count(counts.dropped)} dropped)" if counts and counts.dropped else ""
    return count(row.headline.n) + dropped


def remark(row: Row, shown: int = 0) -> str:
    """Return what stands beside the scores of a row: how training failed, weights, departures, or why it has none.

    Args:
        row: of a board.
        shown: so many departures are said, and how many more there are; 0 for all.
    """
    if row.record.status == "finished":
        return "; ".join(filter(None, [*result_remarks(row), row.weights, departures(row, shown)]))
    failure = row.record.failure
    reason = cut(f"{failure.kind}: {failure.message}", REASON_LIMIT) if failure else "no reason recorded"
    return f"failed: {reason} ({departures(row, shown)})" if row.departures else f"failed: {reason}"


def result_remarks(row: Row) -> list[str]:
    """Return what a reader must know of the scores of a row: how training failed, and what they are without."""
    marks = [*row.failings, *([str(order)] if (order := row.record.class_order) else [])]
    if row.headline and row.headline.left_out:
        marks.append(f"macro averages without {', '.join(row.headline.left_out)}, of a few odd samples")
    if row.headline and row.headline.outside:
        marks.append(f"{count(row.headline.outside)} of {count(row.headline.n)} samples predicted outside of the range")
    return [*marks, *filter(None, [_left_out_in_words(row)])]


def _left_out_in_words(row: Row) -> str:
    value = standing(row.record, row.cell.ranked_by)
    if scored_share(row.record) == 1 or value is None:
        return ""
    wrong = "as wrong" if is_share(row.cell.ranked_by) else "against it"
    return f"ranked by {decimal(value)}, for samples left out count {wrong}"


def departures(row: Row, shown: int = 0) -> str:
    """Return in what a row departs from its suite, the first ``shown`` of it if that is not 0, or that it does not."""
    found = all_departures(row)
    first = found[:shown] if shown else found
    more = [f"and {len(found) - len(first)} more"] if len(found) > len(first) else []
    return "; ".join([*first, *more]) or "as its suite says"


def all_departures(row: Row, but: Collection[Departure] = ()) -> list[str]:
    """Return each thing in which a row departs from its suite, and from what is fair to do; without some that were said."""
    looked_at = row.cell.selected_on in row.cell.identity.test_parts
    marks = [f"hyperparameters chosen on {row.cell.selected_on}, which tests it"] if looked_at else []
    others = (str(each) for each in row.cell.departures if each not in but)
    return [*marks, *others, *row.cell.code_remark]


def test_parts(task: BoardTask) -> Table:
    """Return the scores of every test part."""
    columns = [*WHO]
    for part in task.scored_parts:
        columns += [Column(f"n, {part}", COUNT)]
        columns += [Column(f"{metric_title(name)}, {part}", SCORE) for name in task.leading]
    rows = []
    for row in task.rows:
        cells = who(row)
        for part in task.scored_parts:
            scores = scores_of(row.record, part)
            cells.append(scores.n if scores else None)
            cells += [scores.metrics.get(name) if scores else None for name in task.leading]
        rows.append(cells)
    return Table("Scores of every test part", columns, rows)


def published(task: BoardTask, rows: Sequence[Row]) -> Table:
    """Return what papers print, beside what was measured."""
    columns = [*WHO, Column("metric"), Column("published", SCORE), Column("measured", SCORE)]
    shares = all(is_share(score.metric, task.metrics) for row in rows for score in row.published)
    columns += [Column("difference in points" if shares else "difference", "+.2f"), Column("departures")]
    lines: list[list[Value]] = []
    for row in rows:
        said = departures(row, shown=2) if row.record.status == "finished" else "failed"
        for score in row.published:
            # The published value keeps its own digits: a paper that prints 0.65 does not claim 0.6500.
            title = metric_title(score.metric, task.metrics)
            difference = score.points if shares else _difference(score)
            lines.append([*who(row), title, number(str(score.published)), score.measured, difference, said])
    return Table("Published beside measured", columns, lines)


def _difference(score: PublishedScore) -> str:
    return NONE if score.difference is None else difference(score.metric, score.difference, signed=True)


def left_out(rows: Iterable[Row]) -> Table:
    """Return why samples were dropped, by row and part, with the number of them."""
    columns = [*WHO, Column("part"), Column("samples", COUNT), Column("why")]
    lines: list[list[Value]] = []
    for row in rows:
        reasons = Counter((sample.part, sample.reason) for sample in row.record.dropped)
        lines += [[*who(row), part, n, why] for (part, why), n in reasons.most_common()]
    return Table("Samples left out", columns, lines)


def missing(gaps: Sequence[Missing]) -> Table:
    """Return the experiments without a row."""
    columns = [Column("experiment"), Column("dataset"), Column("why")]
    rows = [[gap.experiment, gap.dataset or NONE, gap.reason] for gap in gaps]
    return Table("Experiments without a row, and why", columns, rows)


# ------------------------------------------------------------------------------------------------- what was run


def weights_in_words(row: Row) -> str:
    """Return what is known of weights that were not trained here, and of what they have seen; empty without any."""
    return "; ".join(map(str, filter(None, (row.cell.exposure, *row.cell.weights))))


def what_was_run(task: BoardTask) -> Table:
    """Return what was run in each row."""
    columns = [*WHO, Column("model or fusion"), Column("input"), Column("training"), Column("selected on")]
    if task.badged:
        columns += [Column("weights")]
    more = {row.cell.id: [weights_in_words(row) or NONE] if task.badged else [] for row in task.rows}
    return Table("What was run", columns, [[*who(row), *what_row(row), *more[row.cell.id]] for row in task.rows])


def held_out(row: Row) -> str:
    """Return what was held out of training for validation: a part by its name, or how much it came to.

    Empty where nothing was, and of a model that is fitted already, which no such part chose.
    """
    held = row.cell.identity.protocol.parameters.get(HOLD_OUT)
    if row.cell.identity.fitted_on:
        return ""
    if not isinstance(held, float) or not held:
        return f"{held} held out for validation" if held else ""
    aside, rest = (row.record.counts.get(part) for part in (VALIDATION, "train"))
    if aside is None or rest is None:  # of folds together; each has its own
        return f"{whole_percent(held)} of training held out for validation, as far as whole groups allow"
    whole = aside.attempted + rest.attempted
    share, asked = whole_percent(aside.attempted / whole), whole_percent(held)
    return f"{aside.attempted:,} of {whole:,} training samples ({share}, asked for {asked}) held out for validation"


def what_row(row: Row) -> tuple[Text, str, Text, str]:
    """Return what was run, on which input, how it was trained, and what chose the epoch and the hyperparameters."""
    identity = row.cell.identity
    chosen = f"hyperparameters on {row.cell.selected_on}" if row.cell.selected_on else ""
    selection = "; ".join(filter(None, [str(row.record.selection or ""), held_out(row), chosen])) or NONE
    members: list[Text] = [joined([member.experiment, code(member.cell)], " ") for member in row.members]
    if identity.fusion:
        learnt = f"; {row.weights}" if row.weights else ""
        combined = "their values" if identity.kind == "values" else "their probabilities"
        return (component(identity.fusion), " of ", joined(members), learnt), combined, "none", selection
    model = component(identity.model)
    if identity.pool:
        model += f"; {component(identity.pool)}"
    inputs = ", ".join(map(component, identity.representations)) or NONE
    if is_external(identity):
        return model, NONE, "elsewhere", selection
    # An estimator that was handed over as an object knows no schedule.
    handed = identity.model is not None and {"object", "text"} <= identity.model.parameters.keys()
    how = "as the object says" if handed else schedule(identity.schedule)
    asked = ", ".join(filter(None, (how, recipe(identity.recipe), grid(identity.grid))))
    if identity.fitted_on:
        asked = f"not trained here; fitted on {', '.join(identity.fitted_on)}"
    training: Text = ("none: the fitted model of ", *members) if identity.trained else asked
    precision = "" if identity.precision == "fp32" else f", {identity.precision}"
    return model, inputs, (training, precision), selection


def notes(task: BoardTask) -> Iterator[Block]:
    """Yield each note once, with the experiments it is about."""
    about: dict[str, dict[str, None]] = {}
    for row in task.rows:
        if row.cell.note:
            about.setdefault(row.cell.note, {})[row.cell.experiment] = None
    if about:
        yield "Notes:"
        yield Items([f"{', '.join(names)}: {note}" for note, names in about.items()])
