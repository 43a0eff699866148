"""Why an experiment has no cell of its own: a kind and what it concerns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "not found",
    "unusable",
    "too small",
    "no target",
    "few people",
    "no people",
    "no validation part",
    "no member",
    "same as",
    "not run",
]

_WORDS: Mapping[Kind, str] = {
    "not found": "{what} was not found",
    "unusable": "{what}",
    "too small": "a twin has too few samples for it",
    "no target": "{what}",
    "few people": "it names {what} in all, too few to keep people apart in training, validation and test",
    "no people": "not every sample says of whom it is, so that people cannot be kept apart",
    "no validation part": "{what!r} learns from a validation part, and its members have none",
    "no member": "its member {what!r} has no cell",
    "same as": "the same as {what!r} in all that determines the result",
    "not run": "not run",
}


@dataclass(frozen=True)
class Skipped:
    """An experiment that has no cell of its own.

    Attributes:
        kind: why, see :attr:`reason`.
        what: what the kind is about: the dataset's name, the error, the fusion, the member, the other experiment.
        cell: id of the cell that it shares; empty where it shares none, or where that is not known.
    """

    experiment: str
    kind: Kind
    what: str = ""
    cell: str = ""

    @property
    def unusable(self) -> bool:
        """Whether the data is there and cannot be used."""
        return self.kind == "unusable"

    @property
    def same_as(self) -> str:
        """The experiment whose cell it shares; empty where it shares none."""
        return self.what if self.kind == "same as" else ""

    @property
    def reason(self) -> str:
        """The reason in words, on one line."""
        shared = f" (cell {self.cell})" if self.cell else ""
        return _WORDS[self.kind].format(what=self.what) + shared
