"""Cells whose predictions were made elsewhere: they have a model, no schedule, and nothing that it was fitted on.

The parameters of such a model are ``predictions``, a hash of what it predicts, and ``given``, which is ``probabilities`` or
``labels``. Labels become probabilities of 0 and 1. Metrics that depend on more than the most probable class then mean
nothing, and are left out wherever scores are computed.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal

from emobench.records.audit_report import AuditReport
from emobench.records.identity import Component, Identity
from emobench.records.predictions import probability_columns
from emobench.records.record import Selection

if TYPE_CHECKING:
    import pandas as pd

Given = Literal["probabilities", "labels"]

SELECTION = Selection(kind="elsewhere")
PREDICTIONS_PARAMETER, _GIVEN_PARAMETER = "predictions", "given"


def external_model(name: str, table: pd.DataFrame, given: Given, classes: tuple[str, ...]) -> Component:
    """Return the model of a cell whose predictions are ``table``, read from a file that holds what ``given`` says."""
    parameters = {PREDICTIONS_PARAMETER: predictions_hash(table, classes), _GIVEN_PARAMETER: given}
    return Component(name=name, parameters=parameters)


def predictions_hash(table: pd.DataFrame, classes: tuple[str, ...]) -> str:
    """Return ``sha256:`` and the hash of sorted ids with their float32 probabilities: the same from any file format."""
    import numpy as np

    stored = np.ascontiguousarray(table[probability_columns(classes)].to_numpy(), dtype="<f4")
    lines = sorted(f"{sample}\t{row.tobytes().hex()}" for sample, row in zip(table["sample_id"], stored, strict=True))
    text = "\n".join(lines)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def is_external(identity: Identity) -> bool:
    """Tell whether a cell's predictions were made elsewhere: it has a model, and nobody knows how that was trained."""
    return identity.model is not None and identity.schedule is None and not identity.fitted_on


def has_labels_only(identity: Identity) -> bool:
    """Tell whether a cell's probabilities were made here from labels that were made elsewhere."""
    model = identity.model
    return is_external(identity) and model is not None and model.parameters.get(_GIVEN_PARAMETER) == "labels"


def audits_a_fold(identity: Identity, report: AuditReport) -> bool:
    """Tell whether an audit is of one of the folds whose predictions, put together elsewhere, are a cell."""
    if not is_external(identity) or not report.protocol.parameters.get("fold"):
        return False
    whole = Component(name=report.protocol.name, parameters={**report.protocol.parameters, "fold": ""})
    about = report.dataset, report.content, report.labels, whole
    return about == (identity.dataset, identity.content, identity.labels, identity.protocol)
