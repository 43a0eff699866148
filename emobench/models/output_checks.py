"""What a torch module or an estimator returns, checked against the classes at the first batch, not after the fit."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from emobench.contracts import Kind
from emobench.errors import EmobenchError
from emobench.plugins import warn
from emobench.scoring import SUM_TOLERANCE

if TYPE_CHECKING:
    import torch
    from torch import nn


def check_outputs(module: nn.Module, name: str, classes: int, kind: Kind) -> None:
    """Make a torch module raise where its output has the wrong shape, and warn where it returns probabilities for logits.

    The module, not fitted yet, gets a forward hook, which changes neither what it returns nor its state dict.
    """
    first = True

    def check(module: Any, inputs: tuple[Any, ...], output: Any) -> None:
        nonlocal first
        if not hasattr(output, "shape"):
            what = f"forward() returned a {type(output).__name__}"
            remedy = "return a tensor of logits, (samples, classes)"
            raise EmobenchError(what, where=f"model {name!r}", remedy=remedy)
        what = "forward() returned values" if kind == "values" else "forward() returned logits"
        require_shape(output, (len(inputs[0]), classes), name, what)
        if first and kind != "values" and _are_probabilities(output):
            # Not refused: it trains, badly, for the loss takes the softmax of a softmax.
            said = f"model {name!r}: forward() returns probabilities; return logits, their softmax is taken anyway"
            warn(said)
            warnings.warn(said, stacklevel=1)  # the record keeps it, and the board shows it with the row
        first = False

    module.register_forward_hook(check)


def require_shape(output: Any, shape: tuple[int, int], name: str, what: str) -> None:
    """Raise an ``EmobenchError`` for an array or a tensor of another shape."""
    if tuple(output.shape) != shape:
        raise EmobenchError(
            f"{what} of shape {tuple(output.shape)}, wanted {shape}",
            where=f"model {name!r}",
            remedy="return a row for each sample and a column for each class or dimension",
        )


def _are_probabilities(output: torch.Tensor) -> bool:
    """Tell whether all rows are from 0 to 1 and sum to one, which logits do by chance never."""
    rows = output.detach().float()
    return bool((rows >= 0).all() and ((rows.sum(dim=1) - 1).abs() < SUM_TOLERANCE).all())
