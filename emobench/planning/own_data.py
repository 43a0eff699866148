"""Experiments on tables and folders that a suite names, made experiments on named datasets."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from emobench.data import DescribedDataset, own_data, with_datasets
from emobench.errors import EmobenchError
from emobench.plugins import Registry
from emobench.records import Component
from emobench.splits import only_target
from emobench.suites import Experiment, Suite, TableOf


def resolved(experiments: Iterable[Experiment], suite: Suite, registry: Registry) -> tuple[list[Experiment], Registry]:
    """Return experiments with the names of dataset and labels and whole paths of lists, and a registry with the datasets.

    Where the target is no class, its name stands in the place of the label map's.

    Raises:
        EmobenchError: a table cannot be read, or several label maps may be meant.
    """
    datasets: dict[TableOf, DescribedDataset] = {}
    placed = [_placed(each, suite, registry) for each in experiments]
    named = [_named(each, _whole(each, placed, suite), suite, datasets) for each in placed]
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


def _whole(experiment: Experiment, others: Iterable[Experiment], suite: Suite) -> TableOf | None:
    """Return the table of an experiment with the values and votes that any experiment names of it; ``None`` without one.

    Raises:
        EmobenchError: two of them name other values, or other votes.
    """
    of = experiment.dataset
    if not isinstance(of, TableOf):
        return None
    whole = of
    for each in others:
        table = each.dataset
        if not isinstance(table, TableOf) or table.but_for_numbers != of.but_for_numbers:
            continue
        for kind in ("values", "votes"):
            mine, theirs = getattr(whole, kind), getattr(table, kind)
            if mine and theirs and mine != theirs:
                where = f"{suite.origin(experiment.name).file.name}, experiment {experiment.name!r}"
                what = f"{each.name!r} names other {kind} of {of.table}"
                raise EmobenchError(what, where=where, remedy="name the same in both, or give one dataset another name")
            whole = whole.model_copy(update={kind: mine or theirs})
    return whole


def _named(
    experiment: Experiment, whole: TableOf | None, suite: Suite, datasets: dict[TableOf, DescribedDataset]
) -> Experiment:
    of = experiment.dataset
    if whole is None or not isinstance(of, TableOf):
        return experiment
    if whole not in datasets:
        path = suite.origin(experiment.name).file.parent / Path(of.table).expanduser()
        own = own_data(
            path,
            of.dataset_name,
            of.columns,
            group_from=of.group_from,
            label_names=of.label_names,
            numbers=whole.numbers,
        )
        datasets[whole] = own.dataset
    target = experiment.target or (of.usual_target if experiment.labels is None else None)
    if target is None and experiment.labels is None and of.numbers.named:
        where = f"{suite.origin(experiment.name).file.name}, experiment {experiment.name!r}"
        raise EmobenchError("values and votes are both named", where=where, remedy="say target = 'values' or 'votes'")
    return experiment.model_copy(update={"dataset": datasets[whole].name, "target": target})


def _labelled(experiment: Experiment, suite: Suite, registry: Registry) -> Experiment:
    if experiment.dataset is None or experiment.labels is not None:
        return experiment
    if experiment.target is not None:
        return experiment.model_copy(update={"labels": experiment.target})
    where = f"{suite.origin(experiment.name).file.name}, experiment {experiment.name!r}"
    try:
        labels = only_target(registry.find("datasets", str(experiment.dataset), where=where), registry)
    except EmobenchError as error:
        raise EmobenchError(error.what, where=error.where or where, remedy=error.remedy) from error
    return experiment.model_copy(update={"labels": labels})
