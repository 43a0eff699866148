"""Copies of the small dataset of the tests."""

from __future__ import annotations

from pathlib import Path

from emobench.contracts.dataset import Copy, Dataset
from emobench.data import copies, discovery
from emobench.plugins.registry import Registry
from tests.conftest import Dots


def opened(folder: Path, plugins: Registry, dataset: Dataset | None = None) -> copies.DatasetCopy:
    return discovery.open_copy(dataset or Dots(), Copy(folder, "folders"), folder.parent, plugins)


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
