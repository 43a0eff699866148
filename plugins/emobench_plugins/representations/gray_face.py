"""A small gray picture of a face."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import hookimpl
from emobench.contracts import Modality, Representation
from emobench_plugins.representations.resizing import resized

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class GrayFace(Representation):
    """uint8 (1, size, size) in [0, 255]; a gray image of that very size comes out byte for byte.

    Colour becomes gray by Rec. 601, 0.299 R + 0.587 G + 0.114 B, as in OpenCV and Pillow. A picture that is not square is
    stretched: datasets of faces are cropped already, and cutting them again would lose chins.
    """

    name: ClassVar[str] = "gray-face"
    title: ClassVar[str] = "gray face, 48 by 48"
    modality: ClassVar[Modality] = "image"
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType({"size": 48})
    packages: ClassVar[tuple[str, ...]] = ("opencv-python", "pillow")

    def compute(self, decoded: NDArray[np.uint8], **parameters: Any) -> NDArray[np.uint8]:
        """Return (1, size, size) from (height, width) or (height, width, 3)."""
        import cv2
        import numpy as np

        colour = decoded.ndim == 3
        gray = np.asarray(cv2.cvtColor(decoded, cv2.COLOR_RGB2GRAY) if colour else decoded, dtype=np.uint8)
        return np.ascontiguousarray(resized(gray, parameters["size"]))[np.newaxis]


@hookimpl
def emobench_representations() -> list[Representation]:
    """Register the gray face."""
    return [GrayFace()]
