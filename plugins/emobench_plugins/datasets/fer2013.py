"""FER2013: 35,887 gray faces of 48 by 48 pixels, from the Kaggle competition of 2013, in every form it is passed on in.

Forms on disk:
    ``folders``: ``train|test/<class>/*.jpg``. The folder ``test`` holds both test sets; the official split stands in the
    names, which begin Training_, PublicTest_ or PrivateTest_.
    ``fer2013.csv``: columns emotion, pixels, Usage.
    ``icml_face_data.csv``: the same rows; columns ``emotion``, `` Usage``, `` pixels`` with leading spaces.
    ``train.csv``: columns emotion, pixels; the training part alone.

Source of the counts and of the numbering of the labels: the competition's pages and files.
"""

from __future__ import annotations

import csv
import functools
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TextIO

from emobench import decoding, hookimpl
from emobench.contracts import Copy, Dataset, Download, Finding, Folder, Index, KaggleDownload, Modality, Official
from emobench.data import listing, walk
from emobench.errors import EmobenchError, UnreadableError
from emobench_plugins.datasets._face_corpora import EXPRESSIONS, drawn_face, small_files

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SIZE = 48
_PIXELS = _SIZE * _SIZE
_CODES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")  # the column emotion, from 0
_LABEL_OF_CODE = {str(code): label for code, label in enumerate(_CODES)}
_SPLITS = {"Training": "train", "PublicTest": "public-test", "PrivateTest": "private-test"}
_OTHER_SPELLINGS = {
    "anger": "angry",
    "disgusted": "disgust",
    "fearful": "fear",
    "happiness": "happy",
    "sadness": "sad",
    "surprised": "surprise",
}
_CLASS_FOLDERS = {label: label for label in _CODES} | _OTHER_SPELLINGS
_IMAGE_NAME = re.compile(r"(Training|PublicTest|PrivateTest)_(\d+)\.(jpe?g|png)", re.IGNORECASE)
_SPLIT_OF_PREFIX = {usage.lower(): split for usage, split in _SPLITS.items()}
_CSV_FORMS = ("fer2013.csv", "icml_face_data.csv", "train.csv")
# Many datasets have a train.csv; this one's lies in a folder of this name, or beside another file of the competition.
_OWN_FOLDER = re.compile(r"fer[-_ ]?2013|facial-expression-recognition-challenge", re.IGNORECASE)
_BESIDE_TRAIN_CSV = frozenset({"fer2013.csv", "icml_face_data.csv", "fer2013.tar.gz"})
_AGAIN = "get the dataset again"


