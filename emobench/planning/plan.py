"""A plan: the cells of a run, each with where this machine keeps what it needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Literal

from emobench.data import DescribedDataset, Descriptor, Found
from emobench.records import MODEL, Cell, Frozen, Record, Skipped, cell_folder, finished
from emobench.splits import Tasks
from emobench.suites import Experiment, Suite


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


class Described(Frozen):
    """A dataset that no plugin has: its descriptor, and where it lies if that is not to be looked for."""

    descriptor: Descriptor
    root: Path | None = None

    @classmethod
    def of(cls, dataset: DescribedDataset) -> Described:
        """Return what a worker needs of a dataset."""
        return cls(descriptor=dataset.descriptor, root=dataset.root)

    @property
    def dataset(self) -> DescribedDataset:
        """The dataset again."""
        return DescribedDataset(self.descriptor, self.root)


class EncoderPlace(Frozen):
    """Where this machine has an encoder that no plugin registers.

    Attributes:
        source: which finds it from any folder.
        cell: id of the cell whose fitted model it is; empty for another one.
        files: parameter of that model to the path of a local file.
    """

    source: str
    cell: str = ""
    files: dict[str, str] = {}


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
        keep_model: whether the fitted model stays in the folder of the cell.
        described: the dataset, if no plugin has it.
        lists: parameter of the protocol to the local path that the identity knows by its content.
        encoders: name of a stream to where its encoder is.
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
    keep_model: bool = True
    described: tuple[Described, ...] = ()
    lists: dict[str, str] = {}
    encoders: dict[str, EncoderPlace] = {}


@dataclass(frozen=True)
class Plan:
    """What a run will do.

    Attributes:
        run: the run folder.
        found: dataset name to what was found.
        jobs: every cell, members before their fusions.
        skipped: every experiment that has no cell of its own.
        experiments: those that were chosen, with the names of datasets and targets that tables of the user's own are.
        tasks: what was opened and divided to plan it.
    """

    suite: Suite
    run: Path
    found: dict[str, Found]
    jobs: tuple[Job, ...]
    skipped: tuple[Skipped, ...]
    tasks: Tasks = field(repr=False, compare=False)
    experiments: tuple[Experiment, ...] = field(default=(), repr=False, compare=False)

    @cached_property
    def done(self) -> dict[str, Record]:
        """Id to record of the cells whose result is there already, in this run folder or in another one beside it."""
        return {cell: record for cell, (_, record) in self.there.items() if cell not in self.refitted}

    @cached_property
    def refitted(self) -> set[str]:
        """Ids of the cells that have a result, but no model, which a cell without a result applies."""
        waiting = (job.cell.identity for job in self.jobs if job.cell.id not in self.there)
        needed = {cell for identity in waiting for cell in identity.uses_models}
        done = (self.there[cell] for cell in needed & self.there.keys())
        return {
            record.cell.id
            for folder, record in done
            if not record.cell.identity.fitted_on and not (folder / MODEL).is_dir()
        }

    @property
    def todo(self) -> list[Job]:
        """The jobs of the cells that have no result yet."""
        return [job for job in self.jobs if job.cell.id not in self.done]

    @cached_property
    def there(self) -> dict[str, tuple[Path, Record]]:
        """Id to folder and record of every cell that has a result in this run folder, or else in another one beside it."""
        found: dict[str, tuple[Path, Record]] = {}
        others: dict[str, list[Path]] = {}
        for folder in sorted(self.run.parent.glob("*/cells/*")):
            others.setdefault(folder.name, []).append(folder)
        for job in self.jobs:
            cell = job.cell.id
            for folder in dict.fromkeys((cell_folder(self.run, cell), *others.get(cell, ()))):
                if cell not in found and (record := finished(folder.parent.parent, cell)):
                    found[cell] = folder, record
        return found


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
