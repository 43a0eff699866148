"""The two-stream CNN of paper B (Shahzad et al. 2023), and one of its streams on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench import ModelSpec, hookimpl

if TYPE_CHECKING:
    from torch import nn

_SMALLEST = 16  # pixels a side: four poolings halve it
_CITATION = (
    "Shahzad et al.: A multi-modal deep learning approach for emotion recognition. "
    "Intelligent Automation & Soft Computing 36(2), 2023."
)


def build(
    *,
    classes: int,
    input_shapes: tuple[tuple[int, ...], ...],
    dropout: float = 0.3,
    block_dropout: float = 0.0,
    l2: float = 0.0001,
    batch_norm: bool = True,
) -> nn.Module:
    """Return paper B's network with as many streams as there are inputs.

    The defaults are those of the paper's full model. Each regularisation switches off on its own; the paper ablates
    dropout and L2.

    Args:
        classes: number of outputs.
        input_shapes: a stream of images (channels, height, width) each, of at least 16 pixels a side.
        dropout: probability of dropping a unit, after each hidden fully connected layer.
        block_dropout: probability of dropping a value after each block of convolutions; a normalisation follows, which then
            finds another variance in prediction than in training.
        l2: coefficient of the squared weights of the convolutions, added to the loss.
        batch_norm: whether the convolutions are normalised; the paper names it among the regularisations.
    """
    from emobench_plugins.models.image_networks import image_shape
    from emobench_plugins.models.stream_network import StreamNetwork

    shapes = tuple(image_shape(shape, _SMALLEST) for shape in input_shapes)
    return StreamNetwork(shapes, classes, dropout=dropout, block_dropout=block_dropout, l2=l2, batch_norm=batch_norm)


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register ``two-stream-cnn`` and ``spectrogram-cnn``."""
    takes = {
        ("two-stream-cnn", "Two-stream CNN"): ("face-image", "spectrogram-image"),
        ("spectrogram-cnn", "Spectrogram CNN"): ("spectrogram-image",),
    }
    return [
        ModelSpec(
            name=name,
            title=title,
            build=build,
            takes=streams,
            parameters={"dropout": 0.3, "block_dropout": 0.0, "l2": 0.0001, "batch_norm": True},
            citation=_CITATION,
            packages=("torch",),
        )
        for (name, title), streams in takes.items()
    ]
