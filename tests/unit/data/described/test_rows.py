"""Patterns of paths, and texts with fields."""

from __future__ import annotations

import pandas as pd
import pytest

from emobench.data.described.descriptor import FileSource, parse_descriptor
from emobench.data.described.rows import Rows, glob_levels, levels_of, pattern_of
from emobench.errors import EmobenchError
from tests.support.described import FILES


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("DC/DC_a01.wav", ("DC", "a", "01")),
        ("JE/JE_su12.WAV", ("JE", "su", "12")),
        ("JE/DC_a01.wav", None),  # another speaker's folder
        ("DC/DC_x01.wav", None),
        ("DC/DC_a1.wav", None),
        ("deep/DC/DC_a01.wav", None),
        ("DC/DC_a01.wav.txt", None),
    ],
)
def test_a_pattern_fits_whole_paths(path: str, fields: tuple[str, str, str] | None) -> None:
    descriptor = parse_descriptor(FILES, "test")
    found = pattern_of(descriptor.files[0], descriptor).fullmatch(path)
    assert (found and tuple(found[name] for name in ("speaker", "label", "number"))) == fields


def test_of_two_values_the_longer_one_is_meant() -> None:
    fields = {"label": ["s", "sad"], "rest": r"\w*"}
    descriptor = parse_descriptor({**FILES, "fields": fields | {"speaker": ["DC"]}, "twin": {"rest": ["1"]}}, "test")
    found = pattern_of(FileSource(pattern="{label}{rest}.wav"), descriptor).fullmatch("sad1.wav")
    assert found
    assert found["label"] == "sad"


def test_each_level_of_a_path_has_an_expression() -> None:
    descriptor = parse_descriptor(FILES, "test")
    folder, file = levels_of(descriptor.files[0], descriptor)
    assert folder.fullmatch("DC")
    assert file.fullmatch("DC_a01.wav")
    session, table = glob_levels("Session*/labels.txt")
    assert session.fullmatch("Session12")
    assert not table.fullmatch("labels-txt")


def test_texts_are_filled_with_fields_of_any_name() -> None:
    rows = Rows(pd.DataFrame({"Speaker ID": ["1", "2"], "x": ["a", "b"]}), {}, "t.csv")
    assert rows.filled("s{Speaker ID}/{x}.wav").tolist() == ["s1/a.wav", "s2/b.wav"]
    assert rows.place(1) == "t.csv, row 2"
    with pytest.raises(EmobenchError, match="no column 'y'"):
        rows.filled("{y}")
