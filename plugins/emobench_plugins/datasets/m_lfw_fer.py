"""M-LFW-FER: photographs of Labeled Faces in the Wild with drawn masks, labelled positive, neutral or negative.

Forms on disk:
    ``folders``: ``train|eval/<class>/Name_0001.jpg``, photographs of 250 by 250 pixels in colour, nested once or not. The
    part for testing is called test or val in some copies.
    ``face-cut``: the same layout in a folder called M-LFW-FER-face-cut or the like; the faces alone, of any size.

A name is that of the photograph in Labeled Faces in the Wild: the person and a number of four digits. The folder
LFW-FER, which is passed on with it, has the same names without masks: it is told by its own name, and not read.

Paper B prints two sets of counts. Each adds up, and they are different:

    ========== ======================================== =======================================
    counts     training                                 testing
    ========== ======================================== =======================================
    Table 1    9,307 = 5,194 pos + 766 neg + 3,347 neu  1,155 = 644 pos + 95 neg + 416 neu
    its text   9,825 = 5,479 pos + 799 neg + 3,547 neu  1,213 = 676 pos + 96 neg + 441 neu
    ========== ======================================== =======================================

Those of Table 1 are taken for those of the dataset, for two reasons. The publisher selected 10,487 photographs for LFW-FER,
of which these 10,462 can be with masks, but not the text's 11,038. And the accuracies, in percent to four decimals, that a
public repository prints for five models on each test part (38.6147, 41.5584, ... on M-LFW-FER; 71.4757, 76.5870, ... on
M-LFW-FER-face-cut) are whole numbers of 1,155 and of 1,213 images, and of no other number below 2,000. So Table 1 seems to
count the photographs and the text the face-cut images, more than there are photographs: some have several faces. The four
accuracies that paper B prints with CREMA-D, in percent to two decimals, are whole numbers of 1,155 and none of 1,213.

No checksum is published, so that no copy is confirmed as official.

Source: Yang, Wu and Hattori 2020, and README.md of the repositories called LFW-emotion-dataset. Paper B: Shahzad et al. 2023,
section 3.1.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, ClassVar

from emobench import hookimpl
from emobench.contracts import Copy, Dataset, Finding, Folder, Index, Modality, Official
from emobench.data import listing, walk
from emobench.errors import EmobenchError
from emobench_plugins.datasets._face_corpora import drawn_face, small_files

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LABELS = ("negative", "neutral", "positive")
_TABLE_1: Mapping[tuple[str, ...], int] = {
    ("train", "negative"): 766,
    ("train", "neutral"): 3_347,
    ("train", "positive"): 5_194,
    ("test", "negative"): 95,
    ("test", "neutral"): 416,
    ("test", "positive"): 644,
}
_TEXT: Mapping[tuple[str, ...], int] = {
    ("train", "negative"): 799,
    ("train", "neutral"): 3_547,
    ("train", "positive"): 5_479,
    ("test", "negative"): 96,
    ("test", "neutral"): 441,
    ("test", "positive"): 676,
}
_SIZE = (250, 250)
# The first of them that is there is the part for testing, any other then is for validation: M-LFW-FER has two parts, and
# where somebody made a third, "test" can hardly mean anything else, and "val" is what is usually called validation.
_TEST_FOLDERS = ("test", "eval", "val")
_PART_FOLDERS = ("train", *_TEST_FOLDERS)
_SPLITS = ("train", "validation", "test")
# A second number: one of several faces cut from one photograph.
_IMAGE = re.compile(r"((.+?)_\d{4})(?:_\d+)?\.(?:jpe?g|png)", re.IGNORECASE)
# Most people in it have a first and a last name. "img_0001.jpg" in folders of these names is somebody else's.
_TELLING_NAME = re.compile(r"[A-Z][^_]*_[A-Z].*_\d{4}(?:_\d+)?\.(?i:jpe?g|png)")
_OWN_FOLDER = re.compile(r"m[-_ ]?lfw.*", re.IGNORECASE)
_WITHOUT_MASKS = re.compile(r"lfw[-_ ]?fer.*", re.IGNORECASE)
_FACE_CUT = re.compile(r"face[-_ ]?cut", re.IGNORECASE)


class MLfwFer(Dataset):
    """The dataset M-LFW-FER.

    Columns of the index: ``sample_id`` is ``train/positive/Aaron_Eckhart_0001``, with the split for the folder's name;
    ``group`` is the person, ``Aaron_Eckhart``; ``split`` is train or test, or validation where there is a third part;
    ``photograph`` is the name of the photograph, ``Aaron_Eckhart_0001``.
    """

    name: ClassVar[str] = "m-lfw-fer"
    title: ClassVar[str] = "M-LFW-FER"
    modalities: ClassVar[tuple[Modality, ...]] = ("image",)
    labels: ClassVar[tuple[str, ...]] = _LABELS
    official: ClassVar[Official] = Official(samples=sum(_TABLE_1.values()), counts={("split", "label"): _TABLE_1})
    license: ClassVar[str] = "academic use only"
    homepage: ClassVar[str] = "https://doi.org/10.1145/3428361.3432075"
    citation: ClassVar[str] = (
        "Yang, Wu and Hattori 2020, Facial expression recognition with the advent of human beings all behind face masks, "
        "MUM 2020"
    )
    obtain: ClassVar[str] = (
        "Get it by hand, for academic use only, from the Google Drive link in the repositories called LFW-emotion-dataset on "
        "GitHub, and unpack the folder M-LFW-FER under the data directory."
    )

    def find(self, folders: Iterable[Folder]) -> list[Copy]:
        """Return the copies of whole photographs first, those with the most images first, then the face-cut ones."""
        listed = {folder.path: folder for folder in folders}
        images = {path: _images_below(folder, listed) for path, folder in listed.items()}
        roots = {path for path, count in images.items() if count and not _is_without_masks(path, listed)}
        copies = [Copy(path, _form(path, listed)) for path in roots if not _is_second_copy(path, roots)]
        return sorted(copies, key=lambda copy: (copy.form != "folders", -images[copy.root], copy.root))

    def index(self, copy: Copy) -> Index:
        """Read the names of a copy's files and the sizes of its images, from their headers."""
        import pandas as pd

        findings: list[Finding] = []
        rows = _rows(copy.root, findings)
        if not rows:
            raise EmobenchError(
                f"there is no image in {' or '.join(_PART_FOLDERS)}", where=str(copy.root), remedy=self.obtain
            )
        findings += [
            *small_files(copy.root, [row["image_path"] for row in rows]),
            *_image_sizes(copy, [row["image_path"] for row in rows]),
            *_people_in_two_parts(rows),
            *_photographs_in_two_places(rows),
            *_counts(rows),
        ]
        return Index(pd.DataFrame(rows), tuple(findings))

    def write_twin(self, folder: Path) -> None:
        """Write 84 drawn faces behind drawn masks: ten people in train, four in eval, each twice in every class."""
        for number, person in enumerate(_TWIN_PEOPLE):
            part = "train" if number < _TWIN_TRAINING else "eval"
            for photograph in range(2 * len(_LABELS)):
                label = _LABELS[photograph % len(_LABELS)]
                path = folder / part / label / f"{person}_{photograph + 1:04}.jpg"
                path.parent.mkdir(parents=True, exist_ok=True)
                _write_masked_face(path, label, number, photograph)