class Fer2013(Dataset):
    """The dataset FER2013.

    Columns of the index: ``split`` is train, public-test or private-test. ``sample_id`` is ``angry/Training_10118481`` in
    the form folders and ``row-00017`` in the CSV forms, rows counted from 1 after the header. There is no ``group``: who is
    in the pictures is not known.
    """

    ranked_by: ClassVar[str] = "accuracy"  # what the competition ranked by, and the literature reports
    name: ClassVar[str] = "fer2013"
    title: ClassVar[str] = "FER2013"
    modalities: ClassVar[tuple[Modality, ...]] = ("image",)
    labels: ClassVar[tuple[str, ...]] = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
    official: ClassVar[Official] = Official(
        samples=35_887,
        counts={
            ("split",): {("train",): 28_709, ("public-test",): 3_589, ("private-test",): 3_589},
            ("split", "label"): {
                ("train", "angry"): 3_995,
                ("train", "disgust"): 436,
                ("train", "fear"): 4_097,
                ("train", "happy"): 7_215,
                ("train", "neutral"): 4_965,
                ("train", "sad"): 4_830,
                ("train", "surprise"): 3_171,
            },
        },
        fingerprint={"folders": "135c7ff0ce190c1577bb103a2c856751a3b1002f7cf241e93f105c1982211403"},
    )
    license: ClassVar[str] = "none stated"
    homepage: ClassVar[str] = (
        "https://www.kaggle.com/c/challenges-in-representation-learning-facial-expression-recognition-challenge"
    )
    citation: ClassVar[str] = (
        "Goodfellow et al. 2013, Challenges in representation learning: a report on three machine learning contests"
    )
    obtain: ClassVar[str] = (
        "Download msambare/fer2013 from Kaggle (folders train and test), or icml_face_data.csv from the competition, and "
        "unpack it under the data directory."
    )
    downloads: ClassVar[tuple[Download, ...]] = (KaggleDownload("msambare/fer2013"),)

    def find(self, folders: Iterable[Folder]) -> list[Copy]:
        """Return the copies in folders first, for only they can be confirmed as official, then the CSV files."""
        listed = {folder.path: folder for folder in folders}
        roots = [path for path, folder in listed.items() if _has_image_folders(folder, listed)]
        outermost = sorted(path for path in roots if not any(parent in roots for parent in path.parents))
        tables = sorted(
            (_CSV_FORMS.index(name.lower()), folder.path / name)
            for folder in listed.values()
            for name in folder.files
            if name.lower() in _CSV_FORMS and (name.lower() != "train.csv" or _is_own_train_csv(folder))
        )
        return [Copy(root, "folders") for root in outermost] + [Copy(path, _CSV_FORMS[form]) for form, path in tables]

    def index(self, copy: Copy) -> Index:
        """Read a copy; a CSV file is parsed once per process and kept."""
        return _index_folders(copy.root) if copy.form == "folders" else _index_table(_table(copy.root))

    def read(self, copy: Copy, sample: Mapping[str, Any], modality: Modality) -> Any:
        """Return the image: uint8 (48, 48) in the CSV forms and in official folders."""
        if copy.form == "folders":
            return NotImplemented  # the harness decodes the file
        table = _table(copy.root)
        row = int(str(sample["sample_id"]).removeprefix("row-"))
        if row in table.damaged:
            raise UnreadableError(table.damaged[row], where=f"{copy.root}, row {row}", remedy=_AGAIN)
        return table.images[row - 1].copy()

    def write_twin(self, folder: Path) -> None:
        """Write drawn faces in the form folders: 24 training, 8 public and 8 private images a class."""
        for label in self.labels:
            for usage, images in (("Training", 24), ("PublicTest", 8), ("PrivateTest", 8)):
                for number in range(images):
                    _write_drawn_face(folder, label, usage, number)


# ------------------------------------------------------------------------------------------------ folders


def _has_image_folders(folder: Folder, listed: Mapping[Path, Folder]) -> bool:
    """Whether ``train`` or ``test`` has a class folder in which a file is named as FER2013 names its files."""
    return any(
        _IMAGE_NAME.fullmatch(file)
        for part in folder.folders
        if part.lower() in ("train", "test") and folder.path / part in listed
        for name in listed[folder.path / part].folders
        if name.lower() in _CLASS_FOLDERS and folder.path / part / name in listed
        for file in listed[folder.path / part / name].files
    )


def _index_folders(root: Path) -> Index:
    import pandas as pd

    parts = [name for name in listing(root).folders if name.lower() in ("train", "test")]
    names = [name for part in parts for name in walk(root, part)]
    findings: list[Finding] = []
    rows: dict[str, dict[str, str]] = {}
    for row in sorted(_image_rows(names, findings), key=_official_place_first):
        first = rows.setdefault(row["sample_id"], row)
        if first is not row:
            what = f"the same name and class as {first['image_path']}, which is read instead"
            findings.append(Finding("duplicate", row["image_path"], what))
    if not rows:
        raise EmobenchError("there is no FER2013 image in train or test", where=str(root), remedy=Fer2013.obtain)
    ordered = sorted(rows.values(), key=lambda row: (list(_SPLITS.values()).index(row["split"]), row["sample_id"]))
    findings += [
        *_misplaced(ordered),
        *_in_two_classes(ordered),
        *small_files(root, [row["image_path"] for row in ordered]),
    ]
    return Index(pd.DataFrame(ordered), tuple(findings))


