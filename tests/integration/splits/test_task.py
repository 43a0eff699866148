"""One task for planner, auditor and worker: what two cells share is opened and divided once, and planned in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emobench.data import copies, discovery
from emobench.records import run_folder
from emobench.records.identity import Component
from emobench.running.suite import run_plan
from emobench.splits import division, targets
from emobench.splits.task import Tasks
from tests.support.film_plugin import experiment
from tests.support.film_runs import planned, registry

pytestmark = pytest.mark.usefixtures("one_thread")

ONE, OTHER = experiment("one"), experiment("other", model='"net"')
BOTH = experiment("both", fusion='"average"', members='["one", "other"]')


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often copies are opened, listed and divided, and each record is read."""
    calls: Counter[str] = Counter()

    def count(module: Any, name: str, what: Callable[..., str]) -> None:
        called = getattr(module, name)

        def counting(*args: Any, **keys: Any) -> Any:
            calls[what(*args)] += 1
            return called(*args, **keys)

        monkeypatch.setattr(module, name, counting)

    count(discovery, "read_copy", lambda *_: "opened")
    count(copies, "listing_hash", lambda *_: "listed")
    count(targets, "classify", lambda *_: "classified")
    count(division, "divide", lambda *_: "divided")
    count(run_folder, "read_record", lambda path: f"read {path.parent.name}")
    return calls


def test_two_cells_open_list_and_divide_their_copy_once(tmp_path: Path, counted: Counter[str]) -> None:
    plan = planned(tmp_path, ONE, OTHER)
    result = run_plan(plan, registry(), "cpu", 1)
    assert [record.status for record in result.records] == ["finished", "finished"]
    expected = {"opened": 1, "listed": 1, "classified": 1, "divided": 1}
    assert counted == expected | {f"read {job.cell.id}": 1 for job in plan.jobs}


def test_records_are_read_once_a_run(tmp_path: Path, counted: Counter[str]) -> None:
    run_plan(planned(tmp_path, ONE, OTHER, BOTH), registry(), "cpu", 1)
    counted.clear()
    plan = planned(tmp_path, ONE, OTHER, BOTH)
    result = run_plan(plan, registry(), "cpu", 1)
    assert [record.cell.experiment for record in result.records] == ["one", "other", "both"]
    assert {what: number for what, number in counted.items() if what.startswith("read")} == {
        f"read {job.cell.id}": 1 for job in plan.jobs
    }


def test_same_again_is_the_same_task(tmp_path: Path) -> None:
    tasks = Tasks(registry())
    copy = tasks.find(["clips"], None)["clips"].copy
    assert copy is not None
    assert tasks.copy("clips", copy.location, copy.data) is copy
    rule = Component(name="by-folder")
    task = tasks.task(copy, "shapes", rule)
    assert tasks.task(copy, "shapes", rule, policies={"silent-media": "keep"}) is task
    others = [
        tasks.task(copy, "shapes", rule, limit=3),
        tasks.task(copy, "shapes", rule, policies={"exact-duplicates-across-parts": "drop-from-test"}),
        tasks.task(copy, "shapes", Component(name="test-only")),
    ]
    assert len({task, *others}) == 4
    assert tasks.task(copy, "shapes", Component(name="by-folder", parameters={"hold_out": 0.5})) not in {task, *others}
    assert all(other.samples is task.samples for other in others)


def test_what_was_found_is_found_once(tmp_path: Path) -> None:
    tasks = Tasks(registry())
    first = tasks.find(["clips"], None)["clips"]
    assert tasks.find(["clips", "clips"], None) == {"clips": first}
    assert tasks.find(["clips"], None)["clips"] is first
    assert tasks.find(["clips"], tmp_path)["clips"] is not first
