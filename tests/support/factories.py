"""Predictions and records that no run has made."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench.contracts import Metric, Schedule
from emobench.records import (
    Cell,
    Component,
    Failure,
    Identity,
    PartCount,
    Phase,
    Provenance,
    Record,
    Scores,
    predictions_table,
)
from emobench.scoring import score

CLASSES = ("angry", "happy", "sad")

NASTY = 'a "quote", <tag> & ]]> \x1b[31mred\x00 \ud800\nsecond line, ü'
"""A message with everything that a file format may not like."""


def sha256(text: str) -> str:
    """Return a digest that looks like a real one."""
    return hashlib.sha256(text.encode()).hexdigest()


def built_in_metrics() -> tuple[Metric, ...]:
    """Return the metrics of classes that come with emobench."""
    from emobench_plugins.metrics.classification import emobench_metrics

    return tuple(emobench_metrics())


def metrics_of_numbers() -> tuple[Metric, ...]:
    """Return the metrics of votes and of values that come with emobench."""
    from emobench_plugins.metrics import distributions, values

    return (*distributions.emobench_metrics(), *values.emobench_metrics())


def random_probabilities(n: int, k: int, seed: int = 0) -> NDArray[np.float64]:
    """Return (n, k) rows that sum to one."""
    return np.random.default_rng(seed).dirichlet(np.full(k, 0.5), size=n)


def predictions(
    n: int = 60, classes: tuple[str, ...] = CLASSES, parts: tuple[str, ...] = ("test",), seed: int = 0
) -> pd.DataFrame:
    """Return a predictions table of ``n`` samples, dealt to the parts in turn."""
    generator = np.random.default_rng(seed)
    truth = pd.DataFrame(
        {
            "sample_id": [f"clip-{number:03d}" for number in range(n)],
            "part": [parts[number % len(parts)] for number in range(n)],
            "label": np.asarray(classes, dtype=object)[generator.integers(len(classes), size=n)],
            "group": [f"speaker-{number % 5}" for number in range(n)],
        }
    )
    return predictions_table(classes, random_probabilities(n, len(classes), seed), truth)


def identity(**changes: Any) -> Identity:
    """Return the identity of a trained model on a dataset with one test part."""
    defaults: dict[str, Any] = {
        "dataset": "faces",
        "fingerprint": sha256("faces"),
        "content": sha256("content of faces"),
        "labels": "three@1",
        "classes": CLASSES,
        "protocol": Component(name="random-clips", parameters={"test_size": 60, "seed": 68}),
        "split": {"train": sha256("train"), "test": sha256("test")},
        "representations": (Component(name="gray-face", parameters={"size": 48}),),
        "model": Component(name="net", parameters={"dropout": 0.2}),
        "schedule": Schedule(epochs=6, batch_size=32, learning_rate=1e-4, weight_decay=1e-3),
        "seed": 42,
        "results": 1,
        "code": {"net": "c0de"},
    }
    return Identity(**(defaults | changes))


def cell(
    experiment: str = "net-on-faces",
    *,
    what: Identity | None = None,
    provenance: Provenance = "official",
    **changes: Any,
) -> Cell:
    """Return a cell; without ``what``, its identity follows from the experiment's name."""
    what = what or identity(code={"net": sha256(experiment)})
    defaults: dict[str, Any] = {"suite": "demo", "headline": what.test_parts[0]}
    return Cell(id=what.id, experiment=experiment, identity=what, provenance=provenance, **(defaults | changes))


def scores(part_names: tuple[str, ...] = ("test",), *, seed: int = 0, **overrides: float) -> dict[str, Scores]:
    """Return real scores of random predictions; ``overrides`` set metrics in every part."""
    table = predictions(parts=part_names, seed=seed)
    measured = score(table, CLASSES, part_names, built_in_metrics())
    return {part: one.model_copy(update={"metrics": one.metrics | overrides}) for part, one in measured.items()}


def record(of: Cell | None = None, **changes: Any) -> Record:
    """Return the record of a finished cell."""
    of = of or cell()
    parts = of.identity.test_parts
    defaults: dict[str, Any] = {
        "emobench": "0.1.0",
        "status": "finished",
        "counts": {part: PartCount(attempted=60 // len(parts), dropped=0) for part in parts},
        "phases": {"fit": Phase(wall=61.5, cpu=110.25), "predict": Phase(wall=2.0, cpu=3.5)},
        "peak_memory": 3 * 1024**3 // 2,
        "parameters": 11_173_831,
        "environment": {"device": "cpu", "threads": 2},
        "started": "2026-01-02T03:04:05+00:00",
        "finished": "2026-01-02T03:05:09+00:00",
    }
    if "scores" not in changes:
        defaults["scores"] = scores(parts)
    return Record(cell=of, **(defaults | changes))


def failed(of: Cell | None = None, message: str = "out of memory", **changes: Any) -> Record:
    """Return the record of a failed cell."""
    failure = Failure(kind="RuntimeError", message=message, traceback="Traceback: /home/me/secret.py")
    return record(of, status="failed", failure=failure, **({"scores": {}, "counts": {}} | changes))
