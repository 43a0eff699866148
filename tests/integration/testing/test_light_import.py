"""A heavy import at registration fails one check."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from emobench.plugins.loading import load
from emobench.testing.kinds import checks_for
from tests.conftest import FakeEntry


def test_a_heavy_import_at_registration_fails_one_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        "import pandas",
        "from emobench import Metric, hookimpl",
        "@hookimpl",
        "def emobench_metrics():",
        "    return [Metric('heavy', 'heavy', lambda truth, p, classes: float((p.argmax(1) == truth).mean()))]",
    ]
    (tmp_path / "heavy_plugin.py").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    import importlib

    entry: Any = FakeEntry("heavy", importlib.import_module("heavy_plugin"))
    monkeypatch.delitem(sys.modules, "heavy_plugin")
    failed = [
        r for r in (check.run() for check in checks_for("metrics", "heavy", load([entry]))) if r.status == "failed"
    ]
    assert [(result.check, result.seen) for result in failed] == [("light-import", "it imports pandas")]
