"""What a user gets wrong: one clear line on stderr, and exit code 2."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from emobench import cli
from emobench.data.discovery import find_copies
from emobench.errors import EmobenchError
from emobench.plugins.loading import installed_plugins


def refuse(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Run a command that must be refused with one line, and return the line."""
    assert cli.invoke([str(argument) for argument in arguments]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("emobench: ")
    return lines[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--suite", "paper-replicaton"], ["no suite 'paper-replicaton'", "did you mean 'paper-replication'?"]),
        (["run", "--suite", "paper-replication", "--limit", "0"], ["--limit", "0", ">=1"]),
        (["run", "--suite", "paper-replication", "--epochs", "-1"], ["--epochs", "-1"]),
        (["run", "--suite", "paper-replication", "--only", "a.tabel1*"], ["matches 'a.tabel1*'", "did you mean"]),
        (
            ["run", "--suite", "paper-replication", "--data", "/no/such/folder"],
            ["/no/such/folder", "no such folder", "--data"],
        ),
        (["run", "--suite", "/no/such.toml"], ["/no/such.toml", "cannot read the suite"]),
        (["run"], ["Missing option '--suite'", "emobench run --help"]),
        (["rnu"], ["no command 'rnu'", "did you mean 'run'?"]),
        (["list", "modles"], ["modles", "models"]),
        (["data", "verify", "fer2031", "--data", "."], ["no dataset 'fer2031'", "did you mean 'fer2013'?"]),
        (["data", "status"], ["no folder with datasets", "--data"]),
        (["leaderboard", "--runs", "/no/such"], ["no such folder"]),
        (["bundle", "--runs", "/no/such", "--output", "x.zip"], ["no such folder"]),
        (["show", "x", "--runs", "/no/such"], ["no cell 'x'"]),
        (["plot", "--board", "--runs", "/no/such"], ["/no/such: no such folder"]),
        (["new-plugin", "TinyNext", "--kind", "model"], ["choose a name like 'tiny-next'"]),
    ],
)
def test_request_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: list[str]
) -> None:
    line = refuse(capsys, *arguments)
    for word in words:
        assert word in line, line


@pytest.mark.parametrize("more", [["--suite", "nonsense"], ["--suite", "bad.toml"], ["--device", "mps"]])
def test_refused_run_leaves_nothing_behind(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str]
) -> None:
    import torch

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    Path("bad.toml").write_text('schema = 1\ntitle = "Bad"\n[[experiments]]\nname = "a"\nmodel = "nobody"\n')
    refuse(capsys, "run", "--suite", "paper-replication", "--only", "a.table2.mlp", *more)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.toml"]


def test_misspelt_model_in_a_suite(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'schema = 1\ntitle = "Mine"\n[[experiments]]\nname = "a"\ndataset = "fer2013"\nlabels = "seven-emotions"\n'
        'protocol = "official"\nmodel = "resnet81"\n'
    )
    line = refuse(capsys, "run", "--suite", path)
    assert "mine.toml, experiment 'a': no model 'resnet81'; did you mean 'resnet18'?" in line


def test_device_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    line = refuse(capsys, "run", "--suite", "paper-replication", "--device", "cuda", "--out", tmp_path)
    assert "no device 'cuda'" in line


@pytest.fixture
def twins(tmp_path: Path) -> Path:
    """A folder of data with the twins of both datasets."""
    for name in ("fer2013", "ravdess"):
        folder = tmp_path / "data" / name
        folder.mkdir(parents=True)
        installed_plugins().datasets[name].write_twin(folder)
    return tmp_path / "data"


def test_unusable_dataset_is_said_and_the_others_run(
    capsys: pytest.CaptureFixture[str], twins: Path, tmp_path: Path
) -> None:
    shutil.rmtree(twins / "fer2013")
    (twins / "fer2013").mkdir()
    (twins / "fer2013" / "fer2013.csv").write_text("label,pixel,split\n1,2,3\n")
    options = ["--only", "a.table1.resnet18*", "--only", "a.table2.mlp", "--epochs", "1"]
    code = cli.invoke(
        ["run", "--suite", "paper-replication", *options, "--data", str(twins), "--out", str(tmp_path / "out")]
    )
    captured = capsys.readouterr()
    assert code == 2
    assert "fer2013.csv" in captured.err
    (line,) = [line for line in captured.err.splitlines() if line.startswith("emobench: ")]
    assert "a.table1.resnet18, a.table1.resnet18-regularised did not run" in line
    assert "a.table2.mlp" in captured.out
    assert (tmp_path / "out" / "paper-replication" / "leaderboard.csv").read_text().count("a.table2.mlp,") == 1


def test_bad_samples_are_dropped_listed_and_counted(
    capsys: pytest.CaptureFixture[str], twins: Path, tmp_path: Path
) -> None:
    clips = sorted((twins / "ravdess").glob("**/*.wav"))
    clips[0].write_bytes(b"")
    clips[1].write_text("this is not a sound\n" * 100)
    clips[2].write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    options = ["--suite", "paper-replication", "--only", "a.table2.mlp", "--epochs", "1"]
    code = cli.invoke(["run", *options, "--data", str(twins), "--out", str(tmp_path / "out")])
    assert code == 0, capsys.readouterr().err
    from emobench.records.run_folder import read_records

    (record,) = read_records(tmp_path / "out")
    kept = sum(count.attempted - count.dropped for count in record.counts.values())
    calm = sum(1 for clip in clips if clip.name[6:8] == "02")
    bad = [clip.stem for clip in clips[:3] if clip.name[6:8] != "02"]
    assert sorted(drop.sample_id for drop in record.dropped) == bad
    assert kept == len(clips) - calm - len(bad)
    capsys.readouterr()
    assert cli.invoke(["data", "verify", "ravdess", "--data", str(twins)]) == 1
    report = capsys.readouterr().out
    assert "unreadable (dropped and counted): 3" in report
    assert "git lfs pull" in report


def test_folder_without_permission(
    capsys: pytest.CaptureFixture[str], twins: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from emobench.data import folders

    locked = next((twins / "ravdess").rglob("Actor_02"))
    listing = folders.listing

    def refusing(folder: Path) -> folders.Listing:
        # Tests may run as root, whom no permission stops.
        if folder == locked:
            raise EmobenchError("this folder may not be listed", where=str(folder), remedy="give yourself permission")
        return listing(folder)

    monkeypatch.setattr(folders, "listing", refusing)
    found = find_copies(installed_plugins().datasets.values(), twins, installed_plugins())
    assert found["fer2013"].copy is not None
    assert found["ravdess"].copy is None
    assert str(locked) in str(found["ravdess"].problem)


def test_every_command_has_a_whole_summary(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    cli.invoke(["--help"])
    assert "..." not in capsys.readouterr().out.partition("Commands:")[2]
