"""What plugin authors implement or construct.

Importing this module costs nothing: numpy, pandas and torch appear in annotations only. A plugin hands instances of these
classes to the hooks of :mod:`emobench.hookspecs`; everything else is the harness's business.

Shapes: ``n`` samples, ``k`` classes, ``m`` members of a fusion.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, runtime_checkable

from emobench.errors import EmobenchError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

Modality = Literal["image", "audio", "video"]

# ------------------------------------------------------------------------------------------------ datasets


@dataclass(frozen=True)
class Folder:
    """One folder under the data directory, as the harness listed it.

    Attributes:
        path: absolute path.
        folders: names of the folders in it.
        files: names of the files in it.
    """

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
            once), ``unreadable`` (cannot be decoded), ``odd`` (a known quirk, or a departure from the official form).
        where: the file, relative to the copy's root (or the row, in a form that is one file); empty where it concerns the
            copy as a whole: an ``odd`` finding then stands on every row of a board.
        what: one sentence without a final full stop.
    """

    kind: Literal["missing", "extra", "duplicate", "unreadable", "odd"]
    where: str
    what: str


@dataclass(frozen=True)
class Index:
    """A dataset as a table, and what is to be said about the copy it was read from.

    Attributes:
        samples: one row a sample, in a stable order that does not depend on the file system, with the columns

            - ``sample_id``: unique string, the same on every machine;
            - ``label``: one of :attr:`Dataset.labels`;
            - ``group``: the speaker, actor or identity; an empty string where the dataset has none;
            - ``split``: the official split of the sample, only where the dataset has one;
            - ``<modality>_path``: path relative to the copy's root, for each of :attr:`Dataset.modalities`; an empty
              string in a form that is one file, and for a sample without that modality;
            - ``take``: what was recorded at one go, where a dataset has several files of it or shares it with another one,
              under the same name in both; a model that was fitted on a take is not tested on it; empty for a sample
              without one;
            - the dataset's own columns (sentence, intensity, sex, age, sample_rate).
        findings: missing, extra, duplicate, unreadable and odd files.
    """

    samples: pd.DataFrame
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Official:
    """What the dataset's publisher says it contains.

    Attributes:
        samples: number of samples.
        counts: number of samples by the values of some columns, e.g. ``{("split", "label"): {("train", "angry"): 3995}}``.
        fingerprint: sha256 over the sorted lines ``<file name> <sha256 of the file>`` joined by newlines, by form; a form
            that is not in the mapping can never be confirmed as official.
    """

    samples: int
    counts: Mapping[tuple[str, ...], Mapping[tuple[str, ...], int]] = field(default_factory=dict)
    fingerprint: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FileDownload:
    """A file of a dataset that its publisher gives to everybody at a fixed address.

    Attributes:
        url: its address, http or https.
        name: what it is called in the dataset's folder, with forward slashes where it belongs into a folder there.
        size: in bytes; ``None`` where the publisher does not tell.
        checksum: ``"<algorithm>:<hexadecimal digest>"`` as the publisher states it, e.g. ``"md5:bc69..."``; ``None`` where
            none is stated: the dataset's fingerprint has to do then.
        unpack: whether it is an archive (zip or tar) whose content, not the file itself, belongs into the dataset's folder.

    Raises:
        ValueError: the address, the name or the checksum is malformed.
    """

    url: str
    name: str
    size: int | None = None
    checksum: str | None = None
    unpack: bool = False

    def __post_init__(self) -> None:
        if not self.url.startswith(("https://", "http://")):
            raise ValueError(f"url {self.url!r} does not begin with https://")
        parts = self.name.split("/")
        if any(part in ("", ".", "..") for part in parts) or "\\" in self.name or ":" in self.name:
            raise ValueError(f"name {self.name!r} must be a relative path with forward slashes")
        algorithm, _, digest = (self.checksum or "md5:0").partition(":")
        if algorithm not in hashlib.algorithms_guaranteed or not digest:
            raise ValueError(f"checksum {self.checksum!r} must be an algorithm of hashlib, a colon and a digest")


@dataclass(frozen=True)
class KaggleDownload:
    """An archive that Kaggle's own client fetches, with the user's token.

    Attributes:
        ref: ``"owner/dataset"``, or the name of a competition.
    """

    ref: str


