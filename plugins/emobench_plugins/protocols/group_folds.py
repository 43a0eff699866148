"""k folds with speakers, actors, identities, or the values of any other column apart."""

from __future__ import annotations

import math
from collections.abc import Mapping
from operator import mul
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import hookimpl
from emobench.contracts import SplitProtocol
from emobench_plugins.protocols._columns import filled
from emobench_plugins.protocols._folding import FoldingProtocol, number_of_folds
from emobench_plugins.protocols._hash_order import place

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


class GroupFolds(FoldingProtocol):
    """Folds between which no value of the column ``by`` is shared, with the classes in balance as far as that allows.

    Groups are dealt in rounds: each fold gets one before any gets the next, so that no fold is empty and folds differ by one
    group at most. The largest groups are dealt first, those of one size in the order of hashes over seed and value. A group
    goes to the fold of its round that has least of what the group brings: the product of both, each as a share of the class,
    summed over the classes. That is the choice after which the classes are spread most evenly over the folds, by the sum of
    squares. Folds are named ``1``, ``2`` and so on. Validation, if asked for, is the next fold, so that its groups are apart
    from those of training and of test.

    scikit-learn's StratifiedGroupKFold is not used: from one version to the next it divided the same samples differently
    (pull request 32540), and it may leave a fold empty (issue 33085). A split that is published by its hash must not move.
    """

    name: ClassVar[str] = "group-folds"
    title: ClassVar[str] = "k folds, groups apart"
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {"folds": 5, "by": "group", "seed": 0, "validation": False, "fold": ""}
    )

    def deal(self, samples: pd.DataFrame, **parameters: Any) -> Mapping[str, frozenset[str]]:
        """Deal the groups.

        Raises:
            EmobenchError: there are more folds than groups, the column is missing or has gaps, or ``folds`` is no number of
                folds.
        """
        import pandas as pd

        by, seed = parameters["by"], parameters["seed"]
        groups = filled(samples, by, self.name)
        count = number_of_folds(parameters["folds"], groups.nunique(), f"values of the column {by!r}")
        table = pd.crosstab(groups, samples["label"])
        sizes = {str(group): int(size) for group, size in table.sum(axis=1).items()}
        table = table.loc[sorted(sizes, key=lambda group: (-sizes[group], place(seed, group)))]
        fold_of = dict(zip(table.index, _rounds(table.to_numpy(), count), strict=True))
        own = groups.map(fold_of)
        return {str(fold + 1): frozenset(samples["sample_id"][own == fold]) for fold in range(count)}


def _rounds(counts: NDArray[np.int64], folds: int) -> list[int]:
    """Return the fold of each group.

    Args:
        counts: (groups, classes) samples, in the order in which groups are dealt.
        folds: number of folds.
    """
    # Whole numbers, so that a tie is a tie on every machine: shares are brought to one denominator.
    sizes = counts.sum(axis=0).tolist()
    weights = [(math.lcm(*sizes) // size) ** 2 for size in sizes]
    held = [[0] * len(sizes) for _ in range(folds)]
    chosen: list[int] = []
    for number, row in enumerate(counts.tolist()):
        brought = [weight * count for weight, count in zip(weights, row, strict=True)]
        taken = set(chosen[number - number % folds :])
        free = (fold for fold in range(folds) if fold not in taken)
        best = min(free, key=lambda fold: sum(map(mul, held[fold], brought)))
        held[best] = [before + more for before, more in zip(held[best], row, strict=True)]
        chosen.append(best)
    return chosen


@hookimpl
def emobench_protocols() -> list[SplitProtocol]:
    """Register the folds by group."""
    return [GroupFolds()]
