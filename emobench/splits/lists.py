"""Somebody's published split: files that name the samples of each part, matched with the samples of a dataset."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.contracts import PARTS, Split, part_called
from emobench.data import ENDINGS, file_hashes, is_table, read_table
from emobench.errors import EmobenchError, counted, nearest

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "sample": (
        *("id", "sample_id", "key", "path", "file", "filename", "file_name", "wav", "audio", "video", "image", "clip"),
        *("video_name", "name", "utterance", "utterance_id"),
    ),
    "part": ("part", "split", "set", "partition", "subset", "split_set", "usage"),
    "fold": ("fold", "fold_id", "cv_fold"),
}
"""What a column is to the names, in lower case, that mean it; of several the first counts."""

_SHOWN = 3
_TRIED = 1_000
"""Rows by which the column of samples is told."""

_FOLDS = (
    re.compile(r"fold[ _-]?(\d+)", re.IGNORECASE),
    re.compile(r"(?<![a-z])(?:set|split|cv|session)[ _-]?(\d+)", re.IGNORECASE),
)
"""How a name tells a fold, the surest first."""

_ENDINGS = frozenset(ending for endings in ENDINGS.values() for ending in endings)
_WORDS = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True)
class Listed:
    """What lists say.

    Attributes:
        table: a row for each sample of each part: ``sample`` as it is written, ``part``, and ``fold``, which is empty where
            there are none.
        where: the file or files, for messages.
    """

    table: pd.DataFrame
    where: str

    @property
    def folds(self) -> tuple[str, ...]:
        """Names of the folds, in order; none where the lists divide the samples once."""
        names = sorted(set(self.table["fold"]) - {""}, key=lambda name: (len(name), name))
        return tuple(names)


def read_lists(named: str, columns: Mapping[str, str], known: Iterable[str]) -> Listed:
    """Read the lists that a path names.

    Args:
        named: a table with a column of parts; or a folder, or a path with ``*``, whose tables are called after their part,
            and after their fold where there are several.
        columns: ``sample``, ``part`` or ``fold`` to the name of a column, or of ``sample`` to a text with columns in braces,
            where they are not called as in :data:`COLUMNS`.
        known: names of the dataset's samples: a table without headings is told by them.

    Raises:
        EmobenchError: there is no list, or it cannot be told which part a sample is in.
    """
    import pandas as pd

    if odd := [role for role in columns if role not in COLUMNS]:
        raise EmobenchError(f"a list has no {odd[0]!r}", where=named, remedy=nearest(odd[0], COLUMNS))
    paths = list_files(named)
    names = {_stem(name) for name in known}
    root = _fixed(named)
    tables = [_of_file(path, root, columns, names) for path in paths]
    places: dict[tuple[str, str], Path] = {}
    for path, table in zip(paths, tables, strict=True):
        for place in dict.fromkeys(zip(table["fold"], table["part"], strict=True)):
            if place in places:
                fold, part = place
                what = f"two lists of the part {part!r}" + (f" of fold {fold}" if fold else "")
                remedy = "name those that are meant, with * where they differ"
                raise EmobenchError(f"{what}: {places[place]} and {path}", where=named, remedy=remedy)
            places[place] = path
    return Listed(pd.concat(tables, ignore_index=True), named)


def list_files(named: str) -> list[Path]:
    """Return the files of lists that a path names.

    Raises:
        EmobenchError: there is none.
    """
    path = Path(named).expanduser()
    if path.is_dir():
        found = sorted(each for each in path.rglob("*") if each.is_file() and is_table(each))
    elif path.is_file():
        found = [path]
    else:
        root = _fixed(named)
        try:
            found = sorted(each for each in root.glob(str(path.relative_to(root))) if each.is_file())
        except ValueError as error:  # "**" beside other signs
            raise EmobenchError(
                f"no path with * ({error})", where=named, remedy="use * for a part of a name"
            ) from error
    if not found:
        raise EmobenchError("no list is here", where=named, remedy="name a table, a folder of tables, or a path with *")
    return found


def _fixed(named: str) -> Path:
    """Return the folder below which names tell parts and folds: that which was named, or the last that is there."""
    path = Path(named).expanduser()
    if path.is_dir():
        return path
    return next(parent for parent in path.parents if parent.is_dir() or parent == parent.parent or str(parent) == ".")


def files_hash(named: str) -> str:
    """Return ``sha256:`` and 16 digits over names and content of the files of lists that a path names.

    Raises:
        EmobenchError: there is none.
    """
    root = _fixed(named)
    hashes = file_hashes(list_files(named))
    lines = sorted(f"{path.relative_to(root).as_posix()} {digest}" for path, digest in hashes.items())
    return f"sha256:{hashlib.sha256(chr(10).join(lines).encode()).hexdigest()[:16]}"


def _of_file(path: Path, root: Path, columns: Mapping[str, str], known: set[str]) -> pd.DataFrame:
    import pandas as pd

    frame = _with_headings(path, columns, known)
    sample = _samples(frame, columns, known, str(path))
    part, fold = _column(frame, "part", columns, str(path)), _column(frame, "fold", columns, str(path))
    told = _part_of_path(path.relative_to(root))
    if part is None and told is None:
        remedy = "add a column of parts, or call the file after its part"
        raise EmobenchError("nothing says which part these samples are in", where=str(path), remedy=remedy)
    table = pd.DataFrame({"sample": sample})
    table["part"] = told if part is None else frame[part].map(part_called)
    table["fold"] = _fold_of_path(path.relative_to(root)) if fold is None else frame[fold]
    if (empty := (table["sample"] == "") | (table["part"] == "")).any():
        what = f"row {int(empty.argmax()) + 1} has no sample or no part"
        raise EmobenchError(what, where=str(path), remedy="fill it in, or leave the row out")
    return table


def _with_headings(path: Path, columns: Mapping[str, str], known: set[str]) -> pd.DataFrame:
    """Return a table; one without headings has its samples in ``sample_id``, and numbers for its other headings.

    It has none where its first line is a sample's, or names a file of media.
    """
    import pandas as pd

    frame: pd.DataFrame = read_table(path, may_be_empty=True)
    headings = list(map(str, frame.columns))
    samples = [_stem(heading) in known or _plain(heading) != _slashed(heading) for heading in headings]
    if columns or not any(samples):
        return frame
    first = pd.DataFrame([headings], columns=frame.columns)
    whole: pd.DataFrame = pd.concat([first, frame], ignore_index=True)
    place = samples.index(True)
    whole.columns = pd.Index(["sample_id" if number == place else str(number) for number in range(whole.shape[1])])
    return whole


def _samples(frame: pd.DataFrame, columns: Mapping[str, str], known: set[str], where: str) -> pd.Series[str]:
    """Return the samples as the list writes them: of the columns that can be meant, that which names the most of the data."""
    import pandas as pd

    named = columns.get("sample", "")
    if "{" not in named:
        called = [heading for heading in frame.columns if str(heading).strip().lower() in COLUMNS["sample"]]
        hits = {heading: sum(_stem(name) in known for name in frame[heading].head(_TRIED)) for heading in called}
        column = _column(frame, "sample", columns, where) if named else max(hits, key=hits.__getitem__, default=None)
        if column is None:
            remedy = f"name it as sample: {', '.join(map(str, frame.columns[:12]))}"
            raise EmobenchError("no column of samples", where=where, remedy=remedy)
        return frame[column].astype(object)
    made = pd.Series([""] * len(frame), index=frame.index, dtype=object)
    for place, piece in enumerate(re.split(r"\{([^{}]*)\}", named)):
        if place % 2 and piece not in frame.columns:
            raise EmobenchError(f"no column {piece!r}", where=where, remedy=nearest(piece, map(str, frame.columns)))
        made = made + (frame[piece] if place % 2 else piece)
    return made


def _column(frame: pd.DataFrame, role: str, columns: Mapping[str, str], where: str) -> str | None:
    if named := columns.get(role):
        if named not in frame.columns:
            raise EmobenchError(f"no column {named!r}", where=where, remedy=nearest(named, frame.columns))
        return named
    called = {str(heading).strip().lower(): str(heading) for heading in frame.columns}
    return next((called[name] for name in COLUMNS[role] if name in called), None)


def _part_of_path(path: Path) -> str | None:
    """Return the part that a list's name tells, or that of the nearest folder which tells one."""
    for name in (path.stem, *reversed(path.parts[:-1])):
        told = [part for word in _WORDS.findall(name) for part, words in PARTS.items() if word.lower() in words]
        if len(set(told)) == 1:
            return told[0]
    return None


