"""How far a copy can be trusted to be the dataset, and in what it differs from the official one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.contracts import Copy, Dataset, Index, LabelMap
from emobench.data.described import DescribedDataset
from emobench.data.published_files import is_published
from emobench.errors import EmobenchError
from emobench.records import (
    CopyNote,
    Count,
    Departure,
    FewOfClass,
    OtherCounts,
    PrivateTable,
    Provenance,
    SampleCount,
    Synthetic,
    UntriedLayout,
)

if TYPE_CHECKING:
    import pandas as pd

PROVENANCE_FILE = "PROVENANCE.txt"


def provenance_of(dataset: Dataset, copy: Copy, root: Path, found: str, index: Index) -> Provenance:
    """Return what a ``PROVENANCE.txt`` declares, else whether the counts and the content are the official ones."""
    folder = copy.root if copy.root.is_dir() else copy.root.parent
    for candidate in [folder, *folder.parents]:
        declaration = candidate / PROVENANCE_FILE
        if declaration.is_file():
            return _declared(declaration)
        if candidate == root.absolute():
            break
    if count_differences(dataset, index.samples):
        return "unverified"
    confirmed = found == dataset.official.fingerprint.get(copy.form) or is_published(dataset, copy)
    return "official" if confirmed else "unverified"


def _declared(path: Path) -> Provenance:
    first = path.read_text(encoding="utf-8", errors="replace").strip().partition("\n")[0].strip().lower()
    if first == "stand-in":
        return "stand-in"
    if first == "synthetic":
        return "synthetic"
    what = f"the first line must be 'stand-in' or 'synthetic', not {first!r}"
    raise EmobenchError(what, where=str(path), remedy="fix it or delete it")


def departures_of(dataset: Dataset, index: Index, provenance: Provenance, content: str) -> tuple[Departure, ...]:
    """Return in what a copy as a whole, with a hash of its content, differs from the official one."""
    if provenance in ("official", "synthetic"):
        return (Synthetic(),) if provenance == "synthetic" else ()
    return (*_of_descriptor(dataset, content), *_of_counts(dataset, index), *notes_on(index))


def _of_descriptor(dataset: Dataset, content: str) -> Iterator[Departure]:
    if isinstance(dataset, DescribedDataset):
        if dataset.descriptor.private:
            yield PrivateTable(content=content[:8])
        elif dataset.is_untried:
            yield UntriedLayout()


def _of_counts(dataset: Dataset, index: Index) -> Iterator[Departure]:
    """Yield the size of a copy where that is not the official one, else what there is more or less of."""
    found, official = len(index.samples), dataset.official.samples
    if official and found != official:
        yield SampleCount(found=found, official=official)
    elif differences := count_differences(dataset, index.samples):
        counts = tuple(Count(of=each.what, found=each.found, official=each.official) for each in differences)
        yield OtherCounts(counts=counts)


def notes_on(index: Index) -> list[CopyNote]:
    """Return what the findings of an index say of the copy as a whole."""
    return [CopyNote(what=finding.what) for finding in index.findings if finding.kind == "odd" and not finding.where]


def few_of_class(
    dataset: Dataset, label_map: LabelMap, samples: pd.DataFrame, provenance: Provenance
) -> tuple[FewOfClass, ...]:
    """Return the classes of which a copy has less than a tenth of what an even part of the official samples would have.

    A score over the other classes is that of an easier task, which its number of samples does not tell. Nothing is returned
    for an official or a synthetic copy, nor where the dataset does not say how many samples of each label there are.
    """
    if provenance in ("official", "synthetic"):
        return ()
    official: Counter[str] = Counter()
    columns, counts = next((item for item in dataset.official.counts.items() if "label" in item[0]), ((), {}))
    for values, number in counts.items():
        official[label_map.class_of(values[columns.index("label")]) or ""] += number
    classes = {label: label_map.class_of(label) or "" for label in set(samples["label"])}
    found = Counter(samples["label"].map(classes))
    few = [name for name in label_map.classes if 10 * found[name] * official.total() < official[name] * found.total()]
    return (FewOfClass(classes=tuple(few)),) if few else ()


@dataclass(frozen=True)
class CountDifference:
    """A count that is not the official one."""

    what: str
    found: int
    official: int


def count_differences(dataset: Dataset, samples: pd.DataFrame) -> list[CountDifference]:
    """Return where the counts of a copy differ from the official ones."""
    differences = []
    if dataset.official.samples and len(samples) != dataset.official.samples:
        differences.append(CountDifference("samples", len(samples), dataset.official.samples))
    for columns, counts in dataset.official.counts.items():
        found = samples.groupby(list(columns)).size().to_dict()
        for values, official in counts.items():
            number = int(found.get(values if len(columns) > 1 else values[0], found.get(values, 0)))
            if number != official:
                differences.append(CountDifference(" ".join(values), number, official))
    return differences
