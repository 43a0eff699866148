"""``emobench score``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from emobench.cli._options import UserPath, data_option, parse_settings, setting_option

if TYPE_CHECKING:
    from emobench.external import Submitted


@click.command(short_help="Score predictions that any tool made.")
@click.argument("predictions", type=UserPath())
@click.option("--dataset", required=True, help="What they are predictions of (emobench list datasets).")
@click.option("--protocol", required=True, help="What divided it (emobench list protocols).")
@click.option("--labels", help="Label map (emobench list label-maps); the only one that fits by default.")
@setting_option()
@click.option("--headline", help="The test part that ranks, where there are several.")
@data_option()
@click.option("--name", help="Of the model; that of the file by default.")
@click.option(
    "--suite", default="submitted", show_default=True, help="Whose board the row is for when it is published."
)
@click.option("--out", type=UserPath(), default=Path("runs"), show_default=True, help="Folder for runs.")
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
    from emobench.cli._tables import board_table
    from emobench.external import submit
    from emobench.plugins import installed_plugins
    from emobench.splits import open_task

    plugins = installed_plugins()
    task = open_task(dataset, protocol, labels, parse_settings(settings), data, plugins)
    done = submit(predictions, task, plugins, name=name, headline=headline, suite=suite, out=out)
    board_table(done.board)
    _intervals(done)
    for severity in ("error", "warning"):
        found = [one for report in done.audits for one in report.findings if one.severity == severity]
        for what in dict.fromkeys(f"{one.audit}: {one.what}" for one in found):
            click.echo(f"audit, {severity}: {what}")
    if done.left_out:
        click.echo(f"left out, for they need probabilities: {', '.join(done.left_out)}")
    if done.ignored:
        click.echo(f"emobench: columns that say nothing here: {', '.join(done.ignored)}", err=True)
    click.echo(f"\nLeaderboard: {done.run / 'leaderboard'}.md (and .csv, .json)")
    return 0


def _intervals(done: Submitted) -> None:
    """Print every metric of the headline part, with its interval where it has one."""
    from emobench.cli._tables import echo_table

    cell = done.record.cell
    known = done.board.intervals.get(cell.id, {})
    rows = []
    for name, value in done.record.scores[cell.headline].metrics.items():
        interval = known.get(name)
        span = f"[{interval.low:.4f}, {interval.high:.4f}]" if interval and interval.known else ""
        over = f"{interval.units:,} {interval.unit}s" if interval and interval.known else ""
        rows.append([name, f"{value:.4f}", span, over])
    echo_table([f"{cell.headline} part", "value", "95% interval", "over"], rows)
