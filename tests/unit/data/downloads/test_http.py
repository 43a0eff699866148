"""Files over HTTP, from servers that break off, change their mind, refuse or lie."""

from __future__ import annotations

import email.utils
import errno
import hashlib
import io
import os
import random
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from emobench.contracts.download import FileDownload
from emobench.data.downloads import http
from emobench.errors import EmobenchError
from emobench.progress.downloads import Arrivals
from tests.support.download_server import Cut, Server, Stall, Status, serving

CONTENT = random.Random(1).randbytes(1_000_000)
NEW = random.Random(2).randbytes(900_000)


def md5(content: bytes) -> str:
    return f"md5:{hashlib.md5(content).hexdigest()}"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_FIRST_WAIT", 0.001)
    monkeypatch.setattr(http, "_TIMEOUTS", (5.0, 5.0))
    monkeypatch.setattr(http, "_CHUNK", 10_000)


def fetch(folder: Path, *files: FileDownload) -> None:
    arrivals = Arrivals("test", {file.name: file.size for file in files}, io.StringIO())
    try:
        http.fetch(files, folder, arrivals)
    finally:
        arrivals.close()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refusal(folder: Path, *files: FileDownload) -> str:
    """Return what is said, which must be one line, when the files cannot be had."""
    with pytest.raises(EmobenchError) as caught:
        fetch(folder, *files)
    assert "\n" not in str(caught.value)
    assert caught.value.remedy
    return str(caught.value)


# ------------------------------------------------------------------------------------------------------- whole files


def test_file_has_its_name_once_it_is_whole_and_checked(server: Server, tmp_path: Path) -> None:
    server.add("a", CONTENT)
    fetch(tmp_path, FileDownload(server.url("a"), "deep/a.bin", len(CONTENT), md5(CONTENT)))
    assert (tmp_path / "deep" / "a.bin").read_bytes() == CONTENT
    assert names(tmp_path / "deep") == ["a.bin"]


def test_file_that_is_there_is_not_asked_for(server: Server, tmp_path: Path) -> None:
    resource = server.add("a", CONTENT)
    file = FileDownload(server.url("a"), "a.bin", checksum=md5(CONTENT))
    fetch(tmp_path, file)
    fetch(tmp_path, file)
    assert len(resource.requests) == 1


def test_body_without_a_length_is_read_to_its_end(server: Server, tmp_path: Path) -> None:
    server.add("a", CONTENT, chunked=True)
    fetch(tmp_path, FileDownload(server.url("a"), "a.bin"))
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_many_files_come_over_several_connections(server: Server, tmp_path: Path) -> None:
    files = []
    for number in range(60):
        server.add(f"f{number}", CONTENT[number * 100 : number * 150])
        files.append(FileDownload(server.url(f"f{number}"), f"clips/{number}.wav"))
    fetch(tmp_path, *files)
    for number in range(60):
        assert (tmp_path / "clips" / f"{number}.wav").read_bytes() == CONTENT[number * 100 : number * 150]


def test_files_that_came_before_one_failed_stay(server: Server, tmp_path: Path) -> None:
    server.add("good", CONTENT)
    good, bad = FileDownload(server.url("good"), "good"), FileDownload(server.url("none"), "bad")
    fetch(tmp_path, good)
    refusal(tmp_path, good, bad)
    assert names(tmp_path) == ["good"]


# -------------------------------------------------------------------------------------------------------- resuming


def test_broken_connection_is_gone_on_with(server: Server, tmp_path: Path) -> None:
    resource = server.add("a", CONTENT, troubles=[Cut(300_000), Cut(200_000)])
    fetch(tmp_path, FileDownload(server.url("a"), "a.bin", len(CONTENT), md5(CONTENT)))
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    assert [request["Range"] for request in resource.requests] == [None, "bytes=300000-", "bytes=500000-"]
    assert [request["If-Range"] for request in resource.requests] == [None, '"one"', '"one"']


def test_body_without_a_length_that_breaks_off_is_not_taken_for_whole(server: Server, tmp_path: Path) -> None:
    resource = server.add("a", CONTENT, chunked=True, troubles=[Cut(300_000)])
    fetch(tmp_path, FileDownload(server.url("a"), "a.bin"))
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    assert len(resource.requests) == 2


