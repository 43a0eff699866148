"""RAVDESS speech in every form on disk, whole and damaged."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from emobench_plugins.datasets.ravdess import Ravdess

from emobench.contracts.dataset import Copy, Finding, Index
from emobench.data.discovery import scan
from emobench.data.provenance import count_differences
from emobench.decoding import media
from emobench.errors import EmobenchError

DATASET = Ravdess()
POINTER = "version https://git-lfs.github.com/spec/v1\n"
FIRST = "03-01-01-01-01-01-01"
SECOND = "03-01-05-02-02-02-12"


def found(root: Path) -> list[tuple[str, str]]:
    """Return where copies are found below a folder, and in which form."""
    return [(copy.root.relative_to(root).as_posix(), copy.form) for copy in DATASET.find(scan(root)[0])]


def clip(path: Path, rate: int = 48_000, channels: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.zeros((rate // 2, channels)), rate, format="WAV", subtype="PCM_16")


def index_clips(root: Path, *names: str, form: str = "actors") -> Index:
    for name in names:
        clip(root / name)
    return DATASET.index(Copy(root, form))


def findings(index: Index) -> list[Finding]:
    """Return all but what is missing; a test's copy lacks nearly everything."""
    return [finding for finding in index.findings if finding.kind != "missing"]


def records(index: Index) -> list[dict[str, Any]]:
    """Return the rows as a dataset's read() takes them."""
    return [{str(name): value for name, value in row.items()} for row in index.samples.to_dict("records")]


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ravdess-twin")
    DATASET.write_twin(folder)
    return folder


# --------------------------------------------------------------------------------------------------- twin


def test_twin_is_found_and_indexed(twin: Path) -> None:
    assert found(twin) == [(".", "actors")]
    index = DATASET.index(Copy(twin, "actors"))
    assert findings(index) == []
    samples = index.samples
    assert len(samples) == 96
    assert set(samples["label"]) == set(DATASET.labels)
    assert set(samples["group"]) == {"01", "02", "03", "04", "05", "06"}
    assert set(samples["sample_rate"]) == {48_000}
    assert (samples["channels"] == 2).sum() == 5
    assert samples["duration"].between(0.85, 1.15).all()
    assert soundfile.info(twin / samples["audio_path"][0]).subtype == "PCM_16"


def test_twin_is_the_same_at_every_call(twin: Path, tmp_path: Path) -> None:
    DATASET.write_twin(tmp_path)
    written = list(tmp_path.rglob("*.wav"))
    assert len(written) == 96
    for path in written:
        assert path.read_bytes() == (twin / path.relative_to(tmp_path)).read_bytes()


def test_twin_can_be_learned_but_not_perfectly(twin: Path) -> None:
    from emobench_plugins.representations.mfcc_chroma_mel import MfccChromaMel
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    copy = Copy(twin, "actors")
    index = DATASET.index(copy)
    samples, rows = index.samples, records(index)
    x = np.stack(
        [
            MfccChromaMel().compute(media.read_sample(DATASET, copy, row, "audio"), **MfccChromaMel.parameters)
            for row in rows
        ]
    )
    test = samples["group"].isin(["05", "06"]).to_numpy()
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(x[~test], samples["label"][~test])
    assert 0.3 < model.score(x[test], samples["label"][test]) < 0.98


# ------------------------------------------------------------------------------------------------ finding


@pytest.mark.parametrize("nesting", ["", "ravdess", "archive/Audio_Speech_Actors_01-24"])
def test_actor_folders_are_found(tmp_path: Path, nesting: str) -> None:
    clip(tmp_path / nesting / f"Actor_01/{FIRST}.wav")
    assert found(tmp_path) == [(nesting or ".", "actors")]


def test_kaggles_nested_duplicate_is_no_second_copy(tmp_path: Path) -> None:
    clip(tmp_path / f"ravdess/Actor_01/{FIRST}.wav")
    clip(tmp_path / f"ravdess/audio_speech_actors_01-24/Actor_01/{FIRST}.wav")
    assert found(tmp_path) == [("ravdess", "actors")]


