"""Leave one out: as many folds as there are speakers, actors, or values of any other column."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import hookimpl
from emobench.contracts import SplitProtocol
from emobench.errors import EmobenchError
from emobench_plugins.protocols._columns import filled
from emobench_plugins.protocols._folding import FoldingProtocol

if TYPE_CHECKING:
    import pandas as pd


class LeaveOneGroupOut(FoldingProtocol):
    """A fold for each value of the column ``by``: it is tested, and all the others are trained on.

    Nothing is drawn by chance. Folds are named after the values and come in their alphabetical order; what is not a letter
    of the alphabet, a digit, a dot, a hyphen or an underscore becomes a hyphen in a name. Validation, if asked for, is the
    next value, the first one for the last: one group as well, apart from training and test.
    """

    name: ClassVar[str] = "leave-one-group-out"
    title: ClassVar[str] = "leave one group out"
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType({"by": "group", "validation": False, "fold": ""})

    def deal(self, samples: pd.DataFrame, **parameters: Any) -> Mapping[str, frozenset[str]]:
        """Make a fold of each value.

        Raises:
            EmobenchError: the column is missing or has gaps, or has one value only.
        """
        groups = filled(samples, parameters["by"], self.name)
        values = sorted(set(groups))
        if len(values) < 2:
            raise EmobenchError(
                f"all samples have the value {values[0]!r} in the column {parameters['by']!r}: none would be trained on",
                remedy="use more data, or another column or protocol",
            )
        own = samples["sample_id"].groupby(groups.to_numpy()).agg(frozenset)
        return {name: own[value] for name, value in safe_names(values).items()}


def safe_names(values: list[str]) -> dict[str, str]:
    """Return the values by names that fit into the name of a file; where two would be called the same, the second has -2."""
    names: dict[str, str] = {}
    for value in values:
        name = plain = re.sub(r"[^A-Za-z0-9._-]+", "-", value).strip("-") or "-"
        number = 1
        while name in names:
            number += 1
            name = f"{plain}-{number}"
        names[name] = value
    return names


@hookimpl
def emobench_protocols() -> list[SplitProtocol]:
    """Register leave-one-group-out."""
    return [LeaveOneGroupOut()]
