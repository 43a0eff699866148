"""What a user asks of a run."""

from __future__ import annotations

import numbers
from dataclasses import dataclass
from pathlib import Path

from emobench.errors import EmobenchError

_PRECISIONS = ("fp32", "bf16")


@dataclass(frozen=True)
class Request:
    """What a user asks for.

    Attributes:
        suite: name or path of a suite.
        data: folder with datasets; ``None`` runs everything on synthetic twins.
        out: folder for runs.
        only: glob patterns; an experiment that matches one is run, and so are the members of a fusion that does.
        limit: keep at most so many samples of each part, stratified by class.
        epochs: instead of the suite's.
        seeds: run so many seeds, counted up from each experiment's own; ``None``: as many as the suite says.
        precision: ``fp32`` or ``bf16``.
        encoders: what stands in for the encoder in a suite of patterns, each a name or a source.

    Raises:
        EmobenchError: a number is no positive integer, or there is no such precision.
    """

    suite: str
    data: Path | None = None
    out: Path = Path("runs")
    only: tuple[str, ...] = ()
    limit: int | None = None
    epochs: int | None = None
    seeds: int | None = None
    precision: str = "fp32"
    encoders: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what the command line does not let through."""
        for name in ("limit", "epochs", "seeds"):
            value = getattr(self, name)
            whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
            if not (whole and value >= 1) and value is not None:
                raise EmobenchError(f"{name} is {value!r}", where="request", remedy="give an integer of 1 or more")
        if self.precision not in _PRECISIONS:
            what, remedy = f"no precision {self.precision!r}", f"known: {', '.join(_PRECISIONS)}"
            raise EmobenchError(what, where="request", remedy=remedy)
