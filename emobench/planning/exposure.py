"""Whether weights that were not trained here have seen the test samples of a task: what they declare beside these."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from emobench.contracts import UNKNOWN, Encoder, ModelSpec, PairedDataset, part_called
from emobench.encoders import weights_hash
from emobench.plugins import Registry
from emobench.records import Exposure, Weights, worst
from emobench.splits import Task

if TYPE_CHECKING:
    import pandas as pd

_CORPUS = "corpus"
"""Column of a dataset that joins others: which of them a sample is of."""


def exposure(declared: Iterable[str], task: Task, registry: Registry) -> Exposure:
    """Compare what weights declare to be trained on with the test samples of a task.

    Names are compared without case, spaces and hyphens, by the names and titles of registered datasets. A dataset that
    is made of others, or of their pictures or recordings, holds their samples. A part (``"fer2013:train"``) counts the
    samples whose official split is that part.

    Args:
        declared: names of corpora, with a part or without, or ``"unknown"``; none of weights that saw none.
        task: of any protocol; of a task with folds, all that is tested.
        registry: of datasets and of the relations between them.

    Returns:
        ``seen`` before ``unknown`` before ``unseen``; ``unseen`` where they were trained on nothing.
    """
    samples = _tested(task)
    seen: dict[str, set[str]] = {}
    unclear: list[str] = []
    for name in declared:
        within = None if _plain(name) == UNKNOWN else _within(name, task, samples, registry)
        if within is None:
            unclear.append(name)
        elif within:
            seen[name] = within
    if seen:
        number = len(set().union(*seen.values()))
        return Exposure(kind="seen", by=tuple(seen), samples=number, tested=len(samples))
    if unclear:
        by = tuple(name for name in unclear if _plain(name) != UNKNOWN)
        return Exposure(kind="unknown", by=by, tested=len(samples))
    return Exposure(kind="unseen", tested=len(samples))


def exposed(spec: ModelSpec, encoders: Iterable[Encoder], task: Task, registry: Registry) -> Exposure | None:
    """Return the exposure of a row: of a model that is fitted already and of its encoders; ``None`` without either."""
    declared = [spec.fitted_on] if spec.fitted_on else []
    declared += [encoder.pretrained_on for encoder in encoders]
    return worst(tuple(exposure(each, task, registry) for each in declared))


def weights_of(spec: ModelSpec, encoders: Iterable[Encoder], files: Iterable[str] = ()) -> tuple[Weights, ...]:
    """Return what is known of the weights of a row that were not trained here.

    Args:
        spec: its model.
        encoders: of its streams, and those whose weights the model starts from.
        files: ``sha256:`` and the hash of each file that the model's parameters name.
    """
    hashes = [each.removeprefix("sha256:") for each in files]
    only = hashes[0] if len(hashes) == 1 else ""
    own = [Weights(name=spec.name, sha256=only, license=spec.license, released=spec.released)] if spec.fitted_on else []
    return (*own, *map(_weights, encoders))


def _weights(encoder: Encoder) -> Weights:
    sha256 = weights_hash(encoder).removeprefix("sha256:")
    return Weights(name=encoder.name, sha256=sha256, license=encoder.license, released=encoder.released)


def _tested(task: Task) -> pd.DataFrame:
    """Return the rows of the index that are tested."""
    split, samples = task.scored, task.copy.index.samples
    tested = {sample for part in split.test_parts for sample in split.parts[part]}
    return samples[samples["sample_id"].isin(tested)]


def _within(name: str, task: Task, samples: pd.DataFrame, registry: Registry) -> set[str] | None:
    """Return the ids of the samples that are in a declared corpus, or ``None`` where nobody can tell."""
    corpus, _, part = name.partition(":")
    held = _sources(corpus, registry)
    if not held & _sources(task.dataset.name, registry):
        return set()
    if _CORPUS in samples and isinstance(task.dataset, PairedDataset):
        origins = {each: _sources(each, registry) for each in samples[_CORPUS].unique()}
        samples = samples[[bool(origins[each] & held) for each in samples[_CORPUS]]]
    if part and len(samples):
        if "split" not in samples or (samples["split"] == "").any() or isinstance(task.dataset, PairedDataset):
            return None
        samples = samples[samples["split"].map(part_called) == part_called(part)]
    return set(samples["sample_id"])


def _sources(name: str, registry: Registry) -> frozenset[str]:
    """Return the corpora that hold the samples of a corpus, itself among them, by plain names."""
    found: set[str] = set()
    pending = [name]
    while pending:
        plain = _plain(pending.pop())
        if plain in found:
            continue
        found.add(plain)
        for dataset in registry.datasets.values():
            if plain in (_plain(dataset.name), _plain(dataset.title)):
                pending += [dataset.name, *(dataset.members if isinstance(dataset, PairedDataset) else ())]
        for relation in registry.relations.values():
            if _plain(relation.name) == plain:
                pending += relation.samples_of
    return frozenset(found)


def _plain(name: str) -> str:
    """Return a name as it is compared: FER+, ``fer-plus`` and ``FERPlus`` are one, and so are ``CK+ (48x48)`` and CK+."""
    without_remark = re.sub(r"\s*\([^)]*\)\s*$", "", name)
    return re.sub(r"[^0-9a-z]", "", without_remark.casefold().replace("+", "plus"))
