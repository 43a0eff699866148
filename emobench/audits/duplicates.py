"""Samples with the same content, to the last pixel or sample, whatever their files look like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from emobench.audits.audit import FITTED, MEDIA, Audit, AuditInput, Flagged
from emobench.audits.image_distance import HASH_BITS, NEAR
from emobench.contracts import Modality
from emobench.errors import counted
from emobench.records import EXAMPLES

if TYPE_CHECKING:
    import pandas as pd

_UNFITTED = {True: "is nowhere that is fitted on", False: "are nowhere that is fitted on"}
_UNIT = {"image": "pixel", "audio": "sample", "video": "frame that was looked at", "text": "character"}


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
            originals = fitted.index[fitted.isin(set(copies))]
            found.append(audit.across(pair, what, examples, originals, copies.index, duplicates=True))
    return found


def exact_or_near_duplicates(audit: Audit, data: AuditInput) -> list[Flagged]:
    """Put together which tested samples equal or nearly equal one that is fitted on: what a clean subset leaves out."""
    fitted: set[str] = set()
    tested: set[str] = set()
    for pair in data.pairs_of_parts():
        if pair.tested in FITTED:
            continue
        for _, digests in _digests(data):
            parts = digests.index.map(data.part_of)
            shared = set(digests[parts == pair.fitted]) & set(digests[parts == pair.tested])
            same = digests.isin(shared)
            fitted |= set(digests.index[same & (parts == pair.fitted)])
            tested |= set(digests.index[same & (parts == pair.tested)])
        if "image" in data.dataset.modalities:
            near = data.near_images(pair)
            fitted |= set(near.fitted)
            tested |= set(near.nearest)
    found = []
    for part, ids in data.by_part(tested):
        of = len(data.split.parts[part])
        equal = counted(len(ids), "sample equals", "samples equal")
        what = f"{equal} or nearly equal one that is fitted on, {len(ids) / of:.1%} of {of:,}"
        if "image" in data.dataset.modalities:
            what += f"; nearly: {NEAR} or fewer of {HASH_BITS} bits of the perceptual hashes of two images differ"
        found.append(Flagged(audit.finding(part, len(ids), what), frozenset([*fitted, *ids])))
    return [flagged.within_bits(NEAR) for flagged in found] if "image" in data.dataset.modalities else found


def exact_duplicates_across_test_parts(audit: Audit, data: AuditInput) -> list[Flagged]:
    """Find samples of a test part whose decoded content a later test part has too: two tests are not independent then."""
    found = []
    for modality, digests in _digests(data):
        parts = digests.index.map(data.part_of)
        fitted_on = set(digests[parts.isin(FITTED)])
        singular, plural = MEDIA[modality]
        for part, other in combinations(data.split.test_parts, 2):
            here, there = digests[parts == part], digests[parts == other]
            copies = here[here.isin(set(there))]
            if copies.empty:
                continue
            same = counted(len(copies), f"{singular} of {part} is", f"{plural} of {part} are")
            new = int((~copies.isin(fitted_on)).sum())
            what = f"{same} in {other} too, the same in every {_UNIT[modality]}; {new:,} of them {_UNFITTED[new == 1]}"
            original = _first(there)
            examples = [f"{sample} = {original[value]}" for sample, value in copies.items()]
            found.append(Flagged(audit.finding(f"{other} / {part}", len(copies), what, examples)))
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

    Of votes, the class is the one with the most; of values, they are what differs. A policy drops all of them on its side:
    nobody knows which to keep.
    """
    found = []
    told, other = data.samples["label"], "of another class"
    if data.kind == "values":
        told, other = data.truth.astype(str).agg(" ".join, axis=1), "with other values"
    for modality, digests in _digests(data):
        labels = told.reindex(digests.index)
        classes = labels.groupby(digests).nunique()
        torn = digests[digests.isin(set(classes.index[classes > 1]))]
        singular, plural = MEDIA[modality]
        for part, ids in data.by_part(torn.index):
            what = f"{counted(len(ids), f'{singular} has', f'{plural} have')} the same content as one {other}"
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
