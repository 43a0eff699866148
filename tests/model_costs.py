"""Parameters and multiply-adds of the built-in networks, and the tables of docs/models.md: ``python -m tests.model_costs``.

Networks are built on torch's device ``meta``, where tensors have shapes and no values: VGG-19 costs no memory and no time.
"""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn

from emobench.contracts import ModelSpec

ROOT = Path(__file__).parents[1]

IMAGE_NETWORKS = ("vgg16", "vgg19", "resnet18", "resnet50", "mobilenet-v2", "efficientnet-v2-m")

# What torchvision documents of its weights (num_params and GFLOPS, which are multiply-adds) for 1,000 classes and three
# channels, and the side of the images that the multiply-adds are for.
TORCHVISION = {
    "vgg16": (138_357_544, 15.47, 224),
    "vgg19": (143_667_240, 19.632, 224),
    "resnet18": (11_689_512, 1.814, 224),
    "resnet50": (25_557_032, 4.089, 224),
    "mobilenet-v2": (3_504_872, 0.301, 224),
    "efficientnet-v2-m": (54_139_356, 24.582, 480),
}

# Millions of parameters and thousand millions of multiply-adds, as printed; docs/models.md names the sources.
PUBLISHED = {
    "vgg16": ("138", "15.3"),
    "vgg19": ("144", "19.6"),
    "resnet18": ("–", "1.8"),
    "resnet50": ("25.5", "3.8"),
    "mobilenet-v2": ("3.4", "0.300"),
    "efficientnet-v2-m": ("54", "24"),
}

GRAY, COLOUR = (1, 48, 48), (3, 48, 48)
HERE = [
    *((name, 7, (GRAY,)) for name in ("vgg19", "resnet18", "mobilenet-v2")),
    *((name, 3, (COLOUR,)) for name in ("vgg16", "resnet50", "efficientnet-v2-m")),
    ("vgg16", 7, (COLOUR,)),
    ("spectrogram-cnn", 7, (COLOUR,)),
    ("two-stream-cnn", 3, (COLOUR, COLOUR)),
    ("two-stream-cnn", 3, ((3, 128, 128), (3, 128, 128))),
]


def specs() -> dict[str, ModelSpec]:
    """Return every model that the modules named in pyproject.toml register, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    modules = [name for name in project["entry-points"]["emobench"].values() if ".models." in name]
    registered = [spec for name in modules for spec in importlib.import_module(name).emobench_models()]
    return {spec.name: spec for spec in registered}


def on_meta(name: str, classes: int, shapes: tuple[tuple[int, ...], ...], **parameters: Any) -> nn.Module:
    """Build a network without memory for its weights."""
    with torch.device("meta"):
        module = specs()[name].build(classes=classes, input_shapes=shapes, **parameters)
    assert isinstance(module, nn.Module)
    return module


def parameters(module: nn.Module) -> int:
    """Return the number of trained parameters."""
    return sum(parameter.numel() for parameter in module.parameters())


def multiply_adds(module: nn.Module, *shapes: tuple[int, ...]) -> int:
    """Return the multiply-adds of one sample: those of convolutions and fully connected layers, without their biases.

    Normalisation, activation and pooling are left out, as the literature does.
    """
    total = 0

    def count(layer: nn.Module, _: Any, output: torch.Tensor) -> None:
        nonlocal total
        # Each number of the output is one sum over the weights that lead to it.
        assert isinstance(layer.weight, torch.Tensor)
        total += output.numel() * layer.weight[0].numel()

    hooks = [
        layer.register_forward_hook(count) for layer in module.modules() if isinstance(layer, nn.Conv2d | nn.Linear)
    ]
    device = next(module.parameters()).device
    module.eval()
    module(*(torch.empty((1, *shape), device=device) for shape in shapes))
    for hook in hooks:
        hook.remove()
    return total


def literature() -> Iterator[str]:
    """Yield the rows of the table that sets torchvision's networks beside the literature."""
    yield "| model | image | parameters | torchvision | printed, M | multiply-adds, G | torchvision | printed, G |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for name in IMAGE_NETWORKS:
        documented, operations, side = TORCHVISION[name]
        shape = (3, side, side)
        module = on_meta(name, 1000, (shape,))
        own = f"{parameters(module):,} | {documented:,} | {PUBLISHED[name][0]}"
        work = f"{multiply_adds(module, shape) / 1e9:.3f} | {operations:.3f} | {PUBLISHED[name][1]}"
        yield f"| `{name}` | {_times(shape)} | {own} | {work} |"


def here() -> Iterator[str]:
    """Yield the rows of the table for the images and classes of the suite."""
    yield "| model | classes | images | parameters | multiply-adds, M | against `resnet18` |"
    yield "| --- | ---: | --- | ---: | ---: | ---: |"
    reference = multiply_adds(on_meta("resnet18", 7, (GRAY,)), GRAY)
    for name, classes, shapes in HERE:
        module = on_meta(name, classes, shapes)
        work = multiply_adds(module, *shapes)
        images = " and ".join(map(_times, shapes))
        cost = f"{parameters(module):,} | {work / 1e6:,.1f} | {work / reference:.2f}"
        yield f"| `{name}` | {classes} | {images} | {cost} |"


def _times(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


if __name__ == "__main__":
    print("\n".join([*literature(), "", *here()]))
