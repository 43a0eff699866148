"""What training a torch module makes small, by the kind of target; this file imports torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from emobench.contracts import Recipe, Samples


class Objective:
    """The loss of a batch of outputs, and how many of them are right.

    Args:
        module: for values a :class:`ValuesModule`.
        train: what is trained on.
        recipe: its class weights and its loss.
        device: of the outputs.
    """

    def __init__(self, module: nn.Module, train: Samples, recipe: Recipe, device: str) -> None:
        self.kind, self._device = train.kind, device
        self._weights: torch.Tensor | None = None
        self._loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
        if isinstance(module, ValuesModule):
            self._loss = ccc_loss if recipe.loss == "ccc" else module.squared_error
        else:
            self._weights = class_weights(train) if recipe.class_weights else None
            self._loss = nn.CrossEntropyLoss(weight=None if self._weights is None else self._weights.to(device))

    def target(self, samples: Samples) -> torch.Tensor:
        """Return (n,) int64 classes, (n, k) float32 shares of raters or (n, d) float32 values."""
        told = torch.from_numpy(samples.y)
        return told if self.kind == "class" else told.float()

    def loss(self, outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the mean of a batch."""
        return self._loss(outputs, target)

    def weight(self, target: torch.Tensor) -> float:
        """Return what the mean of a batch is divided by: its number of samples, or the sum of the weights of their classes.

        The cross-entropy of votes is divided by the number of samples also where classes have weights.
        """
        if self._weights is None or self.kind != "class":
            return float(len(target))
        return float(self._weights[target].sum())

    def unweighted(self, outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the mean of samples that are no training: no class weighs more than another; on the CPU."""
        if self.kind == "values":
            return self._loss(outputs.to(self._device), target.to(self._device)).cpu()
        return nn.functional.cross_entropy(outputs, target)

    def right(self, outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return how many most probable classes are the true ones, or those of most votes; 0 of values."""
        if self.kind == "values":
            return torch.zeros((), device=outputs.device)
        truth = target if self.kind == "class" else target.argmax(dim=1)
        return (outputs.argmax(dim=1) == truth).sum()


class ValuesModule(nn.Module):
    """A module whose outputs are standardised, with the mean and the deviation of the training part: it gives values.

    Both are part of its state, so that they are saved, and resumed, with the weights.

    Args:
        module: maps one batch of each stream to (n, d).
        dimensions: d.
    """

    centre: torch.Tensor
    scale: torch.Tensor

    def __init__(self, module: nn.Module, dimensions: int) -> None:
        super().__init__()
        self.module = module
        self.register_buffer("centre", torch.zeros(dimensions))
        self.register_buffer("scale", torch.ones(dimensions))
        if hasattr(module, "penalty"):
            self.penalty: Any = module.penalty

    def standardise(self, train: Samples) -> None:
        """Take mean and deviation of the training part; a dimension that does not vary keeps its unit."""
        told = torch.from_numpy(train.y)
        deviation = told.std(dim=0, correction=0)
        self.centre.copy_(told.mean(dim=0))
        self.scale.copy_(torch.where(deviation > 0, deviation, torch.ones_like(deviation)))

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Return (n, d) values in the unit of the target."""
        values: torch.Tensor = self.module(*inputs).float() * self.scale + self.centre
        return values

    def squared_error(self, outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the mean squared error of standardised values, so that all dimensions count alike."""
        return (((outputs - target) / self.scale) ** 2).mean()


def class_weights(train: Samples) -> torch.Tensor:
    """Return (k,) weights of the classes in the loss; a class without a training sample, or a vote, has 0."""
    told = torch.from_numpy(train.y)
    counts = torch.bincount(told, minlength=len(train.classes)) if train.kind == "class" else told.sum(dim=0)
    weights = len(train) / ((counts > 0).sum() * counts.float())
    return weights.where(counts > 0, torch.zeros(()))


def ccc_loss(outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return 1 - CCC of a batch, the mean over the dimensions: Lin's coefficient, with variances divided by n.

    Trigeorgis et al., Adieu features?, ICASSP 2016, trains with it. A batch in which neither side varies has the loss 1.
    """
    centred, other = outputs - outputs.mean(dim=0), target - target.mean(dim=0)
    apart = (outputs.mean(dim=0) - target.mean(dim=0)) ** 2
    below = (centred**2).mean(dim=0) + (other**2).mean(dim=0) + apart
    smallest = torch.finfo(below.dtype).tiny
    return 1 - (2 * (centred * other).mean(dim=0) / below.clamp(min=smallest)).mean()
