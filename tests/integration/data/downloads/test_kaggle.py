"""Downloads by the client of Kaggle, which a script on the path stands for."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from emobench.contracts.download import KaggleDownload
from tests.support.downloads import WHOLE, Captured, download, fails, left, packed


def tmp_path_of(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Return what puts a client on the path that notes its arguments and runs some lines of shell."""

    def make(lines: str) -> Path:
        folder = tmp_path_of(tmp_path / "bin")
        (folder / "kaggle").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path / "called"}\n{lines}\n', encoding="utf-8")
        (folder / "kaggle").chmod(0o755)
        monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
        return tmp_path / "called"

    return make


def test_kaggle_archive_is_unpacked_by_the_harness(
    install: Callable[..., None], client: Callable[[str], Path], twin: Path, tmp_path: Path, capsys: Captured
) -> None:
    (tmp_path / "made.zip").write_bytes(packed(twin))
    called = client(f'cp {tmp_path / "made.zip"} "$5/dots.zip"')
    install(KaggleDownload("nobody/dots"))
    data = tmp_path / "data"
    assert download(data) == 0
    assert "official" in capsys.readouterr().out
    assert called.read_text() == f"datasets download nobody/dots -p {data / '.dots.download' / 'files'}\n"
    assert left(data) == WHOLE


def test_kaggle_competition(
    install: Callable[..., None], client: Callable[[str], Path], twin: Path, tmp_path: Path
) -> None:
    (tmp_path / "made.zip").write_bytes(packed(twin))
    called = client(f'cp {tmp_path / "made.zip"} "$5/dots-challenge.zip"')
    install(KaggleDownload("dots-challenge"))
    assert download(tmp_path / "data") == 0
    assert called.read_text().startswith("competitions download dots-challenge -p ")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            "OSError: Could not find kaggle.json. Make sure it is located in /root/.kaggle.",
            "there is no token; create one",
        ),
        (
            "Authentication required to call the Kaggle API.\n\nFirst, you will need an account",
            "there is no token; create",
        ),
        ("401 - Unauthorized", "the token was refused; create one"),
        (
            "403 - Forbidden",
            "https://www.kaggle.com/datasets/nobody/dots: Kaggle: access was refused; open https://www",
        ),
        ("404 Client Error: Not Found for url: https://api.kaggle.com/v1", "nothing at this address"),
        ("429 - Too Many Requests", "try again later"),
        (
            "Max retries exceeded (Caused by NameResolutionError(Failed to resolve 'api.kaggle.com'))",
            "check the network",
        ),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("Traceback\nValueError: something new", "ended with 1 and said: ValueError: something new"),
    ],
)
def test_what_kaggle_refuses_is_one_line(
    install: Callable[..., None],
    client: Callable[[str], Path],
    tmp_path: Path,
    capsys: Captured,
    said: str,
    words: str,
) -> None:
    client(f'cat >&2 <<"END"\n{said}\nEND\nexit 1')
    install(KaggleDownload("nobody/dots"))
    assert words in fails(tmp_path / "data", capsys)


def test_client_that_says_it_is_done_and_has_nothing(
    install: Callable[..., None], client: Callable[[str], Path], tmp_path: Path, capsys: Captured
) -> None:
    client("exit 0")
    install(KaggleDownload("nobody/dots"))
    assert "said: nothing" in fails(tmp_path / "data", capsys)


def test_client_that_is_not_installed(
    install: Callable[..., None], tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    install(KaggleDownload("nobody/dots"))
    assert "pip install 'emobench[kaggle]'" in fails(tmp_path / "data", capsys)
