"""The same computation in another process, where Python hashes text in another way and nothing is imported yet."""

from __future__ import annotations

import importlib.util
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from emobench.contracts import PairedDataset
from emobench.plugins import Registry, component_name
from emobench.testing.contract import Breach, Subject

S = TypeVar("S", bound=Subject)


def ask(subject: S, compute: Callable[[S, Any], Any], given: Any) -> Any:
    """Return what another process computes, or ``None`` where it cannot import the plugin.

    Args:
        subject: the component that it is about; the members of a paired dataset go with it.
        compute: a function of a module of the kit, called there with the subject, in a registry of these components alone.
        given: its other argument.

    Raises:
        Breach: what works in this process fails there.
    """
    members = subject.component.members if isinstance(subject.component, PairedDataset) else ()
    modules = [(name, subject.registry.modules[subject.kind, name]) for name in (subject.name, *members)]
    if not all(_can_be_imported(module) for _, module in modules):
        return None
    folder = subject.fresh_folder()
    (folder / "question").write_bytes(pickle.dumps((type(subject), subject.kind, modules, compute, given)))
    program = f"from {__name__} import answer; answer({str(folder)!r})"
    paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
    other_hashes = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": other_hashes},
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise Breach(f"in a process of its own it fails: {said[-1]}")
    return pickle.loads((folder / "answer").read_bytes())


def answer(folder: str) -> None:
    """Answer the question in a folder; this is what the other process does."""
    subject, kind, modules, compute, given = pickle.loads(Path(folder, "question").read_bytes())
    registry = Registry()
    for name, module in modules:
        made = getattr(importlib.import_module(module), f"emobench_{kind}")()
        getattr(registry, kind)[name] = next(component for component in made if component_name(component) == name)
        registry.modules[kind, name] = module
    Path(folder, "answer").write_bytes(pickle.dumps(compute(subject(kind, modules[0][0], registry), given)))


def _can_be_imported(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # a module that was never a file has no specification
        return False
