"""The parameters that a function takes, and those that a suite sets, held against their defaults."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any

from emobench.errors import EmobenchError, nearest

_WORDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),  # first, for a bool is an int to Python
    (int, "an integer"),
    (float, "a number"),
    (str, "a text"),
    ((list, tuple), "a list"),
    (Mapping, "a table"),
)


def check_types(defaults: Mapping[str, Any], chosen: Mapping[str, Any], where: str) -> None:
    """Refuse a value of another type than the default that it replaces.

    A default of ``None`` takes anything, one that is a float takes integers, lists and tuples are alike, and from Python
    ``None`` takes the place of anything. What has no default is not checked.

    Raises:
        EmobenchError: with ``where``, the name, the value and the type that is expected.
    """
    for name, value in chosen.items():
        default = defaults.get(name)
        expected, found = _word(default), _word(value)
        if value is None or expected in ("", found) or (expected, found) == ("a number", "an integer"):
            continue
        message = f"{name} is {_shown(value)}, expected {expected}"
        raise EmobenchError(message, where=where, remedy=f"its default is {_shown(default)}")


def _shown(value: Any) -> str:
    """Return a value as a suite file has it."""
    return json.dumps(value, default=repr, ensure_ascii=False)


def _word(value: Any) -> str:
    """Return what a user calls a value of this type; empty for one that no suite file can hold."""
    return next((word for kinds, word in _WORDS if isinstance(value, kinds)), "")


def with_defaults(defaults: Any, chosen: dict[str, Any], where: str) -> dict[str, Any]:
    """Return the defaults with what is chosen on top.

    Raises:
        EmobenchError: a chosen name is not among the defaults.
    """
    for name in chosen:
        if name not in defaults:
            raise EmobenchError(f"no parameter {name!r}", where=where, remedy=nearest(name, defaults))
    return {**defaults, **chosen}


def named_arguments(function: Callable[..., Any], *, required: bool = False) -> set[str]:
    """Return the argument names in a function's signature that can be given by keyword, or only those without a default."""
    parameters = inspect.signature(function).parameters.values()
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    return {p.name for p in named if not required or p.default is p.empty}


def default_arguments(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the arguments in a function's signature that have a default, with it."""
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}
