"""Cells of a bundle beside the dataset itself: its labels, and its samples divided again by the protocol."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from emobench.data import DatasetCopy
from emobench.errors import EmobenchError
from emobench.plugins import Registry
from emobench.publishing.bundles.checks.read import Bundled
from emobench.publishing.bundles.report import Problem
from emobench.records import PROVENANCES, limit_of
from emobench.splits import Task, Tasks


def compare(cells: Mapping[str, Bundled], data: Path, registry: Registry) -> tuple[list[Problem], list[Problem]]:
    """Compare every cell with the copies of the datasets under a folder.

    Args:
        cells: by id.
        data: folder that holds the datasets.
        registry: of the datasets, protocols and label maps.

    Returns:
        Problems, and notes on what could not be compared.

    Raises:
        EmobenchError: there is no such folder.
    """
    names = {bundled.record.cell.identity.dataset for bundled in cells.values()}
    tasks = Tasks(registry)
    found = tasks.find(sorted(names & registry.datasets.keys()), data)
    problems, notes = list[Problem](), list[Problem]()
    for cell, bundled in cells.items():
        where = f"cells/{cell}"
        name = bundled.record.cell.identity.dataset
        source = found[name].source if name in found else None
        if source is None:
            notes.append(Problem(what=f"labels and split were not compared: no usable copy of {name!r}", where=where))
        elif source.content != bundled.record.cell.identity.content:
            what = f"labels and split were not compared: the copy of {name!r} is another than that of the results"
            same_files = source.fingerprint == bundled.record.cell.identity.fingerprint
            (problems if same_files else notes).append(Problem(what=what, where=where))
        else:
            problems += [Problem(what=what, where=where) for what in _faults(bundled, cells, source, tasks)]
    return problems, notes


def _faults(bundled: Bundled, cells: Mapping[str, Bundled], source: DatasetCopy, tasks: Tasks) -> Iterator[str]:
    cell, identity = bundled.record.cell, bundled.record.cell.identity
    if PROVENANCES.index(cell.provenance) < PROVENANCES.index(source.provenance):
        yield f"it is {cell.provenance!r}, and the same data is {source.provenance!r} here"
    try:
        limit = limit_of(cell.departures)
        task = tasks.task(source, identity.labels.partition("@")[0], identity.protocol, limit=limit)
        yield from _label_faults(bundled, dict(zip(task.samples["sample_id"], task.samples["label"], strict=True)))
        if not identity.policies:
            yield from _split_faults(bundled, cells, task)
    except EmobenchError as error:
        yield f"the samples cannot be divided again: {error}"


def _label_faults(bundled: Bundled, labels: Mapping[str, str]) -> Iterator[str]:
    rows = zip(bundled.table["sample_id"], bundled.table["label"], strict=True)
    other = [(sample, label) for sample, label in rows if labels.get(sample) != label]
    if other:
        sample, label = other[0]
        there = repr(labels[sample]) if sample in labels else "no sample"
        others = f", and {len(other) - 1:,} more" if len(other) > 1 else ""
        yield f"the label of sample {sample!r} is {label!r}, and {there} in the dataset{others}"


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
