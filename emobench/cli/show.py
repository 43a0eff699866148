"""``emobench show``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emobench.cli import completing
from emobench.cli.cells import matching
from emobench.cli.options import runs_option

if TYPE_CHECKING:
    from emobench.leaderboard import Board, Row, Task
    from emobench.publishing import Located
    from emobench.records import Record, Scores


@click.command(short_help="Show one result in full.")
@click.argument("cell", shell_complete=completing.results)
@runs_option()
@click.option("--json", "as_json", is_flag=True, help="The record as it is stored.")
def show(cell: str, runs: Path, as_json: bool) -> int:
    """Show one result in full: CELL is an experiment's name, or the beginning of a cell's id.

    Its rank is that among all rows of the same task in the folder.

    \b
    emobench show a.table2.mlp
    emobench show 3f2a --json
    """
    from emobench.records import read_records

    chosen = matching(cell, read_records(runs), runs)
    if as_json:
        for record in chosen:
            click.echo(record.model_dump_json(indent=1))
        return 0
    places = _places(runs, {record.cell.id for record in chosen})
    for number, (task, row, rank) in enumerate(places):
        click.echo("\n" if number else "", nl=False)
        _print(task, row, rank)
        for record in chosen:
            if record.cell.id == row.cell.id and record.failure and record.failure.traceback:
                click.echo(f"\n{record.failure.traceback}")
    return 0


# ------------------------------------------------------------------------------------------- where a result stands


def _places(runs: Path, wanted: set[str]) -> Iterator[tuple[Task, Row, str]]:
    """Yield the row of each wanted cell, its task, and its rank in words; what is part of another row has one of its own."""
    from functools import partial

    from emobench import leaderboard, publishing
    from emobench.attributes import read_attributes
    from emobench.auditing import read_reports
    from emobench.plugins import registry

    cells = _around(publishing.rescored(runs, registry()), wanted)
    build = partial(
        leaderboard.build,
        predictions=publishing.predictions_of(cells),
        metrics=registry().metrics,
        attributes=read_attributes(runs),
        audits=read_reports(runs),
    )
    board = build([record for _, record in cells])
    for task in board.tasks:
        yield from ((task, row, _rank(task, row)) for row in task.rows if row.cell.id in wanted)
    for record, rank in _within(board):
        if record.cell.id in wanted:
            (alone,) = build([record]).tasks
            yield alone, alone.rows[0], rank


def _around(cells: list[Located], wanted: set[str]) -> list[Located]:
    """Return the cells among which the wanted ones have their place: of their datasets, and what stands beside these."""
    beside = {record.cell.beside for _, record in cells if record.cell.id in wanted}
    datasets = {record.cell.identity.dataset for _, record in cells if record.cell.id in wanted | beside}
    near = {record.cell.id for _, record in cells if record.cell.identity.dataset in datasets}
    return [one for one in cells if one[1].cell.id in near or one[1].cell.beside in near]


def _rank(task: Task, row: Row) -> str:
    if row.rank is None:
        return "none: it failed" if row.record.failure else "none"
    tier = sum(other.rank == row.rank for other in task.rows)
    shared = f", a tier of {tier} rows that the tests do not tell apart" if tier > 1 else ""
    return f"{row.rank} of {sum(other.rank is not None for other in task.rows)}{shared}"


def _within(board: Board) -> Iterator[tuple[Record, str]]:
    """Yield the folds and the controls of a board's rows, which have no rank, with what they are."""
    for task in board.tasks:
        for row in task.rows:
            yield from ((fold, f"none: a fold of {row.cell.experiment}") for fold in row.folds)
            yield from ((one.record, f"none: a control of {row.cell.experiment}") for one in row.controls)


# ------------------------------------------------------------------------------------------------------ output


def _print(task: Task, row: Row, rank: str) -> None:
    from emobench.cells import PROVENANCE_MEANING
    from emobench.cli.tables import echo_facts, wrapped

    cell = row.cell
    click.echo(wrapped(f"{cell.experiment}, seed {cell.identity.seed}"))
    click.echo(wrapped(f"{task.provenance.upper()}: {PROVENANCE_MEANING[task.provenance]}"))
    if task.leaky:
        click.echo(wrapped("LEAKY: what identifies a speaker or a take stands on both sides of the split"))
    click.echo()
    echo_facts({"rank": rank, **_result(task, row), **_setting(task, row)})
    if row.headline is not None:
        _print_scores(task, row, row.headline)
    _print_audits(row)
    for warning in row.record.warnings:
        click.echo(wrapped(f"warning during the run: {warning}", "", 2))


