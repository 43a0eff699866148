"""What an audit is, what it gets to look at, and what it hands back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from emobench.audits.content_features import content_features
from emobench.contracts import Dataset, Modality, Split
from emobench.data import DatasetCopy
from emobench.errors import EmobenchError
from emobench.records import EXAMPLES, AuditFinding, Severity

if TYPE_CHECKING:
    import pandas as pd

FITTED = ("train", "validation")
"""The parts of the training side; every other part is tested."""

MEDIA: dict[Modality, tuple[str, str]] = {
    "image": ("image", "images"),
    "audio": ("sound", "sounds"),
    "video": ("film", "films"),
}
"""What one sample of a modality is called, and several."""


class PartPair(NamedTuple):
    """Two parts that must have nothing in common.

    Attributes:
        fitted: the part that is fitted on, or chosen on.
        tested: the other one.
        severity: how bad it is where they have something in common.
    """

    fitted: str
    tested: str
    severity: Severity


@dataclass(frozen=True)
class AuditInput:
    """What audits look at.

    Attributes:
        dataset: the dataset's plugin.
        source: the copy.
        samples: rows of the classified index that stand in a part, by sample id, in index order.
        split: the parts.
        step: called with the number of samples decoded since the last call.
    """

    dataset: Dataset
    source: DatasetCopy
    samples: pd.DataFrame
    split: Split
    step: Callable[[int], object]

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        source: DatasetCopy,
        samples: pd.DataFrame,
        split: Split,
        step: Callable[[int], object] = lambda number: None,
    ) -> AuditInput:
        """Return the input for a split of a classified index."""
        known = {sample for ids in split.parts.values() for sample in ids}
        inside = samples[samples["sample_id"].isin(known)].set_index("sample_id")
        return cls(dataset, source, inside, split, step)

    @cached_property
    def part_of(self) -> dict[str, str]:
        """Sample id to the name of its part."""
        return {sample: part for part, ids in self.split.parts.items() for sample in ids}

    def column(self, name: str) -> pd.Series[Any]:
        """Return the filled values of a column of the index, by sample id.

        Raises:
            EmobenchError: the index has no such column, or nothing in it.
        """
        if name not in self.samples.columns:
            raise EmobenchError(f"the index has no column {name!r}")
        values = self.samples[name]
        filled = values[values.notna() & (values.astype(str) != "")]
        if filled.empty:
            raise EmobenchError(f"the column {name!r} of the index is empty")
        return filled

    def features(self, *modalities: Modality) -> dict[Modality, pd.DataFrame]:
        """Return the features of those of these modalities that the dataset has; of all that it has where none is named.

        Raises:
            EmobenchError: it has none of them.
        """
        chosen = [one for one in self.dataset.modalities if one in modalities or not modalities]
        if not chosen:
            raise EmobenchError(f"the dataset has no {' or '.join(modalities)}")
        for one in chosen:
            if one not in self._features:
                self._features[one] = content_features(self.dataset, self.source, self.samples, one, self.step)
        return {one: self._features[one] for one in chosen}

    @cached_property
    def _features(self) -> dict[Modality, pd.DataFrame]:
        return {}

    def by_part(self, ids: Collection[str]) -> Iterator[tuple[str, list[str]]]:
        """Yield each part in which some of these samples stand, and which of them."""
        flagged = set(ids)
        for part, members in self.split.parts.items():
            if hit := [sample for sample in members if sample in flagged]:
                yield part, hit

    def pairs_of_parts(self) -> list[PartPair]:
        """Return the pairs of parts that must have nothing in common, and how bad it is where they do.

        What is fitted on, or chosen on, must not be tested on: that is an error. What training and validation share makes
        only the choice of an epoch too hopeful: that is a warning. Two test parts may share what they will.

        Raises:
            EmobenchError: nothing is fitted under this protocol.
        """
        fitted = [part for part in FITTED if part in self.split.parts]
        if not fitted:
            raise EmobenchError("nothing is fitted under this protocol")
        pairs = [PartPair(part, tested, "error") for part in fitted for tested in self.split.test_parts]
        return [*pairs, PartPair("train", "validation", "warning")] if len(fitted) == 2 else pairs


@dataclass(frozen=True)
class Flagged:
    """A finding, and the samples that a policy may drop for it.

    Attributes:
        finding: what a reader is told.
        samples: ids; a policy drops those of them that stand on its side of the split.
    """

    finding: AuditFinding
    samples: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Audit:
    """One question put to the parts of a dataset.

    Attributes:
        name: lower-case name with hyphens.
        title: a few words.
        meaning: what a finding means for a score, in one sentence without a final full stop.
        severity: the highest that its findings have.
        run: answers it; raises an ``EmobenchError`` where it cannot be asked of this data.
        drops: what one sample that a policy drops is called, and several; ``None`` for an audit that finds none to drop.
    """

    name: str
    title: str
    meaning: str
    severity: Severity
    run: Callable[[AuditInput], list[Flagged]]
    drops: tuple[str, str] | None = None


def flagged_across(
    audit: str, pair: PartPair, what: str, examples: Sequence[str], fitted: Collection[str], tested: Collection[str]
) -> Flagged:
    """Return a finding about what two parts share, with the samples on either side.

    Between training and validation no policy drops any.

    Args:
        audit: its name.
        pair: the parts.
        what: the sentence.
        examples: cut to five.
        fitted: ids of the samples of the first part.
        tested: ids of the samples of the second part.
    """
    finding = AuditFinding(
        audit=audit,
        severity=pair.severity,
        part=f"{pair.fitted} / {pair.tested}",
        count=len(tested),
        what=what,
        examples=tuple(examples)[:EXAMPLES],
    )
    return Flagged(finding) if pair.tested in FITTED else Flagged(finding, frozenset([*fitted, *tested]))


def flagged_within(
    audit: str, severity: Severity, part: str, ids: Sequence[str], what: str, examples: Sequence[str] | None = None
) -> Flagged:
    """Return a finding about samples of one part, all of which a policy for its side drops.

    Args:
        audit: its name.
        severity: of the finding.
        part: where the samples stand.
        ids: the samples.
        what: the sentence.
        examples: by default the samples themselves; cut to five.
    """
    shown = tuple(ids if examples is None else examples)[:EXAMPLES]
    finding = AuditFinding(audit=audit, severity=severity, part=part, count=len(ids), what=what, examples=shown)
    return Flagged(finding, frozenset(ids))
