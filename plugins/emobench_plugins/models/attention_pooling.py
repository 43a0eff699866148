"""Attention pooling: a weighted mean over time, whose weights are learnt. It knows no order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench import ModelSpec, hookimpl

if TYPE_CHECKING:
    from torch import nn


def build(
    *, classes: int, input_shapes: tuple[tuple[int | None, ...], ...], hidden: int = 64, dropout: float = 0.2
) -> nn.Module:
    """Return the network: a layer of ReLU units on each step, their weighted mean, a linear layer.

    Args:
        classes: number of outputs.
        input_shapes: (None, ...) of the one stream.
        hidden: units of a step.
        dropout: probability of dropping a unit of the mean.
    """
    from emobench_plugins.models._attention_network import AttentionPooling

    return AttentionPooling(input_shapes[0], classes, hidden, dropout)


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register ``attention-pooling``."""
    return [
        ModelSpec(
            name="attention-pooling",
            title="Attention pooling",
            build=build,
            takes=("mfcc-sequence",),
            parameters={"hidden": 64, "dropout": 0.2},
            citation="Mirsamadi, Barsoum, Zhang: Automatic speech emotion recognition using recurrent neural networks "
            "with local attention. ICASSP 2017.",
        )
    ]
