"""Sounds, pictures, films and texts of a twin: what a sample is to be told by can be learnt, and says nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

from emobench.errors import EmobenchError

if TYPE_CHECKING:
    import numpy as np
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

RATE = 16_000
SECONDS = 1.0
SIZE = 64
"""Pixels of a side."""

FRAMES, FRAMES_A_SECOND = 10, 10

_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprst" for vowel in "aeiou"]

_CODECS = {".flv": "flv1", ".webm": "libvpx"}
"""Of films, by the ending of containers that do not take MPEG-4."""


def write(path: Path, label: int, labels: int, group: Sequence[int], own: Sequence[int], pictures: bool = True) -> None:
    """Write a file in the format that its name ends in: equal arguments give equal content.

    Args:
        path: of the file.
        label: number of the label.
        labels: how many there are.
        group: numbers that make all files of one speaker or face a little different from others.
        own: numbers that no other file has.
        pictures: whether what could be a film is one, and not sound alone.

    Raises:
        EmobenchError: no format is known by this ending.
    """
    from emobench.data.described.endings import ENDINGS

    ending = path.suffix.lower()
    kinds = [modality for modality, endings in ENDINGS.items() if ending in endings]
    if not kinds:
        raise EmobenchError(f"no twin of a {ending or 'nameless'} file can be made", where=path.name)
    if kinds == ["audio"]:
        _write_sound(path, sound(label, labels, group, own))
    elif kinds == ["image"]:
        from PIL import Image

        Image.fromarray(picture(label, labels, group, own)).save(path)
    elif pictures:
        _write_film(path, label, labels, group, own)
    else:
        _write_container(path, None, sound(label, labels, group, own))


def sound(label: int, labels: int, group: Sequence[int], own: Sequence[int]) -> NDArray[np.float32]:
    """Return a hum, (frames,) at :data:`RATE`, whose pitch, loudness and rhythm are those of a label."""
    import numpy as np

    speaker, random = np.random.default_rng([1, *group]), np.random.default_rng([2, *own])
    share = (label + 1) / (labels + 1)
    pitch = speaker.uniform(100, 180) * 2 ** (share + random.normal(0, 0.05))
    time = np.arange(int(RATE * SECONDS * random.uniform(0.8, 1.0))) / RATE
    hum = sum(np.sin(2 * np.pi * pitch * k * time) / k ** (1 + share) for k in range(1, 6))
    beat = 0.5 - 0.5 * np.cos(2 * np.pi * (2 + 4 * share) * time)
    voice = 0.1 * (1 + 2 * share) * hum * beat + random.normal(0, 0.01, len(time))
    heard: NDArray[np.float32] = np.clip(voice, -1, 1).astype(np.float32)
    return heard


def picture(label: int, labels: int, group: Sequence[int], own: Sequence[int]) -> NDArray[np.uint8]:
    """Return a picture, (:data:`SIZE`, :data:`SIZE`, 3), whose stripes have the direction of a label."""
    import numpy as np

    face, random = np.random.default_rng([3, *group]), np.random.default_rng([4, *own])
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE
    angle = math.pi * (label + random.normal(0, 0.1)) / labels
    stripes = np.sin(2 * np.pi * (6 * (x * math.cos(angle) + y * math.sin(angle)) + random.uniform()))
    shade = 128 + 80 * stripes[..., None] + face.uniform(-20, 20, 3) + random.normal(0, 10, (SIZE, SIZE, 3))
    drawn: NDArray[np.uint8] = np.clip(shade, 0, 255).astype(np.uint8)
    return drawn


def text(label: int, place: int) -> str:
    """Return a text of words that mean nothing: six that every text may have, and two of the eight that a label has."""
    import numpy as np

    random = np.random.default_rng([5, place])
    everybody, own = _words(0, 20), _words(label + 1, 8)
    said = [*random.choice(everybody, 6), *random.choice(own, 2)]
    return " ".join(str(said[number]) for number in random.permutation(len(said)))


def _words(seed: int, number: int) -> list[str]:
    import numpy as np

    random = np.random.default_rng([6, seed])
    return ["".join(random.choice(_SYLLABLES, 3)) for _ in range(number)]


def _write_sound(path: Path, samples: NDArray[np.float32]) -> None:
    import soundfile

    try:
        soundfile.write(path, samples, RATE)
    except (TypeError, ValueError, RuntimeError):  # a format of containers
        _write_container(path, None, samples)


def _write_film(path: Path, label: int, labels: int, group: Sequence[int], own: Sequence[int]) -> None:
    frames = [picture(label, labels, group, [*own, number]) for number in range(FRAMES)]
    _write_container(path, frames, sound(label, labels, group, own))


def _write_container(path: Path, frames: list[NDArray[np.uint8]] | None, samples: NDArray[np.float32]) -> None:
    import av

    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        if frames is not None:
            codec = _CODECS.get(path.suffix.lower(), "mpeg4")
            film = cast("VideoStream", container.add_stream(codec, rate=Fraction(FRAMES_A_SECOND)))
            film.width, film.height, film.pix_fmt = SIZE, SIZE, "yuv420p"
        track = container.add_stream("aac" if path.suffix.lower() not in (".webm", ".mkv") else "libopus", rate=RATE)
        for each in frames or ():
            container.mux(film.encode(av.VideoFrame.from_ndarray(each, format="rgb24")))
        if frames is not None:
            container.mux(film.encode(None))
        heard = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        heard.sample_rate = RATE
        container.mux(track.encode(heard))
        container.mux(track.encode(None))
