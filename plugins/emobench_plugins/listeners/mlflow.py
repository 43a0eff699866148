"""MLflow: each cell that is computed becomes a run.

Nothing happens unless ``EMOBENCH_MLFLOW`` is set to 1: ``MLFLOW_TRACKING_URI`` is often set for a whole account, and
predictions should not leave a machine unasked. Where the runs go is said by the variables that MLflow's own client reads.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emobench import EmobenchError, hookimpl
from emobench.records import in_words

if TYPE_CHECKING:
    from pathlib import Path

    from emobench import Epoch
    from emobench.records import Cell, Record

SWITCH = "EMOBENCH_MLFLOW"
ARTIFACTS = ("record.json", "predictions.parquet")
# What a server is given, and how often it is asked: MLflow's own defaults would hold up every event for minutes.
_PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "20"}
_LONGEST = 6000  # characters of a parameter's value, and fewer than a tag may have
_AT_A_TIME = 100  # parameters in one request
_NOT_IN_NAMES = re.compile(r"[^\w\-. /]")


@dataclass
class _Session:
    """What is open in this process.

    Attributes:
        client: MLflow's; ``None`` until the first event.
        experiments: MLflow's experiments by suite.
        runs: MLflow's runs by cell, of the cells that are being computed.
        broken: MLflow failed during this run of a suite.
    """

    client: Any = None
    experiments: dict[str, str] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)
    broken: bool = False


_session = _Session()


@hookimpl
def emobench_cell_started(cell: Cell) -> None:
    """Begin a run."""
    with _logging() as session:
        if session:
            _run_of(session, cell)


@hookimpl
def emobench_epoch_ended(cell: Cell, epoch: Epoch) -> None:
    """Log loss, accuracy and seconds, and what the model reports of the validation part."""
    with _logging() as session:
        if session:
            values = {"train/loss": epoch.loss, "train/seconds": epoch.seconds}
            values |= {} if epoch.accuracy is None else {"train/accuracy": epoch.accuracy}
            values |= {f"validation/{name}": value for name, value in epoch.validation.items()}
            session.client.log_batch(_run_of(session, cell), metrics=_metrics(values, epoch.number))


@hookimpl
def emobench_cell_finished(cell: Cell, record: Record, folder: Path) -> None:
    """Log the scores and the files, and end the run."""
    with _logging() as session:
        if not session:
            return
        run = _run_of(session, cell)  # begun here for a cell that an audit kept from starting
        tags: dict[str, str] = {"status": record.status}
        if record.failure:
            tags["failure"] = " ".join(f"{record.failure.kind}: {record.failure.message}".split())
        session.client.log_batch(run, metrics=_metrics(_results(record), 0), tags=_tags(tags))
        for name in ARTIFACTS:
            if (folder / name).exists():
                session.client.log_artifact(run, str(folder / name))
        session.client.set_terminated(run, "FINISHED" if record.status == "finished" else "FAILED")
        del session.runs[cell.id]


@hookimpl
def emobench_run_finished() -> None:
    """Let the next run of a suite try again, if this one's logging failed."""
    _session.broken = False


# ------------------------------------------------------------------------------------------------ MLflow's client


@contextmanager
def _logging() -> Iterator[_Session | None]:
    """Yield the session, or ``None`` where nothing is to be logged; after a failure nothing is, until the suite is over.

    Raises:
        EmobenchError: MLflow fails; the harness reports it and goes on.
    """
    if os.environ.get(SWITCH, "0") in ("", "0") or _session.broken:
        yield None
        return
    try:
        if _session.client is None:
            _session.client = _connect()
        yield _session
    except Exception as error:
        _session.broken = True
        remedy = "the results are complete without it"
        if isinstance(error, ModuleNotFoundError):
            remedy = f"pip install 'emobench[mlflow]', or unset {SWITCH}"
        what = " ".join(f"{type(error).__name__}: {error}".split())
        raise EmobenchError(f"logging to MLflow ends for this run, after {what}", remedy=remedy) from error


def _connect() -> Any:
    for name, value in _PATIENCE.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    atexit.register(_end_what_is_open)
    return MlflowClient()


