"""``emobench score``."""

from __future__ import annotations

from pathlib import Path

import click

from emobench.cli._options import UserPath, data_option, labels_option, out_option, parse_settings, setting_option
from emobench.cli._tables import board_table, echo_page, metrics_table, print_findings


@click.command(short_help="Score predictions that any tool made.")
@click.argument("predictions", type=UserPath())
@click.option("--dataset", required=True, help="What they are predictions of (emobench list datasets).")
@click.option("--protocol", required=True, help="What divided it (emobench list protocols).")
@labels_option()
@setting_option()
@click.option("--headline", help="The test part that ranks, where there are several.")
@data_option()
@click.option("--name", help="Of the model; that of the file by default.")
@click.option("--suite", default="submitted", help="Whose board the row is for when it is published.")
@out_option()
def score(
    predictions: Path,
    dataset: str,
    protocol: str,
    labels: str | None,
    settings: tuple[str, ...],
    headline: str | None,
    data: Path | None,
    name: str | None,
    suite: str,
    out: Path,
) -> int:
    """Score predictions that any tool in any language made, as the harness scores its own.

    PREDICTIONS is a table (.csv, .tsv, .parquet, .jsonl) with the column sample_id and either a column p_CLASS for each
    class, or one named after each class, or the column prediction with classes alone; scores that need probabilities are
    then left out. Every test sample must be there once, and nothing else; where a protocol makes folds, those of all
    folds. `emobench splits` writes the ids. The result lies in a run folder as any other, for leaderboard, compare, show
    and bundle, and says of itself that the predictions were made elsewhere.

    \b
    emobench score p.csv --dataset m-lfw-fer --protocol official
    emobench score p.csv --dataset m-lfw-fer --protocol group-folds --set folds=4
    """
    from emobench import boards
    from emobench.data import named_data
    from emobench.external import submit
    from emobench.plugins import installed_plugins, warn
    from emobench.splits import open_task

    dataset, plugins = named_data(dataset, data, installed_plugins())
    task = open_task(dataset, protocol, labels, parse_settings(settings), data, plugins)
    done = submit(predictions, task, plugins, name=name, headline=headline, suite=suite, out=out)
    board_table(done.board)
    (board_task,) = done.board.tasks
    (row,) = board_task.rows
    metrics_table(boards.metrics(board_task, row, done.record.scores[row.cell.headline], board_task.scored_parts[1:]))
    click.echo("\naudits of the split")
    print_findings(done.audits)
    if done.left_out:
        click.echo(f"left out, for they need probabilities: {', '.join(done.left_out)}")
    if done.ignored:
        warn(f"columns that say nothing here: {', '.join(done.ignored)}")
    echo_page(done.run / boards.BOARD)
    return 0