Download = FileDownload | KaggleDownload
"""One of the things that a dataset consists of for ``emobench data download``."""


class Dataset(ABC):
    """A dataset: where it may lie on disk, what is in it, and a synthetic twin.

    Subclasses set the class attributes and implement :meth:`find`, :meth:`index` and :meth:`write_twin`. A dataset that
    pairs samples of others is a :class:`PairedDataset`.

    Attributes:
        name: lower-case name with hyphens, e.g. ``"my-corpus"``.
        title: as the field writes it.
        modalities: what a sample consists of.
        labels: the vocabulary of the ``label`` column.
        official: counts and fingerprints.
        license: short name, or ``"none stated"``.
        homepage: where it is described.
        citation: one line.
        obtain: how a user gets it, in one or two sentences.
        identities: columns of the index that say of whom, or of what, a sample is. A split with one value of them in training
            and in test is leaky, whatever its protocol promises.
        downloads: what ``emobench data download`` fetches, all of it; empty where a user can only do what :attr:`obtain`
            says.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    identities: ClassVar[tuple[str, ...]] = ("group",)
    modalities: ClassVar[tuple[Modality, ...]]
    labels: ClassVar[tuple[str, ...]]
    official: ClassVar[Official]
    license: ClassVar[str]
    homepage: ClassVar[str]
    citation: ClassVar[str]
    obtain: ClassVar[str]
    downloads: ClassVar[tuple[Download, ...]] = ()

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

    def files(self, copy: Copy, samples: pd.DataFrame) -> list[Path]:
        """Return the files whose content is the dataset's content; they make its fingerprint."""
        if copy.root.is_file():
            return [copy.root]
        names = {name for modality in self.modalities for name in samples[f"{modality}_path"] if name}
        return [copy.root / name for name in sorted(names)]

    def read(self, copy: Copy, sample: Mapping[str, Any], modality: Modality) -> Any:
        """Decode one sample.

        Args:
            copy: the copy that :meth:`index` read.
            sample: the sample's row of the index.
            modality: which of its modalities.

        Returns:
            For ``image`` an uint8 array (height, width) or (height, width, 3) in RGB order; for ``audio`` an
            :class:`Audio`; for ``video`` a :class:`Video`.

        Raises:
            UnreadableError: the file cannot be decoded.
        """
        from emobench import media

        return media.read(copy.root / sample[f"{modality}_path"], modality)


class PairedDataset(Dataset):
    """A dataset whose samples are pairs (or more) of samples of other datasets.

    It has no files of its own: the harness finds its members under the data directory, and hands their indexes to
    :meth:`pair`. It is trusted as far as the least trusted of its members, and its twin is theirs. Its files are decoded as
    the base class does it; where a member overrides :meth:`read`, override it here too.

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
            The index of the pairs; its findings are those about the pairing. What the members' findings say about a copy as
            a whole stands on the row anyway.
        """

    def find(self, folders: Iterable[Folder]) -> list[Copy]:
        """Return nothing: the harness finds the members."""
        return []

    def index(self, copy: Copy) -> Index:
        """Refuse: a paired copy is read through its members."""
        raise EmobenchError("a paired dataset has no files of its own", where=self.name, remedy="call pair()")

    def write_twin(self, folder: Path) -> None:
        """Refuse: the harness writes the members' twins."""
        raise EmobenchError(
            "a paired dataset has no files of its own", where=self.name, remedy="write its members' twins"
        )


@dataclass(frozen=True)
class Audio:
    """A decoded sound.

    Attributes:
        samples: float32 (frames,), mono (the mean of the channels), in [-1, 1].
        rate: frames a second.
    """

    samples: NDArray[np.float32]
    rate: int


@dataclass(frozen=True)
class Video:
    """A film whose frames are decoded when they are asked for.

    Attributes:
        path: its file.
        frames: how many frames the file says it has; the last one of them may not decode.
    """

    path: Path
    frames: int

    def read(self, positions: Iterable[int]) -> dict[int, NDArray[np.uint8]]:
        """Decode the frames at ``positions``, counted from 0.

        Returns:
            Position to uint8 (height, width, 3) in RGB order, without the positions that do not decode.
        """
        from emobench import video

        return video.read_frames(self.path, positions)


