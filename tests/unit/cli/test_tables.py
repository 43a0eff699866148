"""Tables and text on the terminal."""

from __future__ import annotations

import pytest

from emobench.cli import _tables


def test_words_with_hyphens_and_paths_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    path = "/data/of-somebody/who-has-long-names"
    assert path in _tables.wrapped(f"see {path} for more", "  ", 4).splitlines()[-2]


def test_text_is_no_wider_than_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    assert max(map(len, _tables.wrapped("word " * 200).splitlines())) <= _tables.WIDEST


def test_names_with_one_reason_are_put_together_in_order() -> None:
    pairs = [("late", "a"), ("lost", "b"), ("late", "c")]
    assert list(_tables.grouped(pairs).items()) == [("late", ["a", "c"]), ("lost", ["b"])]


def test_facts_without_a_value_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    _tables.echo_facts({"rank": "1 of 2", "note": "", "seed": "42"})
    assert capsys.readouterr().out.splitlines() == ["rank  1 of 2", "seed  42"]


def test_the_widest_column_is_folded_where_the_terminal_is_narrow(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    _tables.echo_table(["name", "what"], [["shorter", "several words that need more than one line here"]])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 40
    assert len(lines) == 4
