"""Modules with the common interface of the HEAR challenge (Turian et al., NeurIPS 2021 Competitions): speech and sound.

Such a module has ``load_model(path)``, whose result has ``sample_rate``, and ``get_scene_embeddings(audio, model)``, which
takes (n, t) in [-1, 1] and returns (n, d).
"""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.contracts import Encode
from emobench.encoders.located import LocatedEncoder
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    import torch

_NEEDED = ("load_model", "get_scene_embeddings")


class HearModule(LocatedEncoder):
    """An importable module; ``hear:module@weights.pt`` names its weights, as a path beside the suite file."""

    one_length = True
    modality = "audio"

    def __init__(self, where: str, beside: Path = Path()) -> None:
        module, _, weights = where.partition("@")
        super().__init__("hear", module, beside)
        self.module = module
        self._weights = (beside / Path(weights).expanduser()).absolute() if weights else None
        self.source = f"{self.source}@{self._weights}" if self._weights else self.source
        try:
            self._api = import_module(module)
        except ImportError as error:
            raise self.refused(f"the module cannot be imported: {error}", "install it, or correct its name") from error
        if missing := [name for name in _NEEDED if not hasattr(self._api, name)]:
            raise self.refused(f"the module has no {' and no '.join(missing)}", "see hearbenchmark.com/hear-api.html")

    def files(self) -> tuple[Path, ...]:
        """Return the file of the weights, if one is named."""
        return (self._weights,) if self._weights else ()

    @cached_property
    def _model(self) -> Any:
        return self._api.load_model(str(self._weights)) if self._weights else self._api.load_model()

    @property
    def rate(self) -> int:  # type: ignore[override]
        """What the loaded model says."""
        return int(self._model.sample_rate)

    def load(self, device: str, precision: str, **parameters: Any) -> Encode:
        """Return what encodes a batch, in the precision of the module."""
        import numpy as np
        import torch

        model = self._model.to(device) if hasattr(self._model, "to") else self._model

        def encoded(batch: list[Any]) -> list[torch.Tensor]:
            with torch.inference_mode():
                vectors = self._api.get_scene_embeddings(torch.as_tensor(np.stack(batch), device=device), model)
            if getattr(vectors, "ndim", 0) != 2:
                raise EmobenchError("get_scene_embeddings() returned no (n, d)", where=self.where, remedy="fix it")
            return list(torch.as_tensor(vectors)[:, None, None])

        return encoded
