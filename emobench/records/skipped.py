"""Why an experiment has no cell of its own: a kind and what it concerns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["not found", "unusable", "too small", "no validation part", "no member", "same as", "not run"]

_WORDS: Mapping[Kind, str] = {
    "not found": "{what} was not found",
    "unusable": "{what}",
    "too small": "a twin has too few samples for it",
    "no validation part": "{name} learns from a validation part, and its members have none",
    "no member": "its member {name} has no cell",
    "same as": "the same as {name} in all that determines the result",
    "not run": "not run",
}


@dataclass(frozen=True)
class Skipped:
    """An experiment that has no cell of its own.

    Attributes:
        experiment: its name.
        kind: ``not found``: its data is not there; ``unusable``: the data is there and cannot be used; ``too small``: a
            synthetic twin is too small for it; ``no validation part``: its fusion learns, and the members have no such part;
            ``no member``: a cell that it needs was not planned; ``same as``: another experiment is the same in all that
            determines the result; ``not run``: nobody has run it.
        what: what the kind is about: the dataset's title, the error, the fusion, the member, the other experiment.
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
        return _WORDS[self.kind].format(what=self.what, name=repr(self.what)) + shared
