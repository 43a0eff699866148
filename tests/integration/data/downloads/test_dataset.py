"""``emobench data download``: from a server on this machine, or a client on the path, to a dataset that is found."""

from __future__ import annotations

import hashlib
import io
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from emobench import cli
from emobench.contracts.dataset import Official
from emobench.contracts.download import FileDownload, KaggleDownload
from emobench.plugins import loading
from tests import ROOT
from tests.conftest import Dots, FakeEntry, module
from tests.support.download_server import Cut, Server, serving
from tests.support.downloads import WHOLE, Captured, download, fails, left, packed


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def md5(content: bytes) -> str:
    return f"md5:{hashlib.md5(content).hexdigest()}"


# ------------------------------------------------------------------------------------------------------- it works


def test_archive_becomes_an_official_copy(
    server: Server, install: Callable[..., None], twin: Path, tmp_path: Path, capsys: Captured
) -> None:
    archive = packed(twin)
    resource = server.add("dots.zip", archive)
    install(FileDownload(server.url("dots.zip"), "dots.zip", len(archive), md5(archive), unpack=True))
    data = tmp_path / "not" / "yet" / "there"
    assert download(data) == 0
    output = capsys.readouterr()
    assert output.out.splitlines() == [
        "Dots. Licence: none stated. To be cited: Nobody: Dots.",
        f"dots: 72 samples in {data / 'dots'} (form: folders), official.",
    ]
    assert "100%" in output.err
    assert left(data) == WHOLE

    assert download(data) == 0
    assert "nothing was downloaded" in capsys.readouterr().out
    assert len(resource.requests) == 1


def test_files_come_one_by_one(server: Server, install: Callable[..., None], twin: Path, tmp_path: Path) -> None:
    files = []
    for path in sorted(twin.glob("*/*.pix")):
        name = path.relative_to(twin).as_posix()
        server.add(name, path.read_bytes())
        files.append(FileDownload(server.url(name), name))
    install(*files)
    assert download(tmp_path) == 0
    assert left(tmp_path) == WHOLE


def test_archives_and_files_make_one_folder(
    server: Server, install: Callable[..., None], twin: Path, tmp_path: Path
) -> None:
    parts = {"train": packed(twin, "train/*"), "rest": packed(twin, "p*/*")}
    for name, content in parts.items():
        server.add(name, content)
    server.add("readme", b"text")
    archives = [FileDownload(server.url(name), f"{name}.zip", unpack=True) for name in parts]
    install(*archives, FileDownload(server.url("readme"), "about/readme.txt"))
    assert download(tmp_path) == 0
    assert left(tmp_path) == ["dots", "dots/about", "dots/about/readme.txt", *WHOLE[1:]]


def test_copy_elsewhere_that_is_official_will_do(
    server: Server, install: Callable[..., None], twin: Path, tmp_path: Path, capsys: Captured
) -> None:
    install(FileDownload(server.url("nothing"), "dots.zip", unpack=True))
    Dots().write_twin(tmp_path_of(tmp_path / "mine"))
    assert download(tmp_path) == 0
    assert f"{tmp_path / 'mine'} (form: folders), official" in capsys.readouterr().out


