"""``emobench run``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from emobench.cli._options import Choice, UserPath, request_options
from emobench.cli._tables import board_table, found_table, grouped, wrapped
from emobench.errors import counted

if TYPE_CHECKING:
    from emobench.planning import Plan, Request

_TWINS = (
    "Synthetic twins stand in for the datasets: small, made by emobench, on a reduced schedule. Their scores show that "
    "everything runs, and nothing else. With the real data, add --data FOLDER:"
)
_LIMITED = (
    "--limit shortens test parts too: such rows are of another task than full ones, and never ranked beside them."
)


@click.command(short_help="Run a suite, and write the leaderboard.")
@request_options
@click.option("--device", type=Choice(["auto", "cpu", "cuda", "mps"]), default="auto", help="Where torch computes.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, help="Cells at a time, each in a process of its own.")
@click.option(
    "--log-csv", type=UserPath(), metavar="FILE", help="Append a line for each epoch and each cell that ends."
)
@click.option("--junit", type=UserPath(), metavar="FILE", help="Write JUnit XML, for continuous integration.")
def run(request: Request, device: str, jobs: int, log_csv: Path | None, junit: Path | None) -> int:
    """Run a suite: evaluate every cell that has no result yet, and write the leaderboard.

    Without --data everything runs on synthetic twins, on a reduced schedule; with it, only what is there runs. An
    interrupted run goes on where it stopped when the same command is given again; a cell that failed is tried again.

    \b
    emobench run --suite paper-replication --data ~/datasets
    emobench run --suite paper-replication --only 'a.table1.*' --seeds 3
    emobench run --suite paper-replication --log-csv log.csv --junit cells.xml
    emobench run --suite ./my_suite.toml --limit 200 --epochs 1
    """
    from emobench.boards import BOARD
    from emobench.listeners import CsvLog, JUnitReport
    from emobench.plugins import warn
    from emobench.running import run_suite

    listeners = [kind(path) for kind, path in ((CsvLog, log_csv), (JUnitReport, junit)) if path is not None]
    result = run_suite(request, device=device, workers=jobs, announce=announce, listeners=listeners)
    board_table(result.board)
    click.echo(f"\nLeaderboard: {result.plan.run / BOARD}.md (and .csv, .json)")
    for record in result.failed:
        assert record.failure is not None
        more = f"'emobench show {record.cell.id} --runs {request.out}' has it in full"
        warn(f"{record.cell.experiment} failed: {record.failure.line}; {more}")
    for reason, experiments in grouped((skip.reason, skip.experiment) for skip in result.unusable).items():
        warn(f"{', '.join(experiments)} did not run: {reason}")
    if result.unusable:
        return 2
    # A report that could not be written was said when it happened; a pipeline must not take it for success.
    return 1 if result.failed or (junit is not None and not junit.is_file()) else 0


def announce(plan: Plan) -> None:
    """Say what was found, where a twin is used, and what will be computed."""
    from emobench.plugins import installed_plugins

    plugins = installed_plugins()
    click.echo(f"{plan.suite.title} ({plan.suite.name})\n")
    found_table(plan.found.values(), plugins)
    synthetic = [found for found in plan.found.values() if found.copy and found.copy.provenance == "synthetic"]
    if synthetic:
        click.echo("\n" + wrapped(_TWINS))
    absent = [found for found in plan.found.values() if found.copy is None and found.problem is None]
    to_get = [found.dataset for found in plan.found.values() if found in synthetic or found in absent]
    for obtain, names in grouped((plugins.datasets[name].obtain, name) for name in to_get).items():
        click.echo(wrapped(f"{', '.join(names)}: {obtain}", "  ", 4))
    if any(job.limit for job in plan.jobs):
        click.echo("\n" + wrapped(_LIMITED))
    cells, done = len(plan.jobs), len(plan.done)
    same = sum(bool(skip.same_as) for skip in plan.skipped)
    numbers = f"{done} done already, {cells - done} to compute, {len(plan.skipped) - same} not possible"
    shared = f", {same} the same as another" if same else ""
    click.echo(f"\n{counted(cells, 'cell', 'cells')}: {numbers}{shared}\n")
