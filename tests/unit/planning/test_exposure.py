"""What weights declare to be trained on, beside what is tested."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from emobench.contracts.encoder import Encoder
from emobench.contracts.model import ModelSpec
from emobench.contracts.relation import Relation
from emobench.planning.exposure import exposed, exposure, weights_of
from emobench.plugins.loading import installed_plugins
from emobench.plugins.registry import Registry
from emobench.records.exposure import Exposure, Weights
from emobench.splits.task import Task, open_task


def task(dataset: str, protocol: str = "official", labels: str | None = None, **parameters: Any) -> Task:
    return open_task(dataset, protocol, labels, parameters, None, installed_plugins())


@pytest.fixture(scope="module")
def faces() -> Task:
    """The official test parts of FER2013's twin."""
    return task("fer2013", labels="seven-emotions")


@pytest.fixture(scope="module")
def votes() -> Task:
    """The same of FER+'s."""
    return task("fer-plus", labels="votes")


@pytest.fixture(scope="module")
def voices() -> Task:
    """One of three corpora tested, the other two for training."""
    return task("voice-corpora", "cross-corpus", "seven-emotions", train=["ravdess", "tess"], test=["crema-d"])


def kind(declared: str, tested: Task) -> str:
    return exposure((declared,), tested, installed_plugins()).kind


@pytest.mark.parametrize("name", ["fer2013", "FER2013", "FER-2013", "fer 2013", "FER2013 (Kaggle)"])
def test_a_dataset_is_found_by_any_spelling(faces: Task, name: str) -> None:
    assert kind(name, faces) == "seen"


@pytest.mark.parametrize("name", ["FER+", "ferplus", "fer-plus"])
def test_a_plus_is_a_word(votes: Task, name: str) -> None:
    assert kind(name, votes) == "seen"


def test_a_corpus_with_other_pictures_is_not_found(faces: Task) -> None:
    assert exposure(("AffectNet", "RAF-DB"), faces, installed_plugins()) == Exposure(kind="unseen", tested=112)


def test_the_same_pictures_under_other_labels_are_found(faces: Task, votes: Task) -> None:
    assert kind("FER2013", votes) == kind("FER+", faces) == "seen"


def test_a_part_is_only_the_samples_of_that_official_part(faces: Task, votes: Task) -> None:
    assert kind("fer2013:train", faces) == kind("FER2013:Training", votes) == "unseen"
    assert exposure(("fer2013:private-test",), faces, installed_plugins()) == Exposure(
        kind="seen", by=("fer2013:private-test",), samples=56, tested=112
    )


def test_a_training_part_that_a_random_split_tests_is_found() -> None:
    drawn = task("fer2013", "random-clips", "seven-emotions", test_size=0.5, seed=0)
    found = exposure(("fer2013:train",), drawn, installed_plugins())
    assert found.kind == "seen"
    assert 0 < found.samples < found.tested


def test_a_part_of_a_dataset_without_official_parts_is_unknown() -> None:
    tested = task("ravdess", "random-clips", "seven-emotions", test_size=0.5, seed=0)
    assert kind("ravdess:train", tested) == "unknown"


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("crema-d", "seen"),
        ("CREMA-D films", "seen"),  # whose sound it is
        ("voice-corpora", "seen"),  # of which it is one
        ("m-lfw-fer-crema-d", "seen"),
        ("ravdess", "unseen"),  # another member, which is not tested
        ("m-lfw-fer-tess", "unseen"),
    ],
)
def test_of_joined_corpora_only_the_tested_ones_count(voices: Task, declared: str, expected: str) -> None:
    assert kind(declared, voices) == expected


def test_a_pair_is_seen_if_one_of_its_members_is() -> None:
    paired = task("m-lfw-fer-tess", labels="three-classes")
    assert kind("TESS", paired) == kind("LFW", paired) == "seen"
    assert kind("CREMA-D", paired) == "unseen"


@pytest.mark.parametrize("declared", [("unknown",), ("Unknown",), ("AffectNet", "unknown")])
def test_what_nobody_says_is_unknown(faces: Task, declared: tuple[str, ...]) -> None:
    assert exposure(declared, faces, installed_plugins()).kind == "unknown"


def test_weights_that_were_trained_on_nothing_have_seen_nothing(faces: Task) -> None:
    assert exposure((), faces, installed_plugins()).kind == "unseen"


def test_seen_wins_over_unknown(faces: Task) -> None:
    assert exposure(("unknown", "FER2013"), faces, installed_plugins()).kind == "seen"


def test_relations_of_corpora_that_are_not_registered_count(faces: Task) -> None:
    plugins = installed_plugins()
    more = replace(plugins, relations={**plugins.relations, "big": Relation("Big Faces", ("FER2013",))})
    assert exposure(("big faces",), faces, more).kind == "seen"


def with_encoder(**said: Any) -> Registry:
    encoder = type("Own", (Encoder,), {"name": "own", "title": "Own", "modality": "image", "load": None, **said})
    return replace(installed_plugins(), encoders={"own": cast(Any, encoder)()})


def ready(**said: Any) -> ModelSpec:
    return ModelSpec("net", lambda: None, ("gray-face",), **said)


def test_a_model_that_is_trained_here_has_no_exposure(faces: Task) -> None:
    assert exposed(ready(), (), faces, installed_plugins()) is None


def test_the_worst_of_model_and_encoder_counts(faces: Task) -> None:
    plugins = with_encoder(pretrained_on=("ImageNet",))
    assert exposed(ready(), plugins.encoders.values(), faces, plugins) == Exposure(kind="unseen", tested=112)
    fitted = ready(fitted_on=("FER2013",), outputs=("angry",))
    both = exposed(fitted, plugins.encoders.values(), faces, plugins)
    assert both is not None
    assert both.kind == "seen"


def test_an_encoder_that_declares_nothing_is_unknown(faces: Task) -> None:
    plugins = with_encoder()
    found = exposed(ready(), plugins.encoders.values(), faces, plugins)
    assert found is not None
    assert found.kind == "unknown"


def test_weights_have_the_licence_and_date_of_their_source() -> None:
    plugins = with_encoder(license="MIT", released="2021")
    fitted = ready(fitted_on=("unknown",), outputs=("angry",), license="CC BY-NC 4.0")
    assert weights_of(fitted, plugins.encoders.values(), ["sha256:ab12"]) == (
        Weights(name="net", sha256="ab12", license="CC BY-NC 4.0"),
        Weights(name="own", license="MIT", released="2021"),
    )
    assert weights_of(ready(), (), ["sha256:ab12"]) == ()
