"""The layers of mini-XCEPTION in torch; they compute what those of Keras compute."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

EPSILON = 1e-3
"""Of Keras' batch normalisation, added to the variance; torch's own is 1e-5."""

WIDTHS = (16, 32, 64, 128)
"""Channels after each of the four blocks."""


class MiniXception(nn.Module):
    """Gray pictures, float32 (n, 1, 64, 64) in [0, 1], to logits (n, classes).

    Arriaga, Valdenegro-Toro and Plöger (arXiv 1710.07557): two convolutions, four blocks of separable convolutions with a
    shortcut, a last convolution with one channel for each class, and the mean over the picture.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, 8, 3, bias=False), _norm(8), nn.ReLU(), nn.Conv2d(8, 8, 3, bias=False), _norm(8), nn.ReLU()
        )
        self.blocks = nn.Sequential(*(_Block(given, made) for given, made in zip((8, *WIDTHS), WIDTHS, strict=False)))
        self.last = nn.Conv2d(WIDTHS[-1], classes, 3, padding=1)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the logits of a batch."""
        scaled = 2 * pictures - 1  # to [-1, 1], on which the weights were fitted
        logits: Tensor = self.last(self.blocks(self.stem(scaled))).mean(dim=(2, 3))
        return logits


class _Block(nn.Module):
    """Two separable convolutions and a pooling that halves the picture, beside a shortcut that halves it too."""

    def __init__(self, given: int, made: int) -> None:
        super().__init__()
        self.shortcut = nn.Sequential(nn.Conv2d(given, made, 1, stride=2, bias=False), _norm(made))
        self.first = nn.Sequential(*_separable(given, made), _norm(made))
        self.second = nn.Sequential(*_separable(made, made), _norm(made))

    def forward(self, x: Tensor) -> Tensor:
        made = self.second(functional.relu(self.first(x)))
        pooled = functional.max_pool2d(_padded(made), kernel_size=3, stride=2)
        total: Tensor = pooled + self.shortcut(x)
        return total


def _separable(given: int, made: int) -> tuple[nn.Conv2d, nn.Conv2d]:
    """Return a convolution of each channel by itself, and one that mixes channels."""
    return nn.Conv2d(given, given, 3, padding=1, groups=given, bias=False), nn.Conv2d(given, made, 1, bias=False)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=EPSILON)


def _padded(x: Tensor) -> Tensor:
    """Return maps with the border of Keras' padding "same" for a pooling of size 3 and step 2.

    Where the size is even, it pads after the last row and column alone. torch's own padding would be at both ends, and every
    window would lie one pixel off.
    """
    side = x.shape[-1]
    needed = max(2 * ((side + 1) // 2 - 1) + 3 - side, 0)
    before, after = needed // 2, needed - needed // 2
    return functional.pad(x, (before, after, before, after), value=-torch.inf)
