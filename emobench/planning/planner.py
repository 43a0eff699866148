"""From a suite, the data found and the user's wishes to the cells of a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from emobench import models
from emobench.contracts import ModelSpec, Schedule
from emobench.data import Found
from emobench.errors import EmobenchError
from emobench.planning.applied import heard, seen
from emobench.planning.identity import ComponentCode, chosen_headline, file_hash, hashes, model_identity, tested_on
from emobench.planning.job import Job, Plan
from emobench.planning.request import Request
from emobench.planning.selection import choose, with_inputs
from emobench.planning.validation import check_audits, check_names
from emobench.plugins import Code, Registry, default_arguments, imported_packages, package_versions
from emobench.records import (
    PROVENANCES,
    VALIDATION,
    Cell,
    ChangedSetting,
    Component,
    Departure,
    Identity,
    Kind,
    Limited,
    Skipped,
    Synthetic,
    Uncaptured,
    of_schedule,
)
from emobench.splits import Task, Tasks
from emobench.suites import Experiment, Suite, find_suite, said_of


def make_plan(request: Request, registry: Registry) -> Plan:
    """Plan a run: read the suite, find the data, split it, and identify every cell.

    Raises:
        EmobenchError: the suite names something that does not exist, or a pattern matches nothing.
    """
    return plan_suite(find_suite(request.suite, registry), request, registry)


def plan_suite(suite: Suite, request: Request, registry: Registry) -> Plan:
    """Plan a run of a suite that is in memory.

    Args:
        suite: instead of the one that the request names.
        request: everything else.
        registry: of what the suite names.

    Raises:
        EmobenchError: as :func:`make_plan`.
    """
    check_audits(suite)
    chosen = [with_inputs(experiment, suite) for experiment in choose(suite, request.only)]
    for experiment in chosen:
        check_names(experiment, suite, registry)
    tasks = Tasks(registry)
    found = tasks.find((one.dataset for one in chosen if one.dataset is not None), request.data)
    planner = _Planner(request, suite, found, tasks)
    for experiment in chosen:
        planner.add(experiment)
    if request.data is not None and not any(one.source or one.problem for one in found.values()):
        raise EmobenchError(
            f"no dataset of {suite.name!r} is here, neither {' nor '.join(found)}",
            where=str(request.data),
            remedy="name another folder, or leave --data out to run on synthetic twins",
        )
    return Plan(suite, planner.run, found, tuple(planner.related()), tuple(planner.skipped), tasks)


@dataclass
class _Planner:
    """Turns experiments into jobs, one after another, so that a fusion finds its members' cells.

    Attributes:
        jobs: by the ids of their cells.
        cells: experiment to its cells, one a seed.
        skipped: what cannot run, or is a cell already.
    """

    request: Request
    suite: Suite
    found: dict[str, Found]
    tasks: Tasks
    jobs: dict[str, Job] = field(default_factory=dict)
    cells: dict[str, list[Cell]] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    _unavailable: dict[str, _Unavailable] = field(default_factory=dict)
    _task_of: dict[str, Task] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._code = ComponentCode(self.registry)

    @property
    def registry(self) -> Registry:
        return self.tasks.registry

    @cached_property
    def run(self) -> Path:
        return self.request.out / self.suite.name

    def add(self, experiment: Experiment) -> None:
        try:
            for offset in range(self.request.seeds):
                for job in self._jobs(experiment, offset):
                    if job.cell.provenance == "synthetic" and experiment.name in self.suite.twin.too_small_for:
                        raise _Unavailable("too small")
                    self._add_job(job)
        except _Unavailable as unavailable:
            self._unavailable[experiment.name] = unavailable
            self.skipped.append(Skipped(experiment.name, unavailable.kind, unavailable.what))

    def related(self) -> Iterator[Job]:
        """Yield the jobs; each control and counterpart with the cell beside it: the first seed's the first, and so on."""
        position = {(name, cell.id): n for name, cells in self.cells.items() for n, cell in enumerate(cells)}
        for job in self.jobs.values():
            cell = job.cell
            others = self.cells.get(cell.control_of or cell.counterpart, [])
            n = position[cell.experiment, cell.id]
            if n < len(others):
                yield job.model_copy(update={"cell": cell.model_copy(update={"beside": others[n].id})})
            else:
                yield job

    def _jobs(self, experiment: Experiment, offset: int) -> list[Job]:
        """Return the cell of an experiment; before it, where its protocol makes folds, the cells of these."""
        if experiment.fusion:
            return [self._fusion(experiment, offset)]
        if experiment.model_of:
            return [self._applied(experiment, offset)]
        with _unusable(task := self._task(experiment)):
            names = task.folds
        if not names:
            return [self._model(experiment, task, offset)]
        jobs = {}
        for name in names:
            job = self._model(_in_fold(experiment, name), task.in_fold(name), offset)
            jobs[name] = job.model_copy(update={"cell": job.cell.model_copy(update={"fold": name})})
        return [*jobs.values(), self._pooled(experiment, task, jobs)]

    def _add_job(self, job: Job) -> None:
        """Add a job, unless it is one that another experiment asked for: on a reduced schedule two may be the same."""
        self.cells.setdefault(job.cell.experiment, []).append(job.cell)
        other = self.jobs.setdefault(job.cell.id, job).cell.experiment
        if other != job.cell.experiment and not job.cell.fold:
            self.skipped.append(Skipped(job.cell.experiment, "same as", other, job.cell.id))

    def _task(self, experiment: Experiment) -> Task:
        assert experiment.protocol is not None
        found = self.found[str(experiment.dataset)]
        if found.problem is not None:
            raise _Unavailable("unusable", str(found.problem))
        if found.source is None:
            raise _Unavailable("not found", self.registry.datasets[found.dataset].title)
        return self.tasks.task(
            found.source,
            str(experiment.labels),
            experiment.protocol,
            policies=experiment.policies,
            limit=self.request.limit,
        )

    def _model(self, experiment: Experiment, task: Task, offset: int) -> Job:
        assert experiment.model is not None
        spec = self.registry.models[experiment.model.name]
        schedule, scheduled = self._schedule(experiment, task)
        files, contents = self._files(experiment)
        seed = experiment.seed + offset
        identity = self._identity(
            experiment,
            task,
            spec,
            model=Component(name=spec.name, parameters={**spec.parameters, **experiment.model.parameters, **contents}),
            schedule=schedule,
            seed=seed,
        )
        if "train" not in identity.split:
            raise EmobenchError(
                f"protocol {identity.protocol.name!r} gives no training part",
                where=self._where(experiment),
                remedy="choose another protocol, or say with model_of whose fitted model is meant",
            )
        other = () if seed == experiment.seed else (ChangedSetting(setting="seed", value=seed, suite=experiment.seed),)
        cell = self._cell(
            experiment,
            identity,
            provenance=task.source.provenance,
            departures=(*task.source.departures, *scheduled, *other, *task.dropped, *task.lacking),
            leaky=task.leaky,
            uncaptured=_marks(self._code.of_model(experiment, task, spec)),
            files={name: Path(path).name for name, path in files.items()},
        )
        return self._job(cell, task, files=files)

    def _applied(self, experiment: Experiment, offset: int) -> Job:
        """Return the job of a model that another cell fits."""
        task = self._task(experiment)
        trained = self._member(str(experiment.model_of), offset)
        if trained.identity.folds:
            raise EmobenchError(
                f"{trained.experiment!r} fits a model for each fold",
                where=self._where(experiment),
                remedy="name an experiment with one split in model_of, or with one fold",
            )
        fitted_on = self._task_of[trained.id]
        assert trained.identity.model is not None
        spec = self.registry.models[trained.identity.model.name]
        identity = self._identity(
            experiment,
            task,
            spec,
            model=trained.identity.model,
            schedule=trained.identity.schedule,
            seed=trained.identity.seed,
            trained=trained.id,
            control=experiment.control and models.complete(experiment.control, experiment.takes or spec.takes),
        )
        if identity.classes != trained.identity.classes:
            raise EmobenchError(
                f"{trained.experiment!r} was fitted for other classes: {', '.join(trained.identity.classes)}",
                where=self._where(experiment),
                remedy="use its label map",
            )
        same = task.source.content == fitted_on.source.content
        known = seen(task, fitted_on, trained.experiment)
        fitted = (
            departure if same or isinstance(departure, Synthetic) else departure.within(trained.experiment)
            for departure in trained.departures
        )
        departures = dict.fromkeys((*task.source.departures, *self._limited(), *fitted))
        cell = self._cell(
            experiment,
            identity,
            provenance=max(task.source.provenance, trained.provenance, key=PROVENANCES.index),
            departures=(*departures, *task.dropped, *task.lacking),
            leaky=task.protocol.leaky or trained.leaky or heard(task, fitted_on, known),
            uncaptured=_marks(self._code.of_model(experiment, task, spec)),
            files=trained.files,
        )
        return self._job(cell, task, files=self.jobs[trained.id].files, seen=known)

    def _pooled(self, experiment: Experiment, task: Task, jobs: dict[str, Job]) -> Job:
        """Return the job that puts together what the folds predict."""
        cells = [job.cell for job in jobs.values()]
        first = cells[0].identity
        with _unusable(task):
            split = task.scored
        identity = first.model_copy(
            update={
                "protocol": task.rule,
                "split": split.hashes,
                "folds": tuple(cell.id for cell in cells),
            }
        )
        cell = self._cell(
            experiment,
            identity,
            provenance=cells[0].provenance,
            departures=_departures(cells),
            leaky=any(cell.leaky for cell in cells),
            uncaptured=_uncaptured(cells),
            files=cells[0].files,
        )
        return Job(cell=cell, run=self.run)

    def _fusion(self, experiment: Experiment, offset: int) -> Job:
        assert experiment.fusion is not None
        members = [self._member(name, offset) for name in experiment.members]
        first = members[0].identity
        for member in members[1:]:
            if tested_on(member.identity) != tested_on(first):
                raise EmobenchError(
                    f"{members[0].experiment!r} and {member.experiment!r} are not tested on the same samples",
                    where=self._where(experiment),
                    remedy="a late fusion needs members with the same dataset, labels, protocol and test parts",
                )
        fusion = self.registry.fusions[experiment.fusion.name]
        if fusion.learns and VALIDATION not in first.split:
            raise _Unavailable("no validation part", fusion.name)
        code = self._code.of("fusions", fusion.name)
        identity = first.model_copy(
            update={
                "representations": (),
                "model": None,
                "schedule": None,
                "trained": "",
                "pool": None,
                "folds": (),
                "control": None,
                "fusion": experiment.fusion,
                "members": tuple(member.id for member in members),
                "seed": experiment.seed + offset,
                "code": hashes(code),
                "packages": package_versions([*fusion.packages, *imported_packages(code, self.registry)]),
            }
        )
        cell = self._cell(
            experiment,
            identity,
            provenance=max((member.provenance for member in members), key=PROVENANCES.index),
            headline=None if experiment.headline else members[0].headline,
            departures=_departures(members),
            leaky=any(member.leaky for member in members),
            uncaptured=(*_uncaptured(members), *_marks(code)),
        )
        return Job(cell=cell, run=self.run)

    def _identity(self, experiment: Experiment, task: Task, spec: ModelSpec, **fitted: Any) -> Identity:
        with _unusable(task):
            split = task.split.hashes
        code = self._code.of_model(experiment, task, spec)
        return model_identity(
            experiment, task, spec, code, self.registry, split=split, precision=self.request.precision, **fitted
        )

    def _cell(self, experiment: Experiment, identity: Identity, headline: str | None = None, **told: Any) -> Cell:
        return Cell(
            id=identity.id,
            suite=self.suite.name,
            experiment=experiment.name,
            identity=identity,
            headline=headline
            or chosen_headline(identity.test_parts, experiment.headline, where=self._where(experiment)),
            **told,
            **said_of(experiment),
        )

    def _job(self, cell: Cell, task: Task, **more: Any) -> Job:
        self._task_of[cell.id] = task
        source = task.source
        return Job(
            cell=cell,
            run=self.run,
            root=source.copy.root,
            form=source.copy.form,
            data=source.data,
            limit=self.request.limit,
            **more,
        )

    def _files(self, experiment: Experiment) -> tuple[dict[str, str], dict[str, str]]:
        """Return the local files that the model's parameters name, as paths and as hashes of their content.

        Raises:
            EmobenchError: one is not there; a relative path is looked for beside the suite file.
        """
        assert experiment.model is not None
        spec, paths, contents = self.registry.models[experiment.model.name], {}, {}
        values = {**default_arguments(spec.build), **spec.parameters, **experiment.model.parameters}
        for name in spec.files:
            if value := values.get(name):
                path = self.suite.file.parent / Path(str(value)).expanduser()
                paths[name], contents[name] = str(path), file_hash(path, experiment.name)
        return paths, contents

    def _schedule(self, experiment: Experiment, task: Task) -> tuple[Schedule, tuple[Departure, ...]]:
        """Return the schedule, and in what it departs from the suite's."""
        full = experiment.training.over(Schedule())
        schedule = self.suite.twin.training.over(full) if task.source.provenance == "synthetic" else full
        if self.request.epochs is not None:
            schedule = dataclasses.replace(schedule, epochs=self.request.epochs)
        other = ChangedSetting(setting="precision", value=self.request.precision, suite="fp32")
        precision = () if other.value == other.suite else (other,)
        return schedule, (*of_schedule(schedule, full), *self._limited(), *precision)

    def _limited(self) -> tuple[Departure, ...]:
        return () if self.request.limit is None else (Limited(samples=self.request.limit),)

    def _where(self, experiment: Experiment) -> str:
        return f"{self.suite.file.name}, experiment {experiment.name!r}"

    def _member(self, name: str, offset: int) -> Cell:
        cells = self.cells.get(name, [])
        if len(cells) <= offset:
            known = self._unavailable.get(name) or _Unavailable("no member", name)
            raise _Unavailable(known.kind, known.what)
        return cells[offset]


