"""The ledger with its verdicts as text, Markdown, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from emobench.boards.markdown import blocks as as_markdown
from emobench.boards.tables import SCORE, Block, Column, Heading, Items, Table
from emobench.boards.text import NONE, code
from emobench.claims import Check, Claim, Finding, Judged, Ledger, Measured, count
from emobench.scoring import LEVEL

WIDTH = 100
"""Of the text, in characters."""

SCHEMA_VERSION = 1
_WIDEST = (20, 13, 7, 8, 14, 12, 14)
_HEADERS = ("row", "column", "printed", "measured", "95% interval", "arithmetic", "verdict")


def _tables(judged: Sequence[Judged]) -> Iterable[tuple[Claim, list[Judged]]]:
    for _, group in groupby(judged, key=lambda one: (one.claim.paper, one.claim.table)):
        found = list(group)
        yield found[0].claim, found


def number(share: float, claim: Claim) -> str:
    """Return a measured share in the unit of the claim, to at least the decimals that it prints."""
    percent = claim.unit == "percent"
    places = max(claim.decimals, 2 if percent else 4)
    return f"{share * (100 if percent else 1):.{places}f}"


def value(claim: Claim) -> str:
    """Return a number as printed, with its unit."""
    return claim.value + ("%" if claim.unit == "percent" else "")


def short(finding: Finding) -> str:
    """Return what arithmetic says, in a few characters."""
    word = {
        "possible": "possible",
        "possible only if truncated": "if truncated",
        "impossible": "impossible",
        "no condition": NONE,
    }[finding.status]
    if finding.status == "possible" and finding.excluded and finding.sizes:
        return f"n={'/'.join(map(str, finding.sizes))} only"
    return word


def _cells(one: Judged) -> list[str]:
    claim, measured = one.claim, one.measured
    found = [NONE, NONE]
    if measured is not None:
        found = [number(measured.value, claim), f"{number(measured.low, claim)}–{number(measured.high, claim)}"]
    return [claim.row, claim.column, value(claim), *found, short(one.finding), one.verdict]


def _reasons(judged: Iterable[Judged]) -> list[str]:
    """Return each reason once, with the rows that it is about."""
    reasons: dict[str, list[str]] = {}
    for one in judged:
        if one.why:
            reasons.setdefault(f"{one.verdict}: {one.why}", []).append(one.claim.row)
    return [f"{', '.join(dict.fromkeys(rows))}: {why}" for why, rows in reasons.items()]


def _totals(judged: Sequence[Judged]) -> str:
    return f"{len(judged)} claims: " + ", ".join(f"{number} {verdict}" for verdict, number in count(judged).items())


def render_text(judged: Sequence[Judged]) -> str:
    """Return tables for a terminal of 100 columns, and the number of claims by verdict."""
    from tabulate import tabulate

    lines: list[str] = []
    for claim, group in _tables(judged):
        lines += [f"paper {claim.paper}, {claim.table}" + (" (quoted)" if claim.origin == "quoted" else "")]
        rows = [_cells(one) for one in group]
        table = tabulate(
            rows, headers=list(_HEADERS), tablefmt="simple", disable_numparse=True, maxcolwidths=list(_WIDEST)
        )
        lines += [line.rstrip() for line in table.splitlines()]
        for reason in _reasons(group):
            lines += textwrap.wrap(reason, WIDTH, initial_indent="- ", subsequent_indent="  ")
        lines.append("")
    lines += textwrap.wrap(_totals(judged), WIDTH)
    return "\n".join(lines) + "\n"


def claims_markdown(judged: Sequence[Judged], ledger: Ledger, *, level: int = 2) -> str:
    """Return a section a table; ``level`` is that of its headings, so that a board can take it in."""
    blocks: list[Block] = [f"{_totals(judged)}."]
    for claim, group in _tables(judged):
        quoted = ", quoted from others" if claim.origin == "quoted" else ""
        title = f"Paper {claim.paper}, {claim.table}"
        numbers = {"printed", "measured", "95% interval"}
        columns = [Column(name, SCORE if name in numbers else "") for name in (*_HEADERS, "cell")]
        rows = [[*_cells(one), code(one.measured.cell) if one.measured is not None else NONE] for one in group]
        blocks += [Heading(f"{title}{quoted}", level), f"{ledger.papers[claim.paper]}. Protocol: {claim.protocol}."]
        blocks.append(Table(title, columns, rows))
        if reasons := _reasons(group):
            blocks.append(Items(reasons))
    return as_markdown.blocks(blocks) + "\n"


def _flat(one: Judged) -> dict[str, Any]:
    claim, measured = one.claim, one.measured
    return {
        "paper": claim.paper,
        "table": claim.table,
        "row": claim.row,
        "column": claim.column,
        "value": claim.value,
        "decimals": claim.decimals,
        "unit": claim.unit,
        "metric": claim.metric,
        "averaging": claim.averaging,
        "class": claim.of_class,
        "label": claim.label,
        "origin": claim.origin,
        "protocol": claim.protocol,
        "sizes": [size.n for size in claim.sizes],
        "experiments": claim.experiments,
        "arithmetic": one.finding.status,
        "possible_sizes": list(one.finding.sizes),
        "excluded_sizes": list(one.finding.excluded),
        "verdict": one.verdict,
        "why": one.why,
        "note": claim.note,
        "measured": None if measured is None else measured.value,
        "low": None if measured is None else measured.low,
        "high": None if measured is None else measured.high,
        "points": one.points,
        "n": None if measured is None else measured.n,
        "experiment": None if measured is None else measured.experiment,
        "cell": None if measured is None else measured.cell,
    }


def claims_json(judged: Sequence[Judged], ledger: Ledger) -> str:
    """Return everything, with every check of arithmetic; measured values and ends of intervals are shares in [0, 1]."""
    content = {
        "schema_version": SCHEMA_VERSION,
        "level": LEVEL,
        "papers": ledger.papers,
        "verdicts": count(judged),
        "claims": [
            {
                **_flat(one),
                "checks": [asdict(check) for check in one.finding.checks],
                "result": None if one.measured is None else _result(one.measured),
            }
            for one in judged
        ],
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _result(measured: Measured) -> dict[str, Any]:
    return {**asdict(measured), "departures": [one.model_dump(mode="json") for one in measured.departures]}


def claims_csv(judged: Sequence[Judged]) -> str:
    """Return a row a claim; lists are joined by spaces."""
    rows = [_flat(one) for one in judged]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {key: " ".join(map(str, held)) if isinstance(held, list) else held for key, held in row.items()}
        )
    return text.getvalue()


def for_page(judged: Sequence[Judged], ledger: Ledger) -> dict[str, Any]:
    """Return what a page shows, as it shows it: ``{"totals", "verdicts", "tables": [{…, "claims": [{…}]}]}``."""
    tables = [
        {
            "paper": claim.paper,
            "table": claim.table,
            "title": ledger.papers[claim.paper],
            "quoted": claim.origin == "quoted",
            "protocol": claim.protocol,
            "claims": [
                {
                    **dict(zip(_HEADERS, _cells(one), strict=True)),
                    "why": one.why,
                    "note": one.claim.note,
                    "cell": one.measured.cell if one.measured is not None else "",
                    "checks": [describe(check) for check in one.finding.checks],
                }
                for one in group
            ],
        }
        for claim, group in _tables(judged)
    ]
    return {"totals": _totals(judged), "verdicts": dict(count(judged)), "tables": tables}


def describe(check: Check) -> str:
    """Return a check in one line."""
    chance = f" (1 in {check.one_in:.3g} arbitrary numbers passes)" if check.one_in is not None else ""
    given = f", {check.given}" if check.given else ""
    detail = f": {check.detail}" if check.detail else ""
    return f"{check.what}{given}: {check.status}{detail}{chance}"
