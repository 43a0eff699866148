"""RAVDESS's speech videos in every form on disk, whole and damaged."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import soundfile
from emobench_plugins.datasets import ravdess_video
from emobench_plugins.datasets.ravdess import Ravdess
from emobench_plugins.datasets.ravdess_video import RavdessVideo
from emobench_plugins.representations.random_frames import RandomFrames

from emobench.audits.media_findings import media_findings
from emobench.contracts.dataset import Copy, Finding, Index
from emobench.data.discovery import open_copy, scan
from emobench.decoding import media
from emobench.errors import EmobenchError
from emobench.plugins.loading import load
from tests.conftest import FakeEntry
from tests.support.films import gray_levels, sine, write_film

DATASET = RavdessVideo()
POINTER = "version https://git-lfs.github.com/spec/v1\n"
FIRST = "01-01-01-01-01-01-01"
SECOND = "02-01-05-02-02-02-12"


def found(root: Path) -> list[tuple[str, str]]:
    """Return where copies are found below a folder, and in which form."""
    return [(copy.root.relative_to(root).as_posix(), copy.form) for copy in DATASET.find(scan(root)[0])]


def film(path: Path, *, sound: bool = True) -> Path:
    return write_film(path, gray_levels(3), sine(440, 0.1) if sound else None)


def index_films(root: Path, *names: str, form: str = "actors") -> Index:
    for name in names:
        film(root / name)
    return DATASET.index(Copy(root, form))


def findings(index: Index) -> list[Finding]:
    """Return what is said about single files, without what is missing; a test's copy lacks nearly everything."""
    return [finding for finding in index.findings if finding.kind != "missing" and finding.where]


def records(index: Index) -> list[dict[str, Any]]:
    """Return the rows as a dataset's read() takes them."""
    return [{str(name): value for name, value in row.items()} for row in index.samples.to_dict("records")]


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ravdess-video-twin")
    DATASET.write_twin(folder)
    return folder


# --------------------------------------------------------------------------------------------------- twin


def test_twin_is_found_and_indexed(twin: Path) -> None:
    assert found(twin) == [(".", "actors")]
    index = DATASET.index(Copy(twin, "actors"))
    assert findings(index) == []
    samples = index.samples
    assert samples["kind"].value_counts().to_dict() == {"with sound": 48, "without sound": 8}
    for kind in ("with sound", "without sound"):
        assert set(samples["label"][samples["kind"] == kind]) == set(DATASET.labels)
    assert set(samples["group"]) == {"01", "02", "03", "04", "05", "06"}
    assert samples["frames"].between(25, 35).all()
    assert set(samples["frame_rate"].round(2)) == {29.97}


def test_twin_has_takes_and_sounds_of_the_sounds_twin(twin: Path, tmp_path: Path) -> None:
    Ravdess().write_twin(tmp_path)
    sounds = Ravdess().index(Copy(tmp_path, "actors")).samples.set_index("take")
    samples = DATASET.index(Copy(twin, "actors")).samples
    assert set(samples["take"]) <= set(sounds.index)
    row = samples[samples["sound"] == "film"].iloc[20]
    track = media.read_audio(twin / row["audio_path"])
    clip = media.read_audio(tmp_path / sounds.loc[row["take"], "audio_path"])
    assert len(track.samples) == len(clip.samples)
    assert np.corrcoef(track.samples, clip.samples)[0, 1] > 0.99


def test_twin_is_the_same_at_every_call(twin: Path, tmp_path: Path) -> None:
    DATASET.write_twin(tmp_path)
    written = list(tmp_path.rglob("*.mp4"))
    assert len(written) == 56
    for path in written:
        assert path.read_bytes() == (twin / path.relative_to(tmp_path)).read_bytes()


def test_films_without_sound_have_a_silent_track_as_the_official_ones_and_are_image_only(twin: Path) -> None:
    path = twin / "Actor_01/02-01-01-01-01-01-01.mp4"
    assert not media.read_audio(path).samples.any()
    rows = {row["sample_id"]: row for row in records(DATASET.index(Copy(twin, "actors")))}
    assert (rows[path.stem]["audio_path"], rows[path.stem]["sound"]) == ("", "none")


