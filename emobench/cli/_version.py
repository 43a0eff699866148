"""``emobench --version``: what a bug report should say, read from metadata without importing what it is about."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Iterator
from pathlib import Path


def version_text() -> str:
    """Return versions of emobench, Python and the packages behind the results, the platform, and the state of plugins."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    from emobench.plugins import installed_plugins
    from emobench.records import commit, version
    from emobench.running import PACKAGES

    checkout = commit()
    yield f"emobench {version()}"
    yield f"installed in {Path(__file__).resolve().parents[1]}{f', commit {checkout}' if checkout else ''}"
    yield f"Python {platform.python_version()} ({platform.python_implementation()}) on {platform.platform()}"
    yield from (f"{name} {_version(name)}" for name in PACKAGES if name != "emobench")
    yield f"CUDA runtime: {', '.join(_cuda()) or 'none from a package'}"
    plugins = installed_plugins().plugins
    distributions = {one.distribution for one in plugins}
    broken = [one.name for one in plugins if one.status == "broken"]
    said = f"{len(broken)} broken ({', '.join(broken)}; see 'emobench list plugins')" if broken else "none broken"
    yield f"plugins: {len(plugins)} from {', '.join(sorted(distributions))}; {said}"


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "is not installed"


def _cuda() -> list[str]:
    found = [(one.metadata["Name"] or "", one.version) for one in importlib.metadata.distributions()]
    return sorted({f"{name} {number}" for name, number in found if name.startswith("nvidia-cuda-runtime")})
