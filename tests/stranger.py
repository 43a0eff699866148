"""Plugins as strangers have them: installed by pip into an environment of their own, and run in processes of their own."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

import pytest

# The kit of checks may not be part of this version; what the tests of a plugin say beside it does not depend on it.
WITHOUT_KIT = [] if find_spec("emobench.testing") else ["--ignore", "tests/test_conformance.py"]


class Environment:
    """A virtual environment that sees all that is installed here, and in which pip installs without a network.

    Args:
        folder: where to make it; new.
    """

    def __init__(self, folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
        self.python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        site = Path(self._output("-c", "import sysconfig; print(sysconfig.get_path('purelib'))"))
        # By addsitedir, not as a bare path: this environment's own .pth files count too, that of emobench among them.
        (site / "borrowed.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")

    def install(self, *projects: Path) -> None:
        """Install projects as ``pip install -e`` does, with the build backend that is installed here."""
        if find_spec("hatchling") is None or find_spec("editables") is None:
            pytest.skip("wants hatchling and editables, to build without a network: pip install -e '.[dev]'")
        offline = ["--no-index", "--no-deps", "--no-build-isolation", "--no-cache-dir", "--disable-pip-version-check"]
        editable = [argument for project in projects for argument in ("--editable", str(project))]
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "install", "--quiet", *offline, *editable]
        done = subprocess.run(pip, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def emobench(self, *arguments: object, cwd: Path) -> str:
        """Run emobench and return what it prints."""
        return self._output("-m", "emobench", *map(str, arguments), cwd=cwd)

    def pytest(self, project: Path) -> str:
        """Run the tests of a project and return what pytest says."""
        return self._output("-m", "pytest", "-p", "no:cacheprovider", "-rA", *WITHOUT_KIT, cwd=project)

    def _output(self, *arguments: str, cwd: Path | None = None) -> str:
        done = subprocess.run([str(self.python), *arguments], cwd=cwd, capture_output=True, text=True)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout.strip()