def _end_what_is_open() -> None:
    """Mark the runs of cells that were interrupted; they would be shown as running for ever."""
    if not _session.broken:
        for run in _session.runs.values():
            with suppress(Exception):
                _session.client.set_terminated(run, "KILLED")


def _run_of(session: _Session, cell: Cell) -> str:
    """Return the run of a cell, begun if there is none: a cell whose process died starts twice and has one run."""
    if cell.id in session.runs:
        return session.runs[cell.id]
    from mlflow.entities import Param

    fold = f" {cell.fold}" if cell.fold else ""
    name = f"{cell.experiment}{fold} seed {cell.identity.seed}"
    run: str = session.client.create_run(_experiment(session, cell.suite), run_name=name).info.run_id
    session.runs[cell.id] = run
    parameters = [Param(_name(name), value[:_LONGEST]) for name, value in _parameters(cell).items()]
    for start in range(0, len(parameters), _AT_A_TIME):
        session.client.log_batch(run, params=parameters[start : start + _AT_A_TIME])
    session.client.log_batch(run, tags=_tags(_about(cell)))
    return run


def _experiment(session: _Session, suite: str) -> str:
    """Return the id of the experiment that MLflow's variables name, or else of the one named after the suite."""
    chosen = os.environ.get("MLFLOW_EXPERIMENT_ID")
    if chosen:
        return chosen
    name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or suite
    if name not in session.experiments:
        found = session.client.get_experiment_by_name(name)
        session.experiments[name] = found.experiment_id if found else session.client.create_experiment(name)
    return session.experiments[name]


def _metrics(values: dict[str, float], step: int) -> list[Any]:
    from mlflow.entities import Metric

    now = int(time.time() * 1000)
    return [Metric(_name(name), float(value), now, step) for name, value in values.items()]


def _tags(values: dict[str, str]) -> list[Any]:
    from mlflow.entities import RunTag

    return [RunTag(name, value[:_LONGEST]) for name, value in values.items()]


def _name(text: str) -> str:
    return _NOT_IN_NAMES.sub("_", text)


# ------------------------------------------------------------------------------------------------- what is logged


def _parameters(cell: Cell) -> dict[str, str]:
    """Return what determines the result, by name: ``model``, ``model.dropout``, ``split.train``, ``schedule.epochs``."""
    return dict(_flat("", cell.identity.model_dump(mode="json", exclude={"code", "packages"})))


def _flat(name: str, value: Any) -> Iterable[tuple[str, str]]:
    """Yield the leaves of nested tables; what is empty is left out."""
    if isinstance(value, dict):
        if value.keys() == {"name", "parameters"}:  # a component goes by its name
            yield name, str(value["name"])
            value = value["parameters"]
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}" if name else key, inner)
    elif isinstance(value, list) and any(isinstance(inner, dict) for inner in value):
        for number, inner in enumerate(value):
            yield from _flat(f"{name}.{number}", inner)
    elif value not in (None, "", []):
        yield name, value if isinstance(value, str) else json.dumps(value)


def _about(cell: Cell) -> dict[str, str]:
    """Return what else is known of the cell: what finds it, and shows what its scores are worth."""
    found = {
        "suite": cell.suite,
        "experiment": cell.experiment,
        "cell": cell.id,
        "provenance": cell.provenance,
        "leaky": "true" if cell.leaky else "false",
        "departures": in_words(cell.departures),
        "headline": cell.headline,
        "fold": cell.fold,
        "control_of": cell.control_of,
        "counterpart": cell.counterpart,
        "mlflow.note.content": cell.note,
    }
    return {name: value for name, value in found.items() if value}


def _results(record: Record) -> dict[str, float]:
    """Return the scores of every part, what the phases took, and the size of model and process."""
    values = {
        f"{part}/{name}": value for part, scores in record.scores.items() for name, value in scores.metrics.items()
    }
    values |= {f"seconds/{name}": phase.wall for name, phase in record.phases.items()}
    values["peak_memory"] = record.peak_memory
    if record.parameters is not None:
        values["parameters"] = record.parameters
    return values
