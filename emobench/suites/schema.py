"""What a suite file may say; ``docs/suites.md`` has every key, with examples."""

from __future__ import annotations

import dataclasses
import json
import math
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from emobench.contracts import CELL, Augmentation, Modality, Range, Recipe, Schedule
from emobench.data import Numbers, slug
from emobench.errors import EmobenchError, nearest
from emobench.models import MOST, complete_augmentation, number_of_steps
from emobench.records import ChangedSetting, Component, FromPattern, Frozen, PaperReading


def _component(value: Any) -> Any:
    """Accept ``"name"`` and ``{ name = "...", parameter = value }``."""
    if isinstance(value, str):
        return {"name": value}
    if isinstance(value, dict) and "parameters" not in value:
        rest = dict(value)
        name = rest.pop("name", None)
        return {"parameters": rest} | ({} if name is None else {"name": name})
    return value


def _fold_as_text(rule: Component) -> Component:
    """Accept a fold's number where its name is one."""
    fold = rule.parameters.get("fold")
    return Component(name=rule.name, parameters={**rule.parameters, "fold": str(fold)}) if type(fold) is int else rule


Named = Annotated[Component, BeforeValidator(_component)]
Rule = Annotated[Named, AfterValidator(_fold_as_text)]


class Training(Frozen):
    """The part of a schedule that a suite states; what it leaves out keeps the default of :class:`Schedule`."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    epochs: int | None = Field(default=None, ge=1)
    batch_size: int | None = Field(default=None, ge=1)
    learning_rate: float | None = Field(default=None, gt=0)
    weight_decay: float | None = Field(default=None, ge=0)
    optimizer: Literal["adam", "adamw", "sgd"] | None = None

    def over(self, schedule: Schedule) -> Schedule:
        """Return ``schedule`` with what is stated here."""
        own = {each.name for each in dataclasses.fields(Schedule)}
        return dataclasses.replace(schedule, **self.model_dump(exclude_none=True, include=own))


def _augmentation(value: Any) -> Any:
    """Accept ``"name"`` and ``{ name = "...", parameter = value }``, and complete the parameters."""
    component = _component(value)
    if not isinstance(component, dict) or not isinstance(component.get("name"), str):
        return value
    try:
        return complete_augmentation(component["name"], component.get("parameters", {}))
    except EmobenchError as error:
        raise ValueError(f"{error.where}: {error.what}; {error.remedy}") from error


class FullTraining(Training):
    """A schedule, and what else :class:`emobench.contracts.Recipe` has."""

    keep: Literal["last", "best"] = "last"
    patience: int = Field(default=0, ge=0)
    by: str = ""
    warm_up: float = Field(default=0.0, ge=0)
    decay: Literal["", "cosine", "linear"] = ""
    class_weights: Literal["", "balanced"] = ""
    loss: Literal["", "mse", "ccc"] = ""
    accumulate: int = Field(default=1, ge=1)
    augment: tuple[Annotated[Augmentation, BeforeValidator(_augmentation)], ...] = Field(default=(), strict=False)

    @property
    def recipe(self) -> Recipe:
        """What is asked for besides the schedule."""
        return Recipe(**{each.name: getattr(self, each.name) for each in dataclasses.fields(Recipe)})


class Reading(Frozen):
    """A setting of the schedule that the paper does not state so, see :class:`emobench.records.PaperReading`.

    ``value`` is for the schedule as a whole, in words; a single setting has that of ``training``.
    """

    setting: Literal["epochs", "batch_size", "learning_rate", "weight_decay", "optimizer", "schedule"]
    value: str = ""
    stated: str = ""
    where: str = ""


_NO_COLUMNS = {"table", "name", "group_from", "label_names", "values", "votes"}


def _ranges(value: Any) -> Any:
    """Accept columns alone, and a table of columns with their ranges."""
    try:
        return tuple(Numbers.of(value).values.items()) if isinstance(value, list | dict) else value
    except EmobenchError as error:
        raise ValueError(f"{error.what}; {error.remedy}") from error


class TableOf(Frozen):
    """A table, or a folder that says what it is, in the place of a dataset's name.

    Attributes:
        table: path of the file or folder; a relative one is looked for beside the suite file.
        name: of the dataset; that of the file by default.
        path: name of the column with the paths of the files, where it is not the only one that can be meant; and so on.
        group_from: a regular expression that finds the group (the speaker) in a path.
        label_names: the labels in their order, where the table has their numbers from 0.
        values: columns of numbers that are to be told, each with its range.
        votes: columns that say how many raters, or which share of them, chose the class that a column is called.
    """

    table: str
    name: str = ""
    path: str = ""
    label: str = ""
    group: str = ""
    split: str = ""
    take: str = ""
    start: str = ""
    end: str = ""
    id: str = ""
    text: str = ""
    group_from: str = ""
    label_names: tuple[str, ...] = ()
    values: Annotated[tuple[tuple[str, Range], ...], BeforeValidator(_ranges)] = ()
    votes: tuple[str, ...] = ()

    @property
    def numbers(self) -> Numbers:
        """What is said of columns of numbers."""
        return Numbers(dict(self.values), self.votes)

    @property
    def but_for_numbers(self) -> TableOf:
        """The table without what is said of its columns of numbers."""
        return self.model_copy(update={"values": (), "votes": ()})

    @property
    def usual_target(self) -> str | None:
        """The target that is meant where none is named: the numbers, if there are some of one kind."""
        named = [name for name in ("values", "votes") if getattr(self, name)]
        return named[0] if len(named) == 1 else None

    @property
    def dataset_name(self) -> str:
        """What the table is called as a dataset."""
        return self.name or slug(Path(self.table).stem)

    @property
    def columns(self) -> dict[str, str]:
        """What is said of the columns."""
        return {name: value for name, value in self.model_dump(exclude=_NO_COLUMNS).items() if value}


NAME_TAG, TABLE_TAG = "<name>", "<table>"
"""What pydantic puts into the place of a mistake in a dataset; no key of a file is called so."""

OneOf = Annotated[
    Annotated[str, Tag(NAME_TAG)] | Annotated[TableOf, Tag(TABLE_TAG)],
    Discriminator(lambda value: TABLE_TAG if isinstance(value, dict | TableOf) else NAME_TAG),
]


DATASET, ENCODER = "{dataset}", "{encoder}"
"""Placeholders of patterns, see :mod:`emobench.suites.expansion`."""
_PLACEHOLDER = r"\{(dataset|encoder)\}"


class Experiment(Frozen):
    """One combination to evaluate: a model on a dataset, a fitted model on another, or a fusion of other experiments.

    Attributes:
        name: unique in the suite.
        dataset: its name, or a table of the user's own.
        labels: name of a label map; where none is named, the only one that fits the dataset.
        target: instead of labels: the name of a target of the dataset that is votes or values.
        model: with its own parameters.
        model_of: instead of a model, the experiment whose fitted model is applied without being trained again.
        takes: names of representations, or names or sources of encoders, one a stream, instead of those that the model takes
            by itself.
        representations: name of a representation or an encoder to the parameters that differ from its defaults.
        grid: settings of the training or parameters of the model to the values that are tried; validation chooses.
        pool: name of the fusion that combines what is predicted for the views of a sample; where a representation has views.
        fusion: instead of a model.
        members: names of the experiments that a fusion combines.
        headline: the test part that ranks the row; the only one where there is only one.
        ranked_by: the metric that ranks the row, instead of the dataset's.
        seed: of the model; the split has its own seed among the protocol's parameters.
        seeds: so many, counted up from ``seed``, instead of the suite's number: one where nothing is drawn.
        published: metric name to the value that a paper prints.
        note: one or two sentences for the board: what was open, how it was decided.
        counterpart: an experiment that differs from this one by a leaky split alone: the board has the difference.
        control: with model_of, what is done to the inputs of the fitted model, see :mod:`emobench.models.ablations`.
        control_of: the experiment that this one is a control of; said by model_of where there is a ``control``.
        policies: audit name to ``keep``, ``drop-from-training`` or ``drop-from-test``, for the samples that it finds.
        selected_on: the part that the hyperparameters were chosen on, where they were chosen on this data.
        readings: settings of ``training`` that are a reading of the paper; what its words say instead.
        optional: run only where it is asked for by name, or needed by another.
    """

    name: str = Field(pattern=rf"^({_PLACEHOLDER}|[a-z0-9])({_PLACEHOLDER}|[a-z0-9._-])*$")
    dataset: OneOf | None = None
    labels: str | None = None
    target: str | None = None
    protocol: Rule | None = None
    model: Named | None = None
    model_of: str | None = None
    takes: tuple[str, ...] = ()
    representations: dict[str, dict[str, Any]] = {}
    pool: str | None = None
    training: FullTraining = FullTraining()
    grid: dict[str, tuple[Any, ...]] = {}
    fusion: Named | None = None
    members: tuple[str, ...] = ()
    headline: str | None = None
    ranked_by: str = ""
    seed: int = Field(default=0, ge=0, strict=True)
    seeds: int | None = Field(default=None, ge=1, strict=True)
    published: dict[str, Annotated[float, Field(strict=True, allow_inf_nan=False)]] = {}
    note: str = ""
    counterpart: str = ""
    control: Named | None = None
    control_of: str = ""
    policies: dict[str, Literal["keep", "drop-from-training", "drop-from-test"]] = {}
    selected_on: str = ""
    readings: tuple[Reading, ...] = ()
    optional: bool = Field(default=False, strict=True)

    @model_validator(mode="after")
    def _one_kind(self) -> Experiment:
        for key, values in self.grid.items():
            if not values:
                raise ValueError(f"grid: {key} has no value")
            if key in ("by", "augment"):
                raise ValueError(f"grid: {key} cannot be tried: set it under training")
            if key in FullTraining.model_fields:
                for value in values:
                    FullTraining.model_validate({key: value})
        if (number := math.prod(map(len, self.grid.values()))) > MOST:
            raise ValueError(f"grid: {number} combinations, and {MOST} at most are tried")
        if sum(kind is not None for kind in (self.model, self.model_of, self.fusion)) != 1:
            raise ValueError("needs either a model, model_of or a fusion")
        if self.fusion is not None:
            if len(self.members) < 2:
                raise ValueError("a fusion needs at least two members")
            for key in (
                "dataset", "labels", "target", "protocol", "takes", "representations", "pool", "training", "grid", "policies",
            ):  # fmt: skip
                if key in self.model_fields_set:
                    raise ValueError(f"{key!r} belongs to a model; a fusion has that of its members")
            return self
        if self.members:
            raise ValueError("members belong to a fusion")
        for key in ("dataset", "protocol"):
            if getattr(self, key) is None:
                raise ValueError(f"a model needs the key {key!r}")
        for key in ("training", "grid", "seed"):
            if self.model_of is not None and key in self.model_fields_set:
                raise ValueError(f"{key!r} belongs to the experiment that fits the model")
        if self.labels is not None and self.target is not None:
            raise ValueError("it names labels and target: one of the two is told of a sample")
        if len(set(self.takes)) < len(self.takes):
            raise ValueError("two streams of one representation")
        if self.control is not None and self.model_of is None:
            raise ValueError("a control is of a fitted model: say with model_of whose")
        return self

    @property
    def dataset_name(self) -> str:
        """What its dataset is called; empty for a fusion."""
        of = self.dataset
        return of.dataset_name if isinstance(of, TableOf) else of or ""

    @property
    def controls(self) -> str:
        """The experiment that this one is a control of; empty where it is a result of its own."""
        return str(self.model_of) if self.control is not None else self.control_of

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the experiments whose results it is made from."""
        encoding = tuple(name.removeprefix(CELL) for name in self.takes if name.startswith(CELL))
        return (*(self.members if self.model_of is None else (self.model_of,)), *encoding)