def test_flat_folder_is_found_after_actor_folders(tmp_path: Path) -> None:
    clip(tmp_path / f"{FIRST}.wav")
    clip(tmp_path / f"b/Actor_01/{FIRST}.wav")
    clip(tmp_path / f"c/Actor_01/{FIRST}.wav")
    clip(tmp_path / f"c/Actor_12/{SECOND}.wav")
    assert found(tmp_path) == [("c", "actors"), ("b", "actors"), (".", "flat")]


@pytest.mark.parametrize(
    "name",
    [
        "Actor_01/01-01-01-01-01-01-01.mp4",
        "Actor_01/02-01-01-01-01-01-01.mp4",
        "Actor_01/03-02-01-01-01-01-01.wav",
        "OAF_angry/OAF_back_angry.wav",
        "AudioWAV/1001_DFA_ANG_XX.wav",
    ],
)
def test_video_song_and_other_datasets_are_not_mistaken(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).touch()
    assert found(tmp_path) == []


# ----------------------------------------------------------------------------------------------- indexing


def test_name_is_taken_apart(tmp_path: Path) -> None:
    index = index_clips(tmp_path, f"Actor_12/{SECOND}.wav", f"Actor_01/{FIRST}.WAV")
    assert findings(index) == []
    first, second = index.samples.to_dict("records")
    assert first["sample_id"] == FIRST
    assert second == {
        "sample_id": SECOND,
        "label": "angry",
        "group": "12",
        "audio_path": f"Actor_12/{SECOND}.wav",
        "take": "01-05-02-02-02-12",
        "intensity": "strong",
        "sentence": "Dogs are sitting by the door",
        "repetition": 2,
        "sex": "female",
        "sample_rate": 48_000,
        "channels": 1,
        "duration": 0.5,
    }


def test_missing_clips_are_listed_by_their_official_names(tmp_path: Path) -> None:
    index = index_clips(tmp_path, f"Actor_01/{FIRST}.wav")
    missing = [finding for finding in index.findings if finding.kind == "missing"]
    assert len({finding.where for finding in missing}) == len(missing) == 1439
    assert f"Actor_12/{SECOND}.wav" in {finding.where for finding in missing}


def test_clip_that_is_here_twice_is_read_once(tmp_path: Path) -> None:
    nested = f"audio_speech_actors_01-24/Actor_01/{FIRST}.wav"
    index = index_clips(tmp_path, nested, f"Actor_01/{FIRST}.wav")
    assert list(index.samples["audio_path"]) == [f"Actor_01/{FIRST}.wav"]
    what = f"the same clip as Actor_01/{FIRST}.wav, which is read instead"
    assert findings(index) == [Finding("duplicate", nested, what)]


def test_flat_folder_is_read(tmp_path: Path) -> None:
    index = index_clips(tmp_path, f"{SECOND}.wav", f"{FIRST}.wav", form="flat")
    assert list(index.samples["audio_path"]) == [f"{FIRST}.wav", f"{SECOND}.wav"]
    assert findings(index) == []


def test_what_is_not_official_speech_is_extra_in_words(tmp_path: Path) -> None:
    strangers = {
        "01-01-01-01-01-01-01.mp4": "a video with sound; only the speech audio is read here",
        "02-01-01-01-01-01-01.mp4": "a video without sound; only the speech audio is read here",
        "03-02-01-01-01-01-01.wav": "a song; only speech is read here",
        "03-01-01-02-01-01-01.wav": "named like a RAVDESS clip, but there is no such clip",
        "03-01-01-01-01-02-01.flac": "a .flac file; the clips are .wav files",
        "OAF_back_angry.wav": "not named as RAVDESS names its files",
    }
    for name in strangers:
        (tmp_path / "Actor_01").mkdir(exist_ok=True)
        (tmp_path / "Actor_01" / name).touch()
    (tmp_path / "somewhere else").mkdir()
    (tmp_path / "somewhere else" / "unrelated.wav").touch()
    index = index_clips(tmp_path, f"Actor_01/{FIRST}.wav")
    assert len(index.samples) == 1
    assert {finding.where: (finding.kind, finding.what) for finding in findings(index)} == {
        f"Actor_01/{name}": ("extra", what) for name, what in strangers.items()
    }


