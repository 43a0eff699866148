"""From a suite, the data found and the user's wishes to the cells of a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from emobench import models
from emobench.contracts import CELL, Dataset, Encoder, ModelSpec, Recipe, Schedule
from emobench.contracts import Kind as TargetKind
from emobench.data import DescribedDataset, Found, with_data
from emobench.encoders import FolderEncoder, is_source, weights_hash
from emobench.errors import EmobenchError
from emobench.planning.applied import heard, seen
from emobench.planning.encoders import place_of, starting_encoder, with_encoders
from emobench.planning.exposure import exposed, weights_of
from emobench.planning.identities import Identities, chosen_headline, file_hash, tested_on
from emobench.planning.own_data import resolved
from emobench.planning.patterns import expanded
from emobench.planning.plan import Described, EncoderPlace, Job, Plan, Seen
from emobench.planning.request import Request
from emobench.planning.selection import choose, with_inputs
from emobench.planning.validation import check_audits, check_names
from emobench.plugins import Registry, default_arguments
from emobench.records import (
    METRICS,
    PROVENANCES,
    VALIDATION,
    Cell,
    ChangedSetting,
    Component,
    Departure,
    Identity,
    Kind,
    Limited,
    OutputsLeftOut,
    Skipped,
    Synthetic,
    measures,
    of_schedule,
    usual_metric,
    worst,
)
from emobench.splits import Task, Tasks
from emobench.suites import Expanded, Experiment, Suite, find_suite, readings, said_of


def make_plan(request: Request, registry: Registry) -> Plan:
    """Plan a run: read the suite, find the data, split it, and identify every cell.

    Raises:
        EmobenchError: the suite names something that does not exist, or a pattern matches nothing.
    """
    return plan_suite(find_suite(request.suite, registry), request, registry)


def plan_suite(suite: Suite, request: Request, registry: Registry) -> Plan:
    """Plan a run of a suite that is in memory, instead of the one that the request names; see :func:`make_plan`."""
    check_audits(suite)
    tasks = Tasks(with_data(registry, request.data))
    suite = expanded(suite, request, tasks)
    named = [with_inputs(experiment, suite) for experiment in choose(suite, request.only)]
    chosen, registry = resolved(named, suite, tasks.registry)
    chosen, registry = with_encoders(chosen, suite, registry)
    tasks.registry = registry
    for experiment in chosen:
        if not (isinstance(experiment, Expanded) and experiment.lacking):
            check_names(experiment, suite, registry)
    found = tasks.find((str(each.dataset) for each in chosen if each.dataset is not None), request.data)
    planner = _Planner(request, suite, found, tasks)
    for experiment in chosen:
        planner.add(experiment)
    if request.data is not None and not any(data.copy or data.problem for data in found.values()):
        raise EmobenchError(
            f"no dataset of {suite.name!r} is here, neither {' nor '.join(found)}",
            where=str(request.data),
            remedy="name another folder, or leave --data out to run on synthetic twins",
        )
    return Plan(suite, planner.run, found, tuple(planner.related()), tuple(planner.skipped), tasks, tuple(chosen))


class _Planner:
    """Turns experiments into jobs, one after another, so that a fusion finds its members' cells.

    Attributes:
        jobs: by the ids of their cells.
        cells: experiment to its cells, one a seed.
        skipped: what cannot run, or is a cell already.
    """

    def __init__(self, request: Request, suite: Suite, found: dict[str, Found], tasks: Tasks) -> None:
        self.request, self.suite, self.found, self.tasks = request, suite, found, tasks
        self.registry = tasks.registry
        self.run = request.out / suite.name
        self.jobs: dict[str, Job] = {}
        self.cells: dict[str, list[Cell]] = {}
        self.skipped: list[Skipped] = []
        self._identities = Identities(self.registry, request.precision)
        self._task_of: dict[str, Task] = {}
        self._starting: dict[tuple[str, Path], FolderEncoder] = {}

    def add(self, experiment: Experiment) -> None:
        try:
            for offset in range(1 if self._is_ready(experiment) else self.request.seeds or self._seeds(experiment)):
                for job in self._jobs(experiment, offset):
                    twin = self.suite.origin(experiment.name).twin
                    if job.cell.provenance == "synthetic" and experiment.name in twin.too_small_for:
                        raise _Unavailable("too small")
                    self.cells.setdefault(job.cell.experiment, []).append(job.cell)
                    other = self.jobs.setdefault(job.cell.id, job).cell.experiment
                    if other != job.cell.experiment and not job.cell.fold:  # on a reduced schedule two may be the same
                        self.skipped.append(Skipped(job.cell.experiment, "same as", other, job.cell.id))
        except _Unavailable as unavailable:
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
        if isinstance(experiment, Expanded) and experiment.lacking:
            raise _Unavailable(*experiment.lacking)
        if experiment.fusion:
            return [self._fusion(experiment, experiment.fusion, offset)]
        if experiment.model_of:
            return [self._applied(experiment, experiment.model_of, offset)]
        task = self._task(experiment)
        if not task.folds:
            return [self._model(experiment, task, offset)]
        jobs = [self._model(_in_fold(experiment, name), fold, offset, name) for name, fold in task.by_fold.items()]
        return [*jobs, self._pooled(experiment, task, [job.cell for job in jobs])]

    def _task(self, experiment: Experiment) -> Task:
        """Return what a model's experiment works on, divided."""
        assert experiment.protocol is not None
        found = self.found[str(experiment.dataset)]
        if found.problem is not None:
            raise _Unavailable("unusable", str(found.problem))
        if found.copy is None:
            raise _Unavailable("not found", found.dataset)
        rule, policies, limit = experiment.protocol, experiment.policies, self.request.limit
        task = self.tasks.task(found.copy, str(experiment.labels), rule, policies=policies, limit=limit)
        try:
            _ = task.split if experiment.model_of else task.scored
        except EmobenchError as error:  # it keeps no other experiment from running
            raise _Unavailable("unusable", f"{task.copy.location.root}: {error}") from error
        return task

    def _model(self, experiment: Experiment, task: Task, offset: int, fold: str = "") -> Job:
        assert experiment.model is not None
        spec = self.registry.models[experiment.model.name]
        seed = experiment.seed + offset
        values = {**spec.parameters, **experiment.model.parameters}
        files = self._files(experiment, spec, values)
        contents = {name: file_hash(path, experiment.name) for name, path in files.items()}
        starts = self._starts(experiment, spec, values)
        spec = _with_packages(spec, starts.values())
        contents |= {name: weights_hash(start) for name, start in starts.items()}
        local = {name: str(path) for name, path in files.items()} | {
            name: start.local for name, start in starts.items()
        }
        named = {name: path.name for name, path in files.items()} | {name: start.name for name, start in starts.items()}
        encoded_by = self._encoded_by(experiment, spec, offset)
        how, changed = (self._ready if spec.fitted_on else self._fit)(experiment, task, spec, seed)
        model = Component(name=spec.name, parameters={**values, **contents})
        identity = self._identities.of_model(experiment, task, spec, encoded_by, model=model, seed=seed, **how)
        fitted = (each.within(cell.experiment) for cell in encoded_by.values() for each in cell.departures)
        departures = dict.fromkeys((*task.copy.departures, *changed, *fitted))
        provenances = (task.copy.provenance, *(cell.provenance for cell in encoded_by.values()))
        pretrained = self._pretrained(experiment, spec, starts)
        cell = self._cell(
            experiment,
            identity,
            provenance=max(provenances, key=PROVENANCES.index),
            departures=(*departures, *task.dropped, *task.lacking, *task.unlisted),
            leaky=task.leaky or any(self._was_fitted_on(task, cell) for cell in encoded_by.values()),
            uncaptured=self._identities.uncaptured(identity),
            fold=fold,
            files=named,
            exposure=exposed(spec, pretrained, task, self.registry),
            weights=weights_of(spec, pretrained, contents.values()),
        )
        return self._job(cell, task, files=local, encoders=self._places(experiment, spec, encoded_by))

    def _pretrained(
        self, experiment: Experiment, spec: ModelSpec, starts: Mapping[str, FolderEncoder]
    ) -> tuple[Encoder, ...]:
        """Return the encoders of an experiment whose weights were not trained here: not those of another cell."""
        names = (name for name in experiment.takes or spec.takes if not name.startswith(CELL))
        streams = (self.registry.encoders[name] for name in names if name in self.registry.encoders)
        return (*starts.values(), *streams)

    def _encoded_by(self, experiment: Experiment, spec: ModelSpec, offset: int) -> dict[str, Cell]:
        """Return the cells whose fitted models encode streams of an experiment, by the names of the streams."""
        takes = [name for name in experiment.takes or spec.takes if name.startswith(CELL)]
        cells = {name: self._member(name.removeprefix(CELL), offset) for name in takes}
        for cell in cells.values():
            if cell.identity.folds:
                what = f"{cell.experiment!r} fits a model for each fold"
                raise self._refused(experiment, what, "name an experiment with one split, or with one fold")
        return cells

    def _places(self, experiment: Experiment, spec: ModelSpec, encoded_by: dict[str, Cell]) -> dict[str, EncoderPlace]:
        """Return where the encoders of an experiment are that no plugin registers."""
        sources = [name for name in experiment.takes or spec.takes if is_source(name)]
        files = {name: self.jobs[cell.id].files for name, cell in encoded_by.items()}
        encoders = self.registry.encoders
        return {name: place_of(encoders[name], encoded_by.get(name), files.get(name, {})) for name in sources}

    def _was_fitted_on(self, task: Task, cell: Cell) -> bool:
        """Tell whether what a task tests, or a person or take in it, is what the model of a cell was fitted on."""
        fitted_on = self._task_of[cell.id]
        tested = {sample for part in task.split.test_parts for sample in task.split.parts[part]}
        known = seen(task, fitted_on, cell.experiment)
        return not tested.isdisjoint(known.samples) or heard(task, fitted_on, Seen())

    def _fit(
        self, experiment: Experiment, task: Task, spec: ModelSpec, seed: int
    ) -> tuple[dict[str, Any], tuple[Departure, ...]]:
        """Return what an identity says of how a model is fitted, and in what that departs from the suite."""
        if "train" not in task.split.parts:
            raise self._refused(
                experiment,
                f"protocol {task.protocol.name!r} gives no training part",
                "choose another protocol, or say with model_of whose fitted model is meant",
            )
        recipe = self._recipe(experiment, task)
        if recipe.by and VALIDATION not in task.split.parts:
            what = f"it selects on validation, and protocol {task.protocol.name!r} makes no such part"
            raise self._refused(experiment, what, "add hold_out = 0.2 to the protocol")
        schedule, changed = self._schedule(experiment, task)
        how = {"schedule": schedule, "recipe": None if recipe == Recipe() else recipe, "grid": experiment.grid}
        return how, (*readings(experiment), *changed, *self._limited(), *self._other_run(experiment, seed))

    def _ready(
        self, experiment: Experiment, task: Task, spec: ModelSpec, seed: int
    ) -> tuple[dict[str, Any], tuple[Departure, ...]]:
        """Return the same of a model that is fitted already."""
        kind = task.target.kind if task.target else "class"
        try:
            columns = models.columns_of(spec, task.classes, kind)
        except EmobenchError as error:
            raise self._refused(experiment, f"{error.where}: {error.what}", error.remedy) from error
        others = tuple(name for place, name in enumerate(spec.outputs) if place not in columns)
        left_out = (OutputsLeftOut(outputs=others, rescaled=kind != "values"),) if others else ()
        how = {"fitted_on": spec.fitted_on, "outputs": spec.outputs}
        return how, (*left_out, *self._limited(), *self._other_run(experiment, seed))

    def _recipe(self, experiment: Experiment, task: Task) -> Recipe:
        """Return the recipe of an experiment, with the metric that it selects by, or none where it selects nothing."""
        recipe = experiment.training.recipe
        by = recipe.by or self._ranked_by(experiment, task.dataset, task.target.kind if task.target else "class")
        return dataclasses.replace(recipe, by=by if recipe.selects or experiment.grid else "")

    def _applied(self, experiment: Experiment, model_of: str, offset: int) -> Job:
        """Return the job of a model that another cell fits."""
        task = self._task(experiment)
        trained = self._member(model_of, offset)
        if trained.identity.folds:
            raise self._refused(
                experiment,
                f"{trained.experiment!r} fits a model for each fold",
                "name an experiment with one split in model_of, or with one fold",
            )
        assert trained.identity.model is not None
        spec = self.registry.models[trained.identity.model.name]
        starts = self._starts(experiment, spec, self.jobs[trained.id].files)
        spec = _with_packages(spec, starts.values())
        identity = self._identities.of_model(
            experiment,
            task,
            spec,
            encoded_by := self._encoded_by(experiment, spec, offset),
            model=trained.identity.model,
            schedule=trained.identity.schedule,
            recipe=trained.identity.recipe,
            grid=trained.identity.grid,
            fitted_on=trained.identity.fitted_on,
            outputs=trained.identity.outputs,
            seed=trained.identity.seed,
            trained=trained.id,
            control=experiment.control and models.complete(experiment.control, experiment.takes or spec.takes),
        )
        if (identity.classes, identity.kind) != (trained.identity.classes, trained.identity.kind):
            raise self._refused(
                experiment,
                f"{trained.experiment!r} was fitted for other classes: {', '.join(trained.identity.classes)}",
                "use its labels or target",
            )
        fitted_on = self._task_of[trained.id]
        same = task.copy.content == fitted_on.copy.content
        ready = bool(trained.identity.fitted_on)  # on nothing of that data as far as the split tells
        known = Seen() if ready else seen(task, fitted_on, trained.experiment)
        fitted = (
            departure if same or isinstance(departure, Synthetic) else departure.within(trained.experiment)
            for departure in trained.departures
        )
        departures = dict.fromkeys((*task.copy.departures, *self._limited(), *fitted))
        cell = self._cell(
            experiment,
            identity,
            provenance=max(task.copy.provenance, trained.provenance, key=PROVENANCES.index),
            departures=(*departures, *task.dropped, *task.lacking, *task.unlisted),
            leaky=task.protocol.leaky or trained.leaky or (not ready and heard(task, fitted_on, known)),
            uncaptured=self._identities.uncaptured(identity),
            files=trained.files,
            exposure=exposed(spec, self._pretrained(experiment, spec, starts), task, self.registry),
            weights=trained.weights,
        )
        places = self._places(experiment, spec, encoded_by)
        return self._job(cell, task, files=self.jobs[trained.id].files, seen=known, encoders=places)

    def _pooled(self, experiment: Experiment, task: Task, folds: list[Cell]) -> Job:
        """Return the job that puts together what the folds predict."""
        ids = tuple(fold.id for fold in folds)
        identity = folds[0].identity.model_copy(
            update={"protocol": task.rule, "split": task.scored.hashes, "folds": ids}
        )
        combined = _combined(folds)
        if experiment.model is not None and combined["exposure"] is not None:  # of all that is tested, not of one fold
            spec = self.registry.models[experiment.model.name]
            starts = self._starts(experiment, spec, {**spec.parameters, **experiment.model.parameters})
            pretrained = self._pretrained(experiment, spec, starts)
            combined["exposure"] = exposed(spec, pretrained, task, self.registry)
        cell = self._cell(experiment, identity, files=folds[0].files, **combined)
        return Job(cell=cell, run=self.run)

    def _fusion(self, experiment: Experiment, fusion: Component, offset: int) -> Job:
        members = [self._member(name, offset) for name in experiment.members]
        first, learns = members[0].identity, self.registry.fusions[fusion.name].learns
        for member in members[1:]:
            if tested_on(member.identity, validation=learns) != tested_on(first, validation=learns):
                raise self._refused(
                    experiment,
                    f"{members[0].experiment!r} and {member.experiment!r} are not tested on the same samples",
                    "a late fusion needs members with the same dataset, labels, protocol and test parts",
                )
        if first.kind == "values":
            models.check_combines_values(self.registry.fusions[fusion.name], self._where(experiment))
        if learns and VALIDATION not in first.split:
            raise _Unavailable("no validation part", fusion.name)
        ids = tuple(member.id for member in members)
        identity = self._identities.of_fusion(fusion, first, ids, experiment.seed + offset)
        combined = _combined(members)
        combined["uncaptured"] += self._identities.uncaptured(identity)
        headline = experiment.headline or members[0].headline
        return Job(cell=self._cell(experiment, identity, headline=headline, **combined), run=self.run)

    def _cell(self, experiment: Experiment, identity: Identity, headline: str | None = None, **told: Any) -> Cell:
        where = self._where(experiment)
        dataset = self.registry.datasets[identity.dataset]
        return Cell(
            id=identity.id,
            suite=self._origin(experiment).name,
            experiment=experiment.name,
            identity=identity,
            headline=chosen_headline(identity.test_parts, headline or experiment.headline, where=where),
            ranked_by=self._ranked_by(experiment, dataset, identity.kind),
            identities=dataset.identities,
            pattern=experiment.pattern if isinstance(experiment, Expanded) else None,
            **told,
            **said_of(experiment),
        )

    def _ranked_by(self, experiment: Experiment, dataset: Dataset, kind: TargetKind) -> str:
        """Return what ranks an experiment.

        Raises:
            EmobenchError: it measures targets of another kind.
        """
        name = experiment.ranked_by or usual_metric(kind, dataset.ranked_by)
        if not measures(METRICS[name], kind):
            what = f"{name!r} is no metric of targets of kind {kind!r}"
            raise self._refused(experiment, what, f"rank by {usual_metric(kind, dataset.ranked_by)!r}")
        return name

    def _job(self, cell: Cell, task: Task, **more: Any) -> Job:
        self._task_of[cell.id] = task
        copy, dataset = task.copy, task.dataset
        return Job(
            cell=cell,
            run=self.run,
            root=copy.location.root,
            form=copy.location.form,
            data=copy.data,
            limit=self.request.limit,
            lists=task.files,
            described=(Described.of(dataset),) if isinstance(dataset, DescribedDataset) else (),
            **more,
        )

    def _files(self, experiment: Experiment, spec: ModelSpec, parameters: dict[str, Any]) -> dict[str, Path]:
        """Return the local files that a model's parameters name; a relative path is looked for beside the suite file."""
        values = {**default_arguments(spec.build), **parameters}
        named = {name: str(values[name]) for name in spec.files if values.get(name)}
        return {name: self._origin(experiment).file.parent / Path(path).expanduser() for name, path in named.items()}

    def _starts(self, experiment: Experiment, spec: ModelSpec, parameters: dict[str, Any]) -> dict[str, FolderEncoder]:
        """Return the encoders whose weights a model starts from, by the parameters that name them."""
        beside, found = self._origin(experiment).file.parent, {}
        for name in spec.encoders:
            place = str(parameters.get(name, "")), beside
            try:
                if place not in self._starting:
                    self._starting[place] = starting_encoder(place[0], self.registry, beside)
                found[name] = self._starting[place]
            except EmobenchError as error:
                where = ": ".join(filter(None, (self._where(experiment), name, error.where)))
                raise EmobenchError(error.what, where=where, remedy=error.remedy) from error
        return found

    def _schedule(self, experiment: Experiment, task: Task) -> tuple[Schedule, tuple[Departure, ...]]:
        """Return the schedule, and in what it departs from the suite's."""
        full = experiment.training.over(Schedule())
        schedule = full
        if task.copy.provenance == "synthetic":
            samples, accumulate = len(task.split.parts.get("train", ())), experiment.training.accumulate
            schedule = self._origin(experiment).twin_training.on(full, samples, accumulate)
        if self.request.epochs is not None:
            schedule = dataclasses.replace(schedule, epochs=self.request.epochs)
        return schedule, of_schedule(schedule, full)

    def _other_run(self, experiment: Experiment, seed: int) -> tuple[Departure, ...]:
        """Return in what the precision and the seed depart from the suite's."""
        last = experiment.seed + self._seeds(experiment) - 1
        others = (
            ChangedSetting(setting="precision", value=self.request.precision, suite="fp32"),
            ChangedSetting(setting="seed", value=seed, suite=min(seed, last)),
            *(experiment.fewer_folds if isinstance(experiment, Expanded) else ()),
        )
        return tuple(setting for setting in others if setting.value != setting.suite)

    def _seeds(self, experiment: Experiment) -> int:
        return experiment.seeds or self._origin(experiment).seeds

    def _is_ready(self, experiment: Experiment) -> bool:
        """Tell whether its model is fitted already, so that every seed would give the same."""
        return experiment.model is not None and bool(self.registry.models[experiment.model.name].fitted_on)

    def _limited(self) -> tuple[Departure, ...]:
        return () if self.request.limit is None else (Limited(samples=self.request.limit),)

    def _where(self, experiment: Experiment) -> str:
        return f"{self._origin(experiment).file.name}, experiment {experiment.name!r}"

    def _origin(self, experiment: Experiment) -> Suite:
        """Return the suite in whose file an experiment stands, or that of which it is one fold."""
        return self.suite.origin(experiment.name.partition("/")[0])

    def _refused(self, experiment: Experiment, what: str, remedy: str) -> EmobenchError:
        return EmobenchError(what, where=self._where(experiment), remedy=remedy)

    def _member(self, name: str, offset: int) -> Cell:
        cells = self.cells.get(name, [])
        if cells and cells[0].identity.fitted_on:
            return cells[0]
        if len(cells) > offset:
            return cells[offset]
        for skipped in self.skipped:
            if skipped.experiment == name and not skipped.same_as:
                raise _Unavailable(skipped.kind, skipped.what)
        raise _Unavailable("no member", name)