Lacking = Literal["no target", "few people", "no people"]
"""Why no experiment can be made of a pattern on a dataset, as a kind of :class:`emobench.records.Skipped`."""


class Expanded(Experiment):
    """An experiment that a pattern was made into; no file has one.

    Attributes:
        pattern: which, and with which encoder.
        folds: number of folds that the pattern asks for, where the data has people for fewer.
        lacking: why the data cannot be used so, and what that is about.
    """

    pattern: FromPattern
    folds: int | None = None
    lacking: tuple[Lacking, str] | None = None

    @property
    def fewer_folds(self) -> tuple[ChangedSetting, ...]:
        """What a row says of its folds where they are fewer than the pattern asks for."""
        if self.folds is None or self.protocol is None:
            return ()
        return (ChangedSetting(setting="folds", value=self.protocol.parameters["folds"], suite=self.folds),)


_LEAST_BATCH = 2
"""Samples; batch normalisation has nothing to normalise by in fewer."""


class TwinTraining(Training):
    """A schedule on synthetic twins; with ``steps``, as many whole epochs as give at least so many of them.

    Without a batch size of its own, batches are as much smaller than the schedule's as makes one epoch enough, if two samples
    a batch do: twins are small, and a step of a small batch is cheap. Steps are those of the optimiser.
    """

    steps: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one_length(self) -> TwinTraining:
        if self.steps is not None and self.epochs is not None:
            raise ValueError("it trains either steps or epochs")
        return self

    def on(self, schedule: Schedule, samples: int, accumulate: int = 1) -> Schedule:
        """Return ``schedule`` with what is stated here, for a training part of so many samples.

        Args:
            schedule: the suite's.
            samples: of the training part.
            accumulate: batches a step, see :class:`emobench.contracts.Recipe`.
        """
        changed = self.over(schedule)
        if self.steps is None:
            return changed
        if self.batch_size is None:
            fitting = max(_LEAST_BATCH, samples // (self.steps * accumulate))
            changed = dataclasses.replace(changed, batch_size=min(changed.batch_size, fitting))
        steps = max(1, number_of_steps(samples, changed.batch_size, accumulate))
        return dataclasses.replace(changed, epochs=-(-self.steps // steps))


class Twin(Frozen):
    """What changes on synthetic twins: the schedules, and which experiments a twin has too few samples for."""

    training: TwinTraining = TwinTraining()
    too_small_for: tuple[str, ...] = ()


class Pattern(Frozen):
    """What the placeholders in the experiments of a suite stand for.

    Attributes:
        modality: that a dataset must have.
        datasets: glob patterns; a dataset that matches one is meant.
        leave_out: glob patterns of those that are not, since others have the same samples.
        twins: names of the datasets whose synthetic twins are meant where there is no data.
        labels: label map of the datasets that several fit.
        people: how many groups a dataset must name at least, so that they can be kept apart.
        encoders: run beside those that the user gives, for comparison.
    """

    modality: Modality
    datasets: tuple[str, ...] = ("*",)
    leave_out: tuple[str, ...] = ()
    twins: tuple[str, ...] = Field(min_length=1)
    labels: str = ""
    people: int = Field(default=3, ge=2, strict=True)
    encoders: tuple[str, ...] = ()


def _check_pattern(each: Experiment) -> None:
    names = DATASET in each.name and ENCODER in each.name and each.model is not None
    if each.dataset != DATASET or ENCODER not in each.takes or not names:
        said = f"a pattern has a model, {DATASET} as dataset, {ENCODER} in takes, and both in its name"
        raise ValueError(f"experiment {each.name!r}: {said}")
    for key in ("published", "model_of", "counterpart", "control_of", "labels", "target", "readings"):
        if getattr(each, key):
            raise ValueError(f"experiment {each.name!r}: {key} is of one dataset, and a pattern is of many")


class Suite(Frozen):
    """A suite file.

    Attributes:
        format: version of the file format; written ``schema`` in the file.
        stop_on: names of the audits that keep a cell from being run where they find something.
        seeds: so many for each experiment of its own file, counted up from that of the experiment, unless the user asks for
            another number.
        name: from the file's name.
        base: the suite that it extends, whose experiments it has before its own; ``None`` where it extends none.
        extends: name of that suite, or its path beside this file.
        title: one line.
        description: for ``emobench list suites`` and the head of the board.
        claims: the ledger of the numbers that the papers print, a file beside this one; empty if there is none.
        pattern: what placeholders stand for, in a suite whose experiments are patterns.
        own: the experiments of the file, in its order; written ``experiments`` there.
    """

    format: Literal[1] = Field(alias="schema")
    name: str
    file: Path
    base: Suite | None = None
    extends: str = ""
    title: str
    description: str = ""
    claims: str = ""
    twin: Twin = Twin()
    stop_on: tuple[str, ...] = ()
    seeds: int = Field(default=1, ge=1, strict=True)
    pattern: Pattern | None = None
    own: tuple[Experiment, ...] = Field(alias="experiments", min_length=1)

    @model_validator(mode="after")
    def _patterns(self) -> Suite:
        if self.pattern is None:
            for each in self.own:
                if "{" in each.name or "{" in each.dataset_name:
                    raise ValueError(f"experiment {each.name!r} has a placeholder, and there is no table [pattern]")
            if self.base is not None and self.base.pattern is not None:
                raise ValueError(f"{self.base.name!r} has patterns, and cannot be extended")
            return self
        for key in ("extends", "claims"):
            if getattr(self, key):
                raise ValueError(f"{key}: a suite with patterns has none")
        for each in self.own:
            _check_pattern(each)
        return self

    @model_validator(mode="after")
    def _names(self) -> Suite:
        names = self.by_name
        before = set(self.base.by_name) if self.base else set()
        for experiment in self.own:
            if self.base and experiment.name in self.base.by_name:
                raise ValueError(f"{self.base.name!r}, which it extends, has an experiment {experiment.name!r} too")
            if experiment.name in before:
                raise ValueError(f"two experiments are named {experiment.name!r}")
            where = f"experiment {experiment.name!r}"
            for member in experiment.needs:
                # Members come first, so that a suite can be read (and run) from top to bottom.
                if member not in before:
                    raise ValueError(f"{where}: no experiment {member!r} before it; {nearest(member, before)}")
            before.add(experiment.name)
            if experiment.counterpart and experiment.controls:
                raise ValueError(f"{where} is either a control or a counterpart")
            if other := experiment.counterpart or experiment.controls:
                if other == experiment.name:
                    raise ValueError(f"{where} cannot be read beside itself")
                if other not in names:
                    raise ValueError(f"{where}: no experiment {other!r}; {nearest(other, names)}")
                if names[other].controls:
                    raise ValueError(f"{where}: {other!r} is a control, which has none itself")
        own = [experiment.name for experiment in self.own]
        for name in self.twin.too_small_for:
            if name in names and name not in own:
                raise ValueError(f"twin.too_small_for: {name!r} is not of this file, and what it extends decides")
            if name not in names:
                raise ValueError(f"twin.too_small_for: no experiment {name!r}; {nearest(name, own)}")
        return self

    @property
    def parts(self) -> tuple[Suite, ...]:
        """The suite that extends none first, each before the one that extends it, this one last."""
        return (*self.base.parts, self) if self.base else (self,)

    @cached_property
    def experiments(self) -> tuple[Experiment, ...]:
        """All experiments: those of the suite that it extends, and its own."""
        return tuple(experiment for part in self.parts for experiment in part.own)

    @property
    def twin_training(self) -> TwinTraining:
        """How its own experiments train on twins: where it does not say, as those of the suite that it extends."""
        said = self.base is None or "training" in self.twin.model_fields_set
        return self.twin.training if said or self.base is None else self.base.twin_training

    def holds(self, suite: str) -> bool:
        """Tell whether the cells of a suite, by its name, are also cells of this one."""
        return any(part.name == suite for part in self.parts)

    def origin(self, experiment: str) -> Suite:
        """Return the suite in whose file an experiment stands: its cells have that suite's name, here and there."""
        return self._origins[experiment]

    @cached_property
    def _origins(self) -> dict[str, Suite]:
        return {each.name: part for part in self.parts for each in part.own}

    @cached_property
    def by_name(self) -> dict[str, Experiment]:
        """The experiments by their names."""
        return {experiment.name: experiment for experiment in self.experiments}

    @cached_property
    def _by_content(self) -> dict[str, list[str]]:
        names: dict[str, list[str]] = {}
        for experiment in self.experiments:
            names.setdefault(_content(experiment), []).append(experiment.name)
        return names

    def same_as(self, experiment: Experiment) -> str | None:
        """Return the first other experiment that is the same in all but its name and what is said of it."""
        return next((name for name in self._by_content[_content(experiment)] if name != experiment.name), None)


def _content(experiment: Experiment) -> str:
    said = {"name", "seeds", "ranked_by", "readings", "optional", *said_of(experiment)}
    return json.dumps(experiment.model_dump(exclude=said), sort_keys=True, default=repr)


def readings(experiment: Experiment) -> tuple[PaperReading, ...]:
    """Return in what an experiment's schedule is a reading of the paper."""
    schedule = dataclasses.asdict(experiment.training.over(Schedule()))
    return tuple(
        PaperReading.model_validate(
            {**reading.model_dump(), "value": reading.value or schedule.get(reading.setting, "not said")}
        )
        for reading in experiment.readings
    )


def said_of(experiment: Experiment) -> dict[str, Any]:
    """Return what a suite says about an experiment and no result depends on."""
    return {
        "published": experiment.published,
        "note": experiment.note,
        "counterpart": experiment.counterpart,
        "control_of": experiment.controls,
        "selected_on": experiment.selected_on,
    }
