"""From the labels of a dataset to the classes of a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

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

    def apply(self, labels: pd.Series[str]) -> pd.Series[str]:
        """Return the class of each label, missing (NaN) where the map leaves the sample out.

        Raises:
            EmobenchError: a label is not in the map, or no sample remains.
        """
        unknown = sorted(set(labels) - set(self.mapping))
        if unknown:
            raise EmobenchError(
                f"label map {self.name!r} says nothing about {', '.join(map(repr, unknown))}",
                remedy=f"use a map for these labels; this one knows {', '.join(self.mapping)}",
            )
        mapped = labels.map(dict(self.mapping))
        if mapped.isna().all():
            raise EmobenchError(f"label map {self.name!r} leaves no sample of this dataset", remedy="use another map")
        return mapped
