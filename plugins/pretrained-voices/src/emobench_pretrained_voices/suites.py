"""The suite ``pretrained-voices``."""

from __future__ import annotations

from pathlib import Path

from emobench import hookimpl


@hookimpl
def emobench_suites() -> list[Path]:
    """Return the file of the suite beside this module."""
    return [Path(__file__).parent / "pretrained_voices.toml"]
