"""A multi-layer perceptron on standardised features: scikit-learn's MLPClassifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from emobench import ModelSpec, hookimpl

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def build(
    *,
    hidden: Sequence[int] = (256, 128),
    epochs: int,
    batch_size: int,
    learning_rate: float,
    weight_decay: float,
) -> Pipeline:
    """Return a pipeline of StandardScaler and MLPClassifier (ReLU, softmax, cross-entropy, Adam).

    Args:
        hidden: units of each hidden layer.
        epochs: passes over the training part, all of them: scikit-learn would stop when the training loss stops falling,
            and the row would not say so.
        batch_size: samples a step; a smaller training part is one batch.
        learning_rate: initial learning rate of Adam.
        weight_decay: scikit-learn's ``alpha``: L2 penalty on the weights, divided by the batch size.
    """
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    classifier = MLPClassifier(
        hidden_layer_sizes=tuple(hidden),
        activation="relu",
        solver="adam",
        alpha=weight_decay,
        batch_size=batch_size,
        learning_rate_init=learning_rate,
        max_iter=epochs,
        n_iter_no_change=epochs,
    )
    return make_pipeline(StandardScaler(), classifier)


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register ``mlp``."""
    return [
        ModelSpec(
            name="mlp",
            title="MLP",
            build=build,
            takes=("mfcc-chroma-mel",),
            parameters={"hidden": (256, 128)},
            citation="Rumelhart, Hinton, Williams: Learning representations by back-propagating errors. Nature 1986.",
            packages=("scikit-learn",),
        )
    ]
