"""VGG-16 and VGG-19 (Simonyan and Zisserman 2015, configurations D and E), as torchvision builds them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from emobench import ModelSpec, hookimpl

if TYPE_CHECKING:
    from torch import nn

_SMALLEST = 32  # pixels a side: five poolings halve it


def build(
    depth: int,
    *,
    classes: int,
    input_shapes: tuple[tuple[int, ...], ...],
    dropout: float = 0.5,
    weights: str | None = None,
) -> nn.Module:
    """Return torchvision's VGG with its default initialisation, without batch normalisation, as published.

    The classifier is the published one, 4096 - 4096 - classes, behind an average pooling to 7x7. Images of 224x224 pixels
    arrive there as 7x7; those of 48x48 as 1x1, which the pooling enlarges: the first layer of the classifier sees every
    feature 49 times. That is wasteful and not wrong (the 49 weights act as their sum), and it is what torchvision's VGG
    computes for such images; with fewer weights it would be another network under the same name.

    No batch normalisation follows the first convolution, so that for gray images its outputs begin at 1/sqrt(3) of the size
    that three copies of the channel would give them.

    Args:
        depth: 16 or 19.
        classes: number of outputs.
        input_shapes: one stream of images (channels, height, width) of at least 32 pixels a side.
        dropout: probability of dropping a unit, after each of the two hidden layers of the classifier, where the publication
            and torchvision have it, with a default of 0.5. 0 takes it away: in a table whose rows are told apart by dropout,
            "none" is 0 and not this default, or the row "with dropout 0.2" would have less of it than the row without.
        weights: path of a state dict of torchvision's network.
    """
    from torchvision import models

    from emobench_plugins.models.image_networks import adapted, image_shape

    (shape,) = input_shapes
    channels, _, _ = image_shape(shape, _SMALLEST)
    name = f"vgg{depth}"
    network: nn.Module = getattr(models, name)(weights=None, num_classes=classes, dropout=dropout)
    return adapted(network, name=name, stem="features.0", classifier="classifier.6", channels=channels, weights=weights)


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register ``vgg16`` and ``vgg19``."""
    return [
        ModelSpec(
            name=f"vgg{depth}",
            title=f"VGG-{depth}",
            build=partial(build, depth),
            takes=("gray-face",),
            parameters={"dropout": 0.5},
            citation="Simonyan, Zisserman: Very deep convolutional networks for large-scale image recognition. ICLR 2015.",
            packages=("torch", "torchvision"),
            files=("weights",),
        )
        for depth in (16, 19)
    ]
