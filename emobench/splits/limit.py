"""``--limit``: at most so many samples of a part, stratified by class."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


# The draw of --limit is part of no result that counts; one fixed seed keeps it the same everywhere.
_LIMIT_SEED = 0


def limited(ids: tuple[str, ...], labels: pd.Series[str], limit: int) -> tuple[str, ...]:
    """Draw ``limit`` of the ids so that the classes keep their shares, as far as whole samples allow.

    Every class gets its share of the places, to within one sample, but at least one place; where there are fewer places
    than classes, the largest classes get them.
    """
    import numpy as np

    if len(ids) <= limit:
        return ids
    members: dict[str, list[str]] = {}
    for sample in ids:
        members.setdefault(str(labels[sample]), []).append(sample)
    largest = sorted(members, key=lambda label: (-len(members[label]), label))
    places = {label: max(1, limit * len(members[label]) // len(ids)) for label in largest[:limit]}

    def below_share(label: str) -> tuple[int, str]:  # in whole numbers: a tie is a tie on every machine
        return limit * len(members[label]) - places[label] * len(ids), label

    while sum(places.values()) < limit:
        places[max(places, key=below_share)] += 1
    while sum(places.values()) > limit:  # what the small classes got beyond their share is taken from the others
        places[min((label for label in places if places[label] > 1), key=below_share)] -= 1
    generator = np.random.default_rng(_LIMIT_SEED)
    chosen = {
        sample
        for label, number in sorted(places.items())
        for sample in generator.choice(np.asarray(members[label], dtype=object), size=number, replace=False)
    }
    return tuple(sample for sample in ids if sample in chosen)
