"""Tables, text and JSON on the terminal."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from emobench.boards import Board, BoardTask, Table
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


def echo_table(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a plain table; numbers that are text already stay as they are.

    On a terminal that is too narrow for it, the widest columns are folded between words. A pipe gets whole lines.
    """
    from tabulate import tabulate

    texts = [[str(value) for value in row] for row in rows]
    click.echo(
        tabulate(
            texts,
            headers=list(headers),
            tablefmt="simple",
            disable_numparse=True,
            maxcolwidths=_column_widths(headers, texts),
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def _column_widths(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int] | None:
    """Return widths with which a row fits the terminal, words and headings kept whole; ``None`` if it fits anyway."""
    columns = list(zip(headers, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    least = [max([len(head), *(len(word) for text in rest for word in text.split())]) for head, *rest in columns]
    surplus = sum(widths) + 2 * (len(widths) - 1) - shutil.get_terminal_size((sys.maxsize, 24)).columns
    if surplus <= 0:
        return None
    for _ in range(surplus):
        foldable = [index for index, width in enumerate(widths) if width > least[index]]
        if foldable:
            widths[max(foldable, key=widths.__getitem__)] -= 1
    return widths


def print_table(table: Table) -> None:
    """Print a table of a board."""
    from emobench.boards import plain

    echo_table([column.title for column in table.columns], [list(map(plain, row)) for row in table.texts()])


def found_table(found: Iterable[Found], registry: Registry) -> None:
    """Print what was found of each dataset, at which provenance level."""
    from emobench.storage import cache_folder

    rows = []
    for dataset in found:
        official = registry.datasets[dataset.dataset].official.samples
        copy = dataset.copy
        if copy is None:
            rows.append([dataset.dataset, "unusable" if dataset.problem else "not found", "", f"- of {official:,}", ""])
            continue
        place = (
            "(a twin in the cache)" if copy.location.root.is_relative_to(cache_folder()) else str(copy.location.root)
        )
        samples = f"{len(copy.index.samples):,} of {official:,}"
        rows.append([dataset.dataset, copy.provenance, copy.location.form, samples, place])
    echo_table(["dataset", "provenance", "form", "samples", "where"], rows)


def echo_provenance(level: Provenance) -> None:
    """Print how far data can be trusted."""
    from emobench.records import PROVENANCE_MEANING

    click.echo(wrapped(f"{level.upper()}: {PROVENANCE_MEANING[level]}"))


def echo_task(task: BoardTask) -> None:
    """Print how far the data of a task can be trusted, and its split."""
    echo_provenance(task.provenance)
    if task.leaky:
        click.echo(wrapped("LEAKY: what identifies a speaker or a take stands on both sides of the split"))


def print_findings(reports: Iterable[AuditReport]) -> dict[str, int]:
    """Print the findings of audits, those of several folds once, and return the number of them by severity."""
    from emobench.records import SEVERITY_MEANING, merged

    numbers: dict[str, int] = dict.fromkeys(SEVERITY_MEANING, 0)
    indent = " " * 11
    for line in merged(reports):
        finding = line.finding
        numbers[finding.severity] += 1
        where = f" ({finding.part})" if finding.part else ""
        click.echo(wrapped(f"{finding.severity.upper():<8} {finding.audit}{where}: {line.count}", "  ", 11))
        click.echo(wrapped(f"{line.what}.", indent, 11))
        if finding.examples:
            click.echo(wrapped(f"e.g. {'; '.join(finding.examples)}", indent, 16))
    if not any(numbers.values()):
        click.echo("  nothing found")
    return numbers


def board_table(board: Board) -> None:
    """Print a board, the essentials only; the files have the rest."""
    from emobench.boards import by_chance

    for task in board.tasks:
        click.echo("\n" + wrapped(f"{task.dataset}: {task.protocol.name} split, {task.headline} part"))
        echo_task(task)
        print_table(_essentials(task))
        if task.chance:
            click.echo(wrapped(f"by chance: {by_chance(task, places=4)}"))
        for row in task.rows:
            for said in filter(None, (row.weights, "; ".join(row.failings))):
                click.echo(wrapped(f"{row.cell.experiment}: {said}", "", 2))
        groups = grouped((row.departures, row.cell.id[:8]) for row in task.rows)
        for departures, cells in groups.items():
            who = "all rows" if len(groups) == 1 else ", ".join(cells)
            what = "; ".join(departures) or "as the suite says, on the official data"
            click.echo(wrapped(f"{who}: {what}", "", 2))
    click.echo()
    for missing in board.missing:
        click.echo(wrapped(f"no row of its own: {missing.experiment}: {missing.reason}", "", 2))


def _essentials(task: BoardTask) -> Table:
    from emobench.boards import COUNT, SCORE, WHO, Column, Table, who

    names = {"accuracy": "accuracy", "balanced_accuracy": "UAR", "f1_weighted": "F1 (w.)"}
    columns = [*WHO, Column("n", COUNT), *(Column(title, SCORE) for title in names.values())]
    columns += [Column("paper", ".4g"), Column("cell")]
    rows = []
    for row in task.rows:
        scores = row.headline
        values = [scores.n, *map(scores.metrics.get, names)] if scores else [None, "FAILED", None, None]
        paper = next((claim.published for claim in row.published if claim.metric == "accuracy"), None)
        rows.append([*who(row), *values, paper, row.cell.id[:8]])
    return Table(task.dataset, columns, rows)
