"""Images, sound and film from files, decoded strictly."""

from __future__ import annotations

from emobench.decoding.media import PACKAGES, audio_header, read_audio, read_sample
from emobench.decoding.opening import is_lfs_pointer
from emobench.decoding.video import FilmHeader, film_header, read_sound
from emobench.decoding.warm_up import compile_sound_functions

__all__ = [
    "PACKAGES",
    "FilmHeader",
    "audio_header",
    "compile_sound_functions",
    "film_header",
    "is_lfs_pointer",
    "read_audio",
    "read_sample",
    "read_sound",
]
