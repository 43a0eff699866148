"""FER2013 in every form on disk, whole and damaged."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from emobench_plugins.datasets import fer2013
from emobench_plugins.datasets.fer2013 import Fer2013
from numpy.typing import NDArray
from PIL import Image

from emobench.contracts.dataset import Copy, Finding, Index
from emobench.data.discovery import scan
from emobench.data.fingerprints import file_hashes, fingerprint
from emobench.data.provenance import count_differences
from emobench.decoding import media
from emobench.errors import EmobenchError, UnreadableError

DATASET = Fer2013()
PIXELS = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)
TEXT = " ".join(map(str, PIXELS.ravel()))
POINTER = "version https://git-lfs.github.com/spec/v1\n"


def found(root: Path) -> list[tuple[str, str]]:
    """Return where copies are found below a folder, and in which form."""
    return [(copy.root.relative_to(root).as_posix(), copy.form) for copy in DATASET.find(scan(root)[0])]


def image(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(PIXELS).save(path)


def index_images(root: Path, *names: str) -> Index:
    for name in names:
        image(root / name)
    return DATASET.index(Copy(root, "folders"))


def table(path: Path, *lines: str) -> Copy:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Copy(path, path.name)


def records(index: Index) -> list[dict[str, Any]]:
    """Return the rows as a dataset's read() takes them."""
    return [{str(name): value for name, value in row.items()} for row in index.samples.to_dict("records")]


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fer2013-twin")
    DATASET.write_twin(folder)
    return folder


# --------------------------------------------------------------------------------------------------- twin


def test_twin_is_found_and_indexed_without_a_finding(twin: Path) -> None:
    assert found(twin) == [(".", "folders")]
    index = DATASET.index(Copy(twin, "folders"))
    assert index.findings == ()
    counts = Counter(index.samples["split"])
    assert counts == {"train": 168, "public-test": 56, "private-test": 56}
    assert set(index.samples["label"]) == set(DATASET.labels)
    assert index.samples["sample_id"].is_unique
    assert list(index.samples["split"].unique()) == ["train", "public-test", "private-test"]
    row = index.samples.iloc[0]
    assert row["image_path"] == f"train/{row['sample_id']}.jpg"
    assert row["group"] == ""
    pixels = media.read_sample(DATASET, Copy(twin, "folders"), records(index)[0], "image")
    assert (pixels.shape, pixels.dtype) == ((48, 48), np.uint8)


def test_twin_is_the_same_at_every_call(twin: Path, tmp_path: Path) -> None:
    DATASET.write_twin(tmp_path)
    written = sorted(path for path in tmp_path.rglob("*.jpg"))
    assert len(written) == 280
    for path in written:
        assert path.read_bytes() == (twin / path.relative_to(tmp_path)).read_bytes()


def test_twin_can_be_learned_but_not_perfectly(twin: Path) -> None:
    from sklearn.ensemble import RandomForestClassifier

    copy = Copy(twin, "folders")
    index = DATASET.index(copy)
    x = np.stack([media.read_sample(DATASET, copy, row, "image").ravel() for row in records(index)])
    samples, train = index.samples, (index.samples["split"] == "train").to_numpy()
    model = RandomForestClassifier(random_state=0).fit(x[train], samples["label"][train])
    assert 0.4 < model.score(x[~train], samples["label"][~train]) < 0.95


# ------------------------------------------------------------------------------------------------ finding


@pytest.mark.parametrize("nesting", ["", "fer2013", "archive", "fer2013/fer2013"])
def test_nested_folders_are_found_once(tmp_path: Path, nesting: str) -> None:
    image(tmp_path / nesting / "train/happy/Training_1.jpg")
    image(tmp_path / nesting / "test/sad/PublicTest_2.jpg")
    assert found(tmp_path) == [(nesting or ".", "folders")]


def test_copy_within_a_copy_is_passed_over(tmp_path: Path) -> None:
    image(tmp_path / "fer2013/train/happy/Training_1.jpg")
    image(tmp_path / "fer2013/fer2013/train/happy/Training_1.jpg")
    assert found(tmp_path) == [("fer2013", "folders")]


def test_folders_come_first_then_the_fuller_tables(tmp_path: Path) -> None:
    image(tmp_path / "z/train/happy/Training_1.jpg")
    for name in ("train.csv", "icml_face_data.csv", "fer2013.csv", "test.csv", "fer2013new.csv"):
        (tmp_path / name).touch()
    assert found(tmp_path) == [
        ("z", "folders"),
        ("fer2013.csv", "fer2013.csv"),
        ("icml_face_data.csv", "icml_face_data.csv"),
        ("train.csv", "train.csv"),
    ]


