"""The program as a user runs it: whole runs in processes of their own, on synthetic twins."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from emobench.plugins.loading import installed_plugins
from emobench.records.record import Record
from emobench.records.run_folder import read_record
from emobench.suites.reading import read_suite
from tests.support.narrow_plugin import narrowed
from tests.support.preloaded import HERE, Program, knowing

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

VOICES = """
[[experiments]]
name = "voices"
dataset = "ravdess"
labels = "seven-emotions"
protocol = "random-clips"
model = "mlp"
training = { epochs = 1, batch_size = 16, learning_rate = 0.001 }
"""


def records(out: Path) -> list[Record]:
    return [read_record(path) for path in out.glob("*/cells/*/record.json")]


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "emobench", *map(str, arguments)]


def emobench(*arguments: object) -> subprocess.CompletedProcess[str]:
    return HERE.run("emobench", *arguments)


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    path = tmp_path / "short.toml"
    path.write_text(SUITE.format(epochs=6))  # enough to be stopped after the third, also by a busy machine
    return path


def predictions(out: Path) -> pd.DataFrame:
    (path,) = out.glob("*/cells/*/predictions.parquet")
    return pd.read_parquet(path)


def start_and_stop(suite: Path, out: Path, epochs: int, how: signal.Signals) -> int:
    """Start a run, send it a signal once ``epochs`` epochs are in the log, and return its exit code."""
    process, log = start(suite, out)
    wait_for(f"epoch {epochs}/", log, process)
    process.send_signal(how)
    return process.wait(timeout=60)


def start(suite: Path, out: Path, *options: object) -> tuple[Program, Path]:
    """Start a run, and return it with its log."""
    log = out.parent / f"{out.name}.log"
    arguments = ("run", "--suite", suite, "--out", out, "--limit", 35, *options)
    variables = knowing(out.parent / "plugins", "every-epoch", every_epoch="tests.support.every_epoch")
    return HERE.start("emobench", *arguments, out=log, err=log, variables=variables), log


def wait_for(text: str, log: Path, process: Program) -> None:
    deadline = time.monotonic() + 120
    while text not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.01)


def test_killed_run_ends_bit_for_bit_like_an_undisturbed_one(suite: Path, tmp_path: Path) -> None:
    undisturbed = emobench("run", "--suite", suite, "--out", tmp_path / "whole", "--limit", 35)
    assert undisturbed.returncode == 0, undisturbed.stderr
    for epochs in (1, 3):
        assert start_and_stop(suite, tmp_path / "killed", epochs, signal.SIGKILL) == -signal.SIGKILL
    resumed = emobench("run", "--suite", suite, "--out", tmp_path / "killed", "--limit", 35)
    assert resumed.returncode == 0, resumed.stderr
    pd.testing.assert_frame_equal(predictions(tmp_path / "killed"), predictions(tmp_path / "whole"), check_exact=True)
    (record,) = (tmp_path / "killed").glob("*/cells/*/record.json")
    assert [epoch["number"] for epoch in json.loads(record.read_text())["history"]] == [1, 2, 3, 4, 5, 6]
    assert not (record.parent / "work").exists()


def test_interrupt_leaves_a_state_to_go_on_from(suite: Path, tmp_path: Path) -> None:
    out = tmp_path / "interrupted"
    suite.write_text(SUITE.format(epochs=200))  # so that it is still at work when a busy machine sends the signal
    assert start_and_stop(suite, out, 1, signal.SIGINT) == 130
    log = (tmp_path / "interrupted.log").read_text()
    assert "interrupted; the same command goes on where it stopped" in log
    assert "Traceback" not in log
    assert list(out.glob("*/cells/*/work/checkpoint.pt"))
    assert not list(out.glob("*/cells/*/record.json"))


def test_whole_suites_on_twins_and_a_second_run(tmp_path: Path) -> None:
    """Every experiment runs that can: data, split, streams, control, fusion; narrow networks stand for the papers'."""
    for name in ("paper-replication", "paper-scrutiny"):
        text = installed_plugins().suites[name].read_text(encoding="utf-8")
        path = tmp_path / f"{name.replace('-', '_')}.toml"
        text = narrowed(text, installed_plugins(), keep=frozenset({"mlp"}))
        path.write_text(text.replace('extends = "paper-replication"', 'extends = "paper_replication.toml"'))
    claims = installed_plugins().suites["paper-replication"].with_name("paper_replication_claims.toml")
    shutil.copy(claims, tmp_path)
    variables = knowing(tmp_path / "plugins", "narrow", narrow="tests.support.narrow_plugin")
    options = ["--suite", path, "--out", tmp_path, "--epochs", 1]
    first = HERE.run("emobench", "run", *options, variables=variables)
    assert first.returncode == 0, first.stderr
    assert "Synthetic twins stand in" in first.stdout
    run = tmp_path / "paper-scrutiny"
    before = {path: path.stat().st_mtime_ns for path in run.glob("cells/*/*")}
    second = HERE.run("emobench", "run", *options, variables=variables)
    assert second.returncode == 0
    assert f"{len(list(run.glob('cells/*')))} done already, 0 to compute" in second.stdout
    assert {path: path.stat().st_mtime_ns for path in run.glob("cells/*/*")} == before
    options[1] = tmp_path / "paper_replication.toml"
    third = HERE.run("emobench", "run", *options, variables=variables)
    assert "21 cells: 21 done already, 0 to compute" in third.stdout
    board = pd.read_csv(run / "leaderboard.csv")
    cells = records(tmp_path)
    suite = read_suite(path)
    assert {one.model.name for one in suite.experiments if one.model} == {"narrow-1", "narrow-2", "mlp"}
    names = {one.name for one in suite.experiments}
    assert set(board["experiment"]) | {one.cell.experiment for one in cells} >= names
    assert {one.status for one in cells} == {"finished"}
    missing = board[board["status"] == "missing"].set_index("experiment")["failure"]
    assert set(missing.keys()) == {"b.ablation.both", "apart.extra.table3.stacking"}
    assert "the same as 'b.table4.two-stream-crema-d'" in missing["b.ablation.both"]
    assert missing["apart.extra.table3.stacking"] == "a twin has too few samples for it"
    assert set(board["provenance"].dropna()) == {"synthetic"}


