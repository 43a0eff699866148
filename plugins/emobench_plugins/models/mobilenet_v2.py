"""MobileNetV2 (Sandler et al. 2018), as torchvision builds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench import ModelSpec, hookimpl

if TYPE_CHECKING:
    from torch import nn


def build(
    *, classes: int, input_shapes: tuple[tuple[int, ...], ...], dropout: float = 0.2, weights: str | None = None
) -> nn.Module:
    """Return torchvision's MobileNetV2 of width 1 with its default initialisation.

    Args:
        classes: number of outputs.
        input_shapes: one stream of images (channels, height, width).
        dropout: probability of dropping a feature before the classifier, where torchvision has it, with its default of 0.2.
            0 takes it away: that is what a row "without dropout" means in a table whose other rows have 0.2, or it would
            be no different from them.
        weights: path of a state dict of torchvision's network.
    """
    from torchvision.models import mobilenet_v2

    from emobench_plugins.models.image_networks import adapted, image_shape

    (shape,) = input_shapes
    channels, _, _ = image_shape(shape)
    network: nn.Module = mobilenet_v2(weights=None, num_classes=classes, dropout=dropout)
    return adapted(
        network,
        name="mobilenet_v2",
        stem="features.0.0",
        classifier="classifier.1",
        channels=channels,
        weights=weights,
    )


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register ``mobilenet-v2``."""
    return [
        ModelSpec(
            name="mobilenet-v2",
            title="MobileNetV2",
            build=build,
            takes=("gray-face",),
            parameters={"dropout": 0.2},
            citation="Sandler et al.: MobileNetV2: Inverted residuals and linear bottlenecks. CVPR 2018.",
            packages=("torch", "torchvision"),
            files=("weights",),
        )
    ]
