"""Reading a suite file: TOML through the schema, with every mistake named."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from emobench.errors import EmobenchError, nearest
from emobench.plugins import Registry, component_name, installed_plugins
from emobench.records import Frozen
from emobench.suites.schema import (
    NAME_TAG,
    TABLE_TAG,
    Experiment,
    FullTraining,
    Pattern,
    Suite,
    TableOf,
    Twin,
    TwinTraining,
)

_FROM_PATH = ("name", "file", "base")
"""Fields of a suite that its path and ``extends`` tell."""


def find_suite(name: str, registry: Registry) -> Suite:
    """Read a suite by its name, or by the path of its file (anything that ends in ``.toml``).

    Raises:
        EmobenchError: there is none of that name, or the file breaks the schema.
    """
    if not name.endswith(".toml") and name not in registry.suites and Path(f"{name}.toml").is_file():
        raise EmobenchError(f"no suite {name!r}", remedy=f"for the file ./{name}.toml write --suite ./{name}.toml")
    return read_suite(Path(name) if name.endswith(".toml") else registry.find("suites", name), registry)


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """Read a TOML file; ``what`` says in an error what it would have been.

    Raises:
        EmobenchError: no such file, or no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"cannot read the {what}: {error.strerror}"
        raise EmobenchError(message, where=str(path), remedy="check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EmobenchError(f"not valid TOML: {error}", where=str(path), remedy="fix the file there") from error


def read_suite(path: Path, registry: Registry | None = None) -> Suite:
    """Read a suite file, and those that it extends.

    Args:
        path: of the file.
        registry: has the suites that may be extended by name; that of the process by default.

    Raises:
        EmobenchError: no such file, no TOML, an unknown key, a wrong type, a missing value, a circle of suites: one line
            with file and place.
    """
    return _read(path, registry, ())


def _read(path: Path, registry: Registry | None, before: tuple[str, ...]) -> Suite:
    names = (*before, component_name(path))
    if names[-1] in before:
        what = f"suites extend each other in a circle: {', '.join(names)}"
        raise EmobenchError(what, where=str(path), remedy="remove 'extends' from one of them, or rename a file")
    content = read_toml(path, "suite")
    for key in _FROM_PATH:
        if key in content:
            remedy = "write extends" if key == "base" else "remove it: a suite is named after its file"
            raise EmobenchError(f"unknown key {key!r}", where=str(path), remedy=remedy)
    extended, base = content.get("extends"), None
    if isinstance(extended, str) and extended:
        named = path.parent / Path(extended).expanduser()
        if not extended.endswith(".toml"):
            named = (registry or installed_plugins()).find("suites", extended, where=f"{path}, extends")
        base = _read(named, registry, names)
    return parse_suite(content, names[-1], path, base)


def parse_suite(content: dict[str, Any], name: str, path: Path, base: Suite | None = None) -> Suite:
    """Return the suite that the content of a file is; ``path`` is also the place in a message, ``base`` what it extends.

    Raises:
        EmobenchError: the content breaks the schema.
    """
    try:
        return Suite.model_validate({**content, "name": name, "file": path, "base": base})
    except ValidationError as error:
        raise _readable(error, path, content) from error


def _readable(error: ValidationError, path: Path, content: dict[str, Any]) -> EmobenchError:
    """Turn pydantic's errors into one line."""
    # An experiment that fails is also one too few: not another mistake of the user's.
    errors = [each for each in error.errors() if each["type"] != "too_short"] or error.errors()
    for each in errors:
        each["loc"] = tuple(part for part in each["loc"] if part not in (NAME_TAG, TABLE_TAG))
    mistakes = [_mistake(each, content) for each in errors]
    parts: list[str] = []
    # Mistakes with the same remedy, one after another, say it once.
    for remedy, same in itertools.groupby(mistakes, key=lambda mistake: mistake[1]):
        parts += [*(what for what, _ in same), remedy]
    return EmobenchError("; ".join(parts[:-1]), where=str(path), remedy=parts[-1])


def _mistake(error: Any, content: dict[str, Any]) -> tuple[str, str]:
    """Return what is wrong, with its place, and the remedy."""
    loc, kind = error["loc"], error["type"]
    key, place = "".join(map(str, loc[-1:])), _place(loc, content)
    if kind == "extra_forbidden":
        return f"{place}unknown key {key!r}", nearest(key, _known_keys(loc))
    if kind == "missing":
        return f"{place}the key {key!r} is missing", "add schema = 1" if loc == ("schema",) else "add it"
    if len(loc) == 1:
        place = f"{key}: "
    what = error["msg"].removeprefix("Value error, ")
    if kind != "value_error":
        what = f"{what[0].lower()}{what[1:]}, not {error['input']!r}"
    return f"{place}{what}", "see the format in docs/suites.md"


def _place(loc: tuple[int | str, ...], content: dict[str, Any]) -> str:
    """Name an experiment by its name rather than by its number."""
    if len(loc) < 2 or loc[0] != "experiments" or not isinstance(loc[1], int):
        return f"{'.'.join(map(str, loc))}: " if len(loc) > 1 else ""
    experiment = content["experiments"][loc[1]]
    name = experiment.get("name") if isinstance(experiment, dict) else None
    label = f"experiment {name!r}" if name else f"experiment number {loc[1] + 1}"
    keys = ".".join(map(str, loc[2:]))
    return f"{label}, {keys}: " if keys else f"{label}: "


def _known_keys(loc: tuple[int | str, ...]) -> list[str]:
    tables: dict[int | str, type[Frozen]] = {"experiments": Experiment, "twin": Twin, "pattern": Pattern}
    training = TwinTraining if loc[0] == "twin" else FullTraining
    nested: dict[int | str, type[Frozen]] = {"training": training, "dataset": TableOf}
    model = next((nested[part] for part in loc[:-1] if part in nested), tables.get(loc[0], Suite))
    keys = [field.alias or name for name, field in model.model_fields.items()]
    return [key for key in keys if model is not Suite or key not in _FROM_PATH]
