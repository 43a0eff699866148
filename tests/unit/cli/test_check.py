"""``emobench check``: what it prints, and its exit code."""

from __future__ import annotations

import json

import pytest

from emobench import cli
from tests.support.conformance import registered, with_registry
from tests.support.planted_faults import FAULTS, Mean


def test_command_fails_where_a_check_does(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _, component, said = FAULTS["label_maps"][0]
    with_registry(monkeypatch, registered("label_maps", component))
    assert cli.invoke(["check", "on-trial", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["status"] for one in found].count("failed") == 1
    (failed,) = [one for one in found if one["status"] == "failed"]
    assert set(failed) == {"check", "kind", "component", "status", "seen", "promise", "remedy"}
    assert (failed["kind"], failed["check"]) == ("label-map", "classes")
    assert said in failed["seen"]


def test_command_asks_which_of_several_kinds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = registered("fusions", Mean())
    made.metrics["on-trial"] = FAULTS["metrics"][0][1]
    made.modules["metrics", "on-trial"] = "planted_plugin"
    with_registry(monkeypatch, made)
    assert cli.invoke(["check", "on-trial"]) == 2
    assert "'on-trial' is the name of a fusion and of a metric; say which with --kind fusion" in capsys.readouterr().err
    assert cli.invoke(["check", "on-trial", "--kind", "metric"]) == 1


def test_command_suggests_the_nearest_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(["check", "stackin"]) == 2
    assert "no component 'stackin'; did you mean 'stacking'?" in capsys.readouterr().err
