"""What torchvision's networks share here: images of any number of channels, and pretrained weights from a file.

It imports torch and is imported by factories only.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from emobench import EmobenchError

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)
"""Of the red, green and blue values in [0, 1]: what torchvision's weights were trained with (transforms of its weights)."""


def image_shape(shape: tuple[int, ...], smallest: int = 1) -> tuple[int, int, int]:
    """Return (channels, height, width) of one stream.

    Raises:
        EmobenchError: it is no image, or one with fewer than ``smallest`` pixels a side.
    """
    if len(shape) != 3:
        raise EmobenchError(
            f"a sample has the shape {_times(shape)}; an image network takes (channels, height, width)",
            remedy="name a representation that gives images",
        )
    channels, height, width = shape
    if min(height, width) < smallest:
        raise EmobenchError(
            f"images of {height}x{width} pixels are too small for the poolings of this network",
            remedy=f"let the representation give at least {smallest} pixels a side",
        )
    return channels, height, width


def adapted(
    network: nn.Module, *, name: str, stem: str, classifier: str, channels: int, weights: str | None
) -> nn.Module:
    """Return a network of torchvision for images of so many channels, with the weights of a file if there is one.

    Args:
        network: as torchvision builds it, for three channels and the classes of the task.
        name: torchvision's name of it, for messages.
        stem: dotted name of its first convolution.
        classifier: dotted name of its last layer.
        channels: of the images.
        weights: path of a state dict; ``None`` leaves the network as it was initialised.
    """
    set_channels(network, stem, channels)
    if weights is None:
        return network
    load_weights(network, Path(weights).expanduser(), name=name, stem=stem, classifier=classifier)
    return nn.Sequential(Standardisation(channels), network)


def set_channels(network: nn.Module, stem: str, channels: int) -> None:
    """Give the first convolution as many input channels as the images have, initialised as torchvision does it.

    For gray images that is one: a gray channel repeated three times computes the same functions (the three kernels act as
    their sum) with three times the weights and multiply-adds in this layer. The constructors of all these networks draw the
    weights of a convolution from a normal distribution of variance 2 / (outputs * kernel height * kernel width), which does
    not depend on the number of input channels; a layer put in later would get PyTorch's own default instead.
    """
    old = network.get_submodule(stem)
    assert isinstance(old, nn.Conv2d)
    if old.in_channels == channels:
        return
    size, stride, padding = old.kernel_size, old.stride, old.padding
    new = nn.Conv2d(channels, old.out_channels, size, stride, padding, bias=old.bias is not None)  # type: ignore[arg-type]
    nn.init.kaiming_normal_(new.weight, mode="fan_out", nonlinearity="relu")
    if new.bias is not None:
        nn.init.zeros_(new.bias)
    parent, _, last = stem.rpartition(".")
    setattr(network.get_submodule(parent), last, new)


class Standardisation(nn.Module):
    """Images in [0, 1] minus ImageNet's mean, divided by its standard deviation: what pretrained weights expect.

    A gray image gets the average over the three colours of both.

    Args:
        channels: one or three.
    """

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        for name, values in (("mean", IMAGENET_MEAN), ("deviation", IMAGENET_DEVIATION)):
            colours = torch.tensor(values).reshape(3, 1, 1)
            # Constants of the architecture and not weights: no part of the state dict.
            buffer = colours if channels == 3 else colours.mean(dim=0, keepdim=True)
            self.register_buffer(name, buffer, persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return (n, channels, height, width) standardised."""
        return (images - self.mean) / self.deviation


def load_weights(network: nn.Module, path: Path, *, name: str, stem: str, classifier: str) -> None:
    """Read pretrained weights into everything but the last layer.

    The last layer stays as it was initialised, also where its size fits: its outputs are other classes, or the same in
    another order. Where the images are gray and the file's first convolution takes three channels, its kernels are summed
    over red, green and blue: a gray image in colour has the same value in all three, so that the sum answers to it as the
    three kernels do to its copies, exactly. (Their mean would answer with a third of that.)

    Raises:
        EmobenchError: the file cannot be read, or does not hold weights of this network.
    """
    remedy = f"give a state dict of torchvision's {name} (a .pth file), or leave the parameter weights out"
    given = _read(path, remedy)
    own = network.state_dict()
    last = {f"{classifier}.weight", f"{classifier}.bias"}
    taken = {key: value for key, value in given.items() if key not in last}
    first = f"{stem}.weight"
    if first in taken and taken[first].dim() == 4 and (taken[first].shape[1], own[first].shape[1]) == (3, 1):
        taken[first] = taken[first].sum(dim=1, keepdim=True)
    # Files from before PyTorch 0.4.1 have no counters of batches; with a fixed momentum nothing reads them.
    wanted = [key for key in own if key not in last and not key.endswith("num_batches_tracked")]
    problems = [f"it has no {key!r}" for key in wanted if key not in taken]
    problems += [f"the network has no {key!r}" for key in taken if key not in own]
    problems += [
        f"{key!r} is {_times(taken[key].shape)} and not {_times(own[key].shape)}"
        for key in wanted
        if key in taken and taken[key].shape != own[key].shape
    ]
    problems += [
        f"{key!r} has values that are not finite" for key, value in taken.items() if not value.isfinite().all()
    ]
    if problems:
        more = f" (and {len(problems) - 1:,} more)" if len(problems) > 1 else ""
        raise EmobenchError(f"no weights of {name}: {problems[0]}{more}", where=str(path), remedy=remedy)
    network.load_state_dict(taken, strict=False)


def _read(path: Path, remedy: str) -> dict[str, torch.Tensor]:
    if not path.is_file():
        raise EmobenchError("there is no such file of weights", where=str(path), remedy=remedy)
    try:
        # Tensors only: a pickle could run code.
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise EmobenchError(
            f"cannot be read as weights ({type(error).__name__})", where=str(path), remedy=remedy
        ) from error
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise EmobenchError("is no state dict: a mapping from names to tensors", where=str(path), remedy=remedy)
    return {str(key): value for key, value in state.items()}


def _times(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "a single number"
