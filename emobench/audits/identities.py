"""People, takes and parents of augmented samples that stand in two parts: what a column of the index tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emobench.audits.audit import Caught, Material, caught_across, pairs_of_parts
from emobench.audits.report import EXAMPLES, AuditFinding
from emobench.audits.wording import counted
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    import pandas as pd

GROUPS, TAKES, PARENTS = "groups-in-two-parts", "takes-in-two-parts", "parents-in-two-parts"


def groups_in_two_parts(material: Material) -> list[Caught]:
    """Find values of the columns that say of whom a sample is on both sides of the split; empty ones do not count.

    Raises:
        EmobenchError: the dataset does not tell of whom its samples are, or nothing is fitted.
    """
    columns = [name for name in material.dataset.identities if name != "take" and not is_parent(name)]
    found, told = [], False
    for column in columns:
        try:
            values = material.column(column)
        except EmobenchError:  # one column of several may be empty in this copy
            continue
        told = True
        found += _shared(material, GROUPS, column, values)
    if not told:
        raise EmobenchError("the index does not tell of whom the samples are")
    return found


def takes_in_two_parts(material: Material) -> list[Caught]:
    """Find takes (see :class:`emobench.contracts.Index`) that have samples on both sides of the split.

    Raises:
        EmobenchError: the index has no takes, or nothing is fitted.
    """
    return _shared(material, TAKES, "take", material.column("take"))


def parents_in_two_parts(material: Material) -> list[Caught]:
    """Find samples that were made from one sample and stand on both sides of the split, or on the other side from it.

    A column called ``parent``, or that ends in ``_parent``, has the id of what a sample was made from. Where it is empty,
    the sample is a parent itself and goes by its own id.

    Raises:
        EmobenchError: the index names no parents, or nothing is fitted.
    """
    columns = [name for name in map(str, material.samples.columns) if is_parent(name)]
    if not columns:
        raise EmobenchError("the index has no column 'parent'")
    found = []
    for column in columns:
        parents = material.samples[column]
        own = parents.isna() | (parents.astype(str) == "")
        found += _shared(material, PARENTS, column, parents.mask(own, material.samples.index.to_series()))
    return found


def is_parent(column: str) -> bool:
    """Whether a column has the ids of what samples were made from."""
    return column == "parent" or column.endswith("_parent")


def _shared(material: Material, audit: str, column: str, values: pd.Series[Any]) -> list[Caught]:
    """Return one finding for each two parts that share a value of a column."""
    found = []
    parts = values.index.map(material.part_of)
    for first, second, severity in pairs_of_parts(material.split):
        shared = set(values[parts == first]) & set(values[parts == second])
        if not shared:
            continue
        inside = list(values.index[(parts == first) & values.isin(shared)])
        outside = list(values.index[(parts == second) & values.isin(shared)])
        stand = counted(len(shared), f"value of {column!r} stands", f"values of {column!r} stand")
        finding = AuditFinding(
            audit=audit,
            severity=severity,
            part=f"{first} / {second}",
            count=len(outside),
            what=f"{stand} in both parts; {len(outside):,} of {len(material.split.parts[second]):,} samples of {second} "
            f"have {'it' if len(shared) == 1 else 'one of them'}",
            examples=tuple(f"{column} = {value}" for value in sorted(map(str, shared))[:EXAMPLES]),
        )
        found.append(caught_across(finding, inside, outside, material.split))
    return found
