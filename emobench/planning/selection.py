"""Which experiments of a suite are run, and with which inputs and model."""

from __future__ import annotations

import fnmatch

from emobench.errors import EmobenchError, nearest
from emobench.records import Component
from emobench.suites import Experiment, Suite


def choose(suite: Suite, patterns: tuple[str, ...]) -> list[Experiment]:
    """Return the experiments that match a pattern, with those that they need or are read beside.

    Without a pattern these are all that are not optional.
    """
    pending = [] if patterns else [experiment.name for experiment in suite.experiments if not experiment.optional]
    for pattern in patterns:
        matching = fnmatch.filter(suite.by_name, pattern)
        if not matching:
            what = f"no experiment of {suite.name!r} matches {pattern!r}"
            raise EmobenchError(what, where="--only", remedy=nearest(pattern, suite.by_name))
        pending += matching
    chosen: set[str] = set()
    while pending:
        if (name := pending.pop()) not in chosen:
            chosen.add(name)
            experiment = suite.by_name[name]
            same = suite.same_as(experiment)  # one name for a cell, whatever was chosen
            # Without what it is read beside, a control is nothing, and a counterpart has no premium.
            others = filter(None, (same, experiment.controls, experiment.counterpart))
            pending += (*experiment.needs, *others)
    return [experiment for experiment in suite.experiments if experiment.name in chosen]


def with_inputs(experiment: Experiment, suite: Suite) -> Experiment:
    """Return an experiment that applies a fitted model with what it does not say of its inputs as the model was fitted."""
    if experiment.model_of is None:
        return experiment
    fitting = suite.by_name[experiment.model_of]
    takes = experiment.takes or fitting.takes
    known = {name: chosen for name, chosen in fitting.representations.items() if not takes or name in takes}
    own = experiment.representations
    merged = {name: {**known.get(name, {}), **own.get(name, {})} for name in dict.fromkeys((*known, *own))}
    return experiment.model_copy(update={"takes": takes, "representations": merged})


def model_component(experiment: Experiment, suite: Suite) -> Component:
    """Return the model that an experiment fits, or applies."""
    fitting = experiment if experiment.model_of is None else suite.by_name[experiment.model_of]
    if fitting.model is None:
        does = (
            "is a fusion and fits no model" if fitting.fusion else f"applies the model of {fitting.model_of!r} itself"
        )
        where = f"{suite.origin(experiment.name).file.name}, experiment {experiment.name!r}"
        remedy = "name an experiment with a model in model_of"
        raise EmobenchError(f"{fitting.name!r} {does}", where=where, remedy=remedy)
    return fitting.model
