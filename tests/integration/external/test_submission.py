"""Anybody's predictions: what is to be predicted is written, what comes back is checked, and a row like any other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from emobench import cli
from emobench.boards.ranking import build_board
from emobench.cli._options import parse_settings
from emobench.contracts import hookimpl
from emobench.external import reading
from emobench.external.submission import submit
from emobench.plugins.loading import load
from emobench.plugins.registry import Registry
from emobench.publishing.boards import publish
from emobench.publishing.bundles import packing, verifying
from emobench.publishing.rescoring import predictions_of, rescored
from emobench.records import external
from emobench.records.audit_report import AuditReport
from emobench.records.cell import Cell
from emobench.records.departures import MadeElsewhere, Synthetic, in_words
from emobench.records.external import SELECTION
from emobench.records.predictions import read_predictions
from emobench.records.record import Record
from emobench.records.run_folder import cell_folder, read_record, record_bytes, write_record
from emobench.records.skipped import Skipped
from emobench.scoring import metrics as scoring
from emobench.splits import folds
from emobench.splits import task as tasks
from tests.conftest import Dots, FakeEntry
from tests.support import film_plugin, people
from tests.support.factories import built_in_metrics, identity
from tests.support.film_plugin import experiment
from tests.support.film_runs import planned, ran
from tests.support.people import PEOPLE

pytestmark = pytest.mark.usefixtures("one_thread")

CLASSES = ("round", "square", "thin")


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load(cast(Any, [*film_plugin.entries(), FakeEntry("folds", people.plugin())]))


@pytest.fixture
def installed(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny plugins, in the place of all that is installed, for the command line."""
    monkeypatch.setattr("emobench.plugins.installed_plugins", lambda: registry)


def opened(registry: Registry, protocol: str = "by-folder", data: Path | None = None, **parameters: Any) -> tasks.Task:
    return tasks.open_task("clips", protocol, "shapes", parameters, data, registry)


def table(task: tasks.Task, seed: int = 0) -> pd.DataFrame:
    """Return ids and probabilities of all test samples, most of them right."""
    generator = np.random.default_rng(seed)
    known = task.samples.set_index("sample_id")["label"]
    ids = [sample for part in task.scored.test_parts for sample in task.scored.parts[part]]
    rows = generator.dirichlet(np.ones(3), len(ids))
    for row, sample in zip(rows, ids, strict=True):
        if generator.random() < 0.7:
            row[:] = 0.1
            row[CLASSES.index(known[sample])] = 0.8
    return pd.DataFrame(rows, columns=[f"p_{name}" for name in CLASSES]).assign(sample_id=ids)


def saved(folder: Path, content: pd.DataFrame, name: str = "mine.csv") -> Path:
    path = folder / name
    if path.suffix == ".parquet":
        content.to_parquet(path)
    elif path.suffix == ".jsonl":
        content.to_json(path, orient="records", lines=True, double_precision=15)
    else:
        content.to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")
    return path


def labelled(content: pd.DataFrame) -> pd.DataFrame:
    """Return ids and the most probable class."""
    likeliest = np.asarray(CLASSES)[content[[f"p_{name}" for name in CLASSES]].to_numpy().argmax(axis=1)]
    return content[["sample_id"]].assign(prediction=likeliest)


