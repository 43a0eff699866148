"""A file of three lines tests a plugin with the fixtures of the kit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_a_file_of_three_lines_and_the_fixtures_work(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["emobench.testing.fixtures"]\n', encoding="utf-8")
    lines = [
        "import pytest",
        "from emobench.testing import checks_for",
        "@pytest.mark.parametrize('check', checks_for('fusions', 'average'), ids=str)",
        "def test_conformance(check): check()",
        "def test_twin(twin, registry):",
        "    name = min(registry.datasets)",
        "    assert set(twin(name).index.samples['label']) == set(registry.datasets[name].labels)",
    ]
    (tmp_path / "test_plugin.py").write_text("\n".join(lines), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-v", "-W", "error", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_conformance[rows-sum-to-one] PASSED" in done.stdout
    assert "test_conformance[learnt-is-json] SKIPPED" in done.stdout
    assert "test_twin PASSED" in done.stdout