def _image_rows(names: Iterable[str], findings: list[Finding]) -> Iterator[dict[str, str]]:
    """Yield a row for each image among the files; list the others."""
    strange: Counter[str] = Counter()
    for name in names:
        path = PurePosixPath(name)
        matched = _IMAGE_NAME.fullmatch(path.name)
        label = _CLASS_FOLDERS.get(path.parts[1].lower()) if len(path.parts) == 3 else None
        if label and matched:
            yield {
                "sample_id": f"{label}/{path.stem}",
                "label": label,
                "group": "",
                "split": _SPLIT_OF_PREFIX[matched[1].lower()],
                "image_path": name,
            }
        elif label:
            what = "not named Training_, PublicTest_ or PrivateTest_ and a number, as FER2013's images are"
            findings.append(Finding("extra", name, what))
        else:
            strange[path.parent.as_posix()] += 1
    for folder, count in strange.items():
        findings.append(Finding("extra", folder, f"{count} files outside the seven class folders of train and test"))


def _is_misplaced(row: Mapping[str, str]) -> bool:
    return row["image_path"].lower().startswith("train/") != (row["split"] == "train")


def _official_place_first(row: Mapping[str, str]) -> tuple[bool, str]:
    return _is_misplaced(row), row["image_path"]


def _misplaced(rows: Iterable[Mapping[str, str]]) -> Iterator[Finding]:
    for row in rows:
        if _is_misplaced(row):
            folder = row["image_path"].partition("/")[0]
            yield Finding("odd", row["image_path"], f"stands under {folder}, but its name says {row['split']}")


def _in_two_classes(rows: Iterable[Mapping[str, str]]) -> Iterator[Finding]:
    """List the names that stand in several class folders: two in the official folders, more in altered copies."""
    classes: defaultdict[str, list[Mapping[str, str]]] = defaultdict(list)
    for row in rows:
        classes[row["sample_id"].partition("/")[2]].append(row)
    for same in classes.values():
        for row in same[1:]:
            yield Finding("odd", row["image_path"], f"a file of this name is labelled {same[0]['label']} too")


# ---------------------------------------------------------------------------------------------------- CSV


@dataclass(frozen=True)
class _Table:
    """A parsed CSV file; rows are counted from 1 after the header, blank lines aside.

    Attributes:
        images: uint8 (48, 48) of each row; row n's is ``images[n - 1]``.
        labels: label of each row that can be indexed.
        splits: split of each row that can be indexed.
        damaged: what is wrong with the pixels of a row.
        unusable: what is wrong with the label or usage of a row, which is not indexed then.
    """

    images: list[NDArray[np.uint8]] = field(default_factory=list)
    labels: dict[int, str] = field(default_factory=dict)
    splits: dict[int, str] = field(default_factory=dict)
    damaged: dict[int, str] = field(default_factory=dict)
    unusable: dict[int, str] = field(default_factory=dict)


def _is_own_train_csv(folder: Folder) -> bool:
    beside = {name.lower() for name in folder.files}
    return bool(_OWN_FOLDER.search(folder.path.name) or _BESIDE_TRAIN_CSV & beside)


def _index_table(table: _Table) -> Index:
    import pandas as pd

    samples = pd.DataFrame(
        {
            "sample_id": [f"row-{row:05}" for row in table.labels],
            "label": list(table.labels.values()),
            "group": "",
            "split": list(table.splits.values()),
            "image_path": "",  # the copy's root is the file itself
        }
    )
    kinds: tuple[tuple[Literal["unreadable", "extra"], dict[int, str]], ...] = (
        ("unreadable", table.damaged),
        ("extra", table.unusable),
    )
    findings = tuple(Finding(kind, f"row {row}", what) for kind, rows in kinds for row, what in rows.items())
    return Index(samples, findings)


# The samples of a dataset are read by several threads; all but the first wait until the file is parsed.
_PARSING = threading.Lock()


def _table(path: Path) -> _Table:
    """Parse a CSV file, or return it as it was parsed before unless the file has changed since."""
    try:
        state = path.stat()
    except OSError as error:
        raise EmobenchError(f"cannot be read ({error.strerror})", where=str(path), remedy=_AGAIN) from error
    with _PARSING:
        return _parsed(path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=1)
