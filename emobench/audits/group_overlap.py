"""People, takes and parents of augmented samples that are in two parts: what a column of the index tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emobench.audits.audit import Audit, AuditInput, Flagged
from emobench.errors import EmobenchError, counted
from emobench.records import EXAMPLES

if TYPE_CHECKING:
    import pandas as pd


def groups_in_two_parts(audit: Audit, data: AuditInput) -> list[Flagged]:
    """Find values of the columns that say of whom a sample is on both sides of the split; empty ones do not count."""
    columns = [name for name in data.dataset.identities if name != "take" and not _is_parent(name)]
    known = {name: values for name in columns if not (values := data.filled(name)).empty}
    if not known:
        raise EmobenchError("the index does not tell of whom the samples are")
    return [flagged for column, values in known.items() for flagged in _shared(audit, data, column, values)]


def takes_in_two_parts(audit: Audit, data: AuditInput) -> list[Flagged]:
    """Find takes (see :class:`emobench.contracts.Index`) that have samples on both sides of the split."""
    takes = data.filled("take")
    if takes.empty:
        raise EmobenchError("the index has no column 'take', or nothing in it")
    return _shared(audit, data, "take", takes)


def parents_in_two_parts(audit: Audit, data: AuditInput) -> list[Flagged]:
    """Find samples that were made from one sample and are on both sides of the split, or on the other side from it.

    A column called ``parent``, or that ends in ``_parent``, has the id of what a sample was made from. Where it is empty,
    the sample is a parent itself and has its own id as a value.
    """
    columns = [name for name in map(str, data.samples.columns) if _is_parent(name)]
    if not columns:
        raise EmobenchError("the index has no column 'parent'")
    own = data.samples.index.to_series()
    return [
        flagged
        for column in columns
        for flagged in _shared(audit, data, column, data.filled(column).reindex(own.index).fillna(own))
    ]


def _is_parent(column: str) -> bool:
    return column == "parent" or column.endswith("_parent")


def _shared(audit: Audit, data: AuditInput, column: str, values: pd.Series[Any]) -> list[Flagged]:
    """Return one finding for each two parts that share a value of a column."""
    found = []
    parts = values.index.map(data.part_of)
    for pair in data.pairs_of_parts():
        shared = set(values[parts == pair.fitted]) & set(values[parts == pair.tested])
        if not shared:
            continue
        fitted, tested = (values.index[(parts == part) & values.isin(shared)] for part in (pair.fitted, pair.tested))
        stand = counted(len(shared), f"value of {column!r} is", f"values of {column!r} are")
        what = (
            f"{stand} in both parts; {len(tested):,} of {len(data.split.parts[pair.tested]):,} samples of {pair.tested} "
            f"have {'it' if len(shared) == 1 else 'one of them'}"
        )
        examples = [f"{column} = {value}" for value in sorted(map(str, shared))[:EXAMPLES]]
        found.append(audit.across(pair, what, examples, fitted, tested))
    return found
