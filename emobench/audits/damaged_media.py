"""Silent, clipped, constant and truncated media: samples that cannot show what their label says."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from emobench.audits.audit import MEDIA, AuditInput, Flagged, flagged_within
from emobench.contracts import Modality
from emobench.errors import counted
from emobench.records import Severity

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

_SOUNDS: tuple[Modality, ...] = ("audio", "video")


def silent_media(data: AuditInput) -> list[Flagged]:
    """Find sounds, and films with a sound track, that peak below :data:`SILENT_PEAK`.

    Raises:
        EmobenchError: the dataset has neither.
    """
    return _flagged(
        data,
        SILENT,
        "warning",
        lambda table: table["peak"] < SILENT_PEAK,
        lambda hit: f"{_are(hit)} silent: no sample is above -60 dB",
        _SOUNDS,
    )


def clipped_media(data: AuditInput) -> list[Flagged]:
    """Find sounds, and films with a sound track, of which :data:`CLIPPED_SHARE` or more is at full scale.

    Raises:
        EmobenchError: the dataset has neither.
    """
    return _flagged(
        data,
        CLIPPED,
        "note",
        lambda table: table["clipped"] >= CLIPPED_SHARE,
        lambda hit: f"{_are(hit)} clipped: up to {100 * hit['clipped'].max():.1f}% of the samples are at full scale",
        _SOUNDS,
    )


def constant_media(data: AuditInput) -> list[Flagged]:
    """Find images and films of one colour, and sounds of one value, digital silence among them."""
    return _flagged(
        data,
        CONSTANT,
        "warning",
        lambda table: table["constant"],
        lambda hit: f"{_are(hit)} of one value throughout",
    )


def truncated_media(data: AuditInput) -> list[Flagged]:
    """Find what cannot be decoded whole; a run drops it, and counts it."""
    return _flagged(
        data,
        TRUNCATED,
        "warning",
        lambda table: table["error"] != "",
        lambda hit: f"cannot be decoded whole; the first: {hit['error'].iloc[0]}",
    )


def _flagged(
    data: AuditInput,
    audit: str,
    severity: Severity,
    bad: Callable[[pd.DataFrame], pd.Series[bool]],
    said: Callable[[pd.DataFrame], str],
    modalities: tuple[Modality, ...] = (),
) -> list[Flagged]:
    """Return a finding for each modality and part in which features are bad, with what is said of those."""
    return [
        flagged_within(audit, severity, part, ids, f"{counted(len(ids), *MEDIA[modality])} {said(table.loc[ids])}")
        for modality, table in data.features(*modalities).items()
        for part, ids in data.by_part(table.index[bad(table)])
    ]


def _are(hit: pd.DataFrame) -> str:
    return "is" if len(hit) == 1 else "are"
