"""Components have the titles of their plugins, and no two rows of a board the same name."""

from __future__ import annotations

from typing import Any

from emobench.boards.titles import Titles
from emobench.plugins import installed_plugins
from emobench.records import Component, Record
from tests.support.boards import weighted
from tests.support.factories import cell, identity, record

NET = Titles(models={"net": "Net-18"})


def test_models_and_datasets_have_the_titles_of_their_plugins() -> None:
    titles = Titles.of(installed_plugins())
    of = record(cell("a.table1.resnet18", what=identity(model=Component(name="resnet18"))))
    assert titles.model(of) == "ResNet-18"
    assert titles.dataset("fer2013") == "FER2013"


def test_what_is_not_registered_goes_by_its_name() -> None:
    assert Titles().model(record(cell("mine"))) == "net"
    assert Titles().dataset("mine") == "mine"


def test_a_fusion_names_the_models_of_its_members() -> None:
    members, fused = weighted({})
    titles = Titles(models={"net": "The net"}, fusions={"weighted": "Weighted average"})
    assert titles.model(fused, tuple(members)) == "Weighted average: The net"
    assert titles.model(fused) == "Weighted average"


def test_a_model_sees_what_its_representations_are_of_and_a_fusion_what_its_members_see() -> None:
    titles = Titles.of(installed_plugins())
    face, voice = (
        record(cell(name, what=identity(dataset="ravdess-video", representations=(Component(name=name),))))
        for name in ("gray-face", "mfcc-chroma-mel")
    )
    assert titles.inputs(face) == ("image",)
    assert titles.inputs(voice) == ("audio",)
    fused = record(cell("both", what=identity(dataset="ravdess-video", representations=(), model=None)))
    assert titles.inputs(fused, (face, voice)) == ("audio", "image")
    assert titles.inputs(fused) == ("audio", "video")
    assert Titles().inputs(face) == ()


def test_what_is_cited_is_what_the_plugin_says() -> None:
    titles = Titles.of(installed_plugins())
    assert titles.reference("datasets", "fer2013").homepage.startswith("https://")
    assert "Goodfellow" in titles.reference("datasets", "fer2013").citation
    assert titles.reference("datasets", "mine").citation == ""


def named(experiment: str, **changes: Any) -> Record:
    return record(cell(experiment, what=identity(**changes)))


def names(*records: Record, **how: Any) -> list[str]:
    found = NET.rows(records, **how)
    return [found[one.cell.id] for one in records]


def test_a_model_has_its_title_and_a_stranger_its_own_name() -> None:
    assert names(named("a.table1.net"), named("b", model=Component(name="mine"))) == ["Net-18", "mine"]


def test_rows_of_one_model_are_told_apart_by_what_differs() -> None:
    some = [
        named(f"e{dropout}", model=Component(name="net", parameters={"dropout": dropout})) for dropout in (0.0, 0.2)
    ]
    assert names(*some) == ["Net-18 (dropout\u00a00)", "Net-18 (dropout\u00a00.2)"]
    assert names(named("one", seed=1), named("two", seed=2)) == ["Net-18 (seed\u00a01)", "Net-18 (seed\u00a02)"]


def test_rows_of_equal_settings_have_the_experiments_name() -> None:
    some = [named(name, code={"net": name}) for name in ("left", "right")]
    assert names(*some) == ["Net-18 (left)", "Net-18 (right)"]


def test_equal_experiments_have_the_cell_too() -> None:
    some = [named("left", code={"net": code}) for code in ("a", "b")]
    assert names(*some) == [f"Net-18 (left, {one.cell.id[:8]})" for one in some]


def test_records_of_several_datasets_say_on_which() -> None:
    some = [named("one"), named("two", dataset="voices")]
    assert names(*some, with_dataset=True) == ["Net-18, faces", "Net-18, voices"]


def test_a_fusion_has_its_own_name() -> None:
    fused = named("both", model=None, schedule=None, fusion=Component(name="average"), members=("a", "b"))
    assert names(fused) == ["average"]