@dataclass(frozen=True)
class LabelMap:
    """A named, versioned map from datasets' labels to the classes of a task.

    Attributes:
        name: lower-case name with hyphens.
        version: raised whenever ``classes`` or ``mapping`` change.
        classes: the classes, in the order of the columns of every probability array.
        mapping: dataset label to class; ``None`` leaves the samples of that label out of the task.
    """

    name: str
    version: int
    classes: tuple[str, ...]
    mapping: Mapping[str, str | None]

    def apply(self, labels: pd.Series[str]) -> pd.Series[str]:
        """Return the class of each label, missing (NaN) where the map leaves the sample out.

        Raises:
            EmobenchError: a label is not in the map, or no sample remains.
        """
        unknown = sorted(set(labels) - set(self.mapping))
        if unknown:
            raise EmobenchError(
                f"label map {self.name!r} says nothing about {', '.join(map(repr, unknown))}",
                remedy=f"use a map for these labels; this one knows {', '.join(self.mapping)}",
            )
        mapped = labels.map(dict(self.mapping))
        if mapped.isna().all():
            raise EmobenchError(f"label map {self.name!r} leaves no sample of this dataset", remedy="use another map")
        return mapped


# --------------------------------------------------------------------------------- protocols, representations


@dataclass(frozen=True)
class Split:
    """The parts of a dataset under a protocol.

    Attributes:
        parts: sample ids by part, in index order. ``train`` is fitted on, and may be absent where nothing is fitted;
            ``validation``, if there, may choose epochs or the weights of a fusion; every other part is a test part.
    """

    parts: Mapping[str, tuple[str, ...]]

    @property
    def test_parts(self) -> tuple[str, ...]:
        """Names of the test parts, in the protocol's order."""
        return tuple(name for name in self.parts if name not in ("train", "validation"))

    @cached_property
    def hashes(self) -> dict[str, str]:
        """Sha256 of each part's sorted sample ids, joined by newlines."""
        return {name: hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest() for name, ids in self.parts.items()}


class SplitProtocol(ABC):
    """A rule that divides a dataset into parts.

    Attributes:
        name: lower-case name with hyphens.
        title: one line for people.
        requires: columns of the index that it needs to be there and filled.
        leaky: whether it lets what identifies a person, a take or a recording stand on both sides.
        parameters: names and defaults of what a suite may set. A rule that makes folds has one called ``fold``, with the
            default ``""``.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    requires: ClassVar[tuple[str, ...]] = ()
    leaky: ClassVar[bool] = False
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType({})

    def folds(self, samples: pd.DataFrame, **parameters: Any) -> tuple[str, ...]:
        """Return the names of the folds, in order; none for a rule that divides the samples once.

        The harness fits one model a fold, with the fold's name as the parameter ``fold``, and then puts together what the
        folds predict for their test parts, which must not overlap. A suite that sets ``fold`` itself gets that fold alone.

        Args:
            samples: as in :meth:`split`.
            **parameters: every name in :attr:`parameters`.

        Raises:
            EmobenchError: the samples cannot be divided by this rule.
        """
        return ()

    @abstractmethod
    def split(self, samples: pd.DataFrame, **parameters: Any) -> Split:
        """Divide the samples.

        Args:
            samples: the index after the label map: ``label`` holds the class.
            **parameters: every name in :attr:`parameters`; where the rule makes folds, ``fold`` names one of them.

        Returns:
            The parts. What is tested in one fold is called the same in every fold.

        Raises:
            EmobenchError: the samples cannot be divided by this rule.
        """


class Representation(ABC):
    """A rule that turns a decoded file into an array of one shape.

    The harness computes it once per dataset and caches the arrays, keyed by content, parameters, this class's code and the
    versions of :attr:`packages`.

    Attributes:
        name: lower-case name with hyphens.
        title: one line for people.
        modality: what it is computed from.
        parameters: names and defaults of what a suite may set.
        packages: distributions whose version may change the result.
        views: whether the first axis of the array counts views of the sample (frames of a film, say), each of them an input
            of its own for a model. A model is then trained on every view, and a fusion pools what it predicts for them.
        random: whether :meth:`compute` wants a keyword ``generator``: a ``numpy.random.Generator`` seeded with the sample's
            id and, where there is one, the parameter ``seed``. Neither the order of the samples nor the number of processes
            then changes what is drawn.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    modality: ClassVar[Modality]
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    packages: ClassVar[tuple[str, ...]] = ()
    views: ClassVar[bool] = False
    random: ClassVar[bool] = False

    @abstractmethod
    def compute(self, decoded: Any, **parameters: Any) -> NDArray[Any]:
        """Return the array of one sample; its shape and dtype are the same for every sample.

        Args:
            decoded: what :meth:`Dataset.read` returns for :attr:`modality`.
            **parameters: every name in :attr:`parameters`, and ``generator`` for a :attr:`random` representation.

        Raises:
            UnreadableError: this sample cannot be represented (it is too short, say); it is dropped and counted.
        """


