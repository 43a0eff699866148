"""Answers to what is misspelt."""

from __future__ import annotations

import click
import pytest

from emobench import cli
from tests.support.commands import COMMANDS, every_command


@every_command
def test_what_is_misspelt_is_answered_with_the_nearest(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """One option of each command without its last letter but one, and every choice likewise."""
    command = COMMANDS[path]
    misspelt: list[tuple[list[str], str]] = []
    if isinstance(command, click.Group):
        name = max(command.commands, key=len)
        misspelt.append(([f"{name[:-2]}{name[-1]}"], name))
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            misspelt = [pair for pair in misspelt if not pair[0][0].startswith("--")]
            option = max(parameter.opts, key=len)
            misspelt.append(([f"{option[:-2]}x{option[-1]}"], option))
    for parameter in command.params:
        if isinstance(parameter.type, click.Choice):
            choice = max(parameter.type.choices, key=len)
            flag = [parameter.opts[0]] if isinstance(parameter, click.Option) else []
            misspelt.append(([*flag, f"{choice[:-2]}{choice[-1]}"], choice))
    for arguments, meant in misspelt:
        assert cli.invoke([*path, *arguments]) == 2
        line = capsys.readouterr().err
        assert f"did you mean '{meant}'?" in line, line
