"""What protocols that make folds have in common: one part called ``test`` a fold, and validation from the next fold."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from emobench.contracts import Split, SplitProtocol
from emobench.errors import EmobenchError
from emobench_plugins.protocols._columns import by_id

if TYPE_CHECKING:
    import pandas as pd


class FoldingProtocol(SplitProtocol):
    """A rule that divides the samples into folds, each of which is tested once.

    Subclasses say in :meth:`deal` which sample belongs to which fold. In one fold, its samples are tested. Where the
    parameter ``validation`` is true, those of the next fold (of the first, for the last one) are validation; all others are
    trained on. So validation is divided from training as the test part is.
    """

    @abstractmethod
    def deal(self, samples: pd.DataFrame, **parameters: Any) -> Mapping[str, frozenset[str]]:
        """Return the sample ids of each fold, by name, in order: every sample in one fold, two folds at least.

        Args:
            samples: the index after the label map, in the order of the ids.
            **parameters: every parameter of the protocol.
        """

    def folds(self, samples: pd.DataFrame, **parameters: Any) -> tuple[str, ...]:
        """Return the names of the folds.

        Raises:
            EmobenchError: the samples cannot be divided by this rule.
        """
        return tuple(self._dealt(samples, parameters))

    def split(self, samples: pd.DataFrame, **parameters: Any) -> Split:
        """Return the parts of one fold.

        Raises:
            EmobenchError: the samples cannot be divided by this rule, or ``fold`` names none of the folds.
        """
        dealt = self._dealt(samples, parameters)
        names, fold = list(dealt), parameters["fold"]
        if fold not in names:
            raise EmobenchError(
                f"protocol {self.name!r} makes folds, and {fold!r} is none of them",
                remedy=f"name a fold: {_some(names)}",
            )
        part_of, parts = dict.fromkeys(dealt[fold], "test"), ["train", "test"]
        if parameters.get("validation", False):
            following = names[(names.index(fold) + 1) % len(names)]
            part_of |= dict.fromkeys(dealt[following], "validation")
            parts.insert(1, "validation")
        own = samples["sample_id"].map(lambda sample: part_of.get(sample, "train"))
        return Split({part: tuple(samples["sample_id"][own == part]) for part in parts})

    def _dealt(self, samples: pd.DataFrame, parameters: Mapping[str, Any]) -> Mapping[str, frozenset[str]]:
        dealt = self.deal(by_id(samples), **parameters)
        if parameters.get("validation", False) and len(dealt) < 3:
            raise EmobenchError(
                f"protocol {self.name!r} makes {len(dealt)} folds here: one is tested, one is validation, none is trained on",
                remedy="leave validation out, or make three folds or more",
            )
        return dealt


def number_of_folds(folds: object, most: int, of: str) -> int:
    """Return the number of folds that a suite asks for.

    Args:
        folds: the parameter.
        most: how many there can be.
        of: what there is that many of, for the message.

    Raises:
        EmobenchError: no whole number from 2 up to ``most``.
    """
    if isinstance(folds, bool) or not isinstance(folds, int) or folds < 2:
        raise EmobenchError(f"folds is {folds!r}", remedy="give a whole number, 2 or more")
    if folds > most:
        raise EmobenchError(f"{folds} folds of {most} {of}", remedy=f"make {most} folds at most, or use more data")
    return folds


def _some(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 12 else f"{', '.join(names[:10])} and {len(names) - 10} more"
