"""A small colour picture of a face."""

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


class FaceImage(Representation):
    """uint8 (3, size, size) in [0, 255]: red, green and blue; a gray picture becomes three equal channels.

    A colour picture of that very size comes out byte for byte; one that is not square is stretched, as for ``gray-face``.

    48 pixels, because paper B leaves the size open: the first fully connected layer of its network grows with the square of
    the size (docs/models.md), and FER2013 has this size too.
    """

    name: ClassVar[str] = "face-image"
    title: ClassVar[str] = "colour face, 48 by 48"
    modality: ClassVar[Modality] = "image"
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType({"size": 48})
    packages: ClassVar[tuple[str, ...]] = ("opencv-python", "pillow")

    def compute(self, decoded: NDArray[np.uint8], **parameters: Any) -> NDArray[np.uint8]:
        """Return (3, size, size) from (height, width) or (height, width, 3)."""
        import numpy as np

        size = parameters["size"]
        image = resized(decoded, size)
        channels = image if image.ndim == 3 else image[:, :, np.newaxis]
        return np.ascontiguousarray(np.broadcast_to(channels, (size, size, 3)).transpose(2, 0, 1))


@hookimpl
def emobench_representations() -> list[Representation]:
    """Register the colour face."""
    return [FaceImage()]
