"""ResNet-18 and ResNet-50 (He et al. 2016), as torchvision builds them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from emobench import ModelSpec, hookimpl

if TYPE_CHECKING:
    from torch import nn


def build(
    depth: int,
    *,
    classes: int,
    input_shapes: tuple[tuple[int, ...], ...],
    dropout: float = 0.0,
    weights: str | None = None,
) -> nn.Module:
    """Return torchvision's ResNet with its default initialisation.

    torchvision's ResNet-50 has the stride of a bottleneck in its 3x3 convolution and not, as published, in the 1x1
    convolution before it: the same parameters, 4.1 instead of 3.8 thousand million multiply-adds.

    Args:
        depth: 18 or 50.
        classes: number of outputs.
        input_shapes: one stream of images (channels, height, width).
        dropout: probability of dropping a feature before the classifier, the one place where it needs no change of the
            residual blocks. The publication and torchvision have none, so the default is 0.
        weights: path of a state dict of torchvision's network.
    """
    from torch import nn
    from torchvision import models

    from emobench_plugins.models.image_networks import adapted, image_shape

    (shape,) = input_shapes
    channels, _, _ = image_shape(shape)
    name = f"resnet{depth}"
    network = getattr(models, name)(weights=None, num_classes=classes)
    module = adapted(network, name=name, stem="conv1", classifier="fc", channels=channels, weights=weights)
    if dropout:
        network.fc = nn.Sequential(nn.Dropout(dropout), nn.Linear(network.fc.in_features, classes))
    return module


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register ``resnet18`` and ``resnet50``."""
    return [
        ModelSpec(
            name=f"resnet{depth}",
            title=f"ResNet-{depth}",
            build=partial(build, depth),
            takes=("gray-face",),
            parameters={"dropout": 0.0},
            citation="He, Zhang, Ren, Sun: Deep residual learning for image recognition. CVPR 2016.",
            packages=("torch", "torchvision"),
            files=("weights",),
        )
        for depth in (18, 50)
    ]
