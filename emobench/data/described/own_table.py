"""A table of the user's own as a dataset: what its columns are, which labels it has, of which modality its files are."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from emobench.contracts import Modality, Range
from emobench.data.described.dataset import DescribedDataset
from emobench.data.described.descriptor import Descriptor, names_in, parse_descriptor
from emobench.data.described.endings import ENDINGS
from emobench.data.described.samples import ids_of, numbers_of
from emobench.data.described.tables import as_texts, read_table
from emobench.errors import EmobenchError, nearest
from emobench.storage import cache_folder, key, whole_folder

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "path": (
        "path",
        "file",
        "filename",
        "file_name",
        "filepath",
        "file_path",
        "wav",
        "wav_path",
        "audio",
        "audio_path",
    ),
    "label": ("label", "emotion", "emo", "class", "category", "target", "emotion_label"),
    "group": (
        "group",
        "speaker",
        "speaker_id",
        "spk",
        "spk_id",
        "actor",
        "actor_id",
        "subject",
        "subject_id",
        "person",
    ),
    "split": ("split", "part", "partition", "subset"),
    "take": ("take",),
    "start": ("start", "start_time", "begin", "onset", "start_seconds"),
    "end": ("end", "end_time", "stop", "end_seconds"),
    "id": ("id", "key", "sample_id", "utt_id", "utterance_id", "segment_id", "clip_id"),
    "text": ("text", "transcript", "transcription", "sentence"),
}
"""What a column is to the names, in lower case, that mean it; of the path also those of images and films, below."""

_GROUP = "group of the path"
"""Column of groups that were found in paths."""

_PATHS = (
    "image",
    "image_path",
    "img",
    "img_path",
    "picture",
    "video",
    "video_path",
    "clip",
    "clip_path",
    "relative_path",
)
_CONTENT = ("path", "text")
"""What the modalities are told by: a table has one of the two."""

DIMENSIONS = ("valence", "arousal", "activation", "dominance", "emoval", "emoact", "emodom")
"""What columns of values are called, in lower case: they are taken where no column is the label."""

_SHOWN = 8
"""Labels in a message."""


@dataclass(frozen=True)
class Numbers:
    """Which columns of a table are numbers that are to be told.

    Attributes:
        values: column of a dimension to its least and largest number, ``None`` where any may stand.
        votes: columns that say how many raters, or which share of them, chose the class that the column is called.
    """

    values: Mapping[str, Range] = field(default_factory=lambda: MappingProxyType({}))
    votes: tuple[str, ...] = ()

    @classmethod
    def of(cls, values: Sequence[str] | Mapping[str, Any] = (), votes: Sequence[str] = ()) -> Numbers:
        """Return what somebody names: dimensions alone, or with their ranges.

        Raises:
            EmobenchError: what is given are no names of columns, each once, or a range is no two numbers.
        """
        for name, given in (("values", values), ("votes", votes)):
            if isinstance(given, str):
                raise EmobenchError(f"{name} is one text, {given!r}", remedy=f"give a list: [{given!r}]")
            if not isinstance(given, Iterable) or not all(isinstance(each, str) for each in given):
                raise EmobenchError(f"{name} is {given!r}", remedy="give the names of columns, as a list of texts")
        named = [*values, *votes]
        if twice := [each for each in named if named.count(each) > 1]:
            raise EmobenchError(
                f"{twice[0]!r} is named twice", where="values and votes", remedy="name each column once"
            )
        if len(votes) == 1:
            what, remedy = f"votes name one class, {next(iter(votes))!r}", "name two or more"
            raise EmobenchError(what, remedy=remedy)
        ranges = {name: _range(name, values[name]) if isinstance(values, Mapping) else None for name in values}
        return cls(ranges, tuple(votes))

    @property
    def named(self) -> tuple[str, ...]:
        """All of the columns."""
        return (*self.values, *self.votes)


def _range(name: str, given: Any) -> Range:
    """Return a range as two numbers; ``None`` where any number may stand."""
    if given is None:
        return None
    try:
        low, high = map(float, () if isinstance(given, str) else given)
    except (TypeError, ValueError) as error:
        remedy = "give its least and its largest number"
        raise EmobenchError(f"the range of {name} is {given!r}", remedy=remedy) from error
    return low, high


NO_NUMBERS = Numbers()


@dataclass(frozen=True)
class OwnTable:
    """A dataset that a table is.

    Attributes:
        dataset: by a descriptor.
        columns: what was found to be what: ``path`` and so on to the name of a column.
    """

    dataset: DescribedDataset
    columns: dict[str, str]

    @property
    def target(self) -> str:
        """The only target that is votes or values; empty where there is none, or several."""
        return self.dataset.targets[0].name if len(self.dataset.targets) == 1 else ""

    @property
    def in_words(self) -> str:
        """Which column is taken for what, and what there is to be told: labels, votes, values."""
        named = ", ".join(f"{role} = {column}" for role, column in self.columns.items())
        labels = [*self.dataset.labels[:_SHOWN], *(["..."] if len(self.dataset.labels) > _SHOWN else [])]
        told = [f"labels {', '.join(labels)}"] if labels else []
        told += [f"{target.name} {', '.join(target.names)}" for target in self.dataset.targets]
        return f"{self.dataset.name}: {named}; {'; '.join(told)}"


def own_table(
    source: Path | pd.DataFrame,
    name: str = "",
    columns: Mapping[str, str] = MappingProxyType({}),
    *,
    base: Path | None = None,
    group_from: str = "",
    label_names: Sequence[str] = (),
    numbers: Numbers = NO_NUMBERS,
) -> OwnTable:
    """Return the dataset that a table is.

    Args:
        source: a file, whose paths are relative to its folder, or a frame, whose paths are relative to the working folder.
        name: of the dataset; that of the file by default.
        base: what the paths of a frame are relative to, instead of the working folder.
        label_names: the labels in their order, where the table has their numbers from 0.
        group_from: a regular expression that finds the group in a path: its first group, or the whole.
        columns: ``path``, ``label`` and so on to the name of a column, where it is not the only one that can be meant.
        numbers: columns of values and votes; without any, and without a label, columns called as :data:`DIMENSIONS` are.

    Raises:
        EmobenchError: it cannot be read, or what a column is cannot be told.
    """
    if name and slug(name) != name:
        what = f"{name!r} is no name of a dataset"
        raise EmobenchError(what, where="name", remedy=f"use lower-case letters, digits and hyphens: {slug(name)}")
    frame, where = _frame(source)
    known = _columns(frame, columns, numbers, where)
    if "label" not in known and not numbers.named:
        numbers = Numbers.of(_dimensions(frame))
    if group_from:
        if "path" not in known:
            raise EmobenchError("it has no paths to find groups in", where=where, remedy="name a column as group")
        known["group"] = _GROUP
        frame = frame.assign(**{_GROUP: _grouped(frame[known["path"]], group_from, where)})
        if isinstance(source, Path):  # the group stands in no column of the file
            name, base = name or slug(source.stem), source.parent
            source = frame
    if not isinstance(source, Path):
        source = _stored(frame, known, Path.cwd() if base is None else base.absolute())
        known.setdefault("id", "id")
        name = name or "table"
    descriptor = _descriptor(source, name, frame, known, label_names, numbers, where)
    return OwnTable(DescribedDataset(descriptor, source.parent.absolute()), known)


def _frame(source: Path | pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return a table with every value as text, and what it is called in messages."""
    if isinstance(source, Path):
        return read_table(source), str(source)
    if hasattr(source, "columns"):
        return as_texts(source, "table"), "table"
    what = f"a {type(source).__name__} is no table"
    raise EmobenchError(what, where="dataset", remedy="give a DataFrame, or the path of a table or folder")


