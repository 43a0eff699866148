"""The record of a cell: whether it agrees with itself, and with what is installed here."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace

from emobench.contracts import Dataset, PairedDataset, Recipe, Schedule
from emobench.plugins import URL, Registry, components
from emobench.publishing.bundles.manifest import NAME, BundledCell
from emobench.records import (
    METRICS,
    PROVENANCES,
    Identity,
    Record,
    measures,
    of_schedule,
    record_bytes,
    scrub,
    usual_metric,
)
from emobench.storage import key
from emobench.suites import Expanded, Experiment, experiment_of, find_suite, misfit, readings, said_of

_LONGEST_TEXT = 500
_HASH = re.compile(r"[0-9a-f]{16,64}")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_LARGEST_PUBLISHED = 1e3
_DISTRIBUTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]* [A-Za-z0-9][A-Za-z0-9._+!-]*")


def faults(record: Record, content: bytes, cell: str, listed: BundledCell, registry: Registry) -> Iterator[str]:
    """Yield what is wrong with the record in a file of some content, in the folder of a cell, as it is listed."""
    if record.cell.id != cell:
        yield f"the record is of the cell {record.cell.id}"
    said, found = (f"{source.experiment!r} of the suite {source.suite!r}" for source in (listed, record.cell))
    if said != found:
        yield f"it is listed as {said}, the record is of {found}"
    yield from _form_faults(record, content)
    yield from _source_faults(record)
    yield from _task_faults(record, registry)
    yield from _suite_faults(record, registry)
    yield from _provenance_faults(record, registry)


def _form_faults(record: Record, content: bytes) -> Iterator[str]:
    """Yield where a record contradicts itself, or is not as bundles hold it."""
    identity = record.cell.identity
    if identity.id != record.cell.id:
        yield f"the identity has the id {identity.id}, not {record.cell.id}: something that determines the result was changed"
    if record.status != "finished":
        yield "the cell failed; a bundle holds results"
    if not NAME.fullmatch(record.cell.suite):
        yield f"the suite's name {record.cell.suite!r} cannot be that of a board"
    for what, value in (("fingerprint", identity.fingerprint), ("content", identity.content), *identity.split.items()):
        if not _HASH.fullmatch(value):
            yield f"{what}: {value[:80]!r} is no hash"
    if odd := next((text for text in _texts(record.model_dump(mode="json")) if _UNWRITABLE.search(text)), None):
        yield f"a text has characters that cannot be written: {odd[:80]!r}"
    for name, number in record.cell.published.items():
        if name.partition(".")[0] not in METRICS or not abs(number) <= _LARGEST_PUBLISHED:
            yield f"{name[:80]!r}: {number:g} is no published number of a metric that boards know"
    if record.cell.headline not in identity.test_parts:
        yield f"it is ranked by {record.cell.headline!r}, which is none of its test parts"
    try:
        if record_bytes(scrub(record)) != content:
            yield "the record is not as 'emobench bundle' writes it, without folders of a machine"
    except ValueError:
        yield "a number in the record is not finite"


def _source_faults(record: Record) -> Iterator[str]:
    """Yield where a record names the origin of something that is no component of it, or in other words than emobench."""
    known = {f"{kind}/{name}" for kind, name in components(record.cell)}
    for what, source in record.sources.items():
        if what not in known:
            yield f"it names the origin of {what[:80]!r}, which is no component of the cell"
        if not _DISTRIBUTION.fullmatch(source.distribution):
            yield f"{what[:80]!r}: {source.distribution[:80]!r} is no distribution with its version"
        if source.url and not URL.fullmatch(source.url):
            yield f"{what[:80]!r}: {source.url[:80]!r} is no address that boards show"
        if any(len(text) > _LONGEST_TEXT for text in source.model_dump().values()):
            yield f"{what[:80]!r}: its source has a text of more than {_LONGEST_TEXT} characters"


def _task_faults(record: Record, registry: Registry) -> Iterator[str]:
    """Yield where a record says of the task what the installed components do not."""
    identity = record.cell.identity
    name, _, version = identity.labels.partition("@")
    labels = registry.label_maps.get(name)
    if labels is not None and str(labels.version) == version and labels.classes != identity.classes:
        yield f"the classes are not those of the label map {identity.labels}"
    yield from _target_faults(identity)
    ranked_by = METRICS.get(record.cell.ranked_by)
    if ranked_by is not None and not measures(ranked_by, identity.kind):
        yield f"it is ranked by {ranked_by.name!r}, which does not measure targets of kind {identity.kind!r}"
    dataset = registry.datasets.get(identity.dataset)
    if dataset is not None and identity.target is not None and identity.target not in dataset.targets:
        yield f"the dataset {dataset.name!r} has no such target {identity.labels!r} here"
    if dataset is not None and record.cell.identities != dataset.identities:
        yield f"identities: {record.cell.identities!r}, where {dataset.name!r} has {dataset.identities!r}"
    protocol = registry.protocols.get(identity.protocol.name)
    if protocol is not None and protocol.leaky and not record.cell.leaky:
        yield f"the protocol {protocol.name!r} is leaky, and the record does not say so"


def _target_faults(identity: Identity) -> Iterator[str]:
    """Yield where what is told of a sample contradicts the rest of an identity."""
    target = identity.target
    if target is None:
        return
    if (target.name, target.names) != (identity.labels, identity.classes):
        yield f"the target {target.name[:80]!r} is of other names than the cell"
    if target.ranges and len(target.ranges) != len(target.names):
        yield f"the target has {len(target.ranges)} ranges of {len(target.names)} dimensions"


def _suite_faults(record: Record, registry: Registry) -> Iterator[str]:
    """Yield where a row of a registered suite's experiment is not what the suite asks for, or hides in what it departs."""
    cell = record.cell
    if cell.suite not in registry.suites:
        return
    asked = experiment_of(find_suite(cell.suite, registry), cell)
    if asked is None:
        return
    name = asked.name
    if other := misfit(asked, cell):
        yield f"it is called {name!r} as an experiment of {cell.suite!r}, and is none: {other}"
        return
    if cell.fold:  # what the suite says is said of all folds together
        return
    said = {**said_of(asked), "headline": asked.headline or cell.headline}
    dataset = registry.datasets.get(cell.identity.dataset)
    usual = usual_metric(cell.identity.kind, dataset.ranked_by if dataset else "")
    if ranked_by := asked.ranked_by or usual:
        said["ranked_by"] = ranked_by
    for field, value in said.items():
        if field != "note" and getattr(cell, field) != value:
            yield f"{field}: {getattr(cell, field)!r}, where the suite {cell.suite!r} says {value!r} of {name!r}"
    if asked.model is not None and cell.identity.schedule is not None and cell.provenance != "synthetic":
        folds = asked.fewer_folds if isinstance(asked, Expanded) else ()
        schedule = of_schedule(cell.identity.schedule, asked.training.over(Schedule()))
        for departure in (*readings(asked), *schedule, *folds):
            if departure not in cell.departures:
                yield f"the row does not say '{departure}'"
    if asked.model is not None and cell.identity.schedule is not None and not _trained_alike(cell.identity, asked):
        yield f"it was selected or trained in another way than the suite {cell.suite!r} says of {name!r}"