def _result(task: Task, row: Row) -> dict[str, str]:
    """Return what came out, and what to read it against."""
    from emobench.leaderboard import markdown
    from emobench.leaderboard.beside import most_frequent
    from emobench.leaderboard.evidence_markdown import score, worst_in_words
    from emobench.leaderboard.text import unmarked

    if row.headline is None:
        return {"outcome": unmarked(markdown.remark(row))}
    values = {
        "accuracy": unmarked(score(task, row, "accuracy")),
        "UAR": unmarked(score(task, row, "balanced_accuracy")),
        "chance": f"{most_frequent(row.record):.4f}, by always saying the most frequent class",
        "remarks": unmarked(markdown.remark(row)),
    }
    if task.evidence is not None:
        worst = worst_in_words(task.evidence.slices.get(row.cell.id, ()), row.headline)
        values["worst"] = unmarked(worst).removeprefix("Worst, ")
    for one in row.comparisons:
        text = f"{one.published:g} printed" + (f", {one.points:+.2f} points here" if one.points is not None else "")
        values[f"paper, {one.metric}"] = text
    for other in (*row.alone, *row.controls):
        text = "not measured" if other.value is None else f"{other.value:.4f}"
        values[f"{other.kind} {other.record.cell.experiment}"] = text
    return values


def _setting(task: Task, row: Row) -> dict[str, str]:
    """Return what was asked for, and on what."""
    from emobench.leaderboard import details, markdown
    from emobench.leaderboard.text import component, duration, unmarked

    cell, record = row.cell, row.record
    model, inputs, training, selected = map(unmarked, markdown.what_row(row))
    counts = ", ".join(f"{part} {known.attempted:,}" for part in task.parts if (known := row.count(part)))
    audited = "nothing that makes a test score wrong" if row.audits else "not audited"
    return {
        "dataset": f"{task.dataset} ({task.provenance}, fingerprint {task.fingerprint[:16]})",
        "classes": f"{len(task.classes)} of {task.labels}: {', '.join(task.classes)}",
        "split": unmarked(component(task.protocol)),
        "test parts": f"{counts or ', '.join(task.parts)}; ranked by {task.headline}",
        "dropped": unmarked(details.dropped(row)).removeprefix("Samples dropped: ").rstrip("."),
        "model or fusion": model,
        "input": inputs,
        "training": training,
        "selected on": selected,
        "policies": "; ".join(f"{audit}: {what}" for audit, what in cell.identity.policies.items()),
        "audits": f"{row.faults} that make a test score wrong, see below" if row.faults else audited,
        "time": duration(sum(phase.wall for phase in record.phases.values())) if record.phases else "",
        "device": str(record.environment.get("device", "")),
        "note": cell.note,
        "cell": f"{cell.id} of the suite {cell.suite}, emobench {record.emobench}",
        "code of emobench": _core(record),
        "code not captured": "; ".join(map(str, cell.uncaptured)),
        "files": ", ".join(f"{name}: {file}" for name, file in cell.files.items()),
        "task": task.id,
    }


def _core(record: Record) -> str:
    """Return how the code of emobench that computed a record differs from this one, empty where it does not."""
    from emobench.codehash import package_hash
    from emobench.results_version import RESULTS_VERSION

    results = record.cell.identity.results
    if results != RESULTS_VERSION:
        return f"results version {results}, and this program is of results version {RESULTS_VERSION}"
    if not record.core or record.core == package_hash():
        return ""
    return f"{record.core}, and this program is {package_hash()}; the results version is the same"


def _print_scores(task: Task, row: Row, scores: Scores) -> None:
    from emobench.cli.tables import echo_table
    from emobench.leaderboard.evidence_markdown import interval_of, span
    from emobench.leaderboard.table import scores_of
    from emobench.leaderboard.text import decimal, metric_order, metric_title

    others = {part: known for part in task.scored_parts[1:] if (known := scores_of(row.record, part))}
    rows = [
        [
            metric_title(name),
            decimal(scores.metrics[name]),
            span(interval_of(task, row, name)),
            *(decimal(known.metrics.get(name)) for known in others.values()),
        ]
        for name in metric_order(set(scores.metrics))
    ]
    click.echo()
    echo_table(["metric", row.cell.headline, "95% interval", *others], rows)
    click.echo()
    numbers = [
        [one.label, *map(decimal, (one.precision, one.recall, one.f1)), f"{one.support:,}", f"{one.predicted:,}"]
        for one in scores.per_class
    ]
    echo_table(["class", "precision", "recall", "F1", "support", "predicted"], numbers)
    click.echo()
    # Classes are numbered, for their names would not fit beside each other.
    labels = [f"{number} {one.label}" for number, one in enumerate(scores.per_class, 1)]
    lines = [[label, *map(str, line)] for label, line in zip(labels, scores.confusion, strict=True)]
    echo_table(["true class, predicted:", *map(str, range(1, len(labels) + 1))], lines)


def _print_audits(row: Row) -> None:
    from emobench.audit_report import merged
    from emobench.cli.tables import wrapped

    if row.audits:
        click.echo("\naudits of the split")
    for line in merged(row.audits):
        part = f" ({line.finding.part})" if line.finding.part else ""
        what = f"{line.finding.audit}{part}: {line.count}: {line.what}"
        click.echo(wrapped(what, f"  {line.finding.severity.upper():<8} ", 11))
    if row.audits and not any(report.findings for report in row.audits):
        click.echo("  nothing found")
