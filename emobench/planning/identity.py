"""What determines the result of a cell."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from emobench import audits, data, media
from emobench.cells import Component, Identity
from emobench.codehash import code_hash, package_versions
from emobench.contracts import ModelSpec
from emobench.errors import EmobenchError, nearest
from emobench.plugins import Registry
from emobench.suites import Experiment
from emobench.tasks import Task

# The modules of the harness between a file and a prediction.
_HARNESS = tuple(
    f"emobench.{name}"
    for name in (
        "devices",
        "fusions",
        "media",
        "models",
        "opening",
        "parts",
        "protocols",
        "representations",
        "training",
        "video",
    )
)


# What computes in nearly every cell, whether its plugins say so or not.
_PACKAGES = ("numpy", "scikit-learn", "torch")


def file_hash(path: Path, experiment: str) -> str:
    """Return ``sha256:`` and the hash of a file's content.

    Raises:
        EmobenchError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError as error:
        raise EmobenchError(
            f"experiment {experiment!r} cannot read this file: {error.strerror}",
            where=str(path),
            remedy="fix the path",
        ) from error


def tested_on(identity: Identity) -> tuple[object, ...]:
    """Return what cells that are compared sample by sample have in common."""
    return identity.dataset, identity.content, identity.labels, identity.classes, identity.split


def chosen_headline(parts: tuple[str, ...], headline: str | None, *, where: str = "") -> str:
    """Return the test part that ranks.

    Raises:
        EmobenchError: it is none of the parts, or there are several and none was named.
    """
    if headline is None and len(parts) == 1:
        return parts[0]
    if headline is None:
        what, remedy = f"several test parts ({', '.join(parts)})", "say with headline which of them ranks"
        raise EmobenchError(what, where=where, remedy=remedy)
    if headline not in parts:
        raise EmobenchError(f"no test part {headline!r}", where=where, remedy=nearest(headline, parts))
    return headline


def model_identity(experiment: Experiment, task: Task, spec: ModelSpec, registry: Registry, **fitted: Any) -> Identity:
    """Return what a model's cell is.

    Args:
        experiment: tells representations, pool and policies.
        task: divides the data.
        spec: the model.
        registry: of what the experiment names.
        **fitted: the other fields of an identity: the split, and how the model is fitted.

    Raises:
        EmobenchError: a package is not installed.
    """
    representations = [registry.representations[name] for name in experiment.takes or spec.takes]
    pool = [] if experiment.pool is None else [registry.fusions[experiment.pool]]
    return Identity(
        dataset=task.dataset.name,
        fingerprint=task.source.fingerprint,
        content=task.source.content,
        labels=task.labels,
        classes=task.label_map.classes,
        protocol=task.rule,
        policies=dict(task.policies),
        representations=tuple(
            Component(name=r.name, parameters={**r.parameters, **experiment.representations.get(r.name, {})})
            for r in representations
        ),
        pool=None if experiment.pool is None else Component(name=experiment.pool),
        code=_code(experiment, task, spec, registry),
        packages=package_versions(
            [
                *_PACKAGES,
                *spec.packages,
                *(p for fusion in pool for p in fusion.packages),
                *(p for r in representations for p in (*r.packages, *media.PACKAGES[r.modality])),
            ]
        ),
        **fitted,
    )


def _code(experiment: Experiment, task: Task, spec: ModelSpec, registry: Registry) -> dict[str, str]:
    components = {
        ("label_maps", task.label_map.name),
        ("protocols", task.protocol.name),
        ("models", spec.name),
        *(("representations", name) for name in experiment.takes or spec.takes),
        *([("fusions", experiment.pool)] if experiment.pool is not None else []),
    }
    code = {f"{kind}/{name}": code_hash(registry.modules[kind, name]) for kind, name in components}
    code |= data.dataset_code(task.dataset, registry)
    if task.policies:
        code["audits"] = audits.audits_code()
    if experiment.control is not None:
        code["control"] = code_hash("emobench.controls")
    code["build"] = code_hash(getattr(spec.build, "__module__", "") or registry.modules["models", spec.name])
    return code | {module: code_hash(module) for module in _HARNESS}
