"""Networks in ONNX files, computed by onnxruntime; this file imports it when it is used.

The input tells the modality: (n, t) or (n, 1, t) is a sound, (n, 3, height, width) a picture. The first output is read:
(n, d), (n, frames, d) or (n, d, height, width).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from emobench.contracts import Encode
from emobench.encoders.located import LocatedEncoder

_IMAGE: Mapping[str, Any] = {"size": 224, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
"""Parameters of a network for pictures: side in pixels where the file leaves it open, and what is subtracted from and divides
the channels, in [0, 1]. An ONNX file does not say how it was trained; these are ImageNet's usual ones, and are on the row."""


class OnnxFile(LocatedEncoder):
    """A file, whose batch must hold sounds of one length, since it has no input for where padding begins.

    The metadata ``sample_rate`` of the file is the rate of a sound; 16,000 Hz without it.
    """

    packages = ("onnx", "onnxruntime")
    extra = "onnx"
    one_length = True

    def __init__(self, where: str, beside: Path = Path()) -> None:
        super().__init__("onnx", where if where.startswith((".", "/", "~")) else f"./{where}", beside)
        assert self.path is not None
        if not self.path.is_file():
            raise self.refused("there is no such file", f"name an .onnx file, not {self.path}")
        rank = len(self._input.shape)
        if rank not in (2, 3, 4):
            what = f"its input {self._input.name!r} has {rank} axes"
            raise self.refused(what, "export it with (n, samples) of a sound or (n, 3, height, width) of a picture")
        self.modality = "image" if rank == 4 else "audio"
        self.parameters = _IMAGE if rank == 4 else {}
        said = self._session.get_modelmeta().custom_metadata_map
        self.rate = int(float(said.get("sample_rate", self.rate)))
        self.license, self.released = said.get("license", ""), said.get("released", "")

    @cached_property
    def _session(self) -> Any:
        return self._opened(["CPUExecutionProvider"])

    @property
    def _input(self) -> Any:
        return self._session.get_inputs()[0]

    def _opened(self, providers: list[str]) -> Any:
        import onnxruntime

        try:
            return onnxruntime.InferenceSession(self.path, providers=providers)
        except Exception as error:
            first = str(error).strip().partition("\n")[0]
            raise self.refused(f"onnxruntime cannot load it: {first}", "export it again") from error

    def files(self) -> tuple[Path, ...]:
        """Return the file, and those beside it that have its weights."""
        import onnx
        from onnx.external_data_helper import ExternalDataInfo, uses_external_data

        assert self.path is not None
        graph = onnx.load(self.path, load_external_data=False).graph
        named = {ExternalDataInfo(each).location for each in graph.initializer if uses_external_data(each)}
        return self.path, *sorted(self.path.parent / name for name in named)

    def load(self, device: str, precision: str, **parameters: Any) -> Encode:
        """Return what encodes a batch, in the precision of the file."""
        import numpy as np
        import torch

        first = ["CUDAExecutionProvider"] if device == "cuda" else []
        session, name, rank = self._opened([*first, "CPUExecutionProvider"]), self._input.name, len(self._input.shape)

        def encoded(batch: list[Any]) -> list[torch.Tensor]:
            stacked = np.stack([self._pixels(each, parameters) if rank == 4 else each for each in batch])
            output = torch.as_tensor(session.run(None, {name: stacked[:, None] if rank == 3 else stacked})[0])
            if output.dim() == 4:
                output = output.flatten(2).transpose(1, 2)
            return list(output[:, None, None] if output.dim() == 2 else output[:, None])

        return encoded

    def _pixels(self, picture: Any, parameters: dict[str, Any]) -> Any:
        import cv2
        import numpy as np

        sides = [each if isinstance(each, int) else parameters["size"] for each in self._input.shape[2:]]
        scaled = cv2.resize(picture, (sides[1], sides[0]), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        normal = (scaled - np.asarray(parameters["mean"])) / np.asarray(parameters["std"])
        return normal.transpose(2, 0, 1).astype(np.float32)
