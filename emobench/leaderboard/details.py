"""What stands folded under a task: each row in full, and what it cost on which machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from emobench.leaderboard import evidence_markdown
from emobench.leaderboard.grid import Column, grid
from emobench.leaderboard.table import RANKED_BY, TIES_BY, Row, Task, scores_of
from emobench.leaderboard.text import NONE, code, count, decimal, duration, metric_order, metric_title, plain
from emobench.records import Record, Scores

GIB = 1024**3


def blocks(task: Task) -> Iterator[str]:
    """Yield one folded block for each row with a result, and one with the machines."""
    for row in task.rows:
        if row.headline:
            who = f"{row.rank or NONE}. {plain(row.cell.experiment)}, seed {row.cell.identity.seed}"
            summary = f"{who}: every metric, every class, confusion matrix"
            yield _folded(summary, _row(task, row, row.headline))
    yield _folded("Machine, time and memory", [_machines(task)])


def _folded(summary: str, content: Iterable[str]) -> str:
    # GitHub renders Markdown inside HTML only after an empty line.
    return "\n\n".join([f"<details>\n<summary>{summary}</summary>", *content, "</details>"])


# ------------------------------------------------------------------------------------------------ one row


def _row(task: Task, row: Row, scores: Scores) -> Iterator[str]:
    yield f"Cell {code(row.cell.id)} on *{plain(row.cell.headline)}*. {dropped(row)}"
    names = metric_order(set(scores.metrics))
    columns, rows = [Column("metric"), Column("value", number=True)], []
    for name in names:
        rows.append([plain(metric_title(name)), decimal(scores.metrics[name])])
        if task.evidence:
            rows[-1].append(evidence_markdown.span(evidence_markdown.interval_of(task, row, name)))
    yield grid([*columns, Column("95% interval", number=True)] if task.evidence else columns, rows)
    yield _per_class(scores)
    yield from evidence_markdown.slice_blocks(task, row, scores)
    yield "Rows are true classes, columns predicted ones:"
    yield _confusion(scores)
    if row.folds:
        yield "Each fold is a model of its own, fitted without the samples that it is scored on; the row has all of them:"
        yield _folds(row)
    if row.record.warnings:
        yield "Warnings:\n\n" + "\n".join(f"- {plain(one)}" for one in row.record.warnings)


def _folds(row: Row) -> str:
    columns = [Column("fold"), Column("cell")]
    columns += [Column(name, number=True) for name in ("n", metric_title(RANKED_BY), metric_title(TIES_BY))]
    return grid(columns, [fold(record, row.cell.headline) for record in row.folds])


def fold(record: Record, part: str) -> list[str]:
    """Return name, cell, number of samples and the scores of the ranking of one fold."""
    scores = scores_of(record, part)
    values = [decimal(scores.metrics.get(name)) if scores else NONE for name in (RANKED_BY, TIES_BY)]
    return [plain(record.cell.experiment), code(record.cell.id), count(scores.n if scores else None), *values]


def dropped(row: Row) -> str:
    """Return how many samples of each part could not be used."""
    parts = [
        f"{count(one.dropped)} of {count(one.attempted)} in *{plain(part)}*"
        for part, one in row.record.counts.items()
        if one.dropped
    ]
    return f"Samples dropped: {', '.join(parts) or 'none'}."


def _per_class(scores: Scores) -> str:
    columns = [Column("class")]
    columns += [Column(name, number=True) for name in ("precision", "recall", "F1", "support", "predicted")]
    rows = [
        [
            plain(one.label),
            # A score over no samples is not 0: it is none.
            decimal(one.precision if one.predicted else None),
            decimal(one.recall if one.support else None),
            decimal(one.f1 if one.support else None),
            count(one.support),
            count(one.predicted),
        ]
        for one in scores.per_class
    ]
    return grid(columns, rows)


def _confusion(scores: Scores) -> str:
    labels = [plain(one.label) for one in scores.per_class]
    columns = [Column(""), *(Column(label, number=True) for label in labels)]
    rows = [[f"**{label}**", *map(count, line)] for label, line in zip(labels, scores.confusion, strict=True)]
    return grid(columns, rows)


# ------------------------------------------------------------------------------------------------ machines


def _machines(task: Task) -> str:
    columns = [Column("cell"), Column("experiment"), Column("device"), Column("threads", number=True)]
    columns += [Column(name, number=True) for name in ("time", "CPU time", "peak memory", "fitted parameters")]
    columns += [Column("emobench")]
    return grid(columns, [machine(row) for row in task.rows])


def machine(row: Row) -> list[str]:
    """Return cell, experiment, device, threads, time, CPU time, peak memory, fitted parameters and version."""
    record = row.record
    facts = record.environment
    phases = record.phases.values()
    return [
        code(row.cell.id),
        plain(row.cell.experiment),
        _device(row),
        plain(str(facts.get("threads", NONE))),
        duration(sum(phase.wall for phase in phases)) if phases else NONE,
        duration(sum(phase.cpu for phase in phases)) if phases else NONE,
        f"{record.peak_memory / GIB:.2f} GiB" if record.peak_memory else NONE,
        count(record.parameters),
        plain(record.emobench),
    ]


def _device(row: Row) -> str:
    facts = row.record.environment
    name = facts.get("device_name")
    return plain(str(facts.get("device", NONE)) + (f" ({name})" if name else ""))
