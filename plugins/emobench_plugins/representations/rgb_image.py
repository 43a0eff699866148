"""A colour picture of the size that pretrained networks take."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from emobench import hookimpl
from emobench.contracts import Representation
from emobench_plugins.representations.face_image import FaceImage


class RgbImage(FaceImage):
    """uint8 (3, size, size) in [0, 255]: ``face-image`` at 224 pixels, which most networks were pretrained with.

    A picture that is not square is stretched, and a gray one has three equal channels. The network itself subtracts the mean
    and divides by the deviation that its weights expect.
    """

    name: ClassVar[str] = "rgb-image"
    title: ClassVar[str] = "colour picture, 224 by 224"
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType({"size": 224})


@hookimpl
def emobench_representations() -> list[Representation]:
    """Register the colour picture."""
    return [RgbImage()]