def _fold_of_path(path: Path) -> str:
    for pattern in _FOLDS:
        for name in (path.stem, *reversed(path.parts[:-1])):
            if found := pattern.search(name):
                return found[1]
    return ""


# ------------------------------------------------------------------------------------------------------- matching


class OverlapError(EmobenchError):
    """Somebody's lists have samples in two parts."""


def divided(listed: Listed, samples: pd.DataFrame, fold: str = "") -> Split:
    """Return the parts of a fold, or of lists without folds.

    Raises:
        OverlapError: a sample is in two parts.
        EmobenchError: no sample is in a list.
    """
    table = listed.table[listed.table["fold"].isin([fold, ""])] if fold else listed.table
    found = matched(table["sample"], samples)
    there = table["sample"].map(lambda name: bool(found[name]))
    if not there.any():
        own = samples["sample_id"].iloc[0]
        what = f"no sample of the lists is in the data: {table['sample'].iloc[0]!r}, where the data has {own!r}"
        raise EmobenchError(what, where=listed.where, remedy="name the column of samples, or give other data")
    pairs = table[there].assign(sample_id=table["sample"].map(found))[["sample_id", "part"]].explode("sample_id")
    pairs = pairs.drop_duplicates()
    if len(twice := pairs[pairs["sample_id"].duplicated(keep=False)]):
        ids = list(dict.fromkeys(twice["sample_id"]))
        first = " and ".join(sorted(map(repr, twice["part"][twice["sample_id"] == ids[0]])))
        shown = ", ".join(ids[:_SHOWN])
        what = f"{counted(len(ids), 'sample is', 'samples are')} in two parts: {shown} (the first in {first})"
        raise OverlapError(what, where=listed.where, remedy="correct the lists, or choose another protocol")
    part_of = dict(zip(pairs["sample_id"], pairs["part"], strict=True))
    parts = samples["sample_id"].map(part_of)
    order = {"train": 0, "validation": 1}
    names = sorted(set(pairs["part"]), key=lambda name: (order.get(name, 2), name))
    unmatched = tuple(dict.fromkeys(table["sample"][~there]))
    return Split({name: tuple(samples["sample_id"][parts == name]) for name in names}, unmatched)


