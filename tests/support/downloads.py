"""Downloads of dots: what is packed, asked for, and left behind."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from emobench import cli


def packed(folder: Path, pattern: str = "*/*.pix", further: dict[str, bytes] | None = None) -> bytes:
    """Return a zip of a folder, and of further files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path in sorted(folder.glob(pattern)):
            archive.write(path, path.relative_to(folder).as_posix())
        for name, content in (further or {}).items():
            archive.writestr(name, content)
    return file.getvalue()


def download(data: Path, name: str = "dots") -> int:
    return cli.invoke(["data", "download", name, "--data", str(data)])


def left(data: Path) -> list[str]:
    """Return every name below a folder, hidden ones included, those of the samples aside."""
    return sorted(path.relative_to(data).as_posix() for path in data.rglob("*") if path.suffix != ".pix")


Captured = pytest.CaptureFixture[str]


WHOLE = ["dots", "dots/private", "dots/public", "dots/train"]


def fails(data: Path, capsys: Captured) -> str:
    """Return the one line on stderr of a download that fails, when no dataset appeared."""
    assert download(data) == 1
    assert not (data / "dots").exists()
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("emobench: ")]
    return line
