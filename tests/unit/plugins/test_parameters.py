"""The parameters that a function takes, and those that are set against their defaults."""

from __future__ import annotations

from typing import Any

import pytest

from emobench.errors import EmobenchError
from emobench.plugins.parameters import check_types, default_arguments, named_arguments


def plain(first: int, /, second: int, *more: int, third: int = 3) -> None: ...


def free(first: int, **further: Any) -> None: ...


@pytest.mark.parametrize(
    ("default", "value", "fits"),
    [
        (16, 32, True),
        (16, 32.0, False),
        (16, True, False),
        (0.5, 1, True),
        (0.5, True, False),
        (True, False, True),
        (True, 1, False),
        ("relu", "tanh", True),
        ("relu", 1, False),
        ((1, 2), [3], True),
        ({"a": 1}, {"b": 2}, True),
        ([1], 3, False),
        (None, "anything", True),
        (16, None, True),
    ],
)
def test_what_takes_the_place_of_a_default(default: Any, value: Any, fits: bool) -> None:
    if fits:
        check_types({"width": default}, {"width": value, "other": 1}, "")
    else:
        with pytest.raises(EmobenchError, match=r"width is .*, expected"):
            check_types({"width": default}, {"width": value}, "")


def test_what_can_be_given_by_keyword() -> None:
    assert named_arguments(plain) == {"second", "third"}
    assert named_arguments(plain, required=True) == {"second"}


def test_free_keywords_name_nothing() -> None:
    assert named_arguments(free) == {"first"}


def test_defaults_are_those_of_the_signature() -> None:
    assert default_arguments(plain) == {"third": 3}
