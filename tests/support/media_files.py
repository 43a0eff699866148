"""Media files of the tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from emobench.contracts.media import Modality
from emobench.decoding import media
from emobench.errors import UnreadableError

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12345\n"


def write_wav(path: Path, frames: int = 4800, channels: int = 1, rate: int = 48_000) -> Path:
    sound = np.random.default_rng(0).uniform(-0.5, 0.5, (frames, channels))
    soundfile.write(path, sound, rate, format="WAV", subtype="PCM_16")
    return path


def refusal(path: Path, modality: Modality) -> str:
    """Return the one line that reading a file ends in; it must name the file."""
    with pytest.raises(UnreadableError) as caught:
        media.read(path, modality)
    line = str(caught.value)
    assert "\n" not in line
    assert caught.value.where == str(path)
    assert caught.value.remedy
    return line
