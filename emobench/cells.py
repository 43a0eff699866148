"""A cell: one combination that is evaluated once, and everything that determines its result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from emobench.contracts import Schedule
from emobench.departures import Departure

Provenance = Literal["official", "unverified", "stand-in", "synthetic"]

PROVENANCE_MEANING: dict[Provenance, str] = {
    "official": "every file has the content that the dataset's publisher released",
    "unverified": "the layout is the official one, the content is not, or cannot be confirmed to be",
    "stand-in": "other data in the dataset's place, as the PROVENANCE.txt in its folder says",
    "synthetic": "made by emobench to try things out; the numbers say nothing about emotion recognition",
}
"""The levels, from the most to the least trustworthy."""

PROVENANCES: tuple[Provenance, ...] = tuple(PROVENANCE_MEANING)


class Frozen(BaseModel):
    """Immutable, with no unknown fields: what is written is what is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Component(Frozen):
    """A named plugin component with the parameters it ran with."""

    name: str
    parameters: dict[str, Any] = {}


class Uncaptured(Frozen):
    """Something that may change a result and that the identity of the cell does not know.

    Attributes:
        component: kind and name, ``models/tiny-next`` for example; empty for an object that was given to ``evaluate``.
        kind: ``dynamic import`` (of a name that is computed), ``executed text`` (exec or eval), ``native code`` (outside a
            released package), ``no source`` (from a prompt or a local scope), ``not found`` (an imported module), ``state``
            (an object that cannot be hashed).
        where: the module, or the attribute of the object.
    """

    component: str = ""
    kind: Literal["dynamic import", "executed text", "native code", "no source", "not found", "state"]
    where: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.where}{f' ({self.component})' if self.component else ''}"


class Identity(Frozen):
    """Everything that determines a result. Equal identity, equal result (on equal hardware and threads).

    Attributes:
        dataset: name of the dataset.
        fingerprint: sha256 of the dataset's files, see :func:`emobench.data.fingerprint`.
        content: sha256 of samples, labels and files, see :func:`emobench.data.content_hash`.
        labels: label map, as ``name@version``.
        classes: in the order of the probability columns.
        protocol: the rule that divided the samples.
        split: sha256 of the sorted sample ids of each part.
        representations: one for each stream; empty for a fusion.
        model: what was fitted; ``None`` for a fusion.
        schedule: how it was trained; ``None`` for a fusion.
        fusion: what combined the members; ``None`` for a model.
        members: cell ids of a fusion's members, in order.
        trained: id of the cell whose fitted model is applied; empty for a model that the cell itself fits.
        pool: the fusion that combines what the model predicts for the views of a sample; ``None`` where it has only one.
        folds: cell ids of the folds whose test predictions this cell puts together; empty for every other cell.
        control: what is done to the inputs of a fitted model before it predicts, see :mod:`emobench.controls`.
        policies: audit name to what is done with the samples that it finds; empty where all of them stay.
        seed: for every source of randomness in fitting.
        precision: ``fp32`` or ``bf16``.
        results: :data:`emobench.results_version.RESULTS_VERSION`, which stands for the code of emobench itself.
        code: kind and name of a component (``models/tiny-next``) to a hash of the code behind it, see
            :mod:`emobench.codehash`.
        packages: distribution to version, for the packages that may change the result.
    """

    dataset: str
    fingerprint: str
    content: str
    labels: str
    classes: tuple[str, ...]
    protocol: Component
    split: dict[str, str]
    representations: tuple[Component, ...] = ()
    model: Component | None = None
    schedule: Schedule | None = None
    fusion: Component | None = None
    members: tuple[str, ...] = ()
    trained: str = ""
    pool: Component | None = None
    folds: tuple[str, ...] = ()
    control: Component | None = None
    policies: dict[str, str] = {}
    seed: int
    precision: str = "fp32"
    results: int
    code: dict[str, str]
    packages: dict[str, str] = {}

    @property
    def test_parts(self) -> tuple[str, ...]:
        """Names of the test parts, in the protocol's order."""
        return tuple(part for part in self.split if part not in ("train", "validation"))

    @property
    def needs(self) -> tuple[str, ...]:
        """Ids of the cells whose results it is made from."""
        return (*self.members, *self.folds, *filter(None, [self.trained]))

    @property
    def id(self) -> str:
        """The first 16 hexadecimal digits of the sha256 of the canonical JSON."""
        # Empty fields are left out, so that a field that comes later does not change the ids of cells without it.
        empty = {name for name in type(self).model_fields if not getattr(self, name)}
        known = self.model_dump(mode="json", exclude=empty)
        text = json.dumps(known, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def but_for_the_seed(identity: Identity) -> str:
    """Return what cells that differ in nothing but the seed have in common.

    Their members, folds and fitted cells are others for another seed; the number of them is not.
    """
    anyone = {"members": ("",) * len(identity.members), "folds": ("",) * len(identity.folds)}
    return identity.model_copy(update={"seed": 0, "trained": "", **anyone}).id


def seeds_of_one(identities: Sequence[Identity]) -> bool:
    """Tell whether cells differ in nothing but the seed."""
    return len({*map(but_for_the_seed, identities)}) == 1 and len({one.seed for one in identities}) == len(identities)


class Cell(Frozen):
    """One row of a board: an identity, and what a reader must be told about it.

    Attributes:
        id: :attr:`Identity.id`; cache key, resume key and address of the row.
        suite: the suite that asked for it.
        experiment: the experiment's name in the suite.
        identity: everything that determines the result.
        provenance: how far the data can be trusted to be the dataset.
        headline: the test part that the row is ranked by.
        departures: in what the row departs from the suite's own schedule and the official data; empty for a full run on
            official data.
        published: metric name to the value that the paper prints for this row.
        leaky: whether the protocol lets one speaker or take stand on both sides of the split.
        note: what the suite says about the experiment, in a sentence or two.
        fold: the fold that it is, of the experiment's several; empty for every other cell.
        counterpart: the experiment that differs from this one by a leaky split alone; empty for every other cell.
        control_of: the experiment whose result this one helps to read; it does not compete. Empty for every other cell.
        selected_on: the part that the suite's author chose the hyperparameters on; empty where on none.
        beside: id of the counterpart's, or of the controlled experiment's, cell in the same run; empty for every other cell,
            and where that experiment has none.
        uncaptured: what may change the result and the identity does not know.
        files: model parameter to the name of the local file; the identity has the hash of its content in that parameter.
    """

    id: str
    suite: str
    experiment: str
    identity: Identity
    provenance: Provenance
    headline: str
    departures: tuple[Departure, ...] = ()
    published: dict[str, float] = {}
    leaky: bool = False
    note: str = ""
    fold: str = ""
    counterpart: str = ""
    control_of: str = ""
    selected_on: str = ""
    beside: str = ""
    uncaptured: tuple[Uncaptured, ...] = ()
    files: dict[str, str] = {}

    @property
    def code_remark(self) -> tuple[str, ...]:
        """What a row says of :attr:`uncaptured`: one remark, or none."""
        return ("code not fully captured",) if self.uncaptured else ()
