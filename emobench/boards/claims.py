"""The ledger with its verdicts as text, Markdown, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from emobench.boards.markdown import blocks as as_markdown
from emobench.boards.tables import SCORE, Block, Column, Heading, Items, Table
from emobench.boards.text import NONE, code
from emobench.claims import Arithmetic, Check, Claim, Judged, Ledger, count
from emobench.records import in_words
from emobench.scoring import LEVEL, Interval

_HEADERS = ("row", "column", "printed", "measured", "95% interval", "arithmetic", "verdict")
_NUMBERS = frozenset({"printed", "measured", "95% interval"})


def _tables(judged: Sequence[Judged]) -> Iterable[tuple[Claim, list[Judged]]]:
    for _, group in groupby(judged, key=lambda each: (each.claim.paper, each.claim.table)):
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


def _short(arithmetic: Arithmetic) -> str:
    """Return what arithmetic says, in a few characters."""
    status = arithmetic.status
    if status == "no condition":
        return NONE
    if status == "possible" and arithmetic.excluded and arithmetic.sizes:
        return f"n={'/'.join(map(str, arithmetic.sizes))} only"
    return status.removeprefix("possible only ")


def _row(judged: Judged) -> list[str]:
    claim, measured = judged.claim, judged.measured
    found = [NONE, NONE]
    if measured is not None:
        found = [number(measured.value, claim), _span(measured.interval, claim)]
    return [claim.row, claim.column, value(claim), *found, _short(judged.arithmetic), judged.verdict]


def _span(interval: Interval, claim: Claim) -> str:
    return "unknown" if interval.ends is None else "–".join(number(end, claim) for end in interval.ends)


def _reasons(group: Iterable[Judged]) -> list[str]:
    """Return each reason once, with the rows that it is about."""
    reasons: dict[str, list[str]] = {}
    for judged in group:
        said = [f"{judged.verdict}: {judged.why}"] if judged.why else []
        if judged.verdict != "impossible as printed":
            said += [in_words(judged.readings)] if judged.readings else []
        for why in said:
            reasons.setdefault(why, []).append(judged.claim.row)
    return [f"{', '.join(dict.fromkeys(rows))}: {why}" for why, rows in reasons.items()]


def totals(judged: Sequence[Judged]) -> str:
    """Return the number of claims by verdict, in words."""
    return f"{len(judged)} claims: " + ", ".join(f"{number} {verdict}" for verdict, number in count(judged).items())


@dataclass(frozen=True)
class TableOfClaims:
    """The claims that one table of a paper makes, for a terminal.

    Attributes:
        title: which table it is.
        table: a row a claim.
        reasons: why, each once with the rows that it is about.
    """

    title: str
    table: Table
    reasons: list[str]


def tables_of_claims(judged: Sequence[Judged]) -> Iterator[TableOfClaims]:
    """Yield the tables of the papers, in their order."""
    columns = [Column(name, SCORE if name in _NUMBERS else "") for name in _HEADERS]
    for claim, group in _tables(judged):
        title = f"paper {claim.paper}, {claim.table}" + (" (quoted)" if claim.origin == "quoted" else "")
        yield TableOfClaims(title, Table(title, columns, [_row(each) for each in group]), _reasons(group))


def claims_markdown(judged: Sequence[Judged], ledger: Ledger, *, level: int = 2) -> str:
    """Return a section a table; ``level`` is that of its headings, so that a board can take it in."""
    blocks: list[Block] = [f"{totals(judged)}."]
    columns = [Column(name, SCORE if name in _NUMBERS else "") for name in (*_HEADERS, "cell")]
    for claim, group in _tables(judged):
        quoted = ", quoted from others" if claim.origin == "quoted" else ""
        title = f"Paper {claim.paper}, {claim.table}"
        rows = [[*_row(each), code(each.measured.cell) if each.measured else NONE] for each in group]
        blocks += [Heading(f"{title}{quoted}", level), f"{ledger.papers[claim.paper]}. Protocol: {claim.protocol}."]
        blocks.append(Table(title, columns, rows))
        if reasons := _reasons(group):
            blocks.append(Items(reasons))
    return as_markdown.blocks(blocks) + "\n"


def _flat(judged: Judged) -> dict[str, Any]:
    claim, measured = judged.claim, judged.measured
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
        "arithmetic": judged.arithmetic.status,
        "possible_sizes": list(judged.arithmetic.sizes),
        "excluded_sizes": list(judged.arithmetic.excluded),
        "verdict": judged.verdict,
        "why": judged.why,
        "note": claim.note,
        "measured": measured and measured.value,
        "low": measured and measured.interval.low,
        "high": measured and measured.interval.high,
        "seeds": list(measured.seeds) if measured else [],
        "minus": claim.minus,
        "readings": in_words(judged.readings),
        "points": judged.points,
        "n": measured and measured.n,
        "experiment": measured and measured.experiment,
        "cell": measured and measured.cell,
    }


def claims_json(judged: Sequence[Judged], ledger: Ledger) -> str:
    """Return everything, with every check of arithmetic; measured values and ends of intervals are shares in [0, 1]."""
    claims = []
    for each in judged:
        result = None
        if each.measured is not None:
            departures = [departure.model_dump(mode="json") for departure in each.measured.departures]
            result = {**asdict(each.measured), "departures": departures}
        checks = [asdict(check) for check in each.arithmetic.checks]
        claims.append({**_flat(each), "checks": checks, "result": result})
    content = {
        "schema_version": 1,
        "level": LEVEL,
        "papers": ledger.papers,
        "verdicts": count(judged),
        "claims": claims,
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def claims_csv(judged: Sequence[Judged]) -> str:
    """Return a row a claim; lists are joined by spaces."""
    rows = [_flat(each) for each in judged]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        lists = {key: " ".join(map(str, held)) for key, held in row.items() if isinstance(held, list)}
        writer.writerow({**row, **lists})
    return text.getvalue()


def for_page(judged: Sequence[Judged], ledger: Ledger) -> dict[str, Any]:
    """Return what a page shows, as it shows it: ``{"totals", "verdicts", "papers", "tables": [{…, "claims": [{…}]}]}``."""
    tables = []
    for claim, group in _tables(judged):
        rows = [
            {
                **dict(zip(_HEADERS, _row(each), strict=True)),
                "why": "; ".join(filter(None, (each.why, in_words(each.readings)))),
                "note": each.claim.note,
                "cell": each.measured.cell if each.measured else "",
                "checks": [describe(check) for check in each.arithmetic.checks],
            }
            for each in group
        ]
        quoted = claim.origin == "quoted"
        about = {"paper": claim.paper, "table": claim.table, "title": ledger.papers[claim.paper], "quoted": quoted}
        tables.append({**about, "protocol": claim.protocol, "claims": rows})
    papers = [
        {"name": name, "title": title, "link": ledger.links.get(name, "")} for name, title in ledger.papers.items()
    ]
    return {"totals": totals(judged), "verdicts": dict(count(judged)), "papers": papers, "tables": tables}


def describe(check: Check) -> str:
    """Return a check in one line."""
    chance = f" (1 in {check.one_in:.3g} arbitrary numbers passes)" if check.one_in is not None else ""
    given = f", {check.given}" if check.given else ""
    detail = f": {check.detail}" if check.detail else ""
    return f"{check.what}{given}: {check.status}{detail}{chance}"