# ------------------------------------------------------------------------------------------------ finding


def _images_below(folder: Folder, listed: Mapping[Path, Folder]) -> int:
    """Count the images in the class folders of a folder's parts; 0 if no name is one of Labeled Faces in the Wild."""
    names = [
        file
        for part in folder.folders
        if part.lower() in _PART_FOLDERS and folder.path / part in listed
        for label in listed[folder.path / part].folders
        if label.lower() in _LABELS and folder.path / part / label in listed
        for file in listed[folder.path / part / label].files
        if _IMAGE.fullmatch(file)
    ]
    return len(names) if any(map(_TELLING_NAME.fullmatch, names)) else 0


def _is_without_masks(path: Path, listed: Collection[Path]) -> bool:
    """Whether the nearest folder that is named after one of the datasets is named after the one without masks."""
    for name in _names_above(path, listed):
        if _OWN_FOLDER.fullmatch(name):
            return False
        if _WITHOUT_MASKS.fullmatch(name):
            return True
    return False


def _form(path: Path, listed: Collection[Path]) -> str:
    return "face-cut" if any(map(_FACE_CUT.search, _names_above(path, listed))) else "folders"


def _names_above(path: Path, listed: Collection[Path]) -> list[str]:
    """Return the names of a folder and of those above it, as far as the data folder, the nearest first."""
    return [folder.name for folder in (path, *path.parents) if folder in listed]


