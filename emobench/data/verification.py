"""Checking that every file of a copy can be decoded."""

from __future__ import annotations

from collections.abc import Callable

from emobench import decoding
from emobench.contracts import Dataset, Finding
from emobench.data.copies import DatasetCopy
from emobench.errors import UnreadableError


def unreadable(dataset: Dataset, source: DatasetCopy, step: Callable[[int], object]) -> list[Finding]:
    """Decode every file of a copy and return those that cannot be decoded.

    Args:
        dataset: the plugin.
        source: the copy.
        step: called with the number of samples done since the last call.
    """
    findings = []
    for row in source.index.samples.to_dict("records"):
        step(1)
        for modality in dataset.modalities:
            if not row[f"{modality}_path"] and not source.copy.root.is_file():
                continue  # a sample without this modality
            try:
                decoding.read_sample(dataset, source.copy, {str(name): value for name, value in row.items()}, modality)
            except UnreadableError as error:
                what = f"{error.what}; {error.remedy}" if error.remedy else error.what
                findings.append(Finding("unreadable", row[f"{modality}_path"] or row["sample_id"], what))
                break
    return findings
