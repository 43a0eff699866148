"""``emobench run``."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emobench.cli._costs import echo_costs, known_costs
from emobench.cli._layout import cut, drop
from emobench.cli._options import UserPath, device_option, jobs_option, request_options
from emobench.cli._tables import board_table, echo_page, found_table, grouped, print_table, wrapped
from emobench.errors import counted

if TYPE_CHECKING:
    from emobench.boards import Board
    from emobench.planning import Job, Plan, Request
    from emobench.running import Estimate, SuiteRun

_TWINS = (
    "Synthetic twins stand in for the datasets: small, made by emobench, on a reduced schedule. Their scores show that "
    "everything runs, and nothing else.{trained} With the real data, add --data FOLDER:"
)
_LIMITED = (
    "--limit shortens test parts too: such rows are of another task than full ones, and never ranked beside them."
)

_PUBLISHED = (*drop("dataset"), *cut("experiment", 24), *drop("95% interval"), *cut("experiment", 14), *drop("metric"))


@click.command(short_help="Run a suite, and write the leaderboard.")
@request_options
@device_option()
@jobs_option()
@click.option("--keep-models", is_flag=True, help="Keep every fitted model, not only those that another cell applies.")
@click.option(
    "--log-csv", type=UserPath(), metavar="FILE", help="Append a line for each epoch and each cell that ends."
)
@click.option("--junit", type=UserPath(), metavar="FILE", help="Write JUnit XML, for continuous integration.")
@click.option("--open", "opened", is_flag=True, help="Open the page in the browser when the run has ended.")
def run(
    request: Request,
    device: str,
    jobs: int,
    keep_models: bool,
    log_csv: Path | None,
    junit: Path | None,
    opened: bool,
) -> int:
    """Run a suite: evaluate every cell that has no result yet, and write the leaderboard.

    Without --data everything runs on synthetic twins, on a reduced schedule; with it, only what is there runs. An
    interrupted run goes on where it stopped when the same command is given again; a cell that failed is tried again.
    On real data it says first what it will take, as `emobench plan` does.

    \b
    emobench run --suite paper-replication --data ~/datasets
    emobench run --suite paper-replication --only 'a.table1.*' --seeds 3
    emobench run --suite paper-replication --log-csv log.csv --junit cells.xml
    emobench run --suite ./my_suite.toml --limit 200 --epochs 1
    """
    from emobench.boards import BOARD
    from emobench.listeners import CsvLog, JUnitReport
    from emobench.plugins import warn
    from emobench.running import estimate, run_suite

    listeners = [kind(path) for kind, path in ((CsvLog, log_csv), (JUnitReport, junit)) if path is not None]

    def announced(plan: Plan) -> Mapping[str, float]:
        costs = announce(plan, device, jobs, keep_models=keep_models)
        if costs is None and plan.todo:  # on twins: shown as the time that is left alone
            costs = estimate(plan, device, jobs, measure=False)
        return costs.expected if costs else {}

    result = run_suite(
        request,
        device=device,
        workers=jobs,
        keep_models=keep_models,
        announce=announced,
        listeners=listeners,
    )
    board_table(result.board)
    published_table(result.board)
    _next_steps(result, request)
    echo_page(result.plan.run / BOARD, opened=opened)
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


def published_table(board: Board) -> None:
    """Print what papers print beside what was measured, a line an experiment; nothing where they print nothing."""
    from emobench.boards import SCORE, Column, Table
    from emobench.records import metric_title

    rows, twins = [], False
    for task, row in ((each, row) for each in board.tasks for row in each.rows if row.cell.published):
        metric = "accuracy" if "accuracy" in row.cell.published else next(iter(row.cell.published))
        printed, scores = row.cell.published[metric], row.headline
        measured = scores.metrics.get(metric) if scores else None
        synthetic = row.cell.provenance == "synthetic"
        twins = twins or synthetic
        points = None if measured is None or synthetic else 100 * (measured - printed)
        interval = task.intervals(row).get(metric) if task.uncertainty else None
        values = [printed, measured if scores else "FAILED", interval, points]
        rows.append([row.cell.experiment, task.dataset, metric_title(metric), *values, row.cell.id[:8]])
    if not rows:
        return
    numbers = [Column("published", ".4g"), Column("measured", SCORE), Column("95% interval", SCORE)]
    columns = [Column("experiment"), Column("dataset"), Column("metric"), *numbers, Column("points", "+.2f")]
    if all(row[-2] is None for row in rows):  # on twins
        columns, rows = columns[:-1], [[*row[:-2], row[-1]] for row in rows]
    click.echo("\nWhat the papers print, and what was measured" + (" on twins" if twins else ""))
    print_table(Table("published", [*columns, Column("cell")], sorted(rows, key=lambda row: str(row[0]))), _PUBLISHED)
    if twins:
        click.echo(
            wrapped("On a synthetic twin a score shows that everything runs. It compares with nothing published.")
        )


def _next_steps(result: SuiteRun, request: Request) -> None:
    """Say what can be done next, a line each."""
    suite, runs = shlex.quote(str(request.suite)), shlex.quote(str(request.out))
    with_encoders = "".join(f" --encoder {shlex.quote(encoder)}" for encoder in request.encoders)
    best = next((row.cell.experiment for task in result.board.tasks for row in task.rows if row.headline), None)
    steps = []
    if result.failed:
        steps.append("the same command again tries what failed, and computes nothing twice")
    twins = any(job.cell.provenance == "synthetic" for job in result.plan.jobs)
    if request.data is None and twins:
        steps.append(
            f"with the real data: emobench plan --suite {suite}{with_encoders} --data FOLDER says what it takes"
        )
    elif result.plan.suite.claims:
        steps.append(f"a verdict on every number that the papers print: emobench claims --suite {suite} --runs {runs}")
    if best:
        steps.append(f"a result in full: emobench show {best} --runs {runs}")
    click.echo("\nNext")
    for step in steps:
        click.echo(wrapped(step, "- ", 2))


def announce(plan: Plan, device: str, jobs: int, *, keep_models: bool = False) -> Estimate | None:
    """Say what was found, where a twin is used, what will be computed, and what that takes on real data, and return that."""
    plugins = plan.tasks.registry
    click.echo(f"{plan.suite.title} ({plan.suite.name})\n")
    found_table(plan.found.values(), plugins)
    synthetic = [found for found in plan.found.values() if found.copy and found.copy.provenance == "synthetic"]
    if synthetic:
        steps = plan.suite.twin_training.steps
        trained = f" Each network trains at least {steps} steps, where its batches allow." if steps else ""
        click.echo("\n" + wrapped(_TWINS.format(trained=trained)))
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
    folds = sum(bool(job.cell.fold) for job in plan.jobs)
    included = f" ({counted(folds, 'fold', 'folds')} included)" if folds else ""
    click.echo(f"\n{counted(cells, 'cell', 'cells')}{included}: {numbers}{shared}\n")
    if keep_models and (without := _without_model(plan)):
        said = f"{counted(without, 'result', 'results')} done already without a model kept: --keep-models keeps those "
        click.echo(wrapped(f"{said}fitted from now on.") + "\n")
    if again := [job.cell.experiment for job in plan.jobs if job.cell.id in plan.refitted]:
        said = f"Fitted again, since an earlier run kept no model and another cell applies it: {', '.join(again)}."
        click.echo(wrapped(said) + "\n")
    costs = known_costs(plan, device, jobs, keep_models=keep_models)
    if costs:
        echo_costs(plan, costs)
    return costs


def _without_model(plan: Plan) -> int:
    """Return how many cells are done whose model was fitted and is not there."""
    from emobench.records import MODEL

    done = (plan.there[job.cell.id][0] for job in plan.jobs if job.cell.id in plan.done and _fitted(job))
    return sum(not (folder / MODEL).is_dir() for folder in done)


def _fitted(job: Job) -> bool:
    identity = job.cell.identity
    return identity.model is not None and not (identity.trained or identity.fitted_on or identity.folds)
