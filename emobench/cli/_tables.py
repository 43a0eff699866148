"""Tables, text and JSON on the terminal."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from emobench.cli._layout import GiveWay, cut, drop, fold, layout

if TYPE_CHECKING:
    from emobench.boards import Board, BoardTask, Matrix, Table
    from emobench.contracts import Kind
    from emobench.data import Found
    from emobench.plugins import Registry
    from emobench.records import AuditReport, Provenance

Key = TypeVar("Key")
T = TypeVar("T")

WIDEST = 100
"""Lines of text longer than this are hard to read, however wide the terminal."""


def wrapped(text: str, begin: str = "", indent: int = 0) -> str:
    """Return a text in lines of the terminal's width: ``begin`` before the first, ``indent`` spaces before the others."""
    # Ids, paths and words with hyphens stay whole, so that they can be copied.
    return textwrap.fill(
        text,
        min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns),
        initial_indent=begin,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def grouped(pairs: Iterable[tuple[Key, T]]) -> dict[Key, list[T]]:
    """Return what shares a key (names with one reason, say), in the order in which it comes."""
    groups: dict[Key, list[T]] = {}
    for key, each in pairs:
        groups.setdefault(key, []).append(each)
    return groups


def echo_json(content: Any) -> None:
    """Print what a program reads."""
    click.echo(json.dumps(content, indent=1))


def echo_facts(facts: Mapping[str, str]) -> None:
    """Print what has a value as lines of a name and the value."""
    known = {name: value for name, value in facts.items() if value}
    broad = max(map(len, known)) + 2
    for name, value in known.items():
        click.echo(wrapped(value, name.ljust(broad), broad))


def echo_table(
    headings: Sequence[str],
    rows: Iterable[Sequence[Any]],
    order: Sequence[GiveWay] = (),
    right: Collection[str] = (),
) -> None:
    """Print a plain table; on a terminal that is too narrow for it, columns give way in ``order``.

    A pipe gets whole lines.
    """
    texts = [[str(value) for value in row] for row in rows]
    room = shutil.get_terminal_size((sys.maxsize, 24)).columns
    head, body = layout(headings, texts, room, order, right)
    for line in head:
        click.echo(line)
    for row, lines in zip(texts, body, strict=True):
        for line in lines:
            click.echo(reduce(colored, (word for word in COLORS if word in row), line))


COLORS = {"FAILED": "red", "ERROR": "red", "LEAKY": "yellow", "SYNTHETIC": "yellow"}
"""Words that must not be overlooked."""


def colored(text: str, word: str) -> str:
    """Return a text with one of :data:`COLORS`, where it first stands, in its colour; click removes it from a pipe."""
    return text.replace(word, click.style(word, COLORS[word], bold=True), 1)


def print_table(table: Table, order: Sequence[GiveWay] = ()) -> None:
    """Print a table of a board; numbers stand to the right."""
    from emobench.boards import plain

    titles = [column.title for column in table.columns]
    numbers = [column.title for column in table.columns if column.form]
    echo_table(titles, [list(map(plain, row)) for row in table.texts()], order, numbers)


def metrics_table(table: Table) -> None:
    """Print every metric of a row: at least its value and the interval."""
    print_table(table, [*fold("metric", 12), *drop(*(column.title for column in reversed(table.columns[3:])))])


def variants(names: Collection[str], registry: Registry) -> dict[str, list[str]]:
    """Return the pairings among datasets that others vary, each with the names of its variants."""
    from emobench.contracts import PairedDataset

    paired = {name: kind.members for name in names if isinstance(kind := registry.datasets[name], PairedDataset)}
    of = {
        name: [base for base in paired if name.startswith(f"{base}-") and paired[base] == paired[name]]
        for name in paired
    }
    return grouped((min(bases, key=len), name) for name, bases in of.items() if bases)


def with_variants(names: Collection[str], registry: Registry) -> Iterator[tuple[str, list[str]]]:
    """Yield each dataset that varies no other, with an empty list, and after a pairing its name again with its variants."""
    varied = variants(names, registry)
    hidden = {name for each in varied.values() for name in each}
    for name in names:
        if name not in hidden:
            yield name, []
        if name in varied:
            yield name, varied[name]


def in_one_line(base: str, names: Iterable[str]) -> tuple[str, str]:
    """Return the one name that stands for the variants of a pairing, and which they are."""
    return f"{base}-*", ", ".join(name.removeprefix(f"{base}-") for name in names)


