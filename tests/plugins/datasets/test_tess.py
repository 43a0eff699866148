"""TESS in every form on disk, whole and damaged."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from emobench_plugins.datasets.tess import Tess

from emobench.contracts.dataset import Copy, Finding, Index
from emobench.data.discovery import scan
from emobench.data.provenance import count_differences
from emobench.decoding import media
from emobench.errors import EmobenchError

DATASET = Tess()
POINTER = "version https://git-lfs.github.com/spec/v1\n"
FIRST = "OAF_angry/OAF_back_angry.wav"
SECOND = "YAF_pleasant_surprised/YAF_back_ps.wav"
NESTED = "TESS Toronto emotional speech set data"


def found(root: Path) -> list[tuple[str, str]]:
    """Return where copies are found below a folder, and in which form."""
    return [(copy.root.relative_to(root).as_posix(), copy.form) for copy in DATASET.find(scan(root)[0])]


def clip(path: Path, rate: int = 24_414, kind: str = "WAV") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.zeros(rate // 2), rate, format=kind, subtype="PCM_16")


def index_clips(root: Path, *names: str, form: str = "folders") -> Index:
    for name in names:
        clip(root / name)
    return DATASET.index(Copy(root, form))


def findings(index: Index) -> list[Finding]:
    """Return all but what is missing; a test's copy lacks nearly everything."""
    return [finding for finding in index.findings if finding.kind != "missing"]


def missing(index: Index) -> list[Finding]:
    return [finding for finding in index.findings if finding.kind == "missing"]


def records(index: Index) -> list[dict[str, Any]]:
    """Return the rows as a dataset's read() takes them."""
    return [{str(name): value for name, value in row.items()} for row in index.samples.to_dict("records")]


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tess-twin")
    DATASET.write_twin(folder)
    return folder


# --------------------------------------------------------------------------------------------------- twin


def test_twin_is_found_and_indexed(twin: Path) -> None:
    assert found(twin) == [(".", "folders")]
    samples = DATASET.index(Copy(twin, "folders")).samples
    assert samples.groupby(["group", "label"]).size().tolist() == [8] * 14
    assert set(samples["label"]) == set(DATASET.labels)
    assert samples["duration"].between(0.85, 1.15).all()
    assert (samples["channels"] == 1).all()
    assert soundfile.info(twin / samples["audio_path"][0]).subtype == "PCM_16"


def test_twin_has_the_odd_files_of_the_official_copy(twin: Path) -> None:
    index = DATASET.index(Copy(twin, "folders"))
    aiff = "AIFF inside, in spite of its ending; it is read as what it is"
    assert {finding.where: (finding.kind, finding.what) for finding in findings(index)} == {
        "YAF_angry/YAF_germ_angry.wav": ("odd", aiff),
        "YAF_fear/YAF_neat_fear.wav": ("odd", aiff),
        "OAF_neutral/OA_bite_neutral.wav": ("odd", "its prefix is spelt OA_, as in the official copy; read as OAF_"),
        "OAF_Fear/OAF_food_fear.wav": ("odd", "sampled at 96,000 Hz, as in the official copy"),
    }


def test_twin_is_the_same_at_every_call(twin: Path, tmp_path: Path) -> None:
    DATASET.write_twin(tmp_path)
    written = list(tmp_path.rglob("*.wav"))
    assert len(written) == 112
    for path in written:
        assert path.read_bytes() == (twin / path.relative_to(tmp_path)).read_bytes()


def test_twin_can_be_learned_but_not_perfectly(twin: Path) -> None:
    from emobench_plugins.representations.mfcc_chroma_mel import MfccChromaMel
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    copy = Copy(twin, "folders")
    index = DATASET.index(copy)
    samples, rows = index.samples, records(index)
    x = np.stack(
        [
            MfccChromaMel().compute(media.read_sample(DATASET, copy, row, "audio"), **MfccChromaMel.parameters)
            for row in rows
        ]
    )
    test = (samples["group"] == "YAF").to_numpy()
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(x[~test], samples["label"][~test])
    assert 0.3 < model.score(x[test], samples["label"][test]) < 0.98


# ------------------------------------------------------------------------------------------------ finding


@pytest.mark.parametrize("nesting", ["", "tess", f"archive/{NESTED}"])
def test_folders_are_found(tmp_path: Path, nesting: str) -> None:
    clip(tmp_path / nesting / FIRST)
    assert found(tmp_path) == [(nesting or ".", "folders")]


@pytest.mark.parametrize(
    "folder", ["OAF_Fear", "oaf_fear", "OAF_Pleasant_surprise", "YAF_pleasant_surprised", "YAF_ps", "OAF Sad"]
)
def test_folders_are_found_in_every_spelling(tmp_path: Path, folder: str) -> None:
    clip(tmp_path / "tess" / folder / "OAF_back_fear.wav")
    assert found(tmp_path) == [("tess", "folders")]


