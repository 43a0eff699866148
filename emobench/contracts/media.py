"""What a sample consists of, and what a decoder makes of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Modality = Literal["image", "audio", "video", "text"]


def column_of(modality: Modality) -> str:
    """Return the column of an index that says where a sample's file is; of texts, the one that holds them."""
    return "text" if modality == "text" else f"{modality}_path"


@dataclass(frozen=True)
class Audio:
    """A decoded sound.

    Attributes:
        samples: float32 (frames,), mono (the mean of the channels), in [-1, 1].
        rate: frames a second.
    """

    samples: NDArray[np.float32]
    rate: int


@dataclass(frozen=True)
class Video(ABC):
    """A film whose frames are decoded when they are asked for.

    Attributes:
        path: its file.
        frames: how many frames the file says it has; the last one of them may not decode.
        rate: frames a second; 0 where the file does not say.
    """

    path: Path
    frames: int
    rate: float = 0.0

    @abstractmethod
    def read(self, positions: Iterable[int]) -> dict[int, NDArray[np.uint8]]:
        """Decode the frames at ``positions``, counted from 0.

        Returns:
            Position to uint8 (height, width, 3) in RGB order, without the positions that do not decode.
        """
