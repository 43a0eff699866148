"""Tables and text on the terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import click
import pytest

from emobench import cli
from emobench.boards.ranking import build_board
from emobench.cli import _tables
from emobench.cli._layout import fold
from emobench.data.discovery import Found
from emobench.plugins.loading import installed_plugins
from emobench.records.provenance import Provenance
from tests.support.factories import cell, failed, record
from tests.support.probed import built, four
from tests.support.terminal import Terminal


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


@pytest.mark.parametrize(("columns", "lines"), [(40, 4), (140, 3)])
def test_a_column_is_folded_where_the_terminal_is_narrow(
    columns: int, lines: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    rows = [["shorter", "several words that need more than one line here"]]
    _tables.echo_table(["name", "what"], rows, fold("what", 10))
    printed = capsys.readouterr().out.splitlines()
    assert max(map(len, printed)) <= columns
    assert len(printed) == lines


def on_terminal(arguments: list[str], call: Callable[[], None]) -> str:
    """Return what a call prints on a terminal within the command line."""
    terminal = Terminal()

    @click.command()
    def probe() -> None:
        with contextlib.redirect_stdout(terminal):
            call()

    cli.cli.add_command(probe)
    try:
        assert cli.invoke(["probe", *arguments]) == 0
    finally:
        cli.cli.commands.pop("probe")
    return terminal.getvalue()


def test_a_failure_has_a_colour_only_on_a_terminal_that_may_have_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NO_COLOR", "")  # so that what --no-color sets is taken back

    def table() -> None:
        _tables.echo_table(["name", "score"], [["a", "FAILED"], ["b", "0.5"]])

    assert "\x1b[31m\x1b[1mFAILED" in on_terminal([], table)
    assert "\x1b" not in on_terminal(["--no-color"], table)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in on_terminal([], table)
    monkeypatch.setenv("NO_COLOR", "")
    table()
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize("columns", [80, 140])
@pytest.mark.parametrize(
    ("provenance", "said"), [("official", "as the suite says, on the official data"), ("stand-in", "as the suite says")]
)
def test_the_footer_of_a_board_says_official_only_of_official_data(
    provenance: Provenance,
    said: str,
    columns: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    name = "control.b.table4.a-long-name.of-an-experiment"
    records = [record(cell(name, provenance=provenance)), failed(cell("another", provenance=provenance))]
    _tables.board_table(build_board(records))
    output = capsys.readouterr().out
    assert f"all rows: {said}\n" in output
    assert max(map(len, output.splitlines())) <= columns
    assert all(one.cell.id[:8] in output for one in records)
    assert "FAILED" in output
    assert (name in output) == (columns == 140)


def test_variants_of_a_pairing_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    registry = installed_plugins()
    varied = _tables.variants(registry.datasets, registry)
    assert sorted(varied) == ["m-lfw-fer-crema-d", "m-lfw-fer-tess"]
    assert {len(names) for names in varied.values()} == {4}
    _tables.found_table([Found(name) for name in registry.datasets], registry)
    lines = capsys.readouterr().out.splitlines()
    listed = [line.split()[0] for line in lines if not line.startswith(" ")]
    assert "m-lfw-fer-tess-*" in listed
    assert not any("redrawn" in name for name in listed)


@pytest.mark.parametrize(("columns", "corpora"), [(80, 2), (36, 1)])
def test_encoders_by_corpora_show_as_many_corpora_as_fit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: int, corpora: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    _tables.board_table(built(*four()))
    _, told, matrix = capsys.readouterr().out.partition("Encoders by corpora: The net\n")
    assert told
    assert max(map(len, matrix.splitlines())) <= columns
    assert "1 [1, 1]" in matrix.replace("\u00a0", " ")
    assert matrix.count("Corpus") == corpora
