"""``emobench show``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emobench.cli import _completion
from emobench.cli._cells import named
from emobench.cli._layout import cut, drop
from emobench.cli._options import json_option, runs_option
from emobench.cli._tables import echo_facts, echo_task, metrics_table, print_findings, print_table, wrapped

if TYPE_CHECKING:
    from emobench.boards import BoardTask, Row
    from emobench.publishing import Located
    from emobench.records import Record


@click.command(short_help="Show one result in full.")
@click.argument("cell", shell_complete=_completion.results)
@runs_option()
@json_option(help="The record as it is stored.")
def show(cell: str, runs: Path, as_json: bool) -> int:
    """Show one result in full: CELL is an experiment's name, or the beginning of a cell's id.

    Its rank is that among all rows of the same task in the folder.

    \b
    emobench show a.table2.mlp
    emobench show 3f2a --json
    """
    from emobench.plugins import installed_plugins
    from emobench.publishing import rescored
    from emobench.records import read_located

    if as_json:
        for _, record in named(cell, read_located(runs), runs):
            click.echo(record.model_dump_json(indent=1))
        return 0
    cells = rescored(runs, installed_plugins())
    chosen = {record.cell.id for _, record in named(cell, cells, runs)}
    for number, (task, row, rank) in enumerate(_places(cells, chosen, runs)):
        click.echo("\n" if number else "", nl=False)
        _print(task, row, rank)
    return 0


def _places(cells: list[Located], chosen: set[str], runs: Path) -> Iterator[tuple[BoardTask, Row, str]]:
    """Yield the row of each chosen cell, its task, and its rank in words; what is part of another row has its own."""
    from emobench import boards, publishing
    from emobench.plugins import installed_plugins
    from emobench.records import read_attributes, read_reports

    near = _around(cells, chosen)
    build = partial(
        boards.build_board,
        predictions=publishing.predictions_of(near),
        metrics=installed_plugins().metrics,
        attributes=read_attributes(runs),
        audits=read_reports(runs),
    )
    parts: list[tuple[Record, str]] = []
    for task in build([record for _, record in near]).tasks:
        for row in task.rows:
            if row.cell.id in chosen:
                yield task, row, _rank(task, row)
            parts += [(fold, f"none: a fold of {row.cell.experiment}") for fold in row.folds]
            parts += [(paired.other, f"none: an ablation of {row.cell.experiment}") for paired in row.ablations]
    for record, rank in parts:
        if record.cell.id in chosen:
            (alone,) = build([record]).tasks
            yield alone, alone.rows[0], rank


def _around(cells: list[Located], chosen: set[str]) -> list[Located]:
    """Return the cells among which the chosen ones have their place: of their datasets, and what is compared with these."""
    beside = {record.cell.beside for _, record in cells if record.cell.id in chosen}
    datasets = {record.cell.identity.dataset for _, record in cells if record.cell.id in chosen | beside}
    near = {record.cell.id for _, record in cells if record.cell.identity.dataset in datasets}
    return [(folder, record) for folder, record in cells if record.cell.id in near or record.cell.beside in near]


def _rank(task: BoardTask, row: Row) -> str:
    if row.rank is None:
        return "none: it failed" if row.record.failure else "none"
    tier = sum(other.rank == row.rank for other in task.rows)
    shared = f", a tier of {tier} rows that the tests do not tell apart" if tier > 1 else ""
    return f"{row.rank} of {sum(other.rank is not None for other in task.rows)}{shared}"


def _print(task: BoardTask, row: Row, rank: str) -> None:
    from emobench import boards

    click.echo(wrapped(f"{row.cell.experiment}, seed {row.cell.identity.seed}"))
    echo_task(task)
    click.echo()
    echo_facts({"rank": rank, **_result(task, row), **_setting(task, row)})
    if row.headline is not None:
        click.echo()
        metrics_table(boards.metrics(task, row, row.headline, others=task.scored_parts[1:]))
        for table in boards.dimensions(task, row.headline):
            click.echo()
            print_table(table, cut("dimension", 16))
    if row.headline is not None and row.headline.per_class:
        click.echo()
        print_table(boards.per_class(row.headline), [*cut("class", 16), *drop("predicted", "support")])
        click.echo()
        confusion = boards.confusion(row.headline, numbered=True)  # the names of classes would not fit side by side
        print_table(confusion, cut(confusion.columns[0].title, 12))
    if row.audits:
        click.echo("\naudits of the split")
        print_findings(row.audits)
    for warning in row.record.warnings:
        click.echo(wrapped(f"warning during the run: {warning}", "", 2))
    if row.record.failure and row.record.failure.traceback:
        click.echo(f"\n{row.record.failure.traceback}")


def _result(task: BoardTask, row: Row) -> dict[str, str]:
    """Return what came out, and what to read it against."""
    from emobench.boards import (
        SCORE,
        by_chance,
        clean_in_words,
        human_in_words,
        plain,
        remark,
        score,
        worst_in_words,
        written,
    )
    from emobench.records import ACCURACY, UAR, metric_title, remedies

    if row.headline is None:
        return {"outcome": remark(row)}
    names = (ACCURACY, UAR) if task.kind == "class" else task.leading
    values = {
        **{metric_title(name): plain(written(score(task, row, name), SCORE)) for name in names},
        "a rater": human_in_words(row.headline),
        "clean": clean_in_words(task, row),
        "by chance": by_chance(task, places=4),
        "remarks": remark(row),
        "what to do": remedies(row.training_faults),
        "worst": worst_in_words(task, row),
    }
    for claim in row.published:
        points = "" if claim.difference is None else f", {claim.difference:+.4f} here"
        points = points if claim.points is None else f", {claim.points:+.2f} points here"
        values[f"paper, {claim.metric}"] = f"{claim.published:g} printed{points}"
    for paired in row.paired:
        measured = "not measured" if paired.other_value is None else f"{paired.other_value:.4f}"
        values[f"{paired.relation} {paired.other.cell.experiment}"] = measured
    return values


def _setting(task: BoardTask, row: Row) -> dict[str, str]:
    """Return what was asked for, and on what."""
    from emobench.boards import component, dropped, duration, plain, weights_in_words, what_row

    cell, record = row.cell, row.record
    model, inputs, training, selected = map(plain, what_row(row))
    counts = ", ".join(f"{part} {known.attempted:,}" for part in task.parts if (known := row.count(part)))
    audited = "nothing that makes a test score wrong" if row.audits else "not audited"
    return {
        "dataset": f"{task.dataset} ({task.provenance}, fingerprint {task.fingerprint[:16]})",
        **_told(task),
        "split": component(cell.identity.protocol),
        "test parts": f"{counts or ', '.join(task.parts)}; ranked by {task.headline}",
        "dropped": plain(dropped(row)),
        "model or fusion": model,
        "input": inputs,
        "training": training,
        "selected on": selected,
        "weights": weights_in_words(row),
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


def _told(task: BoardTask) -> dict[str, str]:
    """Return what is told of a sample: classes, votes, or values."""
    from emobench.boards import TOLD, told_in_words

    if task.kind == "class":
        return {"classes": f"{len(task.classes)} of {task.labels}: {', '.join(task.classes)}"}
    return {TOLD[task.kind].lower(): told_in_words(task)}


def _core(record: Record) -> str:
    """Return how the code of emobench that computed a record differs from this one, empty where it does not."""
    from emobench.plugins import package_hash
    from emobench.records import RESULTS_VERSION

    results = record.cell.identity.results
    if results != RESULTS_VERSION:
        return f"results version {results}, and this program is of results version {RESULTS_VERSION}"
    if not record.core or record.core == package_hash():
        return ""
    return f"{record.core}, and this program is {package_hash()}; the results version is the same"
