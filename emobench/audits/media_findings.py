"""What decoding every file of a copy shows: files that cannot be read, that are the same, that have other channels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from emobench.audits.content_features import content_features
from emobench.contracts import Dataset, Finding, column_of
from emobench.data import DatasetCopy

if TYPE_CHECKING:
    import pandas as pd


def media_findings(dataset: Dataset, copy: DatasetCopy, step: Callable[[int], object]) -> list[Finding]:
    """Decode every file of a copy, and return what is to be said about them, by kind and file.

    Args:
        dataset: the dataset's plugin.
        copy: of the dataset.
        step: called with the number of files decoded since the last call.

    Returns:
        ``unreadable`` files; ``identical`` ones, in every pixel or sample though their names differ (not films, of which a
        few frames are looked at); and, where the index has a column ``channels``, sounds with another number of channels
        than most.
    """
    samples = copy.index.samples.set_index("sample_id")
    found: dict[tuple[str, str], Finding] = {}
    for modality in dataset.media:
        table = content_features(dataset, copy, samples, modality, step)
        paths = samples.loc[table.index, column_of(modality)]
        # In a copy that is one file a sample has no path of its own.
        table = table.assign(file=paths.where(paths != "", table.index.to_series()))
        damaged = table[table["error"] != ""]
        further = [Finding("unreadable", file, error) for file, error in damaged[["file", "error"]].to_numpy()]
        if modality != "video":
            further += _identical(table)
        for finding in further:
            found.setdefault((finding.kind, finding.where), finding)
    return [*found.values(), *_other_channels(samples)]


def _identical(table: pd.DataFrame) -> Iterator[Finding]:
    """Yield the second and further files with the same content; one file may be part of several samples."""
    files = table[table["digest"] != ""].drop_duplicates("file").sort_values("file")
    first = files.groupby("digest")["file"].transform("first")
    for file, same in zip(files["file"], first, strict=True):
        if file != same:
            yield Finding("identical", file, f"the same content as {same}")


def _other_channels(samples: pd.DataFrame) -> list[Finding]:
    if "channels" not in samples.columns:
        return []
    channels = samples.loc[samples["channels"] > 0, "channels"]
    if channels.empty:
        return []
    usual = int(channels.mode()[0])
    others = samples.loc[channels.index[channels != usual]]
    return [
        Finding("odd", row["audio_path"] or str(sample), f"{row['channels']} channels where most files have {usual}")
        for sample, row in others.iterrows()
    ]
