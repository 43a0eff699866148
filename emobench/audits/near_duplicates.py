"""Images that look the same: other sizes, compressions, brightnesses, slight crops and mirror images of one photograph."""

from __future__ import annotations

from emobench.audits.audit import Audit, AuditInput, Flagged
from emobench.audits.image_distance import HASH_BITS, NEAR, NearImages
from emobench.errors import counted


def near_duplicate_images(audit: Audit, data: AuditInput) -> list[Flagged]:
    """Find tested images that look like one that is fitted on, or like its mirror image, and are not the same in every pixel.

    Images of one value have no hash and are left out.
    """
    found = []
    for pair in data.pairs_of_parts():
        near = data.near_images(pair)
        if not near.nearest:
            continue
        look = counted(len(near.nearest), f"image of {pair.tested} looks", f"images of {pair.tested} look")
        what = (
            f"{look} like one of {pair.fitted}{_mirrored(near)}: {NEAR} or fewer of {HASH_BITS} bits of their perceptual "
            "hashes differ"
        )
        pairs = sorted(near.nearest.items(), key=lambda item: item[1])
        examples = [f"{tested} ~ {one.sample}{', mirrored' if one.mirrored else ''}" for tested, one in pairs]
        flagged = audit.across(pair, what, examples, near.fitted, near.nearest, duplicates=True)
        found.append(flagged.within_bits(NEAR))
    return found


def _mirrored(near: NearImages) -> str:
    number = sum(one.mirrored for one in near.nearest.values())
    return f" ({number:,} of them only mirrored)" if number else ""
