"""``emobench --version``: what a bug report should say, read from metadata without importing what it is about."""

from __future__ import annotations

import importlib.metadata
import platform
from pathlib import Path


def version_text() -> str:
    """Return versions of emobench, Python and the packages behind the results, the platform, and the state of plugins."""
    from emobench.plugins import installed_plugins
    from emobench.records import commit, version
    from emobench.running import PACKAGES

    checkout = commit()
    plugins = installed_plugins().plugins
    broken = [plugin.name for plugin in plugins if plugin.status == "broken"]
    state = f"{len(broken)} broken ({', '.join(broken)}; see 'emobench list plugins')" if broken else "none broken"
    lines = [
        f"emobench {version()}",
        f"installed in {Path(__file__).resolve().parents[1]}{f', commit {checkout}' if checkout else ''}",
        f"Python {platform.python_version()} ({platform.python_implementation()}) on {platform.platform()}",
        *(f"{name} {_version(name)}" for name in PACKAGES if name != "emobench"),
        f"CUDA runtime: {', '.join(_cuda()) or 'none from a package'}",
        f"plugins: {len(plugins)} from {', '.join(sorted({plugin.distribution for plugin in plugins}))}; {state}",
    ]
    return "\n".join(lines)


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "is not installed"


def _cuda() -> list[str]:
    found = [(known.metadata["Name"] or "", known.version) for known in importlib.metadata.distributions()]
    return sorted({f"{name} {number}" for name, number in found if name.startswith("nvidia-cuda-runtime")})
