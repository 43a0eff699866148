"""Tiny components that keep to their contracts, and for each contract one that breaks it and no other.

What is wrong with one of them is in the lists of faults, next to it, not in docstrings.
"""

# ruff: noqa: D101, D102

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from emobench.contracts import (
    Audio,
    Copy,
    Encoder,
    Folder,
    Fusion,
    Index,
    LabelMap,
    Metric,
    Modality,
    ModelSpec,
    Official,
    Representation,
    Split,
    SplitProtocol,
    Target,
)
from emobench.errors import EmobenchError, UnreadableError
from tests.conftest import ByFolder, Dots

Fault = tuple[str, Any, str]
"""The check that must fail, the component, and a part of what is said."""


# ------------------------------------------------------------------------------------------------- datasets


class Corpus(Dots):
    """A dataset that keeps to its contract."""

    name: ClassVar[str] = "on-trial"
    targets: ClassVar[tuple[Target, ...]] = (Target("votes", "distribution", ("round", "thin")),)

    def index(self, copy: Copy) -> Index:
        found = super().index(copy)
        return Index(found.samples.assign(**{"votes.round": 3.0, "votes.thin": 1.0}), found.findings)


class DamagedTwin(Corpus):
    def write_twin(self, folder: Path) -> None:
        super().write_twin(folder)
        (folder / "train" / "round-00.pix").write_bytes(b"short")


class LostTwin(Corpus):
    def find(self, folders: Iterable[Folder]) -> list[Copy]:
        return []


class TableAlone(Corpus):
    def index(self, copy: Copy) -> Any:
        return super().index(copy).samples


class RestlessTwin(Corpus):
    def write_twin(self, folder: Path) -> None:
        super().write_twin(folder)
        (folder / "train" / "round-00.pix").write_bytes(np.random.default_rng().bytes(16))


class Opening(Corpus):
    def find(self, folders: Iterable[Folder]) -> list[Copy]:
        return [Copy(folder.path, "folders") for folder in folders if (folder.path / "train").is_dir()]


class Greedy(Corpus):
    def find(self, folders: Iterable[Folder]) -> list[Copy]:
        return [Copy(folder.path, "folders") for folder in folders if not folder.files or "train" in folder.folders]


class Taking(Corpus):
    def find(self, folders: Iterable[Folder]) -> list[Copy]:
        return [Copy(folder.path, "folders") for folder in folders if {"train", "other"} & folder.folders]


class Others(Dots):
    """Dots that lie in a folder of another name."""

    name: ClassVar[str] = "others"

    def find(self, folders: Iterable[Folder]) -> list[Copy]:
        """Look for that folder."""
        return [Copy(folder.path, "folders") for folder in folders if "other" in folder.folders]

    def write_twin(self, folder: Path) -> None:
        """Write them there."""
        super().write_twin(folder)
        (folder / "train").rename(folder / "other")


def reindexed(change: Callable[[pd.DataFrame, Copy], pd.DataFrame]) -> Corpus:
    """Return a corpus whose index is changed."""

    class Changed(Corpus):
        def index(self, copy: Copy) -> Index:
            return Index(change(super().index(copy).samples, copy))

    return Changed()


def as_listed(samples: pd.DataFrame, copy: Copy) -> pd.DataFrame:
    """Put the samples of a corpus in the order in which the system lists their folder."""
    place = {path.name: number for number, path in enumerate((copy.root / "train").iterdir())}
    order = samples["image_path"].map(lambda path: place.get(Path(path).name, -1)).sort_values(kind="stable").index
    return samples.loc[order]


class Dotted(Corpus):
    labels: ClassVar[tuple[str, ...]] = (*Dots.labels, "dotted")

    def write_twin(self, folder: Path) -> None:
        Dots().write_twin(folder)


class Voted(Corpus):
    targets: ClassVar[tuple[Target, ...]] = (Target("votes", "distribution", ("round", "square")),)


class Overcounted(Corpus):
    official: ClassVar[Official] = Official(10, {("split",): {("train",): 36}})


class Miscounted(Corpus):
    official: ClassVar[Official] = Official(72, {("split", "label"): {("train", "oval"): 1}})


