"""What a plugin implements for a dataset, :class:`Dataset`, and what that takes and returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from emobench.contracts.download import Download
from emobench.contracts.media import Modality, column_of
from emobench.contracts.target import Target
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Folder:
    """One folder under the data directory, by its absolute path, with the names of the folders and files in it."""

    path: Path
    folders: frozenset[str]
    files: frozenset[str]


@dataclass(frozen=True)
class Copy:
    """A copy of a dataset on disk.

    Attributes:
        root: the folder (or, for a form that is one file, that file).
        form: which of the dataset's forms it is, in the dataset's own words, e.g. ``"folders"``.
    """

    root: Path
    form: str


@dataclass(frozen=True)
class Finding:
    """Something about a copy that a reader of its scores should know.

    Attributes:
        kind: ``missing`` (official, not here), ``extra`` (here, not official, not read), ``duplicate`` (here twice, read
            once), ``identical`` (two files with the same content; ``emobench data verify`` looks), ``unreadable`` (cannot
            be decoded), ``odd`` (a known quirk, or a departure from the official form).
        where: the file, relative to the copy's root (or the row, in a form that is one file); empty where it concerns the
            copy as a whole: an ``odd`` finding is then on every row of a board.
        what: one sentence without a final full stop.
    """

    kind: Literal["missing", "extra", "duplicate", "identical", "unreadable", "odd"]
    where: str
    what: str


@dataclass(frozen=True)
class Index:
    """A dataset as a table, and what is to be said about the copy it was read from.

    Attributes:
        samples: one row a sample, in a stable order that does not depend on the file system, with the columns

            - ``sample_id``: unique string, the same on every machine;
            - ``label``: one of :attr:`Dataset.labels`; an empty string where the dataset has none;
            - ``<target>.<name>``: numbers, for each of :attr:`Dataset.targets`;
            - ``group``: the speaker, actor or identity; an empty string where the dataset has none;
            - ``split``: the official split of the sample, only where the dataset has one;
            - ``<modality>_path``: path relative to the copy's root, for each of :attr:`Dataset.modalities`; an empty
              string in a form that is one file, and for a sample without that modality;
            - ``take``: what was recorded at one go, where a dataset has several files of it or shares it with another one,
              under the same name in both; a model that was fitted on a take is not tested on it, so that its name must not
              be that of another recording in an unrelated dataset; empty for a sample without one;
            - ``start`` and ``end``: the seconds of the file that the sample is, where it is a part of it; NaN for an end
              that is that of the file;
            - ``text``: what is said or written, where that is known: the content of the modality ``text``, which has no file;
              empty for a sample without it;
            - the dataset's own columns (sentence, intensity, sex, age, sample_rate).
        findings: missing, extra, duplicate, unreadable and odd files.
    """

    samples: pd.DataFrame
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Official:
    """What the dataset's publisher says it contains.

    Attributes:
        counts: number of samples by the values of some columns, e.g. ``{("split", "label"): {("train", "angry"): 3995}}``.
        fingerprint: sha256 over the sorted lines ``<file name> <sha256 of the file>`` joined by newlines, by form; a form
            that is not in the mapping can never be confirmed as official.
    """

    samples: int
    counts: Mapping[tuple[str, ...], Mapping[tuple[str, ...], int]] = field(default_factory=dict)
    fingerprint: Mapping[str, str] = field(default_factory=dict)


class Dataset(ABC):
    """A dataset: where it may lie on disk, what is in it, and a synthetic twin.

    Subclasses set the class attributes and implement :meth:`find`, :meth:`index` and :meth:`write_twin`. A dataset that
    pairs samples of others is a :class:`PairedDataset`.

    Attributes:
        name: lower-case name with hyphens, e.g. ``"my-corpus"``.
        title: as the field writes it.
        modalities: what a sample consists of.
        labels: the vocabulary of the ``label`` column; empty where no sample has a label.
        targets: what may be told of a sample besides one class: votes, or values.
        official: counts and fingerprints.
        license: short name, or ``"none stated"``.
        homepage: where it is described.
        citation: one line.
        obtain: how a user gets it, in one or two sentences.
        identities: columns of the index that say of whom, or of what, a sample is. A split with one value of them in training
            and in test is leaky, whatever its protocol promises. Intervals and tests are over all of them, crossed.
        ranked_by: name of the metric that rows are ranked by, unless a suite says otherwise: UAR, which the field reports of
            speech and of classes of unequal size; ``"accuracy"`` where it reports that. No result depends on it.
        downloads: what ``emobench data download`` fetches, all of it; empty where a user can only do what :attr:`obtain`
            says.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    identities: ClassVar[tuple[str, ...]] = ("group",)
    ranked_by: ClassVar[str] = "balanced_accuracy"
    modalities: ClassVar[tuple[Modality, ...]]
    labels: ClassVar[tuple[str, ...]]
    targets: ClassVar[tuple[Target, ...]] = ()
    official: ClassVar[Official]
    license: ClassVar[str]
    homepage: ClassVar[str]
    citation: ClassVar[str]
    obtain: ClassVar[str]
    downloads: ClassVar[tuple[Download, ...]] = ()

    @property
    def media(self) -> tuple[Modality, ...]:
        """The modalities that have files: all but texts."""
        return tuple(modality for modality in self.modalities if modality != "text")

    @abstractmethod
    def find(self, folders: Iterable[Folder]) -> list[Copy]:
        """Return every copy among ``folders``, the most trustworthy form first; look at names only, open nothing."""

    @abstractmethod
    def index(self, copy: Copy) -> Index:
        """Read a copy.

        A sample whose file is damaged stays in the index, with an ``unreadable`` finding: it is dropped, and counted, when
        its content is needed.

        Raises:
            EmobenchError: the copy as a whole cannot be used (a wrong header, a folder of Git LFS pointers).
        """

    @abstractmethod
    def write_twin(self, folder: Path) -> None:
        """Write a small synthetic copy into the empty ``folder``.

        The same names, layout and file formats as the official form, every label, a few speakers or identities, a signal
        that a model can learn, the same bytes at every call.
        """

    def names(self, copy: Copy) -> Sequence[str] | None:
        """Return the files below the copy's root that :meth:`index` depends on; ``None``, the default, for all of them."""
        return None

    def files(self, copy: Copy, samples: pd.DataFrame) -> list[Path]:
        """Return the files whose content is the dataset's content; they make its fingerprint."""
        if copy.root.is_file():
            return [copy.root]
        names = {name for modality in self.media for name in samples[column_of(modality)] if name}
        return [copy.root / name for name in sorted(names)]

    def read(self, copy: Copy, sample: Mapping[str, Any], modality: Modality) -> Any:
        """Decode one sample, where that takes more than decoding its file.

        Args:
            copy: the copy that :meth:`index` read.
            sample: the sample's row of the index.
            modality: which of its modalities.

        Returns:
            For ``image`` an uint8 array (height, width) or (height, width, 3) in RGB order; for ``audio`` an
            :class:`Audio`; for ``video`` a :class:`Video`; for ``text`` a str. ``NotImplemented``, which this method
            returns, leaves the sample to the harness: :func:`emobench.decoding.read_sample` decodes the file
            ``<modality>_path``, and takes a text from the row.

        Raises:
            UnreadableError: the sample cannot be decoded.
        """
        return NotImplemented