def _parsed(path: Path, modified: int, size: int) -> _Table:
    if decoding.is_lfs_pointer(path):
        raise EmobenchError("a Git LFS pointer, not the file itself", where=str(path), remedy="run `git lfs pull`")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _parse(path, file)
    except PermissionError as error:
        raise EmobenchError("may not be read", where=str(path), remedy="give yourself permission to read it") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EmobenchError(f"not a readable CSV file ({error})", where=str(path), remedy=_AGAIN) from error


def _parse(path: Path, file: TextIO) -> _Table:
    rows = filter(None, csv.reader(file))
    emotion, pixels, usage = _columns(path, next(rows, []))
    table = _Table()
    for number, row in enumerate(rows, start=1):
        cell = dict(enumerate(map(str.strip, row)))
        image, fault = _image(cell.get(pixels, ""))
        table.images.append(image)
        code = cell.get(emotion, "")
        part = "Training" if usage is None else cell.get(usage, "")
        if code not in _LABEL_OF_CODE:
            table.unusable[number] = f"emotion is {code!r}, expected 0 to 6"
        elif part not in _SPLITS:
            table.unusable[number] = f"Usage is {part!r}, expected {', '.join(_SPLITS)}"
        else:
            table.labels[number], table.splits[number] = _LABEL_OF_CODE[code], _SPLITS[part]
            if fault:
                table.damaged[number] = fault
    if not table.labels:
        raise EmobenchError("there is no usable row in it", where=str(path), remedy=_AGAIN)
    return table


def _columns(path: Path, header: list[str]) -> tuple[int, int, int | None]:
    """Return where emotion, pixels and Usage stand; only train.csv may do without Usage."""
    names = [name.strip().lower() for name in header]
    wanted = ["emotion", "pixels"] if path.name.lower() == "train.csv" else ["emotion", "pixels", "usage"]
    if not set(wanted) <= set(names):
        found = ", ".join(name.strip()[:40] for name in header[:8]) or "none"
        raise EmobenchError(
            f"the columns are {found}; expected {', '.join(wanted).replace('usage', 'Usage')}",
            where=str(path),
            remedy=_AGAIN,
        )
    return names.index("emotion"), names.index("pixels"), names.index("usage") if "usage" in names else None


def _image(text: str) -> tuple[NDArray[np.uint8], str]:
    """Return 48 by 48 pixels and no fault, or black and what is wrong."""
    import numpy as np

    strange = text.encode().translate(None, b"0123456789 ")
    if text and not strange:  # then NumPy, which is fast, cannot misread it
        values = np.fromstring(text, dtype=np.int64, sep=" ")
        if len(values) == _PIXELS and values.max() <= 255:
            return values.astype(np.uint8).reshape(_SIZE, _SIZE), ""
    words = text.split()
    wrong = [word for word in words if not (word.isascii() and word.isdigit() and len(word) <= 3 and int(word) <= 255)]
    if len(words) != _PIXELS:
        fault = f"{len(words)} pixels, expected {_PIXELS}"
    elif wrong:
        fault = f"a pixel is {wrong[0][:20]!r}, expected a whole number from 0 to 255"
    else:  # separated by something else than a space
        return np.array(list(map(int, words)), np.uint8).reshape(_SIZE, _SIZE), ""
    return np.zeros((_SIZE, _SIZE), np.uint8), fault


# --------------------------------------------------------------------------------------------------- twin


def _write_drawn_face(root: Path, label: str, usage: str, number: int) -> None:
    """Write one image under a name that no other twin image has; equal arguments, equal bytes."""
    import numpy as np
    from PIL import Image

    key = (_CODES.index(label) * 3 + list(_SPLITS).index(usage)) * 1000 + number
    pixels = drawn_face(EXPRESSIONS[label], np.random.default_rng(key))
    folder = root / ("train" if usage == "Training" else "test") / label
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(folder / f"{usage}_{10_000_000 + key}.jpg", quality=90)


@hookimpl
def emobench_datasets() -> list[Dataset]:
    """Register FER2013."""
    return [Fer2013()]
