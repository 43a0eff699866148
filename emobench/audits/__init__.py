"""Audits: before training, what is wrong with the very samples that a split trains and tests on.

:func:`run_audits` finds and says; nothing is changed. :func:`apply_policies` drops what a suite says is to be dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from emobench.audits import balance, damaged_media, duplicates, identities, near_duplicates, probes
from emobench.audits.audit import Audit, Caught, Material
from emobench.audits.merging import Merged, merged
from emobench.audits.policies import POLICIES, apply
from emobench.audits.report import (
    SEVERITY_MEANING,
    AuditFinding,
    AuditReport,
    Severity,
    audits_code,
    read_report,
    report_id,
    report_path,
    write_report,
)
from emobench.cells import Component
from emobench.contracts import Dataset, Split
from emobench.datasets import Source
from emobench.departures import LeftOut
from emobench.errors import EmobenchError, nearest
from emobench.plugins import describe

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "AUDITS",
    "POLICIES",
    "SEVERITY_MEANING",
    "Audit",
    "AuditFinding",
    "AuditReport",
    "Caught",
    "Material",
    "Merged",
    "Severity",
    "apply_policies",
    "audits_code",
    "merged",
    "read_report",
    "report_id",
    "report_path",
    "run_audits",
    "write_report",
]

_ALL = (
    Audit(
        identities.GROUPS,
        "groups in two parts",
        "people who were trained on are tested on: the score is of recognising them again, and falls for strangers",
        "error",
        identities.groups_in_two_parts,
        ("sample of a group in two parts", "samples of groups in two parts"),
    ),
    Audit(
        identities.TAKES,
        "takes in two parts",
        "one recording, in another file, is trained and tested on: the score is of remembering it",
        "error",
        identities.takes_in_two_parts,
        ("sample of a take in two parts", "samples of takes in two parts"),
    ),
    Audit(
        identities.PARENTS,
        "parents in two parts",
        "a changed copy of a tested sample is trained on: the score is of remembering it",
        "error",
        identities.parents_in_two_parts,
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
        probes.LOUDNESS,
        "loudness tells the label",
        "a model can score above chance by the level of the recording, and will where levels differ by class",
        "warning",
        probes.loudness_tells_label,
    ),
    Audit(
        probes.DURATION,
        "duration tells the label",
        "a model can score above chance by the length of the recording, or by the padding after it",
        "warning",
        probes.duration_tells_label,
    ),
    Audit(
        probes.BRIGHTNESS,
        "brightness tells the label",
        "a model can score above chance by the exposure, without looking at the face",
        "warning",
        probes.brightness_tells_label,
    ),
    Audit(
        balance.NAME,
        "class balance",
        "accuracy rewards the most frequent class, and a class that is not there is not measured",
        "warning",
        balance.class_balance,
    ),
)

AUDITS: Mapping[str, Audit] = MappingProxyType({audit.name: audit for audit in _ALL})
"""Every audit by its name, in the order in which they run."""


def run_audits(
    dataset: Dataset,
    source: Source,
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
    An audit that cannot be asked of this data, or fails, is told of with the reason; the others run.

    Args:
        dataset: the dataset's plugin.
        source: the copy.
        samples: its classified index, see :func:`emobench.protocols.classify`.
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
    material = Material.of(dataset, source, samples, split, step)
    findings: list[AuditFinding] = []
    not_run: dict[str, str] = {}
    failed: list[str] = []
    for name, audit in AUDITS.items():
        if name not in chosen:
            continue
        try:
            findings += [caught.finding for caught in audit.run(material)]
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


def apply_policies(
    dataset: Dataset, source: Source, samples: pd.DataFrame, split: Split, policies: Mapping[str, str]
) -> tuple[Split, tuple[LeftOut, ...]]:
    """Return the split without the samples that policies drop.

    ``drop-from-test`` drops tested samples, ``drop-from-training`` those of train and validation: of what stands in two
    parts, the copies on that side; of what is wrong by itself, the samples on that side. Of repeated samples the first one
    stays. The policies are carried out one after another, in the order of :data:`AUDITS`, each on what the one before left.

    Args:
        dataset: the dataset's plugin.
        source: the copy.
        samples: its classified index.
        split: the parts.
        policies: audit name to ``keep``, ``drop-from-training`` or ``drop-from-test``.

    Returns:
        The new split, with the same parts, and what each policy that drops left out, for the row.

    Raises:
        EmobenchError: no audit or no policy of a name, an audit that has nothing to drop or cannot run on this data, or a
            part of which nothing is left.
    """
    return apply(AUDITS, dataset, source, samples, split, policies)
