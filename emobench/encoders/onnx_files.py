"""Networks in ONNX files, computed by onnxruntime; this file imports it when it is used.

The input tells the modality: (n, t) or (n, 1, t) is a sound, (n, 3, height, width) a picture. The first output is read:
(n, d), (n, frames, d) or (n, d, height, width).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from emobench.contracts import Encode
from emobench.encoders.located import LocatedEncoder, told

_IMAGE: Mapping[str, Any] = {"size": 224, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
"""Parameters of a network for pictures: side in pixels where the file leaves it open, and what is subtracted from and divides
the channels, in [0, 1]. An ONNX file does not say how it was trained; these are ImageNet's usual ones, and are on the row."""


_NUMBERS = {"tensor(float)": "float32", "tensor(float16)": "float16"}
"""What an input may take."""


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
        self._check_inputs()
        rank = len(self._input.shape)
        self.modality = "image" if rank == 4 else "audio"
        self.parameters = _IMAGE if rank == 4 else {}
        said = self._session.get_modelmeta().custom_metadata_map
        try:
            self.rate = int(float(said.get("sample_rate", self.rate)))
        except ValueError as error:
            what = f"its metadata say sample_rate = {said['sample_rate']!r}"
            raise self.refused(what, "write a number of frames a second there") from error
        self.license, self.released = said.get("license", ""), said.get("released", "")

    def _check_inputs(self) -> None:
        """Refuse what takes no plain sound or picture: more inputs, other numbers, other axes, one length alone."""
        first, *others = self._session.get_inputs()
        shape = first.shape
        what = ""
        if others:
            what = f"it needs {len(others) + 1} inputs ({first.name}, {', '.join(each.name for each in others)})"
        elif first.type not in _NUMBERS:
            what = f"its input {first.name!r} takes {first.type}"
        elif len(shape) not in (2, 3, 4):
            what = f"its input {first.name!r} has {len(shape)} axes"
        elif len(shape) > 2 and isinstance(shape[1], int) and shape[1] != (1 if len(shape) == 3 else 3):
            what = f"its input {first.name!r} is {_axes(shape)}"
        elif len(shape) < 4 and isinstance(shape[-1], int):
            what = f"its input {first.name!r} takes sounds of {shape[-1]:,} samples alone"
        if what:
            remedy = "export it with one float input: (n, samples) of a sound, of any length, or (n, 3, height, width)"
            raise self.refused(what, remedy)

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
            raise self.refused(f"onnxruntime cannot load it: {told(error)}", "export it again") from error

    def files(self) -> tuple[Path, ...]:
        """Return the file, and those beside it that have its weights."""
        import onnx
        from onnx.external_data_helper import ExternalDataInfo, uses_external_data

        assert self.path is not None
        graph = onnx.load(self.path, load_external_data=False).graph
        named = {ExternalDataInfo(each).location for each in graph.initializer if uses_external_data(each)}
        return self.path, *sorted(self.path.parent / name for name in named)

    def load(self, device: str, precision: str, **parameters: Any) -> Encode:
        """Return what encodes a batch, in the precision of the file; one for a fixed number of samples gets so many at once.

        Raises:
            EmobenchError: the parameters do not fit pictures; when it is called, also that it fails on samples.
        """
        import numpy as np
        import torch

        self._check_pixels(parameters)
        first = ["CUDAExecutionProvider"] if device == "cuda" else []
        session, name, rank = self._opened([*first, "CPUExecutionProvider"]), self._input.name, len(self._input.shape)

        fixed, kind = self._input.shape[0], _NUMBERS[self._input.type]

        def made(stacked: Any) -> torch.Tensor:
            number = len(stacked)
            if isinstance(fixed, int) and number < fixed:
                stacked = np.concatenate([stacked, np.repeat(stacked[-1:], fixed - number, axis=0)])
            try:
                output = torch.as_tensor(session.run(None, {name: stacked.astype(kind)})[0])
            except Exception as error:
                what = f"onnxruntime cannot encode {_axes(stacked.shape)} ({told(error)})"
                raise self.refused(what, "export it again, with free axes") from error
            if output.dim() not in (2, 3, 4):
                what = f"its first output is {_axes(output.shape)}"
                raise self.refused(what, "export it with (n, d), (n, frames, d) or (n, d, height, width)")
            return output[:number]

        def encoded(batch: list[Any]) -> list[torch.Tensor]:
            stacked = np.stack([self._pixels(each, parameters) if rank == 4 else each for each in batch])
            stacked = stacked[:, None] if rank == 3 else stacked
            most = fixed if isinstance(fixed, int) else len(stacked)
            output = torch.cat([made(stacked[at : at + most]) for at in range(0, len(stacked), most)])
            if output.dim() == 4:
                output = output.flatten(2).transpose(1, 2)
            return list(output[:, None, None] if output.dim() == 2 else output[:, None])

        return encoded

    def _check_pixels(self, parameters: Mapping[str, Any]) -> None:
        if self.modality != "image":
            return
        if parameters["size"] < 1:
            raise self.refused(f"size is {parameters['size']}", "give the side of a picture in pixels")
        for name in ("mean", "std"):
            if len(parameters[name]) != 3:
                raise self.refused(f"{name} is {parameters[name]}", "give three numbers, one for each colour")

    def _pixels(self, picture: Any, parameters: dict[str, Any]) -> Any:
        import cv2
        import numpy as np

        sides = [each if isinstance(each, int) else parameters["size"] for each in self._input.shape[2:]]
        scaled = cv2.resize(picture, (sides[1], sides[0]), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        normal = (scaled - np.asarray(parameters["mean"])) / np.asarray(parameters["std"])
        return normal.transpose(2, 0, 1).astype(np.float32)


def _axes(shape: Iterable[Any]) -> str:
    """Return a shape for a message: (n, 80, t)."""
    return f"({', '.join(map(str, shape))})"
