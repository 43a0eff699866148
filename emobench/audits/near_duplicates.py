"""Images that look the same: other sizes, compressions, brightnesses and slight crops of one photograph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench.audits.audit import Audit, AuditInput, Flagged
from emobench.audits.content_features import HASH_SIDE
from emobench.errors import counted

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

NEAR = 48
"""In so many of 255 bits may the perceptual hashes of two images differ that are taken for one photograph.

Measured on FER2013's 206 million pairs of a training and a test image: up to some 66 bits the number of pairs grows evenly,
by about 35 a bit, and those drawn and looked at were one photograph each; from 72 bits on it doubles every second bit, and
different people are among them. Faces that are aligned and wear the same drawn mask are closer: of 14 million pairs of such
photographs (LFW with masks), the four within 48 bits are of one person each, or one photograph under two names; of the 13
from 49 to 56, most are of different people. Of 500 images of FER2013 changed on purpose, 99% stay within 14 bits of
themselves after JPEG at quality 50 or noise of 4 grey levels, 99% within 4 after doubling the size, and nine in ten within
46 after cutting off a row and a column of 48.
"""
_BLOCK = 512  # tested images compared at a time: against 30,000 others, 60 MB of distances


def near_duplicate_images(audit: Audit, data: AuditInput) -> list[Flagged]:
    """Find tested images that look like one that is fitted on, without being the same in every pixel.

    Images of one value have no hash and are left out.
    """
    pairs = data.pairs_of_parts()
    table = data.features("image")["image"]
    hashed = table[table["hash"] != ""]
    parts, found = hashed.index.map(data.part_of), []
    for pair in pairs:
        fitted, nearest = _near(hashed[parts == pair.fitted], hashed[parts == pair.tested])
        if not nearest:
            continue
        look = counted(len(nearest), f"image of {pair.tested} looks", f"images of {pair.tested} look")
        bits = f"{NEAR} or fewer of {HASH_SIDE**2 - 1} bits"
        what = f"{look} like one of {pair.fitted}: {bits} of their perceptual hashes differ"
        examples = [f"{tested} ~ {other}" for tested, (_, other) in sorted(nearest.items(), key=lambda item: item[1])]
        found.append(audit.across(pair, what, examples, fitted, nearest))
    return found


def _near(fitted: pd.DataFrame, tested: pd.DataFrame) -> tuple[list[str], dict[str, tuple[int, str]]]:
    """Return the fitted samples near a tested one, and for each such tested one the distance and id of the nearest.

    Pairs with the same content do not count.
    """
    import numpy as np
    import pandas as pd

    ours, theirs = _signs(fitted["hash"]), _signs(tested["hash"])
    codes, _ = pd.factorize(pd.concat([fitted["digest"], tested["digest"]]))
    inside, outside = codes[: len(fitted)], codes[len(fitted) :]
    hit = np.zeros(len(fitted), dtype=bool)
    nearest: dict[str, tuple[int, str]] = {}
    for start in range(0, len(theirs), _BLOCK):
        # Of signs, the product counts bits that agree minus bits that differ; whole numbers this small are exact.
        distances = (ours.shape[1] - theirs[start : start + _BLOCK] @ ours.T) / 2
        distances[outside[start : start + _BLOCK, None] == inside] = np.inf
        hit |= (distances <= NEAR).any(axis=0)
        closest = distances.argmin(axis=1)
        for row in np.flatnonzero(distances.min(axis=1) <= NEAR):
            other = int(closest[row])
            nearest[str(tested.index[start + int(row)])] = int(distances[row, other]), str(fitted.index[other])
    return list(map(str, fitted.index[hit])), nearest


def _signs(hashes: pd.Series[str]) -> NDArray[np.float32]:
    """Return (n, 256): 1 for a bit that is set, -1 for one that is not."""
    import numpy as np

    packed = np.frombuffer(bytes.fromhex("".join(hashes)), dtype=np.uint8).reshape(-1, HASH_SIDE**2 // 8)
    return np.unpackbits(packed, axis=1).astype(np.float32) * 2 - 1
