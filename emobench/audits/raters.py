"""How many raters voted on a sample, and how far they agree: what the votes are worth as a truth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from emobench.audits.audit import Audit, AuditInput, Flagged
from emobench.errors import EmobenchError, counted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def raters(audit: Audit, data: AuditInput) -> list[Flagged]:
    """Say how many raters there are, how often classes tie and how far raters agree; find samples with one rater."""
    votes = data.truth.to_numpy(dtype="float64")
    if (votes % 1 != 0).any():
        raise EmobenchError("the votes are shares, of which nobody can tell how many raters they are of")
    each = votes.sum(axis=1)
    return [
        _numbers(audit, votes, each),
        *_agreement(audit, votes, each),
        *_single(audit, data, set(data.truth.index[each == 1])),
    ]


def _numbers(audit: Audit, votes: NDArray[np.float64], each: NDArray[np.float64]) -> Flagged:
    """Return the note on how many raters there are.

    Args:
        audit: that asks.
        votes: (n, k) counts of raters.
        each: (n,) raters of each sample.
    """
    import numpy as np

    numbers = {
        "raters_least": float(each.min()),
        "raters_median": float(np.median(each)),
        "raters_most": float(each.max()),
        "one_rater": float(np.mean(each == 1)),
        "ties": float(np.mean(np.sum(votes == votes.max(axis=1, keepdims=True), axis=1) > 1)),
    }
    what = (
        f"raters of a sample: {each.min():g} at least, {numbers['raters_median']:g} in the median, {each.max():g} at most; "
        f"{numbers['one_rater']:.1%} of {len(each):,} samples have one rater, and on {numbers['ties']:.1%} classes tie for "
        "the most votes"
    )
    return Flagged(audit.finding("", len(each), what, severity="note", numbers=numbers))


def _agreement(audit: Audit, votes: NDArray[np.float64], each: NDArray[np.float64]) -> Iterator[Flagged]:
    """Yield the note on Krippendorff's alpha over the samples with two raters or more, where it is defined."""
    paired = votes[each > 1]
    if (paired.sum(axis=0) > 0).sum() < 2:  # nobody to compare with, or nothing that they could disagree on
        return
    alpha = nominal_alpha(paired)
    what = f"the raters agree with Krippendorff's alpha = {alpha:.3f} (nominal; 1: always, 0: as by chance)"
    yield Flagged(audit.finding("", len(paired), what, severity="note", numbers={"alpha": alpha}))


def nominal_alpha(votes: NDArray[np.float64]) -> float:
    """Return Krippendorff's alpha for classes without an order, at most 1.

    Args:
        votes: (n, k) counts of raters, of two classes at least, with two raters or more on each sample.
    """
    from nltk.metrics.agreement import AnnotationTask

    # Who voted is not known, and does not matter to alpha: the raters of a sample are numbered.
    ratings = []
    for sample, counts in enumerate(votes.astype(int).tolist()):
        chosen = [place for place, number in enumerate(counts) for _ in range(number)]
        ratings += [(rater, sample, place) for rater, place in enumerate(chosen)]
    return float(AnnotationTask(data=ratings).alpha())


def _single(audit: Audit, data: AuditInput, alone: set[str]) -> Iterator[Flagged]:
    for part, ids in data.by_part(alone):
        what = f"{counted(len(ids), 'sample has', 'samples have')} one rater only: a vote of one says nothing of doubt"
        yield Flagged(audit.finding(part, len(ids), what, ids))
