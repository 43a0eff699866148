"""Plugins as strangers have them: installed by pip into an environment of their own, and run in processes of their own."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

import pytest

from emobench import cli
from emobench.cli.new_plugin import KINDS
from tests.support.preloaded import HERE, interpreter, packages

each_kind = pytest.mark.parametrize("kind", KINDS)


def write(folder: Path, kind: str, *options: str) -> Path:
    """Write the plugin my-<kind> and return its folder."""
    project = folder / f"emobench-my-{kind}"
    assert cli.invoke(["new-plugin", f"my-{kind}", "--kind", kind, "--output", str(project), *options]) == 0
    return project


# The kit of checks may not be part of this version; the other tests of a plugin do not depend on it.
WITHOUT_KIT = [] if find_spec("emobench.testing") else ["--ignore", "tests/test_conformance.py"]


class Environment:
    """A virtual environment that sees all that is installed here, and in which pip installs without a network.

    Args:
        folder: where to make it; new.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
        # By addsitedir, not as a bare path: this environment's own .pth files count too, that of emobench among them.
        here = sysconfig.get_path("purelib")
        (packages(folder) / "borrowed.pth").write_text(f"import site; site.addsitedir({here!r})\n")

    def install(self, *projects: Path) -> None:
        """Install projects as ``pip install -e`` does, with the build backend that is installed here."""
        if find_spec("hatchling") is None or find_spec("editables") is None:
            pytest.skip("needs hatchling and editables, to build without a network: pip install -e '.[dev]'")
        offline = ["--no-index", "--no-deps", "--no-build-isolation", "--no-cache-dir", "--disable-pip-version-check"]
        editable = [argument for project in projects for argument in ("--editable", str(project))]
        python = str(interpreter(self.folder))
        pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", *offline, *editable]
        done = subprocess.run(pip, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def run(self, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run emobench and return what became of it."""
        return HERE.run("emobench", *arguments, venv=self.folder, cwd=cwd)

    def emobench(self, *arguments: object, cwd: Path) -> str:
        """Run emobench, which must succeed, and return what it prints."""
        return _output(self.run(*arguments, cwd=cwd))

    def pytest(self, project: Path) -> str:
        """Run the tests of a project, which must pass, and return what pytest says."""
        options = ["-p", "no:cacheprovider", "-rA", *WITHOUT_KIT]
        return _output(HERE.run("pytest", *options, venv=self.folder, cwd=project))


def _output(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout.strip()
