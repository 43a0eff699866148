"""Tables of predictions that were made elsewhere, as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from emobench.plugins.registry import Registry
from emobench.splits import task as tasks

CLASSES = ("round", "square", "thin")


def opened(registry: Registry, protocol: str = "by-folder", data: Path | None = None, **parameters: Any) -> tasks.Task:
    return tasks.open_task("clips", protocol, "shapes", parameters, data, registry)


def table(task: tasks.Task, seed: int = 0) -> pd.DataFrame:
    """Return ids and probabilities of all test samples, most of them right."""
    generator = np.random.default_rng(seed)
    known = task.samples.set_index("sample_id")["label"]
    ids = [sample for part in task.scored.test_parts for sample in task.scored.parts[part]]
    rows = generator.dirichlet(np.ones(3), len(ids))
    for row, sample in zip(rows, ids, strict=True):
        if generator.random() < 0.7:
            row[:] = 0.1
            row[CLASSES.index(known[sample])] = 0.8
    return pd.DataFrame(rows, columns=[f"p_{name}" for name in CLASSES]).assign(sample_id=ids)


def saved(folder: Path, content: pd.DataFrame, name: str = "mine.csv") -> Path:
    path = folder / name
    if path.suffix == ".parquet":
        content.to_parquet(path)
    elif path.suffix == ".jsonl":
        content.to_json(path, orient="records", lines=True, double_precision=15)
    else:
        content.to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")
    return path


def labelled(content: pd.DataFrame) -> pd.DataFrame:
    """Return ids and the most probable class."""
    likeliest = np.asarray(CLASSES)[content[[f"p_{name}" for name in CLASSES]].to_numpy().argmax(axis=1)]
    return content[["sample_id"]].assign(prediction=likeliest)
