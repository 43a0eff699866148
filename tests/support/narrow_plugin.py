"""A network of a few hundred weights that stands where the suites have one of a hundred million."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench import ModelSpec, hookimpl
from emobench.contracts import FitContext, Samples
from emobench.plugins import Registry


def build(classes: int, input_shapes: tuple[tuple[int, ...], ...], dropout: float, l2: float, stands_for: str) -> Any:
    """Return a perceptron on what is left of each stream, of any size, when it is averaged to 16 numbers a channel.

    ``l2`` and ``stands_for`` do nothing but tell cells apart that the suite tells apart.
    """
    import torch
    from torch import nn

    class Narrow(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.pool = nn.AdaptiveAvgPool2d(4)
            width = 16 * sum(shape[0] for shape in input_shapes)
            self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(width, classes))

        def forward(self, *streams: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = self.head(torch.cat([self.pool(one).flatten(1) for one in streams], dim=1))
            return logits

    return Narrow()


class NearestMean:
    """Keeps the whole contract: probabilities fall with the distance to the mean of a class."""

    means: NDArray[np.float64]

    def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
        """Take the mean of each class."""
        x, y = self._flat(train), train.y
        self.means = np.stack([x[y == one].mean(axis=0) for one in range(len(train.classes))])

    def predict_proba(self, samples: Samples) -> NDArray[np.float64]:
        """Return (n, k) probabilities."""
        distance = ((self._flat(samples)[:, None] - self.means) ** 2).mean(axis=2)
        weights = np.exp(-distance / distance.mean())
        return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float64)

    def save(self, folder: Path) -> None:
        """Write the means."""
        np.save(folder / "means.npy", self.means)

    def load(self, folder: Path) -> None:
        """Read the means."""
        self.means = np.load(folder / "means.npy")

    def parameter_count(self) -> int | None:
        """Return how many numbers the means have."""
        return self.means.size

    def _flat(self, samples: Samples) -> NDArray[np.float64]:
        return samples.x().reshape(len(samples), -1).astype(np.float64)


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Return the network, for one stream and for two."""
    parameters = {"dropout": 0.0, "l2": 0.0, "stands_for": ""}
    return [
        ModelSpec("narrow-1", build, ("face-image",), parameters),
        ModelSpec("nearest-mean", NearestMean, ("face-image",)),
        ModelSpec("narrow-2", build, ("face-image", "spectrogram-image"), parameters),
    ]


_MODEL = re.compile(
    r'^model = (?:"(?P<alone>[^"]+)"|\{ name = "(?P<name>[^"]+)"(?P<rest>.*) \})$(?P<takes>\ntakes)?', re.M
)


def narrowed(suite: str, registry: Registry, *, keep: frozenset[str]) -> str:
    """Return the text of a suite with this network in place of every model but those to keep, on the same streams."""

    def replaced(matched: re.Match[str]) -> str:
        name = matched["alone"] or matched["name"]
        if name in keep:
            return matched[0]
        streams = registry.models[name].takes
        own = ", ".join(f'"{one}"' for one in streams)
        model = f'model = {{ name = "narrow-{len(streams)}", stands_for = "{name}"{matched["rest"] or ""} }}'
        return f"{model}{matched['takes'] or f'{chr(10)}takes = [{own}]'}"

    return _MODEL.sub(replaced, suite)
