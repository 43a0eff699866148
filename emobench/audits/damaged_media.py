"""Silent, clipped, constant and truncated media: samples that cannot show what their label says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from emobench.audits.audit import Caught, Material, by_part, caught_within
from emobench.audits.wording import MEDIA, counted
from emobench.contracts import Modality

if TYPE_CHECKING:
    import pandas as pd

SILENT, CLIPPED, CONSTANT, TRUNCATED = "silent-media", "clipped-media", "constant-media", "truncated-media"

SILENT_PEAK = 0.001
"""A sound whose largest sample is below this (-60 dB of full scale, 33 steps of 16 bits) is silent: the noise of a quiet
room, recorded at any usual level, is as loud, and the softest of RAVDESS's calm voices peaks six times higher."""

CLIPPED_SHARE = 0.001
"""A sound with this share of its samples at full scale is clipped: a sound that was scaled to full range touches it in a
sample or two, and speech that was cut off spends whole half-waves there. None of RAVDESS's 1,248 sounds of seven classes is
above 0.006%, and 47 of 960 of CREMA-D are above 0.1%, most of them angry."""


def silent_media(material: Material) -> list[Caught]:
    """Find sounds, and films with a sound track, that peak below :data:`SILENT_PEAK`.

    Raises:
        EmobenchError: the dataset has neither.
    """
    return [
        caught_within(
            SILENT, "warning", part, list(hit.index), f"{_are(modality, hit)} silent: no sample is above -60 dB"
        )
        for modality, part, hit in _hits(material, lambda table: table["peak"] < SILENT_PEAK, "audio", "video")
    ]


def clipped_media(material: Material) -> list[Caught]:
    """Find sounds, and films with a sound track, of which :data:`CLIPPED_SHARE` or more is at full scale.

    Raises:
        EmobenchError: the dataset has neither.
    """
    found = []
    for modality, part, hit in _hits(material, lambda table: table["clipped"] >= CLIPPED_SHARE, "audio", "video"):
        share = f"{100 * hit['clipped'].max():.1f}%"
        what = f"{_are(modality, hit)} clipped: up to {share} of the samples are at full scale"
        found.append(caught_within(CLIPPED, "note", part, list(hit.index), what))
    return found


def constant_media(material: Material) -> list[Caught]:
    """Find images and films of one colour, and sounds of one value, digital silence among them."""
    return [
        caught_within(CONSTANT, "warning", part, list(hit.index), f"{_are(modality, hit)} of one value throughout")
        for modality, part, hit in _hits(material, lambda table: table["constant"])
    ]


def truncated_media(material: Material) -> list[Caught]:
    """Find what cannot be decoded whole; a run drops it, and counts it."""
    found = []
    for modality, part, hit in _hits(material, lambda table: table["error"] != ""):
        what = f"{counted(len(hit), *MEDIA[modality])} cannot be decoded whole; the first: {hit['error'].iloc[0]}"
        found.append(caught_within(TRUNCATED, "warning", part, list(hit.index), what))
    return found


def _hits(
    material: Material, bad: Callable[[pd.DataFrame], pd.Series[bool]], *modalities: Modality
) -> Iterator[tuple[Modality, str, pd.DataFrame]]:
    """Yield the facts of those samples of which they are bad, modality by modality and part by part."""
    for modality, table in material.facts(*modalities).items():
        hit = table[bad(table)]
        for part, ids in by_part(material, hit.index):
            yield modality, part, hit.loc[ids]


def _are(modality: Modality, hit: pd.DataFrame) -> str:
    one, several = MEDIA[modality]
    return counted(len(hit), f"{one} is", f"{several} are")
