"""Warnings on stderr, and an exception that a plugin raised, each as one line."""

from __future__ import annotations

import sys


def warn(text: str) -> None:
    """Write one line to stderr."""
    print(f"emobench: {text}", file=sys.stderr)


def describe(error: BaseException) -> str:
    """Return an exception as one line with its kind."""
    return " ".join(f"{type(error).__name__}: {error}".split())
