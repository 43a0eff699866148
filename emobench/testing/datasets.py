"""What every dataset must keep to; all of it is tried on its twin."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from emobench import media
from emobench.contracts import Copy, Dataset, Folder, Index, PairedDataset
from emobench.data import PAIRS, DatasetCopy, open_copy, scan, write_twin
from emobench.errors import EmobenchError
from emobench.testing import elsewhere, light_import, state
from emobench.testing.contract import Breach, Contracts, NotApplicable, Subject, prepared
from emobench.testing.twins import rows, twins

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 3
ROUND_TRIP = "twin-round-trip"


class DatasetSubject(Subject):
    """A dataset with a twin written into an empty folder."""

    component: Dataset

    @prepared(ROUND_TRIP)
    def twin(self) -> Path:
        """The data directory with a twin in it, which no cache has."""
        return self.written("twin")

    @prepared(ROUND_TRIP)
    def copy(self) -> Copy:
        """The copy that the dataset finds there."""
        return self.found(self.twin)

    @prepared(ROUND_TRIP)
    def index(self) -> Index:
        """What it reads there."""
        return self.indexed(self.twin)

    @prepared("index-columns")
    def samples(self) -> pd.DataFrame:
        """The rows of the index, which have all the columns that every index has."""
        samples = self.index.samples
        wanted = ["sample_id", "label", "group", *(f"{modality}_path" for modality in self.component.modalities)]
        if missing := [column for column in wanted if column not in samples.columns]:
            raise Breach(f"the index has no column {missing[0]!r}; it has {', '.join(map(str, samples.columns))}")
        return samples

    def written(self, name: str) -> Path:
        """Write a twin into a new folder."""
        folder = self.fresh_folder(name) / "twin"
        folder.mkdir()
        write_twin(self.component, folder, self.registry)
        return folder

    def found(self, root: Path) -> Copy:
        """Return the first copy that the dataset finds below ``root``."""
        if isinstance(self.component, PairedDataset):
            return Copy(root, PAIRS)
        copies = self.component.find(scan(root)[0])
        if not copies:
            raise Breach("find() does not find the twin that write_twin() wrote")
        return copies[0]

    def indexed(self, root: Path) -> Index:
        """Read the first copy below ``root``, past every cache."""
        if isinstance(self.component, PairedDataset):  # the harness finds the members and hands over their indexes
            return open_copy(self.component, Copy(root, PAIRS), root, self.registry).index
        index = self.component.index(self.found(root))
        if not isinstance(index, Index):
            raise Breach(f"index() returned {type(index).__name__}, wanted an Index")
        return index


CONTRACTS = Contracts("datasets")
light_import.add_to(CONTRACTS)


@CONTRACTS.add(
    ROUND_TRIP,
    "write_twin() writes into an empty folder what find() finds, index() reads and every file of which decodes",
    "write the twin in the names, the layout and the file formats that index() reads",
)
def twin_round_trip(subject: DatasetSubject) -> None:
    """Write, find, index, decode."""
    if subject.index.samples.empty:
        raise Breach("index() returns no sample of the twin")
    dataset, copy = subject.component, subject.copy
    source = DatasetCopy(dataset.name, copy, subject.twin, "synthetic", "", "", subject.index)
    for row in rows(source):
        for modality in dataset.modalities:
            path = row.get(f"{modality}_path", "")
            if not copy.root.is_file() and (not path or not _is_relative(path)):
                continue  # it lacks the modality, or 'index-columns' says what is wrong
            try:
                decoded = media.read_sample(dataset, copy, row, modality)
            except EmobenchError as error:
                raise Breach(f"the {modality} of {row.get('sample_id')!r} cannot be read: {error}") from error
            if decoded is None:
                raise Breach(f"read() returned None for the {modality} of {row.get('sample_id')!r}")


@CONTRACTS.add(
    "twin-same-bytes",
    "write_twin() writes the same files with the same bytes at every call",
    "draw from a numpy.random.default_rng with a fixed seed, and write no dates (zip files and some sound formats do)",
)
def twin_same_bytes(subject: DatasetSubject) -> None:
    """Write twice, under other states of the global generators."""
    if isinstance(subject.component, PairedDataset):
        raise NotApplicable("the twin of a paired dataset is that of each member, and they are checked themselves")
    with state.seeded(1):
        first = dict(_digests(subject.written("first")))
    with state.seeded(2):
        second = dict(_digests(subject.written("second")))
    if odd := sorted(first.keys() ^ second.keys()):
        raise Breach(f"the second call wrote other files: {_some(odd)}")
    if changed := sorted(name for name in first if first[name] != second[name]):
        raise Breach(f"the second call wrote other bytes into {_some(changed)}")


def _digests(root: Path) -> Iterator[tuple[str, str]]:
    for path in root.rglob("*"):
        if path.is_file():
            yield path.relative_to(root).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()


def _some(names: list[str]) -> str:
    shown = ", ".join(map(repr, names[:_SHOWN]))
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


@CONTRACTS.add(
    "find-looks-at-names",
    "find() looks at nothing but the names that it is given, claims no folder without a copy, and none of another dataset "
    "unless each finds the other's twin",
    "decide by Folder.folders and Folder.files alone, by names that only this dataset has; leave what is in a file to "
    "index()",
)
def find_looks_at_names(subject: DatasetSubject) -> None:
    """Ask for the same names in folders that do not exist, for an empty folder, and for the twins of other datasets."""
    dataset = subject.component
    if isinstance(dataset, PairedDataset):
        raise NotApplicable("a paired dataset is found by the harness")
    folders, _ = scan(subject.twin)
    nowhere = subject.folder / "nowhere"
    moved = [Folder(nowhere / one.path.relative_to(subject.twin), one.folders, one.files) for one in folders]
    here = [(copy.root.relative_to(subject.twin), copy.form) for copy in dataset.find(folders)]
    try:
        there = [(copy.root.relative_to(nowhere), copy.form) for copy in dataset.find(moved)]
    except OSError as error:
        raise Breach(f"find() opens what it should only know by name: {error}") from error
    if here != there:
        raise Breach(f"the same names in folders that do not exist give {len(there)} copies instead of {len(here)}")
    if claimed := dataset.find([Folder(nowhere, frozenset(), frozenset())]):
        raise Breach(f"find() claims an empty folder, as a copy of the form {claimed[0].form!r}")
    for other, others in _neighbours(subject):
        # Two that find each other's share a layout on purpose: one has the labels, say, that the other's files lack.
        if dataset.find(others) and not other.find(folders):
            raise Breach(f"find() claims the twin of {other.name!r}, in which there is no copy of {dataset.name!r}")


def _neighbours(subject: DatasetSubject) -> Iterator[tuple[Dataset, list[Folder]]]:
    """Yield the other datasets that share a modality, with the folders of their twins."""
    seen = {subject.name}
    for modality in subject.component.modalities:
        for other, source in twins(subject.registry, [modality]):
            if other.name not in seen and not isinstance(other, PairedDataset):
                seen.add(other.name)
                yield other, scan(source.data)[0]


@CONTRACTS.add(
    "index-columns",
    "the index has the columns sample_id, label, group and a <modality>_path for each modality, text without gaps, and "
    "paths relative to the copy with forward slashes",
    "build every row with all columns; an empty string stands for what a sample does not have",
)
def index_columns(subject: DatasetSubject) -> None:
    """Look at the columns that every index has."""
    samples = subject.samples
    paths = [f"{modality}_path" for modality in subject.component.modalities]
    for column in ("label", "group", *paths):
        odd = [value for value in samples[column] if not isinstance(value, str)]
        if odd:
            raise Breach(f"the column {column!r} holds {odd[0]!r} of type {type(odd[0]).__name__}")
    for column in paths:
        odd = [path for path in samples[column] if not _is_relative(path)]
        if odd:
            raise Breach(f"the column {column!r} holds {odd[0]!r}, which is no relative path with forward slashes")


def _is_relative(path: Any) -> bool:
    return isinstance(path, str) and not PurePosixPath(path).is_absolute() and "\\" not in path


@CONTRACTS.add(
    "unique-ids",
    "sample_id is a string, not empty, and no two samples share one",
    "make the id of what tells one sample from all others, its path for instance",
)
def unique_ids(subject: DatasetSubject) -> None:
    """Look at the ids."""
    ids = subject.samples["sample_id"]
    if odd := [one for one in ids if not isinstance(one, str) or not one]:
        raise Breach(f"{odd[0]!r} of type {type(odd[0]).__name__} is a sample id")
    if (twice := ids.duplicated()).any():
        raise Breach(f"{int(twice.sum())} samples have the id of another, e.g. {ids[twice].iloc[0]!r}")


@CONTRACTS.add(
    "labels-in-vocabulary",
    "every label of the index is one of the attribute labels",
    "add it to labels, or index the sample under the label that it stands for",
)
def labels_in_vocabulary(subject: DatasetSubject) -> None:
    """Look at the labels."""
    if unknown := _unknown_labels(subject):
        raise Breach(f"the label {unknown[0]!r} is none of {', '.join(subject.component.labels)}")


def _unknown_labels(subject: DatasetSubject) -> list[str]:
    found = set(subject.samples["label"])
    if not all(isinstance(label, str) for label in found):
        raise NotApplicable("the check 'index-columns' fails")
    return sorted(found - set(subject.component.labels))


@CONTRACTS.add(
    "twin-has-every-label",
    "every label of the vocabulary occurs in the twin",
    "let write_twin() write samples of each label",
)
def twin_has_every_label(subject: DatasetSubject) -> None:
    """Look for each label; one that is misspelt is not missing too."""
    if _unknown_labels(subject):
        raise NotApplicable("the check 'labels-in-vocabulary' fails")
    if missing := [label for label in subject.component.labels if label not in set(subject.samples["label"])]:
        raise Breach(f"no sample of the twin has the label {', '.join(map(repr, missing))}")


@CONTRACTS.add(
    "stable-order",
    "the index is the same, row by row, whatever the order in which the system lists a folder, wherever the copy lies, and "
    "in whatever process",
    "sort what you list, put nothing of the copy's place into the index, and make nothing of hash() or the order of a set",
)
def stable_order(subject: DatasetSubject) -> None:
    """Index again, with listings reversed, in a copied folder, and in another process."""
    first = subject.samples.reset_index(drop=True)
    moved = subject.fresh_folder("moved") / "another name"
    shutil.copytree(subject.twin, moved)
    for what, root, order in (
        ("read again", subject.twin, state.restored),
        ("read where folders are listed in another order", subject.twin, state.listed_backwards),
        ("read from another folder", moved, state.restored),
    ):
        with order():
            again = subject.indexed(root).samples.reset_index(drop=True)
        if difference := _difference(first, again):
            raise Breach(f"{what}, {difference}")
    there = elsewhere.index(subject, subject.twin)
    if there is not None and (difference := _difference(first, there.reset_index(drop=True))):
        raise Breach(f"read in another process, {difference}")


def _difference(first: pd.DataFrame, again: pd.DataFrame) -> str:
    if list(first.columns) != list(again.columns):
        return f"the index has the columns {', '.join(map(str, again.columns))}"
    if len(first) != len(again):
        return f"the index has {len(again)} samples instead of {len(first)}"
    for column in first.columns:
        # As text, for what stands for a gap is not equal to itself.
        for row, (one, other) in enumerate(zip(first[column], again[column], strict=True)):
            if repr(one) != repr(other):
                return f"row {row} has the {column} {other!r} instead of {one!r}"
    return ""


@CONTRACTS.add(
    "counts-consistent",
    "the counts of official are of columns of the index and labels of the vocabulary, and no table counts more samples "
    "than there are (the twin, which is smaller, is not held to them)",
    "count what the publisher states; each key of a table is a tuple with a value for each of its columns",
)
def counts_consistent(subject: DatasetSubject) -> None:
    """Hold the tables of counts against each other, the vocabulary and the columns."""
    official = subject.component.official
    for columns, counts in official.counts.items():
        table = f"the table by {', '.join(columns)}"
        if unknown := [column for column in columns if column not in subject.samples.columns]:
            raise Breach(f"{table} counts by {unknown[0]!r}, which is no column of the index")
        for values in counts:
            _check_key(subject.component, columns, values, table)
        if (total := sum(counts.values())) > official.samples:
            raise Breach(f"{table} counts {total:,} samples, and officially there are {official.samples:,}")


def _check_key(dataset: Dataset, columns: tuple[str, ...], values: Any, table: str) -> None:
    if not isinstance(values, tuple) or len(values) != len(columns):
        raise Breach(f"{table} has the key {values!r}, which is no tuple of {len(columns)}")
    label = dict(zip(columns, values, strict=True)).get("label")
    if label is not None and label not in dataset.labels:
        raise Breach(f"{table} counts the label {label!r}, which is not in the vocabulary")
