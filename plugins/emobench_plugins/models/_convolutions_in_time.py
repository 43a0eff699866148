"""Residual blocks of dilated convolutions over time; this file imports torch."""

from __future__ import annotations

import itertools

import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

from emobench.errors import EmobenchError
from emobench_plugins.models._sequences import Steps, mean, width


class ConvolutionsInTime(nn.Module):
    """The network of Bai et al. 2018, with two departures that classification of whole sequences asks for.

    It sees both sides of a step, where theirs sees the past alone, since nothing is forecast here; and the mean over the
    steps is classified, where theirs takes the last.

    Raises:
        EmobenchError: the kernel is even, and has no middle.
    """

    def __init__(
        self, shape: tuple[int | None, ...], classes: int, channels: int, blocks: int, kernel: int, dropout: float
    ) -> None:
        super().__init__()
        if kernel % 2 == 0:
            raise EmobenchError(f"the kernel is {kernel}, and has no middle", where="tcn", remedy="use an odd number")
        self.steps = Steps(width(shape))
        widths = [width(shape), *[channels] * blocks]
        self.blocks = nn.ModuleList(
            _Block(before, after, kernel, 2**number, dropout)
            for number, (before, after) in enumerate(itertools.pairwise(widths))
        )
        self.last = nn.Linear(widths[-1], classes)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return logits (n, classes)."""
        steps, there = self.steps(x, mask).transpose(1, 2), mask[:, None]
        for block in self.blocks:
            steps = block(steps, there)
        logits: torch.Tensor = self.last(mean(steps.transpose(1, 2), mask))
        return logits


class _Block(nn.Module):
    """Twice a dilated convolution with weight normalisation, ReLU and dropout; what came in is added."""

    def __init__(self, before: int, after: int, kernel: int, dilation: int, dropout: float) -> None:
        super().__init__()
        around = dilation * (kernel - 1) // 2
        self.convolutions = nn.ModuleList(
            weight_norm(nn.Conv1d(first, after, kernel, padding=around, dilation=dilation)) for first in (before, after)
        )
        self.dropout = nn.Dropout1d(dropout)
        self.shortcut = nn.Conv1d(before, after, 1) if before != after else nn.Identity()

    def forward(self, x: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        """Return (n, after, t) of (n, before, t)."""
        steps = x
        for convolution in self.convolutions:
            # Zeros behind the end, as a convolution sees there when the sequence is alone.
            steps = self.dropout(convolution(steps * there).relu())
        added: torch.Tensor = (steps + self.shortcut(x)).relu()
        return added
