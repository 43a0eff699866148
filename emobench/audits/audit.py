"""What an audit is, what it looks at, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from emobench.audits.content_features import content_features
from emobench.audits.image_distance import NearImages, near_images
from emobench.contracts import Dataset, Kind, Modality, Split, Target
from emobench.data import DatasetCopy
from emobench.errors import EmobenchError
from emobench.records import EXAMPLES, AuditFinding, Severity, truth_columns

if TYPE_CHECKING:
    import pandas as pd

FITTED = ("train", "validation")
"""The parts of the training side; every other part is tested."""

SOUNDS: tuple[Modality, ...] = ("audio", "video")
PICTURES: tuple[Modality, ...] = ("image", "video")

MEDIA: dict[Modality, tuple[str, str]] = {
    "image": ("image", "images"),
    "audio": ("sound", "sounds"),
    "video": ("film", "films"),
    "text": ("text", "texts"),
}
"""What one sample of a modality is called, and several."""

ALL_KINDS: tuple[Kind, ...] = ("class", "distribution", "values")
OF_CLASSES: tuple[Kind, ...] = ("class", "distribution")
"""Of votes, the class with the most of them is that of a sample."""


class PartPair(NamedTuple):
    """Two parts that must have nothing in common, and how bad it is where they do.

    Attributes:
        fitted: the part that a model is fitted or chosen on.
        tested: the other one.
        severity: of a finding.
    """

    fitted: str
    tested: str
    severity: Severity


class AuditInput:
    """What audits look at.

    Args:
        dataset: the dataset's plugin.
        copy: of the dataset: its files and its index.
        samples: the index with a truth.
        split: the parts.
        step: called with the number of samples decoded since the last call.
        target: votes or values, whose truth the samples have; ``None`` where that is one class.

    Attributes:
        part_of: sample id to the name of its part.
        samples: the rows of the index that are in a part, by sample id, in index order.
    """

    def __init__(
        self,
        dataset: Dataset,
        copy: DatasetCopy,
        samples: pd.DataFrame,
        split: Split,
        step: Callable[[int], object] = lambda number: None,
        target: Target | None = None,
    ) -> None:
        self.dataset, self.copy, self.split, self._step, self.target = dataset, copy, split, step, target
        self.part_of = {sample: part for part, ids in split.parts.items() for sample in ids}
        self.samples = samples[samples["sample_id"].isin(set(self.part_of))].set_index("sample_id")
        self._features: dict[Modality, pd.DataFrame] = {}
        self._near: dict[PartPair, NearImages] = {}

    @property
    def kind(self) -> Kind:
        """What is told of a sample."""
        return self.target.kind if self.target else "class"

    @property
    def truth(self) -> pd.DataFrame:
        """The votes or values, by sample id, a column for each name of the target."""
        assert self.target is not None
        return self.samples[list(truth_columns(self.target.names))]

    def filled(self, column: str) -> pd.Series[Any]:
        """Return the values of a column of the index that are not empty, by sample id; none where there is no column."""
        if column not in self.samples.columns:
            return self.samples["label"].iloc[:0]
        values = self.samples[column]
        return values[values.notna() & (values.astype(str) != "")]

    def features(self, *modalities: Modality) -> dict[Modality, pd.DataFrame]:
        """Return the features of the dataset's content: of these modalities, or of all that it has.

        Texts are looked at where there is nothing else: two recordings of one sentence are two samples.

        Raises:
            EmobenchError: it has none of them.
        """
        there = self.dataset.media or self.dataset.modalities
        chosen = [modality for modality in there if modality in modalities or not modalities]
        if not chosen:
            raise EmobenchError(f"the dataset has no {' or '.join(modalities)}")
        for modality in chosen:
            if modality not in self._features:
                table = content_features(self.dataset, self.copy, self.samples, modality, self._step)
                self._features[modality] = table
        return {modality: self._features[modality] for modality in chosen}

    def near_images(self, pair: PartPair) -> NearImages:
        """Return the images of two parts that look like each other; those of one value have no hash and are left out.

        Raises:
            EmobenchError: the dataset has no image.
        """
        if pair not in self._near:
            table = self.features("image")["image"]
            hashed = table[table["hash"] != ""]
            parts = hashed.index.map(self.part_of)
            self._near[pair] = near_images(hashed[parts == pair.fitted], hashed[parts == pair.tested])
        return self._near[pair]

    def by_part(self, ids: Collection[str]) -> Iterator[tuple[str, list[str]]]:
        """Yield each part that has some of these samples, and which of them."""
        flagged = set(ids)
        for part, members in self.split.parts.items():
            if hit := [sample for sample in members if sample in flagged]:
                yield part, hit

    def pairs_of_parts(self) -> list[PartPair]:
        """Return the pairs of parts that must have nothing in common.

        A sample that is fitted or chosen on must not be tested on: that is an error. What training and validation share
        makes only the choice of an epoch too hopeful: that is a warning.

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
    """A finding, and the ids of the samples that a policy may drop for it, on its side of the split."""

    finding: AuditFinding
    samples: frozenset[str] = frozenset()

    def within_bits(self, bits: int) -> Flagged:
        """Return it with the threshold that its finding goes by."""
        return replace(self, finding=self.finding.model_copy(update={"threshold_bits": bits}))


@dataclass(frozen=True)
class Audit:
    """One question about the parts of a dataset.

    Attributes:
        name: lower-case name with hyphens.
        title: a few words.
        severity: the highest that its findings have.
        find: answers it; raises an ``EmobenchError`` where it cannot be asked of this data.
        drops: what the samples that a policy drops are called; empty for an audit that finds none to drop.
        kinds: of what targets it is asked.
    """

    name: str
    title: str
    severity: Severity
    find: Callable[[Audit, AuditInput], list[Flagged]]
    drops: str = ""
    kinds: tuple[Kind, ...] = ALL_KINDS

    def finding(
        self,
        part: str,
        count: int,
        what: str,
        examples: Sequence[str] = (),
        severity: Severity | None = None,
        numbers: Mapping[str, float] = MappingProxyType({}),
    ) -> AuditFinding:
        """Return a finding, of the audit's own severity if no other is given, with at most five examples."""
        return AuditFinding(
            audit=self.name,
            severity=severity or self.severity,
            part=part,
            count=count,
            what=what,
            examples=tuple(examples)[:EXAMPLES],
            numbers=dict(numbers),
        )

    def across(
        self,
        pair: PartPair,
        what: str,
        examples: Sequence[str],
        fitted: Collection[str],
        tested: Collection[str],
        *,
        duplicates: bool = False,
    ) -> Flagged:
        """Return a finding about samples that two parts share; between training and validation no policy drops any.

        ``duplicates``: what is shared is the content itself, so that the finding names every tested sample.
        """
        finding = self.finding(f"{pair.fitted} / {pair.tested}", len(tested), what, examples, pair.severity)
        if pair.tested in FITTED:
            return Flagged(finding)
        if duplicates:
            finding = finding.model_copy(update={"tested": tuple(sorted(tested))})
        return Flagged(finding, frozenset([*fitted, *tested]))

    def within(self, part: str, ids: Sequence[str], what: str, examples: Sequence[str] | None = None) -> Flagged:
        """Return a finding about samples of one part, by default with the samples themselves as examples."""
        finding = self.finding(part, len(ids), what, ids if examples is None else examples)
        return Flagged(finding, frozenset(ids))