def _is_second_copy(path: Path, roots: Collection[Path]) -> bool:
    """Whether the copy around this folder reads it."""
    return path.parent in roots and _is_nested_copy(path.name)


def _is_nested_copy(name: str) -> bool:
    return bool(_OWN_FOLDER.fullmatch(name) and not _FACE_CUT.search(name))


# ----------------------------------------------------------------------------------------------- indexing


def _rows(root: Path, findings: list[Finding]) -> list[dict[str, str]]:
    """Return a row for each image, the least nested of several; list the other files."""
    images = list(_images(root, findings))
    split_of = _splits({part for part, _ in images}, findings)
    rows: dict[str, dict[str, str]] = {}
    for part, image in images:
        split = split_of[part]
        name = f"{split}/{image['label']}/{PurePosixPath(image['image_path']).stem}"
        row = {"sample_id": name, "split": split, **image}
        first = rows.setdefault(name, row)
        if first is not row:
            what = f"the same name, class and part as {first['image_path']}, which is read instead"
            findings.append(Finding("duplicate", row["image_path"], what))
    return sorted(rows.values(), key=lambda row: (_SPLITS.index(row["split"]), row["sample_id"]))


def _images(root: Path, findings: list[Finding]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the part's folder and the columns that names tell of each image, the least nested first; list other files."""
    strange: Counter[str] = Counter()
    for name in _names(root):
        path = PurePosixPath(name)
        part, label = path.parent.parent.name.lower(), path.parent.name.lower()
        matched = _IMAGE.fullmatch(path.name)
        if part not in _PART_FOLDERS or label not in _LABELS:
            strange[path.parent.as_posix()] += 1
        elif matched:
            yield part, {"label": label, "group": matched[2], "photograph": matched[1], "image_path": name}
        else:
            findings.append(Finding("extra", name, "not named after a person and a number of four digits"))
    for folder, count in strange.items():
        files_are = "1 file" if count == 1 else f"{count} files"
        findings.append(Finding("extra", folder, f"{files_are} outside the class folders {', '.join(_LABELS)}"))


def _names(root: Path) -> list[str]:
    """List the files in a copy's parts, then those in the parts of a nested second copy."""
    beside = listing(root).folders
    nested = [f"{name}/{part}" for name in beside if _is_nested_copy(name) for part in listing(root / name).folders]
    parts = [place for place in (*beside, *nested) if PurePosixPath(place).name.lower() in _PART_FOLDERS]
    return [name for part in parts for name in walk(root, part)]


def _splits(parts: Collection[str], findings: list[Finding]) -> dict[str, str]:
    """Return which split each part's folder is; say so where there are more than two."""
    others = [name for name in _TEST_FOLDERS if name in parts]
    if validation := others[1:]:
        what = f"{' and '.join(validation)} beside {others[0]} is taken for validation; M-LFW-FER has two parts"
        findings.append(Finding("odd", "", what))
    return {"train": "train"} | dict.fromkeys(validation, "validation") | dict.fromkeys(others[:1], "test")


# ----------------------------------------------------------------------------------------------- findings


def _image_sizes(copy: Copy, names: Sequence[str]) -> Iterator[Finding]:
    """Say so if the images are not the photographs of 250 by 250 pixels; that stands on every row of a board."""
    sizes = [size for size in (_size(copy.root / name) for name in names) if size]
    others = [size for size in sizes if size != _SIZE]
    if others:
        share = "all" if len(others) == len(sizes) else f"{len(others):,} of {len(sizes):,}"
        guess = "the face-cut variant" if copy.form == "face-cut" else "face-cut or resized"
        what = f"{guess}: {share} images are {_range(others)} pixels, not 250 by 250"
        yield Finding("odd", "", what)
    elif sizes and copy.form == "face-cut":
        yield Finding(
            "odd", "", "the folder's name says face-cut, but the images are 250 by 250 pixels as the photographs"
        )


def _size(path: Path) -> tuple[int, int] | None:
    """Return width and height as the header states them; ``None`` if there is none, which decoding will say more about."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            return image.size
    except Exception:  # Pillow's readers raise OSError, SyntaxError, ValueError, struct.error and others
        return None


def _range(sizes: Collection[tuple[int, int]]) -> str:
    smallest, largest = min(sizes), max(sizes)
    if smallest == largest:
        return f"{smallest[0]} by {smallest[1]}"
    widths, heights = zip(*sizes, strict=True)
    return f"{min(widths)} to {max(widths)} by {min(heights)} to {max(heights)}"


def _people_in_two_parts(rows: Iterable[Mapping[str, str]]) -> Iterator[Finding]:
    """Count the people of the part for testing whom a model may have seen; that stands on every row of a board."""
    people: defaultdict[bool, set[str]] = defaultdict(set)
    for row in rows:
        people[row["split"] == "test"].add(row["group"])
    if both := people[True] & people[False]:
        what = f"{len(both):,} of the {len(people[True]):,} people in test are in another part too"
        yield Finding("odd", "", what)


def _photographs_in_two_places(rows: Iterable[Mapping[str, str]]) -> Iterator[Finding]:
    places: defaultdict[str, list[Mapping[str, str]]] = defaultdict(list)
    for row in rows:
        places[row["photograph"]].append(row)
    for same in places.values():
        first = f"{same[0]['split']} as {same[0]['label']}"
        for row in same[1:]:
            if (here := f"{row['split']} as {row['label']}") != first:
                yield Finding("odd", row["image_path"], f"in {here}; the same photograph stands in {first}")


def _counts(rows: Iterable[Mapping[str, str]]) -> Iterator[Finding]:
    """Set a part's counts against those of paper B's text, unless they are those of its Table 1, the official ones."""
    found = Counter((row["split"], row["label"]) for row in rows)
    for split in ("train", "test"):
        keys = [(split, label) for label in _LABELS]
        here, text = [found[key] for key in keys], [_TEXT[key] for key in keys]
        if here == text:
            what = "as many as in paper B's text, which seems to count face-cut images; official: Table 1"
            yield Finding("odd", split, what)
        elif here != [_TABLE_1[key] for key in keys]:
            each = ", ".join(f"{number:,} {label}" for number, label in zip(text, _LABELS, strict=True))
            yield Finding("odd", split, f"paper B's text: {sum(text):,} ({each}); official: Table 1")


# --------------------------------------------------------------------------------------------------- twin

# Ten for training and four for testing; nobody in Labeled Faces in the Wild has one of these names.
_TWIN_TRAINING = 10
_TWIN_PEOPLE = tuple(f"Twin_{name}" for name in (
    "Alder", "Birch", "Cedar", "Dogwood", "Elder", "Fir", "Gorse", "Hazel", "Ivy", "Juniper",
    "Larch", "Maple", "Oak", "Poplar",
))  # fmt: skip
# How each twin face looks, see drawn_face. What tells the classes apart is above the mask: eyes and brows.
_FACES = {"negative": (-2.0, 0.5, 1.5, -3.5), "neutral": (0.0, 0.5, 3.5, 0.0), "positive": (4.0, 1.5, 1.0, 3.0)}
_MASKS = ((120, 170, 210), (235, 235, 230), (40, 40, 45))  # surgical blue, white, black


def _write_masked_face(path: Path, label: str, person: int, photograph: int) -> None:
    """Write one image that no other twin image is like; equal arguments, equal bytes."""
    import numpy as np
    from PIL import Image

    own, random = np.random.default_rng(person), np.random.default_rng((person, photograph))
    tint = own.uniform((0.9, 0.7, 0.55), (1.0, 0.85, 0.75))
    gray = Image.fromarray(drawn_face(_FACES[label], random)).resize(_SIZE, Image.Resampling.BILINEAR)
    pixels = (np.asarray(gray)[:, :, np.newaxis] * tint).astype(np.uint8)
    pixels[_mask()] = _MASKS[int(own.integers(len(_MASKS)))]
    Image.fromarray(pixels).save(path, quality=90)


def _mask() -> NDArray[np.bool_]:
    """Return which of the pixels (250, 250) a mask covers: the face from the nose down."""
    import numpy as np

    width, height = _SIZE
    y, x = np.mgrid[:height, :width] / height - 0.5
    covered: NDArray[np.bool_] = (y > 0.02) & ((x / 0.36) ** 2 + (y / 0.46) ** 2 < 1)
    return covered


@hookimpl
def emobench_datasets() -> list[Dataset]:
    """Register M-LFW-FER."""
    return [MLfwFer()]
