"""What the names of sounds, pictures and films end in."""

from __future__ import annotations

from collections.abc import Mapping

from emobench.contracts import Modality

ENDINGS: Mapping[Modality, tuple[str, ...]] = {
    "audio": (".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac", ".aiff", ".aif", ".au", ".caf", ".sph", ".w64"),
    "image": (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif", ".pgm", ".ppm"),
    "video": (".mp4", ".avi", ".mov", ".mkv", ".webm", ".flv", ".mpg", ".mpeg", ".m4v", ".wmv"),
}
"""Modality to the endings of its files' names."""
