"""A rule that divides a dataset, and the parts that it makes."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import pandas as pd


PARTS: Mapping[str, tuple[str, ...]] = {
    "train": ("train", "training", "trn", "tr"),
    "validation": ("validation", "valid", "val", "dev", "devel", "development"),
    "test": ("test", "testing", "tst", "eval", "evaluation"),
}
"""What lists call the parts, in lower case; a digit may follow, as in Test1. Any other name is that of a test part."""


def part_called(name: str) -> str:
    """Return the part that a list means: ``train``, ``validation``, or the name of a test part."""
    plain = name.strip().lower()
    word = plain.rstrip("0123456789")
    part = next((part for part, words in PARTS.items() if word.rstrip(" _-") in words), None)
    if part is None:
        return name.strip()
    return part + plain[len(word) :] if part == "test" else part


@dataclass(frozen=True)
class Split:
    """The parts of a dataset under a protocol.

    Attributes:
        parts: sample ids by part, in index order. ``train`` is fitted on, and may be absent where nothing is fitted;
            ``validation``, if there, may choose epochs or the weights of a fusion; every other part is a test part.
        unmatched: names in somebody's lists that no sample has.
    """

    parts: Mapping[str, tuple[str, ...]]
    unmatched: tuple[str, ...] = ()

    @property
    def test_parts(self) -> tuple[str, ...]:
        """Names of the test parts, in the protocol's order."""
        return tuple(name for name in self.parts if name not in ("train", "validation"))

    @cached_property
    def hashes(self) -> dict[str, str]:
        """Sha256 of each part's sorted sample ids, joined by newlines."""
        return {name: hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest() for name, ids in self.parts.items()}


class SplitProtocol(ABC):
    """A rule that divides a dataset into parts.

    Attributes:
        name: lower-case name with hyphens.
        title: one line for people.
        requires: columns of the index that it needs to be there and filled.
        leaky: whether it lets what identifies a person, a take or a recording be on both sides.
        parameters: names and defaults of what a suite may set. A rule that makes folds has one called ``fold``, with the
            default ``""``.
        files: names of parameters that are paths of files or folders; a cell is identified by what is in them.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    requires: ClassVar[tuple[str, ...]] = ()
    leaky: ClassVar[bool] = False
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    files: ClassVar[tuple[str, ...]] = ()

    def folds(self, samples: pd.DataFrame, **parameters: Any) -> tuple[str, ...]:
        """Return the names of the folds, in order; none for a rule that divides the samples once.

        The harness fits one model a fold, with the fold's name as the parameter ``fold``, and then puts together what the
        folds predict for their test parts, which must not overlap. A suite that sets ``fold`` itself gets that fold alone.

        Args:
            samples: as in :meth:`split`.
            **parameters: every name in :attr:`parameters`.

        Raises:
            EmobenchError: the samples cannot be divided by this rule.
        """
        return ()

    @abstractmethod
    def split(self, samples: pd.DataFrame, **parameters: Any) -> Split:
        """Divide the samples.

        Args:
            samples: the index after the label map: ``label`` holds the class.
            **parameters: every name in :attr:`parameters`; where the rule makes folds, ``fold`` names one of them.

        Returns:
            The parts. What is tested in one fold is called the same in every fold.

        Raises:
            EmobenchError: the samples cannot be divided by this rule.
        """
