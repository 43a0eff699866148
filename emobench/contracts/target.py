"""What is to be told of a sample besides one class: how raters voted, or numbers such as valence and arousal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["class", "distribution", "values"]
"""One class; shares of raters that sum to one; named numbers."""

Range = tuple[float, float] | None
"""The least and the largest number that can stand there; ``None``: any."""


@dataclass(frozen=True)
class Target:
    """A target of a dataset that is no class; what of one kind ``class`` it has, its labels and a label map say.

    The index has a column of numbers, ``<name>.<each of names>``, for each of :attr:`names`.

    Attributes:
        name: lower-case name with hyphens, which no label map has.
        kind: ``distribution``: the columns hold votes, counts or shares of raters, none negative; ``values``: numbers.
        names: the classes, or the dimensions, in order.
        ranges: of values, that of each dimension; empty where any number may stand.
    """

    name: str
    kind: Literal["distribution", "values"]
    names: tuple[str, ...]
    ranges: tuple[Range, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the index, in the order of the names."""
        return tuple(f"{self.name}.{each}" for each in self.names)
