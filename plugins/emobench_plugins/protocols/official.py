"""The split that a dataset's publisher made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from emobench import hookimpl
from emobench.contracts import Split, SplitProtocol
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    import pandas as pd

_REMEDY = "get a complete copy (`emobench data status` says from where), or choose another protocol"


class OfficialSplit(SplitProtocol):
    """The parts that the column ``split`` names.

    ``train`` comes first, ``validation`` next if there is one, and the test parts follow in alphabetical order, whatever the
    order of the rows.
    """

    name: ClassVar[str] = "official"
    title: ClassVar[str] = "official split"
    requires: ClassVar[tuple[str, ...]] = ("split",)

    def split(self, samples: pd.DataFrame, **parameters: Any) -> Split:
        """Divide by the column ``split``.

        Raises:
            EmobenchError: there is no such column, a sample has no value in it, or the training or every test part is
                absent.
        """
        if "split" not in samples:
            raise EmobenchError("this dataset has no official split", remedy="choose another protocol")
        unassigned = samples["sample_id"][samples["split"].isna() | (samples["split"] == "")]
        if len(unassigned):
            raise EmobenchError(
                f"{len(unassigned)} samples stand in no part of the official split, among them {unassigned.iloc[0]}",
                remedy=_REMEDY,
            )
        names = sorted(set(samples["split"]), key=lambda name: (name != "train", name != "validation", name))
        parts = {name: tuple(samples["sample_id"][samples["split"] == name]) for name in names}
        if "train" not in parts:
            raise EmobenchError(f"the official training part is missing; there is only {_and(names)}", remedy=_REMEDY)
        if set(parts) <= {"train", "validation"}:
            raise EmobenchError(f"the official test part is missing; there is only {_and(names)}", remedy=_REMEDY)
        return Split(parts)


def _and(names: list[str]) -> str:
    return " and ".join(names) or "an empty index"


@hookimpl
def emobench_protocols() -> list[SplitProtocol]:
    """Register the official split."""
    return [OfficialSplit()]
