"""Everything is tested: for models that were fitted on something else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import hookimpl
from emobench.contracts import Split, SplitProtocol
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    import pandas as pd

_RESOLUTION = 2**32


class TestOnly(SplitProtocol):
    """Nothing is trained on; a share of the samples is set aside as validation, for fusions that learn weights.

    Whether a sample is set aside depends on its take (on itself, where it has none) and the seed alone. So files
    of one take are never apart, and a copy with fewer clips puts those that it has where a complete copy does. The share is
    that of the takes as they fall; where none falls into validation, there is no validation part.
    """

    name: ClassVar[str] = "test-only"
    title: ClassVar[str] = "everything is tested, nothing trained on"
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType({"validation_size": 0.0, "seed": 0})

    def split(self, samples: pd.DataFrame, **parameters: Any) -> Split:
        """Divide by the hash of each sample's take.

        Args:
            samples: the index.
            **parameters: ``validation_size``, a fraction of the takes in [0, 1); ``seed``.

        Raises:
            EmobenchError: the fraction is no fraction, or leaves nothing to test.
        """
        share, seed = parameters["validation_size"], parameters["seed"]
        if not isinstance(share, int | float) or not 0 <= share < 1:
            raise EmobenchError(
                f"validation_size is {share!r}", remedy="give a fraction from 0 up to, not including, 1"
            )
        own = samples["sample_id"]
        takes = samples["take"].where(samples["take"] != "", own) if "take" in samples else own
        aside = takes.map(lambda take: _place(f"{seed}\n{take}") < share)
        if aside.all():
            raise EmobenchError(
                f"all {len(samples)} samples fall into validation", remedy="use more data, or a smaller validation_size"
            )
        validation = {"validation": tuple(samples["sample_id"][aside])} if aside.any() else {}
        return Split(validation | {"test": tuple(samples["sample_id"][~aside])})


def _place(text: str) -> float:
    """Return a number in [0, 1) that looks random and is the same everywhere."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / _RESOLUTION


@hookimpl
def emobench_protocols() -> list[SplitProtocol]:
    """Register the protocol for models that are fitted already."""
    return [TestOnly()]
