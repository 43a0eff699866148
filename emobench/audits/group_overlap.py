"""People, takes and parents of augmented samples that stand in two parts: what a column of the index tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emobench.audits.audit import AuditInput, Flagged, flagged_across
from emobench.errors import EmobenchError, counted
from emobench.records import EXAMPLES

if TYPE_CHECKING:
    import pandas as pd

GROUPS, TAKES, PARENTS = "groups-in-two-parts", "takes-in-two-parts", "parents-in-two-parts"


def groups_in_two_parts(data: AuditInput) -> list[Flagged]:
    """Find values of the columns that say of whom a sample is on both sides of the split; empty ones do not count.

    Raises:
        EmobenchError: the dataset does not tell of whom its samples are, or nothing is fitted.
    """
    known = {}
    for column in data.dataset.identities:
        if column != "take" and not _is_parent(column):
            try:
                known[column] = data.column(column)
            except EmobenchError:  # one column of several may be empty in this copy
                continue
    if not known:
        raise EmobenchError("the index does not tell of whom the samples are")
    return [flagged for column, values in known.items() for flagged in _shared(data, GROUPS, column, values)]


def takes_in_two_parts(data: AuditInput) -> list[Flagged]:
    """Find takes (see :class:`emobench.contracts.Index`) that have samples on both sides of the split.

    Raises:
        EmobenchError: the index has no takes, or nothing is fitted.
    """
    return _shared(data, TAKES, "take", data.column("take"))


def parents_in_two_parts(data: AuditInput) -> list[Flagged]:
    """Find samples that were made from one sample and stand on both sides of the split, or on the other side from it.

    A column called ``parent``, or that ends in ``_parent``, has the id of what a sample was made from. Where it is empty,
    the sample is a parent itself and goes by its own id.

    Raises:
        EmobenchError: the index names no parents, or nothing is fitted.
    """
    columns = [name for name in map(str, data.samples.columns) if _is_parent(name)]
    if not columns:
        raise EmobenchError("the index has no column 'parent'")
    found = []
    for column in columns:
        parents = data.samples[column]
        own = parents.isna() | (parents.astype(str) == "")
        found += _shared(data, PARENTS, column, parents.mask(own, data.samples.index.to_series()))
    return found


def _is_parent(column: str) -> bool:
    """Whether a column has the ids of what samples were made from."""
    return column == "parent" or column.endswith("_parent")


def _shared(data: AuditInput, audit: str, column: str, values: pd.Series[Any]) -> list[Flagged]:
    """Return one finding for each two parts that share a value of a column."""
    found = []
    parts = values.index.map(data.part_of)
    for pair in data.pairs_of_parts():
        shared = set(values[parts == pair.fitted]) & set(values[parts == pair.tested])
        if not shared:
            continue
        both = values.isin(shared)
        tested = values.index[(parts == pair.tested) & both]
        stand = counted(len(shared), f"value of {column!r} stands", f"values of {column!r} stand")
        what = (
            f"{stand} in both parts; {len(tested):,} of {len(data.split.parts[pair.tested]):,} samples of {pair.tested} "
            f"have {'it' if len(shared) == 1 else 'one of them'}"
        )
        examples = [f"{column} = {value}" for value in sorted(map(str, shared))[:EXAMPLES]]
        found.append(flagged_across(audit, pair, what, examples, values.index[(parts == pair.fitted) & both], tested))
    return found
