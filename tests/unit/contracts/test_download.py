"""What a dataset may declare as a download."""

from __future__ import annotations

import hashlib

import pytest

from emobench.contracts.download import FileDownload
from emobench.data.downloads import http


def md5(content: bytes) -> str:
    return f"md5:{hashlib.md5(content).hexdigest()}"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_FIRST_WAIT", 0.001)
    monkeypatch.setattr(http, "_TIMEOUTS", (5.0, 5.0))
    monkeypatch.setattr(http, "_CHUNK", 10_000)


@pytest.mark.parametrize("name", ["../a", "/a", "a/../b", "", "a//b", "C:a", "a\\b", "."])
def test_name_that_leaves_the_folder_cannot_be_declared(name: str) -> None:
    with pytest.raises(ValueError, match="relative path"):
        FileDownload("https://example.org/a", name)


@pytest.mark.parametrize("checksum", ["md5", "md5:", "crc:1234", "d41d8cd98f00b204e9800998ecf8427e"])
def test_checksum_names_its_algorithm(checksum: str) -> None:
    with pytest.raises(ValueError, match="algorithm"):
        FileDownload("https://example.org/a", "a", checksum=checksum)


def test_only_web_addresses_can_be_declared() -> None:
    with pytest.raises(ValueError, match="https"):
        FileDownload("file:///etc/passwd", "a")
