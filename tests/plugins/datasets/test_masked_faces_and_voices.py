"""The paired datasets of paper B, on hand-made tables and hand-made sounds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
from emobench_plugins.datasets._voice_augmentation import KINDS, augmented
from emobench_plugins.datasets.masked_faces_and_voices import (
    MaskedFacesAndCremaD,
    MaskedFacesAndTess,
    MaskedFacesAndVoices,
)
from PIL import Image

from emobench.contracts.dataset import Copy, Index
from emobench.contracts.media import Audio
from emobench.decoding.media import read_sample
from emobench.errors import EmobenchError
from tests import ROOT

# Faces by class and part.
FACES = {
    ("negative", "train"): 20,
    ("negative", "test"): 5,
    ("neutral", "train"): 30,
    ("neutral", "test"): 10,
    ("positive", "train"): 60,
    ("positive", "test"): 12,
}
VOICES = {"angry": 10, "happy": 12, "neutral": 60, "sad": 7, "pleasant surprise": 3}
CLASS = {"angry": "negative", "happy": "positive", "neutral": "neutral"}


def faces(counts: dict[tuple[str, str], int] | None = None) -> pd.DataFrame:
    rows = [
        {
            "sample_id": f"{split}/{label}/Face_{number:04d}",
            "label": label,
            "group": f"Person_{number % 7}",
            "split": split,
            "image_path": f"faces/{split}/{label}/Face_{number:04d}.jpg",
        }
        for (label, split), count in (counts or FACES).items()
        for number in range(count)
    ]
    return pd.DataFrame(rows)


def voices(counts: dict[str, int] | None = None) -> pd.DataFrame:
    rows = [
        {
            "sample_id": f"{('OAF', 'YAF')[number % 2]}_word{number}_{label}",
            "label": label,
            "group": ("OAF", "YAF")[number % 2],
            "audio_path": f"voices/word{number}_{label}.wav",
        }
        for label, count in (counts or VOICES).items()
        for number in range(count)
    ]
    return pd.DataFrame(rows)


def pair(seed: int = 0, of: pd.DataFrame | None = None, to: pd.DataFrame | None = None) -> Index:
    members = {"m-lfw-fer": Index(faces() if of is None else of), "tess": Index(voices() if to is None else to)}
    return MaskedFacesAndTess(seed).pair(members)


@pytest.fixture(scope="module")
def pairs() -> pd.DataFrame:
    return pair().samples


# ------------------------------------------------------------------------------------------------------- pairing


def test_each_face_has_one_voice(pairs: pd.DataFrame) -> None:
    assert sorted(pairs["face"]) == sorted(faces()["sample_id"])
    assert pairs["sample_id"].is_unique
    assert pairs.groupby(["label", "split"]).size().to_dict() == FACES


def test_face_and_voice_are_of_one_class(pairs: pd.DataFrame) -> None:
    of_face = faces().set_index("sample_id")["label"]
    of_voice = voices().set_index("sample_id")["label"]
    assert (pairs["face"].map(of_face) == pairs["label"]).all()
    assert (pairs["voice_parent"].map(of_voice).map(CLASS) == pairs["label"]).all()


def test_what_belongs_to_face_and_recording_comes_with_them(pairs: pd.DataFrame) -> None:
    face = faces().set_index("sample_id").loc[pairs["face"]]
    recording = voices().set_index("sample_id").loc[pairs["voice_parent"]]
    for column in ("group", "split", "image_path"):
        assert pairs[column].tolist() == face[column].tolist()
    assert pairs["audio_path"].tolist() == recording["audio_path"].tolist()
    assert pairs["speaker"].tolist() == recording["group"].tolist()


def test_ids_are_those_of_face_and_voice(pairs: pd.DataFrame) -> None:
    assert (pairs["sample_id"] == pairs["face"] + "+" + pairs["voice"]).all()
    parent, _, number = (pairs["voice"].str.partition("~")[place] for place in range(3))
    assert (parent == pairs["voice_parent"]).all()
    assert ((number == "") == (pairs["augmentation"] == "")).all()
    assert pairs["voice"].is_unique  # of one recording, every copy has another number


def test_no_recording_stands_on_both_sides(pairs: pd.DataFrame) -> None:
    assert (pairs.groupby("voice_parent")["split"].nunique() == 1).all()


def test_recordings_are_divided_as_the_faces_are() -> None:
    # Faces: 5 of 25 negative, 10 of 40 neutral, 12 of 72 positive ones are for testing.
    many = pair(to=voices({"angry": 10, "neutral": 20, "happy": 12})).samples
    recordings = many.groupby(["label", "split"])["voice_parent"].nunique().to_dict()
    assert recordings == {
        ("negative", "test"): 2,
        ("negative", "train"): 8,
        ("neutral", "test"): 5,
        ("neutral", "train"): 15,
        ("positive", "test"): 2,
        ("positive", "train"): 10,
    }


def test_third_part_has_recordings_of_its_own() -> None:
    counts = {("negative", "train"): 8, ("negative", "validation"): 4, ("negative", "test"): 4}
    recordings = pair(of=faces(counts), to=voices({"angry": 4})).samples.groupby("split")["voice_parent"].unique()
    assert {split: len(own) for split, own in recordings.items()} == {"test": 1, "train": 2, "validation": 1}
    assert len(set(np.concatenate(recordings.tolist()))) == 4


def test_recordings_are_used_evenly_and_as_they_are_first(pairs: pd.DataFrame) -> None:
    for _, part in pairs[pairs["label"] != "neutral"].groupby(["label", "split"]):
        used = Counter(part["voice_parent"])
        assert max(used.values()) - min(used.values()) <= 1
        assert set(part["voice"][part["augmentation"] == ""]) == set(used)
        for recording, count in used.items():
            copies = {recording, *(f"{recording}~{number}" for number in range(1, count))}
            assert set(part["voice"][part["voice_parent"] == recording]) == copies


def test_more_voices_than_faces_are_drawn_from_without_augmentation(pairs: pd.DataFrame) -> None:
    neutral = pairs[pairs["label"] == "neutral"]
    assert (neutral["augmentation"] == "").all()
    assert neutral["voice_parent"].nunique() == 40
    assert (neutral["augmentation_seed"] == 0).all()


def test_augmented_copies_are_of_every_kind_and_have_seeds_of_their_own(pairs: pd.DataFrame) -> None:
    copies = pairs[pairs["augmentation"] != ""]
    assert set(copies["augmentation"]) == set(KINDS)
    assert copies["augmentation_seed"].is_unique
    assert copies["augmentation_seed"].between(0, 2**63 - 1).all()
    assert pairs["augmentation_seed"].dtype == np.int64


def test_order_of_the_faces_does_not_tell_the_voice(pairs: pd.DataFrame) -> None:
    neutral = pairs[(pairs["label"] == "neutral") & (pairs["split"] == "train")]
    places = neutral["voice_parent"].str.extract(r"word(\d+)")[0].astype(int)
    numbers = neutral["face"].str[-4:].astype(int)
    assert abs(np.corrcoef(numbers, places)[0, 1]) < 0.5
    assert not neutral["face"].str[-4:].eq(places.astype(str).str.zfill(4)).all()


def test_row_tells_that_labels_made_the_pairs_and_how_few_recordings_there_are() -> None:
    (finding,) = pair().findings
    assert (finding.kind, finding.where) == ("odd", "")
    assert finding.what == (
        "paired by class label: 62 recordings in 137 pairs; augmented are 60% of negative, 0% of neutral, 83% of positive; "
        "2 of 2 speakers tested are also trained on"
    )


@pytest.mark.parametrize("count", [0, 1])
def test_class_without_a_voice_for_each_part_is_refused(count: int) -> None:
    with pytest.raises(EmobenchError) as caught:
        pair(to=voices({"angry": 10, "neutral": 10, "happy": count}))
    assert str(caught.value).startswith(
        f"m-lfw-fer-tess: {count} positive voices in 'tess', too few for 2 parts: none may stand in two; get more of 'tess'"
    )


def test_two_voices_are_enough() -> None:
    recordings = pair(to=voices({"angry": 2, "neutral": 2, "happy": 2})).samples.groupby(["label", "split"])
    assert (recordings["voice_parent"].nunique() == 1).all()


# --------------------------------------------------------------------------------------------------- determinism


def test_order_of_the_members_rows_does_not_matter(pairs: pd.DataFrame) -> None:
    again = pair(of=faces().sample(frac=1, random_state=1), to=voices().sample(frac=1, random_state=2)).samples
    pd.testing.assert_frame_equal(again, pairs)


def test_every_process_makes_the_same_pairs(pairs: pd.DataFrame) -> None:
    script = f"import sys; from {__name__} import pair; pair().samples.to_csv(sys.stdout)"
    environment = os.environ | {"PYTHONHASHSEED": "12"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == pairs.to_csv().splitlines()


def test_other_seed_divides_and_pairs_otherwise(pairs: pd.DataFrame) -> None:
    other = pair(seed=1).samples
    tested, before = (set(table["voice_parent"][table["split"] == "test"]) for table in (other, pairs))
    assert tested != before
    assert len(set(other["sample_id"]) & set(pairs["sample_id"])) < len(pairs) / 4


def test_augmentation_follows_from_the_id_alone(pairs: pd.DataFrame) -> None:
    columns = ["sample_id", "augmentation", "augmentation_seed"]
    both = pairs[columns].merge(pair(seed=1).samples[columns], on="sample_id")
    both = both[both["augmentation_x"] != ""]
    assert len(both)
    assert (both["augmentation_x"] == both["augmentation_y"]).all()
    assert (both["augmentation_seed_x"] == both["augmentation_seed_y"]).all()


# ------------------------------------------------------------------------------------------------------- reading


def row(**changes: Any) -> dict[str, Any]:
    return {
        "image_path": "face.png",
        "audio_path": "voice.wav",
        "augmentation": "",
        "augmentation_seed": 0,
    } | changes


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    generator = np.random.default_rng(0)
    soundfile.write(tmp_path / "voice.wav", generator.uniform(-0.3, 0.3, 8000), 16_000, subtype="PCM_16")
    Image.fromarray(generator.integers(0, 256, (25, 25, 3), dtype=np.uint8)).save(tmp_path / "face.png")
    return Copy(tmp_path, "pairs")


def test_voice_that_is_not_augmented_is_read_as_it_is(copy: Copy) -> None:
    expected, rate = soundfile.read(copy.root / "voice.wav", dtype="float32")
    got = read_sample(MaskedFacesAndTess(), copy, row(), "audio")
    np.testing.assert_array_equal(got.samples, expected)
    assert got.rate == rate


@pytest.mark.parametrize("kind", KINDS)
def test_augmented_voice_is_read_as_the_row_says(copy: Copy, kind: str) -> None:
    samples, rate = soundfile.read(copy.root / "voice.wav", dtype="float32")
    got = read_sample(MaskedFacesAndTess(), copy, row(augmentation=kind, augmentation_seed=5), "audio")
    np.testing.assert_array_equal(got.samples, augmented(Audio(samples, rate), kind, 5).samples)
    assert not np.array_equal(got.samples, samples)


def test_face_is_read_as_it_is(copy: Copy) -> None:
    got = read_sample(MaskedFacesAndTess(), copy, row(augmentation="pitch", augmentation_seed=5), "image")
    np.testing.assert_array_equal(got, np.asarray(Image.open(copy.root / "face.png")))


# ------------------------------------------------------------------------------------------------------ datasets


@pytest.mark.parametrize("dataset", [MaskedFacesAndTess(), MaskedFacesAndCremaD()], ids=lambda dataset: dataset.name)
def test_members_are_named_and_the_second_has_the_voices(dataset: MaskedFacesAndVoices) -> None:
    assert dataset.name == "-".join(dataset.members)
    assert dataset.modalities == ("image", "audio")
    made = dataset.pair(dict(zip(dataset.members, (Index(faces()), Index(voices())), strict=True)))
    assert set(made.samples["label"]) == set(dataset.labels)
