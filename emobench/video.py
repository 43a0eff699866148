"""Decode films: frames by OpenCV, sound tracks by PyAV, which ships its decoders."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.contracts import Video
from emobench.errors import UnreadableError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_AGAIN = "get the file again"


def open_video(path: Path) -> Video:
    """Read what a film's container says, and make sure that a first frame decodes.

    Raises:
        UnreadableError: it is no film, or its first frame cannot be decoded.
    """
    import cv2

    capture = cv2.VideoCapture(str(path))
    try:
        if not capture.isOpened() or not capture.grab():
            raise UnreadableError("not a film in any known format, or damaged", where=str(path), remedy=_AGAIN)
        return Video(path, int(capture.get(cv2.CAP_PROP_FRAME_COUNT)))
    finally:
        capture.release()


def read_frames(path: Path, positions: Iterable[int]) -> dict[int, NDArray[np.uint8]]:
    """Decode the frames at ``positions``, one after another from the beginning, since seeking is not exact in every film.

    Returns:
        Position to uint8 (height, width, 3) in RGB order, without the positions that do not decode.
    """
    import cv2
    import numpy as np

    wanted = set(positions)
    frames: dict[int, NDArray[np.uint8]] = {}
    capture = cv2.VideoCapture(str(path))
    try:
        for position in range(max(wanted, default=-1) + 1):
            if not capture.grab():
                break
            if position in wanted:
                decoded, frame = capture.retrieve()
                if decoded:
                    frames[position] = np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), dtype=np.uint8)
    finally:
        capture.release()
    return frames