def test_train_csv_alone_counts_only_in_a_folder_of_its_name(tmp_path: Path) -> None:
    for folder in ("titanic", "FER-2013"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "train.csv").touch()
    assert found(tmp_path) == [("FER-2013/train.csv", "train.csv")]


@pytest.mark.parametrize(
    "name",
    ["train/neutral/Aaron_Eckhart_0001.jpg", "train/positive/Training_1.jpg", "happy/Training_1.jpg"],
)
def test_other_datasets_of_a_similar_layout_are_not_mistaken(tmp_path: Path, name: str) -> None:
    image(tmp_path / name)
    assert found(tmp_path) == []


# ------------------------------------------------------------------------------------------------ folders


def test_official_split_comes_from_the_name_and_class_folders_vary_in_spelling(tmp_path: Path) -> None:
    names = ("Train/Anger/Training_1.jpg", "Test/HAPPY/PublicTest_2.jpg", "Test/Sadness/PrivateTest_3.jpg")
    index = index_images(tmp_path, *names)
    assert found(tmp_path) == [(".", "folders")]
    assert index.findings == ()
    assert index.samples[["sample_id", "split"]].to_numpy().tolist() == [
        ["angry/Training_1", "train"],
        ["happy/PublicTest_2", "public-test"],
        ["sad/PrivateTest_3", "private-test"],
    ]


def test_name_that_disagrees_with_its_folder_is_odd(tmp_path: Path) -> None:
    index = index_images(tmp_path, "test/angry/Training_1.jpg", "train/sad/PublicTest_2.jpg")
    assert list(index.samples["split"]) == ["train", "public-test"]
    assert index.findings == (
        Finding("odd", "test/angry/Training_1.jpg", "stands under test, but its name says train"),
        Finding("odd", "train/sad/PublicTest_2.jpg", "stands under train, but its name says public-test"),
    )


def test_one_name_in_two_classes_is_two_samples_and_odd(tmp_path: Path) -> None:
    index = index_images(tmp_path, "train/sad/Training_1.jpg", "train/angry/Training_1.jpg")
    assert list(index.samples["sample_id"]) == ["angry/Training_1", "sad/Training_1"]
    assert index.findings == (Finding("odd", "train/sad/Training_1.jpg", "a file of this name is labelled angry too"),)


def test_same_name_and_class_twice_is_read_once_from_its_proper_place(tmp_path: Path) -> None:
    index = index_images(tmp_path, "test/sad/Training_1.jpg", "train/sad/Training_1.jpg", "train/sad/Training_1.png")
    assert list(index.samples["image_path"]) == ["train/sad/Training_1.jpg"]
    assert [(finding.kind, finding.where) for finding in index.findings] == [
        ("duplicate", "train/sad/Training_1.png"),
        ("duplicate", "test/sad/Training_1.jpg"),
    ]


def test_other_files_are_extra(tmp_path: Path) -> None:
    index = index_images(
        tmp_path,
        "train/sad/Training_1.jpg",
        "train/sad/Training_1_flipped.jpg",
        "train/contempt/Training_2.jpg",
        "train/contempt/Training_3.jpg",
        "train/sad/more/Training_4.jpg",
    )
    (tmp_path / "test").mkdir()
    assert list(index.samples["sample_id"]) == ["sad/Training_1"]
    assert {(finding.kind, finding.where) for finding in index.findings} == {
        ("extra", "train/sad/Training_1_flipped.jpg"),
        ("extra", "train/contempt"),
        ("extra", "train/sad/more"),
    }
    assert "2 files outside the seven class folders of train and test" in {f.what for f in index.findings}


def test_damaged_images_stay_in_the_index(tmp_path: Path) -> None:
    folder = tmp_path / "train/sad"
    image(folder / "Training_1.jpg")
    (folder / "Training_2.jpg").touch()
    (folder / "Training_3.jpg").write_text(POINTER)
    (folder / "Training_4.jpg").symlink_to(tmp_path / "annexed")
    copy = Copy(tmp_path, "folders")
    index = DATASET.index(copy)
    assert {finding.where[-14:]: (finding.kind, finding.what) for finding in index.findings} == {
        "Training_2.jpg": ("unreadable", "the file is empty"),
        "Training_3.jpg": ("unreadable", "a Git LFS pointer, not the image itself"),
        "Training_4.jpg": ("unreadable", "a broken link"),
    }
    assert len(index.samples) == 4
    for row in records(index)[1:]:
        with pytest.raises(UnreadableError):
            media.read_sample(DATASET, copy, row, "image")


