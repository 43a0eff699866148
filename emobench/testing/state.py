"""The state that all code of a process shares, and that none of it may leave changed."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

import numpy as np

T = TypeVar("T")

_TORCH = {
    "torch's default dtype": ("get_default_dtype", "set_default_dtype"),
    "torch's number of threads": ("get_num_threads", "set_num_threads"),
    "torch's gradient mode": ("is_grad_enabled", "set_grad_enabled"),
    "torch's choice of deterministic algorithms": ("get_deterministic_debug_mode", "set_deterministic_debug_mode"),
}
"""Settings of torch, by what a person calls them: the functions that read and write each."""


def generators() -> dict[str, Any]:
    """Return the state of each global generator, comparable by ``==``; torch's only where torch is imported."""
    kind, keys, *rest = np.random.get_state(legacy=True)
    states: dict[str, Any] = {"Python": random.getstate(), "NumPy": (kind, np.asarray(keys).tolist(), *rest)}
    if torch := sys.modules.get("torch"):
        states["torch"] = torch.get_rng_state().tolist()
    return states


def settings() -> dict[str, Any]:
    """Return what else is global, by what a person calls it."""
    there: dict[str, Any] = {
        "the working directory": Path.cwd(),
        "NumPy's handling of floating-point errors": np.geterr(),
        **{f"the environment ({name})": value for name, value in os.environ.items()},
    }
    if torch := sys.modules.get("torch"):
        there |= {name: getattr(torch, read)() for name, (read, _) in _TORCH.items()}
    return there


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return the names of what changed."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


@contextmanager
def restored() -> Iterator[None]:
    """Put back generators and settings when the block ends, so that one fault does not spoil the next check."""
    before, python, numpy = settings(), random.getstate(), np.random.get_state(legacy=True)
    torch = sys.modules.get("torch")
    tensors = torch.get_rng_state() if torch else None
    try:
        with mock.patch.dict(os.environ):
            yield
    finally:
        os.chdir(before["the working directory"])
        np.seterr(**before["NumPy's handling of floating-point errors"])
        random.setstate(python)
        np.random.set_state(numpy)
        if torch:
            torch.set_rng_state(tensors)
            for name, (_, write) in _TORCH.items():
                getattr(torch, write)(before[name])


def under_other_seeds(compute: Callable[[], T]) -> list[T]:
    """Compute twice, with the global generators of Python, NumPy and (where imported) torch in two other states."""
    computed = []
    for seed in (1, 2):
        with restored():
            random.seed(seed)
            np.random.seed(seed)
            if torch := sys.modules.get("torch"):
                torch.manual_seed(seed)
            computed.append(compute())
    return computed


class _Backwards(ExitStack, Iterator[Any]):
    """What ``os.scandir`` returns, in descending order of names."""

    def __init__(self, entries: Any) -> None:
        super().__init__()
        with entries:
            self._entries = iter(sorted(entries, key=lambda entry: entry.name, reverse=True))

    def __next__(self) -> Any:
        return next(self._entries)


@contextmanager
def listed_backwards() -> Iterator[None]:
    """Let the operating system list folders in descending order of names; it may list them in any order it likes."""
    listdir, scandir = os.listdir, os.scandir
    with mock.patch.multiple(
        os,
        listdir=lambda *arguments: sorted(listdir(*arguments), reverse=True),
        scandir=lambda *arguments: _Backwards(scandir(*arguments)),
    ):
        yield
