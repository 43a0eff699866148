"""What the datasets of faces share: files that hold no image, and how a synthetic face looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from emobench import decoding
from emobench.contracts import Finding
from emobench.data import refuse_lfs_pointers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# A folder image has at least 500 bytes and a Git LFS pointer fewer than 200; only the small ones need opening.
_SUSPICIOUSLY_SMALL = 200
_SIZE = 48


def small_files(root: Path, names: Sequence[str]) -> Iterator[Finding]:
    """List empty files and Git LFS pointers; other damage shows when a file is decoded.

    Args:
        root: the copy's.
        names: of the images, relative to ``root``.

    Raises:
        EmobenchError: all files are pointers.
    """
    sizes = {name: _size(root / name) for name in names}
    small = [name for name in names if sizes[name] < _SUSPICIOUSLY_SMALL]
    if len(small) == len(names):
        refuse_lfs_pointers(root, names)
    for name in small:
        if decoding.is_lfs_pointer(root / name):
            yield Finding("unreadable", name, "a Git LFS pointer, not the image itself")
        elif sizes[name] <= 0:
            yield Finding("unreadable", name, "a broken link" if sizes[name] < 0 else "the file is empty")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


# How FER2013's classes look in a twin: the mouth's corners and opening, the eyes' opening, the brows' slope; see drawn_face.
EXPRESSIONS = {
    "angry": (-2.0, 0.5, 1.5, -3.0),
    "disgust": (-2.5, 1.5, 1.0, -1.0),
    "fear": (-1.0, 2.5, 3.0, 2.5),
    "happy": (4.0, 1.5, 1.5, 0.5),
    "neutral": (0.0, 0.5, 2.0, 0.0),
    "sad": (-3.5, 0.5, 1.5, 2.5),
    "surprise": (0.0, 4.5, 3.0, 1.0),
}


def drawn_face(shape: tuple[float, float, float, float], random: np.random.Generator) -> NDArray[np.uint8]:
    """Draw a face: a bright oval with dark brows, eyes and mouth, moved about, and noise that hides some of it.

    Args:
        shape: in pixels, the mouth's corners above (+) or below its middle, how far it opens, how far the eyes open, and the
            brows' inner ends above (+) or below the outer ones.
        random: where the differences between faces come from.

    Returns:
        uint8 (48, 48); the eyes are 6 pixels above the middle and the mouth 11 below.
    """
    import numpy as np

    corners, mouth, eyes, brows = np.array(shape) + random.normal(0, 0.6, 4)
    y, x = np.mgrid[:_SIZE, :_SIZE] - np.array([24, 24]).reshape(2, 1, 1) - random.normal(0, 0.7, (2, 1, 1))
    image = np.where((x / 17) ** 2 + (y / 22) ** 2 < 1, random.uniform(130, 200), random.uniform(30, 110))
    side = np.abs(x)
    lips = 11 - corners * ((x / 8) ** 2 - 0.5)
    image[(side < 8) & (np.abs(y - lips) < max(mouth, 0.7))] -= 80
    image[((side - 8) / 4) ** 2 + ((y + 6) / max(eyes, 0.5)) ** 2 < 1] -= 80
    image[(side > 3) & (side < 13) & (np.abs(y + 12 - brows * (side - 8) / 5) < 1)] -= 80
    return np.clip(image + random.normal(0, 18, image.shape), 0, 255).astype(np.uint8)
