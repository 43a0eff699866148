"""Every command of the command line, with the words that lead to it."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from emobench import cli


def walk(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command with the words that lead to it."""
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from walk(inner, (*path, name))


COMMANDS = dict(walk(cli.cli))


every_command = pytest.mark.parametrize("path", COMMANDS, ids=lambda path: " ".join(path) or "emobench")
