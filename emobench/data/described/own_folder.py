"""A folder that says what it is, as a table: audformat, Hugging Face, metadata beside files, or a folder for each class."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from emobench.contracts import PARTS, emotion_of, part_called
from emobench.data.described.endings import ENDINGS
from emobench.data.described.own_table import COLUMNS
from emobench.data.described.tables import as_texts, read_table
from emobench.data.folders import walk
from emobench.errors import EmobenchError, counted
from emobench.storage import cache_folder, key, whole_folder

if TYPE_CHECKING:
    import pandas as pd

_MEDIA = tuple(ending for endings in ENDINGS.values() for ending in endings)
_METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
_MAGIC = {
    b"RIFF": ".wav",
    b"fLaC": ".flac",
    b"OggS": ".ogg",
    b"ID3": ".mp3",
    b"\xff\xfb": ".mp3",
    b"\x89PNG": ".png",
    b"\xff\xd8\xff": ".jpg",
    b"GIF8": ".gif",
}
"""How content begins to the ending that it has as a file."""


def table_of_folder(folder: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return what a folder says of its samples, as a frame of texts with paths relative to the folder, or whole ones.

    Args:
        folder: an audformat database, a dataset that Hugging Face's library saved, a folder with ``metadata.csv`` (or
            ``.jsonl``, ``.parquet``) in it or in its parts, or a folder with a folder for each class, perhaps below parts or
            people.
        columns: what is said of its columns, by role.

    Raises:
        EmobenchError: it is none of these, or cannot be read.
    """
    for is_one, read in _FORMS:
        if is_one(folder):
            return as_texts(read(folder, columns), str(folder))
    return as_texts(_class_folders(folder), str(folder))


# ------------------------------------------------------------------------------------------------------ audformat


