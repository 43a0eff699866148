"""The state that all code of a process shares, and that none of it may leave changed."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def generators() -> dict[str, Any]:
    """Return the state of each global generator, comparable by ``==``; torch's only where torch is imported."""
    import numpy as np

    kind, keys, *rest = np.random.get_state(legacy=True)
    states: dict[str, Any] = {"Python": random.getstate(), "NumPy": (kind, np.asarray(keys).tolist(), *rest)}
    if torch := sys.modules.get("torch"):
        states["torch"] = torch.get_rng_state().tolist()
    return states


def settings() -> dict[str, Any]:
    """Return what else is global, by what a person calls it."""
    import numpy as np

    there: dict[str, Any] = {
        "the working directory": Path.cwd(),
        "the environment": dict(os.environ),
        "NumPy's handling of floating-point errors": np.geterr(),
    }
    if torch := sys.modules.get("torch"):
        there |= {
            "torch's default dtype": torch.get_default_dtype(),
            "torch's number of threads": torch.get_num_threads(),
            "torch's gradient mode": torch.is_grad_enabled(),
            "torch's choice of deterministic algorithms": torch.are_deterministic_algorithms_enabled(),
        }
    return there


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return the names of what changed, of the environment with the variables."""
    changed = [name for name in before if before[name] != after[name]]
    return [
        f"{name} ({', '.join(_variables(before[name], after[name]))})" if name == "the environment" else name
        for name in changed
    ]


def _variables(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


@contextmanager
def restored() -> Iterator[None]:
    """Put back generators and settings when the block ends, so that one fault does not spoil the next check."""
    import numpy as np

    before, python, numpy = settings(), random.getstate(), np.random.get_state(legacy=True)
    torch = sys.modules.get("torch")
    tensors = torch.get_rng_state() if torch else None
    try:
        yield
    finally:
        os.chdir(before["the working directory"])
        _restore_environment(before["the environment"])
        np.seterr(**before["NumPy's handling of floating-point errors"])
        random.setstate(python)
        np.random.set_state(numpy)
        if torch:
            torch.set_rng_state(tensors)
            torch.set_default_dtype(before["torch's default dtype"])
            torch.set_num_threads(before["torch's number of threads"])
            torch.set_grad_enabled(before["torch's gradient mode"])
            deterministic = before["torch's choice of deterministic algorithms"]
            torch.use_deterministic_algorithms(deterministic, warn_only=deterministic)


def _restore_environment(wanted: dict[str, str]) -> None:
    for name in set(os.environ) - set(wanted):
        del os.environ[name]
    for name, value in wanted.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Run a block with the global generators of Python, NumPy and (where imported) torch in another state than before."""
    import numpy as np

    with restored():
        random.seed(seed)
        np.random.seed(seed)
        if torch := sys.modules.get("torch"):
            torch.manual_seed(seed)
        yield


@contextmanager
def listed_backwards() -> Iterator[None]:
    """Let the operating system list folders in descending order of names, where it lists them in any it likes."""
    listdir, scandir = os.listdir, os.scandir

    class Backwards:
        def __init__(self, *arguments: Any) -> None:
            with scandir(*arguments) as entries:
                self._entries = iter(sorted(entries, key=lambda entry: entry.name, reverse=True))

        def __iter__(self) -> Iterator[Any]:
            return self._entries

        def __next__(self) -> Any:
            return next(self._entries)

        def __enter__(self) -> Backwards:
            return self

        def __exit__(self, *_: object) -> None: ...

        def close(self) -> None: ...

    def backwards(*arguments: Any) -> list[Any]:
        return sorted(listdir(*arguments), reverse=True)

    replaced: Any = os
    replaced.listdir, replaced.scandir = backwards, Backwards
    try:
        yield
    finally:
        replaced.listdir, replaced.scandir = listdir, scandir
