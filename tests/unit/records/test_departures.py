"""Departures: their values, their words, and that nobody reads the words."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from emobench.claims.verdicts import differences
from emobench.contracts.model import Schedule
from emobench.publishing.boards import reduced
from emobench.records.departures import (
    ChangedSetting,
    CopyNote,
    Count,
    Departure,
    FewOfClass,
    LeftOut,
    Limited,
    MadeElsewhere,
    NotInData,
    OtherCounts,
    OutputsLeftOut,
    PaperReading,
    PrivateTable,
    SampleCount,
    Synthetic,
    UntriedLayout,
    in_words,
    limit_of,
    of_schedule,
    shortened,
)
from emobench.records.skipped import Skipped
from tests.support.factories import cell, record

WORDS: dict[str, Departure] = {
    "synthetic twin": Synthetic(),
    "960 of 7,442 samples": SampleCount(found=960, official=7442),
    "not the official counts: angry 9 (official 8), sad 7 (official 8)": OtherCounts(
        counts=(Count(of="angry", found=9, official=8), Count(of="sad", found=7, official=8))
    ),
    "private data, content 12345678": PrivateTable(content="12345678"),
    "2 listed samples are not here (a, b)": NotInData(number=2, examples=("a", "b")),
    "layout not tried on real files": UntriedLayout(),
    "hardly any fear, sad": FewOfClass(classes=("fear", "sad")),
    "face-cut or resized": CopyNote(what="face-cut or resized"),
    "at most 1,500 samples a part": Limited(samples=1500),
    "epochs 4 (suite: 50)": ChangedSetting(setting="epochs", value=4, suite=50),
    "learning rate 0.1 (suite: 0.001)": ChangedSetting(setting="learning_rate", value=0.1, suite=0.001),
    "optimizer sgd (suite: adam)": ChangedSetting(setting="optimizer", value="sgd", suite="adam"),
    "precision bf16 (suite: fp32)": ChangedSetting(setting="precision", value="bf16", suite="fp32"),
    "seed 43 (suite: 42)": ChangedSetting(setting="seed", value=43, suite=42),
    "1 sample dropped from test (silent-media)": LeftOut(audit="silent-media", side="test", samples=1),
    "0 samples dropped from training (silent-media)": LeftOut(audit="silent-media", side="training", samples=0),
    "the model's contempt left out, its other probabilities rescaled": OutputsLeftOut(outputs=("contempt",)),
    "the model's dominance left out": OutputsLeftOut(outputs=("dominance",), rescaled=False),
    "predictions made elsewhere": MadeElsewhere(),
    "predictions made elsewhere, labels without probabilities": MadeElsewhere(given="labels"),
    "fitted: tess: 352 of 2,800 samples": SampleCount(of=("tess",), found=352, official=2800).within("fitted"),
    "reading of the paper: epochs 200 (section 3.1: 6)": PaperReading(
        setting="epochs", value=200, stated="6", where="section 3.1"
    ),
}


def test_every_kind_has_its_words() -> None:
    assert {words: str(one) for words, one in WORDS.items()} == {words: words for words in WORDS}
    kinds, _ = get_args(Departure)
    assert {type(one) for one in WORDS.values()} == set(get_args(kinds))
    assert in_words(list(WORDS.values())[:2]) == "synthetic twin; 960 of 7,442 samples"
    assert in_words(()) == ""


def test_json_has_the_values() -> None:
    adapter = TypeAdapter[Departure](Departure)
    assert all(adapter.validate_json(adapter.dump_json(one)) == one for one in WORDS.values())
    assert adapter.dump_python(WORDS["epochs 4 (suite: 50)"], mode="json") == {
        "of": [], "kind": "setting", "setting": "epochs", "value": 4, "suite": 50,
    }  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "limit", "samples": 0},
        {"kind": "limit", "samples": "all"},
        {"kind": "samples", "found": -1, "official": 3},
        {"kind": "setting", "setting": "luck", "value": 1, "suite": 2},
        {"kind": "setting", "setting": "epochs", "value": float("inf"), "suite": 2},
        {"kind": "few", "classes": []},
        {"kind": "synthetic", "more": 1},
        {"kind": "mood"},
        "epochs 4 (suite: 50)",
    ],
)
def test_what_is_no_departure_is_refused(fields: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Departure](Departure).validate_python(fields)


def test_a_schedule_departs_in_each_setting() -> None:
    full = Schedule()
    other = Schedule(epochs=1, batch_size=2, learning_rate=0.5, weight_decay=0.5, optimizer="sgd")
    found = of_schedule(other, full)
    assert [one.setting for one in found] == list(vars(full))
    assert (found[0].value, found[0].suite) == (1, full.epochs)
    assert of_schedule(full, full) == ()


def test_only_a_limit_of_the_row_itself_is_its_limit() -> None:
    assert limit_of((Limited(samples=6).within("fitted"), Limited(samples=7))) == 7
    assert limit_of((Limited(samples=6).within("fitted"),)) is None


def test_nobody_reads_the_words(sentences_renamed: None) -> None:
    assert {str(one) for one in WORDS.values()} == {"a renamed sentence"}
    found = {words: differences("official", (one,)) for words, one in WORDS.items()}
    assert {words: one for words, (one,) in ((words, one) for words, one in found.items() if one)} == {
        "960 of 7,442 samples": "subset",
        "at most 1,500 samples a part": "subset",
        "epochs 4 (suite: 50)": "reduced schedule",
        "not the official counts: angry 9 (official 8), sad 7 (official 8)": "other counts",
        "learning rate 0.1 (suite: 0.001)": "other schedule",
        "optimizer sgd (suite: adam)": "other schedule",
        "fitted: tess: 352 of 2,800 samples": "subset",
    }
    assert [words for words, one in WORDS.items() if shortened((one,))] == [
        "at most 1,500 samples a part",
        "epochs 4 (suite: 50)",
    ]
    rows = [record(cell(departures=tuple(WORDS.values()))), record(cell("full", departures=(Synthetic(),)))]
    assert reduced(rows).startswith("1 of 2 rows were shortened")
    assert Skipped("x", "unusable", "torn").unusable
    assert Skipped("x", "same as", "y").same_as == "y"
