"""Cells beside each other: whether they agree on samples, labels and splits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from emobench.publishing.bundles.checks.read import Bundled
from emobench.records import Cell, limit_of


def contradictions(cells: Iterable[tuple[str, Bundled]]) -> Iterator[tuple[str, str]]:
    """Yield the cells that say otherwise than an earlier one about the same data, and what.

    Args:
        cells: where each is, and the cell; those that are trusted first.
    """
    contents: dict[tuple[str, str], tuple[str, str]] = {}
    samples: dict[tuple[str, ...], dict[str, tuple[str, str]]] = {}
    splits: dict[tuple[str, ...], tuple[dict[str, str], str]] = {}
    for where, bundled in cells:
        cell, identity = bundled.record.cell, bundled.record.cell.identity
        if cell.provenance == "official":
            files = identity.dataset, identity.fingerprint
            content, first = contents.setdefault(files, (identity.content, where))
            if content != identity.content:
                yield where, f"the same files of {identity.dataset!r} have another content than in {first}"
        data = identity.dataset, identity.content, identity.labels
        for column in ("label", "group"):
            values = list(zip(bundled.table["sample_id"], bundled.table[column], strict=True))
            yield from _other_values(where, column, values, samples.setdefault((column, *data), {}))
        split, first = splits.setdefault((*data, *_rule(cell)), (identity.split, where))
        other = sorted(part for part in split.keys() & identity.split.keys() if split[part] != identity.split[part])
        if other:
            yield where, f"the part {other[0]!r} has other samples than in {first}, by the same rule on the same data"


def _other_values(
    where: str, column: str, values: list[tuple[str, str]], known: dict[str, tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """Yield the first sample that has another value than in an earlier cell; add to what is known of samples."""
    other = [(sample, value) for sample, value in values if known.get(sample, (value,))[0] != value]
    if other:
        sample, value = other[0]
        there, first = known[sample]
        others = f", and {len(other) - 1:,} more" if len(other) > 1 else ""
        yield where, f"the {column} of sample {sample!r} is {value!r}, and {there!r} in {first}{others}"
    for sample, value in values:
        known.setdefault(sample, (value, where))


def _rule(cell: Cell) -> tuple[str, ...]:
    """Return what decides, with the data, how a cell's samples are divided."""
    identity = cell.identity
    limit = limit_of(cell.departures)
    policies = sorted(identity.policies.items())
    return identity.protocol.model_dump_json(), str(policies), str(bool(identity.folds)), str(limit)