def tmp_path_of(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_copy_elsewhere_that_is_not_official_stays_beside_the_download(
    server: Server, install: Callable[..., None], twin: Path, tmp_path: Path, capsys: Captured
) -> None:
    server.add("dots.zip", packed(twin))
    install(FileDownload(server.url("dots.zip"), "dots.zip", unpack=True))
    (tmp_path_of(tmp_path / "mine") / "train").mkdir()
    (tmp_path / "mine" / "train" / "thin-1.pix").write_bytes(bytes(16))
    assert download(tmp_path) == 0
    assert "72 samples" in capsys.readouterr().out
    assert (tmp_path / "mine" / "train" / "thin-1.pix").exists()


def test_dataset_without_a_fingerprint_needs_all_samples(
    server: Server, install: Callable[..., None], twin: Path, tmp_path: Path, capsys: Captured
) -> None:
    resource = server.add("dots.zip", packed(twin))
    file = FileDownload(server.url("dots.zip"), "dots.zip", unpack=True)
    install(file, official=Official(72))
    assert download(tmp_path / "a") == 0
    assert download(tmp_path / "a") == 0
    assert "unverified" in capsys.readouterr().out
    assert len(resource.requests) == 1
    install(file, official=Official(73))
    assert download(tmp_path / "b") == 1


def test_interrupted_process_goes_on_when_called_again(server: Server, twin: Path, tmp_path: Path) -> None:
    archive = packed(twin, further={"noise": os.urandom(3_000_000)})
    resource = server.add("dots.zip", archive, troubles=[Cut(2_000_000)])
    environment = separate_plugin(tmp_path, FileDownload(server.url("dots.zip"), "dots.zip", len(archive), unpack=True))
    data = tmp_path / "data"
    command = [sys.executable, "-m", "emobench", "data", "download", "dots", "--data", str(data)]
    part = data / ".dots.download" / "files" / "dots.zip.part"
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        deadline = time.monotonic() + 60
        while not (part.exists() and part.stat().st_size > 1_500_000) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)  # while it reads, or waits for its first retry
        _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert error.splitlines()[-1] == "emobench: interrupted; the same command goes on where it stopped"
    assert not (data / "dots").exists()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done.stderr  # the noise was no sample; no fingerprint: the counts differ
    assert re.fullmatch(r"bytes=[12]\d{6}-", resource.requests[1]["Range"])
    assert len(resource.requests) == 2
    assert left(data) == sorted([*WHOLE, "dots/noise"])


def separate_plugin(folder: Path, file: FileDownload) -> dict[str, str]:
    """Install ``dots`` for other processes and return their environment."""
    text = f"""
from emobench import FileDownload, Official, hookimpl
from emobench.data.downloads import http
from tests.conftest import Dots

http._FIRST_WAIT = 30.0

class Downloaded(Dots):
    downloads = ({file!r},)
    official = Official(73)

@hookimpl
def emobench_datasets():
    return [Downloaded()]
"""
    (folder / "dots_plugin.py").write_text(text, encoding="utf-8")
    information = tmp_path_of(folder / "dots-1.0.dist-info")
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: dots\nVersion: 1.0\n", encoding="utf-8")
    (information / "entry_points.txt").write_text("[emobench]\ndots = dots_plugin\n", encoding="utf-8")
    root = str(ROOT)
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), root]), "EMOBENCH_PLUGINS": "dots"}


# -------------------------------------------------------------------------------------------------- wrong requests


def test_dataset_that_can_only_be_had_elsewhere(install: Callable[..., None], tmp_path: Path, capsys: Captured) -> None:
    install(obtain="Write to the authors.")
    assert download(tmp_path / "data") == 2
    assert (
        capsys.readouterr().err == "emobench: error: dots: cannot be fetched by this command; Write to the authors.\n"
    )
    assert not (tmp_path / "data").exists()


def test_unknown_dataset_and_no_folder(install: Callable[..., None], tmp_path: Path, capsys: Captured) -> None:
    install(KaggleDownload("nobody/dots"))
    assert download(tmp_path, "dost") == 2
    assert "did you mean 'dots'?" in capsys.readouterr().err
    assert cli.invoke(["data", "download", "dots"]) == 2
    assert "--data" in capsys.readouterr().err


@pytest.mark.parametrize("downloads", [[], ("https://example.org/dots.zip",)])
def test_plugin_with_malformed_downloads_is_broken(downloads: Any) -> None:
    kind = type("Malformed", (Dots,), {"downloads": downloads})
    entry: Any = FakeEntry("dots", module(emobench_datasets=lambda: [kind()]))
    loaded = loading.load([entry])
    assert loaded.plugins[0].status == "broken"
    assert "downloads" in loaded.plugins[0].problems[0]
    assert loaded.datasets == {}


# --------------------------------------------------------------------------------------------------------- failures


def test_wrong_checksum(
    server: Server, install: Callable[..., None], twin: Path, tmp_path: Path, capsys: Captured
) -> None:
    server.add("dots.zip", packed(twin))
    install(FileDownload(server.url("dots.zip"), "dots.zip", checksum="md5:0123", unpack=True))
    assert "0123" in fails(tmp_path, capsys)
    assert left(tmp_path) == []
    assert cli.invoke(["data", "status", "--data", str(tmp_path)]) == 0
    assert "dots was not found. 'emobench data download dots' fetches it" in capsys.readouterr().out


