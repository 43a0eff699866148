"""``emobench list``."""

from __future__ import annotations

import json
import re
import tomllib

import pytest

from emobench import cli


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
