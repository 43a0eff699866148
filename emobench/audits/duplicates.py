"""Samples with the same content, to the last pixel or sample, whatever their files look like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from emobench.audits.audit import Caught, Material, by_part, caught_across, caught_within, pairs_of_parts
from emobench.audits.report import EXAMPLES, AuditFinding
from emobench.audits.wording import MEDIA, counted

if TYPE_CHECKING:
    import pandas as pd

ACROSS, WITHIN = "exact-duplicates-across-parts", "exact-duplicates-within-parts"
CONFLICTING = "conflicting-labels"


def exact_duplicates_across_parts(material: Material) -> list[Caught]:
    """Find tested samples whose decoded content is fitted on too.

    Raises:
        EmobenchError: nothing is fitted under the protocol.
    """
    pairs, found = pairs_of_parts(material.split), []
    for modality, table in material.facts().items():
        digests = _digests(table)
        parts = digests.index.map(material.part_of)
        for first, second, severity in pairs:
            fitted, tested = digests[parts == first], digests[parts == second]
            copies = tested[tested.isin(set(fitted))]
            if copies.empty:
                continue
            original = _first(fitted)
            same = counted(len(copies), f"{MEDIA[modality][0]} of {second} is", f"{MEDIA[modality][1]} of {second} are")
            finding = AuditFinding(
                audit=ACROSS,
                severity=severity,
                part=f"{first} / {second}",
                count=len(copies),
                what=f"{same} in {first} too, the same in every {_unit(modality)}",
                examples=tuple(f"{sample} = {original[value]}" for sample, value in copies.head(EXAMPLES).items()),
            )
            inside = list(fitted.index[fitted.isin(set(copies))])
            found.append(caught_across(finding, inside, list(copies.index), material.split))
    return found


def exact_duplicates_within_parts(material: Material) -> list[Caught]:
    """Find samples whose decoded content a sample before them in the same part has."""
    found = []
    for modality, table in material.facts().items():
        digests = _digests(table)
        parts = digests.index.to_series().map(material.part_of)
        later = digests.index[(digests + parts).duplicated()]
        original = _originals(digests, parts)
        one, several = MEDIA[modality]
        for part, ids in by_part(material, later):
            repeat = counted(len(ids), f"{one} repeats", f"{several} repeat")
            what = f"{repeat} an earlier one of the same part in every {_unit(modality)}"
            examples = [f"{sample} = {original[sample]}" for sample in ids[:EXAMPLES]]
            found.append(caught_within(WITHIN, "warning", part, ids, what, examples))
    return found


def conflicting_labels(material: Material) -> list[Caught]:
    """Find samples of different classes with the same decoded content, in whatever parts; at most one class is right.

    A policy drops all of them on its side: nobody knows which to keep.
    """
    found = []
    for modality, table in material.facts().items():
        digests = _digests(table)
        labels = material.samples["label"].reindex(digests.index)
        classes = labels.groupby(digests).nunique()
        torn = digests[digests.isin(set(classes.index[classes > 1]))]
        one, several = MEDIA[modality]
        for part, ids in by_part(material, torn.index):
            what = f"{counted(len(ids), f'{one} has', f'{several} have')} the same content as one of another class"
            found.append(caught_within(CONFLICTING, "warning", part, ids, what, _contradictions(ids, torn, labels)))
    return found


def _contradictions(ids: Sequence[str], torn: pd.Series[str], labels: pd.Series[str]) -> list[str]:
    """Return for some samples, each with the first sample of another class and the same content, every pair once."""
    pairs: dict[frozenset[str], str] = {}
    members = {value: list(group.index) for value, group in torn.groupby(torn)}
    for sample in ids:
        other = next(one for one in members[torn[sample]] if labels[one] != labels[sample])
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


def _originals(digests: pd.Series[str], parts: pd.Series[str]) -> dict[str, str]:
    """Return for each sample the first one of its part with the same digest."""
    first = _first(digests + parts)
    return {str(sample): first[value] for sample, value in (digests + parts).items()}


def _unit(modality: str) -> str:
    return {"image": "pixel", "audio": "sample", "video": "frame that was looked at"}[modality]
