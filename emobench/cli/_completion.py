"""What a shell is offered to complete: the names that plugins register, and those of experiments.

Only what ``emobench list`` imports is imported, and a suite is read as TOML and no more: a shell waits for the answer.
Whatever goes wrong, nothing is offered and nothing is said, for it would land in the middle of a command line.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from emobench.plugins import Registry

_Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
_RECORDS = 500
"""So many are read at most."""


def names_of(*kinds: str) -> _Completer:
    """Return what completes the names of components of some kinds (``"models"``, ...)."""

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return _starting(incomplete, lambda: [name for kind in kinds for name in getattr(_registry(), kind)])

    return complete


def suites(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of suites, and the paths of files once what is typed looks like one."""
    if incomplete.startswith((".", "~")) or "/" in incomplete:
        return [CompletionItem(incomplete, type="file")]
    return _starting(incomplete, lambda: _registry().suites)


def experiments(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of the experiments of the suite that was named before, or of all suites."""
    return _starting(incomplete, lambda: _experiments(context.params.get("suite")))


def encoders(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of encoders and representations, and the path of a folder after what kind of source it is."""
    if ":" in incomplete:
        return [CompletionItem(incomplete, type="file")]
    return _starting(incomplete, lambda: [*_registry().encoders, *_registry().representations])


def results(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of the experiments that have a record in the folder of runs."""
    return _starting(incomplete, lambda: _recorded(Path(context.params.get("runs") or "runs")))


def _starting(incomplete: str, names: Callable[[], Iterable[str]]) -> list[CompletionItem]:
    with contextlib.redirect_stderr(io.StringIO()):
        try:
            return [CompletionItem(name) for name in sorted(set(names())) if name.startswith(incomplete)]
        except Exception:  # a broken suite file, say: the command itself says so
            return []


def _registry() -> Registry:
    from emobench.plugins import installed_plugins

    return installed_plugins()


def _experiments(suite: str | None) -> Iterator[str]:
    known = _registry().suites
    paths = [Path(suite) if suite.endswith(".toml") else known[suite]] if suite else known.values()
    for path in paths:
        yield from _written(path, known)


def _written(path: Path, known: Mapping[str, Path]) -> Iterator[str]:
    content = tomllib.loads(path.read_text("utf-8"))
    if base := content.get("extends"):
        yield from _written(path.parent / base if base.endswith(".toml") else known[base], known)
    # What a placeholder stands for is known when datasets were found: until then anything.
    yield from (re.sub(r"\{.*?\}", "*", experiment["name"]) for experiment in content["experiments"])


def _recorded(runs: Path) -> Iterator[str]:
    for path in itertools.islice(runs.glob("**/cells/*/record.json"), _RECORDS):
        yield json.loads(path.read_bytes())["cell"]["experiment"]