DATASETS: list[Fault] = [
    ("twin-round-trip", DamagedTwin(), "'train-round-00' cannot be read: train/round-00.pix: 5 bytes instead of 16"),
    ("twin-round-trip", LostTwin(), "find() does not find the twin"),
    ("twin-round-trip", TableAlone(), "index() returned DataFrame, expected an Index"),
    ("twin-same-bytes", RestlessTwin(), "other bytes into 'train/round-00.pix'"),
    ("find-looks-at-names", Opening(), "give 0 copies instead of 1"),
    ("find-looks-at-names", Greedy(), "claims an empty folder"),
    ("find-looks-at-names", Taking(), "claims the twin of 'others', in which there is no copy of 'on-trial'"),
    ("index-columns", reindexed(lambda samples, _: samples.drop(columns="group")), "no column 'group'"),
    ("index-columns", reindexed(lambda samples, _: samples.assign(group=None)), "'group' holds None"),
    ("index-columns", reindexed(lambda s, c: s.assign(image_path="/" + s["image_path"])), "no relative path"),
    ("unique-ids", reindexed(lambda s, _: s.assign(sample_id=s["sample_id"].str.slice(0, -1))), "the id of another"),
    ("unique-ids", reindexed(lambda s, _: s.assign(sample_id=range(len(s)))), "0 of type int is a sample id"),
    (
        "labels-in-vocabulary",
        reindexed(lambda s, _: s.assign(label=s["label"].where(s["sample_id"] != "train-round-00", "Round"))),
        "'Round' is none of round, square, thin",
    ),
    (
        "labels-in-vocabulary",
        reindexed(lambda s, _: s.assign(label=s["label"].str.upper())),
        "'ROUND' is none of round, square, thin",
    ),
    ("index-columns", reindexed(lambda s, _: s.assign(label=0)), "'label' holds 0 of type int"),
    ("targets-can-be-told", Voted(), "no column 'votes.square'"),
    ("twin-has-every-label", Dotted(), "no sample of the twin has the label 'dotted'"),
    ("stable-order", reindexed(as_listed), "where folders are listed in another order, row 0 has the sample_id"),
    (
        "stable-order",
        reindexed(lambda s, copy: s.assign(place=str(copy.root))),
        "from another folder, row 0 has the place",
    ),
    ("counts-consistent", Overcounted(), "counts 36 samples, and officially there are 10"),
    ("counts-consistent", Miscounted(), "counts the label 'oval'"),
]


# --------------------------------------------------------------------------------------------------- models


class Centroids:
    """Class means: a model that keeps to its contract."""

    def fit(self, train: Any, validation: Any, context: Any) -> None:
        self.learn(train.x(), train.y, len(train.classes))

    def learn(self, x: Any, y: Any, classes: int) -> None:
        there = [x[y == number] if (y == number).any() else x for number in range(classes)]
        self.means = np.stack([rows.mean(axis=0) for rows in there])

    def predict_proba(self, samples: Any) -> Any:
        return self.closeness(samples.x())

    def closeness(self, x: Any) -> Any:
        scores = np.exp(-10 * np.linalg.norm(x[:, None] - self.means, axis=2).astype(np.float64))
        return scores / scores.sum(axis=1, keepdims=True)

    def save(self, folder: Path) -> None:
        np.save(folder / "means.npy", self.means)

    def load(self, folder: Path) -> None:
        self.means = np.load(folder / "means.npy")

    def parameter_count(self) -> Any:
        return int(self.means.size)


def spec(build: Callable[..., Any]) -> ModelSpec:
    """Register a model under the name that the tests use."""
    return ModelSpec("on-trial", build, takes=("pixels",))


def model(**methods: Callable[..., Any]) -> ModelSpec:
    """Return class means with other methods."""
    return spec(type("Faulty", (Centroids,), methods))


def fitting(act: Callable[[Any, Any], object]) -> Callable[..., None]:
    """Return a fit that does something besides; it is told the training samples and the context."""

    def fit(self: Any, train: Any, validation: Any, context: Any) -> None:
        Centroids.fit(self, train, validation, context)
        act(train, context)

    return fit


