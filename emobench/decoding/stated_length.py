"""What a sound file says about its own length, held against what is there: libsndfile reads what it finds."""

from __future__ import annotations

import struct
from collections.abc import Callable
from io import FileIO

# Programs that write to a pipe cannot know a length; they state one near the end of the field's range, or none.
_STREAMED = 0x7FFF_F000
_LONG_STREAMED = 0x7FFF_FFFF_FFFF_F000
_W64_RIFF = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
_W64_DATA = b"data\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"
_OGG_PAGE, _OGG_END = 27, 4


def lacking(file: FileIO, size: int) -> int:
    """Return how many bytes of sound a file states but does not hold; 0 where it states nothing.

    WAV, RF64, Wave64, AIFF, AU, NIST and CAF state a number of bytes. Of Ogg the last page says that it is the last one: 1 is
    returned where it is not there. FLAC, MP3 and films are held against their own length when they are decoded.
    """
    file.seek(0)
    head = file.read(64)
    for begins, measure in _FORMS:
        if begins(head):
            return max(0, measure(file, size))
    return 0


def _wav(file: FileIO, size: int) -> int:
    """Return the lacking bytes of a WAV file, little-endian or big-endian, or of RF64, whose length stands in ``ds64``."""
    file.seek(0)
    kind = file.read(12)[:4]
    order, position, long_length = (">" if kind == b"RIFX" else "<"), 12, None
    while position + 8 <= size:
        file.seek(position)
        chunk, length = struct.unpack(f"{order}4sI", file.read(8))
        position += 8
        if chunk == b"ds64":
            long_length = struct.unpack("<8xQ", file.read(16))[0]
        if chunk == b"data":
            if length == 0xFFFF_FFFF and long_length is not None:
                return 0 if long_length >= _LONG_STREAMED else position + int(long_length) - size
            return 0 if length >= _STREAMED else position + int(length) - size
        position += length + length % 2
    return 0


def _wave64(file: FileIO, size: int) -> int:
    position = 40
    while position + 24 <= size:
        file.seek(position)
        chunk = file.read(16)
        (length,) = struct.unpack("<Q", file.read(8))
        if chunk == _W64_DATA:
            return 0 if length >= _LONG_STREAMED else position + int(length) - size
        position += max(24, length + (-length) % 8)
    return 0


def _aiff(file: FileIO, size: int) -> int:
    position = 12
    while position + 8 <= size:
        file.seek(position)
        chunk, length = struct.unpack(">4sI", file.read(8))
        position += 8
        if chunk == b"SSND":
            return 0 if length >= _STREAMED else position + int(length) - size
        position += length + length % 2
    return 0


def _au(file: FileIO, size: int) -> int:
    file.seek(0)
    order = ">" if file.read(4) == b".snd" else "<"
    begin, length = struct.unpack(f"{order}II", file.read(8))
    return 0 if length >= _STREAMED else int(begin + length) - size


def _nist(file: FileIO, size: int) -> int:
    file.seek(0)
    lines = file.read(1024).decode("ascii", "replace").splitlines()
    begin = int(lines[1]) if len(lines) > 1 and lines[1].strip().isdigit() else 0
    fields = {parts[0]: parts[2] for line in lines if len(parts := line.split()) == 3}
    if "shorten" in fields.get("sample_coding", ""):  # compressed: its length is not that of the samples
        return 0
    try:
        frames, width = int(fields["sample_count"]), int(fields["sample_n_bytes"])
        return begin + frames * width * int(fields.get("channel_count", "1")) - size
    except (KeyError, ValueError):
        return 0


def _caf(file: FileIO, size: int) -> int:
    position = 8
    while position + 12 <= size:
        file.seek(position)
        chunk, length = struct.unpack(">4sq", file.read(12))
        position += 12
        if chunk == b"data":
            return 0 if length < 0 else position + int(length) - size
        position += length
    return 0


def _ogg(file: FileIO, size: int) -> int:
    """Return 1 unless the last page of every stream that begins also ends it, wholly."""
    position, open_streams = 0, set()
    while position + _OGG_PAGE <= size:
        file.seek(position)
        header = file.read(_OGG_PAGE)
        if header[:4] != b"OggS":
            break
        segments = file.read(header[26])
        position += _OGG_PAGE + len(segments) + sum(segments)
        if position > size:
            return position - size
        if header[5] & _OGG_END:
            open_streams.discard(header[14:18])
        else:
            open_streams.add(header[14:18])
    return int(bool(open_streams))


_FORMS: tuple[tuple[Callable[[bytes], bool], Callable[[FileIO, int], int]], ...] = (
    (lambda head: head[:4] in (b"RIFF", b"RIFX", b"RF64") and head[8:12] == b"WAVE", _wav),
    (lambda head: head[:16] == _W64_RIFF, _wave64),
    (lambda head: head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"), _aiff),
    (lambda head: head[:4] in (b".snd", b"dns."), _au),
    (lambda head: head[:8] == b"NIST_1A\n", _nist),
    (lambda head: head[:4] == b"caff", _caf),
    (lambda head: head[:4] == b"OggS", _ogg),
)
