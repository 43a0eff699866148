"""Networks of two sequences of one take; this file imports torch.

A stream that a sample lacks is a sequence without a step. In training one of the two is taken away by chance, never both.
"""

from __future__ import annotations

import torch
from torch import nn

from emobench.errors import EmobenchError
from emobench_plugins.models._sequences import Steps, mean, width


class _TwoStreams(nn.Module):
    """What both have: each stream's steps brought to one width, and streams dropped in training."""

    def __init__(self, shapes: tuple[tuple[int | None, ...], ...], hidden: int, drop: float, where: str) -> None:
        super().__init__()
        if len(shapes) != 2 or any(shape[:1] != (None,) for shape in shapes):
            raise EmobenchError("it takes two streams of sequences", where=where, remedy="name two with takes")
        self.drop = drop
        self.steps = nn.ModuleList(Steps(width(shape)) for shape in shapes)
        self.project = nn.ModuleList(nn.Linear(width(shape), hidden) for shape in shapes)

    def streams(
        self, first: torch.Tensor, first_mask: torch.Tensor, second: torch.Tensor, second_mask: torch.Tensor
    ) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Return both streams as (n, t, hidden), zeros where there is no step, and their masks."""
        masks = [first_mask, second_mask]
        if self.training and self.drop:
            chance = torch.rand(len(first), device=first.device)
            masks[0] = first_mask & (chance >= self.drop / 2)[:, None]
            masks[1] = second_mask & ((chance < self.drop / 2) | (chance >= self.drop))[:, None]
        made = []
        for x, mask, steps, project in zip((first, second), masks, self.steps, self.project, strict=True):
            made.append(project(steps(x, mask)).relu() * mask[..., None])
        return made, masks


class AlignedStreams(_TwoStreams):
    """A GRU over both streams. The finer one is brought to the steps of the coarser one: the mean of those in its time.

    Both streams of a take are taken to begin and to end together: step i of t lasts from i / t to (i + 1) / t of the take.
    """

    def __init__(
        self, shapes: tuple[tuple[int | None, ...], ...], classes: int, hidden: int, dropout: float, drop_stream: float
    ) -> None:
        super().__init__(shapes, hidden, drop_stream, "aligned-gru")
        self.gru = nn.GRU(2 * hidden, hidden, batch_first=True)
        self.last = nn.Sequential(nn.Dropout(dropout), nn.Linear(hidden, classes))

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Return logits (n, classes) of two batches, each with its mask."""
        streams, masks = self.streams(*inputs)
        lengths = torch.stack([mask.sum(dim=1) for mask in masks])
        # Where a stream is missing, the steps are those of the other.
        number = lengths.masked_fill(lengths == 0, int(lengths.max()) + 1).amin(dim=0)
        number = number.minimum(lengths.amax(dim=0)).clamp(min=1)
        joined = torch.cat([binned(*each, number) for each in zip(streams, masks, strict=True)], dim=2)
        there = torch.arange(joined.shape[1], device=number.device) < number[:, None]
        logits: torch.Tensor = self.last(mean(self.gru(joined)[0], there))
        return logits


def binned(steps: torch.Tensor, mask: torch.Tensor, number: torch.Tensor) -> torch.Tensor:
    """Return (n, longest, d): each sequence (t, d) in its ``number`` of steps, each the mean of what lies in its time."""
    length = mask.sum(dim=1, keepdim=True).clamp(min=1)
    place = torch.arange(mask.shape[1], device=mask.device)
    # In whole numbers: the middle of step i lies in this one of the coarser steps.
    longest = int(number.max())
    bins = (((2 * place + 1) * number[:, None]) // (2 * length)).clamp(max=longest - 1)
    there = mask[..., None].to(steps.dtype)
    sums = steps.new_zeros(len(steps), longest, steps.shape[2])
    sums = sums.scatter_add(1, bins[..., None].expand_as(steps), steps * there)
    counts = steps.new_zeros(len(steps), longest, 1).scatter_add(1, bins[..., None], there)
    return sums / counts.clamp(min=1)


class AttendingStreams(_TwoStreams):
    """Each stream attends to the other; what it finds is added to its own steps, and the means of both are classified."""

    def __init__(
        self,
        shapes: tuple[tuple[int | None, ...], ...],
        classes: int,
        hidden: int,
        heads: int,
        dropout: float,
        drop_stream: float,
    ) -> None:
        super().__init__(shapes, hidden, drop_stream, "cross-attention")
        if hidden % (2 * heads):
            what = f"hidden is {hidden}, and twice its {heads} heads do not divide it"
            raise EmobenchError(what, where="cross-attention", remedy="choose others")
        # A step that is always there, for what finds nothing in a stream that is missing.
        self.nothing = nn.Parameter(torch.zeros(hidden))
        self.attention = nn.ModuleList(nn.MultiheadAttention(hidden, heads, batch_first=True) for _ in range(2))
        self.norms = nn.ModuleList(nn.LayerNorm(hidden) for _ in range(2))
        self.last = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * hidden, classes))

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Return logits (n, classes) of two batches, each with its mask."""
        streams, masks = self.streams(*inputs)
        timed = [x + _position(mask, x.shape[2]) for x, mask in zip(streams, masks, strict=True)]
        found = []
        for own, other, attention, norm in zip((0, 1), (1, 0), self.attention, self.norms, strict=True):
            keys = torch.cat([self.nothing.expand(len(timed[other]), 1, -1), timed[other]], dim=1)
            absent = torch.nn.functional.pad(~masks[other], (1, 0))
            seen, _ = attention(timed[own], keys, keys, key_padding_mask=absent, need_weights=False)
            found.append(mean(norm(timed[own] + seen), masks[own]))
        logits: torch.Tensor = self.last(torch.cat(found, dim=1))
        return logits


def _position(mask: torch.Tensor, hidden: int) -> torch.Tensor:
    """Return (n, t, hidden): sines and cosines of where in the take a step is, by which both streams know the time."""
    length = mask.sum(dim=1, keepdim=True).clamp(min=1)
    place = (torch.arange(mask.shape[1], device=mask.device) + 0.5) / length
    turns = torch.pi * 2.0 ** torch.arange(hidden // 2, device=mask.device).clamp(max=8)
    angles = place[..., None] * turns
    return torch.cat([angles.sin(), angles.cos()], dim=2)