def test_faces_of_the_twin_are_found_and_tell_the_emotion_to_one_who_knows_fer2013s_twin(
    twin: Path, tmp_path: Path
) -> None:
    from emobench_plugins.datasets.fer2013 import Fer2013
    from emobench_plugins.representations.gray_face import GrayFace
    from sklearn.linear_model import LogisticRegression

    fer = Fer2013()
    fer.write_twin(tmp_path)
    copy = Copy(tmp_path, "folders")
    pictures = records(fer.index(copy))
    faces = (
        np.stack([GrayFace().compute(media.read_sample(fer, copy, row, "image"), size=48).ravel() for row in pictures])
        / 255
    )
    model = LogisticRegression(max_iter=500, C=0.01).fit(faces, [row["label"] for row in pictures])
    known = {"angry": "angry", "happy": "happy", "sad": "sad", "surprised": "surprise"}
    rows = [
        row
        for row in records(DATASET.index(Copy(twin, "actors")))
        if row["label"] in known and row["group"] in ("02", "03")
    ]
    right = 0
    for number, row in enumerate(rows):
        views = RandomFrames().compute(
            media.read_sample(DATASET, Copy(twin, "actors"), row, "video"),
            generator=np.random.default_rng(number),
            **RandomFrames.parameters,
        )
        pooled = model.predict_proba(views.reshape(len(views), -1) / 255).mean(axis=0)
        right += model.classes_[pooled.argmax()] == known[row["label"]]
    assert len(rows) == 8
    assert right >= 5  # of seven classes, chance is one


# ------------------------------------------------------------------------------------------------ finding


@pytest.mark.parametrize("nesting", ["", "ravdess", "archive/videos"])
def test_actor_folders_are_found(tmp_path: Path, nesting: str) -> None:
    film(tmp_path / nesting / f"Actor_01/{FIRST}.mp4")
    assert found(tmp_path) == [(nesting or ".", "actors")]


def test_folders_named_after_the_zips_are_one_copy(tmp_path: Path) -> None:
    names = [f"Video_Speech_Actor_01/Actor_01/{FIRST}.mp4", f"Video_Speech_Actor_12/Actor_12/{SECOND}.mp4"]
    index = index_films(tmp_path / "ravdess", *names)
    assert found(tmp_path) == [("ravdess", "actors")]
    assert list(index.samples["video_path"]) == names
    assert findings(index) == []


def test_flat_folder_is_found_after_actor_folders_and_read(tmp_path: Path) -> None:
    index = index_films(tmp_path, f"{SECOND}.mp4", f"{FIRST}.mp4", form="flat")
    film(tmp_path / f"b/Actor_01/{FIRST}.mp4")
    assert found(tmp_path) == [("b", "actors"), (".", "flat")]
    assert list(index.samples["video_path"]) == [f"{FIRST}.mp4", f"{SECOND}.mp4"]


@pytest.mark.parametrize("name", ["03-01-01-01-01-01-01.wav", "01-02-01-01-01-01-01.mp4", "03-01-01-01-01-01-01.mp4"])
def test_sound_and_songs_are_not_mistaken(tmp_path: Path, name: str) -> None:
    (tmp_path / "Actor_01").mkdir()
    (tmp_path / "Actor_01" / name).touch()
    assert found(tmp_path) == []


def test_copy_of_the_sound_is_not_affected_by_films_beside_it(tmp_path: Path) -> None:
    film(tmp_path / f"Actor_01/{FIRST}.mp4")
    soundfile.write(tmp_path / f"Actor_01/03{FIRST[2:]}.wav", sine(440), 48_000)
    copies = Ravdess().find(scan(tmp_path)[0])
    assert copies == [Copy(tmp_path, "actors")]
    assert list(Ravdess().index(copies[0]).samples["sample_id"]) == [f"03{FIRST[2:]}"]


# ----------------------------------------------------------------------------------------------- indexing


