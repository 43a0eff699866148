"""What a record says of the emobench that made it: version, commit, and the time."""

from __future__ import annotations

import importlib.metadata
import subprocess
from datetime import UTC, datetime
from pathlib import Path


def version() -> str:
    """Return the version of emobench."""
    return importlib.metadata.version("emobench")


def timestamp() -> str:
    """Return the time now as records hold it: UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def commit() -> str | None:
    """Return the commit of the checkout that emobench runs from, marked ``+changes`` if files differ from it."""
    checkout = Path(__file__).resolve().parents[2]
    if not (checkout / ".git").exists():
        return None
    try:
        command = ["git", "-C", str(checkout), "describe", "--always", "--abbrev=40", "--dirty=+changes", "--exclude=*"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
