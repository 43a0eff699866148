"""Label map, protocol and limit, in that order; and what a protocol may not return."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any, ClassVar

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.contracts.protocol import Split, SplitProtocol
from emobench.errors import EmobenchError
from emobench.plugins.parameters import with_defaults
from emobench.splits.division import divide


class Given(SplitProtocol):
    """Returns the parts it was made with."""

    name: ClassVar[str] = "given"
    title: ClassVar[str] = "given"

    def __init__(self, **parts: tuple[str, ...]) -> None:
        self.parts = parts

    def split(self, samples: pd.DataFrame, **parameters: Any) -> Split:
        """Return them."""
        return Split(self.parts)


def table(*labels: str) -> pd.DataFrame:
    ids = [f"clip-{number:03d}" for number in range(len(labels))]
    return pd.DataFrame({"sample_id": ids, "label": list(labels), "group": ""})


def ids(*numbers: int) -> tuple[str, ...]:
    return tuple(f"clip-{number:03d}" for number in numbers)


# -------------------------------------------------------------------------------------------------- classify


# ---------------------------------------------------------------------------------------------------- divide


def divided(protocol: SplitProtocol, n: int = 6, **options: Any) -> Split:
    return divide(table(*["happy", "sad"] * (n // 2)), protocol, {}, **options)


def test_parts_are_the_protocols() -> None:
    split = divided(Given(train=ids(0, 1), validation=ids(2), test=ids(3)))
    assert dict(split.parts) == {"train": ids(0, 1), "validation": ids(2), "test": ids(3)}
    assert split.test_parts == ("test",)


def test_hashes_are_of_the_sorted_ids() -> None:
    split = divided(Given(train=ids(1, 0), test=ids(3)))
    assert split.hashes["train"] == hashlib.sha256(b"clip-000\nclip-001").hexdigest()
    assert split.hashes == divided(Given(train=ids(0, 1), test=ids(3))).hashes
    assert split.hashes["test"] != divided(Given(train=ids(0, 1), test=ids(4))).hashes["test"]


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"train": ids(0, 1), "test": ids(1, 2)}, "sample 'clip-001' is in 'train' and in 'test'"),
        ({"train": ids(0, 1), "validation": ids(2), "test": ids(2)}, "'clip-002' is in 'validation' and in 'test'"),
        ({"train": ids(0, 0), "test": ids(2)}, "sample 'clip-000' is in 'train' and in 'train'"),
        ({"train": ids(0), "test": ()}, "the part 'test' is empty; use more data or another protocol"),
        ({"train": (), "test": ids(1)}, "the part 'train' is empty"),
        ({"train": ids(0), "test": ids(99)}, "sample 'clip-099' of part 'test' is not in the index"),
        ({"train": ids(0)}, "parts train: there is no test part"),
        ({"train": ids(0), "validation": ids(1)}, "parts train, validation: there is no test part"),
    ],
)
def test_split_that_breaks_the_contract_is_refused(parts: dict[str, tuple[str, ...]], reason: str) -> None:
    with pytest.raises(EmobenchError, match=r"^protocol 'given': ") as caught:
        divided(Given(**parts))
    assert reason in str(caught.value)


class ByGroup(Given):
    """Needs speakers."""

    requires: ClassVar[tuple[str, ...]] = ("group",)


@pytest.mark.parametrize("groups", [None, "", ["a", "", "b", "a", "b", "a"], ["a", None, "b", "a", "b", "a"]])
def test_column_that_a_protocol_needs_must_be_there_and_filled(groups: Any) -> None:
    samples = table(*["happy", "sad"] * 3).assign(group=groups)
    samples = samples.drop(columns="group") if groups is None else samples
    with pytest.raises(EmobenchError, match="protocol 'given' needs the column 'group', which is missing or has gaps"):
        divide(samples, ByGroup(train=ids(0), test=ids(1)), {})


class Sized(Given):
    """Has parameters."""

    parameters: ClassVar[dict[str, Any]] = {"test_size": 0.2, "seed": 0}

    def split(self, samples: pd.DataFrame, **parameters: Any) -> Split:
        """Tell the parameters by the parts' names."""
        return Split({"train": ids(0), f"test {sorted(parameters.items())}": ids(1)})


def test_protocol_gets_all_its_parameters_with_defaults() -> None:
    split = divide(table("happy", "sad"), Sized(), {"seed": 3})
    assert split.test_parts == ("test [('seed', 3), ('test_size', 0.2)]",)


