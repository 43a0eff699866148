"""What every encoder must keep to; it is loaded on the CPU, and encodes samples of a twin and odd ones made of them."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.contracts import Audio, Encode, Encoder
from emobench.errors import EmobenchError, UnreadableError
from emobench.testing import state
from emobench.testing.arrays import unchanged
from emobench.testing.contract import Breach, Contracts, NotApplicable, Subject
from emobench.testing.twins import copied, decoded, twins

_SAMPLES = 4
_SAME, _TOLERANCE = 1e-6, 1e-4
"""Of the same batch and of another one, where sums are taken in another order; of the largest number, if that is above 1."""


class EncoderSubject(Subject):
    """An encoder, some prepared samples, and what it makes of them."""

    component: Encoder

    @cached_property
    def contents(self) -> list[tuple[str, Any]]:
        """Ids and decoded samples of the first twin with the modality of which two can be prepared."""
        reason = "no registered dataset has it"
        for dataset, twin in twins(self.registry, [self.component.modality]):
            usable = []
            for number, (sample, content) in enumerate(decoded(dataset, twin, self.component.modality, _SAMPLES)):
                try:
                    longer = _longer(content, number)
                    self.component.prepare(copied(longer))
                except UnreadableError as error:
                    reason = f"{dataset.name!r}: {error}"
                else:
                    usable.append((sample, longer))
            if len(usable) > 1:
                return _of_one_length(usable) if self.component.one_length else usable
        raise NotApplicable(f"no twin has {self.component.modality} that it can be tried on ({reason})")

    @cached_property
    def prepared(self) -> list[Any]:
        """The samples as the encoder takes them."""
        return [self.component.prepare(copied(content)) for _, content in self.contents]

    @cached_property
    def encode(self) -> Encode:
        """What encodes a batch, with the parameters as they are by default."""
        with state.restored():
            return self.load()

    @cached_property
    def arrays(self) -> list[NDArray[Any]]:
        """What the samples are encoded as, in one batch."""
        return self.encoded(self.prepared)

    def load(self) -> Encode:
        """Load the encoder once more."""
        return self.component.load("cpu", "fp32", **self.component.parameters)

    def copies(self) -> list[Any]:
        """Return copies of the prepared samples."""
        return [copied(each) for each in self.prepared]

    def encoded(self, batch: list[Any]) -> list[NDArray[Any]]:
        """Encode copies of one batch."""
        with state.restored():
            found = [_as_array(each) for each in self.encode([copied(each) for each in batch])]
        if len(found) != len(batch):
            raise Breach(f"{len(batch)} samples are encoded as {len(found)}")
        return found

    def named(self) -> list[tuple[str, NDArray[Any]]]:
        """Return what each sample is encoded as, with what to call it."""
        return [(f"sample {sample!r}", array) for (sample, _), array in zip(self.contents, self.arrays, strict=True)]

    def odd(self, oddity: str) -> Iterator[tuple[str, Any]]:
        """Yield what odd samples are prepared as, with what to call them; those that are refused are left out."""
        for what, content in _made_of(self.contents[0][1]).get(oddity, {}).items():
            try:
                yield what, self.component.prepare(content)
            except UnreadableError:
                continue
            except Exception as error:
                raise Breach(f"{what} raises {type(error).__name__} in prepare(): {error}") from error


def _as_array(encoded: Any) -> NDArray[Any]:
    if isinstance(encoded, np.ndarray):
        return encoded
    if hasattr(encoded, "detach"):
        plain = encoded.detach().cpu()
        # NumPy has no bfloat16, which a tensor of floats may be.
        return np.asarray(plain.float() if plain.is_floating_point() else plain)
    raise Breach(f"a sample is encoded as {type(encoded).__name__}, no array and no tensor")


def _longer(content: Any, number: int) -> Any:
    """Return a sample that is longer than the samples before it, so that a batch of them is padded."""
    if isinstance(content, Audio):
        return replace(content, samples=np.tile(content.samples, 2)[: len(content.samples) * (4 + number) // 4])
    return " ".join([content] * (1 + number)) if isinstance(content, str) else content


def _of_one_length(usable: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return sounds and texts cut to the length of the shortest."""
    if isinstance(usable[0][1], Audio):
        frames = min(len(sound.samples) for _, sound in usable)
        return [(sample, replace(sound, samples=sound.samples[:frames])) for sample, sound in usable]
    if isinstance(usable[0][1], str):
        letters = min(len(text) for _, text in usable)
        return [(sample, text[:letters]) for sample, text in usable]
    return usable


