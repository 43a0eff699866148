"""``emobench leaderboard`` on real runs: formats, several folders, publishing a part."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pandas as pd
import pytest

from emobench import cli
from emobench.plugins.loading import installed_plugins
from emobench.publishing.boards import publish
from emobench.publishing.rescoring import rescored
from tests.support.html_boards import Parsed
from tests.support.mlp_run import only_cell


def test_leaderboard_in_each_format(capsys: pytest.CaptureFixture[str], mlp: Path, tmp_path: Path) -> None:
    assert cli.invoke(["leaderboard", "--runs", str(mlp)]) == 0
    assert "SYNTHETIC" in capsys.readouterr().out
    assert cli.invoke(["leaderboard", "--runs", str(mlp), "--format", "csv"]) == 0
    table = pd.read_csv(io.StringIO(capsys.readouterr().out))
    assert list(table["experiment"]) == ["a.table2.mlp"]
    assert (
        cli.invoke(["leaderboard", "--runs", str(mlp), "--format", "json", "--output", str(tmp_path / "b.json")]) == 0
    )
    assert json.loads((tmp_path / "b.json").read_text())["tasks"][0]["rows"]


def test_runs_of_several_folders_stand_on_one_board(
    real: Path, mlp: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(rescored(real, installed_plugins()), tmp_path / "boards", installed_plugins())
    for page in (tmp_path / "boards").glob("**/*.html"):
        known = Parsed(page.read_text()).data
        assert all((page.parent / known["cells"] / cell / "record.json").is_file() for cell in known["rows"])
    both = ["leaderboard", "--runs", str(tmp_path / "boards"), "--runs", str(mlp), "--format", "json"]
    capsys.readouterr()
    assert cli.invoke(both) == 0
    board = json.loads(capsys.readouterr().out)
    assert [task["provenance"] for task in board["tasks"]] == ["unverified", "synthetic"]
    assert all(row["slices"] for task in board["tasks"] for row in task["rows"])  # the attributes of both were read
    (tmp_path / "empty").mkdir()
    assert cli.invoke([*both, "--runs", str(tmp_path / "empty")]) == 2
    assert f"{tmp_path / 'empty'}: no record was found" in capsys.readouterr().err


def test_only_what_is_asked_for_is_published(real: Path, tmp_path: Path) -> None:
    arguments = ["leaderboard", "--runs", str(real), "--publish", str(tmp_path / "boards"), "--only"]
    assert cli.invoke([*arguments, "a.table9*"]) == 2
    assert not (tmp_path / "boards").exists()
    assert cli.invoke([*arguments, only_cell(real).id]) == 0
    assert (tmp_path / "boards" / "datasets" / "ravdess.md").is_file()


def test_a_folder_of_boards_is_served_until_it_is_interrupted(tmp_path: Path) -> None:
    (tmp_path / "leaderboard.html").write_text("<title>One</title>the board")
    command = [sys.executable, "-m", "emobench", "leaderboard", "--serve", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        address = served.stdout.readline().split()[0]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy must not be asked for it
        with opener.open(address, timeout=10) as page:
            assert b"the board" in page.read()
        served.terminate()  # an interruption like Ctrl+C, and never ignored, as SIGINT is under a shell's "&"
        assert served.wait(timeout=10) == 0
