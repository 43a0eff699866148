"""What decoding writes to the terminal: nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.support.films import gray_levels, sine, write_film


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 frames and a second of 440 Hz, the index at the end of the file as encoders write it."""
    return write_film(tmp_path_factory.mktemp("film") / "film.mp4", gray_levels(30), sine(440))


def test_nothing_is_written_to_the_terminal(film: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    content = bytearray(film.read_bytes())
    middle = (content.index(b"mdat") + content.index(b"moov")) // 2
    content[middle : middle + 600] = np.random.default_rng(0).bytes(600)
    bad.write_bytes(content)
    (tmp_path / "text.mp4").write_text("nothing")
    program = f"""
from pathlib import Path
from emobench.decoding import media
from emobench.errors import UnreadableError
for name in ("bad", "text"):
    for modality in ("video", "audio"):
        try:
            media.read(Path({str(tmp_path)!r}) / (name + ".mp4"), modality).read(range(30))
        except (UnreadableError, AttributeError):
            pass
"""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENCV_")}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=environment)
    assert done.stdout + done.stderr == b""
