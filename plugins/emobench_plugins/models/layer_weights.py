"""A learned weighted sum of the layers of an encoder, and a linear layer; this file imports torch."""

from __future__ import annotations

import torch
from torch import nn

from emobench.errors import EmobenchError


class LayerWeights(nn.Module):
    """Maps (n, layers, d), or (n, d) as one layer, to logits (n, classes).

    Args:
        shape: of a sample: (layers, d) or (d,).
        classes: number of outputs.

    Raises:
        EmobenchError: a sample has another number of axes.
    """

    def __init__(self, shape: tuple[int, ...], classes: int) -> None:
        super().__init__()
        if len(shape) not in (1, 2):
            what = f"a sample has the shape {'x'.join(map(str, shape))}; the probe takes layers and features"
            raise EmobenchError(what, where="layer-weights-probe", remedy='take an encoder with layer = "all"')
        layers = shape[0] if len(shape) == 2 else 1
        self.layers = nn.Parameter(torch.zeros(layers))
        self.last = nn.Linear(shape[-1], classes)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return logits (n, classes)."""
        normed = nn.functional.layer_norm(features, features.shape[-1:])
        if normed.ndim == 3:
            normed = torch.einsum("l,nld->nd", self.layers.softmax(dim=0), normed)
        logits: torch.Tensor = self.last(normed)
        return logits
