"""Cells of a bundle beside the dataset itself: its labels, and its samples divided again by the protocol."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from emobench import datasets, protocols
from emobench.cells import PROVENANCES
from emobench.contracts import Split, SplitProtocol
from emobench.departures import limit_of
from emobench.errors import EmobenchError
from emobench.folds import tested_in_all
from emobench.plugins import Registry, describe
from emobench.submission.checks import Bundled
from emobench.submission.report import Problem

if TYPE_CHECKING:
    import pandas as pd


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
    names = {one.record.cell.identity.dataset for one in cells.values()}
    wanted = [registry.datasets[name] for name in sorted(names) if name in registry.datasets]
    found = datasets.find(wanted, data, registry)
    problems, notes = list[Problem](), list[Problem]()
    for cell, one in cells.items():
        where = f"cells/{cell}"
        name = one.record.cell.identity.dataset
        source = found[name].source if name in found else None
        if source is None:
            notes.append(Problem(what=f"labels and split were not compared: no usable copy of {name!r}", where=where))
        elif source.content != one.record.cell.identity.content:
            what = f"labels and split were not compared: the copy of {name!r} is another than that of the results"
            same_files = source.fingerprint == one.record.cell.identity.fingerprint
            (problems if same_files else notes).append(Problem(what=what, where=where))
        else:
            problems += [Problem(what=what, where=where) for what in _faults(one, cells, source, registry)]
    return problems, notes


def _faults(one: Bundled, cells: Mapping[str, Bundled], source: datasets.Source, registry: Registry) -> Iterator[str]:
    cell, identity = one.record.cell, one.record.cell.identity
    if PROVENANCES.index(cell.provenance) < PROVENANCES.index(source.provenance):
        yield f"it is {cell.provenance!r}, and the same data is {source.provenance!r} here"
    try:
        label_map = registry.find("label_maps", identity.labels.partition("@")[0])
        protocol = registry.find("protocols", identity.protocol.name)
        samples = protocols.classify(source.index.samples, label_map)
        yield from _label_faults(one, dict(zip(samples["sample_id"], samples["label"], strict=True)))
        if not identity.policies:
            yield from _split_faults(one, cells, samples, protocol)
    except EmobenchError as error:
        yield f"the samples cannot be divided again: {error}"
    except Exception as error:  # a protocol plugin may raise anything
        yield f"the samples cannot be divided again: {describe(error)}"


def _label_faults(one: Bundled, labels: Mapping[str, str]) -> Iterator[str]:
    rows = zip(one.table["sample_id"], one.table["label"], strict=True)
    other = [(sample, label) for sample, label in rows if labels.get(sample) != label]
    if other:
        sample, label = other[0]
        there = repr(labels[sample]) if sample in labels else "no sample"
        others = f", and {len(other) - 1:,} more" if len(other) > 1 else ""
        yield f"the label of sample {sample!r} is {label!r}, and {there} in the dataset{others}"


def _split_faults(
    one: Bundled, cells: Mapping[str, Bundled], samples: pd.DataFrame, rule: SplitProtocol
) -> Iterator[str]:
    """Divide the samples again; what is made of other cells has its split of them."""
    identity = one.record.cell.identity
    if identity.members:
        return
    if identity.folds:
        there = {fold.record.cell.fold for name, fold in cells.items() if name in identity.folds}
        if absent := sorted(set(rule.folds(samples, **identity.protocol.parameters)) - there):
            yield f"the fold {absent[0]!r} of the protocol {rule.name!r} is not in it"
        return
    found = _divided_again(one, samples, rule).hashes
    for part in sorted(found.keys() ^ identity.split.keys()):
        yield f"the part {part!r} is {'missing' if part in found else 'none of the protocol'}"
    for part in sorted(found.keys() & identity.split.keys()):
        if found[part] != identity.split[part]:
            yield f"the part {part!r} has other samples than the protocol {rule.name!r} gives it"


def _divided_again(one: Bundled, samples: pd.DataFrame, rule: SplitProtocol) -> Split:
    parameters = one.record.cell.identity.protocol.parameters
    named = () if parameters.get("fold") else rule.folds(samples, **parameters)
    if not named:
        return protocols.divide(samples, rule, parameters, limit_of(one.record.cell.departures))
    # Predictions of all folds that were put together elsewhere.
    return tested_in_all({fold: protocols.divide(samples, rule, {**parameters, "fold": fold}) for fold in named})
