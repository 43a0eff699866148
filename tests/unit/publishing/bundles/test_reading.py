"""Bundles that are not read."""

from __future__ import annotations

from pathlib import Path

from emobench.publishing.bundles import verifying
from tests.support.bundles import plugins


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.zip"
    with path.open("wb") as file:
        file.truncate(300_000_000)  # sparse: it takes no room
    assert "300 MB" in str(verifying.verify(path, plugins()).problems[0])
