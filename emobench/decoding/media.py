"""Decode one image, sound or film, strictly: what comes out is the whole file's content, or an error says why not.

Files are recognised by their content, never by their ending.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.contracts import Audio, Copy, Dataset, Modality, column_of
from emobench.decoding import video
from emobench.decoding.opening import damaged, opened, unrecognised
from emobench.decoding.part import Part
from emobench.decoding.stated_length import lacking
from emobench.decoding.video import MOST_PIXELS, AudioHeader
from emobench.errors import UnreadableError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_SECONDS = 6 * 3600
"""A longer sound is no sample of an emotion, and would take more memory than most machines have."""

MOST_BYTES = 4 * 2**30
"""Of decoded sound."""

LOUDEST = 32.0
"""A decoded sample beyond this (30 dB over full scale) is none of a float file in [-1, 1]: it is of another range."""

PACKAGES: dict[Modality, tuple[str, ...]] = {
    "image": ("pillow",),
    "audio": ("av", "soundfile"),
    "video": ("av", "opencv-python"),
    "text": (),
}
"""The distributions that decode each modality, whose version may change what comes out."""


def read_sample(dataset: Dataset, copy: Copy, sample: Mapping[str, Any], modality: Modality) -> Any:
    """Decode one sample of a dataset, given by its row of the index: as the plugin does it, else its file; or its text.

    Returns:
        As :meth:`emobench.contracts.Dataset.read`, never ``NotImplemented``.

    Raises:
        UnreadableError: the sample cannot be decoded.
    """
    decoded = dataset.read(copy, sample, modality)
    if decoded is not NotImplemented:
        return decoded
    if modality == "text":
        return str(sample["text"])
    return read(copy.root / sample[column_of(modality)], modality, Part.of(sample))


def read(path: Path, modality: Modality, part: Part | None = None) -> Any:
    """Decode a file, or a part of it, as :func:`read_audio` and :func:`emobench.decoding.video.open_video` do.

    A picture has no parts.
    """
    if modality == "image":
        return read_image(path)
    return read_audio(path, part) if modality == "audio" else video.open_video(path, part)


def read_image(path: Path) -> NDArray[np.uint8]:
    """Decode an image, turned upright as its EXIF orientation says.

    Returns:
        uint8 (height, width) for a gray image, else (height, width, 3) in RGB order; transparency is ignored. Of a
        damaged EXIF block Pillow warns; the pixels are as good as without it.

    Raises:
        UnreadableError: it is no image, or not all of it is there, or its pixels have more than 8 bits a channel.
    """
    import numpy as np
    from PIL import Image, ImageOps, UnidentifiedImageError

    with opened(path) as file:
        try:
            with warnings.catch_warnings(action="ignore", category=Image.DecompressionBombWarning):
                image = Image.open(file)
            with image:
                if image.width * image.height > MOST_PIXELS:
                    what = f"{image.width:,} by {image.height:,} pixels; at most {MOST_PIXELS:,} are read"
                    raise UnreadableError(what, where=str(path), remedy="make it smaller")
                image.load()
                # Files are read by several threads, and Python's warning filters are not thread-safe: nothing is muted.
                upright = ImageOps.exif_transpose(image)
        except UnidentifiedImageError:
            raise unrecognised(path, file, "an image") from None
        except Exception as error:  # Pillow's decoders raise OSError, SyntaxError, ValueError, struct.error and others
            raise damaged(path, f"damaged image ({error})") from error
    if upright.mode[0] in "IF":
        what = f"pixels of mode {upright.mode}, not 8 bits a channel"
        raise UnreadableError(what, where=str(path), remedy="convert it to 8 bits")
    if upright.mode == "P":
        upright = upright.convert("RGBA")  # straight to RGB, Pillow warns of transparent palettes
    return np.array(upright.convert("L" if upright.mode in ("1", "L", "LA", "La") else "RGB"))


def read_audio(path: Path, part: Part | None = None) -> Audio:
    """Decode a sound, or the sound track of a film, at its own rate, as the mean of its channels; or a part of it alone.

    Raises:
        UnreadableError: it is no sound, it is empty, not all of it is there, or a sample is not a finite number.
    """
    if _in_film_container(path):
        return video.read_sound(path, part)
    with _sound(path) as sound:
        rate = int(sound.samplerate)
        try:
            begin, end = part.frames(rate, int(sound.frames), path) if part else (0, int(sound.frames))
            frames = end - begin
            if begin:
                sound.seek(begin)
            channels = sound.read(frames, dtype="float32", always_2d=True)
        except RuntimeError as error:  # what soundfile.LibsndfileError is
            raise damaged(path, f"damaged sound ({error})") from error
    if len(channels) < frames:
        raise damaged(path, f"truncated: {len(channels)} of {frames} frames")
    sound_read = video.finite(Audio(samples=channels.mean(axis=1), rate=rate), path)
    peak = float(abs(sound_read.samples).max())
    if peak > LOUDEST:
        what = f"samples up to {peak:,.0f}, where full scale is 1"
        raise UnreadableError(what, where=str(path), remedy="divide them, by 32768 if they are those of 16 bits")
    return sound_read


def _refuse_giants(path: Path, frames: int, rate: int, channels: int) -> None:
    """Refuse what a header claims before memory is taken for it."""
    if frames > MOST_SECONDS * rate or 4 * frames * channels > MOST_BYTES:
        hours = frames / rate / 3600
        what = f"{hours:,.1f} hours of sound with {channels} channels, by its header; at most {MOST_SECONDS // 3600} are read"
        raise UnreadableError(what, where=str(path), remedy="divide it, or name the parts of it with start and end")


def audio_header(path: Path) -> AudioHeader:
    """Read rate, channels and length without decoding; of a film, those of its sound track.

    Raises:
        UnreadableError: it is no sound, it is empty, or (in a WAV or MP4 file) not all of it is there.
    """
    if _in_film_container(path):
        return video.sound_header(path)
    with _sound(path) as sound:
        return AudioHeader(int(sound.samplerate), int(sound.channels), int(sound.frames))


def _in_film_container(path: Path) -> bool:
    """Tell whether a file begins as films do; libsndfile reads none of these formats."""
    with opened(path) as file:
        return video.begins_as_film(file.read(video.HEAD))


@contextmanager
def _sound(path: Path) -> Iterator[Any]:
    """Open a sound (a soundfile.SoundFile) that has frames and, in a WAV file, all of them."""
    import soundfile

    with opened(path) as file:
        missing = lacking(file, path.stat().st_size)
        file.seek(0)
        try:
            # By descriptor: given a path, soundfile would believe an ending .raw.
            sound = soundfile.SoundFile(file.fileno(), closefd=False)
        except RuntimeError:
            raise unrecognised(path, file, "a sound") from None
        with sound:
            if missing:
                raise damaged(path, f"truncated: {missing} bytes are missing")
            if not sound.frames:
                raise damaged(path, "a sound of no length")
            _refuse_giants(path, int(sound.frames), int(sound.samplerate), int(sound.channels))
            yield sound
