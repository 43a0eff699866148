"""A plan of many cells takes seconds."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from emobench.planning.plan import waves
from tests.support.film_plugin import experiment
from tests.support.film_runs import planned

pytestmark = pytest.mark.usefixtures("one_thread")


def test_plan_of_many_cells_takes_seconds(tmp_path: Path) -> None:
    """A step that looks at every cell for every cell takes a minute for so many."""
    cells = [experiment(f"one-{n}", seed=str(n)) for n in range(2000)]
    related = [experiment(f"other-{n}", seed=str(2000 + n), counterpart=f'"one-{n}"') for n in range(2000)]
    started = time.process_time()
    plan = planned(tmp_path, *cells, *related, only=("one-*", "other-*"))
    assert len(plan.jobs) == sum(map(len, waves(plan.jobs))) == 4000
    assert all(job.cell.beside for job in plan.jobs if job.cell.counterpart)
    assert time.process_time() - started < 5
