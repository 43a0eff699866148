"""A model that is fitted already, and its columns in the order of a task's classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.contracts import FitContext, Kind, Model, ModelSpec, Samples, Schedule, same_label
from emobench.errors import EmobenchError
from emobench.models.build import build_model, predicted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class FittedModel:
    """A model that is not trained here, under the contract of :class:`emobench.contracts.Model`.

    Args:
        model: what the factory returned, adapted.
        outputs: what its columns are.
        columns: for each class of the task the column that it is.
    """

    def __init__(self, model: Model, outputs: tuple[str, ...], columns: Sequence[int]) -> None:
        self.model = model
        self._outputs, self._columns = outputs, list(columns)

    def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
        """Do nothing: it is fitted already."""

    def predict_proba(self, samples: Samples) -> NDArray[np.float64]:
        """Return (n, k) probabilities of the task's classes; where the model knows more classes, they are rescaled.

        A sample for which all of its probability lies on other classes gets the same for each.
        """
        import numpy as np

        known = self._asked(samples)
        chosen = known[:, self._columns]
        if len(self._columns) == len(self._outputs):
            return chosen
        sums = chosen.sum(axis=1, keepdims=True)
        even = np.full_like(chosen, 1 / len(self._columns))
        return np.asarray(np.divide(chosen, sums, out=even, where=sums > 0))

    def predict_values(self, samples: Samples) -> NDArray[np.float64]:
        """Return (n, d) values, a column for each dimension of the task."""
        return self._asked(samples)[:, self._columns]

    def _asked(self, samples: Samples) -> NDArray[np.float64]:
        import numpy as np

        found = np.asarray(predicted(self.model, replace(samples, classes=self._outputs)), dtype=np.float64)
        if found.shape != (len(samples), len(self._outputs)):
            what = f"it predicts an array of shape {found.shape}, wanted {(len(samples), len(self._outputs))}"
            raise EmobenchError(what, remedy="return a row for each sample and a column for each of its outputs")
        return found

    def save(self, folder: Path) -> None:
        """Write the model as it writes itself."""
        self.model.save(folder)

    def load(self, folder: Path) -> None:
        """Read it back."""
        self.model.load(folder)

    def parameter_count(self) -> int | None:
        """Return what the model says."""
        return self.model.parameter_count()


def build_fitted(
    spec: ModelSpec,
    parameters: dict[str, Any],
    *,
    classes: tuple[str, ...],
    input_shapes: tuple[tuple[int | None, ...], ...],
    seed: int,
    device: str = "cpu",
    precision: str = "fp32",
    kind: Kind = "class",
) -> FittedModel:
    """Call the factory of a model that is fitted already, and bring its columns into the order of a task's classes.

    Raises:
        EmobenchError: what the factory returned is no model, or it does not know a class of the task.
    """
    columns = columns_of(spec, classes, kind)
    outputs, schedule = len(spec.outputs), Schedule()
    model = build_model(
        spec,
        parameters,
        classes=outputs,
        input_shapes=input_shapes,
        seed=seed,
        schedule=schedule,
        device=device,
        precision=precision,
        kind=kind,
    )
    return FittedModel(model, spec.outputs, columns)


def columns_of(spec: ModelSpec, classes: tuple[str, ...], kind: Kind) -> tuple[int, ...]:
    """Return for each class of a task the column of a fitted model that is the same; spellings of an emotion are one.

    Raises:
        EmobenchError: the model does not know a class, or two classes are one to it.
    """
    where, known = f"model {spec.name!r}", ", ".join(spec.outputs)
    found: dict[str, str] = {}
    for name in classes:
        same = name if name in spec.outputs else None if kind == "values" else same_label(name, spec.outputs)
        if same is None:
            remedy = f"ask for {known} alone, with another label map or target"
            raise EmobenchError(f"it is fitted already, and does not know {name!r}", where=where, remedy=remedy)
        if same in found:
            what = f"{found[same]!r} and {name!r} are both {same!r} to it"
            raise EmobenchError(what, where=where, remedy="use a label map in which they are one class")
        found[same] = name
    return tuple(spec.outputs.index(same) for same in found)
