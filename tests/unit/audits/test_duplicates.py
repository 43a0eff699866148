"""The same content in several samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from emobench.audits.image_distance import NEAR
from emobench.audits.policies import apply_policies
from emobench.contracts.protocol import Split
from emobench.contracts.target import Target
from emobench.records.audit_report import EXACT_OR_NEAR, Duplicated
from tests.support.audited import LABELS, Planted, audited, copy_of, faces, index, only


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


ACROSS = "exact-duplicates-across-parts"
FEELING = Target("feeling", "values", ("valence",))


def valued(sounds: tuple[Planted, pd.DataFrame, Split], other: float) -> tuple[Planted, pd.DataFrame, Split]:
    """Give two sounds one content, and values of 0 and of another number."""
    dataset, samples, split = sounds
    dataset.content["test-000"] = dataset.content["train-000"]
    values = [other if name == "test-000" else 0.0 for name in samples["sample_id"]]
    return dataset, samples.assign(label="", true_valence=values), split


def test_one_content_with_two_values_conflicts(sounds: tuple[Planted, pd.DataFrame, Split]) -> None:
    train, test = audited(*valued(sounds, 0.5), "conflicting-labels", target=FEELING).findings
    assert (train.part, train.count, train.examples) == ("train", 1, ("train-000 = test-000",))
    assert "the same content as one with other values" in test.what


def test_one_content_with_one_value_does_not_conflict(sounds: tuple[Planted, pd.DataFrame, Split]) -> None:
    assert audited(*valued(sounds, 0.0), "conflicting-labels", target=FEELING).findings == ()


def test_other_votes_with_the_same_class_ahead_do_not_conflict(sounds: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = sounds
    dataset.content["test-003"] = dataset.content["train-000"]  # both angry
    votes = {f"true_{name}": 2.0 + 2 * (samples["label"] == name) for name in LABELS}
    votes["true_angry"] += samples["sample_id"] == "test-003"
    target = Target("votes", "distribution", LABELS)
    assert audited(dataset, samples.assign(**votes), split, "conflicting-labels", target=target).findings == ()


def test_a_policy_drops_what_has_two_values(sounds: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = valued(sounds, 0.5)
    source = copy_of(dataset, samples, "")
    policies = {"conflicting-labels": "drop-from-test"}
    kept, _ = apply_policies(dataset, source, samples, split, policies, target=FEELING)
    assert "test-000" not in kept.parts["test"]


# ------------------------------------------------------------------------------------------ exact and near together


def planted(images: tuple[Planted, pd.DataFrame, Split]) -> tuple[Planted, pd.DataFrame, Split]:
    """Plant an exact, a near and a mirrored copy of tested images, and of one more an exact and a near copy."""
    dataset, samples, split = images
    content = dataset.content
    content["train-000"] = content["test-000"].copy()
    content["train-001"] = (content["test-001"] * 0.7).astype(np.uint8)
    content["validation-002"] = (content["test-002"][:, ::-1] * 0.7).astype(np.uint8)
    content["train-003"], content["train-006"] = (
        content["test-003"].copy(),
        (content["test-003"] * 0.7).astype(np.uint8),
    )
    return dataset, samples, split


def test_exact_near_and_mirrored_copies_are_put_together(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    report = audited(*planted(images))
    (finding,) = [one for one in report.findings if one.audit == EXACT_OR_NEAR]
    assert (finding.severity, finding.part, finding.count, finding.threshold_bits) == ("note", "test", 4, NEAR)
    assert finding.what.startswith(
        "4 samples equal or nearly equal one that is fitted on, 66.7% of 6; nearly: 48 or fewer"
    )
    assert report.duplicated == Duplicated(frozenset(f"test-00{number}" for number in range(4)), NEAR)
    by_audit = {(one.audit, one.part): one.tested for one in report.findings if one.tested}
    assert by_audit == {
        ("exact-duplicates-across-parts", "train / test"): ("test-000", "test-003"),
        ("near-duplicate-images", "train / test"): ("test-001", "test-003"),
        ("near-duplicate-images", "validation / test"): ("test-002",),
    }


def test_policy_of_both_leaves_the_clean_subset(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = planted(images)
    source = copy_of(dataset, samples, "")
    kept, left_out = apply_policies(dataset, source, samples, split, {EXACT_OR_NEAR: "drop-from-test"})
    assert kept.parts["test"] == ("test-004", "test-005")
    assert [one.samples for one in left_out] == [4]
    assert audited(dataset, samples, kept).duplicated == Duplicated(frozenset(), None)


def test_without_images_only_equal_content_is_left_out(sounds: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = sounds
    dataset.content["test-002"] = dataset.content["train-001"]
    report = audited(dataset, samples, split)
    assert report.duplicated == Duplicated(frozenset({"test-002"}), None)
    (finding,) = [one for one in report.findings if one.audit == EXACT_OR_NEAR]
    assert (finding.count, "nearly:" in finding.what, finding.threshold_bits) == (1, False, None)


def test_two_test_parts_that_share_images_are_told(fresh_cache: Path) -> None:
    samples, split = index({"train": 12, "private": 6, "public": 6})
    dataset = Planted("image", faces(list(samples["sample_id"])))
    for name in ("public-001", "train-004"):
        dataset.content[name] = dataset.content["private-001"].copy()
    dataset.content["public-005"] = dataset.content["private-002"].copy()
    finding = only(audited(dataset, samples, split, "exact-duplicates-across-test-parts"))
    assert (finding.severity, finding.part, finding.count) == ("warning", "public / private", 2)
    assert finding.what == (
        "2 images of private are in public too, the same in every pixel; 1 of them is nowhere that is fitted on"
    )
    assert finding.examples == ("private-001 = public-001", "private-002 = public-005")
    assert finding.tested == ()


def test_a_tested_text_that_is_trained_on() -> None:
    samples, split = index({"train": 6, "test": 6})
    texts = {sample: f"said in {sample}" for sample in samples["sample_id"]}
    texts["test-003"] = texts["train-000"]
    dataset = Planted("text", texts)
    finding = only(audited(dataset, samples.assign(text=list(texts.values())), split, ACROSS, content="texts"))
    assert (finding.severity, finding.count, finding.examples) == ("error", 1, ("test-003 = train-000",))
    assert finding.what == "1 text of test is in train too, the same in every character"


def test_one_sentence_in_two_recordings_is_no_duplicate(sounds: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = sounds
    dataset.modalities = ("audio", "text")  # type: ignore[misc]
    assert audited(dataset, samples.assign(text="the same"), split, ACROSS).findings == ()
