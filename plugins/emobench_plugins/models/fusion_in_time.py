"""Two sequences of one take in one network: aligned in time and joined, or attending to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench import ModelSpec, hookimpl

if TYPE_CHECKING:
    from torch import nn

Shapes = tuple[tuple[int | None, ...], ...]

_TAKES = ("frame-sequence", "mfcc-sequence")


def build_aligned(
    *, classes: int, input_shapes: Shapes, hidden: int = 64, dropout: float = 0.2, drop_stream: float = 0.2
) -> nn.Module:
    """Return a GRU over the steps of both streams, joined where they are at the same time.

    Args:
        classes: number of outputs.
        input_shapes: (None, ...) of two streams.
        hidden: numbers that a step of each stream becomes, and units of the GRU.
        dropout: probability of dropping a unit before the last layer.
        drop_stream: probability that a training sample lacks one of its streams, so that the network learns to do without.
    """
    from emobench_plugins.models._fusion_networks import AlignedStreams

    return AlignedStreams(input_shapes, classes, hidden, dropout, drop_stream)


def build_attending(
    *,
    classes: int,
    input_shapes: Shapes,
    hidden: int = 64,
    heads: int = 4,
    dropout: float = 0.2,
    drop_stream: float = 0.2,
) -> nn.Module:
    """Return a network in which the steps of each stream attend to those of the other.

    Args:
        classes: number of outputs.
        input_shapes: (None, ...) of two streams.
        hidden: numbers that a step of each stream becomes.
        heads: of the attention; they divide ``hidden``.
        dropout: probability of dropping a unit before the last layer.
        drop_stream: probability that a training sample lacks one of its streams, so that the network learns to do without.
    """
    from emobench_plugins.models._fusion_networks import AttendingStreams

    return AttendingStreams(input_shapes, classes, hidden, heads, dropout, drop_stream)


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register ``aligned-gru`` and ``cross-attention``."""
    return [
        ModelSpec(
            name="aligned-gru",
            title="GRU on aligned streams",
            build=build_aligned,
            takes=_TAKES,
            parameters={"hidden": 64, "dropout": 0.2, "drop_stream": 0.2},
            citation="Ngiam et al.: Multimodal deep learning. ICML 2011 (streams that are dropped in training).",
        ),
        ModelSpec(
            name="cross-attention",
            title="Cross-attention",
            build=build_attending,
            takes=_TAKES,
            parameters={"hidden": 64, "heads": 4, "dropout": 0.2, "drop_stream": 0.2},
            citation="Tsai et al.: Multimodal transformer for unaligned multimodal language sequences. ACL 2019.",
        ),
    ]
