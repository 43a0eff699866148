"""The arguments that a function takes."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any


def _signature(function: Callable[..., Any]) -> tuple[inspect.Parameter, ...]:
    try:
        return _known_signature(function)
    except TypeError:  # it cannot be hashed
        return tuple(inspect.signature(function).parameters.values())


@functools.lru_cache
def _known_signature(function: Callable[..., Any]) -> tuple[inspect.Parameter, ...]:
    return tuple(inspect.signature(function).parameters.values())


def accepted_arguments(function: Callable[..., Any]) -> set[str] | None:
    """Return the argument names that a function accepts by keyword, or ``None`` if it accepts any."""
    parameters = _signature(function)
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return named_arguments(function)


def named_arguments(function: Callable[..., Any], *, required: bool = False) -> set[str]:
    """Return the argument names in a function's signature that can be given by keyword, or only those without a default."""
    parameters = _signature(function)
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    return {p.name for p in named if not required or p.default is p.empty}


def default_arguments(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the arguments in a function's signature that have a default, with it."""
    parameters = _signature(function)
    return {p.name: p.default for p in parameters if p.default is not p.empty}