@pytest.mark.parametrize("nested", [NESTED, NESTED.lower()])
def test_nested_second_copy_is_no_second_copy(tmp_path: Path, nested: str) -> None:
    clip(tmp_path / NESTED / FIRST)
    clip(tmp_path / NESTED / nested / FIRST)
    assert found(tmp_path) == [(NESTED, "folders")]


def test_flat_folder_is_found_after_folders_and_the_fullest_first(tmp_path: Path) -> None:
    clip(tmp_path / "OAF_back_angry.wav")
    clip(tmp_path / "b" / FIRST)
    clip(tmp_path / "c" / FIRST)
    clip(tmp_path / "c" / SECOND)
    assert found(tmp_path) == [("c", "folders"), ("b", "folders"), (".", "flat")]


@pytest.mark.parametrize(
    "name",
    [
        "Actor_01/03-01-01-01-01-01-01.wav",
        "AudioWAV/1001_DFA_ANG_XX.wav",
        "OAF_angry/OAF_back_angry.mp3",
        "OAF_angry/OAF_back_bored.wav",
    ],
)
def test_other_datasets_and_formats_are_not_mistaken(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).touch()
    assert found(tmp_path) == []


# ----------------------------------------------------------------------------------------------- indexing


def test_name_is_taken_apart(tmp_path: Path) -> None:
    index = index_clips(tmp_path, SECOND, FIRST)
    assert findings(index) == []
    first, second = index.samples.to_dict("records")
    assert (first["sample_id"], first["group"], first["age"]) == ("OAF_back_angry", "OAF", 64)
    assert second == {
        "sample_id": "YAF_back_ps",
        "label": "pleasant surprise",
        "group": "YAF",
        "audio_path": SECOND,
        "word": "back",
        "sex": "female",
        "age": 26,
        "sample_rate": 24_414,
        "channels": 1,
        "duration": 0.5,
    }


def test_case_of_a_name_does_not_matter(tmp_path: Path) -> None:
    index = index_clips(tmp_path, "oaf_ANGRY/oaf_Back_Angry.WAV")
    assert list(index.samples["sample_id"]) == ["OAF_back_angry"]
    assert findings(index) == []


def test_prefix_oa_is_the_older_speaker(tmp_path: Path) -> None:
    index = index_clips(tmp_path, "OAF_neutral/OA_bite_neutral.wav", "OAF_sad/OA_back_sad.wav")
    assert list(index.samples["sample_id"]) == ["OAF_back_sad", "OAF_bite_neutral"]
    assert list(index.samples["group"]) == ["OAF", "OAF"]
    assert {finding.what for finding in findings(index)} == {
        "its prefix is spelt OA_, as in the official copy; read as OAF_",
        "its prefix is spelt OA_; read as OAF_",
    }
    assert "OA_bite_neutral.wav" not in {finding.where for finding in missing(index)}


def test_missing_clips_of_words_that_are_here_are_listed_and_other_words_counted(tmp_path: Path) -> None:
    first, *others = missing(index_clips(tmp_path, FIRST, SECOND, "YAF_sad/YAF_bite_sad.wav"))
    what = "25 clips of the 2 words that are here, which are listed, and 198 of the 200 words altogether"
    assert first == Finding("missing", "", what)
    assert len({finding.where for finding in others}) == len(others) == 25
    assert {"OAF_back_ps.wav", "OA_bite_neutral.wav"} < {finding.where for finding in others}


def test_more_words_than_there_are_is_odd(tmp_path: Path) -> None:
    words = [f"{one}{other}" for one in "abcdefghijklmnop" for other in "abcdefghijklm"][:201]
    index = index_clips(tmp_path, *(f"OAF_angry/OAF_{word}_angry.wav" for word in words))
    assert findings(index) == [Finding("odd", "", "201 words; TESS has 200")]


def test_nested_second_copy_is_read_once(tmp_path: Path) -> None:
    nested = f"{NESTED}/OAF_angry/OAF_back_angry.wav"
    index = index_clips(tmp_path, nested, FIRST)
    assert list(index.samples["audio_path"]) == [FIRST]
    assert findings(index) == [
        Finding("duplicate", nested, f"the same clip as {FIRST}, which is read instead"),
    ]


def test_flat_folder_is_read(tmp_path: Path) -> None:
    index = index_clips(tmp_path, "YAF_back_ps.wav", "OAF_back_angry.wav", form="flat")
    assert list(index.samples["audio_path"]) == ["OAF_back_angry.wav", "YAF_back_ps.wav"]
    assert findings(index) == []


def test_what_is_no_clip_is_extra_in_words(tmp_path: Path) -> None:
    strangers = {
        "OAF_back_angry.mp3": "a .mp3 file; the clips are .wav files",
        "OAF_back_bored.wav": "not named as TESS names its files",
        "MANIFEST.TXT": "not named as TESS names its files",
    }
    (tmp_path / "somewhere else").mkdir()
    (tmp_path / "somewhere else" / "unrelated.wav").touch()
    for name in strangers:
        (tmp_path / name).touch()
    index = index_clips(tmp_path, FIRST)
    assert len(index.samples) == 1
    assert {finding.where: (finding.kind, finding.what) for finding in findings(index)} == {
        name: ("extra", what) for name, what in strangers.items()
    }


