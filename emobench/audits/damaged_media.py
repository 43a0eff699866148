"""Silent, clipped, constant and truncated media: samples that cannot show what their label says."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from emobench.audits.audit import MEDIA, SOUNDS, Audit, AuditInput, Flagged
from emobench.contracts import Modality
from emobench.errors import counted

if TYPE_CHECKING:
    import pandas as pd

SILENT_PEAK = 0.001
"""A sound whose largest sample is below this (-60 dB of full scale, 33 steps of 16 bits) is silent: the noise of a quiet
room, recorded at any usual level, is as loud, and the softest of RAVDESS's calm voices peaks six times higher."""

CLIPPED_SHARE = 0.001
"""A sound with this share of its samples at full scale is clipped: a sound that was scaled to full range touches it in a
sample or two, and speech that was cut off spends whole half-waves there. None of RAVDESS's 1,248 sounds of seven classes is
above 0.006%, and 47 of 960 of CREMA-D are above 0.1%, most of them angry."""


def silent_media(audit: Audit, data: AuditInput) -> list[Flagged]:
    """Find sounds, and films with a sound track, that peak below :data:`SILENT_PEAK`."""

    def said(hit: pd.DataFrame) -> str:
        return f"{_are(hit)} silent: no sample is above -60 dB"

    return _flagged(audit, data, lambda table: table["peak"] < SILENT_PEAK, said, SOUNDS)


def clipped_media(audit: Audit, data: AuditInput) -> list[Flagged]:
    """Find sounds, and films with a sound track, of which :data:`CLIPPED_SHARE` or more is at full scale."""

    def said(hit: pd.DataFrame) -> str:
        return f"{_are(hit)} clipped: up to {100 * hit['clipped'].max():.1f}% of the samples are at full scale"

    return _flagged(audit, data, lambda table: table["clipped"] >= CLIPPED_SHARE, said, SOUNDS)


def constant_media(audit: Audit, data: AuditInput) -> list[Flagged]:
    """Find images and films of one colour, and sounds of one value, digital silence among them."""
    return _flagged(audit, data, lambda table: table["constant"], lambda hit: f"{_are(hit)} of one value throughout")


def truncated_media(audit: Audit, data: AuditInput) -> list[Flagged]:
    """Find what cannot be decoded whole; a run drops it, and counts it."""

    def said(hit: pd.DataFrame) -> str:
        return f"cannot be decoded whole; the first: {hit['error'].iloc[0]}"

    return _flagged(audit, data, lambda table: table["error"] != "", said)


def _flagged(
    audit: Audit,
    data: AuditInput,
    bad: Callable[[pd.DataFrame], pd.Series[bool]],
    said: Callable[[pd.DataFrame], str],
    modalities: tuple[Modality, ...] = (),
) -> list[Flagged]:
    """Return a finding for each modality and part with bad features, and what is said of the samples that have them."""
    return [
        audit.within(part, ids, f"{counted(len(ids), *MEDIA[modality])} {said(table.loc[ids])}")
        for modality, table in data.features(*modalities).items()
        for part, ids in data.by_part(table.index[bad(table)])
    ]


def _are(hit: pd.DataFrame) -> str:
    return "is" if len(hit) == 1 else "are"
