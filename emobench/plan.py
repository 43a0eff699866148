"""From a suite, the data found and the user's wishes to the cells of a run."""

from __future__ import annotations

import dataclasses
import fnmatch
import hashlib
import numbers
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from emobench import audits, controls, datasets, folds, media, models, protocols
from emobench.audits.wording import counted
from emobench.cells import PROVENANCES, Cell, Component, Frozen, Identity, Provenance, Uncaptured
from emobench.codehash import Code, component_code, dataset_code, imported_packages, package_versions
from emobench.contracts import Copy, LabelMap, ModelSpec, Schedule, Split
from emobench.errors import EmobenchError, nearest
from emobench.parameters import check_types
from emobench.plugins import Registry, default_arguments
from emobench.records import finished
from emobench.results_version import RESULTS_VERSION
from emobench.scoring import VALIDATION
from emobench.suites import Experiment, Suite, find_suite

# What computes in nearly every cell, whether its plugins say so or not.
_PACKAGES = ("numpy", "scikit-learn", "torch")


PRECISIONS = ("fp32", "bf16")


@dataclass(frozen=True)
class Request:
    """What a user asks for.

    Attributes:
        suite: name or path of a suite.
        data: folder with datasets; ``None`` runs everything on synthetic twins.
        out: folder for runs.
        only: glob patterns; an experiment that matches one is run, and so are the members of a fusion that does.
        limit: keep at most so many samples of each part, stratified by class.
        epochs: instead of the suite's.
        seeds: run so many seeds, counted up from each experiment's own.
        precision: ``fp32`` or ``bf16``.

    Raises:
        EmobenchError: a number is no positive integer, or there is no such precision.
    """

    suite: str
    data: Path | None = None
    out: Path = Path("runs")
    only: tuple[str, ...] = ()
    limit: int | None = None
    epochs: int | None = None
    seeds: int = 1
    precision: str = "fp32"

    def __post_init__(self) -> None:
        """Refuse what the command line does not let through.

        Raises:
            EmobenchError: a number is no positive integer, or there is no such precision.
        """
        for name in ("limit", "epochs", "seeds"):
            value = getattr(self, name)
            if value is None and name != "seeds":
                continue
            if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
                raise EmobenchError(f"{name} is {value!r}", where="request", remedy="give an integer of 1 or more")
        if self.precision not in PRECISIONS:
            raise EmobenchError(
                f"no precision {self.precision!r}", where="request", remedy=f"known: {', '.join(PRECISIONS)}"
            )