def _trained_alike(identity: Identity, asked: Experiment) -> bool:
    """Tell whether recipe and grid are those of an experiment; the metric that selects may be left to the task."""
    own, wanted = identity.recipe or Recipe(), asked.training.recipe
    same_metric = not wanted.by or own.by == wanted.by
    return same_metric and replace(own, by="") == replace(wanted, by="") and dict(identity.grid) == dict(asked.grid)


def _provenance_faults(record: Record, registry: Registry) -> Iterator[str]:
    """Yield where data is said to be more trustworthy than can be known."""
    identity, provenance = record.cell.identity, record.cell.provenance
    if PROVENANCES.index(provenance) >= PROVENANCES.index("unverified"):
        return
    dataset = registry.datasets.get(identity.dataset)
    if dataset is None:
        most = f"its rows can be no more than 'unverified', and this one is {provenance!r}"
        yield f"the dataset {identity.dataset!r} is not registered here: {most}"
    elif identity.fingerprint not in official_fingerprints(dataset, registry):
        yield f"{provenance!r}, but {identity.dataset!r} has no official fingerprint {identity.fingerprint}"


def official_fingerprints(dataset: Dataset, registry: Registry) -> set[str]:
    """Return the fingerprints of official copies of a dataset; of pairs, those of official copies of all members."""
    if not isinstance(dataset, PairedDataset):
        return set(dataset.official.fingerprint.values())
    members = [registry.datasets.get(name) for name in dataset.members]
    choices = [official_fingerprints(member, registry) if member else set() for member in members]
    return {key(list(chosen)) for chosen in itertools.product(*map(sorted, choices))}


def _texts(value: object) -> Iterator[str]:
    """Yield every text of a record, keys included."""
    if isinstance(value, str):
        yield value
    inner = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    for each in inner:
        yield from _texts(each)