def test_unknown_parameter_is_refused_with_the_nearest() -> None:
    with pytest.raises(EmobenchError, match=r"protocol 'given': no parameter 'tset_size'; did you mean 'test_size'\?"):
        divide(table("happy", "sad"), Sized(), {"tset_size": 0.1})


def test_defaults_are_not_changed_by_what_is_chosen() -> None:
    defaults = {"a": 1, "b": 2}
    assert with_defaults(defaults, {"b": 3}, "somewhere") == {"a": 1, "b": 3}
    assert defaults == {"a": 1, "b": 2}


# ----------------------------------------------------------------------------------------------------- limit


def limited(labels: list[str], limit: int) -> tuple[str, ...]:
    """Return the train part of all but the last sample, limited."""
    samples = table(*labels, "happy")
    every = tuple(samples["sample_id"])
    return divide(samples, Given(train=every[:-1], test=every[-1:]), {}, limit).parts["train"]


def counts(labels: list[str], chosen: tuple[str, ...]) -> Counter[str]:
    return Counter(labels[int(sample.removeprefix("clip-"))] for sample in chosen)


UNEVEN = ["a"] * 60 + ["b"] * 30 + ["c"] * 9 + ["d"]


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (4, {"a": 1, "b": 1, "c": 1, "d": 1}),
        (10, {"a": 5, "b": 3, "c": 1, "d": 1}),
        (20, {"a": 12, "b": 6, "c": 1, "d": 1}),
        (50, {"a": 30, "b": 15, "c": 4, "d": 1}),
        (99, {"a": 59, "b": 30, "c": 9, "d": 1}),
    ],
)
def test_limit_keeps_every_class_and_its_share(limit: int, expected: dict[str, int]) -> None:
    assert counts(UNEVEN, limited(UNEVEN, limit)) == expected


def test_many_small_classes_do_not_take_from_a_large_one() -> None:
    labels = ["a"] * 800 + list("bcdefg") * 5
    assert counts(labels, limited(labels, 183))["a"] in (176, 177)  # its share is 176.4


@pytest.mark.parametrize("limit", [10, 40, 90])
def test_limit_keeps_even_classes_even(limit: int) -> None:
    labels = ["a", "b", "c", "d"] * 25
    chosen = counts(labels, limited(labels, limit)).values()
    assert max(chosen) - min(chosen) <= 1


def test_fewer_places_than_classes_go_to_the_largest() -> None:
    assert counts(UNEVEN, limited(UNEVEN, 2)) == {"a": 1, "b": 1}
    assert counts(UNEVEN, limited(UNEVEN, 1)) == {"a": 1}


def test_limit_is_not_the_first_samples() -> None:
    chosen = limited(["a"] * 200, 20)
    assert chosen != ids(*range(20))
    positions = [int(sample.removeprefix("clip-")) for sample in chosen]
    assert min(positions) < 50 < 150 < max(positions)


def test_limit_draws_the_same_at_every_call_and_whatever_the_other_parts() -> None:
    assert limited(UNEVEN, 20) == limited(UNEVEN, 20)
    samples = table(*UNEVEN, "happy", "sad")
    every = tuple(samples["sample_id"])
    more = divide(samples, Given(train=every[:-2], test=every[-2:]), {}, 20)
    assert more.parts["train"] == limited(UNEVEN, 20)


def test_limit_counts_for_each_part() -> None:
    split = divided(Given(train=ids(*range(10)), validation=ids(10, 11), test=ids(*range(12, 30))), 30, limit=4)
    assert {part: len(chosen) for part, chosen in split.parts.items()} == {"train": 4, "validation": 2, "test": 4}


def test_limit_as_large_as_the_part_changes_nothing() -> None:
    assert limited(UNEVEN, 100) == limited(UNEVEN, 1000) == ids(*range(100))


@given(labels=st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=80), limit=st.integers(1, 90))
def test_limit_has_the_exact_size_and_keeps_order_and_classes(labels: list[str], limit: int) -> None:
    chosen = limited(labels, limit)
    assert len(chosen) == min(limit, len(labels))
    assert list(chosen) == sorted(set(chosen))
    assert set(chosen) <= set(ids(*range(len(labels))))
    assert len(counts(labels, chosen)) == min(limit, len(set(labels)))
    whole, kept = Counter(labels), counts(labels, chosen)
    shares = {label: len(chosen) * number / len(labels) for label, number in whole.items()}
    if min(shares.values()) >= 1:
        assert all(abs(kept[label] - share) < 1 for label, share in shares.items())
    else:  # a class with less than a place has one all the same
        assert all(kept[label] < max(share, 1) + 1 for label, share in shares.items())
