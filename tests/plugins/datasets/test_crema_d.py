"""CREMA-D in every form on disk, whole and damaged."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from emobench_plugins.datasets.crema_d import CremaD

from emobench.contracts.dataset import Copy, Finding, Index
from emobench.data.discovery import scan
from emobench.data.provenance import count_differences
from emobench.decoding import media
from emobench.errors import EmobenchError

DATASET = CremaD()
POINTER = "version https://git-lfs.github.com/spec/v1\n"
FIRST = "1001_IEO_ANG_LO"
SECOND = "1002_DFA_NEU_XX"
PEOPLE = '"ActorID","Age","Sex","Race","Ethnicity"\n1001,51,"Male","Caucasian","Not Hispanic"\n'
VOTES = (
    '"","FileName","VoiceVote","VoiceLevel","FaceVote","FaceLevel","MultiModalVote","MultiModalLevel"\n'
    '"8","1001_IEO_ANG_LO","A:D","59.57","D","52.6","N","78"\n'
)
DEMOGRAPHICS, SUMMARY = "VideoDemographics.csv", "processedResults/summaryTable.csv"


def found(root: Path) -> list[tuple[str, str]]:
    """Return where copies are found below a folder, and in which form."""
    return [(copy.root.relative_to(root).as_posix(), copy.form) for copy in DATASET.find(scan(root)[0])]


def clip(path: Path, rate: int = 16_000, kind: str = "WAV", level: float = 0.1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.full(rate // 2, level), rate, format=kind, subtype="PCM_16")


def index_clips(root: Path, *names: str, form: str = "AudioWAV") -> Index:
    for name in names:
        clip(root / name)
    return DATASET.index(Copy(root, form))


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text(text)


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
    folder = tmp_path_factory.mktemp("crema-d-twin")
    DATASET.write_twin(folder)
    return folder


# --------------------------------------------------------------------------------------------------- twin


def test_twin_is_found_and_indexed(twin: Path) -> None:
    assert found(twin) == [(".", "AudioWAV")]
    index = DATASET.index(Copy(twin, "AudioWAV"))
    assert findings(index) == []
    samples = index.samples
    assert len(samples) == 132
    assert set(samples["label"]) == set(DATASET.labels)
    assert set(samples["level"]) == {"low", "medium", "high", "unspecified"}
    assert samples["group"].value_counts().tolist() == [22] * 6
    assert set(samples["sample_rate"]) == {16_000}
    assert samples["duration"].between(0.85, 1.15).all()
    assert soundfile.info(twin / samples["audio_path"][0]).subtype == "PCM_16"


def test_twin_has_the_tables(twin: Path) -> None:
    samples = DATASET.index(Copy(twin, "AudioWAV")).samples
    assert samples.groupby("sex")["group"].nunique().to_dict() == {"female": 3, "male": 3}
    assert samples["age"].between(18, 80).all()
    assert (samples["face_vote"] == samples["label"]).all()
    assert (samples["voice_vote"] == "fear:neutral").sum() == 6


def test_twin_is_the_same_at_every_call(twin: Path, tmp_path: Path) -> None:
    DATASET.write_twin(tmp_path)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) == 134
    for path in written:
        assert path.read_bytes() == (twin / path.relative_to(tmp_path)).read_bytes()


def test_twin_can_be_learned_but_not_perfectly(twin: Path) -> None:
    from emobench_plugins.representations.mfcc_chroma_mel import MfccChromaMel
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    copy = Copy(twin, "AudioWAV")
    index = DATASET.index(copy)
    samples, rows = index.samples, records(index)
    x = np.stack(
        [
            MfccChromaMel().compute(media.read_sample(DATASET, copy, row, "audio"), **MfccChromaMel.parameters)
            for row in rows
        ]
    )
    test = samples["group"].isin(["1005", "1006"]).to_numpy()
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(x[~test], samples["label"][~test])
    assert 0.3 < model.score(x[test], samples["label"][test]) < 0.98


# ------------------------------------------------------------------------------------------------ finding


@pytest.mark.parametrize("nesting", ["", "cremad", "git/CREMA-D-master"])
def test_folder_audiowav_is_found(tmp_path: Path, nesting: str) -> None:
    clip(tmp_path / nesting / f"AudioWAV/{FIRST}.wav")
    assert found(tmp_path) == [(nesting or ".", "AudioWAV")]


def test_other_folders_of_a_clone_are_not_mistaken(tmp_path: Path) -> None:
    for name in (f"AudioMP3/{FIRST}.mp3", f"VideoFlash/{FIRST}.flv", "processedResults/summaryTable.csv"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    assert found(tmp_path) == []


def test_nested_folder_audiowav_is_no_second_copy(tmp_path: Path) -> None:
    clip(tmp_path / f"AudioWAV/{FIRST}.wav")
    clip(tmp_path / f"AudioWAV/AudioWAV/{FIRST}.wav")
    assert found(tmp_path) == [(".", "AudioWAV")]


def test_flat_folder_is_found_last_and_the_fullest_first(tmp_path: Path) -> None:
    clip(tmp_path / f"a/{FIRST}.wav")
    clip(tmp_path / f"b/AudioWAV/{FIRST}.wav")
    clip(tmp_path / f"c/AudioWAV/{FIRST}.wav")
    clip(tmp_path / f"c/AudioWAV/{SECOND}.wav")
    assert found(tmp_path) == [("c", "AudioWAV"), ("b", "AudioWAV"), ("a", "flat")]


@pytest.mark.parametrize(
    "name", ["Actor_01/03-01-01-01-01-01-01.wav", "OAF_angry/OAF_back_angry.wav", "AudioWAV/1001_DFA_SUR_XX.wav"]
)
def test_other_datasets_are_not_mistaken(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).touch()
    assert found(tmp_path) == []


# ----------------------------------------------------------------------------------------------- indexing


def test_name_is_taken_apart(tmp_path: Path) -> None:
    index = index_clips(tmp_path, f"AudioWAV/{SECOND}.wav", f"AudioWAV/{FIRST}.WAV")
    assert findings(index) == []
    first, second = index.samples.drop(columns="age").to_dict("records")
    assert (first["sample_id"], first["level"], first["sentence"]) == (FIRST, "low", "It's eleven o'clock")
    assert second == {
        "sample_id": SECOND,
        "label": "neutral",
        "group": "1002",
        "audio_path": f"AudioWAV/{SECOND}.wav",
        "sentence": "Don't forget a jacket",
        "level": "unspecified",
        "sample_rate": 16_000,
        "channels": 1,
        "duration": 0.5,
        "sex": "",
        "race": "",
        "ethnicity": "",
        "voice_vote": "",
        "face_vote": "",
        "audiovisual_vote": "",
    }
    assert index.samples["age"].isna().all()


def test_names_of_old_clones_are_odd_and_understood(tmp_path: Path) -> None:
    index = index_clips(tmp_path, "AudioWAV/1040_ITH_SAD_X.wav")
    assert list(index.samples["sample_id"]) == ["1040_ITH_SAD_XX"]
    what = "a name of old clones; the clip is called 1040_ITH_SAD_XX now"
    assert findings(index) == [Finding("odd", "AudioWAV/1040_ITH_SAD_X.wav", what)]


def test_missing_clips_are_summed_up_and_listed_by_their_official_names(tmp_path: Path) -> None:
    first, *others = missing(index_clips(tmp_path, f"AudioWAV/{FIRST}.wav", f"AudioWAV/{SECOND}.wav"))
    what = "7,440 of the 7,442 official clips; here are 2 of 91 actors, 1 angry, 0 disgust, 0 fear, 0 happy, 1 neutral, 0 sad"
    assert first == Finding("missing", "", what)
    assert len({finding.where for finding in others}) == len(others) == 7440
    assert "AudioWAV/1040_ITH_SAD_XX.wav" in {finding.where for finding in others}


def test_clips_that_were_never_published_are_not_missing(tmp_path: Path) -> None:
    listed = {finding.where for finding in missing(index_clips(tmp_path, f"AudioWAV/{FIRST}.wav"))}
    for stem in ("1002_TIE_NEU_XX", "1008_WSI_ANG_XX", "1009_MTI_SAD_XX", "1019_ITH_DIS_XX", "1076_ITS_NEU_XX"):
        assert f"AudioWAV/{stem}.wav" not in listed


def test_clip_that_is_here_twice_is_read_once(tmp_path: Path) -> None:
    nested = f"AudioWAV/AudioWAV/{FIRST}.wav"
    index = index_clips(tmp_path, nested, f"AudioWAV/{FIRST}.wav")
    assert list(index.samples["audio_path"]) == [f"AudioWAV/{FIRST}.wav"]
    what = f"the same clip as AudioWAV/{FIRST}.wav, which is read instead"
    assert findings(index) == [Finding("duplicate", nested, what)]


def test_flat_folder_is_read_with_its_table(tmp_path: Path) -> None:
    write(tmp_path, DEMOGRAPHICS, PEOPLE)
    index = index_clips(tmp_path, f"{SECOND}.wav", f"{FIRST}.wav", form="flat")
    assert list(index.samples["audio_path"]) == [f"{FIRST}.wav", f"{SECOND}.wav"]
    assert list(index.samples["race"]) == ["Caucasian", ""]
    assert findings(index) == []


def test_what_is_no_official_clip_is_extra_in_words(tmp_path: Path) -> None:
    strangers = {
        f"{FIRST}.mp3": "a .mp3 file; the clips are .wav files",
        "1001_DFA_SUR_XX.wav": "named like a CREMA-D clip, but there is no such clip",
        "1001_DFA_ANG_HI.wav": "named like a CREMA-D clip, but there is no such clip",
        "1019_ITH_ANG_XX.wav": "named like a CREMA-D clip, but there is no such clip",
        "OAF_back_angry.wav": "not named as CREMA-D names its files",
    }
    for name in strangers:
        write(tmp_path, f"AudioWAV/{name}", "")
    index = index_clips(tmp_path, f"AudioWAV/{FIRST}.wav")
    assert len(index.samples) == 1
    assert {finding.where: (finding.kind, finding.what) for finding in findings(index)} == {
        f"AudioWAV/{name}": ("extra", what) for name, what in strangers.items()
    }


def test_what_lies_beside_audiowav_in_a_clone_is_not_extra(tmp_path: Path) -> None:
    for name in ("README.md", "SentenceFilenames.csv", f"AudioMP3/{FIRST}.mp3", f"VideoFlash/{FIRST}.flv"):
        write(tmp_path, name, "")
    assert findings(index_clips(tmp_path, f"AudioWAV/{FIRST}.wav")) == []


def test_clip_is_read_as_what_it_is_whatever_its_ending(tmp_path: Path) -> None:
    clip(tmp_path / f"AudioWAV/{FIRST}.wav", kind="FLAC")
    index = DATASET.index(Copy(tmp_path, "AudioWAV"))
    what = "FLAC inside, in spite of its ending; it is read as what it is"
    assert findings(index) == [Finding("odd", f"AudioWAV/{FIRST}.wav", what)]
    assert list(index.samples["sample_rate"]) == [16_000]


def test_other_sampling_rates_are_one_finding_about_the_copy(tmp_path: Path) -> None:
    clip(tmp_path / f"AudioWAV/{SECOND}.wav", rate=44_100)
    index = index_clips(tmp_path, f"AudioWAV/{FIRST}.wav")
    assert findings(index) == [Finding("odd", "", "not at the official 16,000 Hz: 1 at 44,100 Hz")]


def test_files_with_the_bytes_of_another_emotion_are_odd_and_stay(tmp_path: Path) -> None:
    index = index_clips(tmp_path, "AudioWAV/1006_TIE_NEU_XX.wav", "AudioWAV/1006_TIE_HAP_XX.wav")
    what = "has the bytes of 1006_TIE_HAP_XX, as in the official copy: one of the two labels is wrong"
    assert findings(index) == [Finding("odd", "AudioWAV/1006_TIE_NEU_XX.wav", what)]
    assert len(index.samples) == 2


def test_same_pair_with_different_bytes_is_not_odd(tmp_path: Path) -> None:
    clip(tmp_path / "AudioWAV/1006_TIE_NEU_XX.wav", level=0.2)
    assert findings(index_clips(tmp_path, "AudioWAV/1006_TIE_HAP_XX.wav")) == []


@pytest.mark.parametrize(
    ("level", "what"), [(0.0, ["silent from beginning to end, as in the official copy"]), (0.1, [])]
)
def test_silent_clip_is_odd_and_stays(tmp_path: Path, level: float, what: list[str]) -> None:
    clip(tmp_path / "AudioWAV/1076_MTI_SAD_XX.wav", level=level)
    index = DATASET.index(Copy(tmp_path, "AudioWAV"))
    assert [finding.what for finding in findings(index)] == what
    assert len(index.samples) == 1


def test_damaged_clips_stay_in_the_index(tmp_path: Path) -> None:
    folder = tmp_path / "AudioWAV"
    clip(folder / "1001_DFA_ANG_XX.wav")
    os.truncate(folder / "1001_DFA_ANG_XX.wav", 10_044)
    (folder / "1001_DFA_DIS_XX.wav").write_text("not a sound")
    (folder / "1001_DFA_FEA_XX.wav").touch()
    (folder / "1001_DFA_HAP_XX.wav").write_text(POINTER)
    index = index_clips(tmp_path, f"AudioWAV/{FIRST}.wav")
    assert [(finding.kind, finding.what) for finding in findings(index)] == [
        ("unreadable", "truncated: 6000 bytes are missing"),
        ("unreadable", "a text file, not a sound"),
        ("unreadable", "the file is empty"),
        ("unreadable", "a Git LFS pointer, not the file itself"),
    ]
    assert index.samples["duration"].isna().tolist() == [False, True, True, True, True]
    assert index.samples["sample_rate"].tolist() == [16_000, 0, 0, 0, 0]


def test_zip_download_of_pointers_is_refused(tmp_path: Path) -> None:
    for stem in (FIRST, SECOND):
        write(tmp_path, f"AudioWAV/{stem}.wav", POINTER)
    with pytest.raises(EmobenchError, match="all 2 files are Git LFS pointers"):
        DATASET.index(Copy(tmp_path, "AudioWAV"))


def test_copy_without_a_clip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "AudioWAV").mkdir()
    with pytest.raises(EmobenchError, match="no CREMA-D clip here; Clone"):
        DATASET.index(Copy(tmp_path, "AudioWAV"))


def test_official_names_have_the_official_counts(tmp_path: Path) -> None:
    index = index_clips(tmp_path, f"AudioWAV/{FIRST}.wav")
    stems = [FIRST, *(Path(finding.where).stem for finding in missing(index)[1:])]
    counts = {"ANG": 1271, "DIS": 1271, "FEA": 1271, "HAP": 1271, "NEU": 1087, "SAD": 1271}
    assert Counter(stem[9:12] for stem in stems) == counts
    assert len(stems) == DATASET.official.samples == sum(DATASET.official.counts["label",].values()) == 7442


# ------------------------------------------------------------------------------------------------- tables


def test_demographics_are_read_by_actor(tmp_path: Path) -> None:
    write(tmp_path, DEMOGRAPHICS, "\ufeff" + PEOPLE)
    index = index_clips(tmp_path, f"AudioWAV/{FIRST}.wav", f"AudioWAV/{SECOND}.wav")
    columns = ["age", "sex", "race", "ethnicity"]
    assert findings(index) == []
    assert index.samples[columns].iloc[0].tolist() == [51.0, "male", "Caucasian", "Not Hispanic"]
    assert index.samples["age"].isna().tolist() == [False, True]
    assert index.samples["sex"].tolist() == ["male", ""]


def test_votes_are_read_by_clip_and_ties_kept(tmp_path: Path) -> None:
    write(tmp_path, SUMMARY, VOTES)
    index = index_clips(tmp_path, f"AudioWAV/{FIRST}.wav", f"AudioWAV/{SECOND}.wav")
    assert findings(index) == []
    assert index.samples["voice_vote"].tolist() == ["angry:disgust", ""]
    assert index.samples["face_vote"].tolist() == ["disgust", ""]
    assert index.samples["audiovisual_vote"].tolist() == ["neutral", ""]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Actor,Age\n1001,51\n", "the columns are Actor, Age; expected ActorID, Age, Sex, Race, Ethnicity"),
        ("", "the columns are none; expected ActorID, Age, Sex, Race, Ethnicity"),
        (POINTER, "a Git LFS pointer, not the table itself"),
    ],
)
def test_demographics_that_cannot_be_used_are_odd_and_their_columns_empty(tmp_path: Path, text: str, what: str) -> None:
    write(tmp_path, DEMOGRAPHICS, text)
    index = index_clips(tmp_path, f"AudioWAV/{FIRST}.wav")
    assert findings(index) == [Finding("odd", DEMOGRAPHICS, f"{what}; its columns are empty")]
    assert index.samples["age"].isna().all()
    assert list(index.samples["sex"]) == [""]


def test_demographics_that_are_no_text_are_odd(tmp_path: Path) -> None:
    (tmp_path / DEMOGRAPHICS).write_bytes(b"\xff\xfe\x00")
    (finding,) = findings(index_clips(tmp_path, f"AudioWAV/{FIRST}.wav"))
    assert (finding.kind, finding.where) == ("odd", DEMOGRAPHICS)
    assert finding.what.startswith("not a readable CSV file")


def test_rows_that_cannot_be_used_are_odd(tmp_path: Path) -> None:
    write(tmp_path, DEMOGRAPHICS, PEOPLE + '1002,"?","Female","Caucasian","Hispanic"\n2001,30,"Male","Asian"\n')
    write(tmp_path, SUMMARY, VOTES + '"9","1001_IEO_ANG_MD","Q","1","A","1","A","1"\n')
    assert findings(index_clips(tmp_path, f"AudioWAV/{FIRST}.wav")) == [
        Finding("odd", DEMOGRAPHICS, "row 2 is not used: 1002, ?, Female, Caucasian, Hispanic"),
        Finding("odd", DEMOGRAPHICS, "row 3 is not used: 2001, 30, Male, Asian, "),
        Finding("odd", SUMMARY, "row 2 is not used: 1001_IEO_ANG_MD, Q, A, A"),
    ]


def test_tables_do_not_change_what_is_fingerprinted(twin: Path, tmp_path: Path) -> None:
    shutil.copytree(twin / "AudioWAV", tmp_path / "AudioWAV")
    with_tables, without = (Copy(root, "AudioWAV") for root in (twin, tmp_path))
    names = [
        [path.name for path in DATASET.files(copy, DATASET.index(copy).samples)] for copy in (with_tables, without)
    ]
    assert names[0] == names[1]


# ---------------------------------------------------------------------------------------------- real data


@pytest.mark.realdata
def test_real_copy_has_what_is_official() -> None:
    if not (data := os.environ.get("EMOBENCH_DATA")):
        pytest.skip("EMOBENCH_DATA does not name a folder with the datasets")
    copies = DATASET.find(scan(Path(data))[0])
    if not copies:
        pytest.skip("no CREMA-D under EMOBENCH_DATA")
    index = DATASET.index(copies[0])
    assert index.samples["duration"].between(1, 6).all()
    assert set(index.samples["sample_rate"]) == {16_000}
    odd = {Path(finding.where).stem for finding in findings(index)}
    assert odd == {"1006_TIE_NEU_XX", "1013_WSI_DIS_XX", "1017_IWW_FEA_XX", "1076_MTI_SAD_XX"}
    if len(index.samples) != 960:
        assert count_differences(DATASET, index.samples) == []
        assert missing(index) == []
        return
    assert index.samples["group"].nunique() == 25  # the subset
    assert len(missing(index)) == 7442 - 960 + 1
