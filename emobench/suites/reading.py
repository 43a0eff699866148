"""Reading a suite file: TOML through the schema, with every mistake named."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from emobench.errors import EmobenchError, nearest
from emobench.plugins import Registry, component_name
from emobench.records import Frozen
from emobench.suites.schema import Experiment, Suite, Training, Twin


def find_suite(name: str, registry: Registry) -> Suite:
    """Read a suite by its name, or by the path of its file (anything that ends in ``.toml``).

    Raises:
        EmobenchError: there is none of that name, or the file breaks the schema.
    """
    if not name.endswith(".toml") and name not in registry.suites and Path(f"{name}.toml").is_file():
        raise EmobenchError(f"no suite {name!r}", remedy=f"for the file ./{name}.toml write --suite ./{name}.toml")
    path = Path(name) if name.endswith(".toml") else registry.find("suites", name)
    return read_suite(path)


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """Read a TOML file; ``what`` says in an error what it would have been.

    Raises:
        EmobenchError: no such file, or no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise EmobenchError(
            f"cannot read the {what}: {error.strerror}", where=str(path), remedy="check the path"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EmobenchError(f"not valid TOML: {error}", where=str(path), remedy="fix the file there") from error


def read_suite(path: Path) -> Suite:
    """Read a suite file.

    Raises:
        EmobenchError: no such file, no TOML, an unknown key, a wrong type, a missing value: one line with file and place.
    """
    content = read_toml(path, "suite")
    for key in ("name", "file"):  # fields of a suite, but told by the path
        if key in content:
            raise EmobenchError(
                f"unknown key {key!r}", where=str(path), remedy="remove it: a suite is named after its file"
            )
    try:
        return Suite.model_validate({**content, "name": component_name(path), "file": path})
    except ValidationError as error:
        raise _readable(error, path, content) from error


def _readable(error: ValidationError, path: Path, content: dict[str, Any]) -> EmobenchError:
    """Turn pydantic's errors into one line."""
    # An experiment that fails is also one too few: not another mistake of the user's.
    errors = [one for one in error.errors() if one["type"] != "too_short"] or error.errors()
    said = [_said(one, content) for one in errors]
    *others, (what, remedy) = said
    # A remedy stands behind its mistake; one that several share stands once.
    parts = [
        mistake if same == said[number + 1][1] else f"{mistake}; {same}"
        for number, (mistake, same) in enumerate(others)
    ]
    return EmobenchError("; ".join([*parts, what]), where=str(path), remedy=remedy)


def _said(one: Any, content: dict[str, Any]) -> tuple[str, str]:
    """Return what is wrong, with its place, and the remedy."""
    place = _place(one["loc"], content)
    if len(one["loc"]) == 1 and one["type"] not in ("extra_forbidden", "missing"):
        place = f"{one['loc'][0]}: "
    what = one["msg"].removeprefix("Value error, ")
    remedy = "see the format in docs/suites.md"
    if one["type"] == "extra_forbidden":
        what = f"unknown key {str(one['loc'][-1])!r}"
        remedy = nearest(str(one["loc"][-1]), _known_keys(one["loc"]))
    elif one["type"] == "missing":
        what = f"the key {str(one['loc'][-1])!r} is missing"
        remedy = "add schema = 1" if one["loc"] == ("schema",) else "add it"
    elif one["type"] != "value_error":
        what = f"{what[0].lower()}{what[1:]}, not {one['input']!r}"
    return f"{place}{what}", remedy


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
    model: type[Frozen] = Suite
    if "training" in loc[:-1]:
        model = Training
    elif loc[0] == "experiments":
        model = Experiment
    elif loc[0] == "twin":
        model = Twin
    return [
        field.alias or name
        for name, field in model.model_fields.items()
        if name not in ("name", "file") or model is not Suite
    ]
