"""Sequences in files: what was appended is read again, and what a killed writer left half is cut off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from emobench.data.ragged_files import RaggedWriter, read_ragged
from emobench.errors import EmobenchError


def steps(length: int, value: float = 1.0) -> NDArray[Any]:
    return np.full((length, 3), value, dtype=np.float32)


def test_what_is_appended_is_read_again(tmp_path: Path) -> None:
    writer = RaggedWriter(tmp_path, "somebody")
    writer.append([steps(2), None])
    writer.append([steps(5, 7.0)])
    found = read_ragged(tmp_path)
    assert found.lengths.tolist() == [2, 0, 5]
    np.testing.assert_array_equal(found[2], steps(5, 7.0))
    assert isinstance(found.values, np.memmap)
    assert not found.values.flags.writeable


def test_another_writer_goes_on_after_what_is_done(tmp_path: Path) -> None:
    RaggedWriter(tmp_path, "somebody").append([steps(2), steps(3), steps(4)])
    RaggedWriter(tmp_path, "somebody", done=2).append([steps(1, 9.0)])
    found = read_ragged(tmp_path)
    assert found.lengths.tolist() == [2, 3, 1]
    assert found[2].tolist() == [[9.0, 9.0, 9.0]]


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (np.ones((2, 4), np.float32), r"a step has shape \(4,\) float32, others \(3,\) float32"),
        (np.ones((2, 3), np.float64), r"a step has shape \(3,\) float64, others \(3,\) float32"),
        (np.ones((0, 3), np.float32), "a sequence without a step"),
        (np.float32(1), "a sequence without a step"),
    ],
)
def test_what_is_unlike_the_others_is_refused(tmp_path: Path, second: Any, reason: str) -> None:
    writer = RaggedWriter(tmp_path, "somebody")
    writer.append([steps(2)])
    with pytest.raises(EmobenchError, match=reason) as raised:
        writer.append([np.asarray(second)])
    assert raised.value.where == "somebody"


def test_a_file_that_is_cut_off_is_damaged(tmp_path: Path) -> None:
    RaggedWriter(tmp_path, "somebody").append([steps(100)])
    with (tmp_path / "values.bin").open("rb+") as file:
        file.truncate(600)
    with pytest.raises(ValueError, match="mmap length"):
        read_ragged(tmp_path)


def test_steps_may_be_single_numbers(tmp_path: Path) -> None:
    RaggedWriter(tmp_path, "somebody").append([np.arange(4.0), np.arange(2.0)])
    assert read_ragged(tmp_path)[1].tolist() == [0.0, 1.0]
