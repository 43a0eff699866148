"""What a model that another cell fitted makes of samples, as the input of further models.

``cell:a.table1.resnet18`` in the ``takes`` of an experiment names the experiment whose model it is. ``output`` says what is
taken: ``features``, what its last layer gets, or ``probabilities``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from emobench.contracts import Encode, Encoder, Model, Representation, Samples, Stream
from emobench.errors import EmobenchError
from emobench.models import load_fitted, predicted
from emobench.plugins import Registry
from emobench.records import Component, finished

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

OUTPUTS = ("features", "probabilities")


class FittedCell(Encoder):
    """The model of another experiment of the suite.

    Args:
        name: as a suite names it, ``cell:`` and the experiment.
        representation: what that model takes.
        settings: all parameters of the representation.

    Attributes:
        run: the run folder that has the cell; it is known once the run is planned.
        cell: its id.
        files: local files that parameters of the model name.
    """

    parameters: Mapping[str, Any] = MappingProxyType({"output": "features"})

    def __init__(self, name: str, representation: Representation, settings: Mapping[str, Any]) -> None:
        self.name = self.title = name
        self.representation, self.settings = representation, dict(settings)
        self.modality = representation.modality
        self.packages = representation.packages
        self.run, self.cell, self.files_of_model = Path(), "", dict[str, str]()
        self._registry = Registry()
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
        made.run, made.cell, made.files_of_model, made._registry = run, cell, dict(files), registry
        return made

    def prepare(self, decoded: Any) -> NDArray[Any]:
        """Return the sample as the model takes it."""
        return self.representation.compute(decoded, **self.settings)

    def length(self, prepared: Any) -> int:
        """Return 0: all inputs of a model have one shape."""
        return 0

    def load(self, device: str, precision: str, **parameters: Any) -> Encode:
        """Return what encodes a batch.

        Raises:
            EmobenchError: there is no such output, or the model is not there.
        """
        import numpy as np

        output, models = str(parameters["output"]), list[Model]()
        if output not in OUTPUTS:
            raise EmobenchError(f"no output {output!r}", where=self.name, remedy=f"take {' or '.join(OUTPUTS)}")

        def encoded(batch: list[Any]) -> list[Any]:
            inputs = np.stack(batch)
            if not models:  # the shape of an input is known only now
                place, files = (self.run, self.cell, self._registry), self.files_of_model
                models.append(load_fitted(*place, shapes=(inputs.shape[1:],), files=files, device=device))
            samples = self._samples(inputs)
            vectors = (
                _features(models[0], samples, self.name) if output == "features" else predicted(models[0], samples)
            )
            return list(np.asarray(vectors)[:, None, None])

        return encoded

    def _samples(self, inputs: NDArray[Any]) -> Samples:
        import numpy as np

        record = finished(self.run, self.cell)
        assert record is not None
        identity = record.cell.identity
        streams = {self.representation.name: Stream(inputs, np.arange(len(inputs)))}
        return Samples(tuple(map(str, range(len(inputs)))), streams, None, identity.classes, identity.kind)


def _features(model: Model, samples: Samples, name: str) -> NDArray[np.floating[Any]]:
    """Return (n, d): what the last linear layer of a torch module gets.

    Raises:
        EmobenchError: the model is no torch module, or has no such layer.
    """
    import torch

    module = getattr(model, "module", None)
    linear = [each for each in module.modules() if isinstance(each, torch.nn.Linear)] if module is not None else []
    if not linear:
        what = "its model has no linear layer whose input could be taken"
        raise EmobenchError(what, where=f"encoder {name!r}", remedy="set output = 'probabilities'")
    seen: list[torch.Tensor] = []
    hooks = [each.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach())) for each in linear]
    try:
        predicted(model, samples)
    finally:
        for hook in hooks:
            hook.remove()
    features: NDArray[np.floating[Any]] = seen[-1].flatten(1).float().cpu().numpy()
    return features
