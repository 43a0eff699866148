"""The suite ``egemaps``, a file in the folder of this module."""

from __future__ import annotations

from pathlib import Path

from emobench import hookimpl


@hookimpl
def emobench_suites() -> list[Path]:
    """Register the suite."""
    return [Path(__file__).with_name("egemaps.toml")]
