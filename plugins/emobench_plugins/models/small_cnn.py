"""A small convolutional network for small pictures: an honest baseline that trains in minutes on a CPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from emobench import ModelSpec, hookimpl

if TYPE_CHECKING:
    from torch import nn


def build(
    *,
    classes: int,
    input_shapes: tuple[tuple[int, ...], ...],
    channels: Sequence[int] = (32, 64, 128, 128),
    dropout: float = 0.3,
) -> nn.Module:
    """Return blocks of a 3x3 convolution, batch normalisation, ReLU and 2x2 max pooling, then the mean over the picture.

    Args:
        classes: number of outputs.
        input_shapes: one stream of pictures (channels, height, width), with 2 to the power of the number of blocks
            pixels a side at least.
        channels: of each block.
        dropout: probability of dropping a feature before the classifier.
    """
    from torch import nn

    from emobench_plugins.models.image_networks import image_shape

    (shape,) = input_shapes
    before, _, _ = image_shape(shape, 2 ** len(channels))
    layers: list[nn.Module] = []
    for number in channels:
        block = [
            nn.Conv2d(before, number, 3, padding=1, bias=False),
            nn.BatchNorm2d(number),
            nn.ReLU(),
            nn.MaxPool2d(2),
        ]
        layers += block
        before = number
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout), nn.Linear(before, classes)
    )


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register ``small-cnn``."""
    return [
        ModelSpec(
            name="small-cnn",
            title="Small CNN",
            build=build,
            takes=("gray-face",),
            parameters={"channels": (32, 64, 128, 128), "dropout": 0.3},
            citation="Ioffe, Szegedy: Batch normalization. ICML 2015 (its blocks of convolution, normalisation and ReLU).",
            packages=("torch",),
        )
    ]
