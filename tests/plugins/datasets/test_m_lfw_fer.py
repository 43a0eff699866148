"""M-LFW-FER in every form on disk, whole and damaged."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from emobench_plugins.datasets import m_lfw_fer
from emobench_plugins.datasets.m_lfw_fer import MLfwFer
from emobench_plugins.label_maps.three_classes import THREE_CLASSES
from emobench_plugins.protocols.official import OfficialSplit
from emobench_plugins.representations.gray_face import GrayFace
from PIL import Image

from emobench.contracts.dataset import Copy, Finding, Index
from emobench.data.discovery import find_copies, scan
from emobench.data.provenance import count_differences
from emobench.decoding import media
from emobench.errors import UnreadableError
from emobench.plugins.loading import installed_plugins

DATASET = MLfwFer()
POINTER = "version https://git-lfs.github.com/spec/v1\n"
A, B = "train/positive/Aaron_Eckhart_0001.jpg", "eval/neutral/Zoe_Ball_0002.jpg"


def image(path: Path, size: tuple[int, int] = (250, 250)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    number = sum(path.parts[-1].encode())
    noise = np.random.default_rng(number).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    Image.fromarray(noise).resize(size).save(path)


def images(root: Path, *names: str, size: tuple[int, int] = (250, 250)) -> None:
    for name in names:
        image(root / name, size)


def found(root: Path) -> list[tuple[str, str]]:
    """Return where copies are found below a folder, and in which form."""
    return [(copy.root.relative_to(root).as_posix(), copy.form) for copy in DATASET.find(scan(root)[0])]


def index(root: Path, form: str = "folders") -> Index:
    return DATASET.index(Copy(root, form))


def about(findings: Iterable[Finding]) -> list[tuple[str, str, str]]:
    """Return the findings other than those on counts, which no small copy is without."""
    return [(f.kind, f.where, f.what) for f in findings if f.where not in ("train", "test")]


def ids(index: Index) -> list[str]:
    return list(index.samples["sample_id"])


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("m-lfw-fer-twin")
    DATASET.write_twin(folder)
    return folder


# --------------------------------------------------------------------------------------------------- twin


def test_twin_is_found_and_has_nobody_on_both_sides(twin: Path) -> None:
    assert found(twin) == [(".", "folders")]
    read = index(twin)
    assert about(read.findings) == []
    samples = read.samples
    assert Counter(zip(samples["split"], samples["label"], strict=True)) == {
        (split, label): count
        for (split, count), label in itertools.product([("train", 20), ("test", 8)], DATASET.labels)
    }
    assert samples.groupby("split")["group"].nunique().to_dict() == {"train": 10, "test": 4}
    assert not set(samples["group"][samples["split"] == "train"]) & set(samples["group"][samples["split"] == "test"])
    pixels = media.read_sample(DATASET, Copy(twin, "folders"), {"image_path": samples["image_path"][0]}, "image")
    assert (pixels.shape, pixels.dtype) == ((250, 250, 3), np.uint8)


def test_twin_is_the_same_at_every_call(twin: Path, tmp_path: Path) -> None:
    DATASET.write_twin(tmp_path)
    written = sorted(tmp_path.rglob("*.jpg"))
    assert len(written) == 84
    assert len({path.read_bytes() for path in written}) == 84
    for path in written:
        assert path.read_bytes() == (twin / path.relative_to(tmp_path)).read_bytes()
        assert path.read_bytes()[:2] == b"\xff\xd8"  # JPEG inside too


def test_twin_can_be_learned(twin: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    copy, samples = Copy(twin, "folders"), index(twin).samples
    pixels = [media.read_sample(DATASET, copy, {"image_path": name}, "image") for name in samples["image_path"]]
    x = np.stack([GrayFace().compute(one, size=24).ravel() / 255 for one in pixels])
    train = (samples["split"] == "train").to_numpy()
    model = LogisticRegression(max_iter=1000).fit(x[train], samples["label"][train])
    assert model.score(x[~train], samples["label"][~train]) > 0.7  # chance is a third


def test_mouths_of_the_twin_are_hidden(twin: Path) -> None:
    copy, samples = Copy(twin, "folders"), index(twin).samples
    for name in samples["image_path"]:
        lower = media.read_sample(DATASET, copy, {"image_path": name}, "image")[150:220, 80:170].astype(float)
        assert lower.std(axis=(0, 1)).max() < 10


# ------------------------------------------------------------------------------------------------ finding


@pytest.mark.parametrize("nesting", [".", "M-LFW-FER", "M-LFW-FER/M-LFW-FER", "archive/mlfw"])
@pytest.mark.parametrize("part", ["eval", "test", "val", "Eval", "TEST"])
def test_layout_is_found_however_nested_and_the_other_part_is_test(tmp_path: Path, nesting: str, part: str) -> None:
    images(tmp_path / nesting, A, f"{part}/neutral/Zoe_Ball_0002.jpg")
    assert found(tmp_path) == [(nesting, "folders")]
    read = index(tmp_path / nesting)
    assert about(read.findings) == []
    assert ids(read) == ["train/positive/Aaron_Eckhart_0001", "test/neutral/Zoe_Ball_0002"]
    assert set(OfficialSplit().split(read.samples).parts) == {"train", "test"}


def test_class_folders_are_read_in_any_case(tmp_path: Path) -> None:
    images(tmp_path, "Train/Positive/Aaron_Eckhart_0001.JPG", "EVAL/NEUTRAL/Zoe_Ball_0002.jpeg")
    assert found(tmp_path) == [(".", "folders")]
    read = index(tmp_path)
    assert ids(read) == ["train/positive/Aaron_Eckhart_0001", "test/neutral/Zoe_Ball_0002"]
    assert read.samples["image_path"][0] == "Train/Positive/Aaron_Eckhart_0001.JPG"


@pytest.mark.parametrize(
    "names",
    [
        ("train/positive/img_0001.jpg", "test/negative/img_0002.jpg"),  # any folders of sentiment
        ("train/happy/Aaron_Eckhart_0001.jpg",),
        ("positive/Aaron_Eckhart_0001.jpg",),
        ("train/positive/Aaron_Eckhart_0001_mask.png",),  # M-LFW-FER-masks
        ("train/neutral/Training_10118481.jpg",),
        ("LFW-FER/train/positive/Aaron_Eckhart_0001.jpg",),  # the same photographs without masks
        ("M-LFW-FER/LFW-FER/train/positive/Aaron_Eckhart_0001.jpg",),
        ("lfw/Aaron_Eckhart/Aaron_Eckhart_0001.jpg",),
    ],
)
def test_other_datasets_are_not_mistaken(tmp_path: Path, names: tuple[str, ...]) -> None:
    images(tmp_path, *names)
    assert found(tmp_path) == []


def test_masked_photographs_are_found_beside_those_without(tmp_path: Path) -> None:
    images(tmp_path / "LFW-FER/M-LFW-FER", A)
    images(tmp_path / "LFW-FER/LFW-FER", A)
    assert found(tmp_path) == [("LFW-FER/M-LFW-FER", "folders")]


def test_whole_photographs_come_first_then_those_with_the_most_images(tmp_path: Path) -> None:
    images(tmp_path / "M-LFW-FER-face-cut", A, B, size=(90, 100))
    images(tmp_path / "a", A)
    images(tmp_path / "b", A, B)
    assert found(tmp_path) == [("b", "folders"), ("a", "folders"), ("M-LFW-FER-face-cut", "face-cut")]


# ----------------------------------------------------------------------------------------------- indexing


def test_columns_are_what_the_names_tell(tmp_path: Path) -> None:
    images(tmp_path, "train/negative/Abdel_Aziz_Al-Hakim_0003.jpg", "eval/positive/Madonna_0001.jpg", A)
    columns = ["sample_id", "label", "group", "split", "photograph", "image_path"]
    assert index(tmp_path).samples[columns].to_numpy().tolist() == [
        [
            "train/negative/Abdel_Aziz_Al-Hakim_0003",
            "negative",
            "Abdel_Aziz_Al-Hakim",
            "train",
            "Abdel_Aziz_Al-Hakim_0003",
            "train/negative/Abdel_Aziz_Al-Hakim_0003.jpg",
        ],
        ["train/positive/Aaron_Eckhart_0001", "positive", "Aaron_Eckhart", "train", "Aaron_Eckhart_0001", A],
        [
            "test/positive/Madonna_0001",
            "positive",
            "Madonna",
            "test",
            "Madonna_0001",
            "eval/positive/Madonna_0001.jpg",
        ],
    ]


def test_labels_are_the_classes_of_paper_b() -> None:
    assert THREE_CLASSES.apply(pd.Series(DATASET.labels)).tolist() == list(THREE_CLASSES.classes)


@pytest.mark.parametrize(
    ("parts", "test", "validation"),
    [(("eval", "val"), "eval", "val"), (("test", "val"), "test", "val"), (("test", "eval"), "test", "eval")],
)
def test_third_part_is_validation_and_said_on_every_row(
    tmp_path: Path, parts: tuple[str, str], test: str, validation: str
) -> None:
    images(tmp_path, A, *(f"{part}/neutral/Zoe_{part.title()}_0002.jpg" for part in parts))
    read = index(tmp_path)
    assert list(read.samples["split"]) == ["train", "validation", "test"]
    assert list(read.samples["image_path"].str.partition("/")[0]) == ["train", validation, test]
    what = f"{validation} beside {test} is taken for validation; M-LFW-FER has two parts"
    assert about(read.findings) == [("odd", "", what)]


def test_nested_second_copy_is_read_once(tmp_path: Path) -> None:
    images(tmp_path / "M-LFW-FER", A, B)
    images(tmp_path / "M-LFW-FER/M-LFW-FER", A, B, "eval/positive/Yoko_Ono_0001.jpg")
    assert found(tmp_path) == [("M-LFW-FER", "folders")]
    read = index(tmp_path / "M-LFW-FER")
    assert list(read.samples["image_path"]) == [A, B, "M-LFW-FER/eval/positive/Yoko_Ono_0001.jpg"]
    assert {finding[:2] for finding in about(read.findings)} == {
        ("duplicate", f"M-LFW-FER/{A}"),
        ("duplicate", f"M-LFW-FER/{B}"),
    }


def test_faces_cut_in_a_nested_folder_are_a_copy_of_their_own(tmp_path: Path) -> None:
    images(tmp_path / "M-LFW-FER", A, B)
    images(tmp_path / "M-LFW-FER/M-LFW-FER-face-cut", A, size=(90, 90))
    assert found(tmp_path) == [("M-LFW-FER", "folders"), ("M-LFW-FER/M-LFW-FER-face-cut", "face-cut")]
    assert about(index(tmp_path / "M-LFW-FER").findings) == []


def test_two_endings_of_one_name_are_read_once(tmp_path: Path) -> None:
    images(tmp_path, A, A.replace("jpg", "png"))
    read = index(tmp_path)
    assert list(read.samples["image_path"]) == [A]
    what = f"the same name, class and part as {A}, which is read instead"
    assert about(read.findings) == [("duplicate", A.replace("jpg", "png"), what)]


def test_several_faces_of_one_photograph_are_samples_of_one_person(tmp_path: Path) -> None:
    images(tmp_path, A, A.replace("0001", "0001_2"), size=(90, 90))
    samples = index(tmp_path, "face-cut").samples
    assert list(samples["photograph"]) == ["Aaron_Eckhart_0001"] * 2
    assert set(samples["group"]) == {"Aaron_Eckhart"}


def test_other_files_are_extra(tmp_path: Path) -> None:
    images(
        tmp_path, A, "train/positive/selfie.jpg", "train/positive/more/Zoe_Ball_0001.jpg", "train/other/X_Y_0001.jpg"
    )
    (tmp_path / "train/labels.csv").touch()
    (tmp_path / "README.md").touch()  # outside the parts, where anything may lie
    read = index(tmp_path)
    assert ids(read) == ["train/positive/Aaron_Eckhart_0001"]
    outside = "1 file outside the class folders negative, neutral, positive"
    assert set(about(read.findings)) == {
        ("extra", "train/positive/selfie.jpg", "not named after a person and a number of four digits"),
        ("extra", "train/positive/more", outside),
        ("extra", "train/other", outside),
        # the folder train itself is where findings on counts stand
    }
    assert Finding("extra", "train", outside) in read.findings


# ------------------------------------------------------------------------------------------------ findings


def test_photograph_in_two_classes_is_two_samples_and_odd(tmp_path: Path) -> None:
    images(tmp_path, A, A.replace("positive", "neutral"))
    read = index(tmp_path)
    assert ids(read) == ["train/neutral/Aaron_Eckhart_0001", "train/positive/Aaron_Eckhart_0001"]
    what = "in train as positive; the same photograph stands in train as neutral"
    assert about(read.findings) == [("odd", A, what)]


def test_people_and_photographs_on_both_sides_are_told(tmp_path: Path) -> None:
    both = A.replace("train", "eval")
    images(tmp_path, A, both, B, "eval/neutral/Aaron_Eckhart_0009.jpg")
    assert about(index(tmp_path).findings) == [
        ("odd", "", "1 of the 2 people in test are in another part too"),
        ("odd", both, "in test as positive; the same photograph stands in train as positive"),
    ]


@pytest.mark.parametrize(
    ("form", "sizes", "what"),
    [
        ("folders", [(128, 128), (128, 128)], "face-cut or resized: all images are 128 by 128 pixels, not 250 by 250"),
        ("folders", [(250, 250), (90, 110)], "face-cut or resized: 1 of 2 images are 90 by 110 pixels, not 250 by 250"),
        (
            "face-cut",
            [(80, 120), (90, 110)],
            "the face-cut variant: all images are 80 to 90 by 110 to 120 pixels, not 250 by 250",
        ),
        (
            "face-cut",
            [(250, 250), (250, 250)],
            "the folder's name says face-cut, but the images are 250 by 250 pixels as the photographs",
        ),
    ],
)
def test_other_sizes_are_said_of_the_copy(tmp_path: Path, form: str, sizes: list[tuple[int, int]], what: str) -> None:
    for name, size in zip((A, B), sizes, strict=True):
        image(tmp_path / name, size)
    assert about(index(tmp_path, form).findings) == [("odd", "", what)]


def test_both_sets_of_counts_add_up() -> None:
    for counts, train, test in ((m_lfw_fer._TABLE_1, 9_307, 1_155), (m_lfw_fer._TEXT, 9_825, 1_213)):
        assert sum(count for (split, _), count in counts.items() if split == "train") == train
        assert sum(count for (split, _), count in counts.items() if split == "test") == test
    assert DATASET.official.samples == 10_462


def rows(counts: Mapping[tuple[str, ...], int]) -> list[dict[str, str]]:
    return [{"split": split, "label": label} for (split, label), count in counts.items() for _ in range(count)]


def test_counts_of_table_1_are_the_official_ones() -> None:
    table = rows(m_lfw_fer._TABLE_1)
    assert count_differences(DATASET, pd.DataFrame(table)) == []
    assert list(m_lfw_fer._counts(table)) == []


def test_counts_of_the_text_are_recognised() -> None:
    what = "as many as in paper B's text, which seems to count face-cut images; official: Table 1"
    assert list(m_lfw_fer._counts(rows(m_lfw_fer._TEXT))) == [
        Finding("odd", "train", what),
        Finding("odd", "test", what),
    ]


def test_other_counts_are_set_against_the_text_too(tmp_path: Path) -> None:
    images(tmp_path, A, B)
    read = index(tmp_path)
    assert len(count_differences(DATASET, read.samples)) == 7
    assert read.findings == (
        Finding(
            "odd",
            "train",
            "paper B's text: 9,825 (799 negative, 3,547 neutral, 5,479 positive); official: Table 1",
        ),
        Finding("odd", "test", "paper B's text: 1,213 (96 negative, 441 neutral, 676 positive); official: Table 1"),
    )


# -------------------------------------------------------------------------------------------------- damage


def test_damaged_images_stay_in_the_index(tmp_path: Path) -> None:
    folder = tmp_path / "train/neutral"
    images(folder, *(f"Zoe_Ball_000{number}.jpg" for number in range(1, 6)))
    (folder / "Zoe_Ball_0002.jpg").write_bytes(b"")
    (folder / "Zoe_Ball_0003.jpg").write_text(POINTER)
    (folder / "Zoe_Ball_0004.jpg").unlink()
    (folder / "Zoe_Ball_0004.jpg").symlink_to(tmp_path / "annexed")
    (folder / "Zoe_Ball_0005.jpg").write_text("<html>Quota exceeded</html>" * 20)
    read = index(tmp_path)
    assert len(read.samples) == 5
    assert about(read.findings) == [
        ("unreadable", "train/neutral/Zoe_Ball_0002.jpg", "the file is empty"),
        ("unreadable", "train/neutral/Zoe_Ball_0003.jpg", "a Git LFS pointer, not the image itself"),
        ("unreadable", "train/neutral/Zoe_Ball_0004.jpg", "a broken link"),
    ]
    for name in read.samples["image_path"][1:]:
        with pytest.raises(UnreadableError):
            media.read_sample(DATASET, Copy(tmp_path, "folders"), {"image_path": name}, "image")


def test_images_are_told_by_their_content(tmp_path: Path) -> None:
    image(tmp_path / "a.png")
    (tmp_path / A).parent.mkdir(parents=True)
    (tmp_path / "a.png").rename(tmp_path / A)
    assert media.read_sample(DATASET, Copy(tmp_path, "folders"), {"image_path": A}, "image").shape == (250, 250, 3)
    assert about(index(tmp_path).findings) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [(POINTER, "all 1 files are Git LFS pointers"), (None, "no image in train or test or eval or val; Get it by hand")],
    ids=["pointers", "nothing"],
)
def test_unusable_copy_is_refused_in_one_line(tmp_path: Path, content: str | None, message: str) -> None:
    (tmp_path / A).parent.mkdir(parents=True)
    if content:
        (tmp_path / A).write_text(content)
    with pytest.raises(Exception, match=message):
        index(tmp_path)


# ---------------------------------------------------------------------------------------------- real data


@pytest.mark.realdata
def test_stand_in_is_found_as_one() -> None:
    if not (data := os.environ.get("EMOBENCH_DATA")):
        pytest.skip("EMOBENCH_DATA does not name a folder with the datasets")
    copy = find_copies([DATASET], Path(data), installed_plugins())[DATASET.name].copy
    if copy is None or copy.provenance != "stand-in":
        pytest.skip("no stand-in for M-LFW-FER under EMOBENCH_DATA")
    samples = copy.index.samples
    on_disk = sorted(path.relative_to(copy.location.root).as_posix() for path in copy.location.root.rglob("*.jpg"))
    assert sorted(samples["image_path"]) == on_disk
    assert samples["sample_id"].is_unique
    assert [name.split("/")[1] for name in samples["image_path"]] == list(samples["label"])
    assert not set(samples["group"][samples["split"] == "train"]) & set(samples["group"][samples["split"] == "test"])
    assert {finding.kind for finding in copy.index.findings} == {"odd"}
    assert len(copy.departures) == 2  # number and size of the images
