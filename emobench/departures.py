"""In what a row departs from its suite and from the official data: a value of its own type for each kind.

Whoever decides something looks at the values. :meth:`str` of a departure is its only rendering in words: a terminal prints
it, Markdown and HTML escape it, and JSON has the values themselves.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt

from emobench.contracts import Schedule

Setting = Literal["epochs", "batch_size", "learning_rate", "weight_decay", "optimizer"]
"""A field of :class:`emobench.contracts.Schedule`."""


class _Departure(BaseModel):
    """What all kinds have in common.

    Attributes:
        of: names of what it concerns, the outermost first, where that is not the row itself: the experiment that fitted the
            applied model, a member of a paired dataset.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    of: tuple[str, ...] = ()

    def within(self, name: str) -> Self:
        """Return the departure as one of a row that is made with ``name``."""
        return self.model_copy(update={"of": (name, *self.of)})

    def __str__(self) -> str:
        return ": ".join((*self.of, self._words()))

    def _words(self) -> str:
        raise NotImplementedError


class Synthetic(_Departure):
    """The data is a synthetic twin."""

    kind: Literal["synthetic"] = "synthetic"

    def _words(self) -> str:
        return "synthetic twin"


class SampleCount(_Departure):
    """The copy has another number of samples than the official one."""

    kind: Literal["samples"] = "samples"
    found: NonNegativeInt
    official: NonNegativeInt

    def _words(self) -> str:
        return f"{self.found:,} of {self.official:,} samples"


class FewOfClass(_Departure):
    """The copy has hardly any samples of these classes, see :func:`emobench.datasets.hardly_there`."""

    kind: Literal["few"] = "few"
    classes: tuple[str, ...] = Field(min_length=1)

    def _words(self) -> str:
        return f"hardly any {', '.join(self.classes)}"


class CopyNote(_Departure):
    """What a dataset plugin says about its copy as a whole, in its own words: an ``odd`` finding without a place."""

    kind: Literal["copy"] = "copy"
    what: str

    def _words(self) -> str:
        return self.what


class Limited(_Departure):
    """``--limit``: each part has at most so many samples."""

    kind: Literal["limit"] = "limit"
    samples: PositiveInt

    def _words(self) -> str:
        return f"at most {self.samples:,} samples a part"


class Trained(_Departure):
    """A setting of the training schedule is not the suite's."""

    kind: Literal["schedule"] = "schedule"
    setting: Setting
    value: int | float | str
    suite: int | float | str

    def _words(self) -> str:
        return f"{self.setting.replace('_', ' ')} {self.value} (suite: {self.suite})"


class Precision(_Departure):
    """Torch did not compute in fp32."""

    kind: Literal["precision"] = "precision"
    value: str

    def _words(self) -> str:
        return self.value


class Seeded(_Departure):
    """The seed is not the suite's."""

    kind: Literal["seed"] = "seed"
    value: int
    suite: int

    def _words(self) -> str:
        return f"seed {self.value} (suite: {self.suite})"


class LeftOut(_Departure):
    """A policy left out samples that an audit finds.

    Attributes:
        audit: its name.
        side: the part; ``training`` or ``test`` where the audit found nothing there.
        samples: how many the part lost.
    """

    kind: Literal["policy"] = "policy"
    audit: str
    side: str
    samples: NonNegativeInt

    def _words(self) -> str:
        number = "no samples" if not self.samples else "1 sample" if self.samples == 1 else f"{self.samples:,} samples"
        return f"{number} dropped from {self.side} ({self.audit})"


class MadeElsewhere(_Departure):
    """The predictions were handed in.

    Attributes:
        labels_only: they were classes without probabilities.
    """

    kind: Literal["elsewhere"] = "elsewhere"
    labels_only: bool = False

    def _words(self) -> str:
        return "predictions made elsewhere" + (", labels without probabilities" if self.labels_only else "")


class NotCaptured(_Departure):
    """Code or data of the model is not in the cell's identity."""

    kind: Literal["not captured"] = "not captured"

    def _words(self) -> str:
        return "code of the model not captured"


Departure = Annotated[
    Synthetic
    | SampleCount
    | FewOfClass
    | CopyNote
    | Limited
    | Trained
    | Precision
    | Seeded
    | LeftOut
    | MadeElsewhere
    | NotCaptured,
    Field(discriminator="kind"),
]
"""Any departure; JSON tells them apart by ``kind``."""


def in_words(departures: Iterable[Departure]) -> str:
    """Return departures as one line; empty for none."""
    return "; ".join(map(str, departures))


def of_schedule(schedule: Schedule, full: Schedule) -> tuple[Trained, ...]:
    """Return in what a schedule departs from the one that a suite asks for."""
    asked = dataclasses.asdict(full)
    return tuple(
        Trained.model_validate({"setting": name, "value": value, "suite": asked[name]})
        for name, value in dataclasses.asdict(schedule).items()
        if value != asked[name]
    )


def limit_of(departures: Iterable[Departure]) -> int | None:
    """Return how many samples of a part a row says that it used at most; ``None`` where it says nothing of it."""
    return next((one.samples for one in departures if isinstance(one, Limited) and not one.of), None)


def shortened(departures: Iterable[Departure]) -> tuple[Departure, ...]:
    """Return the departures that the options ``--epochs`` and ``--limit`` of ``emobench run`` make."""
    return tuple(
        one for one in departures if isinstance(one, Limited) or (isinstance(one, Trained) and one.setting == "epochs")
    )
