"""Which encoder a source is, and what is said of one that is none."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from emobench.encoders.sources import find_encoder, is_source
from emobench.errors import EmobenchError
from emobench.plugins.registry import Registry


@pytest.mark.parametrize(("name", "expected"), [("hf:./a", True), ("mfcc-chroma-mel", False)])
def test_a_source_has_a_colon(name: str, expected: bool) -> None:
    assert is_source(name) is expected


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("hg:./a", "no kind of encoder 'hg'; did you mean 'hf'?"),
        ("hf:", "it names nothing; write hf: and a name or a path"),
        ("cell:a.table1", "it is an experiment of a suite; name it in takes, in that suite"),
        ("absent", "no encoder 'absent'"),
    ],
)
def test_what_is_no_source_is_refused(source: str, said: str) -> None:
    with pytest.raises(EmobenchError) as raised:
        find_encoder(source, Registry())
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("source", "extra"), [("hf:./a", "hf"), ("timm:a", "timm"), ("torchaudio:A", "torchaudio"), ("onnx:a.onnx", "onnx")]
)
def test_what_reads_it_is_an_extra(source: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EmobenchError) as raised:
        find_encoder(source, Registry(), tmp_path)
    assert raised.value.remedy == f"pip install 'emobench[{extra}]'"
