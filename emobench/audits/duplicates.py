"""Samples with the same content, to the last pixel or sample, whatever their files look like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from emobench.audits.audit import MEDIA, AuditInput, Flagged, flagged_across, flagged_within
from emobench.errors import counted
from emobench.records import EXAMPLES

if TYPE_CHECKING:
    import pandas as pd

ACROSS, WITHIN = "exact-duplicates-across-parts", "exact-duplicates-within-parts"
CONFLICTING = "conflicting-labels"

_UNIT = {"image": "pixel", "audio": "sample", "video": "frame that was looked at"}


def exact_duplicates_across_parts(data: AuditInput) -> list[Flagged]:
    """Find tested samples whose decoded content is fitted on too.

    Raises:
        EmobenchError: nothing is fitted under the protocol.
    """
    pairs, found = data.pairs_of_parts(), []
    for modality, table in data.features().items():
        one, several = MEDIA[modality]
        digests = _digests(table)
        parts = digests.index.map(data.part_of)
        for pair in pairs:
            fitted, tested = digests[parts == pair.fitted], digests[parts == pair.tested]
            copies = tested[tested.isin(set(fitted))]
            if copies.empty:
                continue
            original = _first(fitted)
            same = counted(len(copies), f"{one} of {pair.tested} is", f"{several} of {pair.tested} are")
            found.append(
                flagged_across(
                    ACROSS,
                    pair,
                    f"{same} in {pair.fitted} too, the same in every {_UNIT[modality]}",
                    [f"{sample} = {original[value]}" for sample, value in copies.head(EXAMPLES).items()],
                    fitted.index[fitted.isin(set(copies))],
                    copies.index,
                )
            )
    return found


def exact_duplicates_within_parts(data: AuditInput) -> list[Flagged]:
    """Find samples whose decoded content a sample before them in the same part has."""
    found = []
    for modality, table in data.features().items():
        digests = _digests(table)
        content = digests + digests.index.to_series().map(data.part_of)
        original = _first(content)
        one, several = MEDIA[modality]
        for part, ids in data.by_part(content.index[content.duplicated()]):
            repeat = counted(len(ids), f"{one} repeats", f"{several} repeat")
            what = f"{repeat} an earlier one of the same part in every {_UNIT[modality]}"
            examples = [f"{sample} = {original[content[sample]]}" for sample in ids[:EXAMPLES]]
            found.append(flagged_within(WITHIN, "warning", part, ids, what, examples))
    return found


def conflicting_labels(data: AuditInput) -> list[Flagged]:
    """Find samples of different classes with the same decoded content, in whatever parts; at most one class is right.

    A policy drops all of them on its side: nobody knows which to keep.
    """
    found = []
    for modality, table in data.features().items():
        digests = _digests(table)
        labels = data.samples["label"].reindex(digests.index)
        classes = labels.groupby(digests).nunique()
        torn = digests[digests.isin(set(classes.index[classes > 1]))]
        one, several = MEDIA[modality]
        for part, ids in data.by_part(torn.index):
            what = f"{counted(len(ids), f'{one} has', f'{several} have')} the same content as one of another class"
            found.append(flagged_within(CONFLICTING, "warning", part, ids, what, _contradictions(ids, torn, labels)))
    return found


def _contradictions(ids: Sequence[str], torn: pd.Series[str], labels: pd.Series[str]) -> list[str]:
    """Return for some samples, each with the first sample of another class and the same content, every pair once."""
    pairs: dict[frozenset[str], str] = {}
    members = {value: list(group.index) for value, group in torn.groupby(torn)}
    for sample in ids:
        other = next(each for each in members[torn[sample]] if labels[each] != labels[sample])
        pairs.setdefault(frozenset((sample, other)), f"{sample} = {other}")
        if len(pairs) == EXAMPLES:
            break
    return list(pairs.values())


def _digests(table: pd.DataFrame) -> pd.Series[str]:
    return table["digest"][table["digest"] != ""]


def _first(digests: pd.Series[str]) -> dict[str, str]:
    """Return the first sample of each digest."""
    kept = digests[~digests.duplicated()]
    return dict(zip(kept, map(str, kept.index), strict=True))
