"""What a model that another cell fitted makes of samples, as the input of further models.

``cell:a.table1.resnet18`` in the ``takes`` of an experiment names the experiment whose model it is. ``output`` says what is
taken: ``features``, what its last layer gets, or ``probabilities``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from emobench.contracts import Encode, Encoder, Model, Ragged, Representation, Samples, Stream, ragged
from emobench.errors import EmobenchError
from emobench.models import TorchModel, load_fitted, predicted
from emobench.plugins import Registry
from emobench.records import Cell, Component, finished

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OUTPUTS = ("features", "probabilities")


class FittedCell(Encoder):
    """The model of another experiment of the suite.

    Args:
        name: as a suite names it, ``cell:`` and the experiment.
        representation: what that model takes.
        settings: all parameters of the representation.

    """

    parameters: Mapping[str, Any] = MappingProxyType({"output": "features"})

    def __init__(self, name: str, representation: Representation, settings: Mapping[str, Any]) -> None:
        self.name = self.title = name
        self.representation, self.settings = representation, dict(settings)
        self.modality = representation.modality
        self.packages = representation.packages
        self._fitted: _Fitted | None = None
        if representation.views or representation.random:
            what = f"its model takes {representation.name!r}, which draws several views of a sample"
            raise EmobenchError(what, where=f"encoder {name!r}", remedy="name an experiment with one input a sample")

    @classmethod
    def of(cls, name: str, run: Path, cell: str, files: Mapping[str, str], registry: Registry) -> FittedCell:
        """Return the encoder that a finished cell is.

        Raises:
            EmobenchError: the cell is not there.
        """
        record = finished(run, cell)
        if record is None:
            raise EmobenchError(f"cell {cell} has no result", where=f"encoder {name!r}", remedy="see why it failed")
        component: Component = record.cell.identity.representations[0]
        made = cls(name, registry.find("representations", component.name), component.parameters)
        made._fitted = _Fitted(run, record.cell, files, registry)
        return made

    @property
    def cell(self) -> str:
        """Id of the cell; empty before the run is planned."""
        return self._fitted.cell.id if self._fitted else ""

    def prepare(self, decoded: Any) -> NDArray[Any]:
        """Return the sample as the model takes it."""
        return self.representation.compute(decoded, **self.settings)

    def length(self, prepared: Any) -> int:
        """Return the steps of a sequence; 0 of inputs of one shape."""
        return len(prepared) if self.representation.sequences else 0

    def load(self, device: str, precision: str, **parameters: Any) -> Encode:
        """Return what encodes a batch.

        Raises:
            EmobenchError: there is no such output, or the model is not there.
        """
        import numpy as np

        output, fitted = str(parameters["output"]), self._fitted
        if output not in OUTPUTS:
            raise EmobenchError(f"no output {output!r}", where=self.name, remedy=f"take {' or '.join(OUTPUTS)}")
        assert fitted is not None  # planned encoders are asked for nothing but what they are

        def encoded(batch: list[Any]) -> list[Any]:
            inputs = ragged(batch) if self.representation.sequences else np.stack(batch)
            model, samples = fitted.model(inputs.shape[1:], device), fitted.samples(inputs)
            vectors = _features(model, samples, self.name) if output == "features" else predicted(model, samples)
            return list(np.asarray(vectors)[:, None, None])

        return encoded


@dataclass
class _Fitted:
    """A finished cell, and its model once that is loaded.

    Attributes:
        files: local files that parameters of the model name.
    """

    run: Path
    cell: Cell
    files: Mapping[str, str]
    registry: Registry
    _model: Model | None = None

    def model(self, shape: tuple[int | None, ...], device: str) -> Model:
        """Return the model; the shape of an input is known with the first batch."""
        if self._model is None:
            place = self.run, self.cell.id, self.registry
            self._model = load_fitted(*place, shapes=(shape,), files=self.files, device=device)
        return self._model

    def samples(self, inputs: NDArray[Any] | Ragged) -> Samples:
        """Return inputs as the model takes them."""
        import numpy as np

        identity = self.cell.identity
        streams = {identity.representations[0].name: Stream(inputs, np.arange(len(inputs)))}
        return Samples(tuple(map(str, range(len(inputs)))), streams, None, identity.classes, identity.kind)


def _features(model: Model, samples: Samples, name: str) -> NDArray[np.floating[Any]]:
    if not isinstance(model, TorchModel):
        what = "its model is no torch module, and has no features"
        raise EmobenchError(what, where=f"encoder {name!r}", remedy="set output = 'probabilities'")
    return model.features(samples)