class Job(Frozen):
    """A cell, and where this machine keeps what it needs: what goes out to a worker.

    Attributes:
        cell: what to compute.
        run: the run folder.
        root: the dataset's copy; ``None`` for a fusion.
        form: the copy's form.
        data: the data directory that the copy was found in.
        limit: as in :class:`Request`.
        files: model parameter to the local file that the identity knows by its content.
        seen: for a model that is fitted already, samples that stand on its training side too, with the reason why they may
            not be used; the identity knows them by the cell that fitted it.
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
    seen: dict[str, str] = {}
    device: str = "cpu"
    threads: int | None = None


@dataclass(frozen=True)
class Skipped:
    """An experiment that cannot run.

    Attributes:
        experiment: its name.
        reason: one line.
        unusable: the data is there and cannot be used (rather than not there).
        same_as: the experiment whose cell it shares, where it is the same in all that determines the result.
    """

    experiment: str
    reason: str
    unusable: bool = False
    same_as: str = ""


@dataclass(frozen=True)
class Plan:
    """What a run will do.

    Attributes:
        suite: the suite.
        run: the run folder.
        found: dataset name to what was found.
        jobs: every cell, members before their fusions.
        skipped: every experiment that cannot run.
    """

    suite: Suite
    run: Path
    found: dict[str, datasets.Found]
    jobs: tuple[Job, ...]
    skipped: tuple[Skipped, ...] = ()

    @cached_property
    def done(self) -> frozenset[str]:
        """Ids of the cells whose result is there already."""
        return frozenset(job.cell.id for job in self.jobs if finished(self.run, job.cell.id))


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
    _check_audits(suite)
    chosen = [_with_inputs(experiment, suite) for experiment in _choose(suite, request.only)]
    for experiment in chosen:
        _check_names(experiment, suite, registry)
    found = _find_data(chosen, request, registry)
    planner = _Planner(request, registry, suite, found)
    for experiment in chosen:
        planner.add(experiment)
    planner.relate()
    if request.data is not None and not any(one.source or one.problem for one in found.values()):
        raise EmobenchError(
            f"no dataset of {suite.name!r} is here, neither {' nor '.join(found)}",
            where=str(request.data),
            remedy="name another folder, or leave --data out to run on synthetic twins",
        )
    return Plan(suite, request.out / suite.name, found, tuple(planner.jobs), tuple(planner.skipped))


def _choose(suite: Suite, patterns: tuple[str, ...]) -> list[Experiment]:
    if not patterns:
        return list(suite.experiments)
    names = [experiment.name for experiment in suite.experiments]
    wanted: set[str] = set()
    for pattern in patterns:
        matching = fnmatch.filter(names, pattern)
        if not matching:
            raise EmobenchError(
                f"no experiment of {suite.name!r} matches {pattern!r}", where="--only", remedy=nearest(pattern, names)
            )
        wanted.update(matching)
    for experiment in reversed(suite.experiments):  # what is needed stands before what needs it
        if experiment.name in wanted:
            wanted.update(experiment.needs)
            wanted.update(filter(None, [suite.same_as(experiment)]))  # one name for a cell, whatever was chosen
    beside = {one for name in wanted for one in _beside(suite, name)}
    if not beside <= wanted:
        return _choose(suite, tuple(sorted(wanted | beside)))
    return [experiment for experiment in suite.experiments if experiment.name in wanted]


def _beside(suite: Suite, name: str) -> set[str]:
    """Return what an experiment has to be read beside: without it a control is nothing, and a counterpart has no premium."""
    experiment = next(one for one in suite.experiments if one.name == name)
    return {*filter(None, (experiment.controls, experiment.counterpart))}


def _check_audits(suite: Suite) -> None:
    where = suite.file.name
    for name in suite.stop_on:
        if name not in audits.AUDITS:
            raise EmobenchError(f"no audit {name!r}", where=f"{where}, stop_on", remedy=nearest(name, audits.AUDITS))
    for experiment in suite.experiments:
        for name in experiment.policies:
            if name not in audits.AUDITS:
                raise EmobenchError(
                    f"no audit {name!r}",
                    where=f"{where}, experiment {experiment.name!r}, policies",
                    remedy=nearest(name, audits.AUDITS),
                )


def _check_names(experiment: Experiment, suite: Suite, registry: Registry) -> None:
    """Refuse a suite that names a component or a parameter which does not exist, before anything runs."""
    where = f"{suite.file.name}, experiment {experiment.name!r}"
    for metric in experiment.published:
        registry.find("metrics", metric, where=f"{where}, published")
    if experiment.fusion is not None:
        registry.find("fusions", experiment.fusion.name, where=where)
        if experiment.fusion.parameters:
            raise EmobenchError(
                f"fusion {experiment.fusion.name!r} has no parameters", where=where, remedy="remove them"
            )
        return
    assert experiment.protocol is not None
    registry.find("datasets", str(experiment.dataset), where=where)
    registry.find("label_maps", str(experiment.labels), where=where)
    protocol = registry.find("protocols", experiment.protocol.name, where=where)
    spec: ModelSpec = registry.find("models", _component(experiment, suite).name, where=where)
    chosen, ruled = _component(experiment, suite).parameters, experiment.protocol.parameters
    try:
        models.check_parameters(spec, chosen)
        check_types({**default_arguments(spec.build), **spec.parameters}, chosen, f"model {spec.name!r}")
        protocols.with_defaults(protocol.parameters, ruled, f"protocol {protocol.name!r}")
        check_types(protocol.parameters, ruled, f"protocol {protocol.name!r}")
        _check_streams(experiment, spec, registry)
    except EmobenchError as error:
        raise EmobenchError(f"{error.where}: {error.what}", where=where, remedy=error.remedy) from error


def _component(experiment: Experiment, suite: Suite) -> Component:
    """Return the model that an experiment fits, or applies."""
    fitting = experiment if experiment.model_of is None else _fitting(experiment, suite)
    if fitting.model is None:
        what = (
            "is a fusion and fits no model" if fitting.fusion else f"applies the model of {fitting.model_of!r} itself"
        )
        raise EmobenchError(
            f"{fitting.name!r} {what}",
            where=f"{suite.file.name}, experiment {experiment.name!r}",
            remedy="name an experiment with a model in model_of",
        )
    return fitting.model


def _fitting(experiment: Experiment, suite: Suite) -> Experiment:
    return next(one for one in suite.experiments if one.name == experiment.model_of)


def _with_inputs(experiment: Experiment, suite: Suite) -> Experiment:
    """Return an experiment that applies a fitted model with what it does not say of its inputs as the model was fitted."""
    if experiment.model_of is None:
        return experiment
    fitting = _fitting(experiment, suite)
    takes = experiment.takes or fitting.takes
    known = {name: chosen for name, chosen in fitting.representations.items() if not takes or name in takes}
    own = experiment.representations
    merged = {name: {**known.get(name, {}), **own.get(name, {})} for name in dict.fromkeys((*known, *own))}
    return experiment.model_copy(update={"takes": takes, "representations": merged})


def _check_streams(experiment: Experiment, spec: ModelSpec, registry: Registry) -> None:
    takes = experiment.takes or spec.takes
    where = f"model {spec.name!r}"
    if len(takes) != len(spec.takes):
        raise EmobenchError(
            f"it takes {counted(len(spec.takes), 'stream', 'streams')}, not {len(takes)}",
            where=where,
            remedy="mend takes",
        )
    for name in experiment.representations:
        if name not in takes:
            raise EmobenchError(f"it takes no {name!r}", where=where, remedy=nearest(name, takes))
    for name in takes:
        representation = registry.find("representations", name, where=where)
        modalities = registry.datasets[str(experiment.dataset)].modalities
        if representation.modality not in modalities:
            raise EmobenchError(
                f"it is made from {representation.modality}, {experiment.dataset!r} has {', '.join(modalities)}",
                where=f"representation {name!r}",
                remedy="say with takes which representation the model gets instead",
            )
        parameters = experiment.representations.get(name, {})
        protocols.with_defaults(representation.parameters, parameters, f"representation {name!r}")
        check_types(representation.parameters, parameters, f"representation {name!r}")
        if representation.views != (experiment.pool is not None):
            what, remedy = "gives several views of a sample", "say with pool which fusion combines them"
            if not representation.views:
                what, remedy = "gives one view of a sample", "remove pool"
            raise EmobenchError(what, where=f"representation {name!r}", remedy=remedy)
    if experiment.pool is not None and registry.find("fusions", experiment.pool, where="pool").learns:
        raise EmobenchError("it learns from several models, not from views", where=f"pool {experiment.pool!r}")


def _find_data(chosen: list[Experiment], request: Request, registry: Registry) -> dict[str, datasets.Found]:
    wanted = [registry.datasets[name] for name in dict.fromkeys(e.dataset for e in chosen) if name is not None]
    if request.data is not None:
        return datasets.find(wanted, request.data, registry)
    return {dataset.name: datasets.find_twin(dataset, registry) for dataset in wanted}


@dataclass
class _Planner:
    """Turns experiments into jobs, one after another, so that a fusion finds its members' cells."""

    request: Request
    registry: Registry
    suite: Suite
    found: dict[str, datasets.Found]
    jobs: list[Job] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    cells: dict[str, list[Cell]] = field(default_factory=dict)
    _splits: dict[tuple[str, ...], _Divided] = field(default_factory=dict)
    _leaks: dict[tuple[str, tuple[str, ...]], bool] = field(default_factory=dict)
    _source_of: dict[str, datasets.Source] = field(default_factory=dict)
    _split_of: dict[str, Split] = field(default_factory=dict)
    _code_of: dict[str, dict[str, Code]] = field(default_factory=dict)

    def add(self, experiment: Experiment) -> None:
        try:
            for offset in range(self.request.seeds):
                for job in self._jobs(experiment, offset):
                    if job.cell.provenance == "synthetic" and experiment.name in self.suite.twin.too_small_for:
                        raise _Unavailable("a twin has too few samples for it")
                    self._add_job(job)
        except _Unavailable as unavailable:
            self.skipped.append(Skipped(experiment.name, unavailable.reason, unavailable.unusable))

    def relate(self) -> None:
        """Tell every control and counterpart which cell it stands beside: the first seed's the first, and so on."""
        related = []
        for job in self.jobs:
            n = [cell.id for cell in self.cells[job.cell.experiment]].index(job.cell.id)
            others = self.cells.get(job.cell.control_of or job.cell.counterpart, [])
            beside = others[n].id if n < len(others) else ""
            related.append(job.model_copy(update={"cell": job.cell.model_copy(update={"beside": beside})}))
        self.jobs = related

    def _jobs(self, experiment: Experiment, offset: int) -> list[Job]:
        """Return the cell of an experiment; before it, where its protocol makes folds, the cells of these."""
        if experiment.fusion:
            return [self._fusion(experiment, offset)]
        if experiment.model_of:
            return [self._applied(experiment, offset)]
        if not (names := self._folds(experiment)):
            return [self._model(experiment, offset)]
        jobs = [_marked(self._model(_in_fold(experiment, name), offset), name) for name in names]
        return [*jobs, self._pooled(experiment, dict(zip(names, jobs, strict=True)))]

    def _folds(self, experiment: Experiment) -> tuple[str, ...]:
        """Return the names of the folds to run, none where the protocol makes none or the suite names one of them."""
        assert experiment.protocol is not None
        protocol = self.registry.protocols[experiment.protocol.name]
        chosen = {**protocol.parameters, **experiment.protocol.parameters}
        if chosen.get("fold"):
            return ()
        source = self._source(experiment)
        with _containing(source, protocol.name):
            samples = protocols.classify(source.index.samples, self.registry.label_maps[str(experiment.labels)])
            return tuple(protocol.folds(samples, **chosen))

    def _add_job(self, job: Job) -> None:
        """Add a job, unless it is one that another experiment asked for: on a reduced schedule two may be the same."""
        self.cells.setdefault(job.cell.experiment, []).append(job.cell)
        other = next((one.cell.experiment for one in self.jobs if one.cell.id == job.cell.id), None)
        if other is None:
            self.jobs.append(job)
        elif other != job.cell.experiment and not job.cell.fold:
            reason = f"the same as {other!r} in all that determines the result (cell {job.cell.id})"
            self.skipped.append(Skipped(job.cell.experiment, reason, same_as=other))

    def _source(self, experiment: Experiment) -> datasets.Source:
        found = self.found[str(experiment.dataset)]
        if found.problem is not None:
            raise _Unavailable(str(found.problem), unusable=True)
        if found.source is None:
            raise _Unavailable(f"{self.registry.datasets[found.dataset].title} was not found")
        return found.source

    def _model(self, experiment: Experiment, offset: int) -> Job:
        assert experiment.model is not None
        source = self._source(experiment)
        spec = self.registry.models[experiment.model.name]
        schedule, departures = self._schedule(experiment, source)
        files, hashes = self._files(experiment)
        seed = experiment.seed + offset
        identity = self._identity(
            experiment,
            source,
            spec,
            model=Component(name=spec.name, parameters={**spec.parameters, **experiment.model.parameters, **hashes}),
            schedule=schedule,
            seed=seed,
        )
        if "train" not in identity.split:
            raise EmobenchError(
                f"protocol {identity.protocol.name!r} gives no training part",
                where=f"{self.suite.file.name}, experiment {experiment.name!r}",
                remedy="choose another protocol, or say with model_of whose fitted model is meant",
            )
        departures = (*source.departures, *departures, *self._seed_departure(experiment, seed))
        key = source.dataset, tuple(identity.split.values())
        if key not in self._leaks:
            split = self._divided(experiment, source).split
            identities = self.registry.datasets[source.dataset].identities
            self._leaks[key] = protocols.leaks(source.index.samples, split, identities)
        return self._job(experiment, source, identity, departures=departures, files=files, leaky=self._leaks[key])

    def _applied(self, experiment: Experiment, offset: int) -> Job:
        """Return the job of a model that another cell fits."""
        source = self._source(experiment)
        trained = self._member(str(experiment.model_of), offset)
        if trained.identity.folds:
            raise EmobenchError(
                f"{trained.experiment!r} fits a model for each fold",
                where=f"{self.suite.file.name}, experiment {experiment.name!r}",
                remedy="name an experiment with one split in model_of, or with one fold",
            )
        fitting = next(job for job in self.jobs if job.cell.id == trained.id)
        assert trained.identity.model is not None
        spec = self.registry.models[trained.identity.model.name]
        identity = self._identity(
            experiment,
            source,
            spec,
            model=trained.identity.model,
            schedule=trained.identity.schedule,
            seed=trained.identity.seed,
            trained=trained.id,
            control=self._control(experiment, spec),
        )
        if identity.classes != trained.identity.classes:
            raise EmobenchError(
                f"{trained.experiment!r} was fitted for other classes: {', '.join(trained.identity.classes)}",
                where=f"{self.suite.file.name}, experiment {experiment.name!r}",
                remedy="use its label map",
            )
        limited = self._limited()
        fitted_on = self._source_of[trained.id]
        same = source.content == fitted_on.content
        seen = self._seen(source, trained)
        fitted = (
            text if same or text == datasets.SYNTHETIC else f"{trained.experiment}: {text}"
            for text in trained.departures
        )
        return self._job(
            experiment,
            source,
            identity,
            departures=tuple(dict.fromkeys((*source.departures, *limited, *fitted))),
            files=fitting.files,
            seen=seen,
            provenance=max(source.provenance, trained.provenance, key=PROVENANCES.index),
            leaky=trained.leaky or self._heard(experiment, source, trained, seen),
        )

    def _heard(self, experiment: Experiment, source: datasets.Source, trained: Cell, seen: Mapping[str, str]) -> bool:
        """Tell whether somebody whom a model was fitted on is tested, where both datasets are of the same recordings."""
        fitted_on = self._source_of[trained.id]
        samples, other = source.index.samples, fitted_on.index.samples
        takes = "take" in samples and "take" in other and set(samples["take"]) & (set(other["take"]) - {""})
        if source.content != fitted_on.content and not takes:
            return False  # names of people mean nothing between corpora
        inside = self._fitted_on(trained)
        split = self._divided(experiment, source).split
        tested = {sample for part in split.test_parts for sample in split.parts[part]} - set(seen)
        for column in self.registry.datasets[fitted_on.dataset].identities:
            if column in samples and column in other:
                known = set(other[column][other["sample_id"].isin(inside)]) - {""}
                if known & set(samples[column][samples["sample_id"].isin(tested)]):
                    return True
        return False

    def _control(self, experiment: Experiment, spec: ModelSpec) -> Component | None:
        return (
            None
            if experiment.control is None
            else controls.complete(experiment.control, experiment.takes or spec.takes)
        )

    def _seen(self, source: datasets.Source, trained: Cell) -> dict[str, str]:
        """Return the samples whose take (or, in the same data, which themselves) stand where the model was fitted."""
        fitted_on = self._source_of[trained.id]
        ids = self._fitted_on(trained)
        column = "sample_id" if source.content == fitted_on.content else "take"
        samples, other = source.index.samples, fitted_on.index.samples
        if column not in samples or column not in other:
            return {}
        takes = set(other[column][other["sample_id"].isin(ids)]) - {""}
        what = "it is among the samples" if column == "sample_id" else "its take is among those"
        reason = f"{what} that {trained.experiment} was fitted on"
        return dict.fromkeys(samples["sample_id"][samples[column].isin(takes)], reason)

    def _fitted_on(self, trained: Cell) -> set[str]:
        """Return the samples that a model was fitted on, or had an epoch chosen on."""
        parts = self._split_of[trained.id].parts
        return {sample for part in ("train", "validation") for sample in parts.get(part, ())}

    def _identity(self, experiment: Experiment, source: datasets.Source, spec: ModelSpec, **fitted: Any) -> Identity:
        """Return what a model's cell is, as far as data and representations tell, with what is told of the fitting."""
        assert experiment.protocol is not None
        divided = self._divided(experiment, source)
        label_map = divided.label_map
        protocol = self.registry.protocols[experiment.protocol.name]
        representations = [self.registry.representations[name] for name in experiment.takes or spec.takes]
        pool = [] if experiment.pool is None else [self.registry.fusions[experiment.pool]]
        code = self._code(experiment, spec)
        return Identity(
            dataset=source.dataset,
            fingerprint=source.fingerprint,
            content=source.content,
            labels=f"{label_map.name}@{label_map.version}",
            classes=label_map.classes,
            protocol=Component(
                name=protocol.name, parameters={**protocol.parameters, **experiment.protocol.parameters}
            ),
            split=divided.split.hashes,
            policies=_dropping(experiment.policies),
            representations=tuple(
                Component(name=r.name, parameters={**r.parameters, **experiment.representations.get(r.name, {})})
                for r in representations
            ),
            pool=None if experiment.pool is None else Component(name=experiment.pool),
            precision=self.request.precision,
            results=RESULTS_VERSION,
            code={name: one.hash for name, one in code.items()},
            packages=package_versions(
                [
                    *_PACKAGES,
                    *spec.packages,
                    *(p for fusion in pool for p in fusion.packages),
                    *(p for r in representations for p in (*r.packages, *media.PACKAGES[r.modality])),
                    *imported_packages(code, self.registry),
                ]
            ),
            **fitted,
        )

    def _job(
        self,
        experiment: Experiment,
        source: datasets.Source,
        identity: Identity,
        *,
        departures: tuple[str, ...],
        files: dict[str, str],
        seen: dict[str, str] | None = None,
        provenance: Provenance | None = None,
        leaky: bool = False,
    ) -> Job:
        assert identity.model is not None
        code = self._code(experiment, self.registry.models[identity.model.name])
        cell = Cell(
            id=identity.id,
            suite=self.suite.name,
            experiment=experiment.name,
            identity=identity,
            provenance=provenance or source.provenance,
            headline=self._headline(experiment, identity),
            departures=(
                *departures,
                *self._divided(experiment, source).dropped,
                *self._class_departure(experiment, source),
            ),
            leaky=leaky or self.registry.protocols[identity.protocol.name].leaky,
            uncaptured=tuple(mark for one in code.values() for mark in one.uncaptured),
            files={name: Path(path).name for name, path in files.items()},
            **said_of(experiment),
        )
        self._source_of[cell.id], self._split_of[cell.id] = source, self._divided(experiment, source).split
        return Job(
            cell=cell,
            run=self.request.out / self.suite.name,
            root=source.copy.root,
            form=source.copy.form,
            data=source.data,
            limit=self.request.limit,
            files=files,
            seen=seen or {},
        )

    def _files(self, experiment: Experiment) -> tuple[dict[str, str], dict[str, str]]:
        """Return the local files that the model's parameters name, as paths and as hashes of their content.

        Raises:
            EmobenchError: one is not there; a relative path is looked for beside the suite file.
        """
        assert experiment.model is not None
        spec, paths, hashes = self.registry.models[experiment.model.name], {}, {}
        values = {**default_arguments(spec.build), **spec.parameters, **experiment.model.parameters}
        for name in spec.files:
            if value := values.get(name):
                path = self.suite.file.parent / Path(str(value)).expanduser()
                paths[name], hashes[name] = str(path), file_hash(path, experiment.name)
        return paths, hashes

    def _divided(self, experiment: Experiment, source: datasets.Source) -> _Divided:
        assert experiment.protocol is not None
        policies = _dropping(experiment.policies)
        key = (
            source.dataset,
            str(experiment.labels),
            experiment.protocol.model_dump_json(),
            str(sorted(policies.items())),
        )
        if key not in self._splits:
            label_map = self.registry.label_maps[str(experiment.labels)]
            protocol = self.registry.protocols[experiment.protocol.name]
            with _containing(source, protocol.name):
                samples = protocols.classify(source.index.samples, label_map)
                split = protocols.divide(samples, protocol, experiment.protocol.parameters, self.request.limit)
                dataset = self.registry.datasets[source.dataset]
                split, dropped = audits.apply_policies(dataset, source, samples, split, policies)
            self._splits[key] = _Divided(split, label_map, dropped)
        return self._splits[key]

    def _schedule(self, experiment: Experiment, source: datasets.Source) -> tuple[Schedule, tuple[str, ...]]:
        """Return the schedule, and in what it departs from the suite's."""
        full = experiment.training.over(Schedule())
        schedule = self.suite.twin.training.over(full) if source.provenance == "synthetic" else full
        if self.request.epochs is not None:
            schedule = dataclasses.replace(schedule, epochs=self.request.epochs)
        departures = schedule_departures(schedule, full)
        departures += self._limited()
        if self.request.precision != "fp32":
            departures.append(self.request.precision)
        return schedule, tuple(departures)

    def _limited(self) -> tuple[str, ...]:
        return (f"at most {self.request.limit:,} samples a part",) if self.request.limit is not None else ()

    def _class_departure(self, experiment: Experiment, source: datasets.Source) -> tuple[str, ...]:
        if source.provenance in ("official", "synthetic"):
            return ()
        label_map = self._divided(experiment, source).label_map
        dataset = self.registry.datasets[source.dataset]
        lacking = datasets.hardly_there(dataset, label_map, source.index.samples)
        return (f"hardly any {', '.join(lacking)}",) if lacking else ()

    def _seed_departure(self, experiment: Experiment, seed: int) -> tuple[str, ...]:
        return () if seed == experiment.seed else (f"seed {seed} (suite: {experiment.seed})",)

    def _code(self, experiment: Experiment, spec: ModelSpec) -> dict[str, Code]:
        """Return the code of every component of a model's cell, by kind and name."""
        assert experiment.protocol is not None
        components = {
            ("label_maps", str(experiment.labels)),
            ("protocols", experiment.protocol.name),
            ("models", spec.name),
            *(("representations", name) for name in experiment.takes or spec.takes),
            *([("fusions", experiment.pool)] if experiment.pool is not None else []),
        }
        dataset = self.registry.datasets[str(experiment.dataset)]
        code = {} if dataset.name in self._code_of else dataset_code(dataset, self.registry)
        code = self._code_of.setdefault(dataset.name, code)
        return code | {f"{kind}/{name}": self._component_code(kind, name) for kind, name in components}

    def _component_code(self, kind: str, name: str) -> Code:
        component = f"{kind}/{name}"
        if component not in self._code_of:
            self._code_of[component] = {component: component_code(kind, name, self.registry)}
        return self._code_of[component][component]

    def _pooled(self, experiment: Experiment, jobs: dict[str, Job]) -> Job:
        """Return the job that puts together what the folds predict."""
        cells = [job.cell for job in jobs.values()]
        first = cells[0].identity
        with _containing(self._source_of[cells[0].id], first.protocol.name):
            split = folds.tested_in_all({name: self._split_of[job.cell.id] for name, job in jobs.items()})
        identity = first.model_copy(
            update={
                "protocol": Component(name=first.protocol.name, parameters={**first.protocol.parameters, "fold": ""}),
                "split": split.hashes,
                "folds": tuple(cell.id for cell in cells),
            }
        )
        cell = Cell(
            id=identity.id,
            suite=self.suite.name,
            experiment=experiment.name,
            identity=identity,
            provenance=cells[0].provenance,
            headline=self._headline(experiment, identity),
            departures=tuple(dict.fromkeys(text for cell in cells for text in cell.departures)),
            leaky=any(cell.leaky for cell in cells),
            uncaptured=_together(cells),
            files=cells[0].files,
            **said_of(experiment),
        )
        return Job(cell=cell, run=self.request.out / self.suite.name)

    def _fusion(self, experiment: Experiment, offset: int) -> Job:
        assert experiment.fusion is not None
        seed = experiment.seed + offset
        members = [self._member(name, offset) for name in experiment.members]
        first = members[0].identity
        for member in members[1:]:
            if _tested_on(member.identity) != _tested_on(first):
                raise EmobenchError(
                    f"{members[0].experiment!r} and {member.experiment!r} are not tested on the same samples",
                    where=f"{self.suite.file.name}, experiment {experiment.name!r}",
                    remedy="a late fusion needs members with the same dataset, labels, protocol and test parts",
                )
        fusion = self.registry.fusions[experiment.fusion.name]
        if fusion.learns and VALIDATION not in first.split:
            raise _Unavailable(f"{fusion.name!r} learns from a validation part, and its members have none")
        code = {f"fusions/{fusion.name}": self._component_code("fusions", fusion.name)}
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
                "seed": seed,
                "code": {name: one.hash for name, one in code.items()},
                "packages": package_versions([*fusion.packages, *imported_packages(code, self.registry)]),
            }
        )
        cell = Cell(
            id=identity.id,
            suite=self.suite.name,
            experiment=experiment.name,
            identity=identity,
            provenance=max((member.provenance for member in members), key=PROVENANCES.index),
            headline=self._headline(experiment, identity) if experiment.headline else members[0].headline,
            departures=tuple(dict.fromkeys(text for member in members for text in member.departures)),
            leaky=any(member.leaky for member in members),
            uncaptured=(*_together(members), *(mark for one in code.values() for mark in one.uncaptured)),
            **said_of(experiment),
        )
        return Job(cell=cell, run=self.request.out / self.suite.name)

    def _headline(self, experiment: Experiment, identity: Identity) -> str:
        where = f"{self.suite.file.name}, experiment {experiment.name!r}"
        return chosen_headline(identity.test_parts, experiment.headline, where=where)

    def _member(self, name: str, offset: int) -> Cell:
        cells = self.cells.get(name, [])
        if len(cells) <= offset:
            reason = next((skip for skip in self.skipped if skip.experiment == name), None)
            if reason is None:
                raise _Unavailable(f"its member {name!r} has no cell")
            raise _Unavailable(reason.reason, unusable=reason.unusable)
        return cells[offset]


