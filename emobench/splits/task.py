"""What a model is asked: a copy of a dataset under labels, a rule, policies and a limit, each made once in a process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from emobench import audits
from emobench.contracts import Copy, Dataset, LabelMap, Split, SplitProtocol, Target, emotion_of
from emobench.data import (
    DatasetCopy,
    DescribedDataset,
    Found,
    few_of_class,
    find_copies,
    find_own,
    find_twin,
    named_data,
    open_copy,
    own_label_maps,
    plugin_errors,
    with_datasets,
)
from emobench.errors import EmobenchError, nearest
from emobench.plugins import Registry
from emobench.records import Component, Departure, FewOfClass, LeftOut, NotInData
from emobench.splits import division, folds, targets
from emobench.splits.lists import files_hash

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Task:
    """Which samples of which data, and which parts of them. What is derived is computed when it is first asked for.

    Attributes:
        dataset: its plugin.
        copy: of the dataset: its files and its index.
        asked: what is told of a sample: the label map that makes the classes, or another target of the dataset.
        protocol: the rule.
        parameters: of the rule, all of them, and ``hold_out`` where it is set.
        limit: at most so many samples of each part.
        policies: audit name to what is dropped of the samples that it finds.
    """

    dataset: Dataset
    copy: DatasetCopy
    asked: LabelMap | Target
    protocol: SplitProtocol
    parameters: Mapping[str, Any]
    _classified: Callable[[], pd.DataFrame]
    limit: int | None = None
    policies: Mapping[str, str] = field(default_factory=dict)
    _in_fold: dict[str, Task] = field(default_factory=dict, init=False, repr=False)

    @property
    def labels(self) -> str:
        """The label map, as ``name@version``; the name of another target."""
        return f"{self.asked.name}@{self.asked.version}" if isinstance(self.asked, LabelMap) else self.asked.name

    @property
    def label_map(self) -> LabelMap | None:
        """What makes the classes; ``None`` where the target is another one."""
        return self.asked if isinstance(self.asked, LabelMap) else None

    @property
    def target(self) -> Target | None:
        """What is told of a sample; ``None`` where that is one class."""
        return self.asked if isinstance(self.asked, Target) else None

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes, or the dimensions of values, in the order of columns."""
        return self.asked.classes if isinstance(self.asked, LabelMap) else self.asked.names

    @property
    def rule(self) -> Component:
        """The protocol with its parameters, as a cell names it: a file by its name and what is in it."""
        return Component(name=self.protocol.name, parameters={**self.parameters, **self._contents})

    @property
    def files(self) -> dict[str, str]:
        """The parameters of the protocol that are paths, as they are on this machine."""
        return {name: str(self.parameters[name]) for name in self.protocol.files if self.parameters[name]}

    @cached_property
    def _contents(self) -> dict[str, str]:
        return {name: f"{Path(path).name} {files_hash(path)}" for name, path in self.files.items()}

    @property
    def samples(self) -> pd.DataFrame:
        """The index with a truth, see :mod:`emobench.splits.targets`.

        Raises:
            EmobenchError: the labels do not suit the data.
        """
        return self._classified()

    @cached_property
    def folds(self) -> tuple[str, ...]:
        """Names of the folds; none where the rule makes none, or one of them was chosen.

        Raises:
            EmobenchError: the rule does not suit the data, or its plugin throws.
        """
        if self.parameters.get("fold"):
            return ()
        self._check_people()
        with plugin_errors(self.protocol.name):
            own = division.own_parameters(self.protocol, self.parameters)
            return tuple(self.protocol.folds(self.samples, **own))

    def in_fold(self, fold: str) -> Task:
        """Return the task that one fold is."""
        if fold not in self._in_fold:
            self._in_fold[fold] = replace(self, parameters={**self.parameters, "fold": fold})
        return self._in_fold[fold]

    @cached_property
    def by_fold(self) -> Mapping[str, Task]:
        """Fold to its task; the task itself, with the name ``""``, where there are no folds or one of them was chosen."""
        return {fold: self.in_fold(fold) for fold in self.folds} or {"": self}

    @property
    def split(self) -> Split:
        """The parts, without what policies drop; of a task without folds.

        Raises:
            EmobenchError: rule or policies do not suit the data, or the rule's plugin throws.
        """
        return self._divided[0]

    @property
    def dropped(self) -> tuple[LeftOut, ...]:
        """What each policy that drops left out."""
        return self._divided[1]

    @cached_property
    def _divided(self) -> tuple[Split, tuple[LeftOut, ...]]:
        self._check_people()
        with plugin_errors(self.protocol.name):
            split = division.divide(self.samples, self.protocol, dict(self.parameters), self.limit)
            kept, lost = audits.apply_policies(self.dataset, self.copy, self.samples, split, self.policies, self.target)
        return replace(kept, unmatched=split.unmatched), lost

    def _check_people(self) -> None:
        """Refuse to keep people apart in data of the user's own that names nobody, and say how to name them."""
        own = isinstance(self.dataset, DescribedDataset) and self.dataset.descriptor.private
        if not own or self.parameters.get("by") != "group" or (self.samples["group"] != "").any():
            return
        assert isinstance(self.dataset, DescribedDataset)
        others = ", ".join(self.dataset.further_columns())
        column = f"name their column as group (there are {others}), " if others else "add a column group, "
        what = (
            f"protocol {self.protocol.name!r} keeps people apart, and {self.dataset.name!r} does not say who they are"
        )
        raise EmobenchError(what, remedy=f"{column}or find them in the paths with group_from")

    @cached_property
    def splits(self) -> Mapping[str, Split]:
        """Fold to parts; one entry, with the name ``""``, where there are no folds or one of them was chosen."""
        return {fold: task.split for fold, task in self.by_fold.items()}

    @cached_property
    def scored(self) -> Split:
        """What a row is scored on: the split itself, or the test parts of all folds together."""
        return self.splits[""] if "" in self.splits else folds.tested_in_all(self.splits)

    @cached_property
    def leaky(self) -> bool:
        """Whether what identifies a speaker or a take is on both sides of a split, as the protocol says or as found."""
        index, identities = self.copy.index.samples, self.dataset.identities
        return self.protocol.leaky or any(division.leaks(index, split, identities) for split in self.splits.values())

    @cached_property
    def lacking(self) -> tuple[FewOfClass, ...]:
        """Classes that a copy hardly has, where it is not known to be the official one."""
        if self.label_map is None:
            return ()
        return few_of_class(self.dataset, self.label_map, self.copy.index.samples, self.copy.provenance)

    @cached_property
    def unlisted(self) -> tuple[NotInData, ...]:
        """How many of the names in somebody's lists no sample has."""
        names = list(dict.fromkeys(name for split in self.splits.values() for name in split.unmatched))
        return (NotInData(number=len(names), examples=tuple(names[:3])),) if names else ()

    @property
    def departures(self) -> tuple[Departure, ...]:
        """In what the copy differs from the official data."""
        return (*self.copy.departures, *self.lacking, *self.unlisted)


class Tasks:
    """What a process opened and divided: whoever asks for the same again gets the same object.

    Data that changes on the disk meanwhile is seen by the next such object alone.

    Attributes:
        registry: of everything that a task names.
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._copies: dict[tuple[str, Copy, Path], DatasetCopy] = {}
        self._classified: dict[tuple[object, ...], Callable[[], pd.DataFrame]] = {}
        self._tasks: dict[tuple[object, ...], Task] = {}
        self._found: dict[tuple[str, Path | None], Found] = {}

    def know(self, datasets: Iterable[DescribedDataset]) -> None:
        """Add datasets that no plugin has to the registry, those that are new."""
        new = [dataset for dataset in datasets if dataset.name not in self.registry.datasets]
        self.registry = with_datasets(self.registry, new) if new else self.registry

    def find(self, names: Iterable[str], folder: Path | None) -> dict[str, Found]:
        """Find datasets under a folder, or their synthetic twins where no folder is named.

        Raises:
            EmobenchError: the folder is none that can be listed.
        """
        asked = list(dict.fromkeys(names))
        known = {name: self._found[name, folder] for name in asked if (name, folder) in self._found}
        datasets = [self.registry.datasets[name] for name in asked if name not in known]
        found = {each.name: find_own(each, self.registry) for each in datasets if _has_place(each)}
        elsewhere = [dataset for dataset in datasets if dataset.name not in found]
        if folder is None:
            found |= {dataset.name: find_twin(dataset, self.registry) for dataset in elsewhere}
        elif elsewhere:
            found |= find_copies(elsewhere, folder, self.registry)
        for name, result in found.items():
            self._found[name, folder] = result
            if result.copy is not None:
                self._copies[name, result.copy.location, result.copy.data] = result.copy
        return {name: (found | known)[name] for name in asked}

    def copy(self, dataset: str, copy: Copy, folder: Path) -> DatasetCopy:
        """Return the copy of a dataset at a known place that was found in a data directory.

        Raises:
            EmobenchError: it cannot be used.
        """
        place = dataset, copy, folder
        if place not in self._copies:
            self._copies[place] = open_copy(self.registry.find("datasets", dataset), copy, folder, self.registry)
        return self._copies[place]

    def task(
        self,
        copy: DatasetCopy,
        labels: str,
        protocol: Component,
        *,
        policies: Mapping[str, str] = MappingProxyType({}),
        limit: int | None = None,
    ) -> Task:
        """Return a task on a copy; it is divided when its parts are first asked for.

        Args:
            copy: of the dataset: its files and its index.
            labels: name of the label map, or of a target of the dataset.
            protocol: the rule, with what is set of its parameters.
            policies: audit name to ``keep``, ``drop-from-training`` or ``drop-from-test``.
            limit: keep at most so many samples of each part.

        Raises:
            EmobenchError: a name or a parameter that does not exist.
        """
        rule: SplitProtocol = self.registry.find("protocols", protocol.name)
        parameters = division.rule_parameters(rule, protocol.parameters)
        # Folds are named, and a command line may have read a number; one of several is remembered by the whole.
        fold = str(parameters.get("fold") or "")
        if "fold" in parameters:
            parameters["fold"] = ""
        dropping = {name: policy for name, policy in policies.items() if policy != "keep"}
        place = copy.dataset, copy.location, copy.content, labels
        key = (*place, rule.name, json.dumps([parameters, dropping, limit], sort_keys=True, default=repr))
        if key not in self._tasks:
            dataset = self.registry.find("datasets", copy.dataset)
            asked = find_target(dataset, labels, self.registry)
            read: Callable[[], pd.DataFrame] = (
                partial(targets.classify, copy.index.samples, asked)
                if isinstance(asked, LabelMap)
                else partial(targets.with_truth, copy.index.samples, asked)
            )
            classified = self._classified.setdefault(place, cache(read))
            self._tasks[key] = Task(dataset, copy, asked, rule, parameters, classified, limit, dropping)
        return self._tasks[key].in_fold(fold) if fold else self._tasks[key]


def _has_place(dataset: Dataset) -> bool:
    """Tell whether a dataset lies where it was named, and needs neither a data folder nor a twin."""
    return isinstance(dataset, DescribedDataset) and dataset.root is not None


def open_task(
    dataset: str,
    protocol: str,
    labels: str | None,
    parameters: Mapping[str, Any],
    folder: Path | None,
    registry: Registry,
    limit: int | None = None,
) -> Task:
    """Find the data, or write its twin if no folder is named, and return the task on it.

    Args:
        dataset: its name, or the path of a table.
        protocol: name of the rule.
        labels: name of a label map, or of a target of the dataset; by default the only one that fits.
        parameters: what is set of the rule's parameters.
        folder: with datasets; ``None`` for the synthetic twin.
        registry: of all of them.
        limit: keep at most so many samples of each part.

    Raises:
        EmobenchError: a name that does not exist, data that is not there, or labels and a rule that do not suit it.
    """
    dataset, registry = named_data(dataset, folder, registry)
    plugin: Dataset = registry.find("datasets", dataset)
    registry.find("protocols", protocol)  # a wrong name is reported before data is looked for
    labels = labels or only_target(plugin, registry)
    find_target(plugin, labels, registry)
    tasks = Tasks(registry)
    found = tasks.find([dataset], folder)[dataset]
    if found.problem is not None:
        raise found.problem
    if found.copy is None:
        raise EmobenchError(f"{plugin.title} was not found", where=str(folder), remedy=plugin.obtain)
    return tasks.task(found.copy, labels, Component(name=protocol, parameters=dict(parameters)), limit=limit)


def find_target(dataset: Dataset, name: str, registry: Registry, where: str = "") -> LabelMap | Target:
    """Return the target of a dataset that has a name, or the label map.

    Raises:
        EmobenchError: there is neither.
    """
    own = {target.name: target for target in dataset.targets}
    if name in own:
        return own[name]
    if name not in registry.label_maps and own:
        maps = [dataset.label_map.name] if isinstance(dataset, DescribedDataset) and dataset.labels else []
        what = f"{dataset.name!r} has no target {name!r}, and there is no such label map"
        raise EmobenchError(what, where=where, remedy=nearest(name, (*own, *maps)))
    found: LabelMap = registry.find("label_maps", name, where=where)
    return found


def only_target(dataset: Dataset, registry: Registry) -> str:
    """Return the name of the only label map that knows every label of a dataset; where none does, its only other target.

    A described dataset has its own label map, which is none of any other dataset.

    Raises:
        EmobenchError: none does, or several do.
    """
    if isinstance(dataset, DescribedDataset) and dataset.labels and dataset.label_map.name in registry.label_maps:
        for label in dataset.labels if dataset.descriptor.private else ():
            others = [each for each in dataset.labels if each != label and emotion_of(each) == emotion_of(label)]
            if others and emotion_of(label):
                what = f"the labels {label!r} and {others[0]!r} mean one emotion"
                remedy = "write them in one way, or name a label map as labels, such as seven-emotions"
                raise EmobenchError(what, where=dataset.name, remedy=remedy)
        return dataset.label_map.name
    own = own_label_maps(registry)
    maps = {name: each for name, each in registry.label_maps.items() if name not in own} if dataset.labels else {}
    fitting = [name for name, label_map in maps.items() if label_map.knows(dataset.labels)]
    if not fitting and dataset.targets:
        fitting = [target.name for target in dataset.targets]
        if len(fitting) > 1:
            what, remedy = f"there are {len(fitting)} targets", f"name one (target, --labels): {', '.join(fitting)}"
            raise EmobenchError(what, where=dataset.name, remedy=remedy)
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        what = f"{len(fitting)} label maps fit {dataset.name!r}"
        raise EmobenchError(what, remedy=f"name one as labels (--labels): {', '.join(fitting)}")
    raise EmobenchError(
        f"no label map fits {dataset.name!r}", remedy=f"register one that knows {', '.join(dataset.labels)}"
    )