# -------------------------------------------------------------------------------------------------- models


@dataclass(frozen=True)
class Stream:
    """One input of a model: rows of a (memory-mapped) array.

    Attributes:
        array: (N, ...) all represented samples of the dataset; read-only.
        rows: (n,) int64 positions in ``array``, one a sample.
    """

    array: NDArray[Any]
    rows: NDArray[np.int64]

    def take(self, positions: NDArray[np.int64]) -> NDArray[Any]:
        """Return the inputs at ``positions`` (of the samples, not of the array) as one new array in memory."""
        return self.array[self.rows[positions]]


@dataclass(frozen=True)
class Samples:
    """What a model is fitted on or predicts.

    Attributes:
        ids: (n,) numbers as strings, in order; the samples' own names often tell the label, and stay with the harness.
        streams: one entry for each representation the model takes, in that order.
        labels: (n,) int64 indices into ``classes``; ``None`` for a test part, always.
        classes: class names, in the order of the probability columns.
    """

    ids: tuple[str, ...]
    streams: Mapping[str, Stream]
    labels: NDArray[np.int64] | None
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def x(self, stream: str | None = None) -> NDArray[Any]:
        """Return one stream's inputs, (n, ...), in memory; the only stream's where none is named."""
        if stream is None:
            (stream,) = self.streams
        chosen = self.streams[stream]
        return chosen.array[chosen.rows]

    @property
    def y(self) -> NDArray[np.int64]:
        """The labels.

        Raises:
            EmobenchError: these are test samples.
        """
        if self.labels is None:
            raise EmobenchError("a model asked for the labels of test samples", remedy="models never see them")
        return self.labels


@dataclass(frozen=True)
class Schedule:
    """How long and how fast a model trains.

    Attributes:
        epochs: passes over the training part.
        batch_size: samples a step.
        learning_rate: of the optimiser.
        weight_decay: L2 coefficient; for Adam it is added to the gradient (torch.optim.Adam's ``weight_decay``).
        optimizer: ``"adam"``, ``"adamw"`` or ``"sgd"`` (momentum 0.9).
    """

    epochs: int = 10
    batch_size: int = 32
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    optimizer: Literal["adam", "adamw", "sgd"] = "adam"


@dataclass(frozen=True)
class Epoch:
    """One finished epoch.

    Attributes:
        number: counted from 1.
        of: number of epochs asked for.
        loss: mean training loss.
        accuracy: on the training samples as they were trained, in [0, 1].
        validation: metric name to value on the validation part; empty where there is none.
        seconds: wall time.
    """

    number: int
    of: int
    loss: float
    accuracy: float
    validation: Mapping[str, float]
    seconds: float


@dataclass(frozen=True)
class FitContext:
    """What the harness tells a model about the run.

    Attributes:
        schedule: the suite's schedule, with the user's departures applied.
        seed: for every source of randomness.
        device: ``"cpu"``, ``"cuda"`` or ``"mps"``.
        precision: ``"fp32"`` or ``"bf16"``.
        work: a folder for checkpoints; what is in it survives an interrupted run and goes when the cell is finished.
        step: call it with the number of samples done since the last call, for the progress display.
        epoch: call it after each epoch.
    """

    schedule: Schedule
    seed: int
    device: str
    precision: str
    work: Path
    step: Callable[[int], None]
    epoch: Callable[[Epoch], None]


