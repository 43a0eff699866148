"""Two speakers, each tested with a model that has heard the other one only."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import hookimpl
from emobench.contracts import SplitProtocol
from emobench.errors import EmobenchError
from emobench_plugins.protocols._columns import filled
from emobench_plugins.protocols._folding import FoldingProtocol
from emobench_plugins.protocols.leave_one_group_out import safe_names

if TYPE_CHECKING:
    import pandas as pd


class SpeakerSwap(FoldingProtocol):
    """Two folds, named after the speaker that is tested; the other speaker is trained on.

    For corpora of exactly two speakers. There is no validation: to divide it from training by the same rule would take a
    third speaker. What is learnt from one speaker says little of others; two folds tell at least how much the direction
    matters.
    """

    name: ClassVar[str] = "speaker-swap"
    title: ClassVar[str] = "train on one of two speakers, test on the other"
    requires: ClassVar[tuple[str, ...]] = ("group",)
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType({"fold": ""})

    def deal(self, samples: pd.DataFrame, **parameters: Any) -> Mapping[str, frozenset[str]]:
        """Make a fold of each speaker.

        Raises:
            EmobenchError: the column ``group`` is missing or has gaps, or there are not two speakers.
        """
        groups = filled(samples, "group", self.name)
        speakers = sorted(set(groups))
        if len(speakers) != 2:
            number = "there is 1 speaker" if len(speakers) == 1 else f"there are {len(speakers)} speakers"
            raise EmobenchError(
                f"protocol {self.name!r} needs exactly two speakers in the column 'group', and {number} here",
                remedy="use leave-one-group-out or group-folds for more, another protocol for one",
            )
        names = safe_names(speakers)
        return {name: frozenset(samples["sample_id"][groups == speaker]) for name, speaker in names.items()}


@hookimpl
def emobench_protocols() -> list[SplitProtocol]:
    """Register the speaker swap."""
    return [SpeakerSwap()]