def _descriptor(
    source: Path,
    name: str,
    frame: pd.DataFrame,
    known: Mapping[str, str],
    label_names: Sequence[str],
    numbers: Numbers,
    where: str,
) -> Descriptor:
    texts = {role: _braced(column, where) for role, column in known.items()}
    targets = _targets(numbers, where)
    if "label" in known:
        labels = _labels(frame[known["label"]], label_names, f"{where}, column {known['label']!r}")
        targets["emotion"] = {"kind": "class", "from": texts["label"], "labels": labels}
    columns = {role: text for role, text in texts.items() if role not in ("path", "label")}
    modalities = ["text"]
    if "path" in known:
        modalities = [_modality(frame[known["path"]], where)]
        columns = {modalities[0]: texts["path"]} | columns
    described: dict[str, Any] = {
        "schema": 1,
        "name": name or slug(source.stem),
        "title": name or source.stem,
        "modalities": modalities,
        "private": True,
        "tables": [{"file": glob.escape(source.name)}],
        "columns": columns,
        "targets": targets,
    }
    return parse_descriptor(described, where)


def _targets(numbers: Numbers, where: str) -> dict[str, Any]:
    """Return the targets that are numbers, as a descriptor writes them."""
    found: dict[str, Any] = {}
    if numbers.votes:
        found["votes"] = {"kind": "distribution", "votes": {name: _braced(name, where) for name in numbers.votes}}
    if numbers.values:
        dimensions = {name: {"from": _braced(name, where), "range": of} for name, of in numbers.values.items()}
        found["values"] = {"kind": "values", "dimensions": dimensions}
    return found


def _dimensions(frame: pd.DataFrame) -> list[str]:
    """Return the columns that are called as dimensions are."""
    return [column for column in frame.columns if column.strip().lower() in DIMENSIONS]