@contextmanager
def _unusable(task: Task) -> Iterator[None]:
    """Let data that cannot be divided, or a protocol that throws, keep no other experiment from running."""
    try:
        yield
    except EmobenchError as error:
        raise _Unavailable("unusable", f"{task.source.copy.root}: {error}") from error


def _in_fold(experiment: Experiment, fold: str) -> Experiment:
    """Return an experiment on one fold; it stands nowhere but in the row of all folds, which alone has what is said of it."""
    said = {"published": {}, "note": "", "counterpart": "", "control_of": ""}
    return experiment.model_copy(update={"name": f"{experiment.name}/{fold}", **said})


def _departures(cells: Iterable[Cell]) -> tuple[Departure, ...]:
    return tuple(dict.fromkeys(departure for cell in cells for departure in cell.departures))


def _uncaptured(cells: Iterable[Cell]) -> tuple[Uncaptured, ...]:
    return tuple(dict.fromkeys(mark for cell in cells for mark in cell.uncaptured))


def _marks(code: Mapping[str, Code]) -> tuple[Uncaptured, ...]:
    return tuple(mark for known in code.values() for mark in known.uncaptured)


class _Unavailable(Exception):  # noqa: N818 - no error: what cannot run is left out, and said so
    """An experiment cannot run, see :class:`emobench.records.Skipped`."""

    def __init__(self, kind: Kind, what: str = "") -> None:
        super().__init__(kind, what)
        self.kind, self.what = kind, what
