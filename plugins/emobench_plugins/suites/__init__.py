"""The built-in suites: every TOML file of this folder."""

from __future__ import annotations

from pathlib import Path

from emobench import hookimpl


@hookimpl
def emobench_suites() -> list[Path]:
    """Register the suite files beside this module."""
    return sorted(Path(__file__).parent.glob("*.toml"))
