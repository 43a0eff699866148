"""Boards of runs and of published folders, and what rendering imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest

from emobench.boards.ranking import build_board
from emobench.claims.ledger import find_ledger
from emobench.claims.verdicts import judge
from emobench.errors import EmobenchError
from emobench.plugins.loading import installed_plugins, load
from emobench.publishing.boards import publish
from emobench.publishing.rescoring import predictions_of, rescored
from emobench.records.attributes import attributes_file, write_attributes
from emobench.records.predictions import write_predictions
from emobench.records.run_folder import cell_folder, read_record, write_record
from emobench.running.suite import check_plan
from emobench.suites.reading import find_suite
from tests import ROOT
from tests.support import film_plugin
from tests.support.boards import Made, chance, first, made, table
from tests.support.film_runs import planned

PUBLISHED = ROOT / "leaderboards"


def test_rendering_needs_neither_torch_nor_scikit_learn() -> None:
    code = (
        "import sys; from emobench.boards import build_board, render_csv, render_json, render_markdown\n"
        "board = build_board([]); render_markdown(board, title=''); render_csv(board); render_json(board)\n"
        "heavy = {'torch', 'sklearn', 'pandas', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


def test_rendering_needs_no_torch_scikit_learn_or_matplotlib() -> None:
    code = (
        "import sys; from emobench.boards import build_board, render_html; render_html(build_board([]), title='')\n"
        "assert not {'torch', 'sklearn', 'matplotlib'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def put(mlp: Path, one: Made) -> None:
    write_record(mlp, one[0])
    write_predictions(cell_folder(mlp, one[0].cell.id) / "predictions.parquet", one[1])


def test_published_attributes_are_those_of_the_published_samples(tmp_path: Path) -> None:
    one = made("net", table(chance(0.6, 1)))
    content = one[0].cell.identity.content
    index = pd.DataFrame({"sample_id": [*one[1]["sample_id"], "never-tested"], "sex": ["f", "m"] * 120 + ["f"]})
    for run in ("early", "late"):
        put(tmp_path / run, one)
        write_attributes(tmp_path / run, content, index)
    boards = tmp_path / "boards"
    for _ in range(2):  # the second time there is something already
        publish(rescored(tmp_path, installed_plugins()), boards, installed_plugins())
        published = pd.read_parquet(attributes_file(boards, content))
        assert list(published["sample_id"]) == sorted(one[1]["sample_id"])
    (row,) = json.loads((boards / "datasets" / "faces.json").read_text())["tasks"][0]["rows"]
    assert [each["n"] for each in row["slices"]["sex"]] == [120, 120]


def test_a_published_record_without_predictions_keeps_its_place(tmp_path: Path) -> None:
    for name, share in (("a", 0.9), ("b", 0.4)):
        put(tmp_path / "runs", made(name, table(first(share))))
    boards = tmp_path / "boards"
    publish(rescored(tmp_path / "runs", installed_plugins()), boards, installed_plugins())
    (alone, _) = made("b", table(first(0.4)))
    (cell_folder(boards, alone.cell.id) / "predictions.parquet").unlink()
    again = [one for one in rescored(tmp_path / "runs", installed_plugins()) if one[1].cell.experiment == "a"]
    publish(again, boards, installed_plugins())
    (task,) = json.loads((boards / "datasets" / "faces.json").read_text())["tasks"]
    assert [row["rank"] for row in task["rows"]] == [1, 2]
    assert task["uncertainty"]["untested"] == [alone.cell.id]


def test_predictions_are_those_of_the_latest_run(tmp_path: Path) -> None:
    old, new = made("net", table(first(0.3))), made("net", table(first(0.6)))
    put(tmp_path / "b", (old[0].model_copy(update={"finished": "2026-01-01"}), old[1]))
    put(tmp_path / "a", (new[0].model_copy(update={"finished": "2026-01-02"}), new[1]))
    (read,) = predictions_of(rescored(tmp_path, installed_plugins())).values()
    assert (read["prediction"] == read["label"]).mean() == pytest.approx(0.6)


def test_claims_have_the_intervals_of_the_board() -> None:
    plugins = installed_plugins()
    suite = find_suite("paper-replication", plugins)
    ledger = find_ledger(suite, plugins)
    name = "a.table1.resnet18"
    ledger = ledger.model_copy(update={"claims": [one for one in ledger.claims if name in one.experiments]})
    cells = [(path.parent, read_record(path)) for path in PUBLISHED.glob("cells/*/record.json")]
    cells = [(folder, one) for folder, one in cells if one.cell.experiment == name]
    intervals = build_board(
        [one for _, one in cells], predictions=predictions_of(cells), metrics=plugins.metrics
    ).intervals
    alone = judge(ledger, suite, cells, plugins)
    assert judge(ledger, suite, cells, plugins, intervals) == alone
    assert len(alone) == 4
    for one in alone:
        assert one.measured is not None
        known = intervals[one.measured.cell][one.claim.metric]
        assert one.measured.interval == known


def test_a_mistake_in_the_ledger_is_said_before_anything_is_computed(tmp_path: Path) -> None:
    using = load(cast(Any, film_plugin.entries()))
    plan = planned(tmp_path, film_plugin.experiment("one"), using=using)
    plan = replace(plan, suite=plan.suite.model_copy(update={"claims": "gone.toml"}))
    with pytest.raises(EmobenchError, match=r"gone\.toml"):
        check_plan(plan, using, "cpu")
    assert not list(tmp_path.glob("runs/**/record.json"))


def test_scores_come_from_the_predictions_not_from_the_record(real: Path) -> None:
    (path,) = real.glob("cells/*/record.json")
    record = read_record(path)
    forged = {
        part: scores.model_copy(update={"metrics": {**scores.metrics, "accuracy": 1.0}})
        for part, scores in record.scores.items()
    }
    write_record(real, record.model_copy(update={"scores": forged}))
    ((_, again),) = rescored(real, installed_plugins())
    assert again.scores == record.scores
