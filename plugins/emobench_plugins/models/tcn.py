"""A temporal convolutional network: residual blocks of dilated convolutions over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench import ModelSpec, hookimpl

if TYPE_CHECKING:
    from torch import nn

CITATION = (
    "Bai, Kolter, Koltun: An empirical evaluation of generic convolutional and recurrent networks for sequence modeling. "
    "arXiv:1803.01271, 2018."
)


def build(
    *,
    classes: int,
    input_shapes: tuple[tuple[int | None, ...], ...],
    channels: int = 64,
    blocks: int = 4,
    kernel: int = 3,
    dropout: float = 0.2,
) -> nn.Module:
    """Return the network; block i, counted from 0, has a dilation of 2 ** i.

    With four blocks and a kernel of 3 a step is seen with 60 others around it.

    Args:
        classes: number of outputs.
        input_shapes: (None, ...) of the one stream.
        channels: of every convolution.
        blocks: how many.
        kernel: steps that a convolution takes; odd.
        dropout: probability of dropping a channel of a sequence, after each convolution.
    """
    from emobench_plugins.models._convolutions_in_time import ConvolutionsInTime

    return ConvolutionsInTime(input_shapes[0], classes, channels, blocks, kernel, dropout)


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register ``tcn``."""
    return [
        ModelSpec(
            name="tcn",
            title="TCN",
            build=build,
            takes=("mfcc-sequence",),
            parameters={"channels": 64, "blocks": 4, "kernel": 3, "dropout": 0.2},
            citation=CITATION,
        )
    ]
