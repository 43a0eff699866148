"""Audits in a run: before training, once a split, on the board, and as a condition of a suite."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emobench import cli
from emobench.boards.json import render_json
from emobench.boards.markdown.page import render_markdown
from emobench.boards.ranking import build_board
from emobench.records.audit_report import read_reports
from emobench.records.departures import LeftOut
from emobench.records.run_folder import read_records
from emobench.running.audits import audit_plan, keep_back
from tests.conftest import Dots
from tests.support.film_plugin import experiment, suite
from tests.support.film_runs import planned, ran, refusal, registry

pytestmark = pytest.mark.usefixtures("one_thread")

ONE, OTHER = experiment("one"), experiment("other", model='"net"')
STOPPING = 'stop_on = ["exact-duplicates-across-parts"]\n'


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of clips in which a tested file is one that is trained on."""
    folder = tmp_path / "data" / "clips"
    folder.mkdir(parents=True)
    Dots().write_twin(folder)
    (folder / "private" / "thin-03.pix").write_bytes((folder / "train" / "thin-05.pix").read_bytes())
    return folder.parent


def stopping(folder: Path, *experiments: str, **request: Any) -> Any:
    """Return a plan of a suite that stops on duplicates."""
    return planned(folder, STOPPING, *experiments, **request)


def test_split_that_two_cells_share_is_audited_once(tmp_path: Path, data: Path) -> None:
    plan = planned(tmp_path, ONE, OTHER, data=data)
    reports = audit_plan(plan)
    assert set(reports) == {job.cell.id for job in plan.jobs}
    assert len({report.id for report in reports.values()}) == 1
    (report,) = read_reports(plan.run)
    (finding,) = [one for one in report.findings if one.audit == "exact-duplicates-across-parts"]
    assert (finding.severity, finding.count) == ("error", 1)
    assert "private-thin-03" in finding.examples[0]


def test_second_run_reads_the_report_and_decodes_nothing(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(tmp_path, ONE, data=data)
    first = audit_plan(plan)
    monkeypatch.setattr("emobench.audits.run_audits", lambda *args, **keys: pytest.fail("audited again"))
    assert audit_plan(plan) == first


def test_stopped_cell_fails_with_what_was_found_and_the_clean_one_runs(tmp_path: Path, data: Path) -> None:
    clean = experiment("clean", protocol='"test-only"', model_of='"one"', dataset='"films"')
    plan = stopping(tmp_path, ONE, clean, data=data)
    (record,) = keep_back(plan, list(plan.jobs), audit_plan(plan))
    assert record.cell.experiment == "one"
    assert record.failure is not None
    assert record.failure.kind == "AuditStop"
    assert record.failure.message.startswith(
        "not run, since the suite stops on it: exact-duplicates-across-parts (train / private): "
    )


def test_nothing_is_kept_back_without_a_condition_or_without_a_finding(tmp_path: Path, data: Path) -> None:
    for plan in (planned(tmp_path, ONE, data=data), stopping(tmp_path, ONE)):
        assert keep_back(plan, list(plan.jobs), audit_plan(plan)) == []


def test_audit_that_fails_keeps_a_cell_back_that_depends_on_it(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = stopping(tmp_path, ONE, data=data)
    reports = audit_plan(plan)
    (cell,) = reports
    name = "exact-duplicates-across-parts"
    absent = {cell: reports[cell].model_copy(update={"not_run": {name: "the dataset has no image"}, "findings": ()})}
    broken = {"not_run": {name: "the audit failed: no memory"}, "failed": (name,), "findings": ()}
    failed = {cell: reports[cell].model_copy(update=broken)}
    (record,) = keep_back(plan, list(plan.jobs), failed)
    assert record.failure
    assert record.failure.message.endswith(f"{name}: the audit failed: no memory")
    assert keep_back(plan, list(plan.jobs), absent) == []


def test_board_has_the_audit_of_the_split(tmp_path: Path, data: Path) -> None:
    plan = planned(tmp_path, ONE, OTHER, experiment("both", fusion='"average"', members='["one", "other"]'), data=data)
    reports = audit_plan(plan)
    board = build_board(ran(plan).values(), audits=reports.values())
    (task,) = board.tasks
    assert [len(row.audits) for row in task.rows] == [1, 1, 1]
    text = render_markdown(board, title="Demo")
    assert text.count("| exact duplicates across parts") == 1
    assert "private-thin-03" in text
    assert json.loads(render_json(board))["tasks"][0]["rows"][0]["audits"][0]["id"] == task.rows[0].audits[0].id


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('stop_on = ["exact-duplicate"]\n', "stop_on: no audit 'exact-duplicate'; did you mean"),
        (
            experiment("x", policies='{ silent = "drop-from-test" }'),
            "experiment 'x', policies: no audit 'silent'; did you mean 'silent-media'",
        ),
        (experiment("x", policies='{ silent-media = "drop" }'), "input should be 'keep', 'drop-from-training'"),
    ],
)
def test_audit_or_policy_that_does_not_exist_is_refused(tmp_path: Path, text: str, message: str) -> None:
    assert message in refusal(tmp_path, text, ONE)


def test_policy_makes_another_cell_that_says_what_was_dropped(tmp_path: Path, data: Path) -> None:
    dropping = experiment("clean", policies='{ exact-duplicates-across-parts = "drop-from-test" }')
    keeping = experiment("same", policies='{ exact-duplicates-across-parts = "keep" }')
    plan = planned(tmp_path, ONE, dropping, keeping, data=data)
    cells = {job.cell.experiment: job.cell for job in plan.jobs}
    assert [skip.experiment for skip in plan.skipped if skip.same_as == "one"] == ["same"]
    assert cells["clean"].identity.split["private"] != cells["one"].identity.split["private"]
    assert cells["clean"].identity.split["train"] == cells["one"].identity.split["train"]
    assert LeftOut(audit="exact-duplicates-across-parts", side="private", samples=1) in cells["clean"].departures
    records = ran(plan)
    assert (records["one"].scores["private"].n, records["clean"].scores["private"].n) == (18, 17)
    reports = audit_plan(plan)
    assert "exact-duplicates-across-parts" not in {one.audit for one in reports[cells["clean"].id].findings}


def test_run_of_a_stopping_suite_ends_with_one_and_names_the_audit(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("emobench.plugins", "emobench.plugins.loading", "emobench.running.suite", "emobench.running.cell"):
        monkeypatch.setattr(f"{place}.installed_plugins", registry)
    path = tmp_path / "stopping_suite.toml"
    path.write_text(suite(STOPPING, ONE, OTHER), encoding="utf-8")
    arguments = ["run", "--suite", str(path), "--data", str(data), "--out", str(tmp_path / "out"), "--device", "cpu"]
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 1
    assert "exact-duplicates-across-parts" in "".join(capsys.readouterr())
    records = read_records(tmp_path / "out")
    assert [record.status for record in records] == ["failed", "failed"]
