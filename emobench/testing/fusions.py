"""What every late fusion must keep to; the members are drawn at random and know the truth more often than not."""

from __future__ import annotations

import inspect
import json
import re
from typing import TYPE_CHECKING, Any

from emobench.contracts import Fusion
from emobench.testing import light_import, state
from emobench.testing.contract import Breach, Contracts, NotApplicable, Subject, prepared
from emobench.testing.probabilities import require_finite, require_probabilities, require_shape, require_sums

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MEMBERS, _SAMPLES, _CLASSES = 3, 40, 4
_SAME = 1e-9
_LEARNT_ALIKE = 1e-2
"""How far apart two fits may end that differ in the order of the members: an iterative search stops near its minimum."""


class FusionSubject(Subject):
    """A fusion with members, a truth for it to learn from, and what it makes of them."""

    component: Fusion

    @prepared("fits-and-combines")
    def members(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Probabilities (m, n, k) and labels (n,): each member is right about two times in three."""
        return drawn(_MEMBERS, _SAMPLES)

    @prepared("fits-and-combines")
    def learnt(self) -> dict[str, Any]:
        """What the fusion learns from the members."""
        return self.fit(*self.members)

    @prepared("fits-and-combines")
    def combined(self) -> Any:
        """What it returns for them."""
        return self.combine(self.members[0].copy(), **self.learnt)

    def fit(self, probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> dict[str, Any]:
        """Fit on copies; nothing is learnt by a fusion that does not."""
        return self.component.fit(probabilities.copy(), labels.copy()) if self.component.learns else {}

    def combine(self, probabilities: NDArray[np.float64], **learnt: Any) -> Any:
        """Combine as the harness does, which takes lists too."""
        import numpy as np

        return np.asarray(self.component.combine(probabilities, **learnt))

    def fused(self, probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> Any:
        """Fit on some members' predictions and combine the same."""
        return self.combine(probabilities.copy(), **self.fit(probabilities, labels))

    @property
    def says_order_matters(self) -> bool:
        """Whether the fusion's documentation speaks of the order of its members, and not of some other order."""
        return bool(
            re.search(r"\border of (the|its) members\b", inspect.getdoc(type(self.component)) or "", re.IGNORECASE)
        )


def drawn(members: int, samples: int, *, classes: int = _CLASSES) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return members' probabilities (m, n, k), rounded as they are stored, and the truth (n,)."""
    import numpy as np

    generator = np.random.default_rng(20)
    labels = np.arange(samples) % classes
    probabilities = generator.dirichlet(np.ones(classes), (members, samples))
    probabilities[:, np.arange(samples), labels] += 0.5
    stored = (probabilities / probabilities.sum(axis=2, keepdims=True)).astype(np.float32)
    return stored.astype(np.float64), labels


CONTRACTS = Contracts("fusions")
light_import.add_to(CONTRACTS)


@CONTRACTS.add(
    "fits-and-combines",
    "combine() takes the probabilities of m members, (m, n, k), and by keyword what fit() returned, if the fusion learns",
    "let the keywords of combine() be the keys of what fit() returns",
)
def fits_and_combines(subject: FusionSubject) -> None:
    """Fit, if it learns, and combine."""
    _ = subject.combined


@CONTRACTS.add("shape", "combine() returns an array (n, k)", "reduce the first axis, that of the members, and no other")
def shape(subject: FusionSubject) -> None:
    """Look at the shape."""
    require_shape(subject.combined, (_SAMPLES, _CLASSES), "combine()")


def _sound(subject: FusionSubject) -> NDArray[np.float64]:
    """Return what was combined, if it has the shape that other checks take for granted."""
    try:
        require_shape(subject.combined, (_SAMPLES, _CLASSES), "combine()")
    except Breach:
        raise NotApplicable("the check 'shape' fails") from None
    result: NDArray[np.float64] = subject.combined
    return result


@CONTRACTS.add(
    "rows-sum-to-one",
    "every row that combine() returns is finite, not negative, and sums to one",
    "divide each row by its sum",
)
def rows_sum_to_one(subject: FusionSubject) -> None:
    """Look at the rows."""
    require_finite(_sound(subject), "combine()")
    require_sums(_sound(subject), "combine()")


@CONTRACTS.add(
    "certain-members",
    "members that are certain of different classes give a distribution too, for stored probabilities hold zeros",
    "bound probabilities from below before a logarithm or a product",
)
def certain_members(subject: FusionSubject) -> None:
    """Let each member be certain of another class, with zeros elsewhere."""
    import numpy as np

    learnt, _ = subject.learnt, _sound(subject)
    certain = np.eye(_CLASSES)[(np.arange(_SAMPLES) + np.arange(_MEMBERS)[:, None]) % _CLASSES]
    with np.errstate(all="ignore"):
        result = subject.combine(certain, **learnt)
    _distributions(subject, result, _SAMPLES, "for members that are certain of different classes, combine()")


def _distributions(subject: FusionSubject, result: Any, samples: int, what: str) -> None:
    """Require distributions, unless the fusion gives none in any case: then that is what has to be said, once."""
    try:
        require_probabilities(subject.combined, (_SAMPLES, _CLASSES), "combine()")
    except Breach:
        require_shape(result, (samples, _CLASSES), what)
    else:
        require_probabilities(result, (samples, _CLASSES), what)


@CONTRACTS.add(
    "equal-members",
    "members that all say the same give their answer back: the same most probable class for every sample",
    "let no class gain from how many members there are",
)
def equal_members(subject: FusionSubject) -> None:
    """Combine a member with itself."""
    import numpy as np

    if subject.component.learns:
        raise NotApplicable("a fusion that learns may find that all of them are wrong in the same way")
    _sound(subject)
    one = subject.members[0][0]
    result = subject.combine(np.stack([one] * _MEMBERS))
    other = np.flatnonzero(result.argmax(axis=1) != one.argmax(axis=1))
    if len(other):
        raise Breach(f"{len(other)} of {_SAMPLES} samples got another class than all {_MEMBERS} members gave them")


@CONTRACTS.add(
    "deterministic",
    "fit() and combine() give the same result at every call",
    "draw from nothing, or from a generator with a fixed seed of its own",
)
def deterministic(subject: FusionSubject) -> None:
    """Fit and combine under other states of the global generators."""
    import numpy as np

    _sound(subject)
    results = []
    for seed in (1, 2):
        with state.seeded(seed):
            results.append(subject.fused(*subject.members))
    first, again = results
    if not np.array_equal(first, again, equal_nan=True):
        raise Breach(f"two calls differ by up to {np.abs(first - again).max():.3g}")


@CONTRACTS.add(
    "member-order",
    "the result does not depend on the order of the members, unless the class's docstring says what 'the order of the "
    "members' means",
    "treat members alike, or document the order in these words: the order of the members",
)
def member_order(subject: FusionSubject) -> None:
    """Turn the members round."""
    import numpy as np

    first = _sound(subject)
    if subject.says_order_matters:
        raise NotApplicable("its docstring says what the order of the members means")
    probabilities, labels = subject.members
    again = subject.fused(probabilities[::-1], labels)
    tolerance = _LEARNT_ALIKE if subject.component.learns else _SAME
    if (gap := float(np.abs(first - again).max())) > tolerance:
        raise Breach(f"with the members in reverse order probabilities change by up to {gap:.3g}")


@CONTRACTS.add(
    "learnt-is-json",
    "fit() returns a table of plain numbers, strings, lists and tables, which stands in the record",
    "convert arrays with tolist() and NumPy's numbers with float() or int()",
)
def learnt_is_json(subject: FusionSubject) -> None:
    """Write it as JSON and read it back."""
    if not subject.component.learns:
        raise NotApplicable("it does not learn")
    learnt = subject.fit(*subject.members)
    try:
        plain = json.loads(json.dumps(learnt, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise Breach(f"fit() returned what is no JSON: {error}") from error
    if not isinstance(plain, dict) or any(not isinstance(name, str) for name in learnt):
        raise Breach(f"fit() returned {type(learnt).__name__}, wanted a table with names")


@CONTRACTS.add(
    "inputs-unchanged",
    "fit() and combine() leave the members' probabilities and the labels as they are",
    "work on a copy",
)
def inputs_unchanged(subject: FusionSubject) -> None:
    """Compare the inputs with what they were."""
    import numpy as np

    probabilities, labels = subject.members[0].copy(), subject.members[1].copy()
    learnt, _ = subject.learnt, subject.combined
    if subject.component.learns:
        subject.component.fit(probabilities, labels)
    if not np.array_equal(probabilities, subject.members[0]) or not np.array_equal(labels, subject.members[1]):
        raise Breach("fit() changed what it was given")
    subject.combine(probabilities, **learnt)
    if not np.array_equal(probabilities, subject.members[0]):
        raise Breach("combine() changed what it was given")


@CONTRACTS.add(
    "one-sample",
    "one sample is combined as it is among others",
    "keep the axis of the samples, also where it has one entry",
)
def one_sample(subject: FusionSubject) -> None:
    """Combine the first sample alone."""
    import numpy as np

    together = _sound(subject)
    alone = subject.combine(subject.members[0][:, :1].copy(), **subject.learnt)
    require_shape(alone, (1, _CLASSES), "for one sample combine()")
    if not np.allclose(alone[0], together[0], atol=1e-6, equal_nan=True):
        raise Breach(f"alone, a sample gets {np.round(alone[0], 3)}, among others {np.round(together[0], 3)}")


@CONTRACTS.add("two-members", "two members can be combined", "count the members, do not expect three")
def two_members(subject: FusionSubject) -> None:
    """Fit and combine two."""
    _sound(subject)
    probabilities, labels = subject.members
    _distributions(subject, subject.fused(probabilities[:2], labels), _SAMPLES, "for two members combine()")


@CONTRACTS.add(
    "class-never-predicted",
    "a class that no member ever gives a probability, and that no validation sample has, keeps its column",
    "take the number of classes from the shape of the probabilities, not from what occurs in the labels",
)
def class_never_predicted(subject: FusionSubject) -> None:
    """Let the last class be nobody's."""
    import numpy as np

    _sound(subject)
    fewer, labels = drawn(_MEMBERS, _SAMPLES, classes=_CLASSES - 1)
    probabilities = np.concatenate([fewer, np.zeros((_MEMBERS, _SAMPLES, 1))], axis=2)
    what = "for a class that nobody predicts combine()"
    _distributions(subject, subject.fused(probabilities, labels), _SAMPLES, what)