def _audformat(folder: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    try:
        import audformat
    except ImportError as error:
        what, remedy = (
            "this is an audformat database, and audformat is not installed",
            "pip install 'emobench[audformat]'",
        )
        raise EmobenchError(what, where=str(folder), remedy=remedy) from error
    try:
        database = audformat.Database.load(str(folder))
        label = _scheme(database.schemes, "label", columns, folder, needed=True)
        group = _scheme(database.schemes, "group", columns, folder)
        frame = database.get(label, additional_schemes=[group] if group else [])
    except EmobenchError:
        raise
    except Exception as error:
        what = f"audformat cannot read this database ({' '.join(str(error).split())[:200]})"
        raise EmobenchError(what, where=str(folder), remedy="check it with audformat") from error
    parts = dict(_parts_of(database, label))
    index = list(frame.index)
    table = frame.reset_index()
    for name in ("start", "end"):
        if name in table.columns:
            table[name] = table[name].dt.total_seconds().map(_seconds)
    names = {str(label): "label"} | ({group: "group"} if group else {})
    renamed: pd.DataFrame = table.rename(columns=names)
    if parts:
        renamed["split"] = [parts.get(place, "") for place in index]
    labelled: pd.DataFrame = renamed[renamed["label"].notna()]
    return labelled


def _seconds(seconds: float) -> str:
    return "" if seconds != seconds else f"{seconds:.9f}".rstrip("0").rstrip(".")  # NaN: to the end of the file


def _scheme(
    schemes: Mapping[str, Any], role: str, columns: Mapping[str, str], folder: Path, *, needed: bool = False
) -> str:
    if named := columns.get(role):
        return named
    fitting = [name for name in schemes if name.lower() in COLUMNS[role]]
    if len(fitting) == 1 or not needed:
        return fitting[0] if len(fitting) == 1 else ""
    what = f"{role} may be {' or '.join(map(repr, fitting))}" if fitting else f"which scheme is the {role}?"
    raise EmobenchError(what, where=str(folder), remedy=f"name one as {role}: {', '.join(schemes)}")


def _parts_of(database: Any, label: str) -> Iterator[tuple[Any, str]]:
    for table in database.tables.values():
        if table.split_id and label in {column.scheme_id for column in table.columns.values()}:
            for place in table.index:
                yield place, database.splits[table.split_id].type


# --------------------------------------------------------------------------------------------------- Hugging Face


def _is_saved(folder: Path) -> bool:
    return (folder / "dataset_dict.json").is_file() or (folder / "state.json").is_file()


def _hugging_face(folder: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    import pandas as pd

    frames = []
    try:
        parts = [""]
        if (folder / "dataset_dict.json").is_file():
            parts = json.loads((folder / "dataset_dict.json").read_text(encoding="utf-8"))["splits"]
        saved = [(part, _saved(folder / part if part else folder)) for part in parts]
    except EmobenchError:
        raise
    except Exception as error:  # what is wrong with a folder of others is none of ours
        what = f"no dataset that Hugging Face's library saved ({type(error).__name__}: {error})"
        raise EmobenchError(what, where=str(folder), remedy="save it again with save_to_disk") from error
    for part, frame in saved:
        if not any(str(name).lower() in COLUMNS["id"] for name in frame.columns):
            # Where the files were written says nothing that others have.
            names = [Path(path).stem for path in frame["path"]] if "path" in frame.columns else range(1, len(frame) + 1)
            frame["id"] = [f"{part}/{name}".removeprefix("/") for name in names]
        frames.append(frame.assign(split=part) if part else frame)
    return pd.concat(frames, ignore_index=True)


def _saved(folder: Path) -> pd.DataFrame:
    """Return the rows of one saved dataset: labels by their names, sounds and pictures as files."""
    import pandas as pd
    import pyarrow as pa

    state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    features = json.loads((folder / "dataset_info.json").read_text(encoding="utf-8"))["features"]
    tables = []
    for file in state["_data_files"]:
        with pa.memory_map(str(folder / file["filename"])) as source:
            tables.append(pa.ipc.open_stream(source).read_all())
    whole = pa.concat_tables(tables)
    made: dict[str, list[str]] = {}
    for name, feature in features.items():
        kind = feature.get("_type") if isinstance(feature, dict) else None
        if kind in ("Audio", "Image", "Video"):
            if "path" in made:
                what = f"several columns of files: {name!r} is one more"
                raise EmobenchError(what, where=str(folder), remedy="save it with one of them, by remove_columns")
            made["path"] = _as_files(whole[name].to_pylist(), folder, name)
        elif kind == "ClassLabel":  # -1 is no label
            names: dict[int | None, str] = {None: "", -1: ""}
            names.update(enumerate(feature["names"]))
            made[name] = [names[each] for each in whole[name].to_pylist()]
        elif kind == "Value" and name != "path":  # where the files were once
            made[name] = ["" if each is None else str(each) for each in whole[name].to_pylist()]
    return pd.DataFrame(made)


def _as_files(values: list[Any], folder: Path, column: str) -> list[str]:
    """Return the paths of sounds or pictures; those whose content is in the table are written into the cache."""
    if not any(value and value.get("bytes") for value in values):
        return [str(value["path"]) if value else "" for value in values]
    stamps = [[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in sorted(folder.glob("*.arrow"))]
    target = cache_folder() / "tables" / key([str(folder.resolve()), column, stamps])
    names = [_file_name(place, value) for place, value in enumerate(values)]
    if not target.is_dir():
        with whole_folder(target) as temporary:
            for name, value in zip(names, values, strict=True):
                if name:
                    (temporary / name).write_bytes(value["bytes"])
    return [str(target / name) if name else "" for name in names]


def _file_name(place: int, value: Any) -> str:
    if not value or not value.get("bytes"):
        return ""
    named = PurePosixPath(str(value.get("path") or "").replace("\\", "/"))
    ending = named.suffix.lower()
    if ending not in _MEDIA:
        ending = next((end for begin, end in _MAGIC.items() if value["bytes"].startswith(begin)), "")
    return f"{place:06d}-{named.stem}{ending}" if named.stem else f"{place:06d}{ending}"


# ------------------------------------------------------------------------------------------ metadata beside files


def _metadata_of(folder: Path) -> list[Path]:
    places = [folder, *(path for path in sorted(folder.iterdir()) if path.is_dir())]
    return [place / name for place in places for name in _METADATA if (place / name).is_file()]


def _metadata(folder: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    import pandas as pd

    frames = []
    for path in _metadata_of(folder):
        frame: pd.DataFrame = read_table(path)
        named = [
            name for name in frame.columns if name.lower() in ("file_name", columns.get("path", "file_name").lower())
        ]
        if not named:
            what, remedy = "no column 'file_name'", f"the columns are {', '.join(map(str, frame.columns))}"
            raise EmobenchError(what, where=str(path), remedy=remedy)
        below = path.parent.relative_to(folder).as_posix()
        if below != ".":
            frame[named[0]] = f"{below}/" + frame[named[0]]
            if "split" not in frame.columns:
                frame["split"] = below
        frames.append(frame)
    return pd.concat(frames, ignore_index=True).fillna("")


# ----------------------------------------------------------------------------------------------- a folder a class


def _class_folders(folder: Path) -> pd.DataFrame:
    import pandas as pd

    names = [name for name in walk(folder) if PurePosixPath(name).suffix.lower() in _MEDIA]
    levels = [PurePosixPath(name).parts for name in names]
    if not any(len(level) > 1 for level in levels):
        what = "nothing says what is in this folder: no folders of classes, no metadata, no database"
        raise EmobenchError(what, where=str(folder), remedy="make a table of paths and labels")
    first = {level[0] for level in levels if len(level) > 1}
    parts = {name for name in first if _is_part(name)}
    if parts and (others := sorted(first - parts)):
        what = f"{' and '.join(sorted(parts))}: a part; {', '.join(others[:3])}: called like none"
        raise EmobenchError(what, where=str(folder), remedy="name it train, validation or test, or move it away")
    above = 1 if parts else 0
    place = _place_of_classes(levels, above)
    if lost := [name for name, level in zip(names, levels, strict=True) if len(level) < place + 2]:
        what = f"{counted(len(lost), 'file lies', 'files lie')} in no folder of a class: {', '.join(lost[:3])}"
        raise EmobenchError(what, where=str(folder), remedy="move them, or make a table of paths and labels")
    frame = pd.DataFrame({"path": names, "label": [level[place] for level in levels]})
    if parts:
        frame["split"] = [level[0] for level in levels]
    if place > above:
        people = ["/".join(level[above:place]) for level in levels]
        if odd := [
            name for name in dict.fromkeys(people) if any(map(_is_part, name.split("/"))) or _NUMBERED.search(name)
        ]:
            what = f"the classes lie in folders such as {odd[0]!r}, which name nobody"
            raise EmobenchError(what, where=str(folder), remedy="make a table of paths, labels, and what divides them")
        frame["group"] = people
    return frame


_NUMBERED = re.compile(r"\b(fold|set|split|part|batch|session|ses)[ _-]*\d+\b", re.IGNORECASE)
"""Folders that divide a dataset and are no people."""


def _is_part(name: str) -> bool:
    return part_called(name) in (*PARTS, *(f"test{number}" for number in range(10)))


def _place_of_classes(levels: list[tuple[str, ...]], above: int) -> int:
    """Return the level of the folders that are the classes: the first of which most are emotions, or else the first."""
    depth = min((len(level) for level in levels if len(level) > above + 1), default=above + 2)
    for place in range(above, depth - 1):
        names = {level[place] for level in levels if len(level) > place + 1}
        if 2 * sum(emotion_of(name) is not None for name in names) > len(names):
            return place
    return above


_Reader = Callable[[Path, Mapping[str, str]], "pd.DataFrame"]
_FORMS: tuple[tuple[Callable[[Path], bool], _Reader], ...] = (
    (lambda folder: (folder / "db.yaml").is_file(), _audformat),
    (_is_saved, _hugging_face),
    (lambda folder: bool(_metadata_of(folder)), _metadata),
)
