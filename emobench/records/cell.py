"""A cell: one combination that is evaluated once, and everything that determines its result."""

from __future__ import annotations

from pydantic import Field

from emobench.records.departures import Departure
from emobench.records.exposure import Exposure, Weights
from emobench.records.frozen import Frozen
from emobench.records.identity import Identity, Uncaptured
from emobench.records.provenance import Provenance

FROM_PYTHON = "python"
"""The suite, and so the run folder and the board, of what is evaluated from Python."""


class FromPattern(Frozen):
    """What a cell is in a suite whose experiments are patterns: those of one pattern are one probe, on every dataset.

    Attributes:
        name: of the pattern, with its placeholders.
        encoder: the name or the source that stood in for the encoder, as it was given.
    """

    name: str
    encoder: str


class Cell(Frozen):
    """One row of a board: an identity, and what a reader must be told about it.

    Attributes:
        id: :attr:`Identity.id`; cache key, resume key and address of the row.
        headline: the test part that the row is ranked by.
        departures: in what the row departs from the suite's own schedule and the official data; empty for a full run on
            official data.
        published: metric name to the value that the paper prints for this row.
        ranked_by: name of the metric that its task is ranked by.
        identities: columns of the index that say of whom a sample is; several where it is of several people.
        leaky: whether one speaker or take is on both sides of the split.
        fold: the fold that it is, of the experiment's several; empty for every other cell.
        counterpart: the experiment that differs from this one by a leaky split alone; empty for every other cell.
        control_of: the experiment whose result this one helps to read; it does not compete. Empty for every other cell.
        selected_on: the part that the suite's author chose the hyperparameters on; empty where on none.
        beside: id of the counterpart's, or of the controlled experiment's, cell in the same run; empty if there is none.
        uncaptured: what may change the result and the identity does not know.
        exposure: whether weights that were not trained here have seen its test samples; ``None`` without such weights.
        weights: what is known of these.
        files: model parameter to the name of the local file; the identity has the hash of its content in that parameter.
        pattern: where its experiment was made from a pattern.
    """

    id: str
    suite: str
    experiment: str
    identity: Identity
    provenance: Provenance
    headline: str
    departures: tuple[Departure, ...] = ()
    published: dict[str, float] = {}
    ranked_by: str = "accuracy"
    identities: tuple[str, ...] = ("group",)
    leaky: bool = False
    note: str = ""
    fold: str = ""
    counterpart: str = ""
    control_of: str = ""
    selected_on: str = ""
    beside: str = ""
    uncaptured: tuple[Uncaptured, ...] = ()
    files: dict[str, str] = {}
    # Records and bundles that were written before these were there stay what they are, byte for byte.
    pattern: FromPattern | None = Field(default=None, exclude_if=lambda value: value is None)
    exposure: Exposure | None = Field(default=None, exclude_if=lambda value: value is None)
    weights: tuple[Weights, ...] = Field(default=(), exclude_if=lambda value: not value)

    @property
    def code_remark(self) -> tuple[str, ...]:
        """What a row says of :attr:`uncaptured`: one remark, or none."""
        return ("code not fully captured",) if self.uncaptured else ()