def matched(names: pd.Series[str], samples: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return the ids of the samples that each name means: one, or all parts of a file; none where nothing fits, or too much.

    A name means the sample whose id, or the samples whose path, it is; or else those whose id or path ends in it, or in
    whose id or path it ends, folder by folder and the file's ending aside. Of several files that fit, the one with the most
    folders in common is meant, if there is one.
    """
    places = _places(samples)
    exact: dict[str, list[str]] = {}
    by_name: dict[str, list[tuple[tuple[str, ...], str, str]]] = {}
    for sample, file, place in places:
        for written in dict.fromkeys((place, _plain(place))):
            exact.setdefault(written, []).append(sample)
        levels = tuple(reversed(_plain(place).split("/")))
        by_name.setdefault(levels[0], []).append((levels, sample, file))
    ids = set(samples["sample_id"])
    found: dict[str, tuple[str, ...]] = {}
    for name in dict.fromkeys(names):
        if name in ids:
            found[name] = (name,)
        elif same := exact.get(_slashed(name)) or exact.get(_plain(name)):
            found[name] = tuple(dict.fromkeys(same))
        else:
            found[name] = _nearest(name, by_name)
    return found


def _places(samples: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return each sample with its file, and what it may be called: its id, and the paths of its files."""
    columns = [samples[name].tolist() for name in samples.columns if str(name).endswith("_path")]
    return [
        (sample, paths[0] if paths else sample, place)
        for sample, *paths in zip(samples["sample_id"].tolist(), *columns, strict=True)
        for place in dict.fromkeys(map(_slashed, filter(None, (sample, *paths))))
    ]


def _nearest(name: str, by_name: Mapping[str, list[tuple[tuple[str, ...], str, str]]]) -> tuple[str, ...]:
    levels = tuple(reversed(_plain(name).split("/")))
    common: dict[str, int] = {}
    of_file: dict[str, list[str]] = {}
    for other, sample, file in by_name.get(levels[0], ()):
        shorter = min(len(levels), len(other))
        if levels[:shorter] == other[:shorter]:
            common[file] = max(common.get(file, 0), shorter)
            of_file.setdefault(file, []).append(sample)
    most = max(common.values(), default=0)
    best = [file for file, same in common.items() if same == most]
    return tuple(dict.fromkeys(of_file[best[0]])) if len(best) == 1 else ()


def _slashed(name: str) -> str:
    """Return a path or an id with forward slashes and composed letters."""
    return unicodedata.normalize("NFC", name.replace("\\", "/").removeprefix("./"))


def _plain(name: str) -> str:
    """Return a path or an id without the ending of a sound, a picture or a film."""
    place = _slashed(name)
    stem, _, ending = place.rpartition(".")
    return stem if stem and f".{ending.lower()}" in _ENDINGS else place


def _stem(name: str) -> str:
    return _plain(name).rpartition("/")[2]
