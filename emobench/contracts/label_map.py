"""From the labels of a dataset to the classes of a task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emobench.contracts.label_spellings import SPELLINGS, same_label
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class LabelMap:
    """A named, versioned map from datasets' labels to the classes of a task.

    Attributes:
        name: lower-case name with hyphens.
        version: raised whenever ``classes`` or ``mapping`` change.
        classes: the classes, in the order of the columns of every probability array.
        mapping: dataset label to class; ``None`` leaves the samples of that label out of the task.
    """

    name: str
    version: int
    classes: tuple[str, ...]
    mapping: Mapping[str, str | None]

    def class_of(self, label: str) -> str | None:
        """Return the class of a label, or of that which means the same; ``None`` where it is left out, or not known."""
        known = same_label(label, self.mapping)
        return None if known is None else self.mapping[known]

    @property
    def understood(self) -> dict[str, list[str]]:
        """Every class with the labels that become it, and the ways in which those are written."""
        known = dict.fromkeys((*self.mapping, *(each for every in SPELLINGS.values() for each in every)))
        return {
            name: [label for label in known if label != name and self.class_of(label) == name] for name in self.classes
        }

    def knows(self, labels: Iterable[str]) -> bool:
        """Tell whether every label is in the map, or means what one there means."""
        return all(same_label(label, self.mapping) is not None for label in labels)

    def apply(self, labels: pd.Series[str]) -> pd.Series[str]:
        """Return the class of each label, missing (NaN) where the map leaves the sample out.

        A label that is not in the map counts as the one there that means the same, see
        :data:`emobench.contracts.SPELLINGS`.

        Raises:
            EmobenchError: a label is not in the map, or no sample remains.
        """
        meant = {label: same_label(label, self.mapping) for label in sorted(set(labels))}
        unknown = [label for label, known in meant.items() if known is None]
        if unknown:
            raise EmobenchError(
                f"label map {self.name!r} says nothing about {', '.join(map(repr, unknown))}",
                remedy=f"use a map for these labels; this one knows {', '.join(self.mapping)}",
            )
        mapped = labels.map({label: self.mapping[known] for label, known in meant.items() if known is not None})
        if mapped.isna().all():
            raise EmobenchError(f"label map {self.name!r} leaves no sample of this dataset", remedy="use another map")
        return mapped
