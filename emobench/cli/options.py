"""Options that several verbs share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

_Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def data_option() -> _Decorator:
    """Return the option --data."""
    return click.option(
        "--data",
        type=click.Path(path_type=Path),
        envvar="EMOBENCH_DATA",
        help="Folder that holds the datasets, each in any of its forms.  [env: EMOBENCH_DATA]",
    )


def run_options() -> _Decorator:
    """Return the options that say what to run."""
    options: list[_Decorator] = [
        click.option("--suite", required=True, help="Name of a suite (emobench list suites), or path of a .toml file."),
        data_option(),
        click.option(
            "--out", type=click.Path(path_type=Path), default=Path("runs"), show_default=True, help="Folder for runs."
        ),
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
