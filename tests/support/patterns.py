"""A suite whose experiments are patterns, and its plans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emobench.planning.plan import Plan
from emobench.planning.planner import make_plan
from emobench.planning.request import Request
from emobench.plugins.loading import installed_plugins

HEAD = """
schema = 1
title = "Probes"

[pattern]
modality = "audio"
datasets = ["ravdess", "tess", "emo-db"]
twins = ["ravdess", "emo-db"]
labels = "seven-emotions"
encoders = ["mfcc-chroma-mel"]
"""


SVM = """
[[experiments]]
name = "{dataset}.{encoder}.svm"
dataset = "{dataset}"
protocol = { name = "group-folds", folds = 5, hold_out = 0.2 }
takes = ["{encoder}"]
model = "svm"
"""


def written(folder: Path, text: str = HEAD + SVM) -> Path:
    path = folder / "probes.toml"
    path.write_text(text, encoding="utf-8")
    return path


def plan(
    folder: Path, text: str = HEAD + SVM, *, encoders: tuple[str, ...] = ("spectrogram-image",), **more: Any
) -> Plan:
    request = Request(str(written(folder, text)), out=folder / "runs", encoders=encoders, **more)
    return make_plan(request, installed_plugins())


def experiments(made: Plan) -> list[str]:
    """Return the names of the planned experiments, without their folds."""
    return [job.cell.experiment for job in made.jobs if not job.cell.fold]
