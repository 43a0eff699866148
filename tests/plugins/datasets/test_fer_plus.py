"""FER2013's pictures with the votes of FER+."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from emobench_plugins.datasets.fer2013 import Fer2013
from emobench_plugins.datasets.fer_plus import FerPlus

from emobench.contracts.dataset import Copy, Finding, Index
from emobench.data.discovery import scan
from emobench.decoding.media import read_sample
from emobench.errors import EmobenchError

DATASET = FerPlus()
TABLE, PICTURES = "fer2013new.csv", "icml_face_data.csv"
HEADER = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
PIXELS = " ".join(["7"] * 48 * 48)
HAPPY = "Training,fer0000000.png,1,6,0,0,0,0,0,1,2,0"


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fer-plus-twin")
    DATASET.write_twin(folder)
    return folder


def tables(root: Path, *votes: str, usages: tuple[str, ...] = (), name: str = PICTURES) -> Copy:
    """Write rows of votes, and as many sad pictures of the same parts, or of the parts that are named."""
    parts = usages or [row.partition(",")[0] for row in votes]
    lines = ["emotion, Usage, pixels", *(f"4,{part},{PIXELS}" for part in parts)]
    (root / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    (root / TABLE).write_text("\n".join([HEADER, *votes]) + "\n", encoding="utf-8")
    return Copy(root, name)


def found(root: Path) -> list[tuple[str, str]]:
    return [(copy.root.relative_to(root).as_posix(), copy.form) for copy in DATASET.find(scan(root)[0])]


def row(index: Index, place: int = 0) -> dict[str, Any]:
    return {str(name): value for name, value in index.samples.iloc[place].items()}


# --------------------------------------------------------------------------------------------------- twin


def test_twin_is_found_and_has_every_emotion_in_every_part(twin: Path) -> None:
    assert found(twin) == [(".", PICTURES)]
    samples = DATASET.index(Copy(twin, PICTURES)).samples
    assert samples.groupby("split")["label"].nunique().to_dict() == {
        "train": 8,
        "public-test": 8,
        "private-test": 8,
    }


def test_twin_can_be_learned_but_not_perfectly(twin: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    copy = Copy(twin, PICTURES)
    samples = DATASET.index(copy).samples
    rows = [{str(name): value for name, value in each.items()} for each in samples.to_dict("records")]
    x = np.stack([read_sample(DATASET, copy, each, "image").ravel() / 255 for each in rows])
    train = (samples["split"] == "train").to_numpy()
    model = LogisticRegression(max_iter=300, C=0.01).fit(x[train], samples["label"][train])
    assert 0.25 < model.score(x[~train], samples["label"][~train]) < 0.95


# ------------------------------------------------------------------------------------------------ finding


def test_pictures_without_the_votes_beside_them_are_no_copy(twin: Path, tmp_path: Path) -> None:
    Fer2013().write_twin(tmp_path)
    shutil.copytree(twin, tmp_path / "z")
    (tmp_path / "a").mkdir()
    shutil.copy(twin / PICTURES, tmp_path / "a" / "fer2013.csv")
    assert found(tmp_path) == [("z", PICTURES)]


def test_training_part_alone_is_no_copy(twin: Path, tmp_path: Path) -> None:
    shutil.copytree(twin, tmp_path / "fer2013")
    (tmp_path / "fer2013" / PICTURES).rename(tmp_path / "fer2013" / "train.csv")
    assert found(tmp_path) == []


def test_who_has_the_class_folders_is_told_that_they_will_not_do() -> None:
    assert "The class folders of FER2013 will not do" in DATASET.obtain


# ----------------------------------------------------------------------------------------------- indexing


@pytest.mark.parametrize("name", ["fer2013.csv", PICTURES])
def test_votes_are_put_with_pictures_by_their_rows(tmp_path: Path, name: str) -> None:
    other = "PublicTest,fer0000009.png,0,0,0,9,0,0,0,1,0,0"
    index = DATASET.index(tables(tmp_path, HAPPY, other, name=name))
    assert index.findings == ()
    assert row(index) == {
        "sample_id": "row-00001",
        "label": "happy",
        "group": "",
        "split": "train",
        "image_path": name,
        **dict(zip(DATASET.targets[0].columns, (1, 6, 0, 0, 0, 0, 0, 1), strict=True)),
        "unknown": 2,
        "no_face": 0,
        "fer2013_label": "sad",
    }
    assert (row(index, 1)["label"], row(index, 1)["split"]) == ("sad", "public-test")


def test_a_tie_is_of_the_first_emotion(tmp_path: Path) -> None:
    index = DATASET.index(tables(tmp_path, "Training,fer0000000.png,0,0,0,4,4,0,0,0,2,0"))
    assert row(index)["label"] == "sad"


@pytest.mark.parametrize(
    ("votes", "what"),
    [
        ("Training,,0,0,0,0,0,0,0,0,0,10", "left out: no vote for an emotion, 10 for no face"),
        ("Training,fer0000001.png,0,0,0,0,0,0,0,0,9,1", "left out: no vote for an emotion, 1 for no face"),
        (
            "Training,,1,0,0,0,0,0,0,0,0,9",
            "left out: the table of votes gives it no name, as it does with what is no face",
        ),
    ],
)
def test_what_is_no_face_is_left_out_and_listed(tmp_path: Path, votes: str, what: str) -> None:
    index = DATASET.index(tables(tmp_path, HAPPY, votes))
    assert index.samples["sample_id"].tolist() == ["row-00001"]
    assert index.findings == (Finding("odd", "row 2", what),)


def test_picture_is_read_by_its_row(tmp_path: Path) -> None:
    copy = tables(tmp_path, HAPPY)
    image = read_sample(DATASET, copy, row(DATASET.index(copy)), "image")
    assert (image == 7).all()
    assert image.shape == (48, 48)


def test_index_depends_on_both_tables(tmp_path: Path) -> None:
    copy = tables(tmp_path, HAPPY)
    assert DATASET.names(copy) == [PICTURES, TABLE]
    assert DATASET.files(copy, DATASET.index(copy).samples) == [tmp_path / PICTURES, tmp_path / TABLE]


def test_rows_in_another_order_are_refused(tmp_path: Path) -> None:
    copy = tables(tmp_path, HAPPY, usages=("PublicTest",))
    with pytest.raises(
        EmobenchError, match="row 1 is of 'Training', and that of the pictures of 'PublicTest': the rows"
    ):
        DATASET.index(copy)


@pytest.mark.parametrize(
    ("votes", "pictures", "what"),
    [
        (1, 2, "1 of 2 pictures have no row of votes"),
        (3, 2, "1 of 3 rows of votes have no picture"),
    ],
)
def test_a_table_that_ends_before_the_other_is_said(tmp_path: Path, votes: int, pictures: int, what: str) -> None:
    index = DATASET.index(tables(tmp_path, *[HAPPY] * votes, usages=("Training",) * pictures))
    assert index.findings == (Finding("missing", "", what),)
    assert len(index.samples) == min(votes, pictures)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a,b\n", "the columns are a, b; expected Usage, Image name"),
        (f"{HEADER}\n{HAPPY.replace('6', 'six')}\n", "row 1: 'six' is no number of votes; get https"),
        (f"{HEADER}\n{HAPPY.rpartition(',')[0]}\n", "row 1: '' is no number of votes"),
        ("version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
    ],
)
def test_another_table_is_refused(tmp_path: Path, text: str, what: str) -> None:
    copy = tables(tmp_path, HAPPY)
    (tmp_path / TABLE).write_text(text)
    with pytest.raises(EmobenchError, match=what):
        DATASET.index(copy)


def test_tables_without_a_vote_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match="no picture has a vote"):
        DATASET.index(tables(tmp_path, "Training,,0,0,0,0,0,0,0,0,0,10"))


# ---------------------------------------------------------------------------------------------- real data


@pytest.mark.realdata
def test_real_votes_have_the_official_counts(tmp_path: Path) -> None:
    if not (data := os.environ.get("EMOBENCH_DATA")):
        pytest.skip("EMOBENCH_DATA does not name a folder with the datasets")
    known = sorted(Path(data).rglob(TABLE))
    if not known:
        pytest.skip(f"no {TABLE} under EMOBENCH_DATA")
    votes = known[0].read_text(encoding="utf-8").splitlines()[1:]
    index = DATASET.index(tables(tmp_path, *votes))  # with made-up pictures: the counts are those of the votes
    assert len(index.samples) == DATASET.official.samples
    for columns, counts in DATASET.official.counts.items():
        (column,) = columns
        assert {(name,): count for name, count in index.samples[column].value_counts().items()} == counts
    assert len([finding for finding in index.findings if finding.kind == "odd"]) == 176
