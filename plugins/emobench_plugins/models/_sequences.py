"""What networks of sequences share: flat steps on one scale, and what is kept of all steps. This file imports torch.

All of them map a batch (n, t, ...) and its mask (n, t) to logits (n, classes). What stands behind the end of a sequence
changes nothing; a sequence without a step counts as zeros.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn.functional import batch_norm


def width(shape: tuple[int | None, ...]) -> int:
    """Return how many numbers a step of a stream has; ``shape`` is (None, ...)."""
    return math.prod(side for side in shape[1:] if side is not None)


class Steps(nn.Module):
    """Flattens steps and brings each of their numbers to mean 0 and deviation 1, by batch normalisation over real steps.

    Args:
        features: numbers of a step.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(features)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return (n, t, features), zeros behind the end."""
        flat = x.reshape(*mask.shape, -1)
        steps, there, norm = torch.zeros_like(flat), flat[mask], self.norm
        if not len(there):
            return steps
        # Of a single step there is no deviation; it is normalised as in prediction.
        learning = self.training and len(there) > 1
        normed = batch_norm(there, norm.running_mean, norm.running_var, norm.weight, norm.bias, training=learning)
        steps[mask] = normed.to(steps.dtype)
        return steps


def mean(steps: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return (n, d), the mean over the steps (n, t, d) that there are."""
    there = mask[..., None].to(steps.dtype)
    total: torch.Tensor = (steps * there).sum(dim=1)
    return total / there.sum(dim=1).clamp(min=1)
