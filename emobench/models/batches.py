"""Batches of a torch model: in which order samples come together, and how sequences of different lengths are padded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from emobench.contracts import Ragged, Samples

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

_TOGETHER = 50
"""Batches whose sequences are sorted by length among each other: enough that neighbours are alike, few enough for chance."""

_PREDICTED, _SEQUENCES = 256, 32
"""Samples of fixed shape, and sequences, that are predicted at once."""


def number_of_steps(samples: int, size: int, accumulate: int = 1) -> int:
    """Return how many steps of the optimiser an epoch has: one for so many of the mini-batches that :func:`batches` makes."""
    whole = -(-samples // size)
    made = whole - (whole > 1 and samples - (whole - 1) * size == 1)
    return -(-made // accumulate)


def batches(order: torch.Tensor, size: int) -> Iterator[torch.Tensor]:
    """Yield mini-batches of an order; a last batch of one joins the one before, since batch normalisation needs two."""
    parts = [order[start : start + size] for start in range(0, len(order), size)]
    if len(parts) > 1 and len(parts[-1]) == 1:
        import torch

        parts[-2:] = [torch.cat(parts[-2:])]
    yield from parts


def training_batches(train: Samples, size: int, generator: torch.Generator) -> list[torch.Tensor]:
    """Return the batches of an epoch, drawn by chance.

    Sequences of like length come together: those of 50 batches are sorted by length before they are divided, and the batches
    are then put in a random order.
    """
    import torch

    order, steps = torch.randperm(len(train), generator=generator), lengths(train)
    if steps is None:
        return list(batches(order, size))
    known = torch.from_numpy(steps)
    groups = [group[known[group].argsort(stable=True)] for group in order.split(_TOGETHER * size)]  # type: ignore[no-untyped-call]
    made = list(batches(torch.cat(groups), size))
    return [made[place] for place in torch.randperm(len(made), generator=generator).tolist()]


def prediction_batches(samples: Samples) -> list[NDArray[np.int64]]:
    """Return positions in batches: of sequences those of like length, the longest last; else in their order."""
    import numpy as np

    steps = lengths(samples)
    order = np.arange(len(samples)) if steps is None else np.argsort(steps, kind="stable")
    size = _PREDICTED if steps is None else _SEQUENCES
    return [order[start : start + size] for start in range(0, len(order), size)]


def lengths(samples: Samples) -> NDArray[np.int64] | None:
    """Return (n,) how many steps each sample has, of all its streams of sequences; ``None`` where no stream is one."""
    known = [of.array.lengths[of.rows] for of in samples.streams.values() if isinstance(of.array, Ragged)]
    total: NDArray[np.int64] | None = sum(known[1:], known[0]) if known else None
    return total


def padded(sequences: Sequence[NDArray[Any]]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return sequences (t, ...) as one array (n, longest, ...) with zeros behind the shorter ones, and where there are steps.

    There is one step at least; of no sequence where none has any.
    """
    import numpy as np

    known = np.array([len(steps) for steps in sequences])
    longest = max(1, int(known.max()))
    array = np.zeros((len(sequences), longest, *sequences[0].shape[1:]), dtype=sequences[0].dtype)
    for place, steps in enumerate(sequences):
        array[place, : len(steps)] = steps
    return array, np.arange(longest) < known[:, None]