def interrupted(server: Server, folder: Path, **behaviour: Any) -> FileDownload:
    """Return a file of which 400,000 bytes were left by a call that gave up."""
    server.add("a", CONTENT, troubles=[Cut(400_000), *[Status(500)] * http._RETRIES], **behaviour)
    file = FileDownload(server.url("a"), "a.bin")
    refusal(folder, file)
    assert names(folder) == ["a.bin.part", "a.bin.part.json"]
    assert (folder / "a.bin.part").read_bytes() == CONTENT[:400_000]
    return file


def test_next_call_goes_on_where_this_one_stopped(server: Server, tmp_path: Path) -> None:
    file = interrupted(server, tmp_path)
    fetch(tmp_path, file)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    assert server.resources["a"].requests[-1]["Range"] == "bytes=400000-"
    assert names(tmp_path) == ["a.bin"]


def test_server_without_ranges_starts_from_the_beginning(server: Server, tmp_path: Path) -> None:
    file = interrupted(server, tmp_path, ranges=False)
    fetch(tmp_path, file)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("if_range", [True, False])
def test_file_that_changed_meanwhile_starts_from_the_beginning(server: Server, tmp_path: Path, if_range: bool) -> None:
    file = interrupted(server, tmp_path)
    server.add("a", NEW, headers={"ETag": '"two"'}, if_range=if_range)
    fetch(tmp_path, file)
    assert (tmp_path / "a.bin").read_bytes() == NEW


def test_weak_etag_vouches_for_nothing(server: Server, tmp_path: Path) -> None:
    modified = "Tue, 24 Nov 2020 10:00:00 GMT"
    file = interrupted(server, tmp_path, headers={"ETag": 'W/"one"', "Last-Modified": modified})
    fetch(tmp_path, file)
    assert server.resources["a"].requests[-1]["If-Range"] == modified


def test_without_validator_and_checksum_nothing_is_joined(server: Server, tmp_path: Path) -> None:
    file = interrupted(server, tmp_path, headers={})
    fetch(tmp_path, file)
    assert server.resources["a"].requests[-1]["Range"] is None
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_part_of_another_address_is_not_gone_on_with(server: Server, tmp_path: Path) -> None:
    interrupted(server, tmp_path)
    server.add("b", NEW)
    fetch(tmp_path, FileDownload(server.url("b"), "a.bin"))
    assert (tmp_path / "a.bin").read_bytes() == NEW


def test_checksum_vouches_where_there_is_no_validator(server: Server, tmp_path: Path) -> None:
    resource = server.add("a", CONTENT, headers={}, troubles=[Cut(300_000)])
    fetch(tmp_path, FileDownload(server.url("a"), "a.bin", checksum=md5(CONTENT)))
    assert [request["Range"] for request in resource.requests] == [None, "bytes=300000-"]


def test_halves_that_do_not_fit_are_fetched_again(server: Server, tmp_path: Path) -> None:
    file = interrupted(server, tmp_path, headers={})
    resource = server.add("a", NEW, headers={})
    fetch(tmp_path, FileDownload(file.url, file.name, checksum=md5(NEW)))
    assert (tmp_path / "a.bin").read_bytes() == NEW
    assert [request["Range"] for request in resource.requests] == ["bytes=400000-", None]


@pytest.mark.parametrize("size", [None, len(CONTENT)])
def test_part_that_is_whole_already_is_kept(server: Server, tmp_path: Path, size: int | None) -> None:
    file = interrupted(server, tmp_path)
    (tmp_path / "a.bin.part").write_bytes(CONTENT)
    fetch(tmp_path, FileDownload(file.url, file.name, size, md5(CONTENT)))
    sent = [request for request in server.resources["a"].requests if request["Range"] == f"bytes={len(CONTENT)}-"]
    assert len(sent) == (size is None)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_part_that_is_longer_than_the_file_is_thrown_away(server: Server, tmp_path: Path) -> None:
    file = interrupted(server, tmp_path)
    (tmp_path / "a.bin.part").write_bytes(CONTENT + b"more")
    fetch(tmp_path, file)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


# ----------------------------------------------------------------------------------------------------- wrong content