def _with_packages(spec: ModelSpec, starts: Iterable[Encoder]) -> ModelSpec:
    """Return a model with the packages that load the weights it starts from."""
    return dataclasses.replace(spec, packages=(*spec.packages, *(name for start in starts for name in start.packages)))


def _in_fold(experiment: Experiment, fold: str) -> Experiment:
    """Return an experiment on one fold, without what is said of the experiment: only the row of all folds has that."""
    said = {"published": {}, "note": "", "counterpart": "", "control_of": ""}
    return experiment.model_copy(update={"name": f"{experiment.name}/{fold}", **said})


def _combined(cells: list[Cell]) -> dict[str, Any]:
    """Return what a cell that is made from others takes over from them."""
    return {
        "provenance": max((cell.provenance for cell in cells), key=PROVENANCES.index),
        "departures": tuple(dict.fromkeys(departure for cell in cells for departure in cell.departures)),
        "leaky": any(cell.leaky for cell in cells),
        "uncaptured": tuple(dict.fromkeys(mark for cell in cells for mark in cell.uncaptured)),
        "exposure": worst(tuple(cell.exposure for cell in cells)),
        "weights": tuple(dict.fromkeys(weights for cell in cells for weights in cell.weights)),
    }


class _Unavailable(Exception):  # noqa: N818 - no error: what cannot run is left out, and said so
    """An experiment cannot run, see :class:`emobench.records.Skipped`."""

    def __init__(self, kind: Kind, what: str = "") -> None:
        super().__init__(kind, what)
        self.kind, self.what = kind, what