def test_clip_in_another_actors_folder_is_odd_and_its_name_counts(tmp_path: Path) -> None:
    index = index_clips(tmp_path, f"Actor_02/{FIRST}.wav")
    assert list(index.samples["group"]) == ["01"]
    what = "stands in another actor's folder; its name says actor 01"
    assert findings(index) == [Finding("odd", f"Actor_02/{FIRST}.wav", what)]


def test_other_sampling_rates_are_one_finding_about_the_copy(tmp_path: Path) -> None:
    clip(tmp_path / "Actor_01/03-01-01-01-01-02-01.wav", rate=16_000)
    clip(tmp_path / "Actor_01/03-01-01-01-02-01-01.wav", rate=22_050)
    clip(tmp_path / "Actor_01/03-01-01-01-02-02-01.wav", rate=22_050)
    index = index_clips(tmp_path, f"Actor_01/{FIRST}.wav")
    what = "not at the official 48,000 Hz: 1 at 16,000 Hz, 2 at 22,050 Hz"
    assert findings(index) == [Finding("odd", "", what)]


def test_damaged_clips_stay_in_the_index(tmp_path: Path) -> None:
    folder = tmp_path / "Actor_01"
    clip(folder / "03-01-02-01-01-01-01.wav")
    os.truncate(folder / "03-01-02-01-01-01-01.wav", 10_044)
    (folder / "03-01-03-01-01-01-01.wav").write_text("not a sound")
    (folder / "03-01-04-01-01-01-01.wav").touch()
    (folder / "03-01-05-01-01-01-01.wav").write_text(POINTER)
    index = index_clips(tmp_path, f"Actor_01/{FIRST}.wav")
    assert [(finding.kind, finding.what) for finding in findings(index)] == [
        ("unreadable", "truncated: 38000 bytes are missing"),
        ("unreadable", "a text file, not a sound"),
        ("unreadable", "the file is empty"),
        ("unreadable", "a Git LFS pointer, not the file itself"),
    ]
    assert len(index.samples) == 5
    assert index.samples["duration"].isna().tolist() == [False, True, True, True, True]
    assert index.samples["sample_rate"].tolist() == [48_000, 0, 0, 0, 0]


def test_copy_of_pointers_is_refused(tmp_path: Path) -> None:
    for stem in (FIRST, SECOND):
        (tmp_path / f"{stem}.wav").write_text(POINTER)
    with pytest.raises(EmobenchError, match="all 2 files are Git LFS pointers"):
        DATASET.index(Copy(tmp_path, "flat"))


def test_copy_without_a_speech_clip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Actor_01").mkdir()
    with pytest.raises(EmobenchError, match="no RAVDESS speech clip here; Download"):
        DATASET.index(Copy(tmp_path, "actors"))


def test_actor_folder_that_may_not_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip(tmp_path / f"Actor_01/{FIRST}.wav")
    real = os.scandir

    def denied(path: Path) -> object:
        if Path(path).name == "Actor_01":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", denied)
    with pytest.raises(EmobenchError, match="Actor_01: this folder may not be listed; give yourself permission"):
        DATASET.index(Copy(tmp_path, "actors"))


def test_official_counts_are_those_of_the_official_names() -> None:
    counts = DATASET.official.counts
    assert DATASET.official.samples == 1440
    assert sum(counts["label",].values()) == sum(counts["group",].values()) == 1440


# ---------------------------------------------------------------------------------------------- real data


@pytest.mark.realdata
def test_real_copy_is_whole() -> None:
    if not (data := os.environ.get("EMOBENCH_DATA")):
        pytest.skip("EMOBENCH_DATA does not name a folder with the datasets")
    copies = DATASET.find(scan(Path(data))[0])
    if not copies:
        pytest.skip("no RAVDESS speech under EMOBENCH_DATA")
    index = DATASET.index(copies[0])
    assert count_differences(DATASET, index.samples) == []
    assert index.samples["duration"].between(2.5, 6).all()
    if set(index.samples["sample_rate"]) != {22_050}:
        pytest.skip("not the copy resampled to 22,050 Hz")
    assert index.findings == (Finding("odd", "", "not at the official 48,000 Hz: 1440 at 22,050 Hz"),)
