"""FER+: the pictures of FER2013, each looked at by ten people, who voted for one of eight emotions.

Forms on disk: a folder with a CSV file of FER2013 that has all parts (``fer2013.csv`` or ``icml_face_data.csv``, see
:mod:`emobench_plugins.datasets.fer2013`) and ``fer2013new.csv`` beside it. The class folders of FER2013 cannot be used: the
numbers in their names are not those of rows, and nothing else tells which row of votes is whose.

``fer2013new.csv`` has a row for each row of FER2013, in its order: ``Usage``, ``Image name``, counts of ten votes for
neutral, happiness, surprise, sadness, anger, disgust, fear, contempt, unknown and NF (no face). The place of a row counts,
not the number in ``Image name``, which skips rows; so the Usage of every row is compared. Of 35,887 rows 176 are no faces:
173 have no name, and three more have ten votes for NF. The other 35,711 (28,559, 3,579 and 3,573 of the parts) are the
samples; in 173 of them one to four people saw no face, and in 11,869 somebody did not know. Those votes are no votes for an
emotion: two to ten votes are left, ten in 23,738 samples. In 1,668 samples two or more emotions have the most votes.

The authors' own code takes single votes for an emotion away as outliers and, where it trains on one class, leaves out
samples of which no emotion has more than half the votes. Here every vote and every sample stays, and the first emotion in the
order of the columns wins a tie: scores are not those of the paper's test set.

Source: README.md, fer2013new.csv and src of https://github.com/microsoft/FERPlus, commit ae2128a; Barsoum et al. 2016.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import decoding, hookimpl
from emobench.contracts import (
    Copy,
    Dataset,
    Download,
    FileDownload,
    Finding,
    Folder,
    Index,
    KaggleDownload,
    Modality,
    Official,
    Target,
)
from emobench.data import listing
from emobench.errors import EmobenchError
from emobench_plugins.datasets._face_corpora import EXPRESSIONS, drawn_face
from emobench_plugins.datasets.fer2013 import Fer2013

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

_PICTURE_FORMS = ("fer2013.csv", "icml_face_data.csv")
_TABLE = "fer2013new.csv"
_ADDRESS = f"https://raw.githubusercontent.com/microsoft/FERPlus/master/{_TABLE}"
_COLUMNS = {
    "neutral": "neutral",
    "happiness": "happy",
    "surprise": "surprise",
    "sadness": "sad",
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fear",
    "contempt": "contempt",
}
"""A column of the table, and the emotion."""
_NO_EMOTION = {"unknown": "unknown", "NF": "no_face"}
_USAGES = {"train": "Training", "public-test": "PublicTest", "private-test": "PrivateTest"}
_REMEDY = f"put fer2013.csv or icml_face_data.csv and {_ADDRESS} into one folder"


@dataclass(frozen=True)
class _Row:
    """A row of the table: whether it is a face, the part, and counts by column."""

    usage: str
    named: bool
    votes: tuple[int, ...]
    others: tuple[int, ...]


class FerPlus(Fer2013):
    """FER2013 with the votes of FER+.

    ``sample_id`` and ``split`` are those of FER2013, ``row-00017`` and train, public-test or private-test; ``label`` is the
    emotion with the most votes, the first of a tie; ``votes.<emotion>`` counts votes. Own columns: ``unknown`` and
    ``no_face``, counts of votes for no emotion, and ``fer2013_label``. There is no ``group``.
    """

    name: ClassVar[str] = "fer-plus"
    title: ClassVar[str] = "FER+"
    labels: ClassVar[tuple[str, ...]] = tuple(_COLUMNS.values())
    targets: ClassVar[tuple[Target, ...]] = (Target("votes", "distribution", tuple(_COLUMNS.values())),)
    official: ClassVar[Official] = Official(
        samples=35_711,
        counts={
            ("split",): {("train",): 28_559, ("public-test",): 3_579, ("private-test",): 3_573},
            ("label",): {
                ("neutral",): 13_013,
                ("happy",): 9_367,
                ("surprise",): 4_493,
                ("sad",): 4_415,
                ("angry",): 3_124,
                ("disgust",): 253,
                ("fear",): 825,
                ("contempt",): 221,
            },
        },
    )
    license: ClassVar[str] = "MIT (the votes); none stated (the pictures)"
    homepage: ClassVar[str] = "https://github.com/microsoft/FERPlus"
    citation: ClassVar[str] = (
        "Barsoum, Zhang, Canton Ferrer and Zhang 2016, Training deep networks for facial expression recognition with "
        "crowd-sourced label distribution, ACM International Conference on Multimodal Interaction"
    )
    obtain: ClassVar[str] = (
        "Download icml_face_data.csv from Kaggle's competition challenges-in-representation-learning-facial-expression-"
        f"recognition-challenge, and put {_ADDRESS} beside it, under the data directory. "
        "The class folders of FER2013 will not do: the names of their files do not tell the rows of the votes."
    )
    downloads: ClassVar[tuple[Download, ...]] = (
        KaggleDownload("challenges-in-representation-learning-facial-expression-recognition-challenge"),
        FileDownload(url=_ADDRESS, name=_TABLE),
    )

    def find(self, folders: Iterable[Folder]) -> list[Copy]:
        """Return the folders with pictures and votes, as FER2013 orders the pictures."""
        known = list(folders)
        voted = {folder.path for folder in known if _TABLE in map(str.lower, folder.files)}
        pictures = [copy for copy in super().find(known) if copy.form in _PICTURE_FORMS]
        return [Copy(copy.root.parent, copy.form) for copy in pictures if copy.root.parent in voted]

    def names(self, copy: Copy) -> Sequence[str] | None:
        """Return the two tables."""
        return [path.name for path in _tables(copy)]

    def files(self, copy: Copy, samples: pd.DataFrame) -> list[Path]:
        """Return the two tables, of pictures and of votes."""
        return list(_tables(copy))

    def index(self, copy: Copy) -> Index:
        """Read both tables, and put each picture with its votes."""
        pictures, table = _tables(copy)
        known, votes = super().index(Copy(pictures, copy.form)), _votes(table)
        places = [int(sample.removeprefix("row-")) - 1 for sample in known.samples["sample_id"]]
        _check_order(table, known.samples["split"], places, votes)
        findings = [*known.findings, *_short(places, votes)]
        rows = list(_rows(known.samples, places, votes, pictures.name, findings))
        if not rows:
            raise EmobenchError("no picture has a vote", where=str(table), remedy=_REMEDY)
        import pandas as pd

        return Index(pd.DataFrame(rows), tuple(findings))

    def read(self, copy: Copy, sample: Mapping[str, Any], modality: Modality) -> Any:
        """Return the picture, uint8 (48, 48), as FER2013 reads it."""
        return super().read(Copy(_tables(copy)[0], copy.form), sample, modality)

    def write_twin(self, folder: Path) -> None:
        """Write icml_face_data.csv with faces that are between two emotions, and ten made-up votes on each."""
        _write_twin(folder)


def _tables(copy: Copy) -> tuple[Path, Path]:
    """Return the tables of pictures and of votes."""
    return _beside(copy.root, copy.form), _beside(copy.root, _TABLE)


def _beside(folder: Path, name: str) -> Path:
    """Return the file of a name in a folder, as it is spelled there."""
    return folder / next((each for each in sorted(listing(folder).files) if each.lower() == name), name)


# -------------------------------------------------------------------------------------------------- votes


def _votes(path: Path) -> list[_Row]:
    """Return the rows of the table of votes.

    Raises:
        EmobenchError: it cannot be read, or is not that table.
    """
    remedy = f"get {_ADDRESS} again"
    if decoding.is_lfs_pointer(path):
        raise EmobenchError("a Git LFS pointer, not the file itself", where=str(path), remedy=remedy)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            header, *rows = [[cell.strip() for cell in row] for row in csv.reader(file) if row] or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EmobenchError(f"not a readable CSV file ({error})", where=str(path), remedy=remedy) from error
    wanted = ["Usage", "Image name", *_COLUMNS, *_NO_EMOTION]
    if not set(wanted) <= set(header):
        found = ", ".join(cell[:40] for cell in header[:12]) or "none"
        raise EmobenchError(f"the columns are {found}; expected {', '.join(wanted)}", where=str(path), remedy=remedy)
    places = [header.index(name) for name in wanted]
    found_rows = []
    for number, row in enumerate(rows, start=1):
        usage, name, *counts = [row[place] if place < len(row) else "" for place in places]
        if odd := [cell for cell in counts if not (cell.isascii() and cell.isdecimal())]:
            what = f"row {number}: {odd[0][:20]!r} is no number of votes"
            raise EmobenchError(what, where=str(path), remedy=remedy)
        votes = tuple(map(int, counts))
        found_rows.append(_Row(usage, name != "", votes[: len(_COLUMNS)], votes[len(_COLUMNS) :]))
    return found_rows


def _check_order(table: Path, splits: Iterable[str], places: Iterable[int], votes: list[_Row]) -> None:
    """Refuse tables of which the rows do not belong together, as the parts tell."""
    for place, split in zip(places, splits, strict=True):
        if place < len(votes) and votes[place].usage != _USAGES[split]:
            what = f"row {place + 1} is of {votes[place].usage!r}, and that of the pictures of {_USAGES[split]!r}"
            raise EmobenchError(f"{what}: the rows are in another order", where=str(table), remedy=_REMEDY)


def _short(places: list[int], votes: list[_Row]) -> Iterator[Finding]:
    """Say that one table ends before the other."""
    pictures = max(places, default=-1) + 1
    if pictures > len(votes):
        yield Finding("missing", "", f"{pictures - len(votes):,} of {pictures:,} pictures have no row of votes")
    elif pictures < len(votes):
        yield Finding("missing", "", f"{len(votes) - pictures:,} of {len(votes):,} rows of votes have no picture")


def _rows(
    pictures: pd.DataFrame, places: list[int], votes: list[_Row], name: str, findings: list[Finding]
) -> Iterator[dict[str, Any]]:
    """Yield a row of the index for each picture with votes; list those that are left out."""
    for picture, place in zip(pictures.to_dict("records"), places, strict=True):
        if place >= len(votes):
            continue
        row = votes[place]
        if not row.named or not any(row.votes):
            what = f"left out: no vote for an emotion, {row.others[1]} for no face"
            if any(row.votes):
                what = "left out: the table of votes gives it no name, as it does with what is no face"
            findings.append(Finding("odd", f"row {place + 1}", what))
            continue
        yield {
            "sample_id": picture["sample_id"],
            "label": FerPlus.labels[row.votes.index(max(row.votes))],
            "group": "",
            "split": picture["split"],
            "image_path": name,
            **dict(zip(FerPlus.targets[0].columns, row.votes, strict=True)),
            **dict(zip(_NO_EMOTION.values(), row.others, strict=True)),
            "fer2013_label": picture["label"],
        }


# --------------------------------------------------------------------------------------------------- twin

_TWIN = {"Training": 24, "PublicTest": 8, "PrivateTest": 8}
_CONTEMPT = (1.5, 0.2, 1.2, -2.0)
_CODES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def _write_twin(folder: Path) -> None:
    """Write both tables; equal calls, equal bytes. One row in each part is no face."""
    import numpy as np

    shapes = {label: EXPRESSIONS.get(label, _CONTEMPT) for label in FerPlus.labels}
    pictures, votes = ["emotion, Usage, pixels"], [",".join(["Usage", "Image name", *_COLUMNS, *_NO_EMOTION])]
    random = np.random.default_rng(0)
    for usage, number in _TWIN.items():
        for place in range(number * len(shapes)):
            label = FerPlus.labels[place % len(shapes)]
            counts, face = _voted_face(label, shapes, random)
            code = _CODES.index(label) if label in _CODES else 0
            pictures.append(f"{code},{usage},{' '.join(map(str, face.ravel()))}")
            votes.append(f"{usage},fer{len(votes) - 1:07}.png,{','.join(map(str, counts))}")
        pictures.append(f"0,{usage},{' '.join(['0'] * 48 * 48)}")
        votes.append(f"{usage},,0,0,0,0,0,0,0,0,0,10")
    for name, lines in (("icml_face_data.csv", pictures), (_TABLE, votes)):
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _voted_face(
    label: str, shapes: Mapping[str, tuple[float, float, float, float]], random: np.random.Generator
) -> tuple[list[int], NDArray[np.uint8]]:
    """Return ten votes, in the order of the columns of the table, and a face: partly of one emotion, partly of another."""
    import numpy as np

    own, other = FerPlus.labels.index(label), int(random.integers(len(shapes)))
    part = random.uniform(0.6, 1.0)
    shape = part * np.array(shapes[label]) + (1 - part) * np.array(shapes[FerPlus.labels[other]])
    weights = np.full(len(shapes) + 1, 0.01)  # the last one: unknown
    weights[own] += part
    weights[other] += 1 - part
    votes = random.multinomial(10, weights / weights.sum())
    face = drawn_face((shape[0], shape[1], shape[2], shape[3]), random)
    return [*map(int, votes), 0], face


@hookimpl
def emobench_datasets() -> list[Dataset]:
    """Register FER+."""
    return [FerPlus()]
