"""Bundles on the command line: from runs to a board in three commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench import cli


@pytest.mark.usefixtures("ours")
def test_three_commands_from_runs_to_a_board(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle, board = tmp_path / "mine.zip", tmp_path / "board"
    assert cli.invoke(["bundle", "--runs", str(runs), "--only", "fitted", "--output", str(bundle)]) == 0
    assert "clips: licence none stated; to be cited: Nobody: Dots." in capsys.readouterr().out
    assert cli.invoke(["verify", str(bundle)]) == 0
    assert "verified (1 cell)" in capsys.readouterr().out
    assert cli.invoke(["leaderboard", "--add", str(bundle), "--publish", str(board)]) == 0
    assert (board / "datasets" / "clips.md").is_file()
    assert cli.invoke(["verify", str(board / "bundles" / "mine.json")]) == 0


def test_add_needs_a_board(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(["leaderboard", "--add", str(tmp_path / "x.zip")]) == 2
    assert "name its folder with --publish" in capsys.readouterr().err
