"""What fusions get, learn and return."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from emobench.contracts.fusion import Fusion
from emobench.errors import EmobenchError
from emobench.models.late_fusion import Fused, MemberPredictions, check_predictions, fuse, pool_views
from emobench.records.record import Dropped, PartCount
from tests.support.factories import CLASSES, predictions, random_probabilities
from tests.support.film_plugin import ByHits

pytestmark = pytest.mark.usefixtures("one_thread")


PARTS = ("validation", "test")


class Mean(Fusion):
    """The mean."""

    name = "mean"
    title = "mean"

    def combine(self, probabilities: NDArray[np.float64], *args: Any, **learnt: Any) -> NDArray[np.float64]:
        """Average."""
        mean: NDArray[np.float64] = probabilities.mean(axis=0)
        return mean


class Watching(ByHits):
    """Keeps what it is fitted on and what it is to combine."""

    def __init__(self, learnt: Any = None) -> None:
        self.fitted: list[tuple[NDArray[np.float64], NDArray[np.int64]]] = []
        self.combined: list[NDArray[np.float64]] = []
        self.learnt = learnt

    def fit(self, probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> dict[str, Any]:
        """Keep."""
        self.fitted.append((probabilities, labels))
        learnt: dict[str, Any] = self.learnt or super().fit(probabilities, labels)
        return learnt

    def combine(self, probabilities: NDArray[np.float64], *args: Any, **learnt: Any) -> NDArray[np.float64]:
        """Keep."""
        self.combined.append(probabilities)
        return super().combine(probabilities, **learnt)


def member(
    name: str, seed: int, lost: dict[str, str] | None = None, parts: tuple[str, ...] = PARTS
) -> MemberPredictions:
    """Return a member with 60 predictions, without those that are lost; others have the same truth."""
    told = predictions(parts=parts).set_index("sample_id")
    columns = [f"p_{label}" for label in CLASSES]
    told[columns] = random_probabilities(len(told), 3, seed).astype(np.float32)
    return MemberPredictions(
        name, told.drop(index=list(lost or {})), {sample: why for sample, why in (lost or {}).items() if why}
    )


def stacked(members: list[MemberPredictions], ids: list[str]) -> NDArray[np.float64]:
    columns = [f"p_{label}" for label in CLASSES]
    return np.stack([one.predictions.loc[ids, columns].to_numpy(np.float64) for one in members])


def test_samples_that_not_all_predict_are_left_out_for_the_reason_of_the_member_that_does_not() -> None:
    members = [
        member("faces", 1, {"clip-003": "no face", "clip-004": "no face", "clip-010": ""}),
        member("voices", 2, {"clip-004": "too short", "clip-006": "too short", "clip-009": ""}),
    ]
    fused = fuse(Mean(), members, CLASSES, PARTS)
    assert set(fused.dropped) == {
        Dropped(sample_id="clip-003", part="test", reason="faces: no face"),
        Dropped(sample_id="clip-006", part="validation", reason="voices: too short"),
        Dropped(sample_id="clip-009", part="test", reason="voices: not predicted"),
        Dropped(sample_id="clip-010", part="validation", reason="faces: not predicted"),
    }
    assert fused.counts == {
        "validation": PartCount(attempted=29, dropped=2),  # clip-004 is predicted by nobody
        "test": PartCount(attempted=30, dropped=2),
    }


def test_members_are_matched_by_sample_whatever_the_order_of_their_rows() -> None:
    members = [member("faces", 1), member("voices", 2)]
    mixed = [members[0], MemberPredictions("voices", members[1].predictions.sample(frac=1, random_state=0), {})]
    fused = fuse(Mean(), mixed, CLASSES, PARTS)
    ids = fused.truth["sample_id"].tolist()
    np.testing.assert_array_equal(fused.probabilities, stacked(members, ids).mean(axis=0))
    assert fused.truth["label"].tolist() == members[0].predictions.loc[ids, "label"].tolist()


@pytest.mark.parametrize("part", ["test", "all"])
def test_no_common_test_sample_is_a_clear_error(part: str) -> None:
    every = predictions(parts=PARTS)
    ids = every["sample_id"][(every["part"] == "test") | (part == "all")]
    one, other = ids[::2], ids[1::2]
    members = [member("a", 1, dict.fromkeys(one, "no face")), member("b", 2, dict.fromkeys(other, "no sound"))]
    with pytest.raises(EmobenchError) as caught:
        fuse(Mean(), members, CLASSES, PARTS)
    assert str(caught.value) == "no test sample is predicted by every member; see what the members dropped, and why"


def learnt(fusion: Fusion) -> Fused:
    lost = {"clip-002": "too short", "clip-005": "too short"}
    return fuse(fusion, [member("faces", 1), member("voices", 2, lost)], CLASSES, PARTS)


def test_fusion_learns_from_the_common_validation_samples_alone() -> None:
    fusion = Watching()
    fused = learnt(fusion)
    ((given, labels),) = fusion.fitted
    truth = fused.truth[fused.truth["part"] == "validation"]
    assert fused.learnt_from == len(labels) == len(truth) == 29
    np.testing.assert_array_equal(given, stacked([member("a", 1), member("b", 2)], truth["sample_id"].tolist()))
    assert [CLASSES[label] for label in labels] == truth["label"].tolist()


def test_what_is_learnt_is_handed_on_and_kept() -> None:
    fusion = Watching()
    fused = learnt(fusion)
    ((given, labels),) = fusion.fitted
    hits = [int((one.argmax(axis=1) == labels).sum()) for one in given]
    assert fused.learnt == {"weights": [hits[0] + 1, hits[1] + 1]}
    both = stacked([member("a", 1), member("b", 2)], fused.truth["sample_id"].tolist())
    first, second = fused.learnt["weights"]
    np.testing.assert_allclose(fused.probabilities, (first * both[0] + second * both[1]) / (first + second))


def test_fusion_that_learns_nothing_is_not_fitted() -> None:
    class Deaf(Watching):
        learns = False

        def combine(self, probabilities: NDArray[np.float64], *args: Any, **learnt: Any) -> NDArray[np.float64]:
            assert learnt == {}
            return Mean().combine(probabilities)

    fusion = Deaf()
    fused = learnt(fusion)
    assert (fusion.fitted, fused.learnt, fused.learnt_from) == ([], {}, 0)


@pytest.mark.parametrize("value", [np.ones(2), {1, 2}, float("nan")])
def test_what_is_no_plain_json_is_a_clear_error(value: Any) -> None:
    with pytest.raises(
        EmobenchError, match=r"^fusion 'by-hits': fit\(\) returned what is no plain JSON: .*; return numbers"
    ):
        learnt(Watching({"weights": value}))


def test_no_common_validation_sample_is_a_clear_error() -> None:
    ids = predictions(parts=PARTS).query("part == 'validation'")["sample_id"]
    members = [
        member("faces", 1, dict.fromkeys(ids[::2], "no face")),
        member("voices", 2, dict.fromkeys(ids[1::2], "-")),
    ]
    assert len(fuse(Mean(), members, CLASSES, PARTS).truth) == 30  # nothing to learn, nothing amiss
    with pytest.raises(EmobenchError) as caught:
        fuse(ByHits(), members, CLASSES, PARTS)
    assert str(caught.value) == (
        "fusion 'by-hits': no sample of the validation part is predicted by every member, so there is nothing to learn "
        "from; use more data, a larger validation part, or a fusion that learns nothing"
    )


def test_views_of_a_sample_are_what_members_are_to_a_fusion() -> None:
    class First(Mean):
        def combine(self, probabilities: NDArray[np.float64], *args: Any, **learnt: Any) -> NDArray[np.float64]:
            assert probabilities.dtype == np.float64
            assert probabilities.shape == (4, 5, 3)
            return np.asarray(probabilities[0])

    said = random_probabilities(20, 3).astype(np.float32)
    np.testing.assert_array_equal(pool_views(First(), said, 4), said[::4].astype(np.float64))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda good: good[:-1], "it returned probabilities of shape (4, 3), wanted (5, 3)"),
        (
            lambda good: np.where(np.arange(5)[:, None] == 2, np.nan, good),
            "a probability is not finite, e.g. for 'c'",
        ),
        (lambda good: 2 * good, "the probabilities do not sum to 1 within 0.001, e.g. for 'a'"),
        (lambda good: good + np.array([1, -1, 0]), "a probability is negative, e.g. for 'a'"),
    ],
)
def test_probabilities_that_break_the_contract_are_named(change: Any, reason: str) -> None:
    good = random_probabilities(5, 3)
    check_predictions(good, list("abcde"), 3, "model 'm'")
    with pytest.raises(EmobenchError) as caught:
        check_predictions(change(good), list("abcde"), 3, "model 'm'")
    assert str(caught.value).startswith("model 'm': it returned ")
    assert reason in str(caught.value)
