"""Everything that determines the result of a cell, and its id."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, field_serializer

from emobench.contracts import Kind, Recipe, Schedule, Target
from emobench.records.frozen import Frozen


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


HOLD_OUT = "hold_out"
"""Parameter of every protocol: what becomes validation, a share of the training part or a test part by its name."""


class Identity(Frozen):
    """Everything that determines a result. Equal identity, equal result (on equal hardware and threads).

    Attributes:
        fingerprint: sha256 of the dataset's files, see :func:`emobench.data.fingerprints`.
        content: sha256 of samples, labels and files, see :func:`emobench.data.fingerprints.content_hash`.
        texts: sha256 of what the samples say, for a cell that reads it; empty for every other one.
        labels: label map, as ``name@version``; the name of a target that is no class.
        classes: in the order of the probability columns; of values the dimensions.
        target: what is told of a sample; ``None`` where that is one class.
        split: sha256 of the sorted sample ids of each part.
        representations: a representation or an encoder for each stream, an encoder with the hash of its weights; empty for a
            fusion.
        model: what was fitted; ``None`` for a fusion.
        schedule: how it was trained; ``None`` for a fusion and for a model that is fitted already.
        recipe: what was asked for besides the schedule, with the metric that selects, if anything is selected; ``None`` where
            that is nothing.
        grid: settings and model parameters to the values among which validation chose.
        fitted_on: what a model that is fitted already was fitted on, see :class:`emobench.contracts.ModelSpec`; empty for a
            model that a cell fits.
        outputs: of such a model, what its columns are before they are those of ``classes``.
        fusion: what combined the members; ``None`` for a model.
        members: cell ids of a fusion's members, in order.
        trained: id of the cell whose fitted model is applied; empty for a model that the cell itself fits.
        encoded_by: ids of the cells whose fitted models encode its samples.
        pool: the fusion that combines what the model predicts for the views of a sample; ``None`` where it has only one.
        folds: cell ids of the folds whose test predictions this cell puts together; empty for every other cell.
        control: what is done to the inputs of a fitted model before it predicts, see :mod:`emobench.models.ablations`.
        policies: audit name to what is done with the samples that it finds; empty where all of them stay.
        seed: for every source of randomness in fitting.
        results: :data:`emobench.records.RESULTS_VERSION`, in place of the code of emobench itself.
        code: kind and name of a component (``models/tiny-next``) to a hash of the code behind it, see
            :mod:`emobench.plugins`.
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
    # Records and bundles that were written before these were there stay what they are, byte for byte.
    recipe: Recipe | None = Field(default=None, exclude_if=lambda value: value is None)
    grid: dict[str, tuple[Any, ...]] = Field(default={}, exclude_if=lambda value: not value)
    target: Target | None = Field(default=None, exclude_if=lambda value: value is None)
    fitted_on: tuple[str, ...] = Field(default=(), exclude_if=lambda value: not value)
    outputs: tuple[str, ...] = Field(default=(), exclude_if=lambda value: not value)
    texts: str = Field(default="", exclude_if=lambda value: not value)
    fusion: Component | None = None
    members: tuple[str, ...] = ()
    trained: str = ""
    encoded_by: tuple[str, ...] = Field(default=(), exclude_if=lambda value: not value)
    pool: Component | None = None
    folds: tuple[str, ...] = ()
    control: Component | None = None
    policies: dict[str, str] = {}
    seed: int
    precision: str = "fp32"
    results: int
    code: dict[str, str]
    packages: dict[str, str] = {}

    @field_serializer("recipe", mode="wrap")
    def _without_later_settings(self, recipe: Any, plain: SerializerFunctionWrapHandler) -> Any:
        """Leave loss and accumulation out where they are the usual ones, so that ids from before there was a choice stay."""
        said = plain(recipe)
        usual = {"loss": "", "accumulate": 1}
        return (
            {name: value for name, value in said.items() if name not in usual or value != usual[name]} if said else said
        )

    @property
    def kind(self) -> Kind:
        """Of what is told of a sample."""
        return self.target.kind if self.target else "class"

    @property
    def test_parts(self) -> tuple[str, ...]:
        """Names of the test parts, in the protocol's order."""
        return tuple(part for part in self.split if part not in ("train", "validation"))

    @property
    def rule(self) -> Component:
        """The protocol without what is held out of its training side: that changes nothing in what is tested."""
        kept = {name: value for name, value in self.protocol.parameters.items() if name != HOLD_OUT}
        return self.protocol.model_copy(update={"parameters": kept})

    @property
    def offered(self) -> dict[str, str]:
        """Sha256 of each test part of the protocol, with the one that is validation here, if it is one."""
        held = self.protocol.parameters.get(HOLD_OUT)
        aside = {held: self.split["validation"]} if isinstance(held, str) and "validation" in self.split else {}
        return aside | {part: self.split[part] for part in self.test_parts}

    @property
    def needs(self) -> tuple[str, ...]:
        """Ids of the cells whose results it is made from."""
        return (*self.members, *self.folds, *self.uses_models)

    @property
    def uses_models(self) -> tuple[str, ...]:
        """Ids of the cells whose fitted models it uses."""
        return (*filter(None, [self.trained]), *self.encoded_by)

    @property
    def id(self) -> str:
        """The first 16 hexadecimal digits of the sha256 of the canonical JSON."""
        # Empty fields are left out, so that a field that comes later does not change the ids of cells without it.
        empty = {name for name in type(self).model_fields if not getattr(self, name)}
        known = self.model_dump(mode="json", exclude=empty)
        text = json.dumps(known, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def but_for_the_seed(identity: Identity) -> str:
    """Return what cells that differ in nothing but the seed have in common: members and folds count by their number."""
    unnamed = {"members": ("",) * len(identity.members), "folds": ("",) * len(identity.folds)}
    unnamed["encoded_by"] = ("",) * len(identity.encoded_by)
    return identity.model_copy(update={"seed": 0, "trained": "", **unnamed}).id


def seeds_of_one(identities: Sequence[Identity]) -> bool:
    """Tell whether cells differ in nothing but the seed."""
    return len({*map(but_for_the_seed, identities)}) == 1 and len({known.seed for known in identities}) == len(
        identities
    )
