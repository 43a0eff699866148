"""The program as a user runs it: whole runs in processes of their own, on synthetic twins."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from emobench.plugins import registry
from emobench.records import read_record
from emobench.suites import read_suite

SUITE = """
schema = 1
title = "A short one"

[[experiments]]
name = "net"
dataset = "fer2013"
labels = "seven-emotions"
protocol = "official"
model = {{ name = "resnet18", dropout = 0.5 }}
training = {{ epochs = {epochs}, batch_size = 16, learning_rate = 0.001 }}
headline = "private-test"
seed = 42
"""


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "emobench", *map(str, arguments)]


def emobench(*arguments: object) -> subprocess.CompletedProcess[str]:
    # The limit is for a run that hangs: on a busy machine the whole suite takes five minutes.
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=1200, check=False)


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    path = tmp_path / "short.toml"
    path.write_text(SUITE.format(epochs=4))
    return path


def predictions(out: Path) -> pd.DataFrame:
    (path,) = out.glob("*/cells/*/predictions.parquet")
    return pd.read_parquet(path)


def start_and_stop(suite: Path, out: Path, epochs: int, how: signal.Signals) -> int:
    """Start a run, send it a signal once ``epochs`` epochs are in the log, and return its exit code."""
    log = out.parent / f"{out.name}.log"
    with log.open("w") as file:
        process = subprocess.Popen(
            command("run", "--suite", suite, "--out", out, "--limit", 70), stdout=file, stderr=file
        )
    deadline = time.monotonic() + 120
    while f"epoch {epochs}/" not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.01)
    process.send_signal(how)
    return process.wait(timeout=60)


def test_killed_run_ends_bit_for_bit_like_an_undisturbed_one(suite: Path, tmp_path: Path) -> None:
    undisturbed = emobench("run", "--suite", suite, "--out", tmp_path / "whole", "--limit", 70)
    assert undisturbed.returncode == 0, undisturbed.stderr
    for epochs in (1, 3):
        assert start_and_stop(suite, tmp_path / "killed", epochs, signal.SIGKILL) == -signal.SIGKILL
    resumed = emobench("run", "--suite", suite, "--out", tmp_path / "killed", "--limit", 70)
    assert resumed.returncode == 0, resumed.stderr
    pd.testing.assert_frame_equal(predictions(tmp_path / "killed"), predictions(tmp_path / "whole"), check_exact=True)
    (record,) = (tmp_path / "killed").glob("*/cells/*/record.json")
    assert [epoch["number"] for epoch in json.loads(record.read_text())["history"]] == [1, 2, 3, 4]
    assert not (record.parent / "work").exists()


def test_interrupt_leaves_a_state_to_go_on_from(suite: Path, tmp_path: Path) -> None:
    out = tmp_path / "interrupted"
    suite.write_text(SUITE.format(epochs=40))  # so that it is still at work when a busy machine sends the signal
    assert start_and_stop(suite, out, 1, signal.SIGINT) == 130
    log = (tmp_path / "interrupted.log").read_text()
    assert "interrupted; the same command goes on where it stopped" in log
    assert "Traceback" not in log
    assert list(out.glob("*/cells/*/work/checkpoint.pt"))
    assert not list(out.glob("*/cells/*/record.json"))


def test_whole_suite_on_twins_and_a_second_run(tmp_path: Path) -> None:
    """Every kind of experiment runs; one epoch on a few samples each, for the widest networks have 140 million weights.

    Left out is what differs from another experiment by the corpus of its voices, or by another draw, alone, and of the
    widest network what is done to a narrow one too: speakers apart.
    """
    suite = read_suite(registry().suites["paper-replication"])
    left_out = (
        "control.b.table4.two-stream-crema-d.",
        "control.b.table4.two-stream-tess.redrawn-again",
        "apart.b.ablation.",
        "apart.b.table3.vgg16-tess",
        "apart.b.table4.two-stream-crema-d",
    )
    names = [one.name for one in suite.experiments if not one.name.startswith(left_out)]
    only = [argument for name in names for argument in ("--only", name)]
    options = ["--suite", "paper-replication", "--out", tmp_path, "--epochs", 1, "--limit", 14, *only]
    first = emobench("run", *options, "--jobs", 2)
    assert first.returncode == 0, first.stderr
    assert "Synthetic twins stand in" in first.stdout
    run = tmp_path / "paper-replication"
    before = {path: path.stat().st_mtime_ns for path in run.glob("cells/*/*")}
    second = emobench("run", *options)
    assert second.returncode == 0
    assert f"{len(list(run.glob('cells/*')))} done already, 0 to compute" in second.stdout
    assert {path: path.stat().st_mtime_ns for path in run.glob("cells/*/*")} == before
    board = pd.read_csv(run / "leaderboard.csv")
    cells = [read_record(path) for path in run.glob("cells/*/record.json")]
    assert set(board["experiment"]) | {one.cell.experiment for one in cells} >= set(names)
    assert {one.status for one in cells} == {"finished"}
    missing = board[board["status"] == "missing"]
    assert missing["experiment"].tolist() == ["b.ablation.both"]
    assert missing["failure"].str.contains("the same as 'b.table4.two-stream-crema-d'").all()
    assert set(board["provenance"].dropna()) == {"synthetic"}


def test_twins_carry_a_signal(tmp_path: Path) -> None:
    """What learns beats the seventh of the samples that chance gets right, also on films that it was not trained on."""
    chosen = ("a.table1.resnet18-regularised", "a.table2.mlp", "a.table3.*")
    only = [option for name in chosen for option in ("--only", name)]
    done = emobench("run", "--suite", "paper-replication", "--out", tmp_path, *only)
    assert done.returncode == 0, done.stderr
    board = pd.read_csv(tmp_path / "paper-replication" / "leaderboard.csv")
    ranked = board[board["rank"].notna()]
    assert len(ranked) == 6
    assert (ranked["accuracy"] > 1.5 / 7).all(), ranked[["experiment", "accuracy"]]


def test_processes_give_what_one_process_gives(tmp_path: Path) -> None:
    options = [
        "--suite",
        "paper-replication",
        "--only",
        "a.table2.mlp",
        "--only",
        "a.table1.resnet18",
        "--limit",
        28,
        "--epochs",
        1,
    ]
    emobench("run", *options, "--out", tmp_path / "one")
    emobench("run", *options, "--out", tmp_path / "two", "--jobs", 2)
    one, two = (
        {p.parent.name: pd.read_parquet(p) for p in (tmp_path / name).glob("*/cells/*/*.parquet")}
        for name in ("one", "two")
    )
    assert one.keys() == two.keys()
    assert len(one) == 2
    for cell, table in one.items():
        # One thread adds in another order than two: equal ids promise equal results for equal threads only.
        pd.testing.assert_frame_equal(table, two[cell], check_exact=False, atol=1e-3)


def test_a_worker_that_dies_harms_no_other_cell(tmp_path: Path) -> None:
    package = tmp_path / "plugins"
    package.mkdir()
    (package / "deadly.py").write_text(
        "import os\n"
        "from emobench import ModelSpec, hookimpl\n"
        "def build():\n"
        "    os._exit(9)\n"
        "@hookimpl\n"
        "def emobench_models():\n"
        "    return [ModelSpec('deadly', build, ('gray-face',))]\n"
    )
    info = package / "deadly-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: deadly\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[emobench]\ndeadly = deadly\n")
    suite = tmp_path / "mixed.toml"
    experiment = SUITE.format(epochs=1)
    second = experiment[experiment.index("[[experiments]]") :].replace('"net"', '"deadly"')
    suite.write_text(experiment + re.sub(r"model = .*", 'model = "deadly"', second))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(package), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        command("run", "--suite", suite, "--out", tmp_path / "out", "--jobs", 2, "--limit", 28),
        capture_output=True, text=True, env=environment, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    records = {
        r["cell"]["experiment"]: r
        for p in (tmp_path / "out").glob("*/cells/*/record.json")
        for r in [json.loads(p.read_text())]
    }
    assert records["net"]["status"] == "finished"
    assert records["deadly"]["status"] == "failed"
    assert "died" in records["deadly"]["failure"]["message"]


def test_two_runs_in_one_folder_are_refused(suite: Path, tmp_path: Path) -> None:
    out, log = tmp_path / "shared", tmp_path / "first.log"
    with log.open("w") as file:
        first = subprocess.Popen(
            command("run", "--suite", suite, "--out", out, "--limit", 70), stdout=file, stderr=file
        )
    deadline = time.monotonic() + 120
    while "epoch 1/" not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    second = emobench("run", "--suite", suite, "--out", out, "--limit", 70)
    first.kill()
    first.wait(timeout=60)
    assert second.returncode == 2
    assert second.stderr.strip().splitlines()[-1].startswith("emobench: error: ")
    assert "another run is at work here" in second.stderr


def test_workers_end_with_the_process_that_started_them(suite: Path, tmp_path: Path) -> None:
    import psutil

    text = suite.read_text()
    suite.write_text(
        text + text[text.index("[[experiments]]") :].replace('"net"', '"other"').replace("seed = 42", "seed = 43")
    )
    log = tmp_path / "workers.log"
    options = ["--limit", 70, "--epochs", 60, "--jobs", 2]
    with log.open("w") as file:
        process = subprocess.Popen(
            command("run", "--suite", suite, "--out", tmp_path / "w", *options), stdout=file, stderr=file
        )
    deadline = time.monotonic() + 120
    while "epoch 1/" not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 2
    process.kill()
    process.wait(timeout=60)
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive


def test_termination_leaves_a_state_to_go_on_from(suite: Path, tmp_path: Path) -> None:
    out = tmp_path / "terminated"
    assert start_and_stop(suite, out, 1, signal.SIGTERM) == 130
    assert list(out.glob("*/cells/*/work/checkpoint.pt"))
