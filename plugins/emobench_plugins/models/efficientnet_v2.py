"""EfficientNetV2-M (Tan and Le 2021), as torchvision builds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench import ModelSpec, hookimpl

if TYPE_CHECKING:
    from torch import nn


def build(
    *,
    classes: int,
    input_shapes: tuple[tuple[int, ...], ...],
    dropout: float = 0.3,
    stochastic_depth: float = 0.2,
    weights: str | None = None,
) -> nn.Module:
    """Return torchvision's EfficientNetV2-M with its default initialisation.

    Args:
        classes: number of outputs.
        input_shapes: one stream of images (channels, height, width).
        dropout: probability of dropping a feature before the classifier, where torchvision has it, with its default of 0.3.
        stochastic_depth: probability of leaving out the residual branch of the last block for a sample; it rises from 0 at
            the first block. A parameter of its own: it drops branches and not units, and belongs to the published
            architecture. Without any dropping, both are 0.
        weights: path of a state dict of torchvision's network.
    """
    from torchvision.models import efficientnet_v2_m

    from emobench_plugins.models.image_networks import adapted, image_shape

    (shape,) = input_shapes
    channels, _, _ = image_shape(shape)
    network: nn.Module = efficientnet_v2_m(
        weights=None, num_classes=classes, dropout=dropout, stochastic_depth_prob=stochastic_depth
    )
    return adapted(
        network,
        name="efficientnet_v2_m",
        stem="features.0.0",
        classifier="classifier.1",
        channels=channels,
        weights=weights,
    )


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register ``efficientnet-v2-m``."""
    return [
        ModelSpec(
            name="efficientnet-v2-m",
            title="EfficientNetV2-M",
            build=build,
            takes=("gray-face",),
            parameters={"dropout": 0.3, "stochastic_depth": 0.2},
            citation="Tan, Le: EfficientNetV2: Smaller models and faster training. ICML 2021.",
            packages=("torch", "torchvision"),
            files=("weights",),
        )
    ]