def _made_of(content: Any) -> Mapping[str, Mapping[str, Any]]:
    """Return odd samples by what is odd about them and what to call them."""
    if isinstance(content, Audio):
        samples = content.samples
        return {
            "empty": {"silence": replace(content, samples=np.zeros_like(samples))},
            "tiny": {f"a sound of {n} samples": replace(content, samples=samples[:n].copy()) for n in (0, 1, 100)},
        }
    if isinstance(content, np.ndarray):
        tiny = {"an image of one pixel": content[:1, :1].copy()} if content.ndim > 1 else {}
        return {"empty": {"a black image": np.zeros_like(content)}, "tiny": tiny}
    return {"empty": {"a text of one letter": "a"}, "tiny": {"a text without a letter": ""}}


CONTRACTS = Contracts(EncoderSubject)


@CONTRACTS.add("name them as the index of packages does, and install what is missing")
def packages_installed(subject: EncoderSubject) -> None:
    """Every distribution in packages is installed, for its version is part of what a result is known by."""
    for name in subject.component.packages:
        try:
            importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            raise Breach(f"{name!r} is not installed") from None


@CONTRACTS.add("write the names of corpora as a tuple: () for none, ('unknown',) where nobody says")
def states_its_training(subject: EncoderSubject) -> None:
    """The attribute pretrained_on is a tuple of strings that are not empty."""
    for name in subject.component.pretrained_on:  # a tuple of strings, or it would not be registered
        if not name.strip():
            raise Breach(f"pretrained_on has {name!r}")


@CONTRACTS.add("check in files() that they are there, and raise an EmobenchError whose remedy fetches them")
def files_are_there(subject: EncoderSubject) -> None:
    """files() returns files that are there, or raises an EmobenchError that says how to get them."""
    try:
        found = subject.component.files()
    except EmobenchError as error:
        if not error.remedy:
            raise Breach(f"files() says {str(error)!r}, and not how to get them") from error
        raise NotApplicable(str(error)) from error
    for path in found:
        if not path.is_file():
            raise Breach(f"files() returns {path}, and there is no such file")


@CONTRACTS.add(
    "return from load() a function that takes a list, and returns an item for each of its items",
    *(packages_installed, files_are_there),
)
def encodes(subject: EncoderSubject) -> None:
    """load() returns what encodes a batch of prepared samples, with its parameters as they are by default."""
    _ = subject.arrays


@CONTRACTS.add("stack the layers, of a plain vector x return x[None, None]", encodes)
def shape(subject: EncoderSubject) -> None:
    """Each sample is encoded as floating-point numbers (layers, frames, d), with as many layers and as large a d for all."""
    first = subject.arrays[0]
    for what, array in subject.named():
        if array.ndim != 3 or not array.size:
            raise Breach(f"{what} is encoded as {array.shape}, and not as (layers, frames, d)")
        if array.dtype.kind != "f":
            raise Breach(f"{what} is encoded as {array.dtype}")
        if (array.shape[0], array.shape[2]) != (first.shape[0], first.shape[2]):
            raise Breach(f"{what} is encoded as {array.shape}, the first as {first.shape}")


