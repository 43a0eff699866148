"""What a plan will take, as it is printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from emobench.cli import _costs
from emobench.planning.planner import make_plan
from emobench.planning.request import Request
from emobench.plugins.loading import installed_plugins
from emobench.running.estimates import Cost, Estimate


@pytest.mark.parametrize("columns", [80, 140])
def test_each_model_has_a_line_with_hours_memory_and_disk(
    columns: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    plan = make_plan(Request("paper-replication", out=tmp_path, only=("a.table1.*",)), installed_plugins())
    cost = Cost(7200.0, 3_400_000_000, 45_000_000, 120_000_000, "steps")
    _costs.echo_costs(plan, Estimate({job.cell.id: cost for job in plan.jobs[1:]} | {plan.jobs[0].cell.id: Cost()}))
    output = capsys.readouterr().out
    assert max(map(len, output.splitlines())) <= columns
    (line,) = [line for line in output.splitlines() if line.startswith("mobilenet-v2")]
    assert re.search(r" 1 +2 h 00 min +3.4 GB +45 MB", line)
    assert "not known: 1 cell." in " ".join(output.split())
    assert "measured steps" in output


def test_estimate_that_was_measured_beside_other_programs_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = make_plan(Request("paper-replication", out=tmp_path, only=("a.table2.mlp",)), installed_plugins())
    cells = {plan.jobs[0].cell.id: Cost(7200.0, source="steps")}
    _costs.echo_costs(plan, Estimate(cells, busy=0.51))
    _costs.echo_costs(plan, Estimate(cells, busy=0.02))
    told = " ".join(capsys.readouterr().out.split())
    assert told.count("Other programs used 51% of the processors while steps were measured") == 1
    assert told.count("Other programs") == 1


def test_models_of_one_name_differ_by_their_input_at_80_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    plan = make_plan(Request("paper-replication", out=tmp_path, only=("b.table[23].vgg16*",)), installed_plugins())
    cost = Cost(7200.0, 3_400_000_000, 45_000_000, 120_000_000, "steps")
    _costs.echo_costs(plan, Estimate({job.cell.id: cost for job in plan.jobs}))
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("vgg16")]
    assert len({line.split()[1] for line in lines}) == 2


def test_time_that_is_known_of_some_cells_is_said() -> None:
    assert _costs.cost_texts([Cost(24.0), Cost()])[0] == "24.0 s + ?"
    assert _costs.cost_texts([Cost()])[0] == "?"


def test_nothing_is_estimated_of_twins(tmp_path: Path) -> None:
    plan = make_plan(Request("paper-replication", out=tmp_path, only=("a.table2.mlp",)), installed_plugins())
    assert _costs.known_costs(plan, "auto", 1) is None
