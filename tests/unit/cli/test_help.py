"""What every command says with ``--help``."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from emobench.plugins.loading import installed_plugins
from emobench.splits.task import only_target
from tests.support.commands import COMMANDS, every_command
from tests.support.pages import parse


def examples(path: tuple[str, ...]) -> list[list[str]]:
    """Return the arguments of the examples in a help text."""
    lines = (COMMANDS[path].help or "").splitlines()
    found = [re.split(r"\s{2,}", line.strip())[0] for line in lines if line.strip().startswith("emobench ")]
    return [shlex.split(line)[1:] for line in found]


@every_command
def test_help_has_an_example_of_this_very_command(path: tuple[str, ...]) -> None:
    assert any(tuple(arguments[: len(path)]) == path and len(arguments) > len(path) for arguments in examples(path))


@every_command
def test_examples_in_the_help_parse(path: tuple[str, ...]) -> None:
    for arguments in examples(path):
        parse(arguments)


@pytest.mark.parametrize("name", ["score", "splits"])
def test_examples_in_the_help_say_which_classes_where_a_dataset_has_several(name: str) -> None:
    shown = examples((name,))
    assert shown
    for arguments in shown:
        (dataset,) = set(arguments) & set(installed_plugins().datasets)
        assert "--labels" in arguments or only_target(installed_plugins().datasets[dataset], installed_plugins())


@every_command
def test_help_fits_80_columns(path: tuple[str, ...]) -> None:
    context = click.Context(COMMANDS[path], info_name=" ".join(("emobench", *path)), terminal_width=80)
    for line in COMMANDS[path].get_help(context).splitlines():
        assert len(line) <= 80, line