class PairedDataset(Dataset):
    """A dataset whose samples are pairs (or more) of samples of other datasets.

    It has no files of its own: the harness finds its members under the data directory, and hands their indexes to
    :meth:`pair`. It is trusted as far as the least trusted of its members, and its twin is theirs. Where a member
    overrides :meth:`read`, override it here too.

    Attributes:
        members: names of the registered datasets whose samples it puts together.
    """

    members: ClassVar[tuple[str, ...]]

    @abstractmethod
    def pair(self, members: Mapping[str, Index]) -> Index:
        """Return the pairs.

        Args:
            members: name to index of each member. The paths in it are relative to the data directory, which is the root of
                the paired copy; so a path of a pair is that of its member's sample.

        Returns:
            The index of the pairs, with the findings about the pairing; those of the members are not repeated.
        """

    def find(self, folders: Iterable[Folder]) -> list[Copy]:
        """Return nothing: the harness finds the members."""
        return []

    def index(self, copy: Copy) -> Index:
        """Refuse: a paired copy is read through its members."""
        raise self._no_files("call pair()")

    def write_twin(self, folder: Path) -> None:
        """Refuse: the harness writes the members' twins."""
        raise self._no_files("write its members' twins")

    def _no_files(self, remedy: str) -> EmobenchError:
        return EmobenchError("a paired dataset has no files of its own", where=self.name, remedy=remedy)
