"""Patterns made into experiments."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.records.cell import FromPattern
from emobench.records.identity import Component
from emobench.suites.expansion import Meant, expand, experiment_of, short_names
from emobench.suites.reading import read_suite
from emobench.suites.schema import Expanded, Suite
from tests.support.factories import cell, identity
from tests.support.patterns import HEAD, SVM, written
from tests.support.suite_texts import refusal

NAME = "{dataset}.{encoder}.svm"


def suite(folder: Path, text: str = HEAD + SVM) -> Suite:
    return read_suite(written(folder, text))


def expanded(folder: Path, *meant: Meant, encoders: tuple[str, ...] = ("ge2e",), text: str = HEAD + SVM) -> Suite:
    made = suite(folder, text)
    return expand(made, {each.name: meant for each in made.own}, encoders)


def test_there_is_an_experiment_for_each_dataset_and_encoder(tmp_path: Path) -> None:
    made = expanded(tmp_path, Meant("a", "a-labels"), Meant("b", "seven-emotions"), encoders=("ge2e", "hf:./wavlm"))
    told = {each.name: (each.dataset, each.labels, each.takes) for each in made.experiments}
    assert told == {
        "a.ge2e.svm": ("a", "a-labels", ("ge2e",)),
        "a.hf-wavlm.svm": ("a", "a-labels", ("hf:./wavlm",)),
        "b.ge2e.svm": ("b", "seven-emotions", ("ge2e",)),
        "b.hf-wavlm.svm": ("b", "seven-emotions", ("hf:./wavlm",)),
    }
    assert made.pattern is None


def test_an_experiment_knows_its_pattern_and_its_encoder(tmp_path: Path) -> None:
    (made,) = expanded(tmp_path, Meant("a", "a-labels"), encoders=("hf:./wavlm",)).experiments
    assert isinstance(made, Expanded)
    assert made.pattern == FromPattern(name=NAME, encoder="hf:./wavlm")


def test_parameters_of_the_encoder_are_those_of_each_encoder(tmp_path: Path) -> None:
    text = HEAD + SVM + 'representations = { "{encoder}" = { layer = 3 } }\n'
    made = expanded(tmp_path, Meant("a", "a-labels"), encoders=("ge2e", "hf:./wavlm"), text=text)
    assert [each.representations for each in made.experiments] == [{"ge2e": {"layer": 3}}, {"hf:./wavlm": {"layer": 3}}]


@pytest.mark.parametrize(("people", "folds", "stated"), [(4, 4, 5), (5, 5, None), (24, 5, None), (None, 5, None)])
def test_there_are_no_more_folds_than_people(
    tmp_path: Path, people: int | None, folds: int, stated: int | None
) -> None:
    (made,) = expanded(tmp_path, Meant("a", "a-labels", people)).experiments
    assert made.protocol == Component(name="group-folds", parameters={"folds": folds, "hold_out": 0.2})
    assert isinstance(made, Expanded)
    assert made.folds == stated


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("hf:./wavlm", "hf-wavlm"),
        ("hf:microsoft/wavlm-base", "hf-microsoft-wavlm-base"),
        ("timm:resnet50.a1_in1k", "timm-resnet50.a1_in1k"),
        ("torchaudio:WAV2VEC2_BASE", "torchaudio-wav2vec2_base"),
        ("mfcc-chroma-mel", "mfcc-chroma-mel"),
        ("::", "encoder"),
    ],
)
def test_a_source_has_a_name_that_an_experiment_can_have(source: str, name: str) -> None:
    assert short_names([source]) == {source: name}


def test_sources_of_one_name_are_told_apart_whatever_their_order() -> None:
    names = short_names(["hf:./wavlm", "hf:../wavlm", "ge2e"])
    assert len(set(names.values())) == 3
    assert all(name.startswith("hf-wavlm-") for source, name in names.items() if source != "ge2e")
    assert names == short_names(["ge2e", "hf:../wavlm", "hf:./wavlm"])


def test_the_experiment_of_a_cell_is_its_pattern_filled(tmp_path: Path) -> None:
    of = identity(dataset="a", labels="a-labels@1", protocol=Component(name="group-folds", parameters={"folds": 3}))
    asked = cell("a.ge2e.svm", what=of).model_copy(update={"pattern": FromPattern(name=NAME, encoder="ge2e")})
    found = experiment_of(suite(tmp_path), asked)
    assert found is not None
    assert (found.name, found.dataset, found.takes) == ("a.ge2e.svm", "a", ("ge2e",))
    assert found.protocol is not None
    assert found.protocol.parameters["folds"] == 3


def test_a_cell_of_no_pattern_of_the_suite_is_of_no_experiment(tmp_path: Path) -> None:
    other = cell("a.ge2e.knn").model_copy(update={"pattern": FromPattern(name="{dataset}.knn", encoder="ge2e")})
    assert experiment_of(suite(tmp_path), other) is None
    assert experiment_of(suite(tmp_path), cell("a.ge2e.svm")) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD.partition("[pattern]")[0] + SVM, "has a placeholder, and there is no table"),
        (
            HEAD + SVM.replace('dataset = "{dataset}"', 'dataset = "ravdess"'),
            "a pattern has a model, {dataset} as dataset",
        ),
        (HEAD + SVM.replace("{encoder}.svm", "svm"), "both in its name"),
        (HEAD + SVM.replace("{encoder}", "{encoded}"), "name: string should match pattern"),
        (HEAD + SVM + "published = { accuracy = 0.5 }", "published is of one dataset"),
        (
            HEAD.replace("[pattern]", 'extends = "cross-corpus"\n[pattern]') + SVM,
            "extends: a suite with patterns has none",
        ),
        (HEAD.replace('twins = ["ravdess", "emo-db"]', "twins = []") + SVM, "twins"),
        (HEAD.replace("modality", "modalities") + SVM, "unknown key 'modalities'; did you mean 'modality'"),
    ],
)
def test_what_no_pattern_can_be_is_refused(tmp_path: Path, text: str, message: str) -> None:
    assert message in refusal(tmp_path, text)


def test_a_suite_with_patterns_is_not_extended(tmp_path: Path) -> None:
    written(tmp_path)
    other = 'schema = 1\ntitle = "More"\nextends = "probes.toml"\n' + SVM.replace("{dataset}", "ravdess").replace(
        "{encoder}", "mfcc-chroma-mel"
    )
    assert "'probes' has patterns, and cannot be extended" in refusal(tmp_path, other)