@dataclass(frozen=True)
class _Divided:
    """What an experiment is trained and tested on.

    Attributes:
        split: the parts, without what policies drop.
        label_map: what made the classes.
        dropped: a few words about each policy that drops.
    """

    split: Split
    label_map: LabelMap
    dropped: tuple[str, ...]


def _dropping(policies: Mapping[str, str]) -> dict[str, str]:
    """Return the policies that change something; to keep what an audit finds is what happens without one."""
    return {name: policy for name, policy in policies.items() if policy != "keep"}


@contextmanager
def _containing(source: datasets.Source, protocol: str) -> Iterator[None]:
    """Let data that cannot be divided, or a protocol that throws, keep no other experiment from running."""
    try:
        yield
    except EmobenchError as error:
        raise _Unavailable(f"{source.copy.root}: {error}", unusable=True) from error
    except Exception as error:
        raise _Unavailable(str(datasets.plugin_error(protocol, error)), unusable=True) from error


def _in_fold(experiment: Experiment, fold: str) -> Experiment:
    """Return an experiment on one fold; it stands nowhere but in the row of all folds, which alone has what is said of it."""
    assert experiment.protocol is not None
    protocol = Component(name=experiment.protocol.name, parameters={**experiment.protocol.parameters, "fold": fold})
    said = {"published": {}, "note": "", "counterpart": "", "control_of": ""}
    return experiment.model_copy(update={"name": f"{experiment.name}/{fold}", "protocol": protocol, **said})


