"""Three voice corpora as one dataset, the six emotions that they share, and the suite that goes across them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from emobench_plugins.datasets.voice_corpora import VoiceCorpora
from emobench_plugins.label_maps.six_emotions import SIX_EMOTIONS

from emobench.contracts.dataset import Index
from emobench.data import discovery, twins
from emobench.data.copies import DatasetCopy
from emobench.decoding import media
from emobench.decoding.media import read_sample
from emobench.plugins.loading import installed_plugins
from emobench.splits.division import divide
from emobench.splits.targets import classify
from emobench.suites.reading import find_suite
from emobench.suites.schema import Suite

MEMBERS = ("ravdess", "tess", "crema-d")
COLUMNS = ["sample_id", "label", "group", "corpus", "take", "audio_path", "sex", "sample_rate", "channels", "duration"]


def twin(name: str) -> DatasetCopy:
    plugins = installed_plugins()
    return twins.twin_of(plugins.datasets[name], plugins)


@pytest.fixture(scope="module")
def joined() -> pd.DataFrame:
    return twin("voice-corpora").index.samples


# -------------------------------------------------------------------------------------------------------- dataset


def test_every_clip_of_every_corpus_is_there_once(joined: pd.DataFrame) -> None:
    expected = [f"{name}/{sample}" for name in MEMBERS for sample in sorted(twin(name).index.samples["sample_id"])]
    assert list(joined["sample_id"]) == expected


@pytest.mark.parametrize("name", MEMBERS)
def test_row_is_that_of_the_corpus_under_names_of_its_own(joined: pd.DataFrame, name: str) -> None:
    assert list(joined.columns) == COLUMNS
    own = joined[joined["corpus"] == name].reset_index(drop=True)
    theirs = twin(name).index.samples.sort_values("sample_id", ignore_index=True)
    for column in ("label", "sex", "sample_rate", "channels", "duration"):
        pd.testing.assert_series_equal(own[column], theirs[column], check_dtype=False)
    assert list(own["group"]) == [f"{name}/{group}" for group in theirs["group"]]
    assert list(own["take"]) == (list(theirs["take"]) if name == "ravdess" else [""] * len(theirs))


def test_takes_are_those_of_the_films(joined: pd.DataFrame) -> None:
    assert set(twin("ravdess-video").index.samples["take"]) & set(joined["take"])


def test_clip_is_decoded_as_the_corpus_decodes_it(joined: pd.DataFrame) -> None:
    copy = twin("voice-corpora")
    for name in MEMBERS:
        row = joined[joined["corpus"] == name].iloc[3]
        member = twin(name)
        path = member.index.samples.set_index("sample_id").loc[row["sample_id"].removeprefix(f"{name}/"), "audio_path"]
        expected = media.read_audio(member.location.root / str(path))
        decoded = read_sample(
            VoiceCorpora(), copy.location, {str(column): value for column, value in row.items()}, "audio"
        )
        np.testing.assert_array_equal(decoded.samples, expected.samples)
        assert decoded.rate == expected.rate


def test_no_corpus_decodes_its_clips_in_a_way_of_its_own() -> None:
    for name in MEMBERS:
        assert "read" not in vars(type(installed_plugins().datasets[name]))


def test_vocabulary_and_size_are_those_of_all_three(joined: pd.DataFrame) -> None:
    assert set(joined["label"]) == set(VoiceCorpora.labels)
    assert VoiceCorpora.official.samples == 1440 + 2800 + 7442


def test_order_of_the_members_rows_does_not_matter() -> None:
    tables = {name: twin(name).index.samples for name in MEMBERS}
    one = VoiceCorpora().pair({name: Index(table) for name, table in tables.items()})
    other = VoiceCorpora().pair({name: Index(table.sample(frac=1, random_state=1)) for name, table in tables.items()})
    pd.testing.assert_frame_equal(one.samples, other.samples)


@pytest.mark.parametrize("gone", MEMBERS)
def test_without_one_corpus_it_is_not_found(tmp_path: Path, gone: str) -> None:
    plugins = installed_plugins()
    for name in MEMBERS:
        if name != gone:
            shutil.copytree(twin(name).location.root, tmp_path / name)
    found = discovery.find_copies([plugins.datasets["voice-corpora"], plugins.datasets["ravdess"]], tmp_path, plugins)
    assert found["voice-corpora"] == discovery.Found("voice-corpora")
    assert bool(found["ravdess"].copy) == (gone != "ravdess")


# ------------------------------------------------------------------------------------------------------ label map


def test_six_emotions_are_those_that_every_corpus_has(joined: pd.DataFrame) -> None:
    plugins = installed_plugins()
    classes = [{SIX_EMOTIONS.mapping[label] for label in plugins.datasets[name].labels} - {None} for name in MEMBERS]
    assert all(own == set(SIX_EMOTIONS.classes) for own in classes)
    left_out = {label for label, name in SIX_EMOTIONS.mapping.items() if name is None} & set(joined["label"])
    assert left_out == {"calm", "surprised", "pleasant surprise"}


def test_six_emotions_are_called_as_among_the_seven() -> None:
    seven = installed_plugins().label_maps["seven-emotions"].mapping
    for label, name in SIX_EMOTIONS.mapping.items():
        assert name in (seven[label], None)


# ---------------------------------------------------------------------------------------------------------- suite


@pytest.fixture(scope="module")
def suite() -> Suite:
    return find_suite("cross-corpus", installed_plugins())


def test_suite_goes_from_each_corpus_to_each_other_one(suite: Suite, joined: pd.DataFrame) -> None:
    seen = []
    table = classify(joined, SIX_EMOTIONS)
    corpus = table.set_index("sample_id")["corpus"]
    for one in suite.experiments[:6]:
        assert (one.dataset, one.labels) == ("voice-corpora", "six-emotions")
        assert one.protocol is not None
        split = divide(table, installed_plugins().protocols[one.protocol.name], one.protocol.parameters)
        (trained,), (tested,) = (set(corpus[list(split.parts[part])]) for part in ("train", "test"))
        assert one.name == f"across.{trained}-to-{tested}"
        assert sum(map(len, split.parts.values())) == (corpus.isin([trained, tested])).sum()
        seen.append((trained, tested))
    assert sorted(seen) == sorted((one, other) for one in MEMBERS for other in MEMBERS if one != other)


def test_suite_compares_with_speakers_apart_within_each_corpus(suite: Suite) -> None:
    rows = {one.name: one for one in suite.experiments[6:]}
    assert set(rows) == {f"within.{name}" for name in MEMBERS}
    for name in MEMBERS:
        one = rows[f"within.{name}"]
        assert (one.dataset, one.labels) == (name, "six-emotions")
        assert one.protocol is not None
        table = classify(twin(name).index.samples, SIX_EMOTIONS)
        protocol = installed_plugins().protocols[one.protocol.name]
        speakers = table.set_index("sample_id")["group"]
        for fold in protocol.folds(table, **{**protocol.parameters, **one.protocol.parameters}):
            split = divide(table, protocol, one.protocol.parameters | {"fold": fold})
            trained, tested = (set(speakers[list(split.parts[part])]) for part in ("train", "test"))
            assert not trained & tested
            assert set(table.set_index("sample_id").loc[list(split.parts["test"]), "label"]) == set(
                SIX_EMOTIONS.classes
            )


def test_suite_has_the_model_and_the_schedule_of_the_paper(suite: Suite) -> None:
    (paper,) = (
        one for one in find_suite("paper-replication", installed_plugins()).experiments if one.name == "a.table2.mlp"
    )
    for one in suite.experiments:
        assert (one.model, one.training) == (paper.model, paper.training)