def predicting(change: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Return a prediction that is changed; the change is told the probabilities and the samples."""
    return lambda self, samples: change(Centroids.predict_proba(self, samples), samples)


def refuse(*_: Any) -> None:
    """Raise."""
    raise ValueError("no, thank you")


def refuse_validation(self: Any, train: Any, validation: Any, context: Any) -> None:
    assert validation is None, "what is this part for"
    Centroids.fit(self, train, validation, context)


def with_nan(probabilities: Any, _: Any) -> Any:
    probabilities[-1, 0] = np.nan
    return probabilities


def noisy(probabilities: Any, _: Any) -> Any:
    mixed = probabilities + np.random.random(probabilities.shape)
    return mixed / mixed.sum(axis=1, keepdims=True)


def learn_with_noise(self: Any, x: Any, y: Any, classes: int) -> None:
    Centroids.learn(self, x + np.random.default_rng().normal(0, 0.05, x.shape), y, classes)


def fit_by_all_rows(self: Any, train: Any, validation: Any, context: Any) -> None:
    Centroids.fit(self, train, validation, context)
    self.means = self.means + train.streams["pixels"].array.mean(axis=0) / 100


def by_id(probabilities: Any, samples: Any) -> Any:
    return np.roll(probabilities, sum(map(int, samples.ids[:2])) % 2, axis=1)


def centred(self: Any, samples: Any) -> Any:
    x = samples.x()
    return self.closeness(x - x.mean(axis=0) + self.means.mean(axis=0))


def centred_by_all(self: Any, samples: Any) -> Any:
    everything = samples.streams["pixels"].array
    return self.closeness(samples.x() - everything.mean(axis=0) + self.means.mean(axis=0))


def learn_spread(self: Any, x: Any, y: Any, classes: int) -> None:
    """Divide by the deviation within classes, which one sample does not have."""
    Centroids.learn(self, x, y, classes)
    apart = (x - self.means[y]).any()
    self.means = self.means if apart else self.means * np.nan


def refuse_one_sample(self: Any, x: Any, y: Any, classes: int) -> None:
    if max(np.bincount(y)) < 2:
        raise ValueError("no variance of one sample")
    Centroids.learn(self, x, y, classes)


def network(end: str) -> ModelSpec:
    """Return a linear network with one more layer."""

    def build(classes: int, input_shapes: tuple[tuple[int, ...], ...]) -> Any:
        from torch import nn

        inputs = int(np.prod(input_shapes[0]))
        return nn.Sequential(nn.Flatten(), nn.Linear(inputs, classes), getattr(nn, end)(dim=1))

    return spec(build)


class Rows(Representation):
    """The bytes in rows of four, as many of them as a picture needs."""

    name: ClassVar[str] = "rows"
    title: ClassVar[str] = "rows"
    modality: ClassVar[Modality] = "image"
    sequences: ClassVar[bool] = True

    def compute(self, decoded: Any, **parameters: Any) -> Any:
        """Cut."""
        return (decoded / 255).astype(np.float32).reshape(-1, 4)


def of_rows(*, masked: bool) -> ModelSpec:
    """Return a network that takes the mean over steps: over those that there are, or over padding too."""

    def build(classes: int) -> Any:
        from torch import nn

        class OfRows(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.each, self.last = nn.Linear(4, 32), nn.Linear(32, classes)

            def forward(self, x: Any, mask: Any) -> Any:
                there = mask[..., None].float() if masked else mask[..., None].float() * 0 + 1
                return self.last((self.each(x).relu() * there).sum(dim=1) / there.sum(dim=1))

        return OfRows()

    return ModelSpec("on-trial", build, takes=("rows",))


def too_wide(classes: int, input_shapes: tuple[tuple[int, ...], ...]) -> Any:
    """Return a linear network with a column too many."""
    from torch import nn

    return nn.Sequential(nn.Flatten(), nn.Linear(int(np.prod(input_shapes[0])), classes + 1))


def neighbours() -> Any:
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(n_neighbors=5)


def discriminant() -> Any:
    """Return what eight samples of a class are too few for, and no schedule concerns."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    return LinearDiscriminantAnalysis()


def constant() -> Any:
    from sklearn.dummy import DummyClassifier

    return DummyClassifier()


def build_late(classes: int, input_shapes: tuple[tuple[int, ...], ...]) -> Any:
    """Return a network that 180 steps are not enough for, and 600 are."""
    import torch
    from torch import nn

    class Late(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.steps: Any
            self.linear: Any = nn.Linear(int(np.prod(input_shapes[0])), classes)
            self.register_buffer("steps", torch.zeros(()))

        def forward(self, x: Any) -> Any:
            self.steps += int(self.training)
            logits = self.linear(x.flatten(1))
            return logits if self.steps > LATE else logits.mean(dim=1, keepdim=True).expand_as(logits)

    return Late()


LATE = 200


def learn_what_is_there(self: Any, x: Any, y: Any, classes: int) -> None:
    self.means = np.stack([x[y == number].mean(axis=0) for number in np.unique(y)])


def double_default(*_: Any) -> None:
    import torch

    torch.set_default_dtype(torch.float64)


def more_threads(*_: Any) -> None:
    import torch

    torch.set_num_threads(torch.get_num_threads() + 1)


def no_gradients(*_: Any) -> None:
    import torch

    torch.set_grad_enabled(False)


def seed_torch(_: Any, context: Any) -> None:
    import torch

    torch.manual_seed(context.seed)


def write_labels(train: Any, _: Any) -> None:
    train.labels[:] = 0


def write_inputs(probabilities: Any, samples: Any) -> Any:
    samples.streams["pixels"].array[:] += 1
    return probabilities


MODELS: list[Fault] = [
    ("fits", model(fit=refuse), "ValueError: no, thank you"),
    ("fits", spec(lambda: 3), "build() returned int"),
    ("fits", spec(too_wide), "forward() returned logits of shape (8, 4), wanted (8, 3)"),
    ("accepts-validation", model(fit=refuse_validation), "what is this part for"),
    (
        "predicts-without-labels",
        model(predict_proba=predicting(lambda p, samples: p[samples.y])),
        "labels of test samples",
    ),
    ("shape", model(predict_proba=predicting(lambda p, _: p[:, :2])), "shape (12, 2), expected (12, 3)"),
    ("finite", model(predict_proba=predicting(with_nan)), "returned nan at (11, 0)"),
    ("rows-sum-to-one", model(predict_proba=predicting(lambda p, _: 2 * p)), "a row 0 that sums to 2"),
    ("rows-sum-to-one", model(predict_proba=predicting(lambda p, _: 2 * p - 1 / 3)), "negative probability"),
    ("repeatable-prediction", model(predict_proba=predicting(noisy)), "asked twice for the same samples"),
    ("same-seed-same-result", model(learn=learn_with_noise), "two fits with one seed differ by up to"),
    ("uses-nothing-hidden", model(fit=fit_by_all_rows), "other content in the rows of test samples"),
    ("one-test-sample", model(predict_proba=predicting(lambda p, _: np.squeeze(p))), "shape (3,), expected (1, 3)"),
    ("batch-composition", model(predict_proba=centred), "alone, sample 0 is predicted differently"),
    ("batch-composition", model(predict_proba=centred_by_all), "other content in other rows of the array"),
    ("padding", of_rows(masked=False), "beside a longer sequence, sample 0 is predicted differently"),
    (
        "save-and-load",
        model(save=lambda self, folder: np.save(folder / "means.npy", self.means.round(1))),
        "loaded model",
    ),
    ("save-and-load", model(save=lambda self, folder: None), "FileNotFoundError"),
    ("logits", network("Softmax"), "these are probabilities"),
    ("one-sample-a-class", model(learn=learn_spread), "fitted on one sample a class, predict_proba() returned nan"),
    ("class-without-samples", model(learn=learn_what_is_there), "shape (12, 2), expected (12, 3)"),
    (
        "learns-the-twin",
        model(predict_proba=predicting(lambda p, _: np.full_like(p, 1 / 3))),
        "after 200 passes, 600 steps, at 0.001 it got 8 of 24 training",
    ),
    ("learns-the-twin", spec(constant), "samples that are there 40 times each it got"),
    ("leaves-global-state-alone", model(fit=fitting(lambda *_: np.random.seed(0))), "global generator of NumPy"),
    ("leaves-global-state-alone", model(fit=fitting(lambda *_: random.seed(0))), "global generator of Python"),
    ("leaves-global-state-alone", model(fit=fitting(seed_torch)), "global generator of torch"),
    ("leaves-global-state-alone", model(fit=fitting(lambda *_: os.chdir("/"))), "the working directory"),
    ("leaves-global-state-alone", model(fit=fitting(lambda *_: os.environ.update(ODD="1"))), "the environment (ODD)"),
    ("leaves-global-state-alone", model(fit=fitting(lambda *_: np.seterr(divide="raise"))), "floating-point errors"),
    ("leaves-global-state-alone", model(fit=fitting(double_default)), "torch's default dtype"),
    ("leaves-global-state-alone", model(fit=fitting(more_threads)), "torch's number of threads"),
    ("leaves-global-state-alone", model(fit=fitting(no_gradients)), "torch's gradient mode"),
    ("inputs-unchanged", model(fit=fitting(write_labels)), "fit() changed the labels"),
    ("inputs-unchanged", model(predict_proba=predicting(write_inputs)), "predict_proba() changed the stream 'pixels'"),
    ("parameter-count", model(parameter_count=lambda self: 1.5), "returned 1.5 of type float"),
]


# -------------------------------------------------------------------------------------------------- fusions


class Mean(Fusion):
    """A fusion that keeps to its contract."""

    name = "on-trial"
    title = "mean"

    def combine(self, probabilities: Any, *args: Any, **learnt: Any) -> Any:
        """Average."""
        return probabilities.mean(axis=0)


class Shares(Mean):
    """One that learns, and keeps to its contract."""

    learns = True

    def fit(self, probabilities: Any, labels: Any) -> dict[str, Any]:
        """Give each member the same."""
        return {"weights": [1.0] * len(probabilities)}

    def combine(self, probabilities: Any, *args: Any, **learnt: Any) -> Any:
        """Average."""
        return np.average(probabilities, axis=0, weights=learnt["weights"])


def fusion(base: type[Fusion] = Mean, **methods: Any) -> Fusion:
    """Return a fusion with other methods."""
    made: Fusion = type("Faulty", (base,), {"__doc__": "One more.", **methods})()
    return made


def combining(function: Callable[[Any], Any]) -> Fusion:
    """Return a fusion that combines in another way."""
    return fusion(combine=lambda self, probabilities: function(probabilities))


def product(probabilities: Any) -> Any:
    result = probabilities.prod(axis=0)
    return result / result.sum(axis=1, keepdims=True)


def least(probabilities: Any) -> Any:
    rest = 1 - probabilities.mean(axis=0)
    return rest / rest.sum(axis=1, keepdims=True)


def drawn_tie(probabilities: Any) -> Any:
    """Weigh members that disagree at random; with reversed or equal members the draw makes a small difference or none."""
    mean = probabilities.mean(axis=0)
    return mean + 1e-10 * np.random.random() * (probabilities[0] - mean)


def in_place(probabilities: Any) -> Any:
    probabilities *= 1 / len(probabilities)
    return probabilities.sum(axis=0)


def fit_in_place(self: Any, probabilities: Any, labels: Any) -> dict[str, Any]:
    labels[:] = 0
    return {"weights": [1.0] * len(probabilities)}


FUSIONS: list[Fault] = [
    ("fits-and-combines", fusion(Shares, fit=lambda self, p, labels: {"shares": [1]}), "KeyError: 'weights'"),
    ("shape", combining(lambda p: p.mean(axis=1)), "shape (3, 4), expected (40, 4)"),
    ("rows-sum-to-one", combining(lambda p: p.sum(axis=0)), "sums to 3"),
    ("certain-members", combining(product), "returned nan at (0, 0)"),
    ("equal-members", combining(least), "40 of 40 samples got another class"),
    ("deterministic", combining(drawn_tie), "two calls differ by up to"),
    ("member-order", combining(lambda p: np.average(p, axis=0, weights=np.arange(1, len(p) + 1))), "in reverse order"),
    (
        "member-order",
        fusion(__doc__="Weighs in order of certainty, at the border.", combine=lambda self, p: p[0]),
        "in reverse order",
    ),
    ("learnt-is-json", fusion(Shares, fit=lambda self, p, labels: {"weights": np.ones(len(p))}), "no JSON"),
    ("inputs-unchanged", combining(in_place), "combine() changed"),
    ("inputs-unchanged", fusion(Shares, fit=fit_in_place), "fit() changed"),
    ("one-sample", combining(lambda p: np.squeeze(p.mean(axis=0))), "shape (4,), expected (1, 4)"),
    ("two-members", combining(lambda p: np.average(p, axis=0, weights=[1, 1, 1])), "ValueError"),
    (
        "class-never-predicted",
        fusion(
            Shares,
            fit=lambda self, p, labels: {"classes": int(labels.max()) + 1},
            combine=lambda self, p, classes: p.mean(axis=0)[:, :classes],
        ),
        "shape (40, 3), expected (40, 4)",
    ),
]


# ------------------------------------------------------------------------------------------ representations


class Hums(Dots):
    """Sounds to represent."""

    name: ClassVar[str] = "hums"
    modalities: ClassVar[tuple[Modality, ...]] = ("audio",)

    def index(self, copy: Copy) -> Index:
        """Call the files sounds."""
        return Index(super().index(copy).samples.rename(columns={"image_path": "audio_path"}))

    def read(self, copy: Copy, sample: Mapping[str, Any], modality: Modality) -> Any:
        """Return 0.1 s of noise that depends on the file."""
        content = (copy.root / sample["audio_path"]).read_bytes()
        noise = np.random.default_rng(list(content)).uniform(-1, 1, 1600)
        return Audio(noise.astype(np.float32), 16_000)


class Loudness(Representation):
    """A representation that keeps to its contract."""

    name: ClassVar[str] = "on-trial"
    title: ClassVar[str] = "loudness"
    modality: ClassVar[Modality] = "audio"
    parameters: ClassVar[Mapping[str, Any]] = {"parts": 8}

    def compute(self, decoded: Any, **parameters: Any) -> Any:
        """Return the mean amplitude of each part of the sound."""
        if len(decoded.samples) < parameters["parts"]:
            raise UnreadableError("too short")
        parts = np.array_split(np.abs(decoded.samples), parameters["parts"])
        return np.asarray([part.mean() for part in parts], dtype=np.float32)


def representation(compute: Callable[..., Any], **attributes: Any) -> Representation:
    """Return a representation that is computed in another way."""
    made: Representation = type("Faulty", (Loudness,), {"compute": compute, **attributes})()
    return made


def changed(change: Callable[[Any, Any], Any]) -> Representation:
    """Return a representation that is changed; the change is told the array and what was decoded."""
    return representation(lambda self, decoded, **given: change(Loudness.compute(self, decoded, **given), decoded))


def steps(change: Callable[[Any], Any]) -> Representation:
    """Return a representation by steps of 100 samples each, changed."""

    def compute(self: Any, decoded: Any, **parameters: Any) -> Any:
        if len(decoded.samples) < 100:
            raise UnreadableError("too short")
        whole = decoded.samples[: len(decoded.samples) // 100 * 100]
        return change(whole.reshape(-1, 100).astype(np.float32))

    return representation(compute, sequences=True)


def louder(array: Any, decoded: Any) -> Any:
    decoded.samples[:] *= 0.5
    return array


def by_chunks(self: Any, decoded: Any, **parameters: Any) -> Any:
    chunks = decoded.samples.reshape(parameters["parts"], -1)
    return chunks[:, 0].astype(np.float32)


REPRESENTATIONS: list[Fault] = [
    ("computes", representation(lambda self, decoded: decoded.samples[:8]), "unexpected keyword argument 'parts'"),
    ("computes", changed(lambda array, _: array.tolist()), "returned list, no array"),
    (
        "one-shape",
        changed(lambda array, decoded: np.resize(array, max(8, len(decoded.samples) // 200))),
        "three times as long",
    ),
    ("one-shape", representation(Loudness.compute, parameters={"parts": 8}, views=True), "without an axis of views"),
    ("one-shape", steps(lambda array: array[:, : 1 + len(array) // 30]), "three times as long"),
    ("computes", steps(lambda array: array[:0]), "without a step"),
    ("finite", changed(lambda array, _: array / array.sum()), "silence has values that are not finite"),
    ("deterministic", changed(lambda array, _: array + np.float32(np.random.random())), "at another call"),
    ("refuses-too-short", representation(by_chunks), "a sound of 0 samples raises IndexError"),
    ("inputs-unchanged", changed(louder), "changed the content of sample"),
]


# ------------------------------------------------------------------------------------------------- encoders


def frames_of(sound: Any, size: int) -> Any:
    """Return (1, frames, 2): mean and maximum amplitude of each whole frame of a sound."""
    frames = np.abs(sound[: len(sound) // size * size]).reshape(-1, size)
    return np.stack([frames.mean(axis=1), frames.max(axis=1)], axis=1).astype(np.float32)[None]


class Ear(Encoder):
    """An encoder that keeps to its contract."""

    name = "on-trial"
    title = "ear"
    modality: Modality = "audio"
    parameters: Mapping[str, Any] = MappingProxyType({"size": 400})

    def prepare(self, decoded: Any) -> Any:
        """Refuse what has no frame."""
        if len(decoded.samples) < 400:
            raise UnreadableError("too short")
        return super().prepare(decoded)

    def load(self, device: str, precision: str, **parameters: Any) -> Any:
        """Encode each sound for itself."""
        return lambda batch: [frames_of(sound, parameters["size"]) for sound in batch]


class Unfetched(Ear):
    """An encoder whose weights are not here."""

    def files(self) -> tuple[Path, ...]:
        """Say so."""
        raise EmobenchError("the weights are not here", remedy="fetch them")


def encoder(**attributes: Any) -> Encoder:
    """Return an ear that is another one in some respect."""
    made: Encoder = type("Faulty", (Ear,), attributes)()
    return made


def encoding(change: Callable[[list[Any]], Any], **attributes: Any) -> Encoder:
    """Return an ear that encodes differently; the change is told what each sound of a batch is encoded as."""

    def load(self: Any, device: str, precision: str, **parameters: Any) -> Any:
        encode = Ear.load(self, device, precision, **parameters)
        return lambda batch: change(encode(batch))

    return encoder(load=load, **attributes)


def loading(act: Callable[[], object]) -> Encoder:
    """Return an ear that does something besides when it is loaded."""

    def load(self: Any, device: str, precision: str, **parameters: Any) -> Any:
        act()
        return Ear.load(self, device, precision, **parameters)

    return encoder(load=load)


def padded(self: Any, device: str, precision: str, **parameters: Any) -> Any:
    """Encode a batch as one array, padding and all."""

    def encode(batch: list[Any]) -> Any:
        longest = max(map(len, batch))
        return [frames_of(np.pad(sound, (0, longest - len(sound))), 400).mean(axis=1, keepdims=True) for sound in batch]

    return encode


def unsaid_files(self: Any) -> tuple[Path, ...]:
    raise EmobenchError("the weights are not here")


def quieter(self: Any, decoded: Any) -> Any:
    prepared = Ear.prepare(self, decoded).copy()
    decoded.samples[:] *= 0.5
    return prepared


def seed_torch_alone() -> None:
    import torch

    torch.manual_seed(0)


def network_of_torch(self: Any, device: str, precision: str, **parameters: Any) -> Any:
    """Encode padded batches by a module that draws from the global generator, is overwritten, and heeds the padding."""
    import torch

    layer = torch.nn.Linear(2, 3)
    with torch.no_grad():
        layer.weight.fill_(0.5)
        layer.bias.fill_(0.5)

    def encode(batch: list[Any]) -> Any:
        frames = [torch.as_tensor(frames_of(sound, 400)[0]) for sound in batch]
        encoded = layer(torch.nn.utils.rnn.pad_sequence(frames, batch_first=True)).bfloat16()
        return [each[None, : len(own)] for each, own in zip(encoded, frames, strict=True)]

    return encode


ENCODERS: list[Fault] = [
    ("packages-installed", encoder(packages=("no-such-distribution",)), "'no-such-distribution' is not installed"),
    ("states-its-training", encoder(pretrained_on=("LibriSpeech", " ")), "pretrained_on has ' '"),
    ("files-are-there", encoder(files=lambda self: (Path("gone.npy"),)), "files() returns gone.npy"),
    ("files-are-there", encoder(files=unsaid_files), "'the weights are not here', and not how to get them"),
    ("encodes", encoder(load=lambda self, device, precision: len), "unexpected keyword argument 'size'"),
    ("encodes", encoding(lambda encoded: encoded[:1]), "4 samples are encoded as 1"),
    ("encodes", encoding(lambda encoded: [each.tolist() for each in encoded]), "encoded as list, no array"),
    ("shape", encoding(lambda encoded: [each[0] for each in encoded]), "and not as (layers, frames, d)"),
    ("shape", encoding(lambda encoded: [(100 * each).astype(int) for each in encoded]), "is encoded as int64"),
    ("shape", encoding(lambda encoded: [each.transpose(0, 2, 1) for each in encoded]), "the first as (1, 2, 4)"),
    ("finite", encoding(lambda encoded: [each / each.max() for each in encoded]), "silence has values that are not"),
    (
        "deterministic",
        encoding(lambda encoded: [each + np.random.random() for each in encoded]),
        "loaded again, sample",
    ),
    ("batch-composition", encoder(load=padded), "alone, sample"),
    ("batch-composition", encoding(lambda encoded: [each - encoded[0].min() for each in encoded]), "alone, sample"),
    ("inputs-unchanged", encoder(prepare=quieter), "prepare() changed the content of sample"),
    ("refuses-too-short", encoder(prepare=Encoder.prepare), "a sound of 0 samples"),
    ("leaves-global-state-alone", loading(lambda: np.random.seed(0)), "the global generator of NumPy"),
    ("leaves-global-state-alone", loading(seed_torch_alone), "the global generator of torch"),
    ("leaves-global-state-alone", loading(lambda: os.environ.update(ODD="1")), "the environment (ODD)"),
]


# ------------------------------------------------------------------------------------------------ protocols


class Parts(ByFolder):
    """A protocol that keeps to its contract."""

    name: ClassVar[str] = "on-trial"


class Folds(Parts):
    """One that makes folds, a person each, and keeps to its contract."""

    parameters: ClassVar[Mapping[str, Any]] = {"fold": ""}

    def folds(self, samples: pd.DataFrame, **parameters: Any) -> tuple[str, ...]:
        """Name the people."""
        return tuple(sorted(set(samples["group"])))

    def split(self, samples: pd.DataFrame, **parameters: Any) -> Split:
        """Test one, train on the others."""
        own = samples["group"] == parameters["fold"]
        return Split({"train": tuple(samples["sample_id"][~own]), "test": tuple(samples["sample_id"][own])})


class TooFewFolds(Folds):
    def folds(self, samples: pd.DataFrame, **parameters: Any) -> tuple[str, ...]:
        return super().folds(samples, **parameters)[:2]


def protocol(change: Callable[[dict[str, tuple[str, ...]], pd.DataFrame], Any]) -> SplitProtocol:
    """Return a protocol whose parts are changed."""

    class Changed(Parts):
        def split(self, samples: pd.DataFrame, **parameters: Any) -> Split:
            made = change(dict(super().split(samples).parts), samples)
            return Split(made) if isinstance(made, dict) else made

    return Changed()


def at_random(_: Any, samples: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    ids = tuple(np.random.permutation(samples["sample_id"]))
    return {"train": ids[:40], "test": ids[40:]}


def by_row(_: Any, samples: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    ids = tuple(samples["sample_id"])
    return {"train": ids[:40], "test": ids[40:]}


def marking(parts: dict[str, tuple[str, ...]], samples: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    samples["seen"] = True
    return parts


PROTOCOLS: list[Fault] = [
    ("divides", protocol(lambda parts, _: list(parts)), "returned list, no Split"),
    ("test-part", protocol(lambda parts, _: {"train": parts["train"]}), "the parts are train"),
    ("test-part", protocol(lambda parts, _: {**parts, "validation": ()}), "the part 'validation' is empty"),
    (
        "parts-disjoint",
        protocol(lambda parts, _: {**parts, "train": (*parts["train"], min(parts["public"]))}),
        "is in the parts 'train' and 'public'",
    ),
    ("ids-from-index", protocol(lambda parts, _: {**parts, "more": ("nobody",)}), "has 'nobody', which is no sample"),
    ("repeatable", protocol(at_random), "at another call"),
    ("order-independent", protocol(by_row), "with the rows in reverse order"),
    ("folds-test-all-once", TooFewFolds(), "is tested in 0 folds"),
    ("inputs-unchanged", protocol(marking), "changed the table"),
]


# --------------------------------------------------------------------------------------- label maps, metrics

KNOWN = {"round": "curved", "square": "straight", "thin": "straight"}


def label_map(**fields: Any) -> LabelMap:
    """Return a map that keeps to its contract, but for some fields."""
    return LabelMap(**{"name": "on-trial", "version": 1, "classes": ("curved", "straight"), "mapping": KNOWN, **fields})


LABEL_MAPS: list[Fault] = [
    ("classes", label_map(classes=("curved", "straight", "straight")), "'straight' is there twice"),
    ("targets-are-classes", label_map(mapping={**KNOWN, "oval": "bent"}), "'oval' becomes 'bent'"),
    ("every-class-reached", label_map(classes=("curved", "straight", "bent")), "no label becomes 'bent'"),
    ("version", label_map(version=0), "version is 0"),
    (
        "fits-a-dataset",
        label_map(mapping={"round": "curved", "square": "straight"}),
        "the map says nothing about its thin",
    ),
]


def hits(truth: Any, probabilities: Any, classes: tuple[str, ...]) -> float:
    """Return the accuracy."""
    return float((probabilities.argmax(axis=1) == truth).mean())


def recall_of_all(truth: Any, probabilities: Any, classes: tuple[str, ...]) -> float:
    right = truth[probabilities.argmax(axis=1) == truth]
    counts = np.maximum(np.bincount(truth, minlength=len(classes)), 1)
    return float((np.bincount(right, minlength=len(classes)) / counts).mean())


def unsettled(truth: Any, probabilities: Any, classes: tuple[str, ...]) -> float:
    value = hits(truth, probabilities, classes)
    return value if value == 1 else value * random.random()


def wiping(truth: Any, probabilities: Any, classes: tuple[str, ...]) -> float:
    value = hits(truth, probabilities, classes)
    probabilities[:] = 0
    return value


def metric(compute: Callable[..., float]) -> Metric:
    """Register a metric under the name that the tests use."""
    return Metric("on-trial", "hits", compute)


METRICS: list[Fault] = [
    ("finite-on-random", metric(lambda t, p, c: hits(t, p, c) if hits(t, p, c) == 1 else float("nan")), "returned nan"),
    ("finite-on-perfect", metric(lambda t, p, c: -float("inf") if p.min() == 0 else 0.5), "returned -inf"),
    ("direction", metric(lambda t, p, c: 1 - hits(t, p, c)), "perfect predictions score 0"),
    ("absent-class", metric(recall_of_all), "score 1, and 0.75 where a class has no sample"),
    ("repeatable", metric(unsettled), "two calls gave"),
    ("inputs-unchanged", metric(wiping), "changed probabilities"),
]

FAULTS: dict[str, list[Fault]] = {
    "datasets": DATASETS,
    "models": MODELS,
    "fusions": FUSIONS,
    "representations": REPRESENTATIONS,
    "encoders": ENCODERS,
    "protocols": PROTOCOLS,
    "label_maps": LABEL_MAPS,
    "metrics": METRICS,
}

SOUND: list[tuple[str, Any]] = [
    ("datasets", Corpus()),
    ("models", spec(Centroids)),
    ("models", model(predict_proba=predicting(lambda p, _: p.tolist()))),
    ("models", model(learn=refuse_one_sample)),
    ("models", spec(neighbours)),
    ("models", spec(discriminant)),
    ("models", spec(build_late)),
    ("models", network("LogSoftmax")),
    ("models", of_rows(masked=True)),
    ("fusions", Mean()),
    ("fusions", Shares()),
    ("fusions", combining(lambda p: p.mean(axis=0).tolist())),
    ("fusions", fusion(__doc__="The first in the order of its members.", combine=lambda self, p: p[0])),
    ("representations", Loudness()),
    ("representations", steps(lambda array: array)),
    ("encoders", Ear()),
    ("encoders", encoder(load=padded, one_length=True)),
    ("encoders", encoder(load=network_of_torch, packages=("torch",))),
    ("protocols", Parts()),
    ("protocols", Folds()),
    ("label_maps", label_map()),
    ("metrics", metric(hits)),
]
