"""Options that several verbs share, and answers to what is misspelt."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emobench.cli import _completion
from emobench.errors import EmobenchError, closest, nearest

if TYPE_CHECKING:
    from emobench.data import Numbers

_Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


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
        if not ctx.resilient_parsing and not name.startswith("-") and name not in self.commands:
            raise EmobenchError(f"no command {name!r}", remedy=nearest(name, self.commands))
        return super().resolve_command(ctx, args)


class UserPath(click.Path):
    """A path in which ``~`` is the home folder, also where no shell said so (in quotes, in a Makefile)."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path."""
        return Path(str(super().convert(value, param, ctx))).expanduser()


class Choice(click.Choice[str]):
    """A choice that answers what is misspelt with the nearest."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the choice."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"no {value!r}; {nearest(str(value), self.choices)}", param, ctx)


def unknown_option(error: click.NoSuchOption) -> str:
    """Return what is wrong with an option, with the nearest one that the command has."""
    parameters = error.ctx.command.get_params(error.ctx) if error.ctx else []
    known = [name for parameter in parameters for name in parameter.opts if name.startswith("--")]
    close = closest(error.option_name, known)
    return f"no option {error.option_name!r}" + (f"; did you mean {close!r}?" if close else "")


data_option = functools.partial(
    click.option,
    "--data",
    type=UserPath(),
    envvar="EMOBENCH_DATA",
    help="Folder that holds the datasets, each in any of its forms.  [env: EMOBENCH_DATA]",
)
out_option = functools.partial(click.option, "--out", type=UserPath(), default=Path("runs"), help="Folder for runs.")
limit_option = functools.partial(
    click.option,
    "--limit",
    type=click.IntRange(min=1),
    help="At most so many samples of each part, stratified by class.",
)
labels_option = functools.partial(
    click.option, "--labels", help="Label map (emobench list label-maps); the only one that fits by default."
)
setting_option = functools.partial(
    click.option,
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of the protocol, e.g. seed=1; repeatable.",
)
json_option = functools.partial(click.option, "--json", "as_json", is_flag=True, help="For a program to read.")
runs_option = functools.partial(click.option, "--runs", type=UserPath(), default=Path("runs"), help="Folder with runs.")
only_option = functools.partial(click.option, "--only", multiple=True, metavar="GLOB")
task_option = functools.partial(
    click.option,
    "--task",
    "tasks",
    multiple=True,
    metavar="GLOB",
)
suite_option = functools.partial(
    click.option,
    "--suite",
    shell_complete=_completion.suites,
    help="Name of a suite (emobench list suites), or path of a .toml file.",
)

device_option = functools.partial(
    click.option, "--device", type=Choice(["auto", "cpu", "cuda", "mps"]), default="auto", help="Where torch computes."
)
jobs_option = functools.partial(
    click.option,
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    help="Cells at a time, each in a process of its own.",
)

encoder_option = functools.partial(
    click.option,
    "--encoder",
    "encoders",
    multiple=True,
    metavar="SOURCE",
    shell_complete=_completion.encoders,
    help="In a suite of patterns: a registered encoder or representation, or a source such as hf:./folder; repeatable.",
)

_OF_REQUEST: list[_Decorator] = [
    suite_option(required=True),
    data_option(),
    out_option(),
    only_option(
        shell_complete=_completion.experiments,
        help="Run only matching experiments (and fusions' members); repeatable.",
    ),
    encoder_option(),
    limit_option(),
    click.option("--epochs", type=click.IntRange(min=1), help="Instead of the suite's."),
    click.option(
        "--seeds",
        type=click.IntRange(min=1),
        help="So many seeds for each experiment, counted up from its own; by default as many as the suite says.",
    ),
    click.option(
        "--precision", type=Choice(["fp32", "bf16"]), default="fp32", help="Of the forward pass in torch models."
    ),
]


def request_options(verb: Callable[..., int]) -> Callable[..., Any]:
    """Give a verb the options that say what to run, as one request before its other parameters."""

    @functools.wraps(verb)
    def with_request(**options: Any) -> int:
        from emobench.planning import Request

        asked = {field.name: options.pop(field.name) for field in fields(Request)}
        return verb(Request(**asked), **options)

    decorated: Callable[..., Any] = with_request
    for option in reversed(_OF_REQUEST):
        decorated = option(decorated)
    return decorated


def parse_settings(settings: Iterable[str]) -> dict[str, Any]:
    """Read ``name=value`` pairs; a value is read as TOML where it is valid TOML, else as text.

    Raises:
        EmobenchError: a pair without ``=``.
    """
    parsed: dict[str, Any] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not name or not equals:
            raise EmobenchError(f"{setting!r} is no name=value", where="--set", remedy="write, for instance, seed=1")
        try:
            parsed[name] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            parsed[name] = value
    return parsed


def columns_option() -> _Decorator:
    """Return the option that says what a table's columns are."""
    return click.option(
        "--column",
        "columns",
        multiple=True,
        metavar="ROLE=NAME",
        help="Of a table: path, label, group, split, take, start, end, id or text, and its column; repeatable.",
    )


def numbers_options() -> _Decorator:
    """Return the options that say which columns of a table are values and votes."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        ranges = "Columns of numbers to be told, with their ranges, such as valence=1:7,arousal=1:7."
        votes = "Columns that say how many raters chose the class of that name."
        decorated = click.option("--votes", default="", metavar="A,B,...", help=votes)(function)
        return click.option("--values", default="", metavar="A=LOW:HIGH,...", help=ranges)(decorated)

    return decorate


def listed(text: str) -> list[str]:
    """Return what stands between commas."""
    return [each.strip() for each in text.split(",") if each.strip()]


def parse_numbers(values: str, votes: str) -> Numbers:
    """Read ``valence=1:7,arousal`` and ``glad,sad``.

    Raises:
        EmobenchError: a range is no two numbers, or columns cannot be meant.
    """
    from emobench.data import Numbers

    ranges: dict[str, tuple[float, float] | None] = {}
    for each in listed(values):
        name, stated, span = each.partition("=")
        try:
            low, high = map(float, span.split(":")) if stated else (0.0, 0.0)
        except ValueError as error:
            remedy = "write, for instance, valence=1:7"
            raise EmobenchError(f"{each!r} states no range", where="--values", remedy=remedy) from error
        ranges[name] = (low, high) if stated else None
    return Numbers.of(ranges, listed(votes))


def parse_columns(columns: Iterable[str]) -> dict[str, str]:
    """Read ``role=name`` pairs.

    Raises:
        EmobenchError: a pair without ``=``.
    """
    parsed = {}
    for column in columns:
        role, equals, name = column.partition("=")
        if not role or not equals or not name:
            what = f"{column!r} is no role=name"
            raise EmobenchError(what, where="--column", remedy="write, for instance, label=Emotion")
        parsed[role] = name
    return parsed
