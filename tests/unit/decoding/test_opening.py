"""Files that are not what their names promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.decoding import opening
from tests.support.media_files import POINTER, refusal, write_wav


def test_broken_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "clip.wav").symlink_to(tmp_path / "annexed")
    assert "a broken link" in refusal(tmp_path / "clip.wav", "audio")


def test_file_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = write_wav(tmp_path / "clip.wav")
    monkeypatch.setattr(Path, "open", denied)
    line = refusal(path, "audio")
    assert "Permission denied" in line
    assert "give yourself permission" in line


def test_lfs_pointer_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "pointer").write_text(POINTER)
    assert opening.is_lfs_pointer(tmp_path / "pointer")
    assert not opening.is_lfs_pointer(write_wav(tmp_path / "clip.wav"))
    assert not opening.is_lfs_pointer(tmp_path / "absent")
