"""What the built-in datasets download."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.contracts.dataset import Dataset
from emobench.contracts.download import FileDownload
from emobench.plugins import loading


@pytest.fixture
def built_in() -> dict[str, Dataset]:
    loading.installed_plugins.cache_clear()
    return loading.installed_plugins().datasets


def test_files_of_the_built_in_datasets_have_different_names(built_in: dict[str, Dataset]) -> None:
    for dataset in built_in.values():
        files = [one for one in dataset.downloads if isinstance(one, FileDownload)]
        assert len({file.name.lower() for file in files}) == len({file.url for file in files}) == len(files)


def test_every_clip_of_crema_d_is_downloaded(built_in: dict[str, Dataset], tmp_path: Path) -> None:
    dataset = built_in["crema-d"]
    names = {one.name for one in dataset.downloads if isinstance(one, FileDownload)}
    assert len(names) == dataset.official.samples
    dataset.write_twin(tmp_path)
    assert {f"AudioWAV/{path.name}" for path in tmp_path.rglob("*.wav")} <= names
    assert "AudioWAV/1001_IEO_ANG_LO.wav" in names
