"""Every audit there is, and how all of them are put to a split."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from emobench.audits import class_balance, damaged_media, duplicates, group_overlap, near_duplicates, shortcut_probes
from emobench.audits.audit import Audit, AuditInput
from emobench.audits.code import report_id
from emobench.contracts import Dataset, Split
from emobench.data import DatasetCopy
from emobench.errors import EmobenchError, nearest
from emobench.plugins import describe
from emobench.records import AuditFinding, AuditReport, Component

if TYPE_CHECKING:
    import pandas as pd

_ALL = (
    Audit(
        group_overlap.GROUPS,
        "groups in two parts",
        "people who were trained on are tested on: the score is of recognising them again, and falls for strangers",
        "error",
        group_overlap.groups_in_two_parts,
        ("sample of a group in two parts", "samples of groups in two parts"),
    ),
    Audit(
        group_overlap.TAKES,
        "takes in two parts",
        "one recording, in another file, is trained and tested on: the score is of remembering it",
        "error",
        group_overlap.takes_in_two_parts,
        ("sample of a take in two parts", "samples of takes in two parts"),
    ),
    Audit(
        group_overlap.PARENTS,
        "parents in two parts",
        "a changed copy of a tested sample is trained on: the score is of remembering it",
        "error",
        group_overlap.parents_in_two_parts,
        ("sample of a parent in two parts", "samples of parents in two parts"),
    ),
    Audit(
        duplicates.ACROSS,
        "exact duplicates across parts",
        "tested samples are trained on: the score counts what was learnt by heart",
        "error",
        duplicates.exact_duplicates_across_parts,
        ("exact duplicate", "exact duplicates"),
    ),
    Audit(
        duplicates.WITHIN,
        "exact duplicates within parts",
        "one sample counts several times, in the score or in training",
        "warning",
        duplicates.exact_duplicates_within_parts,
        ("repeated sample", "repeated samples"),
    ),
    Audit(
        near_duplicates.NAME,
        "near-duplicate images",
        "tested photographs are trained on in another size, crop or compression",
        "error",
        near_duplicates.near_duplicate_images,
        ("near-duplicate", "near-duplicates"),
    ),
    Audit(
        duplicates.CONFLICTING,
        "conflicting labels",
        "one content has two classes: at most one is right, and no model can say both",
        "warning",
        duplicates.conflicting_labels,
        ("sample with conflicting labels", "samples with conflicting labels"),
    ),
    Audit(
        damaged_media.SILENT,
        "silent media",
        "a sound in which nothing is heard has a label all the same: a right answer is chance",
        "warning",
        damaged_media.silent_media,
        ("silent sample", "silent samples"),
    ),
    Audit(
        damaged_media.CLIPPED,
        "clipped media",
        "loud passages are distorted, more in loud classes than in others",
        "note",
        damaged_media.clipped_media,
        ("clipped sample", "clipped samples"),
    ),
    Audit(
        damaged_media.CONSTANT,
        "constant media",
        "a sample of one value shows nothing: a right answer is chance",
        "warning",
        damaged_media.constant_media,
        ("constant sample", "constant samples"),
    ),
    Audit(
        damaged_media.TRUNCATED,
        "truncated media",
        "what cannot be decoded is dropped from the run: the score is over fewer samples",
        "warning",
        damaged_media.truncated_media,
        ("undecodable sample", "undecodable samples"),
    ),
    Audit(
        "loudness-tells-label",
        "loudness tells the label",
        "a model can score above chance by the level of the recording, and will where levels differ by class",
        "warning",
        partial(
            shortcut_probes.tells_label,
            audit="loudness-tells-label",
            feature="loudness",
            name="loudness",
            modalities=("audio", "video"),
        ),
    ),
    Audit(
        "duration-tells-label",
        "duration tells the label",
        "a model can score above chance by the length of the recording, or by the padding after it",
        "warning",
        partial(
            shortcut_probes.tells_label,
            audit="duration-tells-label",
            feature="seconds",
            name="duration",
            modalities=("audio", "video"),
        ),
    ),
    Audit(
        "brightness-tells-label",
        "brightness tells the label",
        "a model can score above chance by the exposure, without looking at the face",
        "warning",
        partial(
            shortcut_probes.tells_label,
            audit="brightness-tells-label",
            feature="brightness",
            name="brightness",
            modalities=("image", "video"),
        ),
    ),
    Audit(
        class_balance.NAME,
        "class balance",
        "accuracy rewards the most frequent class, and a class that is not there is not measured",
        "warning",
        class_balance.class_balance,
    ),
)

AUDITS: Mapping[str, Audit] = MappingProxyType({audit.name: audit for audit in _ALL})
"""Every audit by its name, in the order in which they run."""


def run_audits(
    dataset: Dataset,
    source: DatasetCopy,
    samples: pd.DataFrame,
    split: Split,
    *,
    labels: str,
    protocol: Component,
    step: Callable[[int], object] = lambda number: None,
    names: Iterable[str] | None = None,
) -> AuditReport:
    """Audit the parts of a dataset.

    What decoding tells is kept in the cache: the second time, and for another split of the same samples, nothing is decoded.
    An audit that cannot be asked of this data, or fails, is reported with the reason; the others run.

    Args:
        dataset: the dataset's plugin.
        source: the copy.
        samples: its classified index, see :func:`emobench.splits.division.classify`.
        split: the parts.
        labels: label map, as ``name@version``; for the report.
        protocol: the rule that made the parts, with its parameters; for the report.
        step: called with the number of samples decoded since the last call.
        names: of the audits to run; all of them where none are given.

    Raises:
        EmobenchError: no audit of a name.
    """
    chosen = list(AUDITS if names is None else names)
    for name in chosen:
        if name not in AUDITS:
            raise EmobenchError(f"no audit {name!r}", remedy=nearest(name, AUDITS))
    data = AuditInput.of(dataset, source, samples, split, step)
    findings: list[AuditFinding] = []
    not_run: dict[str, str] = {}
    failed: list[str] = []
    for name, audit in AUDITS.items():
        if name not in chosen:
            continue
        try:
            findings += [flagged.finding for flagged in audit.run(data)]
        except EmobenchError as error:
            not_run[name] = str(error)
        except Exception as error:  # an index that breaks its contract must not keep the other audits from running
            not_run[name] = f"the audit failed: {describe(error)}"
            failed.append(name)
    return AuditReport(
        id=report_id(dataset.name, source.content, labels, split.hashes),
        dataset=dataset.name,
        content=source.content,
        labels=labels,
        protocol=protocol,
        split=split.hashes,
        counts={part: len(ids) for part, ids in split.parts.items()},
        audits=tuple(name for name in AUDITS if name in chosen and name not in not_run),
        findings=tuple(findings),
        not_run=not_run,
        failed=tuple(failed),
    )
