"""The arguments that a function takes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def accepted_arguments(function: Callable[..., Any]) -> set[str] | None:
    """Return the argument names that a function accepts by keyword, or ``None`` if it accepts any."""
    parameters = inspect.signature(function).parameters.values()
    return None if any(p.kind is p.VAR_KEYWORD for p in parameters) else named_arguments(function)


def named_arguments(function: Callable[..., Any], *, required: bool = False) -> set[str]:
    """Return the argument names in a function's signature that can be given by keyword, or only those without a default."""
    parameters = inspect.signature(function).parameters.values()
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    return {p.name for p in named if not required or p.default is p.empty}


def default_arguments(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the arguments in a function's signature that have a default, with it."""
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}
