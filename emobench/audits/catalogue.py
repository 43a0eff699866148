"""All audits, and how they are run on a split."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from emobench.audits.audit import OF_CLASSES, PICTURES, SOUNDS, Audit, AuditInput
from emobench.audits.class_balance import class_balance
from emobench.audits.content_features import audits_code
from emobench.audits.damaged_media import clipped_media, constant_media, silent_media, truncated_media
from emobench.audits.duplicates import (
    conflicting_labels,
    exact_duplicates_across_parts,
    exact_duplicates_across_test_parts,
    exact_duplicates_within_parts,
    exact_or_near_duplicates,
)
from emobench.audits.group_overlap import groups_in_two_parts, parents_in_two_parts, takes_in_two_parts
from emobench.audits.near_duplicates import near_duplicate_images
from emobench.audits.raters import raters
from emobench.audits.shortcut_probes import tells_label
from emobench.audits.value_ranges import value_ranges
from emobench.contracts import Dataset, Kind, Split, Target
from emobench.data import DatasetCopy
from emobench.errors import EmobenchError, nearest
from emobench.plugins import describe
from emobench.records import EXACT_OR_NEAR, AuditFinding, AuditReport, Component
from emobench.storage import key

if TYPE_CHECKING:
    import pandas as pd

_loudness = partial(tells_label, name="loudness", feature="loudness", modalities=SOUNDS)
_duration = partial(tells_label, name="duration", feature="seconds", modalities=SOUNDS)
_brightness = partial(tells_label, name="brightness", feature="brightness", modalities=PICTURES)
_across, _within = exact_duplicates_across_parts, exact_duplicates_within_parts
_across_tests = exact_duplicates_across_test_parts

_CALLED: Mapping[Kind, str] = {"class": "classes", "distribution": "votes", "values": "values"}

_ALL = (
    Audit("groups-in-two-parts", "groups in two parts", "error", groups_in_two_parts, "samples of groups in two parts"),
    Audit("takes-in-two-parts", "takes in two parts", "error", takes_in_two_parts, "samples of takes in two parts"),
    Audit(
        "parents-in-two-parts", "parents in two parts", "error", parents_in_two_parts, "samples of parents in two parts"
    ),
    Audit("exact-duplicates-across-parts", "exact duplicates across parts", "error", _across, "exact duplicates"),
    Audit("exact-duplicates-within-parts", "exact duplicates within parts", "warning", _within, "repeated samples"),
    Audit("near-duplicate-images", "near-duplicate images", "error", near_duplicate_images, "near-duplicates"),
    Audit(EXACT_OR_NEAR, "exact or near duplicates", "note", exact_or_near_duplicates, "exact or near duplicates"),
    Audit("exact-duplicates-across-test-parts", "exact duplicates across test parts", "warning", _across_tests),
    Audit("conflicting-labels", "conflicting labels", "warning", conflicting_labels, "samples with conflicting labels"),
    Audit("silent-media", "silent media", "warning", silent_media, "silent samples"),
    Audit("clipped-media", "clipped media", "note", clipped_media, "clipped samples"),
    Audit("constant-media", "constant media", "warning", constant_media, "constant samples"),
    Audit("truncated-media", "truncated media", "warning", truncated_media, "undecodable samples"),
    Audit("loudness-tells-label", "loudness tells the label", "warning", _loudness, kinds=OF_CLASSES),
    Audit("duration-tells-label", "duration tells the label", "warning", _duration, kinds=OF_CLASSES),
    Audit("brightness-tells-label", "brightness tells the label", "warning", _brightness, kinds=OF_CLASSES),
    Audit("class-balance", "class balance", "warning", class_balance, kinds=OF_CLASSES),
    Audit("raters", "raters", "warning", raters, kinds=("distribution",)),
    Audit("value-ranges", "value ranges", "warning", value_ranges, kinds=("values",)),
)

AUDITS: Mapping[str, Audit] = MappingProxyType({audit.name: audit for audit in _ALL})
"""Every audit by its name, in the order in which they run."""

ON_BOTH_SIDES = tuple(audit.name for audit in _ALL if audit.severity == "error")
"""Audits whose errors say that something which was trained on is tested on, whatever the protocol is meant to do."""


def report_id(dataset: str, content: str, labels: str, split: Mapping[str, str]) -> str:
    """Return 16 hexadecimal digits over what determines a report: the data, the parts and the code of the audits.

    Args:
        dataset: its name.
        content: sha256 of the copy's samples, labels and files.
        labels: label map, as ``name@version``.
        split: sha256 of the sorted sample ids of each part.
    """
    return key([dataset, content, labels, dict(split), audits_code()])[:16]


def run_audits(
    dataset: Dataset,
    copy: DatasetCopy,
    samples: pd.DataFrame,
    split: Split,
    *,
    labels: str,
    protocol: Component,
    step: Callable[[int], object] = lambda number: None,
    names: Iterable[str] = AUDITS,
    target: Target | None = None,
) -> AuditReport:
    """Audit the parts of a dataset.

    Features of decoded content are cached: the second time, and for another split of the same samples, nothing is decoded.
    An audit that cannot be asked of this data, or fails, is reported with the reason; the others run. Of classes, what is
    asked of votes or values alone is no question, and not reported.

    Args:
        dataset: the dataset's plugin.
        copy: of the dataset: its files and its index.
        samples: its index with a truth, see :func:`emobench.splits.targets`.
        split: the parts.
        labels: label map, as ``name@version``; for the report.
        protocol: the rule that made the parts, with its parameters; for the report.
        step: called with the number of samples decoded since the last call.
        names: of the audits to run.
        target: votes or values, whose truth the samples have; ``None`` where that is one class.

    Raises:
        EmobenchError: no audit of a name.
    """
    chosen = set(names)
    if unknown := chosen - set(AUDITS):
        raise EmobenchError(f"no audit {min(unknown)!r}", remedy=nearest(min(unknown), AUDITS))
    data = AuditInput(dataset, copy, samples, split, step, target)
    findings: list[AuditFinding] = []
    ran: list[str] = []
    not_run: dict[str, str] = {}
    failed: list[str] = []
    for audit in _ALL:
        if audit.name not in chosen or (data.kind == "class" and "class" not in audit.kinds):
            continue
        if data.kind not in audit.kinds:
            not_run[audit.name] = f"not asked of {_CALLED[data.kind]}"
            continue
        try:
            findings += [flagged.finding for flagged in audit.find(audit, data)]
            ran.append(audit.name)
        except EmobenchError as error:
            not_run[audit.name] = str(error)
        except Exception as error:  # an index that breaks its contract must not keep the other audits from running
            not_run[audit.name] = f"the audit failed: {describe(error)}"
            failed.append(audit.name)
    return AuditReport(
        id=report_id(dataset.name, copy.content, labels, split.hashes),
        dataset=dataset.name,
        content=copy.content,
        labels=labels,
        protocol=protocol,
        split=split.hashes,
        counts={part: len(ids) for part, ids in split.parts.items()},
        audits=tuple(ran),
        findings=tuple(findings),
        not_run=not_run,
        failed=tuple(failed),
    )
