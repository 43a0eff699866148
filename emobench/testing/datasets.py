"""What every dataset must keep to; all of it is tried on its twin."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from emobench import decoding
from emobench.contracts import Copy, Dataset, Folder, Index, PairedDataset, column_of
from emobench.data import PAIRS, find_twin, open_copy, scan, write_twin
from emobench.errors import EmobenchError
from emobench.splits import with_truth
from emobench.testing import other_process, state
from emobench.testing.contract import Breach, Contracts, NotApplicable, Subject

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 3


class DatasetSubject(Subject):
    """A dataset with a twin written into an empty folder."""

    component: Dataset

    @cached_property
    def twin(self) -> Path:
        """The data directory with a twin in it, which no cache has."""
        return self.written()

    @cached_property
    def samples(self) -> pd.DataFrame:
        """The rows of the index of the twin."""
        return self.read(self.twin)

    @property
    def path_columns(self) -> list[str]:
        """The columns that hold paths."""
        return [column_of(modality) for modality in self.component.media]

    def written(self) -> Path:
        """Write a twin into a new folder."""
        folder = self.fresh_folder() / "twin"
        folder.mkdir()
        write_twin(self.component, folder, self.registry)
        return folder

    def found(self, root: Path) -> Copy:
        """Return the first copy below a folder."""
        if isinstance(self.component, PairedDataset):  # the harness finds the members and hands over their indexes
            return Copy(root, PAIRS)
        copies = self.component.find(scan(root)[0])
        if not copies:
            raise Breach("find() does not find the twin that write_twin() wrote")
        return copies[0]

    def read(self, root: Path) -> pd.DataFrame:
        """Return the rows of the index of that copy, past every cache."""
        dataset, copy = self.component, self.found(root)
        if isinstance(dataset, PairedDataset):
            return open_copy(dataset, copy, root, self.registry).index.samples
        index = dataset.index(copy)
        if not isinstance(index, Index):
            raise Breach(f"index() returned {type(index).__name__}, expected an Index")
        return index.samples


CONTRACTS = Contracts(DatasetSubject)


@CONTRACTS.add("write the twin in the names, the layout and the file formats that index() reads")
def twin_round_trip(subject: DatasetSubject) -> None:
    """write_twin() writes into an empty folder what find() finds, index() reads and every file of which decodes."""
    if subject.samples.empty:
        raise Breach("index() returns no sample of the twin")
    dataset, copy = subject.component, subject.found(subject.twin)
    for record in subject.samples.to_dict("records"):
        row = {str(name): value for name, value in record.items()}
        for modality in dataset.modalities:
            path = row.get(column_of(modality), "")
            if not copy.root.is_file() and (not path or (modality != "text" and not _is_relative(path))):
                continue  # it lacks the modality, or 'index-columns' says what is wrong
            try:
                decoded = decoding.read_sample(dataset, copy, row, modality)
            except EmobenchError as error:
                raise Breach(f"the {modality} of {row.get('sample_id')!r} cannot be read: {error}") from error
            if decoded is None:
                raise Breach(f"read() returned None for the {modality} of {row.get('sample_id')!r}")


@CONTRACTS.add(
    "draw from a numpy.random.default_rng with a fixed seed, and write no dates (zip files and some sound formats do)",
    twin_round_trip,
)
def twin_same_bytes(subject: DatasetSubject) -> None:
    """write_twin() writes the same files with the same bytes at every call."""
    if isinstance(subject.component, PairedDataset):
        raise NotApplicable("the twin of a paired dataset is that of each member, and they are checked themselves")
    first, second = state.under_other_seeds(lambda: _digests(subject.written()))
    if odd := sorted(first.keys() ^ second.keys()):
        raise Breach(f"the second call wrote other files: {_some(odd)}")
    if changed := sorted(name for name in first if first[name] != second[name]):
        raise Breach(f"the second call wrote other bytes into {_some(changed)}")


def _digests(root: Path) -> dict[str, str]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _some(names: list[str]) -> str:
    shown = ", ".join(map(repr, names[:_SHOWN]))
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


@CONTRACTS.add(
    "decide by Folder.folders and Folder.files alone, by names that only this dataset has; leave what is in a file to "
    "index()",
    twin_round_trip,
)
def find_looks_at_names(subject: DatasetSubject) -> None:
    """find() looks at nothing but names, and claims no folder without a copy, nor (but mutually) another dataset's twin.

    Two datasets that find each other's twin share a layout on purpose: one has the labels, say, that the other's files lack.
    """
    dataset = subject.component
    if isinstance(dataset, PairedDataset):
        raise NotApplicable("a paired dataset is found by the harness")
    folders, _ = scan(subject.twin)
    nowhere = subject.fresh_folder() / "nowhere"
    moved = [replace(folder, path=nowhere / folder.path.relative_to(subject.twin)) for folder in folders]
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
        if dataset.find(others) and not other.find(folders):
            raise Breach(f"find() claims the twin of {other.name!r}, in which there is no copy of {dataset.name!r}")


def _neighbours(subject: DatasetSubject) -> Iterator[tuple[Dataset, list[Folder]]]:
    """Yield the other datasets that share a modality, with the folders of their twins.

    A subclass adds to what it inherits from: its twin is a copy of both.
    """
    for other in subject.registry.datasets.values():
        shared = set(other.modalities) & set(subject.component.modalities)
        added = type(subject.component) in type(other).__mro__[1:]
        if other.name == subject.name or not shared or added or isinstance(other, PairedDataset):
            continue
        if twin := find_twin(other, subject.registry).copy:
            yield other, scan(twin.data)[0]


@CONTRACTS.add("build rows with all columns; an empty string means that a sample does not have it", twin_round_trip)
def index_columns(subject: DatasetSubject) -> None:
    """The index has sample_id, label, group and each <modality>_path, or text: without gaps, paths relative, with slashes."""
    samples = subject.samples
    needed = ("sample_id", "label", "group", *map(column_of, subject.component.modalities))
    if missing := [name for name in needed if name not in samples]:
        raise Breach(f"the index has no column {missing[0]!r}; it has {', '.join(map(str, samples.columns))}")
    for column in needed[1:]:
        if odd := [value for value in samples[column] if not isinstance(value, str)]:
            raise Breach(f"the column {column!r} holds {odd[0]!r} of type {type(odd[0]).__name__}")
    for column in subject.path_columns:
        if odd := [path for path in samples[column] if not _is_relative(path)]:
            raise Breach(f"the column {column!r} holds {odd[0]!r}, which is no relative path with forward slashes")


def _is_relative(path: Any) -> bool:
    return isinstance(path, str) and not PurePosixPath(path).is_absolute() and "\\" not in path


@CONTRACTS.add("make the id of what tells one sample from all others, its path for instance", index_columns)
def unique_ids(subject: DatasetSubject) -> None:
    """The sample_id is a string, not empty, and no two samples share one."""
    ids = subject.samples["sample_id"]
    if odd := [value for value in ids if not isinstance(value, str) or not value]:
        raise Breach(f"{odd[0]!r} of type {type(odd[0]).__name__} is a sample id")
    if (twice := ids.duplicated()).any():
        raise Breach(f"{int(twice.sum())} samples have the id of another, e.g. {ids[twice].iloc[0]!r}")


@CONTRACTS.add("add it to labels, or index the sample under the label that it means", index_columns)
def labels_in_vocabulary(subject: DatasetSubject) -> None:
    """Every label of the index is one of the attribute labels."""
    none = {""} if subject.component.targets else set()  # what has no class may have votes or values
    if unknown := sorted(set(subject.samples["label"]) - set(subject.component.labels) - none):
        raise Breach(f"the label {unknown[0]!r} is none of {', '.join(subject.component.labels)}")


@CONTRACTS.add("give the index a column <target>.<name> of numbers for each name, within its range", index_columns)
def targets_can_be_told(subject: DatasetSubject) -> None:
    """Every target that is votes or values can be read from the twin's index."""
    if not subject.component.targets:
        raise NotApplicable("it has no target but its labels")
    for target in subject.component.targets:
        try:
            with_truth(subject.samples, target)
        except EmobenchError as error:
            raise Breach(str(error)) from error


