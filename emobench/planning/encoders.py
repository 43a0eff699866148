"""Encoders that experiments name by their sources, put into the registry under names that say nothing of this machine."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable
from pathlib import Path

from emobench.contracts import CELL, Encoder, Representation
from emobench.encoders import FittedCell, FolderEncoder, find_encoder, is_source
from emobench.errors import EmobenchError
from emobench.planning.plan import EncoderPlace
from emobench.plugins import Registry
from emobench.records import Cell
from emobench.suites import Experiment, Suite


def registered(source: str, registry: Registry, beside: Path) -> tuple[str, Registry]:
    """Return the name of an encoder, and a registry that has it.

    Two folders of one name are told apart by four digits of a hash of their paths.

    Args:
        source: see :mod:`emobench.encoders.sources`; the name of what is registered is returned as it is.
        registry: of plugins, and of what was registered so before.
        beside: the folder that relative paths are in.

    Raises:
        EmobenchError: there is no such encoder, or its weights are not on this machine.
    """
    if not is_source(source):
        return source, registry
    encoder = find_encoder(source, registry, beside)
    place = source_of(encoder)
    known = registry.encoders.get(encoder.name)
    if known is not None and source_of(known) != place:
        encoder.name += f"-{hashlib.sha256(place.encode()).hexdigest()[:4]}"
    return encoder.name, dataclasses.replace(registry, encoders={encoder.name: encoder} | registry.encoders)


def source_of(encoder: Encoder) -> str:
    """Return what finds an encoder from any folder of this machine; of a registered one its name."""
    return str(getattr(encoder, "source", encoder.name))


def with_encoders(
    experiments: Iterable[Experiment], suite: Suite, registry: Registry
) -> tuple[list[Experiment], Registry]:
    """Return experiments that take encoders by their registered names, and a registry that has them.

    Raises:
        EmobenchError: one of them is not there.
    """
    named, known = [], dict[tuple[str, Path], str]()  # what was opened once has weights in memory, perhaps
    for experiment in experiments:
        spec = registry.models.get(experiment.model.name) if experiment.model else None
        takes, names = experiment.takes or (spec.takes if spec else ()), dict[str, str]()
        for source in filter(is_source, takes):
            place = source, suite.origin(experiment.name).file.parent
            try:
                if place not in known:
                    known[place], registry = _registered(source, experiment, suite, registry)
                names[source] = known[place]
            except EmobenchError as error:
                where = f"{suite.origin(experiment.name).file.name}, experiment {experiment.name!r}"
                raise EmobenchError(f"{error.where}: {error.what}", where=where, remedy=error.remedy) from error
        if names:
            settings = {names.get(name, name): chosen for name, chosen in experiment.representations.items()}
            changed = {"takes": tuple(names.get(name, name) for name in takes), "representations": settings}
            experiment = experiment.model_copy(update=changed)
        named.append(experiment)
    return named, registry


def _registered(source: str, experiment: Experiment, suite: Suite, registry: Registry) -> tuple[str, Registry]:
    if source in registry.encoders:
        return source, registry
    if not source.startswith(CELL):
        return registered(source, registry, suite.origin(experiment.name).file.parent)
    fitting = suite.by_name[source.removeprefix(CELL)]  # the schema sees to it that there is one
    takes = fitting.takes or (registry.find("models", fitting.model.name).takes if fitting.model else ())
    made = registry.stream(takes[0]) if len(takes) == 1 and not is_source(takes[0]) else None
    if not isinstance(made, Representation):
        what = f"{fitting.name!r} fits no model on one representation"
        raise EmobenchError(what, where=f"encoder {source!r}", remedy="name an experiment that does")
    encoder = FittedCell(source, made, {**made.parameters, **fitting.representations.get(made.name, {})})
    return source, dataclasses.replace(registry, encoders={**registry.encoders, source: encoder})


def starting_encoder(source: str, registry: Registry, beside: Path) -> FolderEncoder:
    """Return the encoder whose weights a model starts from; they lie in a folder.

    Raises:
        EmobenchError: nothing is named, or the weights are in no folder, or not on this machine.
    """
    encoder = find_encoder(source, registry, beside) if is_source(source) else None
    if not isinstance(encoder, FolderEncoder):
        what, remedy = f"{source!r} is no source of weights to start from", "write hf:NAME, timm:NAME or hf:./folder"
        raise EmobenchError(what, remedy=remedy)
    return encoder


def place_of(encoder: Encoder, cell: Cell | None, files: dict[str, str]) -> EncoderPlace:
    """Return what a worker needs to find an encoder.

    Args:
        encoder: of a source.
        cell: whose fitted model it is; ``None`` for another one.
        files: local files of that model.
    """
    return EncoderPlace(source=source_of(encoder), cell=cell.id if cell else "", files=files)
