"""What determines the result of a cell."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from emobench import audits, data
from emobench.cells import Identity
from emobench.codehash import code_hash
from emobench.contracts import ModelSpec
from emobench.errors import EmobenchError, nearest
from emobench.plugins import Registry
from emobench.suites import Experiment

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
PACKAGES = ("numpy", "scikit-learn", "torch")


def dropping(policies: Mapping[str, str]) -> dict[str, str]:
    """Return the policies that change something; to keep what an audit finds is what happens without one."""
    return {name: policy for name, policy in policies.items() if policy != "keep"}


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
            remedy="mend the path",
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


def code_of(experiment: Experiment, spec: ModelSpec, registry: Registry) -> dict[str, str]:
    """Return the hashes of all code between files and a model's predictions, by what it is."""
    assert experiment.protocol is not None
    components = {
        ("label_maps", str(experiment.labels)),
        ("protocols", experiment.protocol.name),
        ("models", spec.name),
        *(("representations", name) for name in experiment.takes or spec.takes),
        *([("fusions", experiment.pool)] if experiment.pool is not None else []),
    }
    code = {f"{kind}/{name}": code_hash(registry.modules[kind, name]) for kind, name in components}
    code |= data.dataset_code(registry.datasets[str(experiment.dataset)], registry)
    if dropping(experiment.policies):
        code["audits"] = audits.audits_code()
    if experiment.control is not None:
        code["control"] = code_hash("emobench.controls")
    code["build"] = code_hash(getattr(spec.build, "__module__", "") or registry.modules["models", spec.name])
    return code | {module: code_hash(module) for module in _HARNESS}
