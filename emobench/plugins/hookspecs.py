"""Every hook a plugin can implement.

A plugin is a module named in the entry-point group ``emobench``. It marks functions with ``emobench.hookimpl`` and gives
them the names below. Import heavy packages inside the functions that need them: ``emobench list`` loads every plugin.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from emobench.contracts import (
        Dataset,
        Encoder,
        Epoch,
        Fusion,
        LabelMap,
        Metric,
        ModelSpec,
        Relation,
        Representation,
        SplitProtocol,
    )
    from emobench.records import Cell, Record, Skipped

hookspec = pluggy.HookspecMarker("emobench")
"""Marks a function of a plugin as an implementation of the hook whose name it has."""


@hookspec
def emobench_datasets() -> Iterable[Dataset]:  # type: ignore[empty-body]
    """Return datasets: instances of :class:`emobench.contracts.Dataset`."""


@hookspec
def emobench_label_maps() -> Iterable[LabelMap]:  # type: ignore[empty-body]
    """Return label maps: from the labels of datasets to the classes of a task."""


@hookspec
def emobench_protocols() -> Iterable[SplitProtocol]:  # type: ignore[empty-body]
    """Return protocols: rules that divide a dataset into training, validation and test parts."""


@hookspec
def emobench_representations() -> Iterable[Representation]:  # type: ignore[empty-body]
    """Return representations: rules that turn a decoded image, sound or video into an array."""


@hookspec
def emobench_encoders() -> Iterable[Encoder]:  # type: ignore[empty-body]
    """Return encoders: pretrained weights that turn batches of samples into arrays.

    No name may be that of a representation: a model takes either in the same place.
    """


@hookspec
def emobench_models() -> Iterable[ModelSpec]:  # type: ignore[empty-body]
    """Return models: a name, a factory and the representations the model takes."""


@hookspec
def emobench_fusions() -> Iterable[Fusion]:  # type: ignore[empty-body]
    """Return late fusions: rules that combine the stored probabilities of other cells."""


@hookspec
def emobench_metrics() -> Iterable[Metric]:  # type: ignore[empty-body]
    """Return metrics: numbers computed from labels and probabilities alone."""


@hookspec
def emobench_relations() -> Iterable[Relation]:  # type: ignore[empty-body]
    """Return relations: which corpora share samples, so that what was trained on can be compared with what is tested."""


@hookspec
def emobench_suites() -> Iterable[Path]:  # type: ignore[empty-body]
    """Return the paths of suite files (TOML, see :mod:`emobench.suites`).

    They have to be part of the distribution: hatchling takes what lies in a package's folder as it is, setuptools needs it
    under ``package-data``.
    """


@hookspec
def emobench_cell_started(cell: Cell) -> None:
    """A cell is about to be computed (not called for a cell whose result is there already).

    When the process that computed a cell died, it is computed again, and this is called again.

    An exception in this or any other event hook is reported on stderr with the plugin's name, and the run goes on.
    """


@hookspec
def emobench_epoch_ended(cell: Cell, epoch: Epoch) -> None:
    """A training epoch of the cell has ended; called in the main process, also when cells run in others.

    Training that goes on where an earlier run stopped reports the epochs of that run as well, at once.
    """


@hookspec
def emobench_cell_finished(cell: Cell, record: Record, folder: Path) -> None:
    """A cell has ended; ``record.status`` says whether it finished or failed.

    ``folder`` holds what the cell left: ``record.json``, and where it finished ``predictions.parquet``. A cell that is
    failed before it begins, for what an audit found, ends without having started.
    """


@hookspec
def emobench_run_finished(records: list[Record], skipped: list[Skipped], folder: Path) -> None:
    """The run is over, and its board is written.

    ``records`` has one entry for each cell of the run, also for those that were there already; ``skipped`` has one for each
    experiment that has no cell of its own, with the reason; ``folder`` is the run folder, with ``leaderboard.json`` in it.
    An interrupted run does not get here.
    """