def test_copy_of_pointers_is_refused(tmp_path: Path) -> None:
    image(tmp_path / "train/sad/Training_1.jpg")
    (tmp_path / "train/sad/Training_1.jpg").write_text(POINTER)
    with pytest.raises(EmobenchError, match="all 1 files are Git LFS pointers"):
        DATASET.index(Copy(tmp_path, "folders"))


def test_copy_without_an_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "train/sad").mkdir(parents=True)
    with pytest.raises(EmobenchError, match="no FER2013 image in train or test; Download"):
        DATASET.index(Copy(tmp_path, "folders"))


def test_class_folder_that_may_not_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image(tmp_path / "train/sad/Training_1.jpg")
    real = os.scandir

    def denied(path: Path) -> object:
        if Path(path).name == "sad":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", denied)
    with pytest.raises(EmobenchError, match=r"sad: this folder may not be listed; give yourself permission"):
        DATASET.index(Copy(tmp_path, "folders"))


# ---------------------------------------------------------------------------------------------------- CSV

HEADERS = {"fer2013.csv": "emotion,pixels,Usage", "icml_face_data.csv": "emotion, Usage, pixels"}


@pytest.mark.parametrize(("name", "header"), HEADERS.items())
def test_table_is_read_with_its_official_split(tmp_path: Path, name: str, header: str) -> None:
    rows = [(0, "Training"), (6, "PublicTest"), (3, "PrivateTest")]
    usage_last = header.endswith("Usage")
    lines = [f"{code},{TEXT},{use}" if usage_last else f"{code},{use},{TEXT}" for code, use in rows]
    copy = table(tmp_path / name, header, *lines)
    index = DATASET.index(copy)
    assert index.findings == ()
    assert index.samples[["sample_id", "label", "split"]].to_numpy().tolist() == [
        ["row-00001", "angry", "train"],
        ["row-00002", "neutral", "public-test"],
        ["row-00003", "happy", "private-test"],
    ]
    read = media.read_sample(DATASET, copy, {"sample_id": "row-00002"}, "image")
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, PIXELS)
    assert DATASET.files(copy, index.samples) == [copy.root]


def test_train_csv_needs_no_usage(tmp_path: Path) -> None:
    index = DATASET.index(table(tmp_path / "train.csv", "emotion,pixels", f'5,"{TEXT}"', ""))
    assert index.samples[["label", "split"]].to_numpy().tolist() == [["surprise", "train"]]


@pytest.mark.parametrize(
    ("name", "header", "message"),
    [
        ("fer2013.csv", "emotion,pixels", "the columns are emotion, pixels; expected emotion, pixels, Usage"),
        ("train.csv", "label,image", "the columns are label, image; expected emotion, pixels"),
        ("fer2013.csv", "", "the columns are none"),
    ],
)
def test_wrong_header_names_what_is_there_and_what_is_expected(
    tmp_path: Path, name: str, header: str, message: str
) -> None:
    copy = table(tmp_path / name, header)
    with pytest.raises(EmobenchError, match=message) as caught:
        DATASET.index(copy)
    assert caught.value.where == str(copy.root)


@pytest.mark.parametrize(
    ("pixels", "what"),
    [
        (TEXT.rpartition(" ")[0], "2303 pixels, expected 2304"),
        (TEXT + " 0", "2305 pixels, expected 2304"),
        ("", "0 pixels, expected 2304"),
        ("256" + TEXT[TEXT.index(" ") :], "a pixel is '256', expected a whole number from 0 to 255"),
        ("-1" + TEXT[TEXT.index(" ") :], "a pixel is '-1', expected a whole number from 0 to 255"),
        ("9.5" + TEXT[TEXT.index(" ") :], "a pixel is '9.5', expected a whole number from 0 to 255"),
        ("nan" + TEXT[TEXT.index(" ") :], "a pixel is 'nan', expected a whole number from 0 to 255"),
        ("9" * 5000 + TEXT[TEXT.index(" ") :], f"a pixel is '{'9' * 20}', expected a whole number from 0 to 255"),
    ],
    ids=["short", "long", "none", "256", "negative", "fraction", "nan", "huge"],
)
def test_row_with_wrong_pixels_stays_in_the_index_and_cannot_be_read(tmp_path: Path, pixels: str, what: str) -> None:
    copy = table(tmp_path / "fer2013.csv", HEADERS["fer2013.csv"], f"0,{TEXT},Training", f"1,{pixels},Training")
    index = DATASET.index(copy)
    assert list(index.samples["sample_id"]) == ["row-00001", "row-00002"]
    assert index.findings == (Finding("unreadable", "row 2", what),)
    with pytest.raises(UnreadableError) as caught:
        media.read_sample(DATASET, copy, {"sample_id": "row-00002"}, "image")
    assert str(caught.value).startswith(f"{copy.root}, row 2: {what}")
    np.testing.assert_array_equal(media.read_sample(DATASET, copy, {"sample_id": "row-00001"}, "image"), PIXELS)


