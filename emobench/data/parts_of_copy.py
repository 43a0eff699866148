"""Parts of one copy that lie in folders beside each other: a corpus that was sorted into train, val and test, say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from emobench.contracts import Copy, Dataset, Finding, Index, column_of
from emobench.data.copies import DatasetCopy, load_index, write_index
from emobench.data.provenance import departures_of, provenance_of
from emobench.storage import cache_folder, cached, key

IN_PARTS = " in parts"
"""What the form of a copy ends in that lies in several folders."""


def together(dataset: Dataset, copies: Sequence[DatasetCopy], root: Path) -> DatasetCopy | None:
    """Return what copies of one form are together, if they lie beside each other and each has samples that no other has.

    A sample that is in several of them is read once, from the first, and listed.

    Args:
        dataset: whose copies they are.
        copies: the first is the best.
        root: the data directory.
    """
    first = copies[0].location
    beside = [
        copy
        for copy in copies
        if copy.location.form == first.form and copy.location.root.parent == first.root.parent and first.root.is_dir()
    ]
    ids = Counter(sample for copy in beside for sample in copy.index.samples["sample_id"])
    own = [copy for copy in beside if any(ids[sample] == 1 for sample in copy.index.samples["sample_id"])]
    if len(own) < 2:
        return None
    own.sort(key=lambda copy: copy.location.root)
    common = first.root.parent
    folder = (
        cache_folder() / "indexes" / f"{dataset.name}-{key([[copy.content, copy.location.root.name] for copy in own])}"
    )
    index, found, content = cached(folder, lambda temporary: _write(temporary, dataset, own, common), load_index)
    provenance = provenance_of(dataset, Copy(common, first.form), root, found, index)
    departures = departures_of(dataset, index, provenance, content)
    location = Copy(common, f"{first.form}{IN_PARTS}")
    return DatasetCopy(dataset.name, location, root, provenance, found, content, index, departures)


def _write(folder: Path, dataset: Dataset, copies: Sequence[DatasetCopy], common: Path) -> None:
    write_index(folder, dataset, Copy(common, copies[0].location.form), _joined(dataset, copies))


def _joined(dataset: Dataset, copies: Sequence[DatasetCopy]) -> Index:
    """Return the samples of all copies, with paths below the folder that has them all."""
    import pandas as pd

    frames, findings = [], []
    missing = Counter(_missing(copies))
    for copy in copies:
        name = copy.location.root.name
        samples = copy.index.samples.copy()
        for modality in dataset.media:
            column = column_of(modality)
            samples[column] = [f"{name}/{path}" if path else "" for path in samples[column]]
        frames.append(samples)
        for finding in copy.index.findings:
            if finding.kind == "missing":
                continue
            findings.append(replace(finding, where=f"{name}/{finding.where}") if finding.where else finding)
    whole = pd.concat(frames, ignore_index=True)
    first_path = column_of(dataset.media[0]) if dataset.media else "sample_id"
    twice = whole[whole["sample_id"].duplicated()]
    findings += [
        Finding("duplicate", path, f"the sample {sample} is in another part too, which is read instead")
        for sample, path in zip(twice["sample_id"], twice[first_path], strict=True)
    ]
    findings += [
        Finding("missing", where, "an official sample that is in none of the parts")
        for where, number in missing.items()
        if number == len(copies) and where
    ]
    return Index(whole.drop_duplicates("sample_id", ignore_index=True), tuple(dict.fromkeys(findings)))


def _missing(copies: Sequence[DatasetCopy]) -> list[str]:
    return [
        where for copy in copies for where in {each.where for each in copy.index.findings if each.kind == "missing"}
    ]
