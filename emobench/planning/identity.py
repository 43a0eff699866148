"""What determines the result of a cell."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emobench import decoding
from emobench.contracts import ModelSpec
from emobench.errors import EmobenchError, nearest
from emobench.plugins import Code, Registry, component_code, dataset_code, imported_packages, package_versions
from emobench.records import RESULTS_VERSION, Component, Identity
from emobench.splits import Task
from emobench.suites import Experiment

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


def model_identity(
    experiment: Experiment, task: Task, spec: ModelSpec, code: Mapping[str, Code], registry: Registry, **fitted: Any
) -> Identity:
    """Return what a model's cell is.

    Args:
        experiment: tells representations, pool and policies.
        task: divides the data.
        spec: the model.
        code: of all its components, by kind and name, see :class:`ComponentCode`.
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
        results=RESULTS_VERSION,
        code=hashes(code),
        packages=package_versions(
            [
                *_PACKAGES,
                *spec.packages,
                *(p for fusion in pool for p in fusion.packages),
                *(p for r in representations for p in (*r.packages, *decoding.PACKAGES[r.modality])),
                *imported_packages(code, registry),
            ]
        ),
        **fitted,
    )


def hashes(code: Mapping[str, Code]) -> dict[str, str]:
    """Return the hash of each component's code, as an identity holds them."""
    return {component: known.hash for component, known in code.items()}


@dataclass(frozen=True)
class ComponentCode:
    """The code of components, each read once for a plan.

    Attributes:
        registry: knows them.
    """

    registry: Registry
    _known: dict[str, dict[str, Code]] = field(default_factory=dict)

    def of_model(self, experiment: Experiment, task: Task, spec: ModelSpec) -> dict[str, Code]:
        """Return the code of every component of a model's cell, by kind and name."""
        components = {
            ("label_maps", task.label_map.name),
            ("protocols", task.protocol.name),
            ("models", spec.name),
            *(("representations", name) for name in experiment.takes or spec.takes),
            *([("fusions", experiment.pool)] if experiment.pool is not None else []),
        }
        if task.dataset.name not in self._known:
            self._known[task.dataset.name] = dataset_code(task.dataset, self.registry)
        return self._known[task.dataset.name] | {
            component: code for named in sorted(components) for component, code in self.of(*named).items()
        }

    def of(self, kind: str, name: str) -> dict[str, Code]:
        """Return the code of one component, by kind and name."""
        component = f"{kind}/{name}"
        if component not in self._known:
            self._known[component] = {component: component_code(kind, name, self.registry)}
        return self._known[component]