def found_table(found: Iterable[Found], registry: Registry) -> None:
    """Print what was found of each dataset, at which provenance level; the variants of a pairing in one line."""
    known = {each.dataset: each for each in found}
    rows = []
    for name, varied in with_variants(known, registry):
        if not varied:
            rows.append([name, *_found(known[name], registry)])
            continue
        told = {tuple(_found(known[variant], registry)[:3]) for variant in varied}
        state, form, samples = told.pop() if len(told) == 1 else ("(they differ)", "", "")
        title, which = in_one_line(name, varied)
        rows.append([title, state, form, samples, f"({len(varied)} variants: {which})"])
    headings = ["dataset", "provenance", "form", "samples", "where"]
    echo_table(
        headings, rows, [*fold("where", 24), *drop("form"), *fold("where", 14), *cut("dataset", 20)], ["samples"]
    )


def _found(found: Found, registry: Registry) -> list[str]:
    from emobench.storage import cache_folder

    official, copy = registry.datasets[found.dataset].official.samples, found.copy
    if copy is None:
        return ["unusable" if found.problem else "not found", "", f"- of {official:,}" if official else "-", ""]
    root = copy.location.root
    kind = "a twin" if copy.provenance == "synthetic" else "a table"
    place = f"({kind} in the cache)" if root.is_relative_to(cache_folder()) else str(root)
    samples = f"{len(copy.index.samples):,}" + (f" of {official:,}" if official else "")
    return [copy.provenance, copy.location.form, samples, place]


def echo_provenance(level: Provenance) -> None:
    """Print how far data can be trusted."""
    from emobench.records import PROVENANCE_MEANING

    click.echo(colored(wrapped(f"{level.upper()}: {PROVENANCE_MEANING[level]}"), "SYNTHETIC"))


def echo_task(task: BoardTask) -> None:
    """Print how far the data of a task can be trusted, and its split."""
    echo_provenance(task.provenance)
    if task.leaky:
        leaky = wrapped("LEAKY: what identifies a speaker or a take stands on both sides of the split")
        click.echo(colored(leaky, "LEAKY"))


def print_findings(reports: Iterable[AuditReport]) -> dict[str, int]:
    """Print the findings of audits, those of several folds once, and return the number of them by severity."""
    from emobench.records import SEVERITY_MEANING, merged

    numbers: dict[str, int] = dict.fromkeys(SEVERITY_MEANING, 0)
    indent = " " * 11
    for line in merged(reports):
        finding = line.finding
        numbers[finding.severity] += 1
        where = f" ({finding.part})" if finding.part else ""
        severity = finding.severity.upper()
        title = wrapped(f"{severity:<8} {finding.audit}{where}: {line.count}", "  ", 11)
        click.echo(colored(title, severity) if severity in COLORS else title)
        click.echo(wrapped(f"{line.what}.", indent, 11))
        if finding.examples:
            click.echo(wrapped(f"e.g. {'; '.join(finding.examples)}", indent, 16))
    if not any(numbers.values()):
        click.echo("  nothing found")
    return numbers


def board_table(board: Board) -> None:
    """Print a board, the essentials only; the files have the rest."""
    from emobench.boards import by_chance, human_in_words, telling_apart
    from emobench.records import metric_title

    apart = telling_apart(board)
    for task in board.tasks:
        more = f", {apart[task.id]}" if apart[task.id] else ""
        click.echo("\n" + wrapped(f"{task.dataset}: {task.protocol.name} split{more}, {task.headline} part"))
        echo_task(task)
        ranked_by = metric_title(task.ranked_by, task.metrics)
        table = _essentials(task)
        known = any(column.title == _INTERVAL for column in table.columns)
        of_it = f"interval: 95%, of {ranked_by}" if known else "its interval is unknown"
        click.echo(wrapped(f"ranked by {ranked_by}; {of_it}" if task.uncertainty else f"ranked by {ranked_by}"))
        print_table(table, _essential_order(table))
        if chance := by_chance(task, places=4):
            click.echo(wrapped(f"by chance: {chance}"))
        if human := human_in_words(task.human):
            click.echo(wrapped(f"a rater against the others: {human}"))
        for row in task.rows:
            order = row.record.class_order
            marks = [str(row.cell.exposure or ""), *row.failings, str(order or "")]
            for said in filter(None, (row.weights, "; ".join(filter(None, marks)))):
                click.echo(wrapped(f"{row.cell.experiment}: {said}", "", 2))
        groups = grouped((row.departures, row.cell.id[:8]) for row in task.rows)
        for departures, cells in groups.items():
            who = "all rows" if len(groups) == 1 else ", ".join(cells)
            official = ", on the official data" if task.provenance == "official" else ""
            what = "; ".join(departures) or f"as the suite says{official}"
            click.echo(wrapped(f"{who}: {what}", "", 2))
    for matrix in board.matrices:
        _matrix_table(board, matrix)
    click.echo()
    for reason, names in grouped((missing.reason, missing.experiment) for missing in board.missing).items():
        click.echo(wrapped(f"no row of its own: {', '.join(names)}: {reason}", "", 2))


