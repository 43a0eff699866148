"""The copy of a paired dataset: the samples of its members' copies, put together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.contracts import Copy, Dataset, Index, PairedDataset
from emobench.data.copies import DatasetCopy, check_index
from emobench.data.provenance import notes_on
from emobench.plugins import Registry
from emobench.records import PROVENANCES, Departure, Synthetic
from emobench.storage import key

if TYPE_CHECKING:
    import pandas as pd

PAIRS = "members"
"""The form of every paired dataset: the copies of its members, joined or paired."""


def members_of(dataset: PairedDataset, registry: Registry) -> list[Dataset]:
    """Return the plugins of the datasets that a paired one pairs."""
    return [registry.find("datasets", name, where=f"dataset {dataset.name!r}") for name in dataset.members]


def pair(dataset: PairedDataset, members: Mapping[str, DatasetCopy], root: Path) -> DatasetCopy:
    """Put the samples of several datasets together; the pairs have the provenance of the least trustworthy member."""
    root = root.absolute()
    location = Copy(root, PAIRS)
    index = dataset.pair({name: _below(copy, root) for name, copy in members.items()})
    check_index(dataset, location, index.samples)
    return DatasetCopy(
        dataset=dataset.name,
        location=location,
        data=root,
        provenance=max((copy.provenance for copy in members.values()), key=PROVENANCES.index),
        fingerprint=key([copy.fingerprint for copy in members.values()]),
        content=key(
            {
                "members": [copy.content for copy in members.values()],
                "pairs": _placeless(index.samples, members, root).to_dict("split", index=False)["data"],
            }
        ),
        index=index,
        departures=(*_member_departures(members), *notes_on(index)),
    )


def _placeless(pairs: pd.DataFrame, members: Mapping[str, DatasetCopy], root: Path) -> pd.DataFrame:
    """Return pairs as text, with the member's sample in a path's place: wherever members lie, their pairs are the same."""
    sample_of = {
        path: f"{name} {sample}"
        for name, copy in members.items()
        for samples in [_below(copy, root).samples]
        for column in _path_columns(samples)
        for path, sample in zip(samples[column], samples["sample_id"], strict=True)
        if path
    }
    text = pairs.astype(str).sort_values("sample_id")
    return text.assign(**{c: text[c].map(lambda path: sample_of.get(path, path)) for c in _path_columns(text)})


def _path_columns(samples: pd.DataFrame) -> list[str]:
    return [column for column in samples.columns if column.endswith("_path")]


def _below(copy: DatasetCopy, root: Path) -> Index:
    """Return an index whose paths are relative to the data directory."""
    samples = copy.index.samples.copy()
    prefix = copy.location.root.absolute().relative_to(root).as_posix()
    for column in _path_columns(samples):
        samples[column] = samples[column].map(lambda name: f"{prefix}/{name}" if name else "")
    return Index(samples, copy.index.findings)


def _member_departures(members: Mapping[str, DatasetCopy]) -> tuple[Departure, ...]:
    found = [(name, departure) for name, copy in members.items() for departure in copy.departures]
    return tuple(dict.fromkeys(known if isinstance(known, Synthetic) else known.within(name) for name, known in found))
