"""In what a row departs from its suite and from the official data: a value of its own type for each kind.

Code looks at the values. ``str(departure)`` is the only rendering in words. A new kind is a class with a ``kind`` of its own,
and a member of :data:`Departure`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, NonNegativeInt, PositiveInt

from emobench.contracts import Schedule
from emobench.records.frozen import Frozen

_SHOWN = 4
"""Counts in words."""

Setting = Literal["epochs", "batch_size", "learning_rate", "weight_decay", "optimizer", "precision", "seed", "folds"]


class _Departure(Frozen):
    """What all kinds have in common.

    Attributes:
        of: names of what it concerns, the outermost first, where that is not the row itself: the experiment that fitted the
            applied model, a member of a paired dataset.
        words: the fields of a kind as a format string.
    """

    model_config = ConfigDict(allow_inf_nan=False)
    words: ClassVar[str]

    of: tuple[str, ...] = ()

    def within(self, name: str) -> Self:
        """Return the departure as one of a row that is made with ``name``."""
        return self.model_copy(update={"of": (name, *self.of)})

    def __str__(self) -> str:
        return ": ".join((*self.of, self.words.format(**self._terms())))

    def _terms(self) -> dict[str, Any]:
        return dict(self)


class Synthetic(_Departure):
    """The data is a synthetic twin."""

    words = "synthetic twin"
    kind: Literal["synthetic"] = "synthetic"


class SampleCount(_Departure):
    """The copy has another number of samples than the official one."""

    words = "{found:,} of {official:,} samples"
    kind: Literal["samples"] = "samples"
    found: NonNegativeInt
    official: NonNegativeInt


class Count(Frozen):
    """How many samples there are of something, and officially."""

    of: str
    found: NonNegativeInt
    official: NonNegativeInt


class OtherCounts(_Departure):
    """The copy is as large as the official one, and has more of some classes and less of others."""

    words = "not the official counts: {counts}"
    kind: Literal["counts"] = "counts"
    counts: tuple[Count, ...] = Field(min_length=1)

    def _terms(self) -> dict[str, Any]:
        shown = [f"{each.of} {each.found:,} (official {each.official:,})" for each in self.counts[:_SHOWN]]
        more = [f"{len(self.counts) - _SHOWN} more"] if len(self.counts) > _SHOWN else []
        return {"counts": ", ".join([*shown, *more])}


class PrivateTable(_Departure):
    """The data is a table or a folder of the user's own, which nobody else can compare with anything.

    Attributes:
        content: the first digits of its content's hash.
    """

    words = "private data, content {content}"
    kind: Literal["private"] = "private"
    content: str


class NotInData(_Departure):
    """Somebody's lists name samples that the data does not have.

    Attributes:
        number: of names.
        examples: some of them.
    """

    words = "{number:,} listed {noun} not here ({examples})"
    kind: Literal["not in data"] = "not in data"
    number: PositiveInt
    examples: tuple[str, ...] = ()

    def _terms(self) -> dict[str, Any]:
        noun = "sample is" if self.number == 1 else "samples are"
        return {"number": self.number, "noun": noun, "examples": ", ".join(self.examples)}


class UntriedLayout(_Departure):
    """The dataset's descriptor was tried on no real file."""

    words = "layout not tried on real files"
    kind: Literal["untried layout"] = "untried layout"


class FewOfClass(_Departure):
    """The copy has hardly any samples of these classes."""

    words = "hardly any {classes}"
    kind: Literal["few"] = "few"
    classes: tuple[str, ...] = Field(min_length=1)

    def _terms(self) -> dict[str, Any]:
        return {"classes": ", ".join(self.classes)}


class CopyNote(_Departure):
    """What a dataset plugin says about its copy as a whole, in its own words: an ``odd`` finding without a place."""

    words = "{what}"
    kind: Literal["copy"] = "copy"
    what: str


class Limited(_Departure):
    """``--limit``: each part has at most so many samples."""

    words = "at most {samples:,} samples a part"
    kind: Literal["limit"] = "limit"
    samples: PositiveInt


