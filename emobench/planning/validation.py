"""Refusing a suite that names what does not exist or does not fit, before anything runs."""

from __future__ import annotations

from emobench import audits, models
from emobench.contracts import ModelSpec
from emobench.errors import EmobenchError, counted, nearest
from emobench.planning.selection import model_component
from emobench.plugins import Registry, check_types, default_arguments, with_defaults
from emobench.suites import Experiment, Suite


def check_audits(suite: Suite) -> None:
    """Refuse a suite that names an audit which does not exist."""
    named = {"stop_on": suite.stop_on}
    named |= {f"experiment {one.name!r}, policies": tuple(one.policies) for one in suite.experiments}
    for where, names in named.items():
        for name in names:
            if name not in audits.AUDITS:
                raise EmobenchError(
                    f"no audit {name!r}", where=f"{suite.file.name}, {where}", remedy=nearest(name, audits.AUDITS)
                )


def check_names(experiment: Experiment, suite: Suite, registry: Registry) -> None:
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
    spec: ModelSpec = registry.find("models", model_component(experiment, suite).name, where=where)
    chosen, ruled = model_component(experiment, suite).parameters, experiment.protocol.parameters
    try:
        models.check_parameters(spec, chosen)
        check_types({**default_arguments(spec.build), **spec.parameters}, chosen, f"model {spec.name!r}")
        with_defaults(protocol.parameters, ruled, f"protocol {protocol.name!r}")
        check_types(protocol.parameters, ruled, f"protocol {protocol.name!r}")
        _check_streams(experiment, spec, registry)
    except EmobenchError as error:
        raise EmobenchError(f"{error.where}: {error.what}", where=where, remedy=error.remedy) from error


def _check_streams(experiment: Experiment, spec: ModelSpec, registry: Registry) -> None:
    takes = experiment.takes or spec.takes
    where = f"model {spec.name!r}"
    if len(takes) != len(spec.takes):
        raise EmobenchError(
            f"it takes {counted(len(spec.takes), 'stream', 'streams')}, not {len(takes)}",
            where=where,
            remedy="fix takes",
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
        with_defaults(representation.parameters, parameters, f"representation {name!r}")
        check_types(representation.parameters, parameters, f"representation {name!r}")
        if representation.views != (experiment.pool is not None):
            what, remedy = "gives several views of a sample", "say with pool which fusion combines them"
            if not representation.views:
                what, remedy = "gives one view of a sample", "remove pool"
            raise EmobenchError(what, where=f"representation {name!r}", remedy=remedy)
    if experiment.pool is not None and registry.find("fusions", experiment.pool, where="pool").learns:
        raise EmobenchError("it learns from several models, not from views", where=f"pool {experiment.pool!r}")
