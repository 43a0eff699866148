"""Recurrent networks over time: GRU and LSTM."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from emobench import ModelSpec, hookimpl

if TYPE_CHECKING:
    from torch import nn


def build(
    kind: str,
    /,
    *,
    classes: int,
    input_shapes: tuple[tuple[int | None, ...], ...],
    hidden: int = 64,
    layers: int = 1,
    bidirectional: bool = False,
    dropout: float = 0.2,
) -> nn.Module:
    """Return the network; the mean of its outputs over all steps is classified.

    Args:
        kind: ``"GRU"`` or ``"LSTM"``.
        classes: number of outputs.
        input_shapes: (None, ...) of the one stream.
        hidden: units of a layer, in each direction.
        layers: one above the other.
        bidirectional: whether the sequence is read backwards, too.
        dropout: probability of dropping a unit, between layers and before the last.
    """
    from emobench_plugins.models._recurrent_network import RecurrentNetwork

    return RecurrentNetwork(kind, input_shapes[0], classes, hidden, layers, bidirectional, dropout)


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register ``gru`` and ``lstm``."""
    cited = {
        "GRU": "Cho et al.: Learning phrase representations using RNN encoder-decoder. EMNLP 2014.",
        "LSTM": "Hochreiter, Schmidhuber: Long short-term memory. Neural Computation 9(8), 1997.",
    }
    return [
        ModelSpec(
            name=kind.lower(),
            title=kind,
            build=partial(build, kind),
            takes=("mfcc-sequence",),
            parameters={"hidden": 64, "layers": 1, "bidirectional": False, "dropout": 0.2},
            citation=citation,
        )
        for kind, citation in cited.items()
    ]
