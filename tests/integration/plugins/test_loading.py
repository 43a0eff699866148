"""Plugins that are installed, as the command line lists them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def install(folder: Path, name: str, code: str) -> None:
    """Lay down a distribution with one module, as pip would."""
    (folder / f"{name}.py").write_text(code, encoding="utf-8")
    information = folder / f"{name}-2.5.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.5\n", encoding="utf-8")
    (information / "entry_points.txt").write_text(f"[emobench]\n{name}-entry = {name}\n", encoding="utf-8")


FUSION = """
from emobench import Fusion, hookimpl

class Last(Fusion):
    name = "last"
    title = "the last member"

    def combine(self, probabilities):
        return probabilities[-1]

@hookimpl
def emobench_fusions():
    return [Last()]
"""


def run_list(folder: Path, kind: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        [sys.executable, "-m", "emobench", "list", kind],
        env={**os.environ, "COLUMNS": "1000", "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_installed_plugins_are_found_and_a_broken_one_does_no_harm(tmp_path: Path) -> None:
    install(tmp_path, "lastfusion", FUSION)
    install(tmp_path, "badplugin", "import no_such_package\n")
    (tmp_path / "orphan-1.0.dist-info").mkdir()  # what an interrupted pip leaves behind
    plugins = run_list(tmp_path, "plugins")
    assert plugins.returncode == 0
    reason = "ModuleNotFoundError: No module named 'no_such_package'"
    assert plugins.stderr == f"emobench: plugin 'badplugin-entry' (badplugin 2.5) is broken: {reason}\n"
    lines = {line.split()[0]: " ".join(line.split()) for line in plugins.stdout.splitlines()}
    assert lines["badplugin-entry"] == f"badplugin-entry badplugin 2.5 broken {reason}"
    assert lines["lastfusion-entry"] == "lastfusion-entry lastfusion 2.5 loaded fusions: last"
    assert " loaded " in lines["average"]


def test_allow_list_is_read_from_the_environment(tmp_path: Path) -> None:
    install(tmp_path, "lastfusion", FUSION)
    fusions = run_list(tmp_path, "fusions", EMOBENCH_PLUGINS="lastfusion")
    assert fusions.returncode == 0
    assert [line.split()[0] for line in fusions.stdout.splitlines()[2:]] == ["last"]
