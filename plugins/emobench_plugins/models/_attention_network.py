"""A weighted mean over steps; this file imports torch."""

from __future__ import annotations

import torch
from torch import nn

from emobench_plugins.models._sequences import Steps, width


class AttentionPooling(nn.Module):
    """Maps sequences to logits (n, classes); the weight of a step is the softmax over time of a linear score of it."""

    def __init__(self, shape: tuple[int | None, ...], classes: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.steps = Steps(width(shape))
        self.each = nn.Sequential(nn.Linear(width(shape), hidden), nn.ReLU())
        self.score = nn.Linear(hidden, 1)
        self.last = nn.Sequential(nn.Dropout(dropout), nn.Linear(hidden, classes))

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return logits (n, classes)."""
        steps = self.each(self.steps(x, mask))
        scores = self.score(steps)[..., 0].masked_fill(~mask, -torch.inf)
        # A sequence without a step has no weights, and a mean of zeros.
        weights = scores.softmax(dim=1).where(mask, 0.0)
        logits: torch.Tensor = self.last(torch.einsum("nt,ntd->nd", weights.to(steps.dtype), steps))
        return logits