def _grouped(paths: pd.Series[str], pattern: str, where: str) -> pd.Series[str]:
    """Return what a pattern finds in each path: its first group that fits, or the whole; nothing where it does not fit."""
    try:
        found = [re.search(pattern, path) for path in paths]
    except re.error as error:
        what = f"{pattern!r} is no regular expression ({error})"
        raise EmobenchError(what, where=where, remedy="write, for instance, 'Actor_([0-9]+)'") from error
    texts = [next(filter(None, (*matched.groups(), matched[0])), "") if matched else "" for matched in found]
    if not any(texts):
        raise EmobenchError(f"{pattern!r} fits no path, as {paths.iloc[0]!r}", where=where, remedy="correct it")
    return paths.map(dict(zip(paths, texts, strict=True)))


def slug(text: str) -> str:
    """Return a text as the name of a dataset."""
    return re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._") or "table"


def _columns(frame: pd.DataFrame, named: Mapping[str, str], numbers: Numbers, where: str) -> dict[str, str]:
    if absent := [column for column in numbers.named if column not in frame.columns]:
        raise EmobenchError(f"no column {absent[0]!r}", where=where, remedy=nearest(absent[0], frame.columns))
    if odd := [role for role in named if role not in COLUMNS]:
        raise EmobenchError(f"a table has no {odd[0]!r}", where=where, remedy=nearest(odd[0], COLUMNS))
    found = {}
    for role, names in COLUMNS.items():
        if column := named.get(role):
            if column not in frame.columns:
                what = f"no column {column!r}, named as {role}"
                raise EmobenchError(what, where=where, remedy=nearest(column, frame.columns))
            found[role] = column
            continue
        meant = (*names, *_PATHS) if role == "path" else names
        fitting = [
            column
            for column in frame.columns
            if column.strip().lower() in meant and column not in (*named.values(), *numbers.named)
        ]
        if len(fitting) > 1:
            what = f"{role} may be {' or '.join(map(repr, fitting))}"
            raise EmobenchError(what, where=where, remedy=f"name one of them as {role}")
        if fitting:
            found[role] = fitting[0]
    told = numbers.named or _dimensions(frame)
    for role, there in (("path", any(each in found for each in _CONTENT)), ("label", "label" in found or told)):
        if not there:
            or_text = ", or the texts as text" if role == "path" else ""
            remedy = f"name one as {role}{or_text}: {', '.join(map(str, frame.columns[:12]))}"
            raise EmobenchError(f"which column is the {role}?", where=where, remedy=remedy)
    return found


def _labels(column: pd.Series[str], names: Sequence[str], where: str) -> dict[str, tuple[str, ...]]:
    """Return the labels with the way in which the table writes them, where that is a number."""
    written = sorted(set(column) - {""})
    if names:
        numbers = {str(number): name for number, name in enumerate(names)}
        if odd := [each for each in written if each not in numbers]:
            what = f"label {odd[0]!r} is no number from 0 to {len(names) - 1}"
            raise EmobenchError(what, where=where, remedy="name as many labels as there are numbers, in their order")
        return {name: (number,) for number, name in numbers.items()}
    if len(written) < 2:
        what = f"all rows have the label {written[0]!r}" if written else "no row has a label"
        raise EmobenchError(what, where=where, remedy="name another column as label")
    return dict.fromkeys(written, ())


def _modality(paths: pd.Series[str], where: str) -> Modality:
    endings = {PurePosixPath(path).suffix.lower(): path for path in reversed(paths.tolist()) if path}
    found = {modality: path for modality, known in ENDINGS.items() for end, path in endings.items() if end in known}
    if unknown := [path for end, path in endings.items() if not any(end in known for known in ENDINGS.values())]:
        what = f"{unknown[-1]!r} ends as no sound, image or film does"
        raise EmobenchError(what, where=where, remedy="give the files an ending, as .wav")
    if len(found) != 1:
        what = (
            f"{' and '.join(found)} in one column: {', '.join(map(repr, found.values()))}"
            if found
            else "no path is filled in"
        )
        raise EmobenchError(what, where=where, remedy="make a table for each modality")
    return next(iter(found))


def _braced(column: str, where: str) -> str:
    text = "{" + column + "}"
    try:
        names = names_in(text)
    except ValueError:
        names = ()
    if names != (column,):
        raise EmobenchError(
            f"column {column!r} has a sign of its own meaning", where=where, remedy="rename it, without {}:!"
        )
    return text


def _stored(frame: pd.DataFrame, known: Mapping[str, str], base: Path) -> Path:
    """Write a frame as a table into the cache, with whole paths, and with ids that have none of this machine's folders."""
    whole, path = frame, known.get("path")
    if path is not None:
        whole = frame.assign(**{path: [str(base / value) if value else "" for value in frame[path]]})
    if "id" not in known:
        columns = {role: frame[column] for role, column in known.items()}
        whole = whole.assign(id=numbers_of(frame) if path is None else ids_of(frame[path], columns))
    text = whole.to_csv(index=False)
    folder = cache_folder() / "tables" / key(text)
    if not folder.is_dir():
        with whole_folder(folder) as temporary:
            whole.to_parquet(temporary / "table.parquet", index=False)
    return folder / "table.parquet"