@pytest.mark.usefixtures("installed")
def test_splits_withhold_the_labels_of_test_samples_and_say_why(
    tmp_path: Path, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "parts.csv"
    assert cli.invoke(["splits", "clips", "by-folder", "--labels", "shapes", "--output", str(output)]) == 0
    rows = pd.read_csv(output, keep_default_na=False)
    task = opened(registry)
    assert list(rows.columns) == ["sample_id", "part", "label", "group"]
    assert {part: tuple(ids) for part, ids in rows.groupby("part", sort=False)["sample_id"]} == dict(
        task.splits[""].parts
    )
    assert set(rows["label"][~rows["part"].isin(["train", "validation"])]) == {""}
    assert set(rows["label"][rows["part"] == "train"]) == set(CLASSES)
    header = json.loads((tmp_path / "parts.csv.json").read_text(encoding="utf-8"))
    assert {part: one["sha256"] for part, one in header["splits"][0]["parts"].items()} == task.splits[""].hashes
    assert (header["content"], header["fingerprint"]) == (task.source.content, task.source.fingerprint)
    assert header["test_labels"].startswith("withheld: ")
    assert "withheld: " in capsys.readouterr().out


@pytest.mark.usefixtures("installed")
def test_splits_write_test_labels_and_files_on_demand(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["splits", "clips", "by-folder", "--labels", "shapes", "--with-test-labels", "--paths", "--format", "json"]
    assert cli.invoke(asked) == 0
    written = json.loads(capsys.readouterr().out)
    rows = pd.DataFrame(written["samples"]).set_index("sample_id")
    index = opened(registry).samples.set_index("sample_id")
    pd.testing.assert_frame_equal(rows[["label", "image_path"]], index.loc[rows.index, ["label", "image_path"]])
    assert written["test_labels"] == "written"


def test_splits_of_folds_have_every_sample_in_every_fold(registry: Registry) -> None:
    from emobench.splits.export import splits_header, splits_table

    task = opened(registry, "by-person")
    rows = splits_table(task)
    assert rows.groupby("fold")["sample_id"].nunique().tolist() == [len(task.samples)] * 3
    assert [one["fold"] for one in splits_header(task)["splits"]] == ["person-0", "person-1", "person-2"]
    one = splits_table(opened(registry, "by-person", fold="person-1"))
    assert "fold" not in one
    assert set(one["group"][one["part"] == "test"]) == {"person-1"}


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["clips", "by-folders"], "did you mean 'by-folder'?"),
        (["clip", "by-folder"], "did you mean 'clips'?"),
        (["clips", "by-folder"], "2 label maps fit 'clips'; name one as labels (--labels): "),
        (["clips", "by-folder", "--labels", "shapes", "--set", "seed"], "'seed' is no name=value"),
        (["clips", "by-folder", "--labels", "shapes", "--fold", "1"], "no parameter 'fold'"),
        (["clips", "by-folder", "--labels", "shapes", "--output", "parts.xls"], ".xls tells no format"),
    ],
)
def test_wrong_requests_are_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = [str(tmp_path / one) if one == "parts.xls" else one for one in arguments]
    assert cli.invoke(["splits", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_settings_are_read_as_toml_or_text() -> None:
    assert parse_settings(["a=1", "b=0.5", "c=true", 'd=["x"]', "e=plain text"]) == {
        "a": 1,
        "b": 0.5,
        "c": True,
        "d": ["x"],
        "e": "plain text",
    }


def test_the_only_label_map_that_fits_is_taken(registry: Registry) -> None:
    alone = load(cast(Any, [one for one in film_plugin.entries() if one.name == "dots"]))
    assert tasks.only_label_map(Dots(), alone) == "shapes"


def test_a_submitted_row_stands_beside_the_harness_own_and_says_where_it_is_from(
    tmp_path: Path, registry: Registry
) -> None:
    plan = planned(tmp_path, experiment("own"), using=registry)
    own = ran(plan, registry)["own"]
    task = opened(registry)
    path = cell_folder(plan.run, own.cell.id) / "predictions.parquet"
    theirs = read_predictions(path)
    theirs = theirs[theirs["part"].isin(own.cell.identity.test_parts)]
    done = submit(saved(tmp_path, theirs), task, registry, headline="private", out=tmp_path / "runs")
    record = read_record(cell_folder(done.run, done.record.cell.id) / "record.json")
    for part, scores in own.scores.items():
        assert record.scores[part].confusion == scores.confusion
        assert record.scores[part].metrics == pytest.approx(scores.metrics)
    assert (record.selection, record.cell.provenance, record.cell.leaky) == (SELECTION, "synthetic", own.cell.leaky)
    assert record.cell.departures == (Synthetic(), MadeElsewhere())
    assert in_words(record.cell.departures) == "synthetic twin; predictions made elsewhere"
    assert record.cell.identity.split == own.cell.identity.split
    (both,) = build_board([record, own]).tasks
    assert {row.cell.experiment for row in both.rows} == {"own", "mine"}
    assert done.board.intervals[record.cell.id]["accuracy"].unit == "group"


def test_listeners_hear_of_predictions_as_of_a_run(tmp_path: Path, registry: Registry) -> None:
    class Listener:
        @hookimpl
        def emobench_cell_finished(self, cell: Cell, record: Record, folder: Path) -> None:
            assert record == read_record(folder / "record.json")
            told.append(f"{cell.experiment} {record.status}")

        @hookimpl
        def emobench_run_finished(self, records: list[Record], skipped: list[Skipped], folder: Path) -> None:
            assert (folder / "leaderboard.json").exists()
            told.append(f"run of {len(records)}, {len(skipped)} skipped")

    told: list[str] = []
    task = opened(registry)
    with registry.listening([Listener()]):
        submit(saved(tmp_path, table(task)), task, registry, headline="private", out=tmp_path / "runs")
    assert told == ["mine finished", "run of 1, 0 skipped"]


def test_the_cell_is_known_by_its_predictions(tmp_path: Path, registry: Registry) -> None:
    task = opened(registry)

    def cell(content: pd.DataFrame, file: str = "mine.csv", name: str = "mine") -> str:
        path = saved(tmp_path, content, file)
        return submit(path, task, registry, name=name, headline="private", out=tmp_path / "runs").record.cell.id

    first = cell(table(task))
    assert cell(table(task), "same.parquet") == first
    assert cell(table(task), name="other") != first
    assert cell(table(task, seed=1)) != first
    assert cell(labelled(table(task))) != first


def test_predictions_of_all_folds_are_one_row_of_the_folds_task(tmp_path: Path, registry: Registry) -> None:
    plan = planned(tmp_path, PEOPLE, using=registry)
    own = ran(plan, registry)["people"]
    task = opened(registry, "by-person")
    done = submit(saved(tmp_path, table(task)), task, registry, out=tmp_path / "runs")
    assert done.record.cell.identity.split == own.cell.identity.split == folds.tested_in_all(task.splits).hashes
    assert done.record.scores["test"].n == len(task.samples)
    (both,) = build_board([done.record, own]).tasks
    assert len(both.rows) == 2
    (row,) = done.board.tasks[0].rows
    assert [report.protocol.parameters["fold"] for report in row.audits] == ["person-0", "person-1", "person-2"]
    assert all(isinstance(report, AuditReport) for report in done.audits)


def test_a_leaky_split_is_marked(tmp_path: Path, registry: Registry) -> None:
    task = opened(registry)  # persons stand on both sides of the folders
    assert task.leaky
    assert not opened(registry, "by-person").leaky
    done = submit(saved(tmp_path, table(task)), task, registry, headline="private", out=tmp_path / "runs")
    assert done.record.cell.leaky
    assert {finding.audit for report in done.audits for finding in report.findings} >= {"groups-in-two-parts"}


def test_labels_alone_have_no_scores_that_need_probabilities(tmp_path: Path, registry: Registry) -> None:
    task = opened(registry)
    whole = submit(saved(tmp_path, table(task)), task, registry, headline="private", out=tmp_path / "runs")
    done = submit(
        saved(tmp_path, labelled(table(task)), "labels.csv"), task, registry, headline="private", out=tmp_path / "runs"
    )
    assert done.left_out == ("log_loss", "ece")
    assert MadeElsewhere(given="labels") in done.record.cell.departures
    wanted = {
        name: value for name, value in whole.record.scores["private"].metrics.items() if name not in done.left_out
    }
    assert done.record.scores["private"].metrics == wanted
    # ... and no later computation brings them back.
    again = {record.cell.id: record for _, record in rescored(tmp_path / "runs", registry)}
    assert again[done.record.cell.id].scores == done.record.scores


def test_no_cell_of_the_harness_counts_as_made_elsewhere() -> None:
    assert not external.is_external(identity())
    metrics = built_in_metrics()
    assert scoring.meaningful(identity(), metrics) == metrics


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


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "dots"
    folder.mkdir(parents=True)
    Dots().write_twin(folder)
    (folder / "private" / "thin-04.pix").write_bytes(b"0" * 16)  # no longer the twin
    return folder.parent


@pytest.mark.parametrize("protocol", ["by-folder", "by-person"])
def test_bundles_of_submitted_rows_verify_and_can_be_published(
    tmp_path: Path, registry: Registry, data: Path, protocol: str
) -> None:
    task = opened(registry, protocol, data)
    headline = "private" if protocol == "by-folder" else None
    done = submit(saved(tmp_path, table(task)), task, registry, headline=headline, out=tmp_path / "runs")
    packed = packing.pack(tmp_path / "runs", tmp_path / "all.zip", registry)
    (tmp_path / "all.zip").write_bytes(packed.content)
    report = verifying.verify(tmp_path / "all.zip", registry, data)
    assert (report.problems, report.cells) == ((), 1)
    board = tmp_path / "board"
    publish(rescored(tmp_path / "runs", registry), board, registry)
    page = (board / "datasets" / "clips.md").read_text(encoding="utf-8")
    assert "predictions that were made elsewhere" in page
    assert "emobench run --suite submitted" not in page
    assert len(list((board / "audits").glob("*.json"))) == len(task.splits)
    assert predictions_of(rescored(board, registry)).keys() == {done.record.cell.id}


def test_a_bundle_whose_predictions_were_exchanged_is_refused(tmp_path: Path, registry: Registry, data: Path) -> None:
    task = opened(registry, data=data)
    done = submit(saved(tmp_path, table(task)), task, registry, headline="private", out=tmp_path / "runs")
    folder = cell_folder(done.run, done.record.cell.id)
    other = reading.read_external(saved(tmp_path, table(task, seed=1)), task)
    other.table.to_parquet(folder / "predictions.parquet", index=False)
    departures = tuple(one for one in done.record.cell.departures if one != MadeElsewhere())
    write_record(
        done.run,
        done.record.model_copy(update={"cell": done.record.cell.model_copy(update={"departures": departures})}),
    )
    packed = packing.pack(tmp_path / "runs", tmp_path / "all.zip", registry)
    (tmp_path / "all.zip").write_bytes(packed.content)
    problems = {one.what for one in verifying.verify(tmp_path / "all.zip", registry).problems}
    assert problems == {
        "the predictions are not those whose hash the cell names",
        "the predictions were made elsewhere, and the row does not say 'predictions made elsewhere'",
    }
    assert record_bytes(done.record)
