"""Options that several verbs share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from emobench.errors import EmobenchError, nearest


class SuggestingGroup(click.Group):
    """A group that answers a misspelt command with the nearest one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is meant.

        Raises:
            EmobenchError: there is none of that name.
        """
        name = args[0]
        if not name.startswith("-") and name not in self.commands:
            raise EmobenchError(f"no command {name!r}", remedy=nearest(name, self.commands))
        return super().resolve_command(ctx, args)


class UserPath(click.Path):
    """A path in which ``~`` is the home folder, also where no shell said so (in quotes, in a Makefile)."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path."""
        return Path(str(super().convert(value, param, ctx))).expanduser()


_Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def data_option() -> _Decorator:
    """Return the option --data."""
    return click.option(
        "--data",
        type=UserPath(),
        envvar="EMOBENCH_DATA",
        help="Folder that holds the datasets, each in any of its forms.  [env: EMOBENCH_DATA]",
    )


def setting_option() -> _Decorator:
    """Return the option --set."""
    return click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="NAME=VALUE",
        help="A parameter of the protocol, e.g. seed=1; repeatable.",
    )


def run_options() -> _Decorator:
    """Return the options that say what to run."""
    options: list[_Decorator] = [
        click.option("--suite", required=True, help="Name of a suite (emobench list suites), or path of a .toml file."),
        data_option(),
        click.option("--out", type=UserPath(), default=Path("runs"), show_default=True, help="Folder for runs."),
        click.option(
            "--only",
            multiple=True,
            metavar="GLOB",
            help="Run only matching experiments (and fusions' members); repeatable.",
        ),
        click.option(
            "--limit", type=click.IntRange(min=1), help="At most so many samples of each part, stratified by class."
        ),
        click.option("--epochs", type=click.IntRange(min=1), help="Instead of the suite's."),
        click.option(
            "--seeds",
            type=click.IntRange(min=1),
            default=1,
            show_default=True,
            help="So many seeds for each experiment, counted up from its own.",
        ),
        click.option(
            "--precision",
            type=click.Choice(["fp32", "bf16"]),
            default="fp32",
            show_default=True,
            help="Of the forward pass in torch models.",
        ),
    ]

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate
