"""A task that is named by hand rather than by a suite: a dataset, a label map and a protocol become samples and parts."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench import datasets, folds, protocols
from emobench.cells import Component
from emobench.contracts import Dataset, LabelMap, Split, SplitProtocol
from emobench.departures import Departure
from emobench.errors import EmobenchError
from emobench.plugins import Registry

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Task:
    """What a model is asked: which samples of which data, and which parts of them.

    Attributes:
        dataset: its plugin.
        source: the copy.
        label_map: what makes the classes.
        protocol: the rule.
        parameters: of the rule, all of them.
        samples: the classified index, see :func:`emobench.protocols.classify`.
        splits: fold to parts; one entry, with the name ``""``, where there are no folds or one of them was chosen.
    """

    dataset: Dataset
    source: datasets.Source
    label_map: LabelMap
    protocol: SplitProtocol
    parameters: dict[str, Any]
    samples: pd.DataFrame
    splits: Mapping[str, Split]

    @property
    def labels(self) -> str:
        """The label map, as ``name@version``."""
        return f"{self.label_map.name}@{self.label_map.version}"

    @property
    def rule(self) -> Component:
        """The protocol with its parameters, as a cell names it."""
        return Component(name=self.protocol.name, parameters=self.parameters)

    @cached_property
    def scored(self) -> Split:
        """What a row is scored on: the split itself, or the test parts of all folds together."""
        return self.splits[""] if "" in self.splits else folds.tested_in_all(self.splits)

    @cached_property
    def leaky(self) -> bool:
        """Whether what identifies a speaker or a take stands on both sides of a split, promised or found."""
        index, identities = self.source.index.samples, self.dataset.identities
        return self.protocol.leaky or any(protocols.leaks(index, one, identities) for one in self.splits.values())

    @property
    def departures(self) -> tuple[Departure, ...]:
        """In what the copy differs from the official data."""
        return (*self.source.departures, *datasets.few_of_class(self.dataset, self.label_map, self.source))


def open_task(
    dataset: str,
    protocol: str,
    labels: str | None,
    parameters: Mapping[str, Any],
    data: Path | None,
    registry: Registry,
) -> Task:
    """Find the data, or write its twin, and divide it.

    Args:
        dataset: its name.
        protocol: name of the rule.
        labels: name of a label map; the only one that fits the dataset where none is named.
        parameters: what is set of the rule's parameters.
        data: folder with datasets; ``None`` for the synthetic twin.
        registry: of all of them.

    Raises:
        EmobenchError: a name that does not exist, data that is not there, or labels and a rule that do not suit it.
    """
    plugin: Dataset = registry.find("datasets", dataset)
    rule: SplitProtocol = registry.find("protocols", protocol)
    merged = protocols.with_defaults(rule.parameters, dict(parameters), f"protocol {rule.name!r}")
    if merged.get("fold"):
        merged["fold"] = str(merged["fold"])  # folds are named; a command line may have read a number
    label_map: LabelMap = registry.find("label_maps", labels or only_label_map(plugin, registry))
    return divided(plugin, find_source(plugin, data, registry), label_map, rule, merged)


def divided(
    dataset: Dataset,
    source: datasets.Source,
    label_map: LabelMap,
    rule: SplitProtocol,
    parameters: dict[str, Any],
    limit: int | None = None,
) -> Task:
    """Divide a copy that was found.

    Args:
        dataset: its plugin.
        source: the copy.
        label_map: what makes the classes.
        rule: the protocol.
        parameters: of the rule, all of them.
        limit: keep at most so many samples of each part.

    Raises:
        EmobenchError: labels or rule do not suit the data, or the rule's plugin throws.
    """
    samples = protocols.classify(source.index.samples, label_map)
    try:
        named = () if parameters.get("fold") else tuple(rule.folds(samples, **parameters))
        splits = {
            fold: protocols.divide(samples, rule, {**parameters, "fold": fold} if fold else parameters, limit)
            for fold in named or ("",)
        }
    except EmobenchError:
        raise
    except Exception as error:
        raise datasets.plugin_error(rule.name, error) from error
    return Task(dataset, source, label_map, rule, parameters, samples, splits)


def only_label_map(dataset: Dataset, registry: Registry) -> str:
    """Return the name of the only label map that knows every label of a dataset.

    Raises:
        EmobenchError: none does, or several do.
    """
    fitting = [one.name for one in registry.label_maps.values() if set(dataset.labels) <= set(one.mapping)]
    if len(fitting) == 1:
        return fitting[0]
    what = f"{len(fitting)} label maps fit {dataset.name!r}" if fitting else f"no label map fits {dataset.name!r}"
    raise EmobenchError(
        what,
        remedy=f"name one as labels (--labels): {', '.join(fitting)}"
        if fitting
        else f"register one that knows {', '.join(dataset.labels)}",
    )


def find_source(dataset: Dataset, data: Path | None, registry: Registry) -> datasets.Source:
    """Return the copy of a dataset under a folder, or its synthetic twin where no folder is named.

    Raises:
        EmobenchError: it is not there, or cannot be used.
    """
    found = (
        datasets.find_twin(dataset, registry)
        if data is None
        else datasets.find([dataset], data, registry)[dataset.name]
    )
    if found.problem is not None:
        raise found.problem
    if found.source is None:
        raise EmobenchError(f"{dataset.title} was not found", where=str(data), remedy=dataset.obtain)
    return found.source


def parse_settings(settings: Iterable[str]) -> dict[str, Any]:
    """Read ``name=value`` pairs; a value is read as TOML where it is some, and as text where it is none.

    Raises:
        EmobenchError: a pair without ``=``.
    """
    parsed: dict[str, Any] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not name or not equals:
            raise EmobenchError(f"{setting!r} is no name=value", where="--set", remedy="write, for instance, seed=1")
        try:
            parsed[name] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            parsed[name] = value
    return parsed
