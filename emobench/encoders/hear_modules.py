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
from emobench.encoders.located import LocatedEncoder, own_path, told
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
        self._weights = own_path(beside, weights, f"hear:{where}") if weights else None
        self.source = f"{self.source}@{self._weights}" if self._weights else self.source
        try:
            self._api = import_module(module)
        except Exception as error:  # it is code of somebody else's
            what = f"the module cannot be imported: {told(error)}"
            raise self.refused(what, "install it, or correct its name: as in import, without a path") from error
        if missing := [name for name in _NEEDED if not hasattr(self._api, name)]:
            raise self.refused(f"the module has no {' and no '.join(missing)}", "see hearbenchmark.com/hear-api.html")

    def files(self) -> tuple[Path, ...]:
        """Return the Python files of the module, which may hold or name its weights, and the file of those that are named."""
        file = getattr(self._api, "__file__", None)
        code = sorted(Path(file).parent.rglob("*.py")) if hasattr(self._api, "__path__") and file else [file]
        return (*(Path(each) for each in code if each), *((self._weights,) if self._weights else ()))

    @cached_property
    def _model(self) -> Any:
        try:
            return self._api.load_model(str(self._weights)) if self._weights else self._api.load_model()
        except Exception as error:
            remedy = "see what the module needs" if self._weights else "name its weights: hear:module@weights.pt"
            raise self.refused(f"load_model() fails: {told(error)}", remedy) from error

    @property
    def rate(self) -> int:  # type: ignore[override]
        """What the loaded model says.

        Raises:
            EmobenchError: it cannot be loaded, or says nothing.
        """
        if not hasattr(self._model, "sample_rate"):
            raise self.refused("its model has no sample_rate", "see hearbenchmark.com/hear-api.html")
        return int(self._model.sample_rate)

    def load(self, device: str, precision: str, **parameters: Any) -> Encode:
        """Return what encodes a batch, in the precision of the module."""
        import numpy as np
        import torch

        model = self._model.to(device) if hasattr(self._model, "to") else self._model

        def encoded(batch: list[Any]) -> list[torch.Tensor]:
            try:
                with torch.inference_mode():
                    vectors = self._api.get_scene_embeddings(torch.as_tensor(np.stack(batch), device=device), model)
            except torch.OutOfMemoryError:
                raise
            except Exception as error:
                raise self.refused(
                    f"get_scene_embeddings() fails: {told(error)}", "see what the module needs"
                ) from error
            if getattr(vectors, "ndim", 0) != 2:
                raise EmobenchError("get_scene_embeddings() returned no (n, d)", where=self.where, remedy="fix it")
            return list(torch.as_tensor(vectors)[:, None, None])

        return encoded
