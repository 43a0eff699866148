"""A plan: the cells of a run, each with where this machine keeps what it needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Literal

from emobench.data import Found
from emobench.records import Cell, Frozen, Record, Skipped, finished
from emobench.splits import Tasks
from emobench.suites import Suite


class Seen(Frozen):
    """Samples on which a model that is fitted already cannot be tested.

    Attributes:
        experiment: which fitted it.
        by: whether the sample itself is on the training side, or its take.
        samples: their ids.
    """

    experiment: str = ""
    by: Literal["sample", "take"] = "sample"
    samples: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """Why they cannot be used, in words."""
        what = "it is among the samples" if self.by == "sample" else "its take is among those"
        return f"{what} that {self.experiment} was fitted on"


class Job(Frozen):
    """A cell, and where this machine keeps what it needs: what goes out to a worker.

    Attributes:
        run: the run folder.
        root: the dataset's copy; ``None`` for a fusion.
        data: the data directory that the copy was found in.
        limit: as in :class:`emobench.planning.Request`.
        files: model parameter to the local file that the identity knows by its content.
        seen: see :class:`Seen`; the identity knows them by the cell that fitted the model.
        device: where torch computes.
        threads: for torch on a CPU; ``None`` leaves it to torch.
    """

    cell: Cell
    run: Path
    root: Path | None = None
    form: str = ""
    data: Path | None = None
    limit: int | None = None
    files: dict[str, str] = {}
    seen: Seen = Seen()
    device: str = "cpu"
    threads: int | None = None


@dataclass(frozen=True)
class Plan:
    """What a run will do.

    Attributes:
        run: the run folder.
        found: dataset name to what was found.
        jobs: every cell, members before their fusions.
        skipped: every experiment that has no cell of its own.
        tasks: what was opened and divided to plan it.
    """

    suite: Suite
    run: Path
    found: dict[str, Found]
    jobs: tuple[Job, ...]
    skipped: tuple[Skipped, ...]
    tasks: Tasks = field(repr=False, compare=False)

    @cached_property
    def done(self) -> dict[str, Record]:
        """Id to record of the cells whose result is there already."""
        records = ((job.cell.id, finished(self.run, job.cell.id)) for job in self.jobs)
        return {cell: record for cell, record in records if record is not None}


def waves(jobs: Iterable[Job]) -> Iterator[list[Job]]:
    """Yield jobs in groups: each group needs only results of the groups before it."""
    by_id = {job.cell.id: job for job in jobs}
    position = {cell: n for n, cell in enumerate(by_id)}
    needs = {cell: filter(by_id.__contains__, job.cell.identity.needs) for cell, job in by_id.items()}
    sorter = TopologicalSorter(needs)
    sorter.prepare()
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=position.__getitem__)
        yield [by_id[cell] for cell in ready]
        sorter.done(*ready)