class ChangedSetting(_Departure):
    """A setting of the training, the precision, the seed or the number of folds is not the suite's."""

    words = "{setting} {value} (suite: {suite})"
    kind: Literal["setting"] = "setting"
    setting: Setting
    value: int | float | str
    suite: int | float | str

    def _terms(self) -> dict[str, Any]:
        return {**dict(self), "setting": self.setting.replace("_", " ")}


class PaperReading(_Departure):
    """A setting is the suite's reading of the paper, whose words say something else, or nothing.

    Attributes:
        stated: what the paper says; empty where it says nothing of this setting.
        where: the place in the paper that says so.
    """

    words = "reading of the paper: {setting} {value}{stated}"
    kind: Literal["reading"] = "reading"
    setting: Setting | Literal["schedule"]
    value: int | float | str
    stated: str = ""
    where: str = ""

    def _terms(self) -> dict[str, Any]:
        said = f" ({self.where}: {self.stated})" if self.stated else " (nothing stated)"
        return {**dict(self), "setting": self.setting.replace("_", " "), "stated": said}


class LeftOut(_Departure):
    """A policy left out samples that an audit finds.

    Attributes:
        side: the part; ``training`` or ``test`` where the audit found nothing there.
        samples: how many the part lost.
    """

    words = "{samples:,} {noun} dropped from {side} ({audit})"
    kind: Literal["policy"] = "policy"
    audit: str
    side: str
    samples: NonNegativeInt

    def _terms(self) -> dict[str, Any]:
        return {**dict(self), "noun": "sample" if self.samples == 1 else "samples"}


class OutputsLeftOut(_Departure):
    """A model that is fitted already knows more classes, or dimensions, than it is asked for."""

    words = "the model's {outputs} left out{rescaled}"
    kind: Literal["outputs"] = "outputs"
    outputs: tuple[str, ...] = Field(min_length=1)
    rescaled: bool = True

    def _terms(self) -> dict[str, Any]:
        rest = ", its other probabilities rescaled" if self.rescaled else ""
        return {"outputs": ", ".join(self.outputs), "rescaled": rest}


class MadeElsewhere(_Departure):
    """The predictions were handed in as probabilities, or as classes alone."""

    words = "predictions made elsewhere{lacking}"
    kind: Literal["elsewhere"] = "elsewhere"
    given: Literal["probabilities", "labels"] = "probabilities"

    def _terms(self) -> dict[str, Any]:
        return {"lacking": ", labels without probabilities" if self.given == "labels" else ""}


Departure = Annotated[
    Synthetic
    | SampleCount
    | OtherCounts
    | PrivateTable
    | NotInData
    | UntriedLayout
    | FewOfClass
    | CopyNote
    | Limited
    | ChangedSetting
    | PaperReading
    | LeftOut
    | OutputsLeftOut
    | MadeElsewhere,
    Field(discriminator="kind"),
]
"""Any departure; JSON tells them apart by ``kind``."""


def in_words(values: Iterable[object]) -> str:
    """Return departures, or other values that have words of their own, as one line; empty for none."""
    return "; ".join(map(str, values))


def of_schedule(schedule: Schedule, full: Schedule) -> tuple[ChangedSetting, ...]:
    """Return in what a schedule departs from the one that a suite asks for."""
    asked = dataclasses.asdict(full)
    return tuple(
        ChangedSetting.model_validate({"setting": name, "value": value, "suite": asked[name]})
        for name, value in dataclasses.asdict(schedule).items()
        if value != asked[name]
    )


def limit_of(departures: Iterable[Departure]) -> int | None:
    """Return the ``--limit`` of a row itself; ``None`` where it had none."""
    return next((found.samples for found in departures if isinstance(found, Limited) and not found.of), None)


def shortened(departures: Iterable[Departure]) -> tuple[Departure, ...]:
    """Return the departures that the options ``--epochs`` and ``--limit`` of ``emobench run`` make."""
    return tuple(
        found
        for found in departures
        if isinstance(found, Limited) or (isinstance(found, ChangedSetting) and found.setting == "epochs")
    )