def test_wrong_checksum_says_so_once_and_keeps_nothing(server: Server, tmp_path: Path) -> None:
    resource = server.add("a", CONTENT)
    said = refusal(tmp_path, FileDownload(server.url("a"), "a.bin", checksum=md5(NEW)))
    assert md5(CONTENT).partition(":")[2] in said
    assert md5(NEW).partition(":")[2] in said
    assert server.url("a") in said
    assert names(tmp_path) == []
    assert len(resource.requests) == 1


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("difference", [-1, 1])
def test_wrong_size_keeps_nothing(server: Server, tmp_path: Path, chunked: bool, difference: int) -> None:
    server.add("a", CONTENT, chunked=chunked)
    said = refusal(tmp_path, FileDownload(server.url("a"), "a.bin", len(CONTENT) + difference))
    assert f"{len(CONTENT) + difference:,}" in said
    assert names(tmp_path) == []


# --------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("code", [401, 403, 404, 410, 418])
def test_refusal_is_not_tried_again(server: Server, tmp_path: Path, code: int) -> None:
    resource = server.add("a", CONTENT, troubles=[Status(code)])
    assert str(code) in refusal(tmp_path, FileDownload(server.url("a"), "a.bin"))
    assert len(resource.requests) == 1


@pytest.mark.parametrize("code", [408, 429, 500, 503])
def test_passing_trouble_is_tried_again(server: Server, tmp_path: Path, code: int) -> None:
    server.add("a", CONTENT, troubles=[Status(code), Status(code)])
    fetch(tmp_path, FileDownload(server.url("a"), "a.bin"))
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_trouble_that_stays_is_given_up(server: Server, tmp_path: Path) -> None:
    resource = server.add("a", CONTENT, troubles=[Status(500)] * 100)
    assert "500" in refusal(tmp_path, FileDownload(server.url("a"), "a.bin"))
    assert len(resource.requests) == http._RETRIES + 1


def test_server_is_left_alone_for_as_long_as_it_asks(server: Server, tmp_path: Path) -> None:
    server.add("a", CONTENT, troubles=[Status(429, {"Retry-After": "1"})])
    before = time.monotonic()
    fetch(tmp_path, FileDownload(server.url("a"), "a.bin"))
    assert time.monotonic() - before >= 1


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_long_wait_is_left_to_the_user(server: Server, tmp_path: Path, form: str) -> None:
    after = "3600" if form == "seconds" else email.utils.formatdate(time.time() + 3600, usegmt=True)
    resource = server.add("a", CONTENT, troubles=[Status(429, {"Retry-After": after})])
    assert "wait for 3," in refusal(tmp_path, FileDownload(server.url("a"), "a.bin"))
    assert len(resource.requests) == 1


def test_silence_is_a_broken_connection(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_TIMEOUTS", (0.5, 0.5))
    resource = server.add("a", CONTENT, troubles=[Stall(2)])
    fetch(tmp_path, FileDownload(server.url("a"), "a.bin", checksum=md5(CONTENT)))
    assert resource.requests[1]["Range"].startswith("bytes=")


def test_slow_server_is_waited_for(server: Server, tmp_path: Path) -> None:
    resource = server.add("a", CONTENT, troubles=[Stall(0.2)])
    fetch(tmp_path, FileDownload(server.url("a"), "a.bin"))
    assert len(resource.requests) == 1


def test_nobody_at_the_address(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        said = refusal(tmp_path, FileDownload(f"http://127.0.0.1:{port}/a", "a.bin"))
    assert "Connection refused" in said


def test_unknown_host_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def nobody(host: str, *arguments: Any, **options: Any) -> Any:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    said = refusal(tmp_path, FileDownload("https://data.example.org/a.zip", "a.zip"))
    assert "no address is known for data.example.org" in said
    assert asked == ["data.example.org"]


# ------------------------------------------------------------------------------------------------------------- disk


class _Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_too_little_space_is_said_before_anything_is_written(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.add("a", CONTENT)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: _Usage(10, 10, 999_999))
    assert "takes 1.0 MB, and 1.0 MB are free" in refusal(tmp_path, FileDownload(server.url("a"), "a.bin"))
    assert names(tmp_path) == []


def test_disk_that_becomes_full_is_an_error_of_the_system(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    server.add("a", CONTENT)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        fetch(tmp_path, FileDownload(server.url("a"), "a.bin"))
    assert names(tmp_path) == ["a.bin.part", "a.bin.part.json"]


# ------------------------------------------------------------------------------------------------------- declarations
