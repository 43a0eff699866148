"""What an audit is, what it gets to look at, and what it hands back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from emobench.audits.facts import facts
from emobench.audits.report import EXAMPLES, AuditFinding, Severity
from emobench.contracts import Dataset, Modality, Split
from emobench.data import DatasetCopy
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    import pandas as pd

FITTED = ("train", "validation")
"""The parts of the training side; every other part is tested."""


@dataclass(frozen=True)
class Material:
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
        cls, dataset: Dataset, source: DatasetCopy, samples: pd.DataFrame, split: Split, step: Callable[[int], object]
    ) -> Material:
        """Return the material of a split of a classified index."""
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

    def facts(self, *modalities: Modality) -> dict[Modality, pd.DataFrame]:
        """Return the facts of those of these modalities that the dataset has; of all that it has where none is named.

        Raises:
            EmobenchError: it has none of them.
        """
        wanted = [one for one in self.dataset.modalities if one in modalities or not modalities]
        if not wanted:
            raise EmobenchError(f"the dataset has no {' or '.join(modalities)}")
        return {one: self._facts(one) for one in wanted}

    def _facts(self, modality: Modality) -> pd.DataFrame:
        if modality not in self._tables:
            self._tables[modality] = facts(self.dataset, self.source, self.samples, modality, self.step)
        return self._tables[modality]

    @cached_property
    def _tables(self) -> dict[Modality, pd.DataFrame]:
        return {}


@dataclass(frozen=True)
class Caught:
    """A finding, and the samples that a policy may drop for it.

    Attributes:
        finding: what a reader is told.
        training: sample ids of the training side that ``drop-from-training`` drops.
        tested: sample ids of test parts that ``drop-from-test`` drops.
    """

    finding: AuditFinding
    training: frozenset[str] = frozenset()
    tested: frozenset[str] = frozenset()


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
    run: Callable[[Material], list[Caught]]
    drops: tuple[str, str] | None = None


def pairs_of_parts(split: Split) -> list[tuple[str, str, Severity]]:
    """Return the pairs of parts that must have nothing in common, and how bad it is where they do.

    What is fitted on, or chosen on, must not be tested on: that is an error. What training and validation share makes only
    the choice of an epoch too hopeful: that is a warning. Two test parts may share what they will.

    Raises:
        EmobenchError: nothing is fitted under this protocol.
    """
    fitted = [part for part in FITTED if part in split.parts]
    if not fitted:
        raise EmobenchError("nothing is fitted under this protocol")
    pairs: list[tuple[str, str, Severity]] = [(one, part, "error") for one in fitted for part in split.test_parts]
    if len(fitted) == 2:
        pairs.append(("train", "validation", "warning"))
    return pairs


def caught_across(finding: AuditFinding, inside: Collection[str], outside: Collection[str], split: Split) -> Caught:
    """Return a finding across two parts with the samples on either side; between training and validation, none is dropped."""
    if not set(outside) <= {sample for part in split.test_parts for sample in split.parts[part]}:
        return Caught(finding)
    return Caught(finding, frozenset(inside), frozenset(outside))


def by_part(material: Material, ids: Collection[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield each part in which some of these samples stand, and which of them."""
    wanted = set(ids)
    for part, members in material.split.parts.items():
        if hit := [sample for sample in members if sample in wanted]:
            yield part, hit


def caught_within(
    audit: str, severity: Severity, part: str, ids: Sequence[str], what: str, examples: Sequence[str] | None = None
) -> Caught:
    """Return a finding about samples of one part, all of which a policy for its side drops.

    Args:
        audit: its name.
        severity: of the finding.
        part: where the samples stand.
        ids: the samples.
        what: the sentence.
        examples: by default the samples themselves; cut to five.
    """
    finding = AuditFinding(
        audit=audit,
        severity=severity,
        part=part,
        count=len(ids),
        what=what,
        examples=tuple(ids if examples is None else examples)[:EXAMPLES],
    )
    return Caught(finding, training=frozenset(ids)) if part in FITTED else Caught(finding, tested=frozenset(ids))
