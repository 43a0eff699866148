"""How pictures of any size become pictures of one size."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def resized(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Return (size, size) or (size, size, 3) from (height, width) or (height, width, 3), uint8.

    A picture that is not square is stretched: datasets of faces are cropped already, and cutting them again would lose chins.
    """
    import cv2
    import numpy as np

    if pixels.shape[:2] == (size, size):
        return pixels
    # Area averaging keeps a shrunk face from aliasing, which linear interpolation does not. To enlarge, linear:
    # cubic would overshoot at edges and invent darker and lighter pixels than the picture has.
    shrinks = max(pixels.shape[:2]) > size
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    result: NDArray[np.uint8] = np.asarray(cv2.resize(pixels, (size, size), interpolation=interpolation), np.uint8)
    return result
