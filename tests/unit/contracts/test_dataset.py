"""A paired dataset has no files of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pytest

from emobench.contracts import Copy, Index, PairedDataset
from emobench.errors import EmobenchError


class Pairs(PairedDataset):
    """Pairs of nothing."""

    name: ClassVar[str] = "pairs"

    def pair(self, members: Mapping[str, Index]) -> Index:
        """Return the first."""
        return next(iter(members.values()))


def test_it_is_found_nowhere(tmp_path: Path) -> None:
    assert list(Pairs().find([])) == []


def test_it_has_neither_an_index_nor_a_twin_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match=r"pairs.*call pair\(\)"):
        Pairs().index(Copy(tmp_path, "folders"))
    with pytest.raises(EmobenchError, match=r"pairs.*write its members' twins"):
        Pairs().write_twin(tmp_path)