def test_archive_that_leads_out_is_deleted(
    server: Server, install: Callable[..., None], twin: Path, tmp_path: Path, capsys: Captured
) -> None:
    server.add("dots.zip", packed(twin, further={"../../../evil.pix": b"evil"}))
    install(FileDownload(server.url("dots.zip"), "dots.zip", unpack=True))
    assert "'../../../evil.pix' leads out of the folder; it was deleted" in fails(tmp_path / "data", capsys)
    assert not list(tmp_path.rglob("*evil*"))
    assert not list(tmp_path.rglob("*.zip"))


def test_archive_that_is_a_bomb_is_deleted(
    server: Server, install: Callable[..., None], tmp_path: Path, capsys: Captured
) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("train/thin-1.pix", bytes(120_000_000))
    server.add("dots.zip", file.getvalue())
    install(FileDownload(server.url("dots.zip"), "dots.zip", unpack=True))
    assert "would become 120 MB" in fails(tmp_path, capsys)
    assert not list(tmp_path.rglob("*.zip"))
    assert not list(tmp_path.rglob("*.pix"))


def test_damaged_archive_is_fetched_again_by_the_next_call(
    server: Server, install: Callable[..., None], twin: Path, tmp_path: Path, capsys: Captured
) -> None:
    server.add("dots.zip", packed(twin)[:-100])
    install(FileDownload(server.url("dots.zip"), "dots.zip", unpack=True))
    assert "damaged archive" in fails(tmp_path, capsys)
    server.add("dots.zip", packed(twin))
    assert download(tmp_path) == 0


def test_disk_that_is_full_while_unpacking_costs_no_second_download(
    server: Server,
    install: Callable[..., None],
    twin: Path,
    tmp_path: Path,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resource = server.add("dots.zip", packed(twin))
    install(FileDownload(server.url("dots.zip"), "dots.zip", unpack=True))

    def full(archive: Path, folder: Path) -> None:
        raise OSError(28, "No space left on device", str(folder))

    with monkeypatch.context() as patch:
        patch.setattr("emobench.data.downloads.dataset.unpack", full)
        assert "No space left on device; free space" in fails(tmp_path, capsys)
    assert download(tmp_path) == 0
    assert len(resource.requests) == 1


def test_folder_that_cannot_be_written(
    install: Callable[..., None], tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(KaggleDownload("nobody/dots"))
    (tmp_path / "file").write_text("")
    assert f"{tmp_path / 'file'}" in fails(tmp_path / "file" / "data", capsys)


def test_content_that_is_not_official_is_said(
    server: Server, install: Callable[..., None], twin: Path, tmp_path: Path, capsys: Captured
) -> None:
    resource = server.add("dots.zip", packed(twin, "train/*"))
    install(FileDownload(server.url("dots.zip"), "dots.zip", unpack=True))
    assert download(tmp_path) == 1
    output = capsys.readouterr()
    assert "36 samples" in output.out
    assert "unverified" in output.out
    assert "not the official content; see 'emobench data verify dots'" in output.err

    assert download(tmp_path) == 1
    assert "is there already; move it away" in capsys.readouterr().err
    assert len(resource.requests) == 1
    assert left(tmp_path) == ["dots", "dots/train"]


def test_archive_without_the_dataset(
    server: Server, install: Callable[..., None], twin: Path, tmp_path: Path, capsys: Captured
) -> None:
    server.add("dots.zip", packed(twin, "nothing", {"MANIFEST.TXT": b"omitted"}))
    install(FileDownload(server.url("dots.zip"), "dots.zip", unpack=True))
    assert download(tmp_path) == 1
    assert "holds no copy of it; Nowhere." in capsys.readouterr().err


def test_two_processes_do_not_mix(install: Callable[..., None], tmp_path: Path, capsys: Captured) -> None:
    install(KaggleDownload("nobody/dots"))
    staging = tmp_path_of(tmp_path / ".dots.download")
    with FileLock(staging / "lock"):
        assert "another process is downloading" in fails(tmp_path, capsys)


# ----------------------------------------------------------------------------------------------------------- Kaggle
