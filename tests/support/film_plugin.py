"""Tiny plugins about films: takes that two datasets share, a modality that is missing here and there, views, pairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from emobench_plugins.fusions import average
from emobench_plugins.metrics import classification
from emobench_plugins.protocols import test_only
from numpy.typing import NDArray

from emobench import hookimpl
from emobench.contracts import (
    Copy,
    Dataset,
    Fusion,
    Index,
    LabelMap,
    Modality,
    ModelSpec,
    Official,
    PairedDataset,
    Representation,
)
from emobench.errors import UnreadableError
from tests import conftest
from tests.conftest import Dots, FakeEntry, Pixels


class Bytes(np.ndarray[Any, np.dtype[np.uint8]]):
    """16 bytes, which are a sound too for whoever asks for one."""

    rate = 16

    @property
    def samples(self) -> NDArray[np.float32]:
        """Return (16,) float32 in [0, 1]."""
        return np.asarray(self, dtype=np.float32) / np.float32(255)


def read_bytes(copy: Copy, sample: Mapping[str, Any], modality: Modality) -> NDArray[np.uint8]:
    """Return the 16 bytes of one modality of a sample."""
    content = (copy.root / sample[f"{modality}_path"]).read_bytes()
    if len(content) != 16:
        raise UnreadableError(f"{len(content)} bytes instead of 16", where=str(sample[f"{modality}_path"]))
    return np.frombuffer(content, dtype=np.uint8).view(Bytes)


class Clips(Dots):
    """Dots that are takes: named after their sample, all but ``train-round-00``, which has no take."""

    name: ClassVar[str] = "clips"
    title: ClassVar[str] = "Clips"

    def index(self, copy: Copy) -> Index:
        """Add the takes."""
        samples = super().index(copy).samples
        return Index(samples.assign(take=samples["sample_id"].where(samples["sample_id"] != "train-round-00", "")))


class Films(Dots):
    """The same files once more, named ``film-...``, as pictures with a sound that the fourth of each kind lacks.

    Takes are those of :class:`Clips`; ``film-private-round-00`` has none.
    """

    name: ClassVar[str] = "films"
    title: ClassVar[str] = "Films"
    modalities: ClassVar[tuple[Modality, ...]] = ("image", "audio")

    def index(self, copy: Copy) -> Index:
        """Add takes and sounds."""
        samples = super().index(copy).samples
        take = samples["sample_id"]
        silent = take.str.endswith("-03")
        return Index(
            samples.assign(
                sample_id="film-" + take,
                take=take.where(take != "private-round-00", ""),
                audio_path=samples["image_path"].where(~silent, ""),
            )
        )

    def read(self, copy: Copy, sample: Mapping[str, Any], modality: Modality) -> Any:
        """Return 16 bytes."""
        return read_bytes(copy, sample, modality)


class Pairs(PairedDataset):
    """Each of the dots with the clip of the same name for a sound."""

    name: ClassVar[str] = "pairs"
    title: ClassVar[str] = "Pairs"
    members: ClassVar[tuple[str, ...]] = ("dots", "clips")
    modalities: ClassVar[tuple[Modality, ...]] = ("image", "audio")
    labels: ClassVar[tuple[str, ...]] = Dots.labels
    official: ClassVar[Official] = Official(samples=72)
    license: ClassVar[str] = "none stated"
    homepage: ClassVar[str] = "https://example.org/pairs"
    citation: ClassVar[str] = "Nobody: Pairs."
    obtain: ClassVar[str] = "Get dots and clips."

    def pair(self, members: Mapping[str, Index]) -> Index:
        """Pair by name."""
        dots, clips = members["dots"].samples, members["clips"].samples
        sounds = dict(zip(clips["sample_id"], clips["image_path"], strict=True))
        return Index(
            dots.assign(sample_id="pair-" + dots["sample_id"], audio_path=[sounds[name] for name in dots["sample_id"]])
        )

    def read(self, copy: Copy, sample: Mapping[str, Any], modality: Modality) -> Any:
        """Return 16 bytes."""
        return read_bytes(copy, sample, modality)


class Sounds(Pixels):
    """The bytes of the sound."""

    name: ClassVar[str] = "sounds"
    modality: ClassVar[Modality] = "audio"


class Halves(Pixels):
    """The first eight bytes."""

    name: ClassVar[str] = "halves"

    def compute(self, decoded: Any, **parameters: Any) -> NDArray[Any]:
        """Cut."""
        return super().compute(decoded, **parameters)[:8]


class Glimpses(Representation):
    """Views of the picture, each with noise of its own."""

    name: ClassVar[str] = "glimpses"
    title: ClassVar[str] = "glimpses"
    modality: ClassVar[Modality] = "image"
    parameters: ClassVar[Mapping[str, Any]] = {"views": 3, "seed": 0}
    views: ClassVar[bool] = True
    random: ClassVar[bool] = True

    def compute(self, decoded: Any, **parameters: Any) -> NDArray[Any]:
        """Draw."""
        noise = parameters["generator"].normal(0, 0.02, (parameters["views"], 16))
        return np.asarray(decoded / 255 + noise, dtype=np.float32)


class Echoes(Glimpses):
    """Two views of the sound."""

    name: ClassVar[str] = "echoes"
    modality: ClassVar[Modality] = "audio"
    parameters: ClassVar[Mapping[str, Any]] = {"views": 2, "seed": 0}


class ByHits(Fusion):
    """Each member counts as often as it was right on the validation part, and once for nothing."""

    name = "by-hits"
    title = "by hits"
    learns = True

    def fit(self, probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> dict[str, Any]:
        """Count."""
        return {"weights": ((probabilities.argmax(axis=2) == labels).sum(axis=1) + 1).tolist()}

    def combine(self, probabilities: NDArray[np.float64], *args: Any, **learnt: Any) -> NDArray[np.float64]:
        """Weigh."""
        mean: NDArray[np.float64] = np.average(probabilities, axis=0, weights=learnt["weights"])
        return mean


def build_net(*, classes: int, input_shapes: tuple[tuple[int, ...], ...]) -> Any:
    """Return a small torch module."""
    from torch import nn

    return nn.Sequential(nn.Linear(input_shapes[0][0], 8), nn.ReLU(), nn.Linear(8, classes))


def build_regression() -> Any:
    """Return a scikit-learn classifier."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression()


