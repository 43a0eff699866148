"""k folds by clip, as papers make them that report cross-validation without saying of whom."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import hookimpl
from emobench.contracts import SplitProtocol
from emobench_plugins.protocols._folding import FoldingProtocol, number_of_folds
from emobench_plugins.protocols._hash_order import place

if TYPE_CHECKING:
    import pandas as pd


class ClipFolds(FoldingProtocol):
    """Folds of clips drawn at random, stratified by class, whoever speaks in them.

    It is leaky: the same people, and other takes of the same sentences, stand on both sides of every fold.

    Within each class, clips are dealt to the folds in turn, in the order of hashes over seed and sample id; one class goes on
    where the one before it stopped. So the folds differ by one clip at most, in all and in every class. Folds are named
    ``1``, ``2`` and so on. Validation, if asked for, is the next fold: drawn by clip as well.
    """

    name: ClassVar[str] = "clip-folds"
    title: ClassVar[str] = "k folds by clip (leaky)"
    leaky: ClassVar[bool] = True
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType({"folds": 5, "seed": 0, "validation": False, "fold": ""})

    def deal(self, samples: pd.DataFrame, **parameters: Any) -> Mapping[str, frozenset[str]]:
        """Deal the clips of each class in turn.

        Raises:
            EmobenchError: there are more folds than clips, or ``folds`` is no number of folds.
        """
        count = number_of_folds(parameters["folds"], len(samples), "clips")
        seed = parameters["seed"]
        clips = sorted(
            zip(samples["label"], samples["sample_id"], strict=True),
            key=lambda clip: (clip[0], place(seed, clip[1])),
        )
        return {str(fold + 1): frozenset(clip for _, clip in clips[fold::count]) for fold in range(count)}


@hookimpl
def emobench_protocols() -> list[SplitProtocol]:
    """Register the folds by clip."""
    return [ClipFolds()]
