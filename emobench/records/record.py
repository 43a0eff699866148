"""The record of a cell: with its predictions, all that what is published is computed from."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from emobench.contracts import Epoch
from emobench.errors import raised_at
from emobench.records.cell import Cell
from emobench.records.class_order import ClassOrder
from emobench.records.frozen import Frozen
from emobench.records.metrics import metric_title

SCHEMA_VERSION = 2


class PartCount(Frozen):
    """How many samples of a part were asked for, and how many could not be used."""

    attempted: int
    dropped: int


class Dropped(Frozen):
    """A sample that could not be used."""

    sample_id: str
    part: str
    reason: str


class ClassScores(Frozen):
    """One class's scores; a ratio without a denominator is 0, as in scikit-learn with ``zero_division=0``."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int
    predicted: int


class Scores(Frozen):
    """What the predictions of one part are worth.

    Attributes:
        n: number of samples scored.
        left_out: classes of a few odd samples, over which no macro average is, see :mod:`emobench.scoring.class_set`.
        per_class: in the order of the classes; empty where the target is values, as ``confusion``.
        confusion: rows are true classes, columns predicted ones.
        outside: of values, how many samples have a predicted value outside of the range that is stated.
        constant: metric to what answering the mean votes of the part scores, where votes are there.
        human: metric to what a rater scores against the other raters, where votes are there.
    """

    n: int
    metrics: dict[str, float]
    per_class: tuple[ClassScores, ...]
    confusion: tuple[tuple[int, ...], ...]
    left_out: tuple[str, ...] = ()
    outside: int = Field(default=0, exclude_if=lambda value: not value)
    constant: dict[str, float] = Field(default={}, exclude_if=lambda value: not value)
    human: dict[str, float] = Field(default={}, exclude_if=lambda value: not value)

    @property
    def averaged(self) -> frozenset[str]:
        """The classes that macro averages are over."""
        return frozenset(each.label for each in self.per_class if each.support) - frozenset(self.left_out)


class Failure(Frozen):
    """Why a cell has no result."""

    kind: str
    message: str
    traceback: str = ""

    @property
    def line(self) -> str:
        """One line: what a component raised by its kind and place, what emobench says by its words alone."""
        text = " ".join(self.message.split())
        place = raised_at(self.traceback)
        return f"{self.kind}: {text}{place}" if place and not self.kind.endswith("EmobenchError") else text


class Phase(Frozen):
    """What one phase of a cell took, in seconds."""

    wall: float
    cpu: float


class Source(Frozen):
    """Where a component that does not come with emobench comes from.

    Attributes:
        distribution: name and version of the distribution that registered it.
        url: of the distribution's project; empty where its metadata name none.
    """

    distribution: str
    title: str = ""
    citation: str = ""
    url: str = ""


def _is_nothing(value: Any) -> bool:
    return value is None or (not value and not isinstance(value, float))


class Selection(Frozen):
    """What chose the epoch and the hyperparameters.

    Attributes:
        kind: ``fixed``: nothing, for there is no validation part; ``model``: the validation part, as far as the model
            chooses; ``fusion``: the fusion learnt from the validation part; ``fixed fusion``: the fusion learns nothing;
            ``elsewhere``: not known, for the predictions were made elsewhere; ``validation``: the harness chose on it.
        samples: of the validation part, that a fusion learnt from, or that the harness chose on.
        by: metric of validation that chose.
        value: of what was chosen; ``None`` of folds that are put together, each of which chose for itself.
        epoch: that the model is of, counted from 1; 0 where no epoch was chosen.
        epochs: that were trained.
        chosen: values of the grid.
        tried: number of its combinations.
    """

    kind: Literal["fixed", "model", "fusion", "fixed fusion", "elsewhere", "validation"]
    samples: int = 0
    # Records and bundles that were written before these were there stay what they are, byte for byte.
    by: str = Field(default="", exclude_if=_is_nothing)
    value: float | None = Field(default=None, exclude_if=_is_nothing)
    epoch: int = Field(default=0, exclude_if=_is_nothing)
    epochs: int = Field(default=0, exclude_if=_is_nothing)
    chosen: dict[str, Any] = Field(default={}, exclude_if=_is_nothing)
    tried: int = Field(default=0, exclude_if=_is_nothing)

    def __str__(self) -> str:
        if self.kind == "validation" and self.value is None:
            return f"each fold on its own validation part, by {metric_title(self.by)}"
        if self.kind == "validation":
            grid = ", ".join(f"{name} {value}" for name, value in self.chosen.items())
            epoch = f"epoch {self.epoch} of {self.epochs}" if self.epoch else ""
            grid = f"{grid} of {self.tried} combinations" if grid else ""
            what = " with ".join(filter(None, (epoch, grid)))
            return f"{what}, by {metric_title(self.by)} {self.value:.4f} on {self.samples:,} samples of the validation part"
        return {
            "fixed": "no part: there is no validation part, schedule and hyperparameters are fixed",
            "model": "the validation part, as far as the model chooses at all",
            "fusion": f"the fusion learnt from {self.samples:,} samples of the validation part",
            "fixed fusion": "no part: the fusion learns nothing",
            "elsewhere": "unknown: the predictions were made elsewhere",
        }[self.kind]


class Record(Frozen):
    """What is known of a cell after it ran.

    Attributes:
        emobench: version of the harness.
        core: hash of the code of the harness, see :func:`emobench.plugins.package_hash`; no part of the cell's identity.
        status: a failed cell has a failure and no scores; it is tried again by the next run.
        learnt: what a fusion learnt from the validation part, by name.
        scores: by test part, and under ``"test"`` for all test parts together.
        selection: what chose the epoch and the hyperparameters; ``None`` for a failed cell and for an applied model.
        parameters: number of fitted parameters, where the model tells it.
        multiply_adds: what the prediction of one sample takes, where the model tells it.
        class_order: what a probe found of a model that is fitted already, where its columns seem to be other classes.
        history: one entry an epoch, where the model reports epochs.
        warnings: what the packages behind the model warned of, each once.
        peak_memory: highest resident memory of the process during the cell, in bytes.
        environment: machine, threads, device, versions.
        sources: kind and name of a component (``models/tiny-next``) to what registered it, of all that the cell names and
            that did not come with emobench; see :mod:`emobench.plugins.origins`.
        started: UTC, ISO 8601, as ``finished``.
    """

    schema_version: int = SCHEMA_VERSION
    emobench: str
    core: str = ""
    cell: Cell
    status: Literal["finished", "failed"]
    failure: Failure | None = None
    counts: dict[str, PartCount] = {}
    dropped: tuple[Dropped, ...] = ()
    learnt: dict[str, Any] = {}
    scores: dict[str, Scores] = {}
    selection: Selection | None = None
    parameters: int | None = None
    # Records and bundles that were written before it was there stay what they are, byte for byte.
    multiply_adds: int | None = Field(default=None, exclude_if=lambda value: value is None)
    class_order: ClassOrder | None = Field(default=None, exclude_if=lambda value: value is None)
    history: tuple[Epoch, ...] = ()
    warnings: tuple[str, ...] = ()
    phases: dict[str, Phase] = {}
    peak_memory: int = 0
    environment: dict[str, Any] = {}
    sources: dict[str, Source] = {}
    started: str = ""
    finished: str = ""
