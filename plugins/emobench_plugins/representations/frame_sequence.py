"""The frames of a film in their order, for models that go through time."""

from __future__ import annotations

from collections.abc import Mapping
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


class FrameSequence(Representation):
    """uint8 (t, 1 or 3, size, size) in [0, 255]: frames of a film at equal distances, from the first one on.

    The film is decoded once. A frame that does not decode, or in which no face is found, is left out.

    Parameters:
        per_second: frames a second: those that are nearest to these times. A film with fewer gives each of its frames.
        every: take every n-th frame, whatever its time; 0 to go by ``per_second``.
        size: pixels of a side; the picture is stretched to it.
        crop: ``face``, the largest face that is found, as in ``random-frames``, or ``whole``.
        colour: ``gray`` by Rec. 601, as in ``gray-face``, or ``rgb``.
    """

    name: ClassVar[str] = "frame-sequence"
    title: ClassVar[str] = "frames of a film in their order"
    modality: ClassVar[Modality] = "video"
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {"per_second": 5.0, "every": 0, "size": 48, "crop": "face", "colour": "gray"}
    )
    packages: ClassVar[tuple[str, ...]] = ("av", "opencv-python", "scikit-image")
    sequences: ClassVar[bool] = True

    def compute(self, decoded: Video, **parameters: Any) -> NDArray[np.uint8]:
        """Return (t, 1 or 3, size, size) of one film.

        Raises:
            UnreadableError: no frame decodes, no face is found in any, or the film does not say how many a second it has.
            EmobenchError: a parameter has a value that there is not.
        """
        import numpy as np

        _check(parameters)
        found: list[NDArray[np.uint8]] = []
        frames = decoded.read(_places(decoded, parameters["per_second"], parameters["every"]))
        for place in sorted(frames):
            step = _step(frames.pop(place), parameters)
            if step is not None:
                found.append(step)
        if not found:
            what = "no face in any of its frames" if parameters["crop"] == "face" else "no frame can be decoded"
            raise UnreadableError(what, where=str(decoded.path), remedy="leave it out, or use whole frames")
        return np.stack(found)


def _check(parameters: Mapping[str, Any]) -> None:
    for name, choices in (("crop", ("face", "whole")), ("colour", ("gray", "rgb"))):
        if parameters[name] not in choices:
            what, remedy = f"{name} is {parameters[name]!r}", f"use {' or '.join(choices)}"
            raise EmobenchError(what, where="frame-sequence", remedy=remedy)
    if parameters["size"] < 1 or parameters["every"] < 0 or not (parameters["every"] or parameters["per_second"] > 0):
        raise EmobenchError("size, every or per_second is too small", where="frame-sequence", remedy="use 1 or more")


def _places(film: Video, per_second: float, every: int) -> list[int]:
    """Return the positions of the frames to take."""
    if every:
        return list(range(0, film.frames, every))
    if not film.rate:
        what = "the film does not say how many frames a second it has"
        raise UnreadableError(what, where=str(film.path), remedy="take every n-th frame with every")
    distance = max(1.0, film.rate / per_second)
    wanted = (round(number * distance) for number in range(int(film.frames / distance) + 1))
    return [place for place in wanted if place < film.frames]


def _step(frame: NDArray[np.uint8], parameters: Mapping[str, Any]) -> NDArray[np.uint8] | None:
    """Return (1 or 3, size, size); ``None`` where a face is wanted and there is none."""
    import cv2
    import numpy as np

    gray = np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    picture = gray if parameters["colour"] == "gray" else frame
    if parameters["crop"] == "face":
        face = largest_face(gray)
        if face is None:
            return None
        picture = picture[face.top : face.top + face.side, face.left : face.left + face.side]
    picture = resized(picture, parameters["size"])
    return np.ascontiguousarray(picture[np.newaxis] if picture.ndim == 2 else picture.transpose(2, 0, 1))


@hookimpl
def emobench_representations() -> list[Representation]:
    """Register the frames in their order."""
    return [FrameSequence()]
