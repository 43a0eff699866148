"""What every representation must keep to; it is computed for samples of a twin, and for odd ones made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.contracts import Audio, Representation, Video
from emobench.data import sample_generator
from emobench.errors import UnreadableError
from emobench.testing import state
from emobench.testing.arrays import unchanged
from emobench.testing.contract import Breach, Contracts, NotApplicable, Subject
from emobench.testing.twins import copied, decoded, twins

_SAMPLES = 4


class RepresentationSubject(Subject):
    """A representation, some decoded samples, and what it makes of them."""

    component: Representation

    @cached_property
    def inputs(self) -> list[tuple[str, Any]]:
        """Ids and decoded samples of the first twin with the modality of which one can be represented."""
        reason = "no registered dataset has it"
        for dataset, twin in twins(self.registry, [self.component.modality]):
            usable = []
            for sample, content in decoded(dataset, twin, self.component.modality, _SAMPLES):
                try:
                    self.compute(sample, content)
                except UnreadableError as error:
                    reason = f"{dataset.name!r}: {error}"
                else:
                    usable.append((sample, content))
            if usable:
                return usable
        raise NotApplicable(f"no twin has {self.component.modality} that it can be tried on ({reason})")

    @cached_property
    def arrays(self) -> list[NDArray[Any]]:
        """The array of each sample."""
        return [self.compute(sample, content) for sample, content in self.inputs]

    def named_arrays(self) -> list[tuple[str, NDArray[Any]]]:
        """Return the array of each sample, with what to call it."""
        return [(f"sample {sample!r}", array) for (sample, _), array in zip(self.inputs, self.arrays, strict=True)]

    def shape(self, array: NDArray[Any]) -> tuple[int, ...]:
        """Return what must be the same for all samples: the shape of an array, or of a step of a sequence."""
        return array.shape[1:] if self.component.sequences else array.shape

    def compute(self, sample: str, content: Any) -> NDArray[Any]:
        """Represent a copy of one sample, as the harness does."""
        array = self.compute_from(sample, copied(content))
        if not isinstance(array, np.ndarray):
            raise Breach(f"compute() returned {type(array).__name__}, no array")
        if self.component.sequences and (not array.ndim or not len(array)):
            raise Breach(f"sequences is true and the shape is {array.shape}, without a step")
        return array

    def compute_from(self, sample: str, content: Any) -> Any:
        """Represent the sample itself."""
        parameters = dict(self.component.parameters)
        if self.component.random:
            parameters["generator"] = sample_generator(sample, parameters.get("seed"))
        return self.component.compute(content, **parameters)

    def odd(self, oddity: str) -> Iterator[tuple[str, NDArray[Any]]]:
        """Yield the arrays of odd samples that are made of the first one, with what to call them; some may be refused."""
        sample, content = self.inputs[0]
        for what, other in _made_of(content).get(oddity, {}).items():
            try:
                with np.errstate(all="ignore"):
                    array = self.compute(sample, other)
            except UnreadableError:
                continue
            except Breach:
                raise
            except Exception as error:
                raise Breach(f"{what} raises {type(error).__name__}: {error}") from error
            yield what, array


def _made_of(content: Any) -> Mapping[str, Mapping[str, Any]]:
    """Return odd samples by what is odd about them and what to call them; of a film few can be made without a file."""
    if isinstance(content, Audio):
        samples = content.samples
        return {
            "size": {
                "a sound three times as long": replace(content, samples=np.tile(samples, 3)),
                "a sound at half the rate": replace(content, rate=content.rate // 2),
            },
            "empty": {"silence": replace(content, samples=np.zeros_like(samples))},
            "tiny": {f"a sound of {n} samples": replace(content, samples=samples[:n]) for n in (0, 1, 100)},
        }
    if isinstance(content, str):
        return {
            "size": {"a text three times as long": f"{content} " * 3},
            "tiny": {"a text of one character": content[:1]},
        }
    if isinstance(content, Video):
        return {"tiny": {"a film without frames": replace(content, frames=0)}}
    if isinstance(content, np.ndarray) and content.ndim in (2, 3):
        gray = content if content.ndim == 2 else content[..., 0].copy()
        colour = np.repeat(gray[..., np.newaxis], 3, axis=2)
        return {
            "size": {
                "an image twice as high": np.repeat(content, 2, axis=0),
                **({"a gray image": gray} if content.ndim == 3 else {"a colour image": colour}),
            },
            "empty": {"a black image": np.zeros_like(content)},
            "tiny": {"an image of one pixel": content[:1, :1]},
        }
    return {}


CONTRACTS = Contracts(RepresentationSubject)


@CONTRACTS.add("accept every name in parameters by keyword, and generator where random is true")
def computes(subject: RepresentationSubject) -> None:
    """compute() turns a decoded sample into an array, with its parameters as they are by default."""
    _ = subject.arrays


@CONTRACTS.add("pad, cut, resize or average, and fix the dtype with astype()", computes)
def one_shape(subject: RepresentationSubject) -> None:
    """The array has one shape and dtype for samples of every size.

    Where views is true it has a first axis that counts them; where sequences is true the shape is that of a step.
    """
    first = subject.arrays[0]
    if subject.component.views and subject.component.sequences:
        raise Breach("views and sequences are both true: a sequence is one input")
    if subject.component.views and (first.ndim < 2 or not len(first)):
        raise Breach(f"views is true and the shape is {first.shape}, without an axis of views")
    for what, array in (*subject.named_arrays(), *subject.odd("size")):
        texts = array.dtype.kind == first.dtype.kind == "U"  # which are as long as they are
        if subject.shape(array) != subject.shape(first) or (array.dtype != first.dtype and not texts):
            raise Breach(f"{what} has shape {array.shape} {array.dtype}, the first {first.shape} {first.dtype}")


@CONTRACTS.add("avoid the logarithm of zero and the division by a deviation of zero", computes)
def finite(subject: RepresentationSubject) -> None:
    """The array holds finite numbers only, also for silence and for a picture without contrast."""
    for what, array in (*subject.named_arrays(), *subject.odd("empty")):
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise Breach(f"{what} has values that are not finite")


@CONTRACTS.add("draw from the argument generator alone, which random = True asks for", computes)
def deterministic(subject: RepresentationSubject) -> None:
    """The same sample gives the same array at every call."""
    for again in state.under_other_seeds(lambda: [subject.compute(*sample) for sample in subject.inputs]):
        for (sample, _), first, other in zip(subject.inputs, subject.arrays, again, strict=True):
            if not np.array_equal(first, other, equal_nan=first.dtype.kind == "f"):
                raise Breach(f"sample {sample!r} gives another array at another call")


@CONTRACTS.add("raise emobench.errors.UnreadableError, which drops the sample and counts it", computes)
def refuses_too_short(subject: RepresentationSubject) -> None:
    """What is too short or too small to be represented is an UnreadableError, and nothing else."""
    first = subject.arrays[0]
    for what, array in subject.odd("tiny"):
        if subject.shape(array) != subject.shape(first):
            raise Breach(f"{what} gives shape {array.shape} and not {first.shape}")


@CONTRACTS.add("work on a copy", computes)
def inputs_unchanged(subject: RepresentationSubject) -> None:
    """compute() leaves the decoded sample as it is."""
    for sample, content in subject.inputs:
        given = copied(content)
        if isinstance(given, str):
            raise NotApplicable("no text can be changed")
        array = given.samples if isinstance(given, Audio) else given
        if not isinstance(array, np.ndarray):
            raise NotApplicable("a film is decoded again for each call")
        with unchanged("compute()", {f"the content of sample {sample!r}": array}):
            subject.compute_from(sample, given)
