"""Some frames of a film, drawn at random."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import hookimpl
from emobench.contracts import Modality, Representation, Video
from emobench.errors import EmobenchError, UnreadableError
from emobench_plugins.representations.face_finding import largest_face
from emobench_plugins.representations.resizing import resized

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# So many times the frames that are wanted are looked at, at the most, before those found are used again.
_PATIENCE = 4


class RandomFrames(Representation):
    """uint8 (frames, 1 or 3, size, size) in [0, 255]: frames of a film, each of them a view of the sample.

    The positions are the first of a random permutation, so that they differ from each other, and fewer frames are the first
    of more. One that does not decode, or in which no face is found, is replaced by the next of the permutation. If fewer than
    ``frames`` are found among four times as many, or the film has fewer, those that were found are used again, in turn: a
    short film is as good a sample as a long one, and the mean over its views does not change by it.

    Parameters:
        frames: how many.
        size: pixels of a side; the picture is stretched to it.
        crop: ``face``, the largest face that is found, because models of faces are trained on cropped faces; ``centre``, the
            largest square in the middle; ``whole``.
        colour: ``gray`` by Rec. 601, as in ``gray-face``, or ``rgb``.
    """

    name: ClassVar[str] = "random-frames"
    title: ClassVar[str] = "random frames of a film"
    modality: ClassVar[Modality] = "video"
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {"frames": 8, "size": 48, "crop": "face", "colour": "gray"}
    )
    packages: ClassVar[tuple[str, ...]] = ("av", "opencv-python", "scikit-image")
    views: ClassVar[bool] = True
    random: ClassVar[bool] = True

    def compute(self, decoded: Video, **parameters: Any) -> NDArray[np.uint8]:
        """Return (frames, 1 or 3, size, size) of one film, in the order in which they were drawn.

        Raises:
            UnreadableError: no frame decodes, or no face is found in any of those that were looked at.
            EmobenchError: a parameter has a value that there is not.
        """
        import numpy as np

        _check(parameters)
        wanted = parameters["frames"]
        order = parameters["generator"].permutation(decoded.frames)[: _PATIENCE * wanted].tolist()
        found: list[NDArray[np.uint8]] = []
        looked_at = 0
        for frame in _in_turn(decoded, order, wanted):
            looked_at += 1
            part = _CROPS[parameters["crop"]](frame)
            if part is not None:
                found.append(_view(part, parameters["size"], parameters["colour"]))
            if len(found) == wanted:
                break
        if not found:
            what = f"no face in any of {looked_at} frames" if looked_at else "no frame can be decoded"
            raise UnreadableError(what, where=str(decoded.path), remedy="leave it out, or use whole frames")
        return np.stack(list(itertools.islice(itertools.cycle(found), wanted)))


def _check(parameters: Mapping[str, Any]) -> None:
    for name, choices in (("crop", tuple(_CROPS)), ("colour", _COLOURS)):
        if parameters[name] not in choices:
            raise EmobenchError(
                f"{name} is {parameters[name]!r}", where="random-frames", remedy=f"use one of {', '.join(choices)}"
            )
    for name in ("frames", "size"):
        if parameters[name] < 1:
            raise EmobenchError(f"{name} is {parameters[name]!r}", where="random-frames", remedy="use 1 or more")


def _in_turn(film: Video, order: Sequence[int], batch: int) -> Iterator[NDArray[np.uint8]]:
    """Yield the frames at the positions of ``order`` that decode; each further batch decodes the film again."""
    for start in range(0, len(order), batch):
        positions = order[start : start + batch]
        frames = film.read(positions)
        yield from (frames[position] for position in positions if position in frames)


def _face(frame: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    face = largest_face(_gray(frame))
    return frame[face.top : face.top + face.side, face.left : face.left + face.side] if face else None


def _centre(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = frame.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return frame[top : top + side, left : left + side]


def _whole(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return frame


_CROPS: Mapping[str, Callable[[NDArray[np.uint8]], NDArray[np.uint8] | None]] = MappingProxyType(
    {"face": _face, "centre": _centre, "whole": _whole}
)
_COLOURS = ("gray", "rgb")


def _gray(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    import cv2
    import numpy as np

    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _view(picture: NDArray[np.uint8], size: int, colour: str) -> NDArray[np.uint8]:
    """Return (1 or 3, size, size)."""
    import numpy as np

    if colour == "rgb":
        return np.ascontiguousarray(resized(picture, size).transpose(2, 0, 1))
    return np.ascontiguousarray(resized(_gray(picture), size))[np.newaxis]


@hookimpl
def emobench_representations() -> list[Representation]:
    """Register the random frames."""
    return [RandomFrames()]
