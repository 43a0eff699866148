"""A GRU or LSTM over sequences of different lengths; this file imports torch.

Sequences are not packed: read forwards, no step knows of the zeros behind the end. On a CPU that takes a third of the time.
"""

from __future__ import annotations

import torch
from torch import nn

from emobench_plugins.models._sequences import Steps, mean, width


class RecurrentNetwork(nn.Module):
    """Maps sequences to logits (n, classes): PyTorch's recurrent layers, then the mean over steps, then a linear layer."""

    def __init__(
        self,
        kind: str,
        shape: tuple[int | None, ...],
        classes: int,
        hidden: int,
        layers: int,
        bidirectional: bool,
        dropout: float,
    ) -> None:
        super().__init__()
        recurrent: type[nn.GRU | nn.LSTM] = {"GRU": nn.GRU, "LSTM": nn.LSTM}[kind]
        directions = 2 if bidirectional else 1
        widths = [width(shape), *[directions * hidden] * layers]
        self.steps = Steps(widths[0])
        self.forwards = nn.ModuleList(recurrent(before, hidden, batch_first=True) for before in widths[:-1])
        self.backwards = nn.ModuleList(
            recurrent(before, hidden, batch_first=True) for before in widths[:-1] if bidirectional
        )
        self.dropout = nn.Dropout(dropout)
        self.last = nn.Linear(widths[-1], classes)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return logits (n, classes)."""
        steps = self.steps(x, mask)
        for number, read in enumerate(self.forwards):
            steps = self.dropout(steps) if number else steps
            outputs = read(steps)[0]
            if self.backwards:
                reverse = self.backwards[number](backwards(steps, mask))[0]
                outputs = torch.cat([outputs, backwards(reverse, mask)], dim=2)
            steps = outputs
        logits: torch.Tensor = self.last(self.dropout(mean(steps, mask)))
        return logits


def backwards(steps: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return (n, t, d) in which each sequence is in reverse order; what is behind its end means nothing."""
    last = mask.sum(dim=1, keepdim=True) - 1
    places = (last - torch.arange(mask.shape[1], device=mask.device)).clamp(min=0)
    return steps.gather(1, places[..., None].expand_as(steps))
