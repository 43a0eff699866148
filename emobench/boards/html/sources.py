"""What a row rests on, as BibTeX: its data, its model, and the paper whose number it is set beside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from emobench.boards.board import Row
from emobench.boards.latex.blocks import escape
from emobench.boards.titles import Titles


def papers(verdicts: Mapping[str, Any] | None) -> dict[str, dict[str, dict[str, str]]]:
    """Return the papers whose printed numbers a row answers, by its cell and the paper's name."""
    if verdicts is None:
        return {}
    known = {paper["name"]: paper for paper in verdicts["papers"]}
    found: dict[str, dict[str, dict[str, str]]] = {}
    for table in verdicts["tables"]:
        for claim in table["claims"]:
            if claim["cell"] and not table["quoted"]:
                found.setdefault(claim["cell"], {})[table["paper"]] = known[table["paper"]]
    return found


def entries(titles: Titles, row: Row, answered: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Yield an entry for each source of a row: dataset, model, other plugins' components, papers, emobench.

    A plugin gives its citation as one line, so that it stands as a note: nothing is guessed from it.
    """
    identity = row.cell.identity
    data = titles.reference("datasets", identity.dataset)
    yield _entry(identity.dataset, titles.dataset(identity.dataset), data.citation, data.homepage)
    for record in (row.record, *(member.other for member in row.alone)):
        model = record.cell.identity.model
        if model and (citation := titles.reference("models", model.name).citation):
            yield _entry(model.name, titles.model(record), citation, "")
    for what, source in row.record.sources.items():
        kind, _, name = what.partition("/")
        if (
            source.citation
            and name != identity.dataset
            and not (kind == "models" and f"models/{name}" in titles.references)
        ):
            yield _entry(name, source.title or name, source.citation, source.url)
    for name, paper in answered.items():
        yield _entry(f"paper-{name}", paper["title"], "", paper["link"])
    yield _entry("emobench", f"emobench {row.record.emobench}", f"suite {row.cell.suite}", "")


def _entry(key: str, title: str, note: str, address: str) -> str:
    fields = {
        "title": f"{{{escape(title)}}}",
        "note": escape(note),
        "howpublished": address and rf"\url{{{address}}}",
    }
    lines = [f"  {name} = {{{value}}},\n" for name, value in fields.items() if value]
    return f"@misc{{{re.sub(r'[^A-Za-z0-9:.-]+', '-', key)},\n{''.join(lines)}}}"
