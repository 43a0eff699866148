"""``emobench --version``."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path

import pytest

from emobench import cli
from emobench.plugins import loading
from emobench.plugins.loading import installed_plugins
from tests.conftest import FakeEntry


def test_version_says_what_a_bug_report_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(["--version"]) == 0
    first, place, python, *rest = capsys.readouterr().out.splitlines()
    assert first == f"emobench {importlib.metadata.version('emobench')}"
    assert str(Path(cli.__file__).parents[1]) in place
    assert python.startswith(f"Python {sys.version.split()[0]} ")
    for name in ("torch", "torchvision", "librosa", "scikit-learn", "numpy", "pandas", "opencv-python"):
        assert f"{name} {importlib.metadata.version(name)}" in rest
    assert rest[-1].startswith(f"plugins: {len(installed_plugins().plugins)} from emobench ")
    assert rest[-1].endswith("none broken")


def test_version_counts_and_names_broken_plugins(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = FakeEntry("odd", ImportError("no such thing"))
    monkeypatch.setattr(loading, "_entry_points", lambda: [broken])
    loading.installed_plugins.cache_clear()
    try:
        assert cli.invoke(["--version"]) == 0
    finally:
        loading.installed_plugins.cache_clear()
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "plugins: 1 from stranger 1.0; 1 broken (odd; see 'emobench list plugins')"


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(["--version"]) == 0
    assert capsys.readouterr().out.startswith("emobench 0.")
