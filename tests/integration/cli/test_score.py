"""``emobench score``: scores, and what was left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench import cli
from emobench.plugins.registry import Registry
from tests.support.predicted_elsewhere import labelled, opened, saved, table

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def installed(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny plugins, in the place of all that is installed, for the command line."""
    monkeypatch.setattr("emobench.plugins.installed_plugins", lambda: registry)


@pytest.mark.usefixtures("installed")
def test_the_command_prints_scores_and_what_was_left_out(
    tmp_path: Path, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    path = saved(tmp_path, labelled(table(opened(registry))).assign(comment="x"))
    asked = ["score", str(path), "--dataset", "clips", "--protocol", "by-folder", "--labels", "shapes"]
    assert cli.invoke([*asked, "--out", str(tmp_path / "runs")]) == 2
    assert "several test parts (public, private); say with headline" in capsys.readouterr().err
    assert cli.invoke([*asked, "--out", str(tmp_path / "runs"), "--headline", "private", "--name", "our.net"]) == 0
    said = capsys.readouterr()
    assert "our.net" in said.out
    assert "95% interval" in said.out
    assert "left out, for they need probabilities: log_loss, ece" in said.out
    assert "columns that say nothing here: comment" in said.err
    assert (tmp_path / "runs" / "submitted" / "leaderboard.md").is_file()
    assert cli.invoke([*asked, "--headline", "private", "--name", "Our Net"]) == 2
    assert "'Our Net' cannot be the name of a model" in capsys.readouterr().err
