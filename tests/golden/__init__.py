"""Stored predictions of small cells, which tell whether emobench still computes what it computed.

``golden.toml`` has the cells. They run on synthetic twins, and two of them with ``--limit`` on the twin of FER2013 as a CSV
file. ``predictions.json`` holds what they predicted under the results version and the packages that it names.
``python -m tests.golden`` writes it again; that needs a raised results version.
"""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import numpy as np

from emobench.data import find_twin
from emobench.decoding import read_sample
from emobench.planning import Job, Request, make_plan, waves
from emobench.plugins import loading, package_versions
from emobench.plugins import registry as plugins
from emobench.records import RESULTS_VERSION, cell_folder, read_predictions
from emobench.running.cell import run_cell
from emobench.splits import Tasks
from emobench.storage import CACHE_VARIABLE
from tests.conftest import FakeEntry
from tests.support import narrow_plugin

FOLDER = Path(__file__).parent
STORED = FOLDER / "predictions.json"
TOLERANCE = 1e-4
_PACKAGES = ("librosa", "numpy", "opencv-python", "scikit-image", "scikit-learn", "torch")

Golden = dict[str, dict[str, list[float]]]
"""Cell to sample id to probabilities, in the order of the classes."""


def registry() -> plugins.Registry:
    """Return the installed plugins and the narrow models."""
    return loading.load([*loading._entry_points(), FakeEntry("narrow", narrow_plugin)])  # type: ignore[list-item]


def predict(folder: Path) -> Golden:
    """Compute every cell in an empty folder, with a cache of its own: what is cached would hide a change."""
    before = os.environ.get(CACHE_VARIABLE)
    os.environ[CACHE_VARIABLE] = str(folder / "cache")
    try:
        known = registry()
        twins = Request(str(FOLDER / "golden.toml"), out=folder / "runs")
        table = _table_of_pixels(known, folder / "data")
        limited = Request(twins.suite, data=table, out=folder / "limited", only=("faces*",), limit=21)
        return {**_run(twins, "", known), **_run(limited, " (CSV file, limit)", known)}
    finally:
        os.environ.pop(CACHE_VARIABLE)
        if before is not None:
            os.environ[CACHE_VARIABLE] = before


def _run(request: Request, mark: str, known: plugins.Registry) -> Golden:
    plan = make_plan(request, known)
    assert not plan.skipped, plan.skipped
    found: Golden = {}
    tasks = Tasks(known)
    for job in (job for wave in waves(plan.jobs) for job in wave):
        record = run_cell(job.model_copy(update={"threads": 1}), lambda event: None, tasks)
        assert record.failure is None, f"{job.cell.experiment}: {record.failure}"
        found[job.cell.experiment + mark] = _predictions(job)
    return found


def _predictions(job: Job) -> dict[str, list[float]]:
    table = read_predictions(cell_folder(job.run, job.cell.id) / "predictions.parquet")
    columns = [f"p_{name}" for name in job.cell.identity.classes]
    keys = table["part"] + " " + table["sample_id"]
    return {key: [round(p, 6) for p in row] for key, row in zip(keys, table[columns].to_numpy().tolist(), strict=True)}


def _table_of_pixels(known: plugins.Registry, folder: Path) -> Path:
    """Write the twin of FER2013 as a CSV file, and return the folder."""
    folder.mkdir()
    dataset = known.datasets["fer2013"]
    copy = find_twin(dataset, known).copy
    assert copy is not None
    codes = {label: number for number, label in enumerate(dataset.labels)}
    with (folder / "fer2013.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["emotion", "pixels", "Usage"])
        usages = {"train": "Training", "public-test": "PublicTest", "private-test": "PrivateTest"}
        for row in copy.index.samples.to_dict("records"):
            image = read_sample(dataset, copy.location, {str(key): value for key, value in row.items()}, "image")
            pixels = " ".join(map(str, image.ravel()))
            writer.writerow([codes[row["label"]], pixels, usages[row["split"]]])
    return folder


def stored() -> tuple[int, dict[str, str], Golden]:
    """Return the results version, the packages and the predictions that are stored."""
    content = json.loads(STORED.read_text(encoding="utf-8"))
    return content["results"], content["packages"], content["predictions"]


def write(found: Golden) -> None:
    """Store predictions under today's results version.

    Raises:
        SystemExit: others are stored under the same version.
    """
    if STORED.exists():
        version, _, before = stored()
        if version >= RESULTS_VERSION and differences(found, before):
            raise SystemExit(
                f"predictions changed, and are stored for results version {version}: "
                "raise RESULTS_VERSION in emobench/records/results_version.py, then give this command again"
            )
    lines = [f"  {json.dumps(cell)}: {json.dumps(values, separators=(',', ':'))}" for cell, values in found.items()]
    head = f'{{"results": {RESULTS_VERSION}, "packages": {json.dumps(package_versions(_PACKAGES))}, "predictions": {{\n'
    STORED.write_text(head + ",\n".join(lines) + "\n}}\n", encoding="utf-8")


def differences(found: Golden, wanted: Golden) -> list[str]:
    """Return the cells whose samples or predictions differ, with how much."""
    lines = []
    for cell in sorted({*found, *wanted}):
        one, other = found.get(cell, {}), wanted.get(cell, {})
        if one.keys() != other.keys():
            lines.append(f"{cell}: predicts other samples ({len(one)}, stored {len(other)})")
            continue
        largest = np.abs(np.array(list(one.values())) - np.array([other[key] for key in one])).max()
        if not largest <= TOLERANCE:
            lines.append(f"{cell}: differs by {largest:.2g}")
    return lines
