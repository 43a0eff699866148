"""Whether a model's columns are other classes than it declares, told from a confusion matrix."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from emobench.records import ClassOrder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MARGIN = 0.1
"""So much higher the mean recall of the classes that change places must be."""

ALPHA = 0.001
"""Of the sign test, divided by the number of all permutations, of which the best was taken."""


def class_order(confusion: NDArray[np.int64], classes: tuple[str, ...], part: str) -> ClassOrder | None:
    """Return the permutation of a model's columns that is clearly better than the declared order, if there is one.

    The permutation with the highest mean recall is found by linear assignment. Recall, and not accuracy: a model that
    favours one class would otherwise seem to call the commonest class so. Of its cycles those count that

    - raise the mean recall of their classes by :data:`MARGIN` or more, and
    - pass a one-sided sign test on the samples that exactly one of the two orders has right: p times k!, the number of
      permutations, is below :data:`ALPHA`. Of seven classes that takes 23 samples or more.

    Columns that say nothing of the class pass neither, except by that chance. A model that keeps taking one class for another
    is only found where it does so more often, in both together, than it is right.

    Args:
        confusion: (k, k) counts of labelled samples; rows are true classes, columns predicted ones.
        classes: k names.
        part: whose samples these are, for the record.
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    support = confusion.sum(axis=1)
    recall = confusion / np.maximum(support, 1)[:, None]
    # Of permutations that are equally good, one that leaves more classes where they are.
    _, column_of = linear_sum_assignment(recall + 1e-9 * np.eye(len(classes)), maximize=True)
    kept = [cycle for cycle in _cycles(column_of) if _is_clear(confusion, recall, cycle, math.factorial(len(classes)))]
    if not kept:
        return None
    order = np.arange(len(classes))
    for cycle in kept:
        order[cycle] = column_of[cycle]
    return ClassOrder(
        part=part,
        samples=int(support.sum()),
        accuracy=float(np.trace(confusion) / support.sum()),
        permuted=float(confusion[np.arange(len(classes)), order].sum() / support.sum()),
        cycles=tuple(tuple(classes[place] for place in cycle) for cycle in kept),
    )


def _cycles(column_of: NDArray[Any]) -> Iterator[list[int]]:
    """Yield the cycles of a permutation, each from a class to the column that it is in, to that column's class, and so on."""
    done: set[int] = set()
    for first in range(len(column_of)):
        cycle, place = [], first
        while place not in done:
            done.add(place)
            cycle.append(place)
            place = int(column_of[place])
        if len(cycle) > 1:
            yield cycle


def _is_clear(confusion: NDArray[np.int64], recall: NDArray[np.float64], cycle: list[int], permutations: int) -> bool:
    from scipy.stats import binomtest

    columns = [*cycle[1:], cycle[0]]  # of the classes of the cycle, after the permutation
    present = confusion[cycle].sum(axis=1) > 0
    gain = float((recall[cycle, columns] - recall[cycle, cycle])[present].mean()) if present.any() else 0.0
    right, before = int(confusion[cycle, columns].sum()), int(confusion[cycle, cycle].sum())
    if gain < MARGIN or right <= before:
        return False
    return float(binomtest(right, right + before, alternative="greater").pvalue) * permutations < ALPHA
