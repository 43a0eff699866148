"""The arguments that a function takes."""

from __future__ import annotations

from typing import Any

from emobench.plugins.signatures import accepted_arguments, default_arguments, named_arguments


def plain(first: int, /, second: int, *more: int, third: int = 3) -> None: ...


def free(first: int, **further: Any) -> None: ...


def test_what_can_be_given_by_keyword() -> None:
    assert accepted_arguments(plain) == {"second", "third"}
    assert named_arguments(plain, required=True) == {"second"}


def test_free_keywords_accept_anything_and_name_nothing() -> None:
    assert accepted_arguments(free) is None
    assert named_arguments(free) == {"first"}


def test_defaults_are_those_of_the_signature() -> None:
    assert default_arguments(plain) == {"third": 3}