REVERSED = LabelMap("reversed", 1, ("thin", "square", "round"), {name: name for name in Dots.labels})


@hookimpl
def emobench_datasets() -> list[Dataset]:
    """Register the datasets."""
    return [Clips(), Films(), Pairs()]


@hookimpl
def emobench_label_maps() -> list[LabelMap]:
    """Register ``reversed``."""
    return [REVERSED]


@hookimpl
def emobench_representations() -> list[Representation]:
    """Register the representations."""
    return [Sounds(), Halves(), Glimpses(), Echoes()]


@hookimpl
def emobench_fusions() -> list[Fusion]:
    """Register ``by-hits``."""
    return [ByHits()]


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register the models."""
    return [
        ModelSpec("net", build_net, ("pixels",)),
        ModelSpec("regression", build_regression, ("pixels",)),
        ModelSpec("both", build_regression, ("pixels", "sounds")),
    ]


def entries() -> list[FakeEntry]:
    """Return entry points of all that the plugins here are used with."""
    from tests.support import film_plugin

    return [
        FakeEntry("dots", conftest),
        FakeEntry("films", film_plugin),
        FakeEntry("metrics", classification),
        FakeEntry("average", average),
        FakeEntry("test-only", test_only),
    ]


def experiment(name: str, **keys: str) -> str:
    """Return an experiment of a suite file: a logistic regression on clips, unless the keys (TOML values) say otherwise."""
    defaults = {
        "dataset": '"clips"',
        "labels": '"shapes"',
        "protocol": '"by-folder"',
        "model": '"regression"',
        "headline": '"private"',
    }
    if "model_of" in keys:
        defaults |= {"dataset": '"films"', "protocol": '"test-only"', "model": "", "headline": ""}
    if "fusion" in keys:
        defaults = dict.fromkeys(defaults, "")
    lines = [f"{key} = {value}" for key, value in ({"name": f'"{name}"'} | defaults | keys).items() if value]
    return "\n".join(["[[experiments]]", *lines, ""])


def suite(*experiments: str) -> str:
    """Return a suite file."""
    return "\n".join(['schema = 1\ntitle = "Films"\n', *experiments])


def probabilities(table: pd.DataFrame) -> NDArray[Any]:
    """Return the probability columns of a predictions table."""
    return table[["p_round", "p_square", "p_thin"]].to_numpy()
