"""Published files that are known by their content."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from emobench_plugins.datasets.fer2013 import Fer2013
from torchvision.datasets import FER2013

from emobench.contracts import Copy
from emobench.data import published_files
from emobench.data.published_files import is_published
from emobench.errors import EmobenchError
from tests.conftest import Dots


def test_files_of_fer2013_are_those_that_torchvision_accepts() -> None:
    accepted = dict(FER2013._RESOURCES.values())
    known = published_files._facts(Fer2013())
    assert known
    assert known.items() <= accepted.items()


def test_only_the_very_bytes_are_the_published_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "faces.csv"
    path.write_bytes(b"emotion,pixels\n")
    monkeypatch.setattr(
        published_files, "_facts", lambda _: {"faces.csv": hashlib.md5(b"emotion,pixels\n").hexdigest()}
    )
    assert is_published(Dots(), Copy(path, "faces.csv"))
    assert not is_published(Dots(), Copy(path, "other.csv"))
    path.write_bytes(b"emotion,pixels\r\n")
    assert not is_published(Dots(), Copy(path, "faces.csv"))
    assert not is_published(Dots(), Copy(tmp_path, "faces.csv"))


def test_facts_that_are_no_toml_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dots.official.toml").write_text("md5 = [")
    monkeypatch.setattr("emobench.data.published_files.inspect.getfile", lambda _: str(tmp_path / "dots.py"))
    with pytest.raises(EmobenchError, match="not valid TOML"):
        is_published(Dots(), Copy(tmp_path, "x"))


def test_dataset_without_facts_has_no_published_files(tmp_path: Path) -> None:
    assert not is_published(Dots(), Copy(tmp_path, "folders"))
