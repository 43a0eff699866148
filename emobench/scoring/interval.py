"""An interval of a score, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from emobench.scoring.units import Unit

LEVEL = 0.95

Unknown = Literal["few units", "rare class", "constant"]
"""Too few groups or identities; a macro average over a class that hardly any resample holds; nothing that varies."""


@dataclass(frozen=True)
class Interval:
    """Where the score would lie on other test data of the same kind.

    Attributes:
        low: lower end; ``None`` where the interval is unknown.
        high: upper end.
        level: share of such intervals that hold the true value, if all goes well.
        unit: what was resampled.
        units: how many of them there are; of crossed identities the smallest number.
        seeds: how many seeds enter.
        exact: whether it is Clopper and Pearson's, for all samples are right, or all wrong.
        unknown: why it is unknown.
        identities: of crossed identities the name of each and their number.
    """

    low: float | None
    high: float | None
    level: float
    unit: Unit
    units: int
    seeds: int = 1
    exact: bool = False
    unknown: Unknown | None = None
    identities: dict[str, int] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        """Whether it has ends."""
        return self.ends is not None

    @property
    def ends(self) -> tuple[float, float] | None:
        """Both ends; ``None`` where the interval is unknown."""
        return None if self.low is None or self.high is None else (self.low, self.high)

    def holds(self, value: float) -> bool:
        """Tell whether a value lies inside; an unknown interval holds nothing."""
        return self.low is not None and self.high is not None and self.low <= value <= self.high

    @property
    def why_unknown(self) -> str:
        """The reason in a few words; empty for an interval that is known."""
        if self.unknown == "few units":
            few = min(self.identities, key=self.identities.__getitem__, default="group")
            return f"only {self.units} {few}{'s' if self.units != 1 else ''}"
        return {None: "", "rare class": "a class has too few samples", "constant": "no resample differs"}[self.unknown]


@dataclass(frozen=True)
class Difference:
    """The score of A minus the score of B on the same samples.

    Attributes:
        value: the difference.
        interval: of the difference.
        p: two-sided, of the hypothesis that there is none; 1 where the interval is unknown.
        spread: standard error of the difference; ``None`` where the interval is unknown.
    """

    value: float
    interval: Interval
    p: float
    spread: float | None = None