def test_name_and_header_are_taken_apart(tmp_path: Path) -> None:
    index = index_films(tmp_path, f"Actor_12/{SECOND}.mp4", f"Actor_01/{FIRST}.MP4")
    first, second = records(index)
    assert (first["sample_id"], first["audio_path"]) == (FIRST, f"Actor_01/{FIRST}.MP4")
    assert (first["sound"], first["sample_rate"], first["channels"]) == ("film", 48_000, 1)
    assert second == {
        "sample_id": SECOND,
        "label": "angry",
        "group": "12",
        "video_path": f"Actor_12/{SECOND}.mp4",
        "audio_path": "",
        "take": "01-05-02-02-02-12",
        "intensity": "strong",
        "sentence": "Dogs are sitting by the door",
        "repetition": 2,
        "sex": "female",
        "kind": "without sound",
        "sound": "none",
        "frames": 3,
        "frame_rate": pytest.approx(29.97, abs=0.01),
        "width": 64,
        "height": 48,
        "sample_rate": 0,
        "channels": 0,
    }


def test_film_that_lost_its_sound_is_odd_and_takes_that_of_its_clip(tmp_path: Path) -> None:
    other = "01-01-02-01-01-01-01"
    for stem in (FIRST, other):
        film(tmp_path / f"Actor_01/{stem}.mp4", sound=False)
    clip = f"Actor_01/03{FIRST[2:]}.wav"
    soundfile.write(tmp_path / clip, np.tile(sine(440)[:, None], 2), 22_050, subtype="FLOAT")
    copy = Copy(tmp_path, "actors")
    index = DATASET.index(copy)
    assert findings(index) == [
        Finding("odd", f"Actor_01/{FIRST}.mp4", "has no sound track, the 03- clip of the take is read instead"),
        Finding("odd", f"Actor_01/{other}.mp4", "has no sound track, and no 03- clip of the take is here"),
    ]
    columns = ["audio_path", "sound", "sample_rate", "channels"]
    assert index.samples[columns].values.tolist() == [[clip, "clip", 22_050, 2], ["", "none", 0, 0]]
    assert tmp_path / clip in DATASET.files(copy, index.samples)
    np.testing.assert_array_equal(media.read_sample(DATASET, copy, records(index)[0], "audio").samples, sine(440))


def test_clip_of_a_film_that_has_its_sound_is_extra(tmp_path: Path) -> None:
    (tmp_path / "Actor_01").mkdir()
    clip = f"Actor_01/03{FIRST[2:]}.wav"
    soundfile.write(tmp_path / clip, sine(440), 48_000)
    index = index_films(tmp_path, f"Actor_01/{FIRST}.mp4")
    assert findings(index) == [Finding("extra", clip, "the sound of a take; its films have it too")]


def test_missing_films_are_listed_by_their_official_names(tmp_path: Path) -> None:
    index = index_films(tmp_path, f"Actor_01/{FIRST}.mp4")
    missing = [finding.where for finding in index.findings if finding.kind == "missing"]
    assert len(set(missing)) == len(missing) == 2879
    assert f"Actor_12/{SECOND}.mp4" in missing


def test_film_that_is_here_twice_is_read_once(tmp_path: Path) -> None:
    nested = f"Video_Speech_Actor_01/Actor_01/{FIRST}.mp4"
    index = index_films(tmp_path, nested, f"Actor_01/{FIRST}.mp4")
    assert list(index.samples["video_path"]) == [f"Actor_01/{FIRST}.mp4"]
    what = f"the same clip as Actor_01/{FIRST}.mp4, which is read instead"
    assert findings(index) == [Finding("duplicate", nested, what)]


def test_what_is_not_official_is_extra_in_words(tmp_path: Path) -> None:
    strangers = {
        "01-02-01-01-01-01-01.mp4": "a song; only speech is read here",
        "03-02-01-01-01-01-01.wav": "a song; only speech is read here",
        "01-01-01-02-01-01-01.mp4": "named like a file of RAVDESS, but there is no such film",
        "01-01-01-01-01-02-01.avi": "a .avi file; the films are .mp4 files",
        "notes.txt": "not named as RAVDESS names its files",
    }
    (tmp_path / "Actor_01").mkdir()
    for name in strangers:
        (tmp_path / "Actor_01" / name).touch()
    index = index_films(tmp_path, f"Actor_01/{FIRST}.mp4")
    assert {finding.where: (finding.kind, finding.what) for finding in findings(index)} == {
        f"Actor_01/{name}": ("extra", what) for name, what in strangers.items()
    }


