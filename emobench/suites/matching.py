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
    identity = cell.identity
    if is_external(identity):
        return "its predictions were made elsewhere"
    if experiment.fusion is not None:
        return "" if identity.fusion and identity.fusion.name == experiment.fusion.name else "it has another fusion"
    if (experiment.model_of is not None) != bool(identity.trained):
        return "it applies no fitted model" if experiment.model_of else "it applies a fitted model"
    assert experiment.protocol is not None
    asked: dict[str, tuple[str | None, str | None]] = {
        "dataset": (experiment.dataset, identity.dataset),
        "label map": (experiment.labels, identity.labels.partition("@")[0]),
        "protocol": (experiment.protocol.name, identity.protocol.name),
    }
    if experiment.model is not None:
        asked["model"] = experiment.model.name, identity.model.name if identity.model else None
    ruled = identity.protocol.parameters
    for name, value in experiment.protocol.parameters.items():
        if name != "fold":
            asked[f"{name} of the protocol"] = json.dumps(value), json.dumps(ruled.get(name))
    others = (f"its {what} is {found}, not {wanted}" for what, (wanted, found) in asked.items() if wanted != found)
    return next(others, "")
