"""What every late fusion must keep to; the members are drawn at random and know the truth more often than not."""

from __future__ import annotations

import inspect
import json
import re
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.contracts import Fusion
from emobench.testing import state
from emobench.testing.arrays import require_distributions, require_shape, unchanged
from emobench.testing.contract import Breach, Contracts, NotApplicable, Subject

_MEMBERS, _SAMPLES, _CLASSES = 3, 40, 4
_SAME = 1e-9
_LEARNT_ALIKE = 1e-2
"""How far apart two fits may end that differ in the order of the members: an iterative search stops near its minimum."""


class FusionSubject(Subject):
    """A fusion with members, a truth for it to learn from, and what it makes of them."""

    component: Fusion

    @cached_property
    def members(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Probabilities (m, n, k) and labels (n,): each member is right about two times in three."""
        return drawn(_CLASSES)

    @cached_property
    def learnt(self) -> dict[str, Any]:
        """What the fusion learns from the members."""
        return self.fit(*self.members)

    @cached_property
    def combined(self) -> Any:
        """What it returns for them."""
        return self.combine(self.members[0], self.learnt)

    def fit(self, probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> dict[str, Any]:
        """Fit on copies; nothing is learnt by a fusion that does not."""
        return self.component.fit(probabilities.copy(), labels.copy()) if self.component.learns else {}

    def combine(self, probabilities: NDArray[np.float64], learnt: dict[str, Any]) -> Any:
        """Combine a copy as the harness does, which takes lists too."""
        return np.asarray(self.component.combine(probabilities.copy(), **learnt))

    def fused(self, probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> Any:
        """Fit on some members' predictions and combine the same."""
        return self.combine(probabilities, self.fit(probabilities, labels))


def drawn(classes: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return members' probabilities (m, n, k), rounded as they are stored, and the truth (n,)."""
    generator = np.random.default_rng(20)
    labels = np.arange(_SAMPLES) % classes
    probabilities = generator.dirichlet(np.ones(classes), (_MEMBERS, _SAMPLES))
    probabilities[:, np.arange(_SAMPLES), labels] += 0.5
    stored = (probabilities / probabilities.sum(axis=2, keepdims=True)).astype(np.float32)
    return stored.astype(np.float64), labels


CONTRACTS = Contracts(FusionSubject)


def _require_distributions(result: Any, what: str) -> None:
    require_shape(result, (_SAMPLES, _CLASSES), what)
    require_distributions(result, what)


@CONTRACTS.add("let the keywords of combine() be the keys of what fit() returns")
def fits_and_combines(subject: FusionSubject) -> None:
    """combine() takes probabilities (m, n, k) of m members, and by keyword what fit() returned, if the fusion learns."""
    _ = subject.combined


@CONTRACTS.add("reduce the first axis, that of the members, and no other", fits_and_combines)
def shape(subject: FusionSubject) -> None:
    """combine() returns an array (n, k)."""
    require_shape(subject.combined, (_SAMPLES, _CLASSES), "combine()")


@CONTRACTS.add("divide each row by its sum", shape)
def rows_sum_to_one(subject: FusionSubject) -> None:
    """Every row that combine() returns is finite, not negative, and sums to one."""
    require_distributions(subject.combined, "combine()")


@CONTRACTS.add("bound probabilities from below before a logarithm or a product", rows_sum_to_one)
def certain_members(subject: FusionSubject) -> None:
    """Members that are certain of different classes give a distribution too, for stored probabilities hold zeros."""
    certain = np.eye(_CLASSES)[(np.arange(_SAMPLES) + np.arange(_MEMBERS)[:, None]) % _CLASSES]
    with np.errstate(all="ignore"):
        result = subject.combine(certain, subject.learnt)
    _require_distributions(result, "for members that are certain of different classes, combine()")


@CONTRACTS.add("let no class gain from how many members there are", shape)
def equal_members(subject: FusionSubject) -> None:
    """Members that all say the same give their answer back: the same most probable class for every sample."""
    if subject.component.learns:
        raise NotApplicable("a fusion that learns may find that all of them are wrong in the same way")
    member = subject.members[0][0]
    result = subject.combine(np.stack([member] * _MEMBERS), {})
    other = np.flatnonzero(result.argmax(axis=1) != member.argmax(axis=1))
    if len(other):
        raise Breach(f"{len(other)} of {_SAMPLES} samples got another class than all {_MEMBERS} members gave them")


@CONTRACTS.add("draw from nothing, or from a generator with a fixed seed of its own", shape)
def deterministic(subject: FusionSubject) -> None:
    """fit() and combine() give the same result at every call."""
    first, again = state.under_other_seeds(lambda: subject.fused(*subject.members))
    if not np.array_equal(first, again, equal_nan=True):
        raise Breach(f"two calls differ by up to {np.abs(first - again).max():.3g}")


@CONTRACTS.add("treat members alike, or document the order in these words: the order of the members", shape)
def member_order(subject: FusionSubject) -> None:
    """The order of the members changes nothing, unless the docstring says what 'the order of the members' means."""
    documentation = inspect.getdoc(type(subject.component)) or ""
    if re.search(r"\border of (the|its) members\b", documentation, re.IGNORECASE):
        raise NotApplicable("its docstring says what the order of the members means")
    probabilities, labels = subject.members
    again = subject.fused(probabilities[::-1], labels)
    tolerance = _LEARNT_ALIKE if subject.component.learns else _SAME
    if (gap := float(np.abs(subject.combined - again).max())) > tolerance:
        raise Breach(f"with the members in reverse order probabilities change by up to {gap:.3g}")


@CONTRACTS.add("convert arrays with tolist() and NumPy's numbers with float() or int()", fits_and_combines)
def learnt_is_json(subject: FusionSubject) -> None:
    """fit() returns a table of plain numbers, strings, lists and tables, which is written into the record."""
    if not subject.component.learns:
        raise NotApplicable("it does not learn")
    try:
        plain = json.loads(json.dumps(subject.learnt, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise Breach(f"fit() returned what is no JSON: {error}") from error
    if not isinstance(plain, dict) or any(not isinstance(name, str) for name in subject.learnt):
        raise Breach(f"fit() returned {type(subject.learnt).__name__}, expected a table with names")


@CONTRACTS.add("work on a copy", fits_and_combines)
def inputs_unchanged(subject: FusionSubject) -> None:
    """fit() and combine() leave the members' probabilities and the labels as they are."""
    probabilities, labels = drawn(_CLASSES)
    if subject.component.learns:
        with unchanged("fit()", {"the probabilities": probabilities, "the labels": labels}):
            subject.component.fit(probabilities, labels)
    with unchanged("combine()", {"the probabilities": probabilities}):
        subject.component.combine(probabilities, **subject.learnt)


@CONTRACTS.add("keep the axis of the samples, also where it has one entry", shape)
def one_sample(subject: FusionSubject) -> None:
    """One sample is combined as it is among others."""
    alone, together = subject.combine(subject.members[0][:, :1], subject.learnt), subject.combined
    require_shape(alone, (1, _CLASSES), "for one sample combine()")
    if not np.allclose(alone[0], together[0], atol=1e-6, equal_nan=True):
        raise Breach(f"alone, a sample gets {np.round(alone[0], 3)}, among others {np.round(together[0], 3)}")


@CONTRACTS.add("count the members, do not expect three", rows_sum_to_one)
def two_members(subject: FusionSubject) -> None:
    """Two members can be combined."""
    probabilities, labels = subject.members
    _require_distributions(subject.fused(probabilities[:2], labels), "for two members combine()")


@CONTRACTS.add("count the classes in the shape of the probabilities, not in the labels", rows_sum_to_one)
def class_never_predicted(subject: FusionSubject) -> None:
    """A class that no member ever gives a probability, and that no validation sample has, keeps its column."""
    fewer, labels = drawn(_CLASSES - 1)
    probabilities = np.concatenate([fewer, np.zeros((_MEMBERS, _SAMPLES, 1))], axis=2)
    _require_distributions(subject.fused(probabilities, labels), "for a class that nobody predicts combine()")
