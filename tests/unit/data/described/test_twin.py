"""The synthetic twin of a described dataset."""

from __future__ import annotations

from pathlib import Path

import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from emobench.decoding import read_sample
from tests.support.described import FILES, twin


@pytest.mark.parametrize(
    ("ending", "modalities"), [("flv", ["audio", "video"]), ("webm", ["video"]), ("webm", ["audio"])]
)
def test_twins_in_containers(ending: str, modalities: list[str], tmp_path: Path) -> None:
    columns = {**FILES["columns"], **dict.fromkeys(modalities, "{path}")}
    files = [{"pattern": "{speaker}/{speaker}_{label}{number}." + ending}]
    dataset, copy = twin({**FILES, "modalities": modalities, "files": files, "columns": columns}, tmp_path)
    first = {str(name): value for name, value in dataset.index(copy).samples.iloc[0].items()}
    for modality in dataset.modalities:
        assert read_sample(dataset, copy, first, modality) is not None


def test_twins_are_the_same_at_every_call(tmp_path: Path) -> None:
    for place in ("one", "other"):
        twin(FILES, tmp_path / place)
    one, other = (sorted((tmp_path / place).rglob("*.wav")) for place in ("one", "other"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]
    assert len({path.read_bytes() for path in one}) == len(one)


TEXTS = {
    "schema": 1,
    "name": "written",
    "title": "Written",
    "modalities": ["text"],
    "tables": [{"file": "texts.csv"}],
    "columns": {"text": "{said}", "group": "{writer}", "id": "{number}"},
    "targets": {"emotion": {"from": "{label}", "labels": {"anger": ["a"], "sadness": ["sa"], "surprise": ["su"]}}},
}


def test_texts_of_a_twin_tell_the_label_of_writers_who_are_new(tmp_path: Path) -> None:
    dataset, copy = twin(TEXTS, tmp_path)
    samples = dataset.index(copy).samples
    new = samples["group"] == "1"
    probe = make_pipeline(TfidfVectorizer(), LogisticRegression(C=100))
    probe.fit(samples["text"][~new], samples["label"][~new])
    assert probe.score(samples["text"][new], samples["label"][new]) > 0.9
    assert set(samples["group"]) == {"1", "2", "3"}


def test_the_text_of_a_twin_is_the_same_at_every_call(tmp_path: Path) -> None:
    first, other = (twin(TEXTS, tmp_path / place)[1].root / "texts.csv" for place in ("one", "other"))
    assert first.read_bytes() == other.read_bytes()


def test_the_fingerprint_of_published_texts_is_that_of_their_table(tmp_path: Path) -> None:
    dataset, copy = twin(TEXTS, tmp_path)
    assert dataset.files(copy, dataset.index(copy).samples) == [copy.root / "texts.csv"]
