"""A small perceptron on features that torch trains, so that an epoch can be selected on validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench import ModelSpec, hookimpl

if TYPE_CHECKING:
    from torch import nn


def build(
    *, classes: int, input_shapes: tuple[tuple[int, ...], ...], hidden: int = 256, dropout: float = 0.5
) -> nn.Module:
    """Return batch normalisation of the features in the place of a scaler, one hidden layer with ReLU, and dropout.

    Args:
        classes: number of outputs.
        input_shapes: one stream of features; they are flattened.
        hidden: units.
        dropout: probability of dropping one of them.
    """
    import math

    from torch import nn

    (shape,) = input_shapes
    features = math.prod(shape)
    return nn.Sequential(
        nn.Flatten(),
        nn.BatchNorm1d(features, affine=False),
        nn.Linear(features, hidden),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(hidden, classes),
    )


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register ``feature-mlp``."""
    return [
        ModelSpec(
            name="feature-mlp",
            title="Feature MLP",
            build=build,
            takes=("mfcc-chroma-mel",),
            parameters={"hidden": 256, "dropout": 0.5},
            citation="Rumelhart, Hinton, Williams: Learning representations by back-propagating errors. Nature 1986.",
            packages=("torch",),
        )
    ]
