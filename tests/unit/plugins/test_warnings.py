"""Warnings and exceptions as one line."""

from __future__ import annotations

import pytest

from emobench.plugins.warnings import describe, warn


def test_an_exception_of_several_lines_is_one_line() -> None:
    assert describe(ValueError("first\n  second\tthird")) == "ValueError: first second third"


def test_a_warning_goes_to_stderr_alone(capsys: pytest.CaptureFixture[str]) -> None:
    warn("careful")
    assert tuple(capsys.readouterr()) == ("", "emobench: careful\n")
