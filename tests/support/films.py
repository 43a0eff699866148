"""Films that tests write themselves."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

SOUND_RATE = 48_000


def gray_levels(frames: int, width: int = 64, height: int = 48) -> NDArray[np.uint8]:
    """Return (frames, height, width, 3): each frame one gray that is six levels above the one before."""
    levels = 20 + 6 * np.arange(frames, dtype=np.uint8)
    return np.broadcast_to(levels[:, None, None, None], (frames, height, width, 3)).copy()


def sine(hertz: float, seconds: float = 1.0) -> NDArray[np.float32]:
    """Return half-loud sound at :data:`SOUND_RATE`."""
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * SOUND_RATE)) / SOUND_RATE)).astype(np.float32)


def write_film(
    path: Path,
    pictures: NDArray[np.uint8] | None,
    sound: NDArray[np.float32] | None = None,
    codec: str = "aac",
    container: str = "mp4",
    **options: str,
) -> Path:
    """Write a film.

    Args:
        path: of the file.
        pictures: (frames, height, width, 3) RGB at 29.97 frames a second; ``None`` for a file without pictures.
        sound: (samples,) or (channels, samples) at :data:`SOUND_RATE`.
        codec: of the sound.
        container: FFmpeg's name of the format.
        **options: of the format.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format=container, options=options) as film:
        picture: Any = None
        if pictures is not None:
            picture = film.add_stream(
                "mpeg4", rate=Fraction(30_000, 1001), options={"g": "1", "qmin": "1", "qmax": "1"}
            )
            picture.height, picture.width = pictures.shape[1:3]
            picture.pix_fmt = "yuv420p"
        layout = "stereo" if sound is not None and sound.ndim == 2 else "mono"
        track: Any = None if sound is None else film.add_stream(codec, rate=SOUND_RATE, layout=layout)
        for pixels in () if pictures is None else pictures:
            film.mux(picture.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        if picture:
            film.mux(picture.encode(None))
        if sound is not None:
            frame = av.AudioFrame.from_ndarray(np.atleast_2d(sound), format="fltp", layout=layout)
            # Without a time stamp the encoder's delay is not taken off again.
            frame.sample_rate, frame.time_base, frame.pts = SOUND_RATE, Fraction(1, SOUND_RATE), 0
            film.mux(track.encode(frame))
            film.mux(track.encode(None))
    return path
