"""What policies drop, and which of them are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emobench.audits.catalogue import AUDITS
from emobench.audits.policies import apply_policies
from emobench.contracts.media import Audio
from emobench.contracts.protocol import Split
from emobench.errors import EmobenchError
from tests.support.audited import RATE, Planted, audited, copy_of, faces, index, voices

ACROSS, WITHIN = "exact-duplicates-across-parts", "exact-duplicates-within-parts"


@pytest.fixture
def repeated(fresh_cache: Path) -> tuple[Planted, pd.DataFrame, Split]:
    """Sounds of which two tested ones are trained on, one of them is a validation sample too, and one repeats another."""
    samples, split = index({"train": 12, "validation": 6, "test": 6})
    content = voices(list(samples["sample_id"]))
    content["test-000"] = content["train-000"]
    content["test-001"] = content["train-001"] = content["validation-001"]
    content["test-005"] = content["test-002"]
    return Planted("audio", content), samples, split


def applied(
    data: tuple[Planted, pd.DataFrame, Split], policies: dict[str, str]
) -> tuple[dict[str, set[str]], tuple[str, ...]]:
    """Return what each part lost, and what is said of it."""
    dataset, samples, split = data
    after, left_out = apply_policies(dataset, copy_of(dataset, samples, ""), samples, split, policies)
    assert list(after.parts) == list(split.parts)
    for part, ids in after.parts.items():
        assert list(ids) == [one for one in split.parts[part] if one in ids]
    lost = {part: set(ids) - set(after.parts[part]) for part, ids in split.parts.items()}
    return {part: ids for part, ids in lost.items() if ids}, tuple(map(str, left_out))


def test_no_policy_and_keep_change_nothing(repeated: tuple[Planted, pd.DataFrame, Split]) -> None:
    assert applied(repeated, {}) == ({}, ())
    assert applied(repeated, dict.fromkeys(AUDITS, "keep")) == ({}, ())
    assert repeated[0].reads == 0


def test_copies_across_parts_are_dropped_from_the_test_part(repeated: tuple[Planted, pd.DataFrame, Split]) -> None:
    lost, words = applied(repeated, {ACROSS: "drop-from-test"})
    assert lost == {"test": {"test-000", "test-001"}}
    assert words == (f"2 samples dropped from test ({ACROSS})",)


def test_copies_across_parts_are_dropped_from_train_and_validation(
    repeated: tuple[Planted, pd.DataFrame, Split],
) -> None:
    lost, words = applied(repeated, {ACROSS: "drop-from-training"})
    assert lost == {"train": {"train-000", "train-001"}, "validation": {"validation-001"}}
    assert words == (
        f"2 samples dropped from train ({ACROSS})",
        f"1 sample dropped from validation ({ACROSS})",
    )


def test_what_train_and_validation_alone_share_is_not_dropped(fresh_cache: Path) -> None:
    samples, split = index({"train": 6, "validation": 3, "test": 3}, take={"train-000": "01", "validation-000": "01"})
    lost, words = applied((Planted("audio", {}), samples, split), {"takes-in-two-parts": "drop-from-training"})
    assert lost == {}
    assert words == ("0 samples dropped from training (takes-in-two-parts)",)


def test_after_a_policy_the_audit_finds_nothing_on_tested_samples(
    repeated: tuple[Planted, pd.DataFrame, Split],
) -> None:
    dataset, samples, split = repeated
    policies = {ACROSS: "drop-from-training", WITHIN: "drop-from-test"}
    after, _ = apply_policies(dataset, copy_of(dataset, samples, ""), samples, split, policies)
    assert audited(dataset, samples, after, ACROSS, WITHIN).findings == ()


def test_of_repeated_samples_the_first_stays(repeated: tuple[Planted, pd.DataFrame, Split]) -> None:
    assert applied(repeated, {WITHIN: "drop-from-test"})[0] == {"test": {"test-005"}}
    assert applied(repeated, {WITHIN: "drop-from-training"})[0] == {}


def test_policies_follow_one_another_in_the_order_of_the_audits(repeated: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset = repeated[0]
    dataset.content["test-003"] = dataset.content["test-000"]  # both are also in train: across finds them first
    orders = [
        {WITHIN: "drop-from-test", ACROSS: "drop-from-test"},
        {ACROSS: "drop-from-test", WITHIN: "drop-from-test"},
    ]
    (lost, words), other = (applied(repeated, policies) for policies in orders)
    assert (lost, words) == other
    assert words == (f"3 samples dropped from test ({ACROSS})", f"1 sample dropped from test ({WITHIN})")


def test_conflicting_labels_are_dropped_on_their_side(repeated: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset = repeated[0]
    dataset.content["train-010"] = dataset.content["train-009"]
    dataset.content["test-004"] = dataset.content["train-009"]
    lost, _ = applied(repeated, {"conflicting-labels": "drop-from-training"})
    assert lost == {"train": {"train-009", "train-010"}}
    lost, _ = applied(repeated, {"conflicting-labels": "drop-from-test"})
    assert lost == {"test": {"test-004"}}


def test_near_duplicates_are_dropped_on_their_side(fresh_cache: Path) -> None:
    samples, split = index({"train": 6, "test": 6})
    content = faces(list(samples["sample_id"]))
    content["train-003"] = (content["test-004"] * 0.9).astype(np.uint8)
    data = Planted("image", content), samples, split
    assert applied(data, {"near-duplicate-images": "drop-from-training"})[0] == {"train": {"train-003"}}
    assert applied(data, {"near-duplicate-images": "drop-from-test"})[0] == {"test": {"test-004"}}


def test_groups_and_parents_are_dropped_on_their_side() -> None:
    samples, split = index(
        {"train": 6, "test": 6}, group={"train-000": "Ann", "test-000": "Ann"}, parent={"train-001": "test-001"}
    )
    data = Planted("image", {}), samples, split
    assert applied(data, {"groups-in-two-parts": "drop-from-training"})[0] == {"train": {"train-000"}}
    assert applied(data, {"parents-in-two-parts": "drop-from-training"})[0] == {"train": {"train-001"}}
    assert applied(data, {"parents-in-two-parts": "drop-from-test"})[0] == {"test": {"test-001"}}


def test_damaged_samples_are_dropped_on_their_side(repeated: tuple[Planted, pd.DataFrame, Split]) -> None:
    silence = Audio(np.zeros(RATE, np.float32), RATE)
    repeated[0].content |= {"train-005": silence, "validation-005": silence, "test-004": OSError("gone")}
    lost, words = applied(repeated, {"silent-media": "drop-from-training", "truncated-media": "drop-from-test"})
    assert lost == {"train": {"train-005"}, "validation": {"validation-005"}, "test": {"test-004"}}
    assert words[-1] == "1 sample dropped from test (truncated-media)"


def test_a_part_that_would_be_empty_is_an_error() -> None:
    samples, split = index(
        {"train": 3, "test": 3}, group=dict.fromkeys(["train-000", *index({"test": 3})[1].parts["test"]], "A")
    )
    with pytest.raises(EmobenchError, match="drop-from-test leaves nothing of test: all 3 samples"):
        applied((Planted("image", {}), samples, split), {"groups-in-two-parts": "drop-from-test"})


@pytest.mark.parametrize(
    ("policies", "message"),
    [
        ({"silent-medium": "keep"}, "did you mean 'silent-media'"),
        ({"silent-media": "drop"}, "no policy 'drop'"),
        ({"class-balance": "drop-from-test"}, "finds no samples that could be dropped"),
        ({"loudness-tells-label": "drop-from-training"}, "finds no samples that could be dropped"),
        ({"takes-in-two-parts": "drop-from-test"}, "cannot run here: the index has no column 'take'"),
    ],
)
def test_policies_that_make_no_sense_are_refused(policies: dict[str, str], message: str) -> None:
    with pytest.raises(EmobenchError, match=message):
        applied((Planted("audio", {}), *index({"train": 3, "test": 3})), policies)
