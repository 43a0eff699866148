"""The same computation in another process, where Python hashes text in another way and the process has another number."""

from __future__ import annotations

import importlib
import importlib.util
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.contracts import PairedDataset
from emobench.plugins import Registry, component_name
from emobench.testing.contract import Breach, Subject

if TYPE_CHECKING:
    import pandas as pd

    from emobench.testing.model_subject import ModelSubject


def environment() -> dict[str, str]:
    """Return the environment of a process that imports what this one can, with hashes of text of its own."""
    paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
    other = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    return {**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": other}


def prediction(subject: ModelSubject) -> Any:
    """Return what the model predicts that is fitted in another process, or ``None`` where that cannot import its plugin.

    Raises:
        Breach: what works in this process fails there.
    """
    import torch

    return _answer(subject, [subject.name], (subject.material, torch.get_num_threads()))


def index(subject: Subject, root: Path) -> pd.DataFrame | None:
    """Return the rows of the index that is read in another process, or ``None`` where that cannot import the plugin.

    Raises:
        Breach: what works in this process fails there.
    """
    members = subject.component.members if isinstance(subject.component, PairedDataset) else ()
    rows: pd.DataFrame | None = _answer(subject, [subject.name, *members], root)
    return rows


def _answer(subject: Subject, names: list[str], given: Any) -> Any:
    modules = [(subject.registry.modules[subject.kind, name], name) for name in names]
    if not all(_can_be_imported(module) for module, _ in modules):
        return None
    folder = subject.fresh_folder("elsewhere")
    (folder / "question").write_bytes(pickle.dumps((subject.kind, modules, given)))
    command = [sys.executable, "-W", "ignore", "-m", __name__, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise Breach(f"in a process of its own it fails: {said[-1]}")
    return pickle.loads((folder / "answer").read_bytes())


def _can_be_imported(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # a module that was never a file has no specification
        return False


def main(folder: Path) -> None:
    """Answer the question in a folder; this runs in the other process."""
    kind, modules, given = pickle.loads((folder / "question").read_bytes())
    registry = Registry()
    for module, name in modules:
        made = getattr(importlib.import_module(module), f"emobench_{kind}")()
        getattr(registry, kind)[name] = next(one for one in made if component_name(one) == name)
        registry.modules[kind, name] = module
    answer = (_predict if kind == "models" else _index)(registry, modules[0][1], given)
    (folder / "answer").write_bytes(pickle.dumps(answer))


def _predict(registry: Registry, name: str, given: Any) -> Any:
    import numpy as np
    import torch

    from emobench.testing.model_subject import ModelSubject

    material, threads = given
    torch.set_num_threads(threads)  # sums are rounded as they are divided among threads
    subject = ModelSubject("models", name, registry, material=material)
    return np.asarray(subject.predict(subject.fit(material.train).model, material.asked))


def _index(registry: Registry, name: str, root: Path) -> pd.DataFrame:
    from emobench.testing.datasets import DatasetSubject

    return DatasetSubject("datasets", name, registry).indexed(root).samples


if __name__ == "__main__":
    main(Path(sys.argv[1]))