def _matrix_table(board: Board, matrix: Matrix) -> None:
    """Print encoders by corpora, as many of these as fit, without intervals of scores."""
    from emobench.boards import matrix_ranks, matrix_table, matrix_title, plain

    table = matrix_table(board, matrix, intervals=False)
    click.echo("\n" + wrapped(matrix_title(board, matrix)))
    print_table(table, drop(*(column.title for column in reversed(table.columns[-len(matrix.corpora) :]))))
    for said in matrix_ranks(board, matrix):
        click.echo(wrapped(plain(said)))


_INTERVAL = "interval"
_ESSENTIAL: Mapping[Kind, Mapping[str, str]] = {
    "class": {"accuracy": "accuracy", "balanced_accuracy": "UAR", "f1_weighted": "F1 (w.)"},
    "distribution": {"jensen_shannon": "JS", "accuracy": "accuracy", "balanced_accuracy": "UAR"},
    "values": {"ccc": "CCC", "pcc": "PCC", "rmse": "RMSE"},
}
"""Metrics of a ranking on the terminal with their headings, by the kind of target."""


def _essential_order(table: Table) -> list[GiveWay]:
    """Return how a ranking gives way: last what tells its rows apart."""
    place = [column.title for column in table.columns].index
    alike = [title for title in ("n", "seed") if len({row[place(title)] for row in table.rows}) < 2]
    last = [title for title in ("n", "seed") if title not in alike]
    first = [*drop("model", "F1 (w.)", *alike), *cut("experiment", 32), *drop("paper"), *cut("experiment", 20)]
    return [*first, *drop(_INTERVAL, "rank", *last)]


def _essentials(task: BoardTask) -> Table:
    from emobench.boards import COUNT, SCORE, WHO, Column, Table, plain, what_row, who

    names = _ESSENTIAL[task.kind]
    printed = "accuracy" if task.kind == "class" else task.ranked_by
    columns = [*WHO, Column("n", COUNT), *(Column(title, SCORE) for title in names.values())]
    columns += [Column(_INTERVAL, SCORE), Column("paper", ".4g"), Column("model"), Column("cell")]
    rows = []
    for row in task.rows:
        scores = row.headline
        values = [scores.n, *map(scores.metrics.get, names)] if scores else [None, "FAILED", None, None]
        found = task.intervals(row).get(task.ranked_by) if task.uncertainty else None
        interval = found if found is not None and found.known else None
        paper = next((claim.published for claim in row.published if claim.metric == printed), None)
        model = plain(what_row(row)[0])
        rows.append([*who(row), *values, interval, paper, model, row.cell.id[:8]])
    return _without_empty(Table(task.dataset, columns, rows), "paper", _INTERVAL)


def _without_empty(table: Table, *titles: str) -> Table:
    """Return a table without those of the named columns in which nothing stands."""
    kept = [
        place
        for place, column in enumerate(table.columns)
        if column.title not in titles or any(row[place] is not None for row in table.rows)
    ]
    rows = [[row[place] for place in kept] for row in table.rows]
    return replace(table, columns=[table.columns[place] for place in kept], rows=rows)


def echo_page(stem: Path, *, opened: bool = False) -> None:
    """Name the page of a board and its other files, and open it in the browser if that was asked for."""
    import webbrowser

    page = stem.with_name(f"{stem.name}.html").resolve()
    click.echo(f"\nPage: {page}")
    click.echo(f"Leaderboard: {stem}.md (and .csv, .json)")
    if opened and not webbrowser.open(page.as_uri()):
        click.echo("no browser could be opened", err=True)
