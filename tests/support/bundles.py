"""Bundles of a small run, and what a forger who knows the format makes of them."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pandas as pd

from emobench.plugins.loading import load
from emobench.plugins.registry import Registry
from emobench.publishing.bundles import verifying
from emobench.publishing.bundles.manifest import parse_manifest, sha256
from emobench.records.record import Record
from emobench.records.run_folder import parse_record, record_bytes
from tests.conftest import FakeEntry
from tests.support import film_plugin, people
from tests.support.film_plugin import experiment

Files = dict[str, bytes]

SECOND = experiment("second", training="{ epochs = 1 }", seed="6", takes='["halves"]')

MEAN = experiment("mean", fusion='"average"', members='["fitted", "second"]')


def plugins() -> Registry:
    return load(cast(Any, [*film_plugin.entries(), FakeEntry("folds", people.plugin())]))


def files_of(bundle: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: Files) -> bytes:
    return archive(list(files.items()))


def written(folder: Path, content: bytes, name: str = "mine.zip") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def listed_again(files: Files) -> Files:
    """Return files with a table of contents that lists them as they are: a forger who knows the format."""
    fields = json.loads(files["bundle.json"])
    for cell, listed in fields["cells"].items():
        for name, kind in (("record.json", "record"), ("predictions.parquet", "predictions")):
            listed[kind] = sha256(files[f"cells/{cell}/{name}"])
    return {**files, "bundle.json": json.dumps(fields).encode()}


def problems(folder: Path, content: bytes, registry: Registry, data: Path | None = None) -> list[str]:
    return [str(problem) for problem in verifying.verify(written(folder, content), registry, data).problems]


def cell_of(files: Files, name: str) -> str:
    cells = parse_manifest(files["bundle.json"]).cells
    (cell,) = (cell for cell, listed in cells.items() if listed.experiment == name)
    return cell


def with_record(files: Files, name: str, change: Callable[[Record], Record]) -> Files:
    """Return files in which a record was changed as a careful forger would."""
    path = f"cells/{cell_of(files, name)}/record.json"
    return listed_again({**files, path: record_bytes(change(parse_record(files[path], path)))})


def with_table(files: Files, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Files:
    path = f"cells/{cell_of(files, name)}/predictions.parquet"
    content = io.BytesIO()
    change(pd.read_parquet(io.BytesIO(files[path]))).to_parquet(content, index=False)
    return listed_again({**files, path: content.getvalue()})


def in_cell(record: Record, **changes: Any) -> Record:
    return record.model_copy(update={"cell": record.cell.model_copy(update=changes)})


def in_identity(record: Record, **changes: Any) -> Record:
    return in_cell(record, identity=record.cell.identity.model_copy(update=changes))


def wrong_score(record: Record) -> Record:
    scores = record.scores["private"]
    better = scores.model_copy(update={"metrics": {**scores.metrics, "accuracy": 0.999}})
    return record.model_copy(update={"scores": {**record.scores, "private": better}})


NEXT = {"round": "square", "square": "thin", "thin": "round"}


def others(table: pd.DataFrame) -> pd.DataFrame:
    """Let every prediction be another one."""
    said = table["prediction"].map(NEXT)
    return table.assign(prediction=said, **{f"p_{name}": (said == name).astype("float32") for name in NEXT})


def relabelled(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(label=table["label"].map(NEXT))


def archive(files: list[tuple[str | zipfile.ZipInfo, bytes]], compression: int = zipfile.ZIP_STORED) -> bytes:
    content = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name that is there twice
        with zipfile.ZipFile(content, "w", compression) as opened:
            for name, inside in files:
                opened.writestr(name, inside)
    return content.getvalue()


A_RECORD = f"cells/{'0' * 16}/record.json"


def added(whole: bytes, name: str | zipfile.ZipInfo, content: bytes = b"{}") -> bytes:
    """Return a bundle with one more file in it."""
    return archive([*files_of(whole).items(), (name, content)], zipfile.ZIP_DEFLATED)
