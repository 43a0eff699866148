"""ResNet-18 (He et al. 2016), as torchvision builds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench import ModelSpec, hookimpl

if TYPE_CHECKING:
    from torch import nn


def build(*, classes: int, input_shapes: tuple[tuple[int, ...], ...], dropout: float = 0.0) -> nn.Module:
    """Return torchvision's ResNet-18 with its default initialisation.

    The first convolution has as many input channels as the images. For gray images that is one: a gray channel repeated
    three times computes the same functions (the three kernels act as their sum, and the batch normalisation that follows
    removes the scale in which they differ), with 6,272 weights and a fifteenth of the multiply-adds more.

    Args:
        classes: number of outputs.
        input_shapes: one stream of images (channels, height, width).
        dropout: probability of dropping a feature before the classifier.
    """
    import torch
    from torchvision.models import resnet18

    ((channels, _, _),) = input_shapes
    module: nn.Module = resnet18(weights=None, num_classes=classes)
    if channels != 3:
        module.conv1 = torch.nn.Conv2d(channels, 64, kernel_size=7, stride=2, padding=3, bias=False)
        # What torchvision's constructor does to every convolution; a new one would get PyTorch's default instead.
        torch.nn.init.kaiming_normal_(module.conv1.weight, mode="fan_out", nonlinearity="relu")
    if dropout:
        module.fc = torch.nn.Sequential(torch.nn.Dropout(dropout), torch.nn.Linear(512, classes))
    return module


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register ``resnet18``."""
    return [
        ModelSpec(
            name="resnet18",
            title="ResNet-18",
            build=build,
            takes=("gray-face",),
            parameters={"dropout": 0.0},
            citation="He, Zhang, Ren, Sun: Deep residual learning for image recognition. CVPR 2016.",
            packages=("torch", "torchvision"),
        )
    ]
