"""Archives from elsewhere: what is unpacked, and what is refused before it does harm."""

from __future__ import annotations

import io
import random
import shutil
import stat
import struct
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from emobench.data.downloads import archives
from emobench.data.downloads.archives import ArchiveError, unpack
from emobench.errors import EmobenchError

NOISE = random.Random(1).randbytes(50_000)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """The folder to unpack into, in a folder where nothing else may appear."""
    folder = tmp_path / "outer" / "target"
    folder.mkdir(parents=True)
    return folder


def zipped(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content, method)
    return path


def tarred(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for information, content in members:
            information.size = len(content)
            archive.addfile(information, io.BytesIO(content))
    return path


def special(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    information = tarfile.TarInfo(name)
    information.type, information.linkname = kind, link
    return information


def refusal(archive: Path, target: Path) -> str:
    """Return what is said of an archive that is refused, when nothing was written outside the folder."""
    before = sorted(archive.parent.iterdir())
    with pytest.raises(ArchiveError) as caught:
        unpack(archive, target)
    assert sorted(archive.parent.iterdir()) == before
    assert [path.name for path in target.parent.iterdir()] == ["target"]
    assert "\n" not in str(caught.value)
    assert archive.name in str(caught.value)
    return str(caught.value)


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# ---------------------------------------------------------------------------------------------------- good archives


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zip_is_unpacked(tmp_path: Path, target: Path, method: int) -> None:
    members = {"Actor_01/a.wav": NOISE, "Actor_01/empty.wav": b"", "readme.txt": b"text" * 100}
    unpack(zipped(tmp_path / "a.zip", *members.items(), method=method), target)
    assert content(target) == members


def test_empty_folders_and_other_separators(tmp_path: Path, target: Path) -> None:
    unpack(zipped(tmp_path / "a.zip", ("empty/", b""), ("./one\\two.txt", b"2")), target)
    assert content(target) == {"one/two.txt": b"2"}
    assert (target / "empty").is_dir()


def test_tar_is_unpacked_whatever_it_is_called(tmp_path: Path, target: Path) -> None:
    made = tarred(tmp_path / "data.download", (special("a", tarfile.DIRTYPE), b""), (tarfile.TarInfo("a/b"), NOISE))
    unpack(made, target)
    assert content(target) == {"a/b": NOISE}


def test_silence_is_no_bomb(tmp_path: Path, target: Path) -> None:
    """A clip of digital silence is packed a thousandfold; so is an archive of a few of them."""
    unpack(zipped(tmp_path / "a.zip", ("silent.wav", bytes(5_000_000))), target)
    assert (target / "silent.wav").stat().st_size == 5_000_000


def test_permissions_of_an_archive_are_not_taken_over(tmp_path: Path, target: Path) -> None:
    information = zipfile.ZipInfo("run.sh")
    information.external_attr = (stat.S_IFREG | stat.S_ISUID | 0o777) << 16
    unpack(zipped(tmp_path / "a.zip", (information, b"#!")), target)
    assert not (target / "run.sh").stat().st_mode & (stat.S_ISUID | stat.S_IXUSR)


# ------------------------------------------------------------------------------------------------------- bad names

OUTSIDE = [
    "../evil",
    "a/../../evil",
    "/tmp/evil",
    "..\\evil",
    "C:\\evil",
    "c:evil",
    "a/D:/evil",
    "\\\\host\\evil",
    "..",
]


@pytest.mark.parametrize("name", OUTSIDE)
def test_zip_with_a_name_that_leads_out_is_refused(tmp_path: Path, target: Path, name: str) -> None:
    said = refusal(zipped(tmp_path / "a.zip", ("good", b"good"), (name, b"evil")), target)
    assert "leads out of the folder" in said
    assert content(target) == {}  # the names are looked at before anything is written


@pytest.mark.parametrize("name", OUTSIDE)
def test_tar_with_a_name_that_leads_out_is_refused(tmp_path: Path, target: Path, name: str) -> None:
    said = refusal(tarred(tmp_path / "a.tar.gz", (tarfile.TarInfo(name), b"evil")), target)
    assert "leads out of the folder" in said
    assert content(target) == {}


def test_zip_with_a_link_is_refused(tmp_path: Path, target: Path) -> None:
    information = zipfile.ZipInfo("link")
    information.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "is a link" in refusal(zipped(tmp_path / "a.zip", (information, b"/etc/passwd")), target)


def test_zip_with_a_device_is_refused(tmp_path: Path, target: Path) -> None:
    information = zipfile.ZipInfo("device")
    information.external_attr = (stat.S_IFCHR | 0o666) << 16
    assert "no plain file" in refusal(zipped(tmp_path / "a.zip", (information, b"")), target)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
@pytest.mark.parametrize("link", ["/etc", "../..", "inside"])
def test_tar_with_a_link_is_refused(tmp_path: Path, target: Path, kind: bytes, link: str) -> None:
    made = tarred(tmp_path / "a.tar.gz", (special("link", kind, link), b""), (tarfile.TarInfo("link/evil"), b"evil"))
    assert "is a link" in refusal(made, target)
    assert content(target) == {}


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_tar_with_a_device_is_refused(tmp_path: Path, target: Path, kind: bytes) -> None:
    assert "no plain file" in refusal(tarred(tmp_path / "a.tar.gz", (special("device", kind), b"")), target)


def test_one_name_twice_is_refused(tmp_path: Path, target: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        made = zipped(tmp_path / "a.zip", ("a", b"first"), ("a", b"second"))
    assert "is there twice" in refusal(made, target)


def test_file_in_the_place_of_a_folder_is_refused(tmp_path: Path, target: Path) -> None:
    said = refusal(zipped(tmp_path / "a.zip", ("a", b"file"), ("a/b", b"in it")), target)
    assert "a file and a folder" in said


# ----------------------------------------------------------------------------------------------------------- bombs


def bomb(path: Path, members: int, megabytes: int) -> Path:
    """Write a zip whose members are zeros."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(members):
            with archive.open(f"{number}.wav", "w", force_zip64=True) as member:
                for _ in range(megabytes):
                    member.write(bytes(1_000_000))
    return path


def test_member_that_is_a_bomb_is_refused_before_it_is_written(tmp_path: Path, target: Path) -> None:
    said = refusal(bomb(tmp_path / "a.zip", 1, 200), target)
    assert "'0.wav' would become 200 MB" in said
    assert content(target) == {}


def test_many_small_members_are_a_bomb_too(tmp_path: Path, target: Path) -> None:
    said = refusal(bomb(tmp_path / "a.zip", 40, 5), target)
    assert "its content would be 200 MB" in said
    assert content(target) == {}


def test_bomb_among_honest_members_is_refused(tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_HARMLESS", 1_000_000)
    made = zipped(tmp_path / "a.zip", ("noise", NOISE), ("zeros", bytes(3_000_000)))
    assert 200 * made.stat().st_size > 3_000_000
    assert "'zeros' would become 3 MB" in refusal(made, target)


def test_tar_is_counted_while_it_is_unpacked(tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_HARMLESS", 2_500_000)
    zeros = bytes(1_000_000)
    made = tarred(tmp_path / "a.tar.gz", *((tarfile.TarInfo(f"{number}"), zeros) for number in range(5)))
    assert 200 * made.stat().st_size < 5_000_000
    assert "more than 2 MB" in refusal(made, target)
    assert sum(map(len, content(target).values())) <= 3_000_000


def test_too_many_members(tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_MEMBERS", 3)
    assert "4 members" in refusal(zipped(tmp_path / "a.zip", *((f"{n}", b"") for n in range(4))), target)
    members = [(tarfile.TarInfo(f"{number}"), b"") for number in range(4)]
    assert "3 members" in refusal(tarred(tmp_path / "a.tar.gz", *members), target)


class _Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_too_little_space_is_no_fault_of_the_archive(
    tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = zipped(tmp_path / "a.zip", ("noise", NOISE))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: _Usage(10, 10, len(NOISE) - 1))
    with pytest.raises(EmobenchError, match="MB are free") as caught:
        unpack(made, target)
    assert not isinstance(caught.value, ArchiveError)


# ------------------------------------------------------------------------------------------------- damaged archives


def patched(path: Path, change: dict[int, bytes]) -> Path:
    """Overwrite bytes of the only member's entry in the directory of a zip, at offsets within that entry."""
    raw = bytearray(path.read_bytes())
    entry = raw.rindex(b"PK\x01\x02")
    for offset, new in change.items():
        raw[entry + offset : entry + offset + len(new)] = new
    path.write_bytes(raw)
    return path


def test_encrypted_zip_is_refused(tmp_path: Path, target: Path) -> None:
    made = patched(zipped(tmp_path / "a.zip", ("a", NOISE)), {8: b"\x01\x00"})
    assert "encrypted" in refusal(made, target)


def test_zip_that_says_too_little_of_itself_is_refused(tmp_path: Path, target: Path) -> None:
    made = patched(zipped(tmp_path / "a.zip", ("a", NOISE)), {24: struct.pack("<I", 100)})
    refusal(made, target)
    assert sum(map(len, content(target).values())) <= 100


@pytest.mark.parametrize("kept", [100, 20_000, -1])
def test_truncated_zip_is_refused(tmp_path: Path, target: Path, kept: int) -> None:
    made = zipped(tmp_path / "a.zip", ("a", NOISE))
    made.write_bytes(made.read_bytes()[:kept])
    assert "damaged" in refusal(made, target)


def test_truncated_tar_is_refused(tmp_path: Path, target: Path) -> None:
    made = tarred(tmp_path / "a.tar.gz", (tarfile.TarInfo("a"), NOISE))
    made.write_bytes(made.read_bytes()[:20_000])
    assert "damaged" in refusal(made, target)


def test_flipped_byte_is_found(tmp_path: Path, target: Path) -> None:
    made = zipped(tmp_path / "a.zip", ("a", NOISE), method=zipfile.ZIP_STORED)
    raw = bytearray(made.read_bytes())
    raw[20_000] ^= 1
    made.write_bytes(raw)
    assert "damaged" in refusal(made, target)


def test_unknown_compression_is_refused(tmp_path: Path, target: Path) -> None:
    made = patched(zipped(tmp_path / "a.zip", ("a", NOISE)), {10: b"\x63\x00"})
    assert "damaged" in refusal(made, target)


@pytest.mark.parametrize("raw", [b"", b"text", NOISE, b"PK\x03\x04" + NOISE])
def test_what_is_no_archive_is_refused(tmp_path: Path, target: Path, raw: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(raw)
    assert "damaged archive, or none" in refusal(tmp_path / "a.zip", target)


def test_web_page_in_place_of_an_archive_is_called_one(tmp_path: Path, target: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"\n<!DOCTYPE html><title>Sign in</title>")
    assert "a web page" in refusal(tmp_path / "a.zip", target)