def test_film_in_another_actors_folder_is_odd_and_its_name_counts(tmp_path: Path) -> None:
    index = index_films(tmp_path, f"Actor_02/{FIRST}.mp4")
    assert list(index.samples["group"]) == ["01"]
    what = "stands in another actor's folder; its name says actor 01"
    assert findings(index) == [Finding("odd", f"Actor_02/{FIRST}.mp4", what)]


def test_other_picture_sizes_are_one_finding_about_the_copy(tmp_path: Path) -> None:
    index = index_films(tmp_path, f"Actor_01/{FIRST}.mp4", f"Actor_12/{SECOND}.mp4")
    official = "1280 by 720 at 29.97 frames a second"
    assert [finding for finding in index.findings if not finding.where] == [
        Finding("odd", "", f"not {official} as the official films: 2 are 64 by 48 at 29.97 frames a second")
    ]


def test_damaged_films_stay_in_the_index(tmp_path: Path) -> None:
    folder = tmp_path / "Actor_01"
    truncated = film(folder / "01-01-02-01-01-01-01.mp4")
    os.truncate(truncated, truncated.stat().st_size - 50)
    (folder / "01-01-03-01-01-01-01.mp4").write_text("not a film")
    (folder / "02-01-04-01-01-01-01.mp4").touch()
    (folder / "02-01-05-01-01-01-01.mp4").write_text(POINTER)
    index = index_films(tmp_path, f"Actor_01/{FIRST}.mp4")
    assert [(finding.kind, finding.what) for finding in findings(index)] == [
        ("unreadable", "truncated: 50 bytes are missing"),
        ("unreadable", "a text file, not a film"),
        ("unreadable", "the file is empty"),
        ("unreadable", "a Git LFS pointer, not the file itself"),
    ]
    assert index.samples["frames"].tolist() == [3, 0, 0, 0, 0]


def test_copy_of_pointers_or_without_a_film_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match="no RAVDESS speech video here; Download Video_Speech_Actor_01"):
        DATASET.index(Copy(tmp_path, "actors"))
    for stem in (FIRST, SECOND):
        (tmp_path / f"{stem}.mp4").write_text(POINTER)
    with pytest.raises(EmobenchError, match="all 2 files are Git LFS pointers"):
        DATASET.index(Copy(tmp_path, "flat"))


@pytest.mark.usefixtures("fresh_cache")
def test_copy_is_never_official_and_a_film_without_sound_is_not_unreadable(tmp_path: Path) -> None:
    index_films(tmp_path / "data", f"Actor_12/{SECOND}.mp4")
    registry = load(cast(Any, [FakeEntry("ravdess-video", ravdess_video)]))
    copy = open_copy(DATASET, Copy(tmp_path / "data", "actors"), tmp_path / "data", registry)
    assert copy.provenance == "unverified"
    assert media_findings(DATASET, copy, lambda _: None) == []


def test_official_counts_are_those_of_the_official_names() -> None:
    counts = DATASET.official.counts
    assert DATASET.official.samples == 2880
    assert all(sum(counts[column,].values()) == 2880 for column in ("kind", "label", "group"))


# ---------------------------------------------------------------------------------------------- real data


@pytest.mark.realdata
def test_real_films_have_the_official_picture_and_a_face_in_every_drawn_frame() -> None:
    if not (data := os.environ.get("EMOBENCH_DATA")):
        pytest.skip("EMOBENCH_DATA does not name a folder with the datasets")
    copies = DATASET.find(scan(Path(data))[0])
    if not copies:
        pytest.skip("no RAVDESS speech video under EMOBENCH_DATA")
    index = DATASET.index(copies[0])
    assert findings(index) == []
    assert not [finding for finding in index.findings if finding.kind == "odd"]
    assert index.samples["frames"].between(80, 160).all()
    assert set(index.samples["sample_rate"]) == {48_000, 0}
    for row in records(index)[:4]:
        seed = int.from_bytes(hashlib.sha256(row["sample_id"].encode()).digest()[:8], "big")
        opened = media.read_sample(DATASET, copies[0], row, "video")
        views = RandomFrames().compute(opened, generator=np.random.default_rng(seed), **RandomFrames.parameters)
        assert views.shape == (8, 1, 48, 48)
        assert len(np.unique(views.reshape(8, -1), axis=0)) == 8
        if row["kind"] == "without sound":
            assert not media.read_audio(copies[0].root / row["video_path"]).samples.any()