def _together(cells: Sequence[Cell]) -> tuple[Uncaptured, ...]:
    return tuple(dict.fromkeys(mark for cell in cells for mark in cell.uncaptured))


def _marked(job: Job, fold: str) -> Job:
    return job.model_copy(update={"cell": job.cell.model_copy(update={"fold": fold})})


def schedule_departures(schedule: Schedule, full: Schedule) -> list[str]:
    """Return in what a schedule departs from the one that a suite asks for, a few words each."""
    return [
        f"{name.replace('_', ' ')} {value} (suite: {getattr(full, name)})"
        for name, value in dataclasses.asdict(schedule).items()
        if value != getattr(full, name)
    ]


AT_MOST = r"at most ([\d,]+) samples a part"
"""How a cell says that ``--limit`` left it only some of the samples, for those who look for it."""


def said_of(experiment: Experiment) -> dict[str, Any]:
    """Return what a suite says about an experiment and no result depends on."""
    return {
        "published": experiment.published,
        "note": experiment.note,
        "counterpart": experiment.counterpart,
        "control_of": experiment.controls,
        "selected_on": experiment.selected_on,
    }


class _Unavailable(Exception):  # noqa: N818 - no error: what cannot run is left out, and said so
    """The data of an experiment is not there, or cannot be used."""

    def __init__(self, reason: str, *, unusable: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.unusable = reason, unusable


def file_hash(path: Path, experiment: str) -> str:
    """Return ``sha256:`` and the hash of a file's content.

    Raises:
        EmobenchError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError as error:
        raise EmobenchError(
            f"experiment {experiment!r} cannot read this file: {error.strerror}",
            where=str(path),
            remedy="mend the path",
        ) from error


def _tested_on(identity: Identity) -> tuple[object, ...]:
    return identity.dataset, identity.content, identity.labels, identity.classes, identity.split


def chosen_headline(parts: tuple[str, ...], headline: str | None, *, where: str = "") -> str:
    """Return the test part that ranks.

    Raises:
        EmobenchError: it is none of the parts, or there are several and none was named.
    """
    if headline is None and len(parts) == 1:
        return parts[0]
    if headline is None:
        what, remedy = f"several test parts ({', '.join(parts)})", "say with headline which of them ranks"
        raise EmobenchError(what, where=where, remedy=remedy)
    if headline not in parts:
        raise EmobenchError(f"no test part {headline!r}", where=where, remedy=nearest(headline, parts))
    return headline


def waves(jobs: tuple[Job, ...]) -> Iterator[list[Job]]:
    """Yield jobs in groups: each group needs only results of the groups before it."""
    left, done = list(jobs), set[str]()
    known = {job.cell.id for job in jobs}
    while left:
        ready = [job for job in left if not (set(job.cell.identity.needs) & known) - done]
        yield ready
        done.update(job.cell.id for job in ready)
        left = [job for job in left if job.cell.id not in done]


def copy_of(job: Job) -> Copy:
    """Return the dataset copy that a job names."""
    assert job.root is not None
    return Copy(job.root, job.form)