@CONTRACTS.add("let write_twin() write samples of each label", labels_in_vocabulary)
def twin_has_every_label(subject: DatasetSubject) -> None:
    """Every label of the vocabulary occurs in the twin."""
    if missing := [label for label in subject.component.labels if label not in set(subject.samples["label"])]:
        raise Breach(f"no sample of the twin has the label {', '.join(map(repr, missing))}")


@CONTRACTS.add(
    "sort what you list, put nothing of the copy's place into the index, and make nothing of hash() or the order of a set",
    index_columns,
)
def stable_order(subject: DatasetSubject) -> None:
    """The index is the same, row by row, in whatever order folders are listed, wherever the copy lies, in any process."""
    moved = subject.fresh_folder() / "another name"
    shutil.copytree(subject.twin, moved)
    for what, root, order in (
        ("read again", subject.twin, state.restored),
        ("read where folders are listed in another order", subject.twin, state.listed_backwards),
        ("read from another folder", moved, state.restored),
    ):
        with order():
            _require_same(subject.samples, subject.read(root), what)
    there = other_process.ask(subject, DatasetSubject.read, subject.twin)
    if there is not None:
        _require_same(subject.samples, there, "read in another process")


def _require_same(first: pd.DataFrame, again: pd.DataFrame, what: str) -> None:
    if list(first.columns) != list(again.columns):
        raise Breach(f"{what}, the index has the columns {', '.join(map(str, again.columns))}")
    if len(first) != len(again):
        raise Breach(f"{what}, the index has {len(again)} samples instead of {len(first)}")
    for column in first.columns:
        for row, (value, other) in enumerate(zip(first[column], again[column], strict=True)):
            if repr(value) != repr(other):  # a missing value is not equal to itself
                raise Breach(f"{what}, row {row} has the {column} {other!r} instead of {value!r}")


@CONTRACTS.add(
    "count what the publisher states; each key of a table is a tuple with a value for each of its columns",
    index_columns,
)
def counts_consistent(subject: DatasetSubject) -> None:
    """Counts of official are of columns of the index and labels of the vocabulary, and not of more samples than there are.

    The twin, which is smaller, is not held to them.
    """
    official = subject.component.official
    for columns, counts in official.counts.items():
        table = f"the table by {', '.join(columns)}"
        if unknown := [column for column in columns if column not in subject.samples.columns]:
            raise Breach(f"{table} counts by {unknown[0]!r}, which is no column of the index")
        for values in counts:
            if not isinstance(values, tuple) or len(values) != len(columns):
                raise Breach(f"{table} has the key {values!r}, which is no tuple of {len(columns)}")
            label = dict(zip(columns, values, strict=True)).get("label")
            if label is not None and label not in subject.component.labels:
                raise Breach(f"{table} counts the label {label!r}, which is not in the vocabulary")
        if (total := sum(counts.values())) > official.samples:
            raise Breach(f"{table} counts {total:,} samples, and officially there are {official.samples:,}")
