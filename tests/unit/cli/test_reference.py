"""docs/cli.md is what the program says of itself."""

from __future__ import annotations

import click
import pytest

from emobench import cli
from emobench.cli._reference import reference
from tests import ROOT


def test_reference_is_current() -> None:
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == reference(), "run `make docs`"


def test_reference_does_not_depend_on_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = reference()
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("EMOBENCH_DATA", "/elsewhere")
    assert reference() == before


def test_reference_has_every_command() -> None:
    for group in (cli.cli, *(c for c in cli.cli.commands.values() if isinstance(c, click.Group))):
        for name in group.commands:
            assert f"{name}\n\n```text\nUsage: emobench" in reference()
