"""What a suite may ask of a training besides its schedule: what it is selected on, how it learns, how its inputs vary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Augmentation:
    """A change by chance of the inputs that are trained on; no input that is predicted is changed.

    Attributes:
        name: one of :data:`emobench.models.AUGMENTATIONS`.
        parameters: all of them, with their values.
    """

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """How a model trains, besides its :class:`Schedule`. What is selected is selected on the validation part, never on test.

    Attributes:
        keep: ``"last"``: the model is that of the last epoch; ``"best"``: of the epoch that is best on validation.
        patience: training ends when so many epochs, one after another, were no better on validation; 0: it never does.
        by: name of the metric of validation that says what is better; empty: what ranks the task.
        warm_up: epochs in which the learning rate rises from 0, in a line; it may be a part of one.
        decay: how it falls to 0 afterwards, over the rest of the epochs: ``"cosine"``, ``"linear"``, or empty: it does not.
        class_weights: ``"balanced"``: the loss of a sample is weighted by n / (k n_c), where n_c of the n training samples
            are of its class, one of k that training has; of votes n_c is the sum of their shares. Empty: all count alike.
        augment: changes by chance of what is trained on, one after another.
        loss: of values: ``"mse"``, the mean squared error, which empty is too, or ``"ccc"``, 1 - CCC of each batch. Classes
            and votes have the cross-entropy.
        accumulate: batches to a step of the optimiser, whose gradient is that of the mean over all their samples, as of one
            large batch; the last step of an epoch has what is left. Batch normalisation and 1 - CCC are of each batch.
    """

    keep: Literal["last", "best"] = "last"
    patience: int = 0
    by: str = ""
    warm_up: float = 0.0
    decay: Literal["", "cosine", "linear"] = ""
    class_weights: Literal["", "balanced"] = ""
    augment: tuple[Augmentation, ...] = ()
    loss: Literal["", "mse", "ccc"] = ""
    accumulate: int = 1

    @property
    def selects(self) -> bool:
        """Whether it needs a validation part."""
        return self.keep == "best" or self.patience > 0


@dataclass(frozen=True)
class Judge:
    """Tells how good predictions of the validation part are; the harness knows its labels.

    Attributes:
        metric: name of the metric.
        higher_is_better: as the metric says.
        value: called with (n, k) probabilities, or values, of the validation samples, in their order; returns the metric's
            value.
    """

    metric: str
    higher_is_better: bool
    value: Callable[[NDArray[np.floating[Any]]], float]

    def better(self, value: float, than: float) -> bool:
        """Whether a value is better than another one; an equal one is not."""
        return value > than if self.higher_is_better else value < than
