"""Weights are known by what is in their files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emobench.contracts.encoder import Encode, Encoder
from emobench.encoders.weights import weights_hash
from emobench.errors import EmobenchError


class Filed(Encoder):
    """An encoder with files."""

    name = "filed"

    def __init__(self, *files: Path) -> None:
        self._files = files

    def files(self) -> tuple[Path, ...]:
        """Return them."""
        return self._files

    def load(self, device: str, precision: str, **parameters: Any) -> Encode:
        """Return nothing of use."""
        return lambda batch: batch


def written(folder: Path, **contents: str) -> tuple[Path, ...]:
    """Write files into a new folder."""
    folder.mkdir()
    for name, content in contents.items():
        (folder / name).write_text(content, encoding="utf-8")
    return tuple(folder / name for name in contents)


def test_the_same_files_elsewhere_in_another_order_are_the_same_weights(tmp_path: Path) -> None:
    here, there = (written(tmp_path / name, weights="1 2", config="{}") for name in ("here", "there"))
    known = weights_hash(Filed(*here))
    assert known.startswith("sha256:")
    assert weights_hash(Filed(*reversed(there))) == known


@pytest.mark.parametrize("other", [{"weights": "1 3"}, {"heights": "1 2"}], ids=["content", "name"])
def test_another_content_or_name_is_another_encoder(tmp_path: Path, other: dict[str, str]) -> None:
    first, second = written(tmp_path / "first", weights="1 2"), written(tmp_path / "second", **other)
    assert weights_hash(Filed(*first)) != weights_hash(Filed(*second))


def test_a_file_that_is_written_again_is_read_again(tmp_path: Path) -> None:
    (path,) = written(tmp_path / "weights", weights="1 2")
    before = weights_hash(Filed(path))
    path.write_text("1 2 3", encoding="utf-8")
    assert weights_hash(Filed(path)) != before


def test_an_encoder_without_files_has_no_hash() -> None:
    assert weights_hash(Filed()) == ""


def test_a_file_that_is_not_there_is_one_line_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match="the weights cannot be read: No such file or directory") as caught:
        weights_hash(Filed(tmp_path / "gone"))
    assert caught.value.where == str(tmp_path / "gone")
