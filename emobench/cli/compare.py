"""``emobench compare``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emobench.cli import _completion
from emobench.cli._cells import named
from emobench.cli._layout import cut, drop, fold
from emobench.cli._options import json_option, runs_option
from emobench.cli._tables import echo_json, echo_table, echo_task, wrapped
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    from emobench.boards import BoardTask, ComparedPair, Comparison
    from emobench.publishing import Located


@click.command(short_help="Compare results of one task, with tests.")
@click.argument("cells", nargs=-1, required=True, metavar="A B [C]...", shell_complete=_completion.results)
@runs_option()
@click.option("--part", help="Test part to compare on; by default the one that ranks.")
@json_option()
def compare(cells: tuple[str, ...], runs: Path, part: str | None, as_json: bool) -> int:
    """Compare two or more results of one task on the same test samples.

    Each of A, B, C is an experiment's name (with all its seeds), or the beginning of a cell's id. Every
    score is shown with its 95% interval, every pair with an exact McNemar test of the accuracy and paired
    bootstraps of accuracy, UAR and F1; of values, with paired bootstraps of CCC and RMSE. With several
    pairs, p-values are corrected by Holm's method.

    \b
    emobench compare a.table1.resnet18 a.table1.vgg19
    emobench compare 3f2a 91bc a.table1.vgg19 --runs runs --json
    """
    from emobench import boards
    from emobench.plugins import installed_plugins
    from emobench.records import read_attributes, read_located, read_predictions

    if len(cells) < 2:
        raise EmobenchError("one result cannot be compared", remedy="name two or more")
    located = read_located(runs)
    chosen = [_cells_of(name, located, runs) for name in cells]
    records = [record for group in chosen for _, record in group]
    ids = [record.cell.id for record in records]
    if twice := [name for name in ids if ids.count(name) > 1]:
        raise EmobenchError(f"cell {twice[0]} is named twice", remedy="name each result once")
    task = boards.one_task(records)
    entrants = [
        boards.Entrant(
            name=_name(group, chosen),
            cells=tuple(record.cell for _, record in group),
            tables=tuple(read_predictions(folder / "predictions.parquet") for folder, _ in group),
        )
        for group in chosen
    ]
    compared = boards.compare(entrants, part or task.headline, installed_plugins().metrics, read_attributes(runs))
    if as_json:
        echo_json(_as_json(task, compared))
    else:
        _print(task, compared)
    return 0


def _cells_of(name: str, cells: Sequence[Located], runs: Path) -> list[Located]:
    """Return the cells that a name means: one, or the seeds of one experiment, each from its latest run."""
    from emobench.records import seeds_of_one

    found = named(name, cells, runs)
    found.sort(key=lambda located: (located[1].status == "finished", located[1].finished, str(located[0])))
    latest = {record.cell.id: (folder, record) for folder, record in found}
    chosen = sorted(latest.values(), key=lambda located: (located[1].cell.identity.seed, located[1].cell.id))
    for _, record in chosen:
        if record.status == "failed":
            raise EmobenchError(
                f"cell {record.cell.id[:8]} of {record.cell.experiment} failed", remedy="run it again, or name another"
            )
    by_name = all(record.cell.experiment == name for _, record in chosen)
    if len(chosen) > 1 and not (by_name and seeds_of_one([record.cell.identity for _, record in chosen])):
        ids = ", ".join(record.cell.id[:8] for _, record in chosen)
        raise EmobenchError(
            f"{name!r} stands for {len(chosen)} cells that differ in more than the seed: {ids}",
            remedy="name one of them by its id",
        )
    return chosen


def _name(group: list[Located], chosen: Sequence[list[Located]]) -> str:
    cell = group[0][1].cell
    shared = sum(other[0][1].cell.experiment == cell.experiment for other in chosen) > 1
    return f"{cell.experiment} ({cell.id[:8]})" if shared else cell.experiment


def _print(task: BoardTask, compared: Comparison) -> None:
    click.echo(wrapped(f"{task.dataset}: {task.protocol.name} split, {compared.part} part, {compared.n:,} samples"))
    echo_task(task)
    if compared.left_out:
        left_out = (
            f"{compared.left_out:,} of {compared.n + compared.left_out:,} samples are not in all of the results and are "
            "left out here, so that values may differ from the leaderboard's"
        )
        click.echo(wrapped(left_out))
    click.echo(wrapped(_resampled(compared)) + "\n")
    _print_scores(compared)
    click.echo()
    _print_pairs(compared)
    click.echo()
    for pair in compared.pairs:
        click.echo(wrapped(pair.sentence))


def _resampled(compared: Comparison) -> str:
    interval = next(iter(compared.scores[0].values())).interval
    seeds = " and over seeds" if any(len(entrant.cells) > 1 for entrant in compared.entrants) else ""
    what = f"{100 * interval.level:g}% intervals by bootstrap over {interval.units:,} {interval.unit}s{seeds}"
    if interval.unit == "group" and any(pair.mcnemar for pair in compared.pairs):
        return f"{what}; McNemar's test takes the samples of a group as independent, and is too sure by itself"
    return what if interval.unit == "group" else f"{what}; no groups, or not for all samples"


def _print_scores(compared: Comparison) -> None:
    from emobench.boards import span_text

    rows = []
    for entrant, scores in zip(compared.entrants, compared.scores, strict=True):
        cell = f"{len(entrant.cells)} seeds" if len(entrant.cells) > 1 else entrant.cells[0].id[:8]
        values = [f"{score.value:.4f} ({span_text(score.interval, 1, '.4f')})" for score in scores.values()]
        rows.append([entrant.name, cell, *values])
    titles = list(compared.titles.values())
    order = [*(step for title in titles for step in fold(title, 10)), *cut("experiment", 20), *drop(*titles[::-1][:2])]
    echo_table(["experiment", "cell", *titles], rows, order)


def _print_pairs(compared: Comparison) -> None:
    """Print a block a pair: its names would leave no room for its numbers."""
    for number, pair in enumerate(compared.pairs):
        if len(compared.pairs) > 1:
            click.echo(("\n" if number else "") + wrapped(f"{pair.a} minus {pair.b}", "", 2))
        _print_pair(pair, compared.titles, corrected=len(compared.pairs) > 1)


def _print_pair(pair: ComparedPair, titles: Mapping[str, str], *, corrected: bool) -> None:
    from emobench.boards import change_form, is_share, p_text, span_text, times

    rows = []
    points = all(map(is_share, titles))
    for test in pair.tests:
        difference, kind = pair.differences[test.metric], str(test.kind)
        by, form = times(test.metric), change_form(test.metric)
        span = span_text(difference.interval, by, form)
        if kind == "exact McNemar" and pair.mcnemar:
            span, kind = "", f"{kind}, {pair.mcnemar.b} : {pair.mcnemar.c}".replace(" ", "\N{NO-BREAK SPACE}")
        p = [p_text(test.p), p_text(test.holm)] if corrected else [p_text(test.p)]
        rows.append([_named(test.metric, titles, points=points), f"{by * difference.value:{form}}", span, kind, *p])
    changed = "points" if points else "difference"
    headers = ["metric", changed, "95% interval", "test", "p"]
    # Which test it is tells two rows of a metric apart.
    order = [*fold("test", 16), *fold("metric", 10), *fold("95% interval", 16), *fold("test", 10)]
    echo_table([*headers, "p (Holm)"] if corrected else headers, rows, order, [changed])


def _named(metric: str, titles: Mapping[str, str], *, points: bool) -> str:
    """Return a metric with the unit of its differences, where these are not all in points."""
    from emobench.boards import unit

    return titles[metric] if points or not unit(metric) else f"{titles[metric]}, {unit(metric)}"


def _as_json(task: BoardTask, compared: Comparison) -> dict[str, Any]:
    return {
        "task": {"id": task.id, "dataset": task.dataset, "provenance": task.provenance, "leaky": task.leaky},
        "part": compared.part,
        "n": compared.n,
        "left_out": compared.left_out,
        "results": [
            {
                "experiment": entrant.name,
                "cells": [cell.id for cell in entrant.cells],
                "seeds": [cell.identity.seed for cell in entrant.cells],
                "scores": {name: asdict(score) for name, score in scores.items()},
            }
            for entrant, scores in zip(compared.entrants, compared.scores, strict=True)
        ],
        "pairs": [asdict(pair) for pair in compared.pairs],
    }
