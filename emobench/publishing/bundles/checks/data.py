"""Cells of a bundle against the dataset itself: its labels, and its samples divided again by the protocol."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from emobench.data import DatasetCopy, with_data
from emobench.errors import EmobenchError
from emobench.plugins import Registry
from emobench.publishing.bundles.checks.agreement import first_other, true_columns
from emobench.publishing.bundles.manifest import CELLS
from emobench.publishing.bundles.reading import Bundled
from emobench.publishing.bundles.report import Problem, placed
from emobench.records import PROVENANCES, limit_of
from emobench.splits import Task, Tasks


def compare(cells: Mapping[str, Bundled], data: Path, registry: Registry) -> tuple[list[Problem], list[Problem]]:
    """Compare every cell with the copies of the datasets under a folder.

    Returns:
        Problems, and notes on what could not be compared.

    Raises:
        EmobenchError: there is no such folder, or a descriptor in it breaks the schema.
    """
    names = {bundled.record.cell.identity.dataset for bundled in cells.values()}
    registry = with_data(registry, data)
    tasks = Tasks(registry)
    found = tasks.find(sorted(names & registry.datasets.keys()), data)
    problems, notes = list[Problem](), list[Problem]()
    for cell, bundled in cells.items():
        where, identity = f"{CELLS}/{cell}", bundled.record.cell.identity
        copy = found[identity.dataset].copy if identity.dataset in found else None
        if copy is not None and copy.content == identity.content:
            problems += placed(where, _faults(bundled, cells, copy, tasks))
            continue
        why = f"no usable copy of {identity.dataset!r}"
        if copy is not None:
            why = f"the copy of {identity.dataset!r} is another than that of the results"
        same_files = copy is not None and copy.fingerprint == identity.fingerprint
        told = problems if same_files else notes
        told.append(Problem(what=f"labels and split were not compared: {why}", where=where))
    return problems, notes


def _faults(bundled: Bundled, cells: Mapping[str, Bundled], copy: DatasetCopy, tasks: Tasks) -> Iterator[str]:
    cell, identity = bundled.record.cell, bundled.record.cell.identity
    if PROVENANCES.index(cell.provenance) < PROVENANCES.index(copy.provenance):
        yield f"it is {cell.provenance!r}, and the same data is {copy.provenance!r} here"
    try:
        limit = limit_of(cell.departures)
        task = tasks.task(copy, identity.labels.partition("@")[0], identity.protocol, limit=limit)
        if strange := sorted(set(bundled.table["sample_id"]) - set(task.samples["sample_id"])):
            yield f"the dataset has no sample {strange[0]!r}"
        if task.target != identity.target:
            yield f"the dataset tells another target than the cell's {identity.labels!r}"
            return
        for column in ("label", *true_columns(identity)):
            of_dataset = zip(task.samples["sample_id"], task.samples[column], strict=True)
            known = {sample: (value, "the dataset") for sample, value in of_dataset}
            values = zip(bundled.table["sample_id"], bundled.table[column], strict=True)
            if what := first_other(column, values, known):
                yield what
        if not identity.policies:
            yield from _split_faults(bundled, cells, task)
    except EmobenchError as error:
        yield f"the samples cannot be divided again: {error}"


def _split_faults(bundled: Bundled, cells: Mapping[str, Bundled], task: Task) -> Iterator[str]:
    """Divide the samples again; what is made of other cells has its split of them."""
    identity, rule = bundled.record.cell.identity, task.protocol.name
    if identity.members:
        return
    if identity.folds:
        there = {fold.record.cell.fold for name, fold in cells.items() if name in identity.folds}
        if absent := sorted(set(task.folds) - there):
            yield f"the fold {absent[0]!r} of the protocol {rule!r} is not in it"
        return
    found = task.scored.hashes  # of predictions that were put together elsewhere: of all folds
    for part in sorted(found.keys() | identity.split.keys()):
        if found.get(part) != identity.split.get(part):
            yield f"the part {part!r} has other samples than the protocol {rule!r} gives it"
