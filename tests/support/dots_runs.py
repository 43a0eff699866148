"""Runs of models on dots, the dataset of tests/conftest.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np
import pytest
from emobench_plugins.fusions import average
from emobench_plugins.metrics import classification
from numpy.typing import NDArray

from emobench import cli
from emobench.contracts.model import Epoch, FitContext, ModelSpec, Samples
from emobench.contracts.representation import Representation
from emobench.errors import UnreadableError
from emobench.planning.plan import Plan
from emobench.planning.planner import make_plan
from emobench.planning.request import Request
from emobench.plugins import loading
from emobench.plugins.loading import load
from emobench.plugins.registry import Registry
from emobench.records.events import Advanced, CellEnded, EpochEnded, Event, PhaseStarted
from emobench.records.record import Record
from emobench.records.run_folder import cell_folder, finished, read_record
from emobench.running.cell import run_cell
from emobench.splits.task import Tasks
from tests import conftest
from tests.conftest import Dots, FakeEntry, Pixels, module

SUITE = """
schema = 1
title = "Dots"

[[experiments]]
name = "{name}"
dataset = "dots"
labels = "shapes"
protocol = "by-folder"
model = "{model}"
training = {{ epochs = 3, batch_size = 8, learning_rate = 0.01 }}
headline = "private"
seed = 5
"""


class Means:
    """Learns the mean of each class; its probabilities fall with the distance. Subclasses do one thing differently."""

    def __init__(self) -> None:
        self.means: NDArray[Any] = np.zeros((0, 0))

    def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
        """Learn."""
        x = train.x()
        self.means = np.stack([x[train.y == number].mean(axis=0) for number in range(len(train.classes))])

    def predict_proba(self, samples: Samples) -> NDArray[Any]:
        """Compare."""
        distances = np.square(samples.x()[:, None] - self.means).sum(axis=2)
        weights = np.exp(-10 * distances)
        result: NDArray[Any] = weights / weights.sum(axis=1, keepdims=True)
        return result

    def save(self, folder: Path) -> None:
        """Write the means."""
        np.save(folder / "means.npy", self.means)

    def load(self, folder: Path) -> None:
        """Read the means."""
        self.means = np.load(folder / "means.npy")

    def parameter_count(self) -> Any:
        """Count them."""
        return self.means.size


class Listener:
    """Keeps what a cell reports."""

    def __init__(self, epoch: Callable[[Epoch], None] = lambda _: None) -> None:
        self.phases: list[tuple[str, int]] = []
        self.steps = 0
        self.ends: list[Record] = []
        self._epoch = epoch

    def __call__(self, event: Event) -> None:
        """Keep."""
        match event:
            case PhaseStarted(name=name, total=total):
                self.phases.append((name, total))
            case Advanced(samples=samples):
                self.steps += samples
            case EpochEnded(epoch=epoch):
                self._epoch(epoch)
            case CellEnded(record=record):
                self.ends.append(record)


class Halved(Pixels):
    """Another representation, which fails on one public sample."""

    name: ClassVar[str] = "halved"

    def compute(self, decoded: Any, **parameters: Any) -> NDArray[Any]:
        """Halve."""
        if decoded[0] == 255:
            raise UnreadableError("too bright")
        half: NDArray[Any] = super().compute(decoded, **parameters) / 2
        return half


def torch_net(*, classes: int) -> Any:
    from torch import nn

    return nn.Sequential(nn.Linear(16, 8), nn.Dropout(0.2), nn.Linear(8, classes))


def registry_with(**factories: Any) -> Registry:
    """Return the plugins of the tests, with a model for each factory; ``halved_...`` takes the representation halved."""
    return load(cast(Any, entries(**factories)))


def entries(**factories: Any) -> list[FakeEntry]:
    def models() -> list[ModelSpec]:
        return [
            ModelSpec(name.replace("_", "-"), factory, ("halved" if name.startswith("halved") else "pixels",))
            for name, factory in factories.items()
        ]

    def representations() -> list[Representation]:
        return [Halved()]

    own = module("tests.support.dots_runs", emobench_models=models, emobench_representations=representations)
    return [
        FakeEntry("dots", conftest),
        FakeEntry("metrics", classification),
        FakeEntry("average", average),
        FakeEntry("models", own),
    ]


def planned(folder: Path, registry: Registry, *models: str, extra: str = "", **request: Any) -> Plan:
    """Plan a suite with an experiment for each model, named after it."""
    head, _, experiment = SUITE.partition("[[")
    text = head + "".join(f"[[{experiment.format(name=name, model=name)}" for name in models) + extra
    suite = folder / "dots_suite.toml"
    suite.write_text(text, encoding="utf-8")
    return make_plan(Request(str(suite), out=folder / "runs", **request), registry)


def ran(folder: Path, factory: Any, **request: Any) -> Record:
    """Run one cell with one model."""
    registry = registry_with(net=factory)
    (job,) = planned(folder, registry, "net", **request).jobs
    record = run_cell(job, Listener(), Tasks(registry))
    assert read_record(cell_folder(job.run, job.cell.id) / "record.json") == record
    assert (finished(job.run, job.cell.id) is not None) == (record.status == "finished")
    return record


def why(folder: Path, factory: Any, **request: Any) -> str:
    """Run one cell that fails, and return why."""
    record = ran(folder, factory, **request)
    assert record.status == "failed"
    assert record.failure
    assert record.scores == {}
    return record.failure.message


@pytest.fixture
def dots(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "dots"
    folder.mkdir(parents=True)
    Dots().write_twin(folder)
    return folder


def raising(error: BaseException) -> type[Means]:
    class Raising(Means):
        def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
            raise error

    return Raising


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Install models for the process, as if their distribution were there."""

    def install(*more: FakeEntry, **factories: Any) -> None:
        monkeypatch.setattr(loading, "_entry_points", lambda: [*entries(**factories), *more])
        loading.installed_plugins.cache_clear()

    yield install
    loading.installed_plugins.cache_clear()


def command(folder: Path, *options: str) -> int:
    return cli.invoke(["run", "--suite", str(folder / "dots_suite.toml"), "--out", str(folder / "runs"), *options])
