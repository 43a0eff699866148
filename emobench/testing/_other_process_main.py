"""The program that answers a question of :mod:`emobench.testing.other_process`, in the folder that is its argument."""

from __future__ import annotations

import importlib
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.plugins import Registry, component_name
from emobench.testing.contract import Kind
from emobench.testing.datasets import DatasetSubject
from emobench.testing.model_subject import ModelSubject

if TYPE_CHECKING:
    import pandas as pd


def main(folder: Path) -> None:
    """Answer the question in a folder."""
    question, kind, modules, given = pickle.loads((folder / "question").read_bytes())
    registry = _registry(kind, modules)
    answers: dict[str, Callable[[Registry, str, Any], Any]] = {
        "imports": _imports,
        "index": _index,
        "predict": _predict,
    }
    (folder / "answer").write_bytes(pickle.dumps(answers[question](registry, modules[0][0], given)))


def _registry(kind: Kind, modules: list[tuple[str, str]]) -> Registry:
    registry = Registry()
    for name, module in modules:
        made = getattr(importlib.import_module(module), f"emobench_{kind}")()
        getattr(registry, kind)[name] = next(component for component in made if component_name(component) == name)
        registry.modules[kind, name] = module
    return registry


def _imports(registry: Registry, name: str, heavy: tuple[str, ...]) -> list[str]:
    return [module for module in heavy if module in sys.modules]


def _index(registry: Registry, name: str, root: Path) -> pd.DataFrame:
    return DatasetSubject("datasets", name, registry).indexed(root).samples


def _predict(registry: Registry, name: str, given: Any) -> Any:
    import numpy as np
    import torch

    trial, threads = given
    torch.set_num_threads(threads)  # sums are rounded as they are divided among threads
    subject = ModelSubject("models", name, registry, trial=trial)
    return np.asarray(subject.predict(subject.fit(trial.train), trial.to_predict))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
