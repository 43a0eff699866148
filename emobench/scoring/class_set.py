"""Which classes a macro average is over: fixed by the samples of a part, so that every resample has the same quantity.

A corpus may hold a class by a few odd files only. In an average over classes each of them would weigh as much as a class of
hundreds, and most resamples would lack it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEWEST_SAMPLES = 10
"""A class of fewer samples is rare: so few say too little of its recall, see the coverage in docs/statistics.md."""

FEWEST_GROUPS_OF_CLASS = 5
"""A class in fewer groups is rare too, where groups are resampled and there are as many."""

ODD_SHARE = 0.05
"""Rare classes that hold a larger share of the samples together are no odd files: they stay, and the interval is unknown."""


@dataclass(frozen=True)
class ClassSet:
    """The classes of a part.

    Attributes:
        averaged: (k,) booleans, which classes a macro average is over: those with samples, but for the ones left out.
        left_out: names of the rare classes that a macro average leaves out.
        rare: names of the rare classes that it is over nevertheless.
    """

    averaged: NDArray[np.bool_]
    left_out: tuple[str, ...] = ()
    rare: tuple[str, ...] = ()


def class_set(truth: NDArray[np.int64], groups: NDArray[np.int64] | None, classes: tuple[str, ...]) -> ClassSet:
    """Return the class set of a part.

    Args:
        truth: (n,) indices of the true classes.
        groups: (n,) integers, the group of each sample; ``None`` where samples are resampled one by one.
        classes: the k classes of the task.
    """
    import numpy as np

    support = np.bincount(truth, minlength=len(classes))
    rare = (support > 0) & (support < FEWEST_SAMPLES)
    if groups is not None:
        within = np.array([len(np.unique(groups[truth == place])) for place in range(len(classes))])
        rare |= (support > 0) & (within < min(FEWEST_GROUPS_OF_CLASS, len(np.unique(groups))))
    names = tuple(classes[place] for place in np.flatnonzero(rare))
    usual = (support > 0) & ~rare
    if support[rare].sum() > ODD_SHARE * support.sum() or usual.sum() < 2:
        return ClassSet(support > 0, rare=names)
    return ClassSet(usual, left_out=names)
