"""Samples with the same content, to the last pixel or sample, whatever their files look like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from emobench.audits.audit import MEDIA, Audit, AuditInput, Flagged
from emobench.contracts import Modality
from emobench.errors import counted
from emobench.records import EXAMPLES

if TYPE_CHECKING:
    import pandas as pd

_UNIT = {"image": "pixel", "audio": "sample", "video": "frame that was looked at"}


def exact_duplicates_across_parts(audit: Audit, data: AuditInput) -> list[Flagged]:
    """Find tested samples whose decoded content is fitted on too."""
    pairs, found = data.pairs_of_parts(), []
    for modality, digests in _digests(data):
        parts = digests.index.map(data.part_of)
        for pair in pairs:
            fitted, tested = digests[parts == pair.fitted], digests[parts == pair.tested]
            copies = tested[tested.isin(set(fitted))]
            if copies.empty:
                continue
            singular, plural = MEDIA[modality]
            same = counted(len(copies), f"{singular} of {pair.tested} is", f"{plural} of {pair.tested} are")
            what = f"{same} in {pair.fitted} too, the same in every {_UNIT[modality]}"
            original = _first(fitted)
            examples = [f"{sample} = {original[value]}" for sample, value in copies.head(EXAMPLES).items()]
            found.append(audit.across(pair, what, examples, fitted.index[fitted.isin(set(copies))], copies.index))
    return found


def exact_duplicates_within_parts(audit: Audit, data: AuditInput) -> list[Flagged]:
    """Find samples whose decoded content a sample before them in the same part has."""
    found = []
    for modality, digests in _digests(data):
        content = digests + digests.index.to_series().map(data.part_of)
        original = _first(content)
        singular, plural = MEDIA[modality]
        for part, ids in data.by_part(content.index[content.duplicated()]):
            repeat = counted(len(ids), f"{singular} repeats", f"{plural} repeat")
            what = f"{repeat} an earlier one of the same part in every {_UNIT[modality]}"
            examples = [f"{sample} = {original[content[sample]]}" for sample in ids[:EXAMPLES]]
            found.append(audit.within(part, ids, what, examples))
    return found


def conflicting_labels(audit: Audit, data: AuditInput) -> list[Flagged]:
    """Find samples of different classes with the same decoded content, in whatever parts; at most one class is right.

    A policy drops all of them on its side: nobody knows which to keep.
    """
    found = []
    for modality, digests in _digests(data):
        labels = data.samples["label"].reindex(digests.index)
        classes = labels.groupby(digests).nunique()
        torn = digests[digests.isin(set(classes.index[classes > 1]))]
        singular, plural = MEDIA[modality]
        for part, ids in data.by_part(torn.index):
            what = f"{counted(len(ids), f'{singular} has', f'{plural} have')} the same content as one of another class"
            found.append(audit.within(part, ids, what, _contradictions(ids, torn, labels)))
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


def _digests(data: AuditInput) -> Iterator[tuple[Modality, pd.Series[str]]]:
    """Yield the digests of the content of each modality, by sample id."""
    for modality, table in data.features().items():
        yield modality, table["digest"][table["digest"] != ""]


def _first(digests: pd.Series[str]) -> dict[str, str]:
    """Return the first sample of each digest."""
    kept = digests[~digests.duplicated()]
    return dict(zip(kept, map(str, kept.index), strict=True))