def test_every_kind_of_network_of_the_suite_trains_on_twins(tmp_path: Path) -> None:
    """The first experiment of each; one epoch on a few samples, for the widest have 140 million weights.

    Left out are those that the next test trains, and those that have the layers of a wider one.
    """
    first: dict[str, str] = {}
    for one in read_suite(installed_plugins().suites["paper-replication"]).experiments:
        if one.model is not None and one.model.name not in {"resnet18", "mlp", "vgg16", "face-cnn"}:
            first.setdefault(one.model.name, one.name)
    assert len(first) >= 6
    only = [argument for name in first.values() for argument in ("--only", name)]
    done = emobench("run", "--suite", "paper-replication", "--out", tmp_path, "--epochs", 1, "--limit", 8, *only)
    assert done.returncode == 0, done.stderr
    cells = records(tmp_path)
    assert {one.cell.experiment for one in cells} == set(first.values())
    assert {one.status for one in cells} == {"finished"}


def test_twins_carry_a_signal(tmp_path: Path) -> None:
    """What learns beats the seventh of the samples that chance gets right, also on films that it was not trained on.

    It gets more epochs than the suite has for twins, so that the running means of batch normalisation settle.
    """
    chosen = ("a.table1.resnet18-regularised", "a.table2.mlp", "a.table3.*")
    only = [option for name in chosen for option in ("--only", name)]
    done = emobench("run", "--suite", "paper-replication", "--out", tmp_path, "--epochs", 6, *only)
    assert done.returncode == 0, done.stderr
    board = pd.read_csv(tmp_path / "paper-replication" / "leaderboard.csv")
    ranked = board[board["headline"] & (board["status"] == "finished")]
    assert len(ranked) == 6
    assert (ranked["accuracy"] > 1.5 / 7).all(), ranked[["experiment", "accuracy"]]


def test_processes_give_what_one_process_gives_and_one_that_dies_harms_no_other(tmp_path: Path) -> None:
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
    variables = knowing(package, "deadly", deadly="deadly")
    suite = tmp_path / "mixed.toml"
    experiment = SUITE.format(epochs=1)
    second = experiment[experiment.index("[[experiments]]") :].replace('"net"', '"deadly"')
    suite.write_text(experiment + VOICES + re.sub(r"model = .*", 'model = "deadly"', second))
    options = ["run", "--suite", suite, "--limit", 28]
    two = HERE.run("emobench", *options, "--out", tmp_path / "two", "--jobs", 2, variables=variables)
    assert two.returncode == 1, two.stderr
    failed = {one.cell.experiment: one.failure for one in records(tmp_path / "two")}
    assert {name for name, failure in failed.items() if failure} == {"deadly"}
    assert "died" in str(failed["deadly"])

    only = ["--only", "net", "--only", "voices"]
    one = HERE.run("emobench", *options, "--out", tmp_path / "one", *only, variables=variables)
    assert one.returncode == 0, one.stderr
    alone, beside = (
        {path.parent.name: pd.read_parquet(path) for path in (tmp_path / name).glob("*/cells/*/*.parquet")}
        for name in ("one", "two")
    )
    assert alone.keys() == beside.keys()
    assert len(alone) == 2
    for cell, table in alone.items():
        # One thread adds in another order than two: equal ids promise equal results for equal threads only.
        pd.testing.assert_frame_equal(table, beside[cell], check_exact=False, atol=1e-3)


def test_two_runs_in_one_folder_are_refused(suite: Path, tmp_path: Path) -> None:
    out = tmp_path / "shared"
    first, log = start(suite, out, "--epochs", 200)  # so that it is still at work when the second begins
    wait_for("epoch 1/", log, first)
    arguments = command("run", "--suite", suite, "--out", out, "--limit", 35)
    second = subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False)
    first.send_signal(signal.SIGKILL)
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
    process, log = start(suite, tmp_path / "workers", "--epochs", 200, "--jobs", 2)
    wait_for("epoch 1/", log, process)
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 2
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=60)
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive


def test_termination_leaves_a_state_to_go_on_from(suite: Path, tmp_path: Path) -> None:
    out = tmp_path / "terminated"
    suite.write_text(SUITE.format(epochs=200))
    assert start_and_stop(suite, out, 1, signal.SIGTERM) == 130
    assert list(out.glob("*/cells/*/work/checkpoint.pt"))
