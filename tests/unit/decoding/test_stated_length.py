"""Files that were cut off, in every container that states a length."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emobench.decoding import media
from emobench.decoding.stated_length import lacking
from emobench.errors import UnreadableError

NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, 48_000).astype(np.float32)
FORMATS = [
    ("WAV", "PCM_16"),
    ("WAV", "GSM610"),
    ("WAVEX", "FLOAT"),
    ("RF64", "PCM_16"),
    ("W64", "PCM_16"),
    ("AIFF", "PCM_16"),
    ("AU", "PCM_16"),
    ("NIST", "PCM_16"),
    ("CAF", "PCM_16"),
    ("OGG", "VORBIS"),
    ("OGG", "OPUS"),
    ("FLAC", "PCM_16"),
    ("MP3", "MPEG_LAYER_III"),
]


def written(folder: Path, form: str, subtype: str) -> Path:
    soundfile.write(folder / "sound", NOISE, 16_000, format=form, subtype=subtype)
    return folder / "sound"


def lacking_of(path: Path) -> int:
    with path.open("rb", buffering=0) as file:
        return lacking(file, path.stat().st_size)


@pytest.mark.parametrize(("form", "subtype"), FORMATS)
def test_a_whole_file_lacks_nothing_and_is_read(form: str, subtype: str, tmp_path: Path) -> None:
    path = written(tmp_path, form, subtype)
    assert lacking_of(path) == 0
    heard = media.read_audio(path)
    assert len(heard.samples) / heard.rate == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize(("form", "subtype"), FORMATS)
@pytest.mark.parametrize("share", [0.5, 0.98])
def test_a_file_that_was_cut_off_is_refused(form: str, subtype: str, share: float, tmp_path: Path) -> None:
    path = written(tmp_path, form, subtype)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(UnreadableError, match=r"truncated|damaged|not a sound in any known format"):
        media.read_audio(path)


def test_what_was_written_into_a_pipe_states_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, "WAV", "PCM_16")
    content = bytearray(path.read_bytes())
    place = content.index(b"data") + 4
    content[place : place + 4] = struct.pack("<I", 0xFFFF_FFFF)
    path.write_bytes(content)
    assert lacking_of(path) == 0
    assert lacking_of(write(tmp_path / "text", b"nothing of the kind" * 10)) == 0


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
