"""Checking that every file of a copy can be decoded."""

from __future__ import annotations

from collections.abc import Callable

from emobench.contracts import Dataset, Finding
from emobench.data.copies import DatasetCopy
from emobench.decoding import read_sample
from emobench.errors import UnreadableError


def unreadable(dataset: Dataset, copy: DatasetCopy, step: Callable[[int], object]) -> list[Finding]:
    """Decode every file of a copy, calling ``step(1)`` for each sample, and return those that cannot be decoded."""
    findings = []
    for row in copy.rows(copy.index.samples):
        step(1)
        for modality in dataset.modalities:
            try:
                if copy.has(row, modality):
                    read_sample(dataset, copy.location, row, modality)
            except UnreadableError as error:
                what = f"{error.what}; {error.remedy}" if error.remedy else error.what
                findings.append(Finding("unreadable", row[f"{modality}_path"] or row["sample_id"], what))
                break
    return findings
