"""Experiments on tables and folders that a suite names, made experiments on named datasets."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from emobench.data import DescribedDataset, own_data, with_datasets
from emobench.errors import EmobenchError
from emobench.plugins import Registry
from emobench.records import Component
from emobench.splits import only_label_map
from emobench.suites import Experiment, Suite, TableOf


def resolved(experiments: Iterable[Experiment], suite: Suite, registry: Registry) -> tuple[list[Experiment], Registry]:
    """Return experiments with the names of dataset and labels and whole paths of lists, and a registry with the datasets.

    Raises:
        EmobenchError: a table cannot be read, or several label maps may be meant.
    """
    datasets: dict[TableOf, DescribedDataset] = {}
    named = [_named(_placed(each, suite, registry), suite, datasets) for each in experiments]
    registry = with_datasets(registry, datasets.values())
    return [_labelled(experiment, suite, registry) for experiment in named], registry


def _placed(experiment: Experiment, suite: Suite, registry: Registry) -> Experiment:
    """Return an experiment whose protocol names its files by their whole paths; relative ones are beside the suite file."""
    rule = experiment.protocol
    if rule is None or rule.name not in registry.protocols:
        return experiment
    beside = suite.origin(experiment.name).file.parent.absolute()
    named = {name: rule.parameters[name] for name in registry.protocols[rule.name].files if rule.parameters.get(name)}
    whole = {name: str(beside / Path(str(path)).expanduser()) for name, path in named.items()}
    return experiment.model_copy(
        update={"protocol": Component(name=rule.name, parameters={**rule.parameters, **whole})}
    )


def _named(experiment: Experiment, suite: Suite, datasets: dict[TableOf, DescribedDataset]) -> Experiment:
    of = experiment.dataset
    if of is None or isinstance(of, str):
        return experiment
    if of not in datasets:
        path = suite.origin(experiment.name).file.parent / Path(of.table).expanduser()
        own = own_data(path, of.dataset_name, of.columns, group_from=of.group_from, label_names=of.label_names)
        datasets[of] = own.dataset
    return experiment.model_copy(update={"dataset": datasets[of].name})


def _labelled(experiment: Experiment, suite: Suite, registry: Registry) -> Experiment:
    if experiment.dataset is None or experiment.labels is not None:
        return experiment
    where = f"{suite.origin(experiment.name).file.name}, experiment {experiment.name!r}"
    try:
        labels = only_label_map(registry.find("datasets", str(experiment.dataset), where=where), registry)
    except EmobenchError as error:
        raise EmobenchError(error.what, where=error.where or where, remedy=error.remedy) from error
    return experiment.model_copy(update={"labels": labels})
