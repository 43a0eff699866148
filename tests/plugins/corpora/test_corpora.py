"""The described corpora: their twins, names that real copies have, and files of others that are none of theirs.

``names.tsv`` has some names of each corpus that was tried on a listing of its files, with the label and the speaker that the
listing tells: those of EmoBox, of nkululeko, and of publishers' repositories. For IEMOCAP and eNTERFACE'05 the speaker is the
one of the publisher's naming, since that of the listing is another.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

import emobench_plugins.corpora
import pytest
from emobench_plugins.corpora import emobench_datasets, emobench_label_maps

from emobench.contracts import Copy
from emobench.data import SUFFIX, DescribedDataset, scan
from emobench.errors import EmobenchError
from emobench.plugins import installed_plugins
from emobench.splits import only_target

FOLDER = Path(emobench_plugins.corpora.__file__).parent
CORPORA = {dataset.name: dataset for dataset in emobench_datasets()}
NAMES = [line.split("\t") for line in (Path(__file__).parent / "names.tsv").read_text(encoding="utf-8").splitlines()]
WITHOUT_SPEAKERS = ("mesd", "raf-db")
ONE_SPEAKER = ("emns",)
MOST_LINES = 60


def found(dataset: DescribedDataset, root: Path) -> list[Copy]:
    return dataset.find(scan(root)[0])


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


@pytest.mark.parametrize("name", CORPORA)
def test_what_its_file_says(name: str) -> None:
    dataset, lines = CORPORA[name], (FOLDER / f"{name}{SUFFIX}").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MOST_LINES
    layout = dataset.descriptor.layout
    assert layout is not None
    assert layout.documented
    assert bool(layout.tried) == (name in {line[0] for line in NAMES})
    assert all((dataset.license, dataset.homepage.startswith("http"), dataset.citation, dataset.obtain.endswith(".")))
    for counts in dataset.official.counts.values():
        assert sum(counts.values()) == dataset.official.samples


@pytest.mark.parametrize("name", CORPORA)
def test_its_twin_is_found_and_read(name: str, tmp_path: Path) -> None:
    dataset, root = CORPORA[name], tmp_path / "below" / "twin"
    root.mkdir(parents=True)
    dataset.write_twin(root)
    (copy,) = found(dataset, tmp_path)
    assert copy.root == root
    index = dataset.index(copy)
    assert index.findings == ()
    assert set(index.samples["label"]) == set(dataset.labels)
    groups = set(index.samples["group"])
    if name in WITHOUT_SPEAKERS:
        assert groups == {""}
    else:
        assert "" not in groups
        assert len(groups) >= (1 if name in ONE_SPEAKER else 2)


def test_each_has_a_label_map_of_its_own() -> None:
    assert {label_map.name for label_map in emobench_label_maps()} == {f"{name}-labels" for name in CORPORA}
    assert set(CORPORA) <= set(installed_plugins().datasets)


def test_the_label_map_of_a_corpus_is_none_of_another_dataset() -> None:
    plugins = installed_plugins()
    assert only_target(plugins.datasets["savee"], plugins) == "savee-labels"
    with pytest.raises(EmobenchError, match="3 label maps fit 'fer2013'"):
        only_target(plugins.datasets["fer2013"], plugins)


# ------------------------------------------------------------------------------------------------- real names


def iemocap(root: Path, rows: Iterable[tuple[str, str, str]]) -> None:
    """Write evaluations, with a turn on which nobody agrees and the line of a rater."""
    for path, label, _ in rows:
        session, *_, dialogue, name = path.split("/")
        table = root / session / "dialog" / "EmoEvaluation" / f"{dialogue}.txt"
        table.parent.mkdir(parents=True, exist_ok=True)
        target = CORPORA["iemocap"].descriptor.target
        assert target is not None
        spelling = target.labels[label][0]
        lines = [
            "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]",
            f"[0.1000 - 0.2000]\t{dialogue}_F999\txxx\t[2.5000, 2.5000, 2.5000]",
            f"[6.2901 - 8.2357]\t{name.removesuffix('.wav')}\t{spelling}\t[2.5000, 2.5000, 2.5000]",
            "C-E2:\tNeutral;\t()",
        ]
        table.write_text("\n".join(lines), encoding="utf-8")


def meld(root: Path, rows: Iterable[tuple[str, str, str]]) -> None:
    columns = ("Sr No.", "Utterance", "Speaker", "Emotion", "Dialogue_ID", "Utterance_ID")
    folders = {
        "train/train_splits": "train/train_sent_emo.csv",
        "dev_splits_complete": "dev_sent_emo.csv",
        "output_repeated_splits_test": "test_sent_emo.csv",
    }
    spellings = {"angry": "anger", "happy": "joy", "sad": "sadness"}
    parts = {folder: [["0", "Gone, again.", "Joey", "joy", "0", "999"]] for folder in folders}
    for number, (path, label, speaker) in enumerate(rows):
        folder, _, name = path.rpartition("/")
        dialogue, utterance = name.removesuffix(".mp4").removeprefix("dia").split("_utt")
        parts[folder].append([str(number), "Oh, no!", speaker, spellings.get(label, label), dialogue, utterance])
    for folder, lines in parts.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        with (root / folders[folder]).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([columns, *lines])


def emozionalmente(root: Path, rows: Iterable[tuple[str, str, str]]) -> None:
    touch(root, "metadata/users.csv", "metadata/evaluations.csv")
    spellings = {"angry": "anger", "happy": "joy", "neutral": "neutrality", "sad": "sadness"}
    lines = [f"{path.split('/')[1]},{speaker},{spellings.get(label, label)},x" for path, label, speaker in rows]
    lines = ["file_name,actor,emotion_expressed,sentence", *lines]
    (root / "metadata" / "samples.csv").write_text("\n".join(lines), encoding="utf-8")


def emns(root: Path, rows: Iterable[tuple[str, str, str]]) -> None:
    lines = [
        f"{number}|Yes, {number}|{label.capitalize()}|3|{speaker}|wavs/{path.split('/')[1]}"
        for number, (path, label, speaker) in enumerate(rows)
    ]
    lines = ["id|utterance|emotion|level|user_id|audio_recording", *lines]
    (root / "metadata.csv").write_text("\n".join(lines), encoding="utf-8")


TABLES: dict[str, Callable[[Path, Iterable[tuple[str, str, str]]], None]] = {
    "iemocap": iemocap,
    "meld": meld,
    "emozionalmente": emozionalmente,
    "emns": emns,
}


@pytest.mark.parametrize("name", sorted({line[0] for line in NAMES}))
def test_names_of_real_files(name: str, tmp_path: Path) -> None:
    dataset = CORPORA[name]
    known = {path: (label, group) for corpus, path, label, group in NAMES if corpus == name}
    touch(tmp_path, *known)
    if name in TABLES:
        TABLES[name](tmp_path, [(path, *told) for path, told in known.items()])
    read: dict[str, tuple[str, str]] = {}
    for copy in found(dataset, tmp_path):
        samples = dataset.index(copy).samples
        assert samples["sample_id"].is_unique
        for row in samples.to_dict("records"):
            path = copy.root / row[f"{dataset.modalities[0]}_path"]
            read[path.relative_to(tmp_path).as_posix()] = (row["label"], row["group"])
    assert read == known


def test_parts_of_esd_are_its_split(tmp_path: Path) -> None:
    touch(tmp_path, *(f"0011/Angry/{part}/0011_00035{place}.wav" for place, part in enumerate(("train", "evaluation"))))
    samples = CORPORA["esd"].index(Copy(tmp_path, "files")).samples
    assert samples["split"].tolist() == ["train", "validation"]
    assert samples["sample_id"].tolist() == ["0011_Angry_000350", "0011_Angry_000351"]


def test_what_msp_podcast_says_of_parts_and_of_turns_without_agreement(tmp_path: Path) -> None:
    lines = [
        "FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set",
        "MSP-PODCAST_0001_0008.wav,N,4.8,5.2,5.2,127,Male,Test1",
        "MSP-PODCAST_0001_0019.wav,X,3.6,4.2,3.8,127,Male,Test1",
        "MSP-PODCAST_0002_0033.wav,U,4.6,3.8,5.8,Unknown,Unknown,Development",
        "MSP-PODCAST_0003_0033.wav,O,4.6,3.8,5.8,3,Female,Train",
    ]
    for table in ("labels_consensus.csv", "labels_concensus.csv"):
        root = tmp_path / table.removesuffix(".csv")
        touch(root, *(f"Audios/{line.split(',')[0]}" for line in lines[1:]))
        (root / "Labels").mkdir()
        (root / "Labels" / table).write_text("\n".join(lines), encoding="utf-8")
        index = CORPORA["msp-podcast"].index(Copy(root, "tables"))
        told = index.samples[["label", "group", "split"]].to_numpy().tolist()
        assert told == [
            ["neutral", "127", "test1"],
            ["", "127", "test1"],  # no agreement on a class; the values are there
            ["surprise", "Unknown", "validation"],
            ["", "3", "train"],
        ]
        assert index.samples["affect.valence"].tolist() == [5.2, 4.2, 3.8, 3.8]
        assert [finding.what for finding in index.findings] == ["2 rows have none of the classes: O, X"]


# ------------------------------------------------------------------------------------------- files of others

OTHERS = {
    "ravdess": [f"Actor_0{actor}/03-01-0{label}-01-01-01-0{actor}.wav" for actor in (1, 2) for label in (1, 3, 5)],
    "ravdess-video": ["Actor_01/01-01-03-01-01-01-01.mp4", "Actor_01/02-01-03-01-01-01-01.mp4"],
    "song films": ["Actor_01/01-02-03-01-01-01-01.mp4"],
    "crema-d": ["AudioWAV/1001_DFA_ANG_XX.wav", "AudioWAV/1001_IEO_SAD_HI.wav"],
    "tess": ["OAF_angry/OAF_back_angry.wav", "YAF_pleasant_surprised/YAF_back_ps.wav"],
    "fer2013": [
        f"{part}/{label}/{prefix}_1{number}.jpg"
        for part, prefix in (("train", "Training"), ("test", "PrivateTest"))
        for label in ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
        for number in range(3)
    ],
    "class folders": [f"{label}/{number}.png" for label in ("anger", "fear", "happy") for number in range(3)],
    "class folders of sounds": [f"{label}/{number}.wav" for label in ("angry", "fear", "happy") for number in range(3)],
    "m-lfw-fer": ["train/negative/Aaron_Eckhart_0001.jpg", "eval/neutral/Zhu_Rongji_0002.jpg"],
    "a table": ["metadata.csv", "metadata/samples.csv", "wavs/01.wav", "train_sent_emo.csv", "Evaluation.txt"],
    "a clone of meld": ["data/MELD/dev_sent_emo.csv", "data/MELD/test_sent_emo.csv", "data/MELD/train_sent_emo.csv"],
}


@pytest.mark.parametrize("others", OTHERS)
def test_files_of_others_are_none_of_these_corpora(others: str, tmp_path: Path) -> None:
    touch(tmp_path, *OTHERS[others])
    assert [name for name, dataset in CORPORA.items() if found(dataset, tmp_path)] == []


def test_no_corpus_is_found_in_files_of_another(tmp_path: Path) -> None:
    for name in {line[0] for line in NAMES}:
        root = tmp_path / name
        known = {path: (label, group) for corpus, path, label, group in NAMES if corpus == name}
        touch(root, *known)
        if name in TABLES:
            TABLES[name](root, [(path, *told) for path, told in known.items()])
        assert [other for other, dataset in CORPORA.items() if found(dataset, root)] == [name]


def test_no_built_in_dataset_is_found_in_files_of_a_corpus(tmp_path: Path) -> None:
    for corpus, path, *_ in NAMES:
        touch(tmp_path / corpus, path)
    touch(tmp_path / "song", *(f"Actor_01/03-02-0{label}-01-01-01-01.wav" for label in (1, 2, 3)))
    for name, dataset in installed_plugins().datasets.items():
        if name not in CORPORA and hasattr(dataset, "find"):
            assert [copy.root.relative_to(tmp_path).as_posix() for copy in dataset.find(scan(tmp_path)[0])] == []
