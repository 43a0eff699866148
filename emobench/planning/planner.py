"""From a suite, the data found and the user's wishes to the cells of a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emobench import audits, controls, data, folds, media, protocols
from emobench.cells import PROVENANCES, Cell, Component, Identity, Provenance
from emobench.codehash import code_hash, package_versions
from emobench.contracts import LabelMap, ModelSpec, Schedule, Split
from emobench.errors import EmobenchError
from emobench.planning.departures import schedule_departures
from emobench.planning.identity import PACKAGES, chosen_headline, code_of, dropping, file_hash, tested_on
from emobench.planning.job import Job, Plan, Skipped
from emobench.planning.request import Request
from emobench.planning.selection import choose, with_inputs
from emobench.planning.validation import check_audits, check_names
from emobench.plugins import Registry
from emobench.scoring import VALIDATION
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


def _find_data(chosen: list[Experiment], request: Request, registry: Registry) -> dict[str, data.Found]:
    wanted = [registry.datasets[name] for name in dict.fromkeys(e.dataset for e in chosen) if name is not None]
    if request.data is not None:
        return data.find(wanted, request.data, registry)
    return {dataset.name: data.find_twin(dataset, registry) for dataset in wanted}


@dataclass
class _Planner:
    """Turns experiments into jobs, one after another, so that a fusion finds its members' cells."""

    request: Request
    registry: Registry
    suite: Suite
    found: dict[str, data.Found]
    jobs: list[Job] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    cells: dict[str, list[Cell]] = field(default_factory=dict)
    _splits: dict[tuple[str, ...], _Divided] = field(default_factory=dict)
    _leaks: dict[tuple[str, tuple[str, ...]], bool] = field(default_factory=dict)
    _source_of: dict[str, data.DatasetCopy] = field(default_factory=dict)
    _split_of: dict[str, Split] = field(default_factory=dict)

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

    def _source(self, experiment: Experiment) -> data.DatasetCopy:
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
            text if same or text == data.SYNTHETIC else f"{trained.experiment}: {text}" for text in trained.departures
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

    def _heard(self, experiment: Experiment, source: data.DatasetCopy, trained: Cell, seen: Mapping[str, str]) -> bool:
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

    def _seen(self, source: data.DatasetCopy, trained: Cell) -> dict[str, str]:
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

    def _identity(self, experiment: Experiment, source: data.DatasetCopy, spec: ModelSpec, **fitted: Any) -> Identity:
        """Return what a model's cell is, as far as data and representations tell, with what is told of the fitting."""
        assert experiment.protocol is not None
        divided = self._divided(experiment, source)
        label_map = divided.label_map
        protocol = self.registry.protocols[experiment.protocol.name]
        representations = [self.registry.representations[name] for name in experiment.takes or spec.takes]
        pool = [] if experiment.pool is None else [self.registry.fusions[experiment.pool]]
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
            policies=dropping(experiment.policies),
            representations=tuple(
                Component(name=r.name, parameters={**r.parameters, **experiment.representations.get(r.name, {})})
                for r in representations
            ),
            pool=None if experiment.pool is None else Component(name=experiment.pool),
            precision=self.request.precision,
            code=code_of(experiment, spec, self.registry),
            packages=package_versions(
                [
                    *PACKAGES,
                    *spec.packages,
                    *(p for fusion in pool for p in fusion.packages),
                    *(p for r in representations for p in (*r.packages, *media.PACKAGES[r.modality])),
                ]
            ),
            **fitted,
        )

    def _job(
        self,
        experiment: Experiment,
        source: data.DatasetCopy,
        identity: Identity,
        *,
        departures: tuple[str, ...],
        files: dict[str, str],
        seen: dict[str, str] | None = None,
        provenance: Provenance | None = None,
        leaky: bool = False,
    ) -> Job:
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
        paths, hashes = {}, {}
        for name in self.registry.models[experiment.model.name].files:
            if (value := experiment.model.parameters.get(name)) is not None:
                path = self.suite.file.parent / Path(str(value)).expanduser()
                paths[name], hashes[name] = str(path), file_hash(path, experiment.name)
        return paths, hashes

    def _divided(self, experiment: Experiment, source: data.DatasetCopy) -> _Divided:
        assert experiment.protocol is not None
        policies = dropping(experiment.policies)
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

    def _schedule(self, experiment: Experiment, source: data.DatasetCopy) -> tuple[Schedule, tuple[str, ...]]:
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

    def _class_departure(self, experiment: Experiment, source: data.DatasetCopy) -> tuple[str, ...]:
        if source.provenance in ("official", "synthetic"):
            return ()
        label_map = self._divided(experiment, source).label_map
        dataset = self.registry.datasets[source.dataset]
        lacking = data.hardly_there(dataset, label_map, source.index.samples)
        return (f"hardly any {', '.join(lacking)}",) if lacking else ()

    def _seed_departure(self, experiment: Experiment, seed: int) -> tuple[str, ...]:
        return () if seed == experiment.seed else (f"seed {seed} (suite: {experiment.seed})",)

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
                "code": {**first.code, "folds": code_hash("emobench.folds")},
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
            **said_of(experiment),
        )
        return Job(cell=cell, run=self.request.out / self.suite.name)

    def _fusion(self, experiment: Experiment, offset: int) -> Job:
        assert experiment.fusion is not None
        seed = experiment.seed + offset
        members = [self._member(name, offset) for name in experiment.members]
        first = members[0].identity
        for member in members[1:]:
            if tested_on(member.identity) != tested_on(first):
                raise EmobenchError(
                    f"{members[0].experiment!r} and {member.experiment!r} are not tested on the same samples",
                    where=f"{self.suite.file.name}, experiment {experiment.name!r}",
                    remedy="a late fusion needs members with the same dataset, labels, protocol and test parts",
                )
        fusion = self.registry.fusions[experiment.fusion.name]
        if fusion.learns and VALIDATION not in first.split:
            raise _Unavailable(f"{fusion.name!r} learns from a validation part, and its members have none")
        modules = self.registry.modules["fusions", fusion.name], "emobench.fusions"
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
                "code": dict(zip((f"fusions/{fusion.name}", modules[1]), map(code_hash, modules), strict=True)),
                "packages": package_versions(fusion.packages),
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


@contextmanager
def _containing(source: data.DatasetCopy, protocol: str) -> Iterator[None]:
    """Let data that cannot be divided, or a protocol that throws, keep no other experiment from running."""
    try:
        yield
    except EmobenchError as error:
        raise _Unavailable(f"{source.copy.root}: {error}", unusable=True) from error
    except Exception as error:
        raise _Unavailable(str(data.plugin_error(protocol, error)), unusable=True) from error


def _in_fold(experiment: Experiment, fold: str) -> Experiment:
    """Return an experiment on one fold; it stands nowhere but in the row of all folds, which alone has what is said of it."""
    assert experiment.protocol is not None
    protocol = Component(name=experiment.protocol.name, parameters={**experiment.protocol.parameters, "fold": fold})
    said = {"published": {}, "note": "", "counterpart": "", "control_of": ""}
    return experiment.model_copy(update={"name": f"{experiment.name}/{fold}", "protocol": protocol, **said})


def _marked(job: Job, fold: str) -> Job:
    return job.model_copy(update={"cell": job.cell.model_copy(update={"fold": fold})})


class _Unavailable(Exception):  # noqa: N818 - no error: what cannot run is left out, and said so
    """The data of an experiment is not there, or cannot be used."""

    def __init__(self, reason: str, *, unusable: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.unusable = reason, unusable
