"""Whether a cell is what an experiment of a suite asks for."""

from __future__ import annotations

import json

from emobench.records import Cell, is_external
from emobench.suites.schema import Experiment


def misfit(experiment: Experiment, cell: Cell) -> str:
    """Return in what a cell is not the experiment whose name it has; empty where nothing tells.

    Names of components and the protocol's parameters are compared: other schedules, seeds and parameters of the model are
    departures or other cells of the same experiment.
    """
    identity, model, rule = cell.identity, experiment.model, experiment.protocol
    if is_external(identity):
        return "its predictions were made elsewhere"
    if experiment.fusion is not None:
        return "" if identity.fusion and identity.fusion.name == experiment.fusion.name else "it has another fusion"
    if (experiment.model_of is not None) != bool(identity.trained):
        return "it applies no fitted model" if experiment.model_of else "it applies a fitted model"
    assert rule is not None
    compared: dict[str, tuple[str | None, str | None]] = {
        "dataset": (experiment.dataset_name, identity.dataset),
        "protocol": (rule.name, identity.protocol.name),
    }
    if (labels := experiment.labels or experiment.target) is not None:
        compared["label map" if experiment.labels else "target"] = labels, identity.labels.partition("@")[0]
    if model is not None:
        compared["model"] = model.name, identity.model.name if identity.model else None
    for name, value in rule.parameters.items():
        if name != "fold":
            used = identity.protocol.parameters.get(name)
            compared[f"{name} of the protocol"] = json.dumps(value), json.dumps(used)
    misfits = (f"its {what} is {used}, not {asked}" for what, (asked, used) in compared.items() if asked != used)
    return next(misfits, "")