@runtime_checkable
class Model(Protocol):
    """The full contract of a model; estimators and torch modules are adapted to it by the harness."""

    def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
        """Fit on ``train``; resume from ``context.work`` if an earlier call was interrupted."""

    def predict_proba(self, samples: Samples) -> NDArray[np.floating[Any]]:
        """Return (n, k) finite probabilities whose rows sum to one."""

    def save(self, folder: Path) -> None:
        """Write the fitted model into the existing, empty ``folder``."""

    def load(self, folder: Path) -> None:
        """Become the model that was saved in ``folder``."""

    def parameter_count(self) -> int | None:
        """Number of fitted parameters, or ``None`` where that has no meaning."""


BUILD_ARGUMENTS = ("classes", "input_shapes", "seed", *(one.name for one in fields(Schedule)))
"""What the harness offers to the factory of a model, beside the model's own parameters."""


@dataclass(frozen=True)
class ModelSpec:
    """A registered model.

    ``build`` is called with the model's own parameters (``parameters``, overridden by the suite) and with those arguments
    without a default that its signature names out of

    - ``classes`` (int, k), ``input_shapes`` (a tuple with the shape of one sample for each stream), ``seed`` (int),
    - the fields of :class:`Schedule` (``epochs``, ``batch_size``, ``learning_rate``, ``weight_decay``, ``optimizer``).

    It returns a scikit-learn classifier with ``predict_proba``, or a ``torch.nn.Module`` that maps one batch of each
    stream to logits (n, k), or a :class:`Model`. The factory imports what it needs itself, so that listing models is fast.

    A torch module gets float32 batches; uint8 arrays are divided by 255 first. It is trained by
    :mod:`emobench.training` with cross-entropy, to which it may add a scalar tensor from a method ``penalty()`` of its own
    (L2 on some of its weights, say); the reported loss is the cross-entropy alone. An estimator gets its stream flattened to
    (n, features), and every ``random_state`` parameter that is ``None`` is set to the seed.

    Attributes:
        name: lower-case name with hyphens.
        build: the factory.
        takes: representation names, one a stream.
        parameters: the model's own parameters and their defaults.
        title: as the field writes it.
        citation: one line.
        packages: distributions whose version may change the result.
        files: names of parameters that are paths of local files (pretrained weights); a cell is identified by what is in
            them, not by where they are.
    """

    name: str
    build: Callable[..., Any]
    takes: tuple[str, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    citation: str = ""
    packages: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


# --------------------------------------------------------------------------------------- fusions and metrics


class Fusion(ABC):
    """A late fusion: it combines the stored probabilities of other cells on the same samples.

    Attributes:
        name: lower-case name with hyphens.
        title: one line for people.
        learns: whether it is fitted on the members' predictions for the validation part.
        packages: distributions whose version may change the result.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    learns: ClassVar[bool] = False
    packages: ClassVar[tuple[str, ...]] = ()

    def fit(self, probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> dict[str, Any]:
        """Learn from the validation part; called only where :attr:`learns` is true.

        Args:
            probabilities: (m, n, k) of the members.
            labels: (n,) indices of the classes.

        Returns:
            What is handed to :meth:`combine` by keyword: plain numbers, strings, lists and tables. It stands in the record,
            and a list of m numbers called ``weights`` on the row.
        """
        return {}

    @abstractmethod
    def combine(self, probabilities: NDArray[np.float64], *args: Any, **learnt: Any) -> NDArray[np.float64]:
        """Return (n, k) probabilities from the members' (m, n, k).

        Args:
            probabilities: of the members, each row summing to one.
            *args: nothing; with it, type checkers accept an override that names just what it takes.
            **learnt: what :meth:`fit` returned; nothing for a fusion that does not learn.
        """


@dataclass(frozen=True)
class Metric:
    """A number computed from predictions.

    Attributes:
        name: lower-case name with underscores, e.g. ``"f1_macro"``.
        title: column heading.
        compute: called with ``truth`` (n,) int64, ``probabilities`` (n, k) float64 and ``classes`` (k names); returns a
            float. Classes without a sample in ``truth`` must not be averaged in.
        higher_is_better: the direction in which rows are ranked.
    """

    name: str
    title: str
    compute: Callable[[NDArray[np.int64], NDArray[np.float64], tuple[str, ...]], float]
    higher_is_better: bool = True
