"""What determines the result of a cell."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from emobench import decoding
from emobench.contracts import CELL_FACT, REVISION_FACT, WEIGHTS_FACT, Encoder, ModelSpec, Recipe, Representation, Split
from emobench.encoders import complete_settings, is_source, weights_hash
from emobench.errors import EmobenchError, nearest
from emobench.plugins import Code, Registry, component_code, dataset_code, imported_packages, package_versions
from emobench.records import RESULTS_VERSION, VALIDATION, Cell, Component, Identity, Uncaptured
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
        what = f"experiment {experiment!r} cannot read this file: {error.strerror}"
        raise EmobenchError(what, where=str(path), remedy="fix the path") from error


def tested_on(identity: Identity, *, validation: bool) -> tuple[object, ...]:
    """Return what cells that are combined sample by sample have in common, on the validation part too where that matters."""
    parts = {part: hashed for part, hashed in identity.split.items() if part in identity.test_parts}
    aside = identity.split.get(VALIDATION) if validation else None
    return identity.dataset, identity.content, identity.labels, identity.classes, identity.target, parts, aside


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


def of_task(task: Task, split: Split) -> dict[str, Any]:
    """Return the fields of an identity that the task gives: of its data, its classes and its split."""
    return {
        "dataset": task.dataset.name,
        "fingerprint": task.copy.fingerprint,
        "content": task.copy.content,
        "labels": task.labels,
        "classes": task.classes,
        "target": task.target,
        "protocol": task.rule,
        "split": split.hashes,
    }


class Identities:
    """Makes the identities of a plan's cells; the code of each component is read once."""

    def __init__(self, registry: Registry, precision: str) -> None:
        self._registry, self._precision = registry, precision
        self._code: dict[tuple[str, str], dict[str, Code]] = {}

    def of_model(
        self, experiment: Experiment, task: Task, spec: ModelSpec, encoded_by: Mapping[str, Cell], **fitted: Any
    ) -> Identity:
        """Return what a model's cell is.

        Args:
            experiment: that it is of.
            task: what it works on.
            spec: of the model.
            encoded_by: name of a stream to the cell whose fitted model encodes it.
            **fitted: the fields of an identity that say how the model is fitted.

        Raises:
            EmobenchError: a package is not installed.
        """
        takes = experiment.takes or spec.takes
        streams = [self._registry.stream(name) for name in takes]
        # What an encoder is given the steps of, computes for the cell too.
        under = [of["name"] for name in takes if (of := experiment.representations.get(name, {}).get("of"))]
        pool = [] if experiment.pool is None else [self._registry.fusions[experiment.pool]]
        recipe: Recipe | None = fitted.get("recipe")
        components = {
            *([("metrics", recipe.by)] if recipe is not None and recipe.by else []),
            *([("label_maps", task.label_map.name)] if task.label_map else []),
            ("protocols", task.protocol.name),
            ("models", spec.name),
            *(("representations", name) for name in (*takes, *under) if name in self._registry.representations),
            *(("encoders", name) for name in takes if name in self._registry.encoders and not is_source(name)),
            *(("fusions", fusion.name) for fusion in pool),
        }
        packages = [
            *_PACKAGES,
            *spec.packages,
            *(package for fusion in pool for package in fusion.packages),
            *(package for name in under for package in self._registry.representations[name].packages),
            *(package for stream in streams for package in (*stream.packages, *decoding.PACKAGES[stream.modality])),
        ]
        return Identity(
            **of_task(task, task.split),
            texts=task.copy.texts if any(rule.modality == "text" for rule in streams) else "",
            policies=dict(task.policies),
            representations=tuple(self._stream(stream, experiment, encoded_by) for stream in streams),
            encoded_by=tuple(cell.id for cell in encoded_by.values()),
            pool=None if experiment.pool is None else Component(name=experiment.pool),
            precision=self._precision,
            results=RESULTS_VERSION,
            **self._computed_by([("datasets", task.dataset.name), *sorted(components)], packages),
            **fitted,
        )

    def _stream(
        self, stream: Representation | Encoder, experiment: Experiment, encoded_by: Mapping[str, Cell]
    ) -> Component:
        """Return a stream with its parameters; an encoder with what its weights are, too."""
        chosen = experiment.representations.get(stream.name, {})
        if isinstance(stream, Representation):
            return Component(name=stream.name, parameters={**stream.parameters, **chosen})
        facts = {
            WEIGHTS_FACT: weights_hash(stream),
            CELL_FACT: encoded_by[stream.name].id if stream.name in encoded_by else "",
            REVISION_FACT: getattr(stream, "revision", ""),
        }
        settings = complete_settings(stream, chosen, f"encoder {stream.name!r}", self._registry)
        stated = {name: fact for name, fact in facts.items() if fact}
        return Component(name=stream.name, parameters={**settings, **stated})

    def of_fusion(self, fusion: Component, first: Identity, members: tuple[str, ...], seed: int) -> Identity:
        """Return what a late fusion's cell is; ``first`` is the identity of one of its members."""
        packages = self._registry.fusions[fusion.name].packages
        models_own: dict[str, Any] = {
            "model": None,
            "schedule": None,
            "recipe": None,
            "grid": {},
            "fitted_on": (),
            "outputs": (),
            "representations": (),
            "texts": "",
            "pool": None,
            "control": None,
            "encoded_by": (),
        }
        changed = {"fusion": fusion, "members": members, "seed": seed, "trained": "", "folds": ()}
        computed_by = self._computed_by([("fusions", fusion.name)], packages)
        return first.model_copy(update={**models_own, **changed, **computed_by})

    def uncaptured(self, identity: Identity) -> tuple[Uncaptured, ...]:
        """Return what an identity made here does not know of the code behind its components."""
        known = {component: code for codes in self._code.values() for component, code in codes.items()}
        return tuple(mark for component in identity.code for mark in known[component].uncaptured)

    def _computed_by(self, components: Iterable[tuple[str, str]], packages: Iterable[str]) -> dict[str, Any]:
        """Return the hashes of the code of components, by kind and name, and the versions of all packages behind it."""
        code: dict[str, Code] = {}
        for component in components:
            if component not in self._code:
                self._code[component] = self._read(*component)
            code |= self._code[component]
        versions = package_versions([*packages, *imported_packages(code, self._registry)])
        return {"code": {component: known.hash for component, known in code.items()}, "packages": versions}

    def _read(self, kind: str, name: str) -> dict[str, Code]:
        if kind == "datasets":
            return dataset_code(self._registry.datasets[name], self._registry)
        return {f"{kind}/{name}": component_code(kind, name, self._registry)}
