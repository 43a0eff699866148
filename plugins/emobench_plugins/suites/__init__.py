"""The built-in suites: every TOML file of this folder but the ledgers of claims that they name."""

from __future__ import annotations

from pathlib import Path

from emobench import hookimpl


@hookimpl
def emobench_suites() -> list[Path]:
    """Register the suite files beside this module."""
    return sorted(path for path in Path(__file__).parent.glob("*.toml") if not path.stem.endswith("_claims"))
