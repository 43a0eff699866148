"""What a torch module or an estimator returns is held against the classes, at the first batch rather than after the fit."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from emobench.contracts import Model, Samples
from emobench.errors import EmobenchError
from emobench.models import EstimatorModel, _features
from emobench.plugins import warn

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray


_SUM_TOLERANCE = 1e-3
"""Wide enough for probabilities in half precision."""


def checked(model: Model, name: str, classes: int) -> Model:
    """Return what :func:`emobench.models.build` returned as one that says so where its output has the wrong shape.

    It warns where a torch module returns probabilities instead of logits.

    A torch module gets a forward hook, which changes neither what it returns nor its state dict. A model that is neither a
    wrapped torch module nor a wrapped estimator comes back as it is.

    Args:
        model: not fitted yet.
        name: of the model, for the message.
        classes: number of classes.
    """
    from emobench.training import TorchModel

    if isinstance(model, TorchModel):
        _watch(model.module, name, classes)
    elif type(model) is EstimatorModel:
        return CheckedEstimator(model.estimator, name)
    return model


class CheckedEstimator(EstimatorModel):
    """An estimator whose probabilities are held against the classes that it was fitted on.

    Args:
        estimator: as in :class:`emobench.models.EstimatorModel`.
        name: of the model, for the message.
    """

    def __init__(self, estimator: Any, name: str) -> None:
        super().__init__(estimator)
        self._name = name

    def predict_proba(self, samples: Samples) -> NDArray[np.float64]:
        """Return (n, k) probabilities.

        Raises:
            EmobenchError: the estimator returned another number of rows or columns.
        """
        try:
            return super().predict_proba(samples)
        except (ValueError, IndexError, TypeError) as error:
            found = getattr(self.estimator.predict_proba(_features(samples)), "shape", None)
            wanted = (len(samples), len(self.estimator.classes_))
            if found == wanted:
                raise
            raise _wrong_shape(self._name, "predict_proba() returned probabilities", found, wanted) from error


def _watch(module: Any, name: str, classes: int) -> None:
    first = True

    def check(module: Any, inputs: tuple[Any, ...], output: Any) -> None:
        nonlocal first
        if not hasattr(output, "shape"):
            raise EmobenchError(
                f"forward() returned a {type(output).__name__}",
                where=f"model {name!r}",
                remedy="return a tensor of logits, (samples, classes)",
            )
        wanted = (len(inputs[0]), classes)
        if tuple(output.shape) != wanted:
            raise _wrong_shape(name, "forward() returned logits", tuple(output.shape), wanted)
        if first and _are_probabilities(output):
            # Not refused: it trains, badly, for the loss takes the softmax of what is one already.
            said = (
                f"model {name!r}: forward() returns probabilities; return logits, the softmax is taken of them anyway"
            )
            warn(said)
            warnings.warn(said, stacklevel=1)  # the record keeps it, and the board shows it with the row
        first = False

    module.register_forward_hook(check)


def _are_probabilities(output: torch.Tensor) -> bool:
    """Tell whether all rows are from 0 to 1 and sum to one, which logits do by chance never."""
    rows = output.detach().float()
    return bool((rows >= 0).all() and ((rows.sum(dim=1) - 1).abs() < _SUM_TOLERANCE).all())


def _wrong_shape(name: str, what: str, found: Any, wanted: tuple[int, int]) -> EmobenchError:
    return EmobenchError(
        f"{what} of shape {found}, wanted {wanted}",
        where=f"model {name!r}",
        remedy="return a row for each sample and a column for each class",
    )
