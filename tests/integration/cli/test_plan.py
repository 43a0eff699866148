"""``emobench plan``: every cell, and nothing computed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from emobench import cli


def test_planning_imports_no_torch(tmp_path: Path) -> None:
    arguments = ["plan", "--suite", "paper-replication", "--out", str(tmp_path / "none")]
    code = f"import sys, emobench.cli as c; c.invoke({arguments!r}); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "False"


def test_plan_computes_nothing_and_names_every_cell(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.invoke(["plan", "--suite", "paper-replication", "--out", str(tmp_path / "none"), "--seeds", "2"]) == 0
    output = capsys.readouterr().out
    assert "42 cells: 0 done already, 42 to compute, 0 not possible, 2 the same as another" in output
    assert not (tmp_path / "none").exists()
