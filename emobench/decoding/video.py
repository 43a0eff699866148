"""Decode films: frames by OpenCV, sound tracks by PyAV, which ships its decoders.

Both bring FFmpeg. PyAV opens a film first, for it says in words what is wrong with it; OpenCV is silent or writes to the
terminal.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from emobench.contracts import Audio, Video
from emobench.decoding.opening import damaged, is_text, opened, unrecognised
from emobench.decoding.part import Part
from emobench.errors import UnreadableError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HEAD = 12  # bytes of a file's beginning that begins_as_film looks at
_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")  # that an MP4 or QuickTime file may begin with
_STILL_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"mif1")  # pictures in the container of MP4
_PICTURES = ("apng", "gif", "ico", "image2")  # FFmpeg's formats; the other pictures' names end in _pipe
# No packet of a common sound format holds more frames; the last one need not be full.
_PACKET = 4096
MOST_PIXELS = 100_000_000
"""Of a picture or a frame; a header can claim anything."""

_BEFORE = 0.2
"""Seconds before a part from which its sound is decoded: a packet takes from the one before it."""


class FilmHeader(NamedTuple):
    """What a film says about itself.

    Attributes:
        frames: how many; 0 where it does not say. The last one of them may not decode.
        rate: frames a second; 0 where it does not say.
        width: in pixels.
        height: in pixels.
        sound: its first sound track, ``None`` where it has none.
    """

    frames: int
    rate: float
    width: int
    height: int
    sound: AudioHeader | None


class AudioHeader(NamedTuple):
    """What a sound, or a film about its sound track, says about itself.

    Attributes:
        rate: frames a second.
        channels: samples a frame.
        frames: length; 0 where a film does not say.
    """

    rate: int
    channels: int
    frames: int


def begins_as_film(head: bytes) -> bool:
    """Tell whether the first :data:`HEAD` bytes are those of MP4, QuickTime, Matroska, WebM, Flash or AVI."""
    matroska_or_flash = head.startswith((b"\x1aE\xdf\xa3", b"FLV\x01"))
    return head[4:8] in _BOXES or matroska_or_flash or (head[:4] == b"RIFF" and head[8:12] == b"AVI ")


def film_header(path: Path) -> FilmHeader:
    """Read what a film says about itself; some 10 ms.

    Raises:
        UnreadableError: it is no film, or (in an MP4 or AVI file) not all of it is there.
    """
    with _container(path, "a film") as container:
        stream = _pictures(container, path)
        if stream.codec_context is None:
            raise damaged(path, "pictures in a format that no decoder here knows")
        width, height = stream.codec_context.width, stream.codec_context.height
        if width * height > MOST_PIXELS:
            what = f"frames of {width:,} by {height:,} pixels; at most {MOST_PIXELS:,} are read"
            raise UnreadableError(what, where=str(path), remedy="make them smaller")
        if _is_turned(stream):
            width, height = height, width
        return FilmHeader(
            frames=stream.frames,
            rate=float(stream.average_rate or 0),
            width=width,
            height=height,
            sound=_sound_header(container.streams.audio[0]) if container.streams.audio else None,
        )


def _is_turned(stream: Any) -> bool:
    """Tell whether players, and OpenCV, show a film turned by a quarter: its container says so."""
    import av

    with suppress(av.FFmpegError, ValueError):
        for packet in stream.container.demux(stream):
            for frame in packet.decode():
                return int(frame.rotation) % 180 != 0
    return False


def sound_header(path: Path) -> AudioHeader:
    """Read what a film says about its sound track; refuses what :func:`film_header` does, and a film without sound."""
    with _container(path, "a sound or film") as container:
        return _sound_header(_sound_track(container, path))


def read_sound(path: Path, part: Part | None = None) -> Audio:
    """Decode the first sound track of a film, or a part of it, at its own rate, as the mean of its channels.

    The last packet of compressed sound is filled up with silence; what lies beyond the stated length is left out.

    Raises:
        UnreadableError: it is no film, it has no sound track, or the track is damaged, or shorter than it says.
    """
    import av
    import numpy as np

    with _container(path, "a sound or film") as container:
        stream = _sound_track(container, path)
        stated = _sound_header(stream).frames
        # Without layout and rate it changes the format of the samples alone.
        resampler = av.AudioResampler(format="fltp")
        parts: list[NDArray[np.float32]] = []
        rate, first = 0, 0.0
        try:
            if part is not None and part.start:
                container.seek(int(max(0.0, part.start - _BEFORE) / stream.time_base), stream=stream)
            for frame in container.decode(stream):
                if not parts:
                    first = float((frame.pts or 0) * frame.time_base)
                rate = frame.sample_rate
                parts += [each.to_ndarray().mean(axis=0) for each in resampler.resample(frame)]
                if part is not None and frame.pts is not None and float(frame.pts * frame.time_base) > part.end:
                    break
            parts += [each.to_ndarray().mean(axis=0) for each in resampler.resample(None)]
        except (av.FFmpegError, ValueError) as error:  # ValueError: channels or rate change within the track
            reason = getattr(error, "strerror", None) or error
            raise damaged(path, f"damaged sound track ({reason})") from error
    length = sum(map(len, parts))
    if part is not None and length:
        decoded = np.concatenate(parts)
        if stated:  # what lies beyond is silence that fills the last packet
            decoded = decoded[: max(0, stated - round(first * rate))]
        return finite(_cut(decoded, rate, first, part, path), path)
    if length + _PACKET < stated:
        raise damaged(path, f"truncated: {length} of {stated} frames of sound")
    if not length:
        raise damaged(path, "a sound track of no length")
    samples = np.concatenate(parts)[: stated or None]
    # Lossy codecs overshoot: what was at full scale before may be a little beyond it.
    return finite(Audio(samples=np.clip(samples, -1, 1), rate=rate), path)


def _cut(samples: NDArray[np.float32], rate: int, first: float, part: Part, path: Path) -> Audio:
    """Return a part of samples that begin after ``first`` seconds of the film."""
    import numpy as np

    start = round(first * rate)
    begin, end = part.frames(rate, start + len(samples), path)
    return Audio(samples=np.clip(samples[begin - start : end - start], -1, 1), rate=rate)


def finite(audio: Audio, path: Path) -> Audio:
    """Return a sound that was read from a file, unless a sample of it is not a finite number."""
    import numpy as np

    if not np.isfinite(audio.samples).all():
        raise damaged(path, "has samples that are not finite numbers")
    return audio


def open_video(path: Path, part: Part | None = None) -> Film:
    """Read what a film's container says, and make sure that a first frame decodes; of a part, frames count from its start.

    Raises:
        UnreadableError: it is no film, not all of it is there (where an MP4 or AVI file says so), or its first frame cannot
            be decoded.
    """
    header = film_header(path)  # refuses what is none
    with _capture(path) as capture:
        if not capture.grab():
            raise damaged(path, "damaged film (its first frame cannot be decoded)")
        frames = header.frames
        if frames <= 0:  # it does not say; how long it lasts, which OpenCV goes by, may be anything
            frames = 1
            while capture.grab():
                frames += 1
    if part is None:
        return Film(path, frames, header.rate)
    if not header.rate:
        raise damaged(path, "a film that does not say how many frames a second it has; it has no parts")
    begin, end = part.frames(header.rate, frames, path)
    return Film(path, end - begin, header.rate, begin)


@dataclass(frozen=True)
class Film(Video):
    """A film that OpenCV decodes, one frame after another from the beginning, since seeking is not exact in every film.

    Attributes:
        first: frame of the file with which a part begins.
    """

    first: int = 0

    def read(self, positions: Iterable[int]) -> dict[int, NDArray[np.uint8]]:
        """Decode the frames at ``positions``, counted from 0.

        Returns:
            Position to uint8 (height, width, 3) in RGB order, without the positions that do not decode.

        Raises:
            UnreadableError: the file cannot be opened any more.
        """
        import cv2

        wanted = {self.first + position for position in positions}
        frames: dict[int, NDArray[np.uint8]] = {}
        with _capture(self.path) as capture:
            for position in range(max(wanted, default=-1) + 1):
                if not capture.grab():
                    break
                if position in wanted:
                    decoded, frame = capture.retrieve()
                    if decoded:
                        frames[position - self.first] = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
        return frames


@contextmanager
def _capture(path: Path) -> Iterator[Any]:
    """Open a film by OpenCV (a cv2.VideoCapture)."""
    import cv2

    # FFmpeg within OpenCV writes to the terminal about every damaged frame. OpenCV asks for this when it opens its first
    # film; -8 is FFmpeg's "quiet", and whoever has set another level keeps it.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    # FFmpeg alone: OpenCV would try its other readers too, and one of them takes numbered pictures for a film.
    capture = cv2.VideoCapture(str(path.absolute()), cv2.CAP_FFMPEG)
    try:
        if not capture.isOpened():
            raise damaged(path, "OpenCV cannot open this film")
        yield capture
    finally:
        capture.release()


@contextmanager
def _container(path: Path, expected: str) -> Iterator[Any]:
    """Open what FFmpeg knows (an av.container.InputContainer), unless it says that it is longer than it is."""
    import av

    with opened(path) as file:
        if is_text(file):  # a playlist, say
            raise unrecognised(path, file, expected)
        if lacking := _lacking_bytes(file, path.stat().st_size):
            raise damaged(path, f"truncated: {lacking} bytes are missing")
        try:
            # Some formats name other files; none of them may be fetched from the network.
            container = av.open(str(path.absolute()), options={"protocol_whitelist": "file"})
        except (av.FFmpegError, ValueError):
            raise unrecognised(path, file, expected) from None
        with container:
            yield container


def _lacking_bytes(file: FileIO, size: int) -> int:
    """Return how many bytes an MP4, QuickTime or AVI file states but does not hold; FFmpeg would read what there is."""
    file.seek(0)
    head = file.read(HEAD)
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return max(0, 8 + int.from_bytes(head[4:8], "little") - size)
    if head[4:8] not in _BOXES:
        return 0
    position = 0
    while position + 8 <= size:
        file.seek(position)
        length, kind = struct.unpack(">I4s", file.read(8))
        if length == 1:  # a long one: its length is in the next eight bytes
            length = int.from_bytes(file.read(8), "big")
        if length < 8:  # 0: it reaches to the end
            return 0
        position += length
    # What follows the last box may be anything; only a box that is known can be known to be cut off.
    return max(0, position - size) if kind in (b"mdat", b"moov", b"moof", *_BOXES) else 0


def _pictures(container: Any, path: Path) -> Any:
    """Return the first video stream that is a film; the cover of a sound is none."""
    from av.stream import Disposition

    name = container.format.name
    with opened(path) as file:
        head = file.read(HEAD)
    if name in _PICTURES or name.endswith("_pipe") or (head[4:8] == b"ftyp" and head[8:12] in _STILL_BRANDS):
        raise damaged(path, "a picture, not a film")
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    raise damaged(path, "a sound, not a film" if container.streams.audio else "not a film in any known format")


def _sound_track(container: Any, path: Path) -> Any:
    if not container.streams.audio:
        raise UnreadableError("has no sound track", where=str(path), remedy="use the film without its sound")
    return container.streams.audio[0]


def _sound_header(stream: Any) -> AudioHeader:
    seconds = stream.duration * stream.time_base if stream.duration else 0
    return AudioHeader(stream.rate, stream.codec_context.channels, round(seconds * stream.rate))
