"""A gray picture of a face, of the size that mini-XCEPTION takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from emobench import Representation, hookimpl
from emobench.contracts import Modality

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIZE = 64


class GrayFace64(Representation):
    """uint8 (1, 64, 64) in [0, 255], resized by linear interpolation, as the package ``fer`` does.

    Colour becomes gray by Rec. 601. A picture that is not square is stretched.
    """

    name: ClassVar[str] = "gray-face-64"
    title: ClassVar[str] = "gray face, 64 by 64"
    modality: ClassVar[Modality] = "image"
    packages: ClassVar[tuple[str, ...]] = ("opencv-python",)

    def compute(self, decoded: NDArray[np.uint8], **parameters: Any) -> NDArray[np.uint8]:
        """Return (1, 64, 64) from (height, width) or (height, width, 3)."""
        import cv2
        import numpy as np

        gray = cv2.cvtColor(decoded, cv2.COLOR_RGB2GRAY) if decoded.ndim == 3 else decoded
        resized = cv2.resize(gray, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
        return np.asarray(resized, dtype=np.uint8)[np.newaxis]


@hookimpl
def emobench_representations() -> list[Representation]:
    """Register ``gray-face-64``."""
    return [GrayFace64()]
