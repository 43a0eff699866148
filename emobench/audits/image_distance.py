"""Which images look like others: the distance of their perceptual hashes, and how far is near."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from emobench.audits.content_features import HASH_SIDE

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

HASH_BITS = HASH_SIDE**2 - 1
"""So many bits of a perceptual hash tell something; distances are even, since each hash has as many bits set."""

NEAR = 48
"""In so many of :data:`HASH_BITS` bits may the perceptual hashes of two images differ that are taken for one photograph.

It holds for what audits report, what policies drop and what a clean subset leaves out. Measured on the 206 million pairs of a
training and a test image of FER2013, and on the 14.5 million pairs of 5,384 aligned faces of LFW with drawn masks:

=========  =====================================  =====================================  ===========================
bits       FER2013, pairs drawn and looked at     pairs of masks: one name, two names    FER2013 private, left out
=========  =====================================  =====================================  ===========================
up to 48   60 of 60 are one photograph each       3, and 1 (one photograph, two names)   505 of 3,589, 14.1%
50 to 56   60 of 60 are one photograph each       5 and 8                                559, 15.6%
58 to 64   4 of 60 are of two people, from 58 on  7 and 88                               599, 16.7%
=========  =====================================  =====================================  ===========================

An error must be one, whatever the corpus: at 64 bits 22 of 590 masked test faces would count as trained on, and all of them
are of other people. What 48 misses costs little: a ResNet-18 trained on FER2013 has accuracy 0.513 on the whole private test
part, 0.461 on what is clean at 48 bits and 0.456 on what is clean at 64. What changes an image moves it less: of 500 images
of FER2013, 99% stay within 14 bits of themselves after JPEG at quality 50 or noise of 4 grey levels, 99% within 4 after
doubling the size, and nine in ten within 46 after cutting off a row and a column of 48.

Mirrored images go by the same bound: in FER2013 all 16 pairs within 48 bits are one photograph and its mirror image, as are
all 28 up to 58, and the first of two people is at 60. Of the 14.5 million pairs of masks none is within 48, one within 52.
They add 3 images to the 505 above, and 2 to the 481 of the public test part.
"""
_BLOCK = 512  # tested images compared at a time: against 30,000 others, 60 MB of distances


class Neighbour(NamedTuple):
    """The nearest image; sorts by distance.

    Attributes:
        bits: in which the hashes differ, at most :data:`NEAR`.
        sample: its id.
        mirrored: whether only the mirror image of the tested one is near.
    """

    bits: int
    sample: str
    mirrored: bool


@dataclass(frozen=True)
class NearImages:
    """Images of two parts that look like each other.

    Attributes:
        fitted: ids of those of the fitted part, in its order.
        nearest: id of a tested image, in the order of its part, to the nearest fitted one.
    """

    fitted: tuple[str, ...]
    nearest: Mapping[str, Neighbour]


def near_images(fitted: pd.DataFrame, tested: pd.DataFrame) -> NearImages:
    """Compare every image of one part with every one of another, as it is and mirrored.

    Pairs with the same content do not count: those are exact duplicates.

    Args:
        fitted: features of images by sample id, see :func:`emobench.audits.content_features.content_features`; each with a
            hash.
        tested: the same of the other part.
    """
    import numpy as np
    import pandas as pd

    ours, plain, mirrored = _signs(fitted["hash"]), _signs(tested["hash"]), _signs(tested["mirrored"])
    codes, _ = pd.factorize(pd.concat([fitted["digest"], tested["digest"]]))
    inside, outside = codes[: len(fitted)], codes[len(fitted) :]
    hit = np.zeros(len(fitted), dtype=bool)
    nearest: dict[str, Neighbour] = {}
    for start in range(0, len(tested), _BLOCK):
        block = slice(start, start + _BLOCK)
        same = outside[block, None] == inside
        as_it_is, turned = (_distances(signs[block], ours, same) for signs in (plain, mirrored))
        hit |= (as_it_is <= NEAR).any(axis=0) | (turned <= NEAR).any(axis=0)
        alone = as_it_is.min(axis=1) > NEAR
        distances = np.where(alone[:, None], turned, as_it_is)
        closest = distances.argmin(axis=1)
        for row in np.flatnonzero(distances.min(axis=1) <= NEAR):
            other = int(closest[row])
            found = Neighbour(int(distances[row, other]), str(fitted.index[other]), bool(alone[row]))
            nearest[str(tested.index[start + int(row)])] = found
    return NearImages(tuple(map(str, fitted.index[hit])), nearest)


def _distances(signs: NDArray[np.float32], others: NDArray[np.float32], same: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return (n, m) numbers of bits that differ; infinite where the content is the same."""
    import numpy as np

    # Of signs, the product counts bits that agree minus bits that differ; whole numbers this small are exact.
    distances: NDArray[np.float32] = (others.shape[1] - signs @ others.T) / 2
    distances[same] = np.inf
    return distances


def _signs(hashes: pd.Series[str]) -> NDArray[np.float32]:
    """Return (n, 256): 1 for a bit that is set, -1 for one that is not."""
    import numpy as np

    packed = np.frombuffer(bytes.fromhex("".join(hashes)), dtype=np.uint8).reshape(-1, HASH_SIDE**2 // 8)
    return np.unpackbits(packed, axis=1).astype(np.float32) * 2 - 1