def test_pixels_may_be_separated_by_other_whitespace(tmp_path: Path) -> None:
    copy = table(tmp_path / "train.csv", "emotion,pixels", "0," + TEXT.replace(" ", "\t"))
    assert DATASET.index(copy).findings == ()
    np.testing.assert_array_equal(media.read_sample(DATASET, copy, {"sample_id": "row-00001"}, "image"), PIXELS)


def test_row_without_a_usable_label_or_part_is_listed_and_not_indexed(tmp_path: Path) -> None:
    lines = [f"7,{TEXT},Training", f"0,{TEXT},Validation", "short", f"2,{TEXT},Training"]
    index = DATASET.index(table(tmp_path / "fer2013.csv", HEADERS["fer2013.csv"], *lines))
    assert list(index.samples["sample_id"]) == ["row-00004"]
    assert index.findings == (
        Finding("extra", "row 1", "emotion is '7', expected 0 to 6"),
        Finding("extra", "row 2", "Usage is 'Validation', expected Training, PublicTest, PrivateTest"),
        Finding("extra", "row 3", "emotion is 'short', expected 0 to 6"),
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"emotion,pixels,Usage\n", "there is no usable row in it"),
        (b"emotion,pixels,Usage\n0,\xff\xfe,Training\n", "not a readable CSV file"),
        (b"emotion,pixels,Usage\n0," + b"1" * 200_000 + b",Training\n", "not a readable CSV file"),
        (POINTER.encode(), "a Git LFS pointer, not the file itself; run `git lfs pull`"),
    ],
    ids=["no rows", "not UTF-8", "endless field", "pointer"],
)
def test_unusable_table_is_refused_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "fer2013.csv"
    path.write_bytes(content)
    with pytest.raises(EmobenchError, match=message) as caught:
        DATASET.index(Copy(path, "fer2013.csv"))
    assert str(caught.value).startswith(f"{path}: ")


def test_table_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    copy = table(tmp_path / "fer2013.csv", HEADERS["fer2013.csv"])
    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(EmobenchError, match="may not be read; give yourself permission"):
        DATASET.index(copy)


def test_absent_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match="cannot be read"):
        DATASET.index(Copy(tmp_path / "fer2013.csv", "fer2013.csv"))


def test_table_is_parsed_once_whatever_the_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = table(tmp_path / "fer2013.csv", HEADERS["fer2013.csv"], *[f"0,{TEXT},Training"] * 20)
    parses: list[int] = []
    real = fer2013._parse

    def slow(*arguments: object) -> object:
        parses.append(threading.get_ident())
        time.sleep(0.05)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(fer2013, "_parse", slow)
    with ThreadPoolExecutor(4) as pool:
        rows = [{"sample_id": f"row-{row:05}"} for row in range(1, 21)]
        images: list[NDArray[np.uint8]] = list(
            pool.map(lambda row: media.read_sample(DATASET, copy, row, "image"), rows)
        )
    assert len(parses) == 1
    images[0][:] = 0  # a caller's own copy
    np.testing.assert_array_equal(media.read_sample(DATASET, copy, rows[0], "image"), PIXELS)


def test_changed_table_is_parsed_again(tmp_path: Path) -> None:
    copy = table(tmp_path / "fer2013.csv", HEADERS["fer2013.csv"], f"0,{TEXT},Training")
    assert len(DATASET.index(copy).samples) == 1
    table(tmp_path / "fer2013.csv", HEADERS["fer2013.csv"], *[f"0,{TEXT},Training"] * 2)
    assert len(DATASET.index(copy).samples) == 2


# ---------------------------------------------------------------------------------------------- real data


@pytest.mark.realdata
def test_real_copy_is_the_official_one() -> None:
    if not (data := os.environ.get("EMOBENCH_DATA")):
        pytest.skip("EMOBENCH_DATA does not name a folder with the datasets")
    copies = DATASET.find(scan(Path(data))[0])
    if not copies or copies[0].form != "folders":
        pytest.skip("no FER2013 in folders under EMOBENCH_DATA")
    index = DATASET.index(copies[0])
    assert count_differences(DATASET, index.samples) == []
    assert fingerprint(file_hashes(DATASET.files(copies[0], index.samples))) == DATASET.official.fingerprint["folders"]
    # Even in the official folders two names stand in two classes each; the images are different ones.
    assert {finding.where for finding in index.findings} == {
        "train/surprise/Training_52789098.jpg",
        "train/surprise/Training_8475486.jpg",
    }
