"""How far apart perceptual hashes are, and which neighbour is told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from emobench.audits import image_distance
from emobench.audits.image_distance import NEAR, Neighbour, near_images

WHOLE = 2**256 - 1


def flipped(value: int, bits: int, first: int = 0) -> int:
    """Return a hash that differs in so many bits, from one on."""
    return int(value ^ ((1 << bits) - 1) << first)


def features(**hashes: int | tuple[int, int]) -> pd.DataFrame:
    """Return the features of images with these hashes, and the hashes of their mirror images where there are two."""
    both = {name: one if isinstance(one, tuple) else (one, flipped(one, 128, 128)) for name, one in hashes.items()}
    return pd.DataFrame(
        [
            {"hash": f"{plain:064x}", "mirrored": f"{turned:064x}", "digest": f"content of {name}"}
            for name, (plain, turned) in both.items()
        ],
        index=list(both),
    )


@pytest.mark.parametrize(("bits", "near"), [(0, True), (NEAR, True), (NEAR + 2, False)])
def test_near_is_up_to_so_many_bits(bits: int, near: bool) -> None:
    found = near_images(features(fitted=flipped(WHOLE, bits)), features(tested=WHOLE))
    assert found.nearest == ({"tested": Neighbour(bits, "fitted", False)} if near else {})
    assert found.fitted == (("fitted",) if near else ())


def test_the_nearest_is_told_and_all_that_are_near_count() -> None:
    known = features(far=flipped(WHOLE, 100), near=flipped(WHOLE, 20), nearer=flipped(WHOLE, 4, 60))
    found = near_images(known, features(tested=WHOLE))
    assert found.nearest == {"tested": Neighbour(4, "nearer", False)}
    assert found.fitted == ("near", "nearer")


def test_the_same_content_does_not_count() -> None:
    known = features(same=WHOLE, other=flipped(WHOLE, 8))
    tested = features(tested=WHOLE).assign(digest="content of same")
    assert near_images(known, tested).nearest == {"tested": Neighbour(8, "other", False)}
    assert near_images(known[:1], tested) == image_distance.NearImages((), {})


def test_a_mirror_image_is_told_where_the_image_itself_is_near_to_none() -> None:
    known = features(one=flipped(WHOLE, 6), other=flipped(0, 2))
    both = features(plain=(WHOLE, 0), turned=(flipped(WHOLE, 128, 64), 0))
    assert near_images(known, both).nearest == {
        "plain": Neighbour(6, "one", False),
        "turned": Neighbour(2, "other", True),
    }


def test_blocks_of_tested_images_are_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(0)
    hashes = [int.from_bytes(generator.bytes(32)) for _ in range(11)]
    known = features(**{f"train-{place}": flipped(one, place) for place, one in enumerate(hashes)})
    tested = features(**{f"test-{place}": one for place, one in enumerate(hashes)})
    monkeypatch.setattr(image_distance, "_BLOCK", 4)
    found = near_images(known, tested)
    assert found.fitted == tuple(f"train-{place}" for place in range(11))
    assert found.nearest == {f"test-{place}": Neighbour(place, f"train-{place}", False) for place in range(11)}