@CONTRACTS.add("avoid the logarithm of zero and the division by a deviation of zero", encodes)
def finite(subject: EncoderSubject) -> None:
    """What comes out is finite, also of silence, of a black picture and of a text of one letter."""
    odd = [(what, subject.encoded([prepared])[0]) for what, prepared in subject.odd("empty")]
    for what, array in (*subject.named(), *odd):
        if not np.isfinite(array).all():
            raise Breach(f"{what} has values that are not finite")


@CONTRACTS.add("draw weights in load() from a generator of its own, and call eval() on a torch module", shape)
def deterministic(subject: EncoderSubject) -> None:
    """Loaded again, the encoder encodes the same batch as the same numbers."""
    for arrays in state.under_other_seeds(lambda: [_as_array(each) for each in subject.load()(subject.copies())]):
        _alike(subject, arrays, _SAME, "loaded again")


@CONTRACTS.add("leave out the padding in every sum over frames, or say one_length = True", deterministic, finite)
def batch_composition(subject: EncoderSubject) -> None:
    """What a sample is encoded as depends neither on the others in its batch and their lengths, nor on their order."""
    alone = [subject.encoded([each])[0] for each in subject.prepared]
    _alike(subject, alone, _TOLERANCE, "alone")
    backwards = subject.encoded(subject.prepared[::-1])[::-1]
    _alike(subject, backwards, _TOLERANCE, "in a batch in another order")


def _alike(subject: EncoderSubject, arrays: list[NDArray[Any]], within: float, how: str) -> None:
    for (what, first), other in zip(subject.named(), arrays, strict=True):
        if other.shape != first.shape:
            raise Breach(f"{how}, {what} is encoded as {other.shape}, and not as {first.shape}")
        gap = float(np.abs(first.astype(np.float64) - other).max())
        allowed = within * max(1.0, float(np.abs(first).max()))
        if not (gap <= allowed or np.array_equal(first, other, equal_nan=True)):
            raise Breach(f"{how}, {what} is encoded differently, by up to {gap:.3g}")


@CONTRACTS.add("work on a copy", encodes)
def inputs_unchanged(subject: EncoderSubject) -> None:
    """prepare() leaves the decoded sample as it is."""
    for sample, content in subject.contents:
        given = copied(content)
        array = given.samples if isinstance(given, Audio) else given
        if not isinstance(array, np.ndarray):
            raise NotApplicable("nothing can change a text")
        with unchanged("prepare()", {f"the content of sample {sample!r}": array}):
            subject.component.prepare(given)


@CONTRACTS.add("raise emobench.errors.UnreadableError in prepare(), which drops the sample and counts it", shape)
def refuses_too_short(subject: EncoderSubject) -> None:
    """What is too short or too small to be encoded is refused by prepare() with an UnreadableError, and by nothing else."""
    layers, _, width = subject.arrays[0].shape
    for what, prepared in subject.odd("tiny"):
        try:
            (array,) = subject.encoded([prepared])
        except Exception as error:
            raise Breach(f"{what} is prepared, and encoding it raises {type(error).__name__}: {error}") from error
        if array.ndim != 3 or not array.shape[1] or (array.shape[0], array.shape[2]) != (layers, width):
            raise Breach(f"{what} is encoded as {array.shape}")


@CONTRACTS.add("draw from a generator of its own, and put back what is set for a moment", encodes)
def leaves_global_state_alone(subject: EncoderSubject) -> None:
    """Loading and encoding seed no global generator and leave what is set for the process as it was."""
    before = state.settings()

    def after() -> tuple[dict[str, Any], dict[str, Any]]:
        subject.load()(subject.copies())
        return state.settings(), state.generators()

    # To draw from the global generators is allowed, as torch's layers do: they are seeded where both end in the same state.
    (settings, first), (_, second) = state.under_other_seeds(after)
    changed = state.differences(before, settings)
    changed += [f"the global generator of {name}" for name in first if first[name] == second[name]]
    if changed:
        raise Breach(f"it changes {' and '.join(changed)}")
