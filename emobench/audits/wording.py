"""Numbers in sentences."""

from __future__ import annotations

from emobench.contracts import Modality

MEDIA: dict[Modality, tuple[str, str]] = {
    "image": ("image", "images"),
    "audio": ("sound", "sounds"),
    "video": ("film", "films"),
}
"""What one sample of a modality is called, and several."""


def counted(number: int, one: str, several: str) -> str:
    """Return e.g. ``"1 image"`` or ``"1,288 images"``."""
    return f"{number:,} {one if number == 1 else several}"
