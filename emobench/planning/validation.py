"""Refusing a suite that names what does not exist or does not fit, before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from emobench import audits, models
from emobench.contracts import Encoder, Kind, ModelSpec, Recipe, Schedule, Target
from emobench.encoders import complete_settings, encodes
from emobench.errors import EmobenchError, counted, nearest
from emobench.planning.selection import model_component
from emobench.plugins import Registry, check_types, default_arguments, with_defaults
from emobench.records import METRICS, can_rank, measures
from emobench.splits import find_target, rule_parameters
from emobench.suites import Experiment, Suite


def check_audits(suite: Suite) -> None:
    """Refuse a suite that names an audit which does not exist."""
    for part in suite.parts:
        named = {"stop_on": part.stop_on}
        named |= {f"experiment {each.name!r}, policies": tuple(each.policies) for each in part.own}
        for place, names in named.items():
            for name in names:
                if name not in audits.AUDITS:
                    where, remedy = f"{part.file.name}, {place}", nearest(name, audits.AUDITS)
                    raise EmobenchError(f"no audit {name!r}", where=where, remedy=remedy)


def check_names(experiment: Experiment, suite: Suite, registry: Registry) -> None:
    """Refuse an experiment that names a component or a parameter which does not exist."""
    where = f"{suite.origin(experiment.name).file.name}, experiment {experiment.name!r}"
    for metric in experiment.published:
        registry.find("metrics", metric, where=f"{where}, published")
    if experiment.ranked_by and not can_rank(experiment.ranked_by):
        remedy = nearest(experiment.ranked_by, filter(can_rank, METRICS))
        raise EmobenchError(f"rows cannot be ranked by {experiment.ranked_by!r}", where=where, remedy=remedy)
    if fusion := experiment.fusion:
        registry.find("fusions", fusion.name, where=where)
        if fusion.parameters:
            raise EmobenchError(f"fusion {fusion.name!r} has no parameters", where=where, remedy="remove them")
        return
    assert experiment.protocol is not None
    dataset = registry.find("datasets", str(experiment.dataset), where=where)
    asked = find_target(dataset, str(experiment.labels), registry, where)
    kind = asked.kind if isinstance(asked, Target) else "class"
    protocol = registry.find("protocols", experiment.protocol.name, where=where)
    model = model_component(experiment, suite)
    spec: ModelSpec = registry.find("models", model.name, where=where)
    try:
        models.check_parameters(spec, model.parameters)
        check_types({**default_arguments(spec.build), **spec.parameters}, model.parameters, f"model {spec.name!r}")
        if spec.kinds and kind not in spec.kinds:
            what = f"model {spec.name!r} takes {' and '.join(spec.kinds)}, and the target is of kind {kind!r}"
            raise EmobenchError(what, where="target", remedy="use another model, or another target")
        _check_kind(experiment, kind, registry)
        _check_selection(experiment, spec, model.parameters, registry)
        rule = rule_parameters(protocol, experiment.protocol.parameters)
        check_types(protocol.parameters, rule, f"protocol {protocol.name!r}")
        _check_streams(experiment, spec, registry)
    except EmobenchError as error:
        raise EmobenchError(f"{error.where}: {error.what}", where=where, remedy=error.remedy) from error


def _check_kind(experiment: Experiment, kind: Kind, registry: Registry) -> None:
    """Refuse what does not suit the kind of target: a metric of another one, a loss or class weights of another one."""
    named = {"ranked_by": experiment.ranked_by, "training.by": experiment.training.by}
    for place, name in named.items():
        if name and name in registry.metrics and not measures(registry.metrics[name], kind):
            what = f"{name!r} is a metric of kind {registry.metrics[name].kind!r}, and the target is of kind {kind!r}"
            fitting = [metric.name for metric in registry.metrics.values() if measures(metric, kind)]
            raise EmobenchError(what, where=place, remedy=f"name one of {', '.join(fitting)}")
    if experiment.training.loss and kind != "values":
        what = f"{experiment.training.loss!r} is a loss of values, and the target is of kind {kind!r}"
        raise EmobenchError(what, where="training.loss", remedy="leave it out: the loss is the cross-entropy")
    if experiment.training.class_weights and kind == "values":
        raise EmobenchError("values have no classes", where="training.class_weights", remedy="leave it out")
    if experiment.pool is not None and kind == "values":
        models.check_combines_values(registry.find("fusions", experiment.pool, where="pool"))


def _check_selection(
    experiment: Experiment, spec: ModelSpec, parameters: Mapping[str, Any], registry: Registry
) -> None:
    """Refuse a metric that does not exist to select by, and values to try that the model does not take."""
    for key in ("training", "grid") if spec.fitted_on else ():
        if getattr(experiment, key) != Experiment.model_fields[key].default:
            what = f"model {spec.name!r} is fitted already, and is not trained here"
            raise EmobenchError(what, where=key, remedy="leave it out")
    if by := experiment.training.by:
        registry.find("metrics", by, where="training.by")
    settings = {each.name for kind in (Schedule, Recipe) for each in fields(kind)}
    for name, values in experiment.grid.items():
        if name in settings:
            continue
        if name in (*spec.files, *spec.encoders):
            what = f"{name!r} names a file, which a grid cannot try"
            raise EmobenchError(what, where=f"model {spec.name!r}", remedy="write an experiment for each file")
        for value in values:
            models.check_parameters(spec, {**parameters, name: value})
            check_types({**default_arguments(spec.build), **spec.parameters}, {name: value}, f"model {spec.name!r}")


def _check_streams(experiment: Experiment, spec: ModelSpec, registry: Registry) -> None:
    takes = experiment.takes or spec.takes
    where = f"model {spec.name!r}"
    if len(takes) != len(spec.takes):
        what = f"it takes {counted(len(spec.takes), 'stream', 'streams')}, not {len(takes)}"
        raise EmobenchError(what, where=where, remedy="fix takes")
    for name in experiment.representations:
        if name not in takes:
            raise EmobenchError(f"it takes no {name!r}", where=where, remedy=nearest(name, takes))
    dataset = registry.datasets[str(experiment.dataset)]
    modalities = dataset.modalities
    for name in takes:
        representation = registry.stream(name, where=where)
        if isinstance(representation, Encoder):
            encodes(representation, dataset)
            complete_settings(representation, experiment.representations.get(name, {}), f"encoder {name!r}", registry)
            continue
        place = f"representation {name!r}"
        if representation.modality not in modalities:
            what = f"it is made from {representation.modality}, {experiment.dataset!r} has {', '.join(modalities)}"
            remedy = "say with takes which representation the model gets instead"
            raise EmobenchError(what, where=place, remedy=remedy)
        chosen = experiment.representations.get(name, {})
        with_defaults(representation.parameters, chosen, place)
        check_types(representation.parameters, chosen, place)
        if representation.views != (experiment.pool is not None):
            what, remedy = "gives several views of a sample", "say with pool which fusion combines them"
            if not representation.views:
                what, remedy = "gives one view of a sample", "remove pool"
            raise EmobenchError(what, where=place, remedy=remedy)
    if experiment.pool is not None and registry.find("fusions", experiment.pool, where="pool").learns:
        raise EmobenchError("it learns from several models, not from views", where=f"pool {experiment.pool!r}")
