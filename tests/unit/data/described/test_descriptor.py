"""Descriptors as files, and mistakes in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emobench.data.described import parse_descriptor, read_descriptor, write_descriptor
from emobench.errors import EmobenchError
from tests.support.described import FILES, LINES


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    for content in (FILES, LINES):
        descriptor = parse_descriptor(content, "test")
        write_descriptor(descriptor, tmp_path / "d.dataset.toml")
        assert read_descriptor(tmp_path / "d.dataset.toml") == descriptor


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "My Corpus"}, "name: "),
        ({"tilte": "x"}, "unknown key 'tilte'; did you mean 'title'?"),
        ({"targets": {}}, "targets: "),
        ({"files": []}, "it needs either files or tables"),
        ({"columns": {"group": "{speaker}"}}, "columns: no 'audio', the path of the file"),
        ({"columns": {"audio": "{path}", "group": "{spaeker}"}}, "no field 'spaeker' in .*; did you mean 'speaker'?"),
        ({"columns": {"audio": "{path}", "group": "{speaker:>3}"}}, "in braces is no name of a field"),
        ({"fields": {"number": "("}}, "fields.number: no regular expression"),
        (
            {"targets": {"emotion": {"from": "{label}", "labels": {"anger": ["a"], "annoyed": ["a"]}}}},
            "'a' is both 'anger' and 'annoyed'",
        ),
        (
            {"targets": {"emotion": {"from": "{label}", "left_out": ["a"], "labels": {"anger": ["a"]}}}},
            "'a' is both 'anger' and left out",
        ),
        ({"values": {"spilt": {"train": ["a"]}}}, "values: no column 'spilt'"),
        (
            {"targets": {"mood": {"kind": "values", "from": "{label}", "labels": {"a": []}}}},
            "targets.mood.dimensions' is missing",
        ),
    ],
)
def test_mistakes_are_one_line(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(EmobenchError, match=words) as caught:
        parse_descriptor({**FILES, **changes}, "mine.dataset.toml")
    assert str(caught.value).startswith("mine.dataset.toml: ")
    assert "\n" not in str(caught.value)
