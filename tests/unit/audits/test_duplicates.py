"""The same content in several samples."""

from __future__ import annotations

import pandas as pd

from emobench.contracts.protocol import Split
from tests.support.audited import Planted, audited, only


def test_a_tested_image_that_is_trained_on(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = images
    dataset.content["test-003"] = dataset.content["train-000"].copy()  # both angry
    finding = only(audited(dataset, samples, split, "exact-duplicates-across-parts", "conflicting-labels"))
    assert (finding.severity, finding.part, finding.count) == ("error", "train / test", 1)
    assert finding.examples == ("test-003 = train-000",)


def test_a_repeated_sound_counts_without_its_first_copy(sounds: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = sounds
    for copy in ("train-003", "train-006"):
        dataset.content[copy] = dataset.content["train-000"]
    finding = only(audited(dataset, samples, split, "exact-duplicates-within-parts", "exact-duplicates-across-parts"))
    assert (finding.severity, finding.part, finding.count) == ("warning", "train", 2)
    assert finding.examples == ("train-003 = train-000", "train-006 = train-000")


def test_the_same_values_in_another_shape_are_no_duplicate(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = images
    dataset.content["test-003"] = dataset.content["train-000"].reshape(32, 128)
    assert audited(dataset, samples, split, "exact-duplicates-across-parts").findings == ()


def test_duplicates_of_different_classes_are_named_once_a_pair(sounds: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = sounds
    dataset.content["train-001"] = dataset.content["train-000"]
    dataset.content["test-002"] = dataset.content["train-003"]
    train, test = audited(dataset, samples, split, "conflicting-labels").findings
    assert (train.part, train.count) == ("train", 3)
    assert train.examples == ("train-000 = train-001", "train-003 = test-002")
    assert (test.part, test.count, test.examples) == ("test", 1, ("test-002 = train-003",))
    assert train.severity == test.severity == "warning"
