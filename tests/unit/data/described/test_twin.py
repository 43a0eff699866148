"""The synthetic twin of a described dataset."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.decoding import read_sample
from tests.support.described import FILES, twin


@pytest.mark.parametrize(
    ("ending", "modalities"), [("flv", ["audio", "video"]), ("webm", ["video"]), ("webm", ["audio"])]
)
def test_twins_in_containers(ending: str, modalities: list[str], tmp_path: Path) -> None:
    columns = {**FILES["columns"], **dict.fromkeys(modalities, "{path}")}
    files = [{"pattern": "{speaker}/{speaker}_{label}{number}." + ending}]
    dataset, copy = twin({**FILES, "modalities": modalities, "files": files, "columns": columns}, tmp_path)
    first = {str(name): value for name, value in dataset.index(copy).samples.iloc[0].items()}
    for modality in dataset.modalities:
        assert read_sample(dataset, copy, first, modality) is not None


def test_twins_are_the_same_at_every_call(tmp_path: Path) -> None:
    for place in ("one", "other"):
        twin(FILES, tmp_path / place)
    one, other = (sorted((tmp_path / place).rglob("*.wav")) for place in ("one", "other"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]
    assert len({path.read_bytes() for path in one}) == len(one)
