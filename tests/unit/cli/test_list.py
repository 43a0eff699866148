"""``emobench list``."""

from __future__ import annotations

import json
import re
import tomllib

import pytest

from emobench import cli
from emobench.encoders.sources import _CLASSES
from tests.support.conformance import registered, with_registry
from tests.support.planted_faults import encoder


def test_list_gives_json_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(["list", "models", "--json"]) == 0
    models = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert models["mlp"]["takes"] == ["mfcc-chroma-mel"]
    assert cli.invoke(["list", "--json"]) == 0
    tables = json.loads(capsys.readouterr().out)
    assert {"datasets", "models", "fusions", "suites", "protocols", "plugins"} <= tables.keys()
    assert {row["status"] for row in tables["plugins"]} == {"loaded"}


def test_list_writes_parameters_as_a_suite_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    assert cli.invoke(["list", "protocols"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("group-folds")]
    parameters = re.search(r"folds=.*?(?=  )", line)
    assert parameters
    assert tomllib.loads(f"p = {{ {parameters[0]} }}")["p"] == {
        "folds": 5, "by": "group", "seed": 0, "validation": False, "fold": "",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["models", "plugins", "protocols"])
def test_list_fits_a_narrow_terminal_with_words_whole(
    kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    assert cli.invoke(["list", kind]) == 0
    wide = capsys.readouterr().out
    monkeypatch.setenv("COLUMNS", "80")
    assert cli.invoke(["list", kind]) == 0
    narrow = capsys.readouterr().out
    assert max(map(len, narrow.splitlines())) <= 80 < max(map(len, wide.splitlines()))
    ruler = re.compile(r"^-[- ]*$", re.MULTILINE)
    assert sorted(ruler.sub("", narrow).split()) == sorted(ruler.sub("", wide).split())


LONG = encoder(
    title="What a long training on much speech of many people has made of an ear",
    released="2024-03-01",
    license="CC BY-NC-SA 4.0, for research alone",
    parameters={"size": 400, "which": "the first of two"},
)


def listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: int) -> str:
    """Return the list of one encoder on a terminal of so many columns."""
    with_registry(monkeypatch, registered("encoders", LONG))
    monkeypatch.setenv("COLUMNS", str(columns))
    assert cli.invoke(["list", "encoders"]) == 0
    return capsys.readouterr().out


def test_list_has_what_an_encoder_says_of_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = listed(monkeypatch, capsys, 1000).splitlines()[2]
    parameters = 'size=400, which="the first of two"'
    assert re.split(r"  +", row) == ["on-trial", LONG.title, "audio", "2024-03-01", LONG.license, parameters]


def test_list_of_encoders_keeps_names_and_licences_on_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = listed(monkeypatch, capsys, 80)
    assert max(map(len, text.splitlines())) <= 80
    assert all(word in text.split() for word in (*LONG.title.split(), *LONG.license.split(), "on-trial", "2024-03-01"))


def test_list_of_encoders_says_how_a_source_is_named_where_none_is_registered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = registered("encoders", LONG)
    made.encoders.clear()
    with_registry(monkeypatch, made)
    assert cli.invoke(["list", "encoders"]) == 0
    none, told = capsys.readouterr().out.split("\n", 1)
    assert none == "none"
    assert set(re.findall(r"(\w+):[A-Z]+", told)) == {*_CLASSES, "cell"}