@pytest.mark.parametrize("folder", ["YAF_angry", "OAF_Fear", "OAF_Pleasant_surprise"])
def test_clip_in_another_folder_is_odd_and_its_name_counts(tmp_path: Path, folder: str) -> None:
    index = index_clips(tmp_path, f"{folder}/OAF_back_angry.wav")
    assert list(index.samples["label"]) == ["angry"]
    what = "stands in another folder; its name says OAF and angry"
    assert findings(index) == [Finding("odd", f"{folder}/OAF_back_angry.wav", what)]


def test_clip_is_read_as_what_it_is_whatever_its_ending(tmp_path: Path) -> None:
    clip(tmp_path / "YAF_angry/YAF_germ_angry.wav", kind="AIFF")
    clip(tmp_path / "YAF_angry/YAF_back_angry.wav", kind="FLAC")
    copy = Copy(tmp_path, "folders")
    index = DATASET.index(copy)
    assert [finding.what.split()[0] for finding in findings(index)] == ["FLAC", "AIFF"]
    assert list(index.samples["sample_rate"]) == [24_414, 24_414]
    for row in records(index):
        assert len(media.read_sample(DATASET, copy, row, "audio").samples) == 12_207


def test_rate_of_the_odd_file_is_no_departure_of_the_copy(tmp_path: Path) -> None:
    clip(tmp_path / "OAF_fear/OAF_food_fear.wav", rate=96_000)
    what = "sampled at 96,000 Hz, as in the official copy"
    assert findings(index_clips(tmp_path, FIRST)) == [Finding("odd", "OAF_fear/OAF_food_fear.wav", what)]


def test_other_sampling_rates_are_one_finding_about_the_copy(tmp_path: Path) -> None:
    clip(tmp_path / "OAF_fear/OAF_food_fear.wav", rate=16_000)
    clip(tmp_path / "OAF_fear/OAF_back_fear.wav", rate=96_000)
    index = index_clips(tmp_path, FIRST)
    what = "not at the official 24,414 Hz: 1 at 16,000 Hz, 1 at 96,000 Hz"
    assert findings(index) == [Finding("odd", "", what)]


def test_damaged_clips_stay_in_the_index(tmp_path: Path) -> None:
    folder = tmp_path / "OAF_angry"
    clip(folder / "OAF_base_angry.wav")
    os.truncate(folder / "OAF_base_angry.wav", 10_044)
    (folder / "OAF_chair_angry.wav").write_text("not a sound")
    (folder / "OAF_door_angry.wav").touch()
    (folder / "OAF_food_angry.wav").write_text(POINTER)
    index = index_clips(tmp_path, FIRST)
    assert [(finding.kind, finding.what) for finding in findings(index)] == [
        ("unreadable", "truncated: 14414 bytes are missing"),
        ("unreadable", "a text file, not a sound"),
        ("unreadable", "the file is empty"),
        ("unreadable", "a Git LFS pointer, not the file itself"),
    ]
    assert index.samples["duration"].isna().tolist() == [False, True, True, True, True]
    assert index.samples["sample_rate"].tolist() == [24_414, 0, 0, 0, 0]


def test_copy_of_pointers_is_refused(tmp_path: Path) -> None:
    for name in ("OAF_back_angry.wav", "YAF_back_ps.wav"):
        (tmp_path / name).write_text(POINTER)
    with pytest.raises(EmobenchError, match="all 2 files are Git LFS pointers"):
        DATASET.index(Copy(tmp_path, "flat"))


def test_copy_without_a_clip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "OAF_angry").mkdir()
    with pytest.raises(EmobenchError, match="no TESS clip here; Download"):
        DATASET.index(Copy(tmp_path, "folders"))


def test_official_counts_are_those_of_the_dataset() -> None:
    counts = DATASET.official.counts["group", "label"]
    assert DATASET.official.samples == sum(counts.values()) == 2800
    assert len(counts) == 14


# ---------------------------------------------------------------------------------------------- real data


@pytest.mark.realdata
def test_real_copy_has_what_is_official() -> None:
    if not (data := os.environ.get("EMOBENCH_DATA")):
        pytest.skip("EMOBENCH_DATA does not name a folder with the datasets")
    copies = DATASET.find(scan(Path(data))[0])
    if not copies:
        pytest.skip("no TESS under EMOBENCH_DATA")
    index = DATASET.index(copies[0])
    assert index.samples["duration"].between(1, 3.5).all()
    assert len([finding for finding in findings(index) if finding.kind == "odd" and finding.where]) == 4
    if len(index.samples) != 352:
        assert count_differences(DATASET, index.samples) == []
        assert missing(index) == []
        return
    assert {finding.kind for finding in findings(index)} == {"odd"}  # the subset
    assert index.samples["word"].nunique() == 61
    assert len(missing(index)) == 61 * 14 - 352 + 1
