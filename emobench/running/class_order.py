"""Looking whether a model that is fitted already means other classes by its columns than it declares."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from emobench import scoring
from emobench.contracts import Model, Samples, Stream
from emobench.models import ModelInputs, predicted
from emobench.records import VALIDATION, ClassOrder, Identity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST = 2000
"""Training samples that are predicted for it, spread evenly over the part: more would tell no more."""


def probe(
    model: Model, parts: ModelInputs, probabilities: NDArray[np.floating[Any]], identity: Identity
) -> ClassOrder | None:
    """Return another order of the columns that is clearly more accurate; ``None`` where the declared one is as good.

    It is looked for on the validation part, else on the training part, and where the protocol makes neither on the test
    parts: nothing is chosen by it, and no prediction changes.

    Args:
        model: that is fitted already.
        parts: what it was asked.
        probabilities: (n, k) of one view of each sample in ``parts.truth``.
        identity: of the cell.
    """
    import numpy as np

    if identity.kind != "class":
        return None
    known = parts.truth["part"].to_numpy()
    if VALIDATION in known or parts.train is None:
        part = VALIDATION if VALIDATION in known else " and ".join(identity.test_parts)
        chosen = known == VALIDATION if VALIDATION in known else np.full(len(known), True)
        names = {name: place for place, name in enumerate(identity.classes)}
        truth = parts.truth["label"].map(names).to_numpy()[chosen]
        said = np.asarray(probabilities)[chosen].argmax(axis=1)
    else:
        part, some = "train", _some(parts.train, parts.views)
        truth, said = some.y, np.asarray(predicted(model, replace(some, labels=None))).argmax(axis=1)
    confusion = np.zeros((len(identity.classes), len(identity.classes)), dtype=np.int64)
    np.add.at(confusion, (truth, said), 1)
    return scoring.class_order(confusion, identity.classes, part)


def _some(train: Samples, views: int) -> Samples:
    """Return at most :data:`MOST` training samples, one view of each."""
    import numpy as np

    first = np.arange(0, len(train), views)
    chosen = first[np.linspace(0, len(first) - 1, min(MOST, len(first))).round().astype(np.int64)]
    streams = {name: Stream(stream.array, stream.rows[chosen]) for name, stream in train.streams.items()}
    ids = tuple(map(str, range(len(chosen))))
    return replace(train, ids=ids, streams=streams, labels=train.y[chosen])
