"""The same computation in another process, where Python hashes text in another way and nothing is imported yet."""

from __future__ import annotations

import importlib.util
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

from emobench.contracts import PairedDataset
from emobench.testing.contract import Breach, Subject

Question = Literal["imports", "index", "predict"]


def ask(subject: Subject, question: Question, given: Any) -> Any:
    """Return the answer of another process, or ``None`` where it cannot import the plugin.

    Args:
        subject: the component that it is about; with it go the members of a paired dataset.
        question: ``imports`` (which of the modules in ``given`` the plugin imports), ``index`` (the rows of the index of
            the dataset below the folder ``given``) or ``predict`` (what the model predicts that is fitted there; ``given``
            holds the samples and the number of threads).
        given: what the answer is computed from.

    Raises:
        Breach: what works in this process fails there.
    """
    members = subject.component.members if isinstance(subject.component, PairedDataset) else ()
    modules = [(name, subject.registry.modules[subject.kind, name]) for name in (subject.name, *members)]
    if not all(_can_be_imported(module) for _, module in modules):
        return None
    folder = subject.fresh_folder()
    (folder / "question").write_bytes(pickle.dumps((question, subject.kind, modules, given)))
    command = [sys.executable, "-W", "ignore", "-m", "emobench.testing._other_process_main", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise Breach(f"in a process of its own it fails: {said[-1]}")
    return pickle.loads((folder / "answer").read_bytes())


def _environment() -> dict[str, str]:
    """Return the environment of a process that imports what this one can, with hashes of text of its own."""
    paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
    other = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    return {**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": other}


def _can_be_imported(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # a module that was never a file has no specification
        return False
