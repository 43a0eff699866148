"""What every representation must keep to; it is computed for samples of a twin, and for odd ones made of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from emobench.contracts import Audio, Representation, Video
from emobench.errors import UnreadableError
from emobench.representations import sample_generator
from emobench.testing import light_import, state
from emobench.testing.contract import Breach, Contracts, NotApplicable, Subject, prepared
from emobench.testing.twins import decoded, twins

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SAMPLES = 4


class RepresentationSubject(Subject):
    """A representation, some decoded samples, and what it makes of them."""

    component: Representation

    @prepared("computes")
    def inputs(self) -> list[tuple[str, Any]]:
        """Ids and decoded samples of the first twin with the modality of which one can be represented."""
        reason = "no registered dataset has it"
        for dataset, source in twins(self.registry, [self.component.modality]):
            samples = decoded(dataset, source, self.component.modality, _SAMPLES)
            usable = []
            for sample, content in samples:
                try:
                    self.compute(sample, content)
                except UnreadableError as error:
                    reason = f"{dataset.name!r}: {error}"
                else:
                    usable.append((sample, content))
            if usable:
                return usable
        raise NotApplicable(f"no twin has {self.component.modality} that it can be tried on ({reason})")

    @prepared("computes")
    def arrays(self) -> list[NDArray[Any]]:
        """The array of each sample."""
        return [self.compute(sample, content) for sample, content in self.inputs]

    def compute(self, sample: str, content: Any) -> NDArray[Any]:
        """Represent a copy of one sample, as the harness does."""
        import numpy as np

        parameters = dict(self.component.parameters)
        if self.component.random:
            parameters["generator"] = sample_generator(sample, parameters.get("seed"))
        array = self.component.compute(_copy(content), **parameters)
        if not isinstance(array, np.ndarray):
            raise Breach(f"compute() returned {type(array).__name__}, no array")
        return array


def _copy(content: Any) -> Any:
    if isinstance(content, Audio):
        return replace(content, samples=content.samples.copy())
    return content.copy() if hasattr(content, "copy") else content


CONTRACTS = Contracts("representations")
light_import.add_to(CONTRACTS)


@CONTRACTS.add(
    "computes",
    "compute() turns a decoded sample into an array, with its parameters as they are by default",
    "accept every name in parameters by keyword, and generator where random is true",
)
def computes(subject: RepresentationSubject) -> None:
    """Represent some samples."""
    _ = subject.arrays


@CONTRACTS.add(
    "one-shape",
    "the array has the same shape and dtype for every sample, however long or large it is, and where views is true a first "
    "axis that counts them",
    "pad, cut, resize or average, and fix the dtype with astype()",
)
def one_shape(subject: RepresentationSubject) -> None:
    """Compare samples, and longer and larger ones that are made of them."""
    first = subject.arrays[0]
    if subject.component.views and (first.ndim < 2 or not len(first)):
        raise Breach(f"views is true and the shape is {first.shape}, without an axis of views")
    for what, array in _others(subject):
        if array.shape != first.shape or array.dtype != first.dtype:
            raise Breach(f"{what} has shape {array.shape} {array.dtype}, the first {first.shape} {first.dtype}")


def _others(subject: RepresentationSubject) -> Iterator[tuple[str, NDArray[Any]]]:
    for (sample, _), array in zip(subject.inputs, subject.arrays, strict=True):
        yield f"sample {sample!r}", array
    sample, content = subject.inputs[0]
    for what, other in _stretched(content):
        try:
            yield what, subject.compute(sample, other)
        except UnreadableError:
            continue


def _stretched(content: Any) -> Iterator[tuple[str, Any]]:
    """Yield samples of another size; of a film there is none without a file of its own."""
    import numpy as np

    if isinstance(content, Audio):
        yield "a sound three times as long", replace(content, samples=np.tile(content.samples, 3))
        yield "a sound at half the rate", replace(content, rate=content.rate // 2)
    elif isinstance(content, np.ndarray) and content.ndim in (2, 3):
        yield "an image twice as high", np.repeat(content, 2, axis=0)
        yield "a gray image" if content.ndim == 3 else "a colour image", _other_colours(content)


def _other_colours(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    import numpy as np

    return image[..., 0].copy() if image.ndim == 3 else np.repeat(image[..., np.newaxis], 3, axis=2)


@CONTRACTS.add(
    "finite",
    "the array holds finite numbers only, also for silence and for a picture without contrast",
    "mind the logarithm of zero and the division by a deviation of zero",
)
def finite(subject: RepresentationSubject) -> None:
    """Look at samples, and at what has no content."""
    import numpy as np

    for (sample, _), array in zip(subject.inputs, subject.arrays, strict=True):
        if not np.isfinite(array).all():
            raise Breach(f"sample {sample!r} has values that are not finite")
    sample, content = subject.inputs[0]
    for what, other in _empty(content):
        try:
            with np.errstate(all="ignore"):
                array = subject.compute(sample, other)
        except UnreadableError:
            continue
        if not np.isfinite(array).all():
            raise Breach(f"{what} has values that are not finite")


def _empty(content: Any) -> Iterator[tuple[str, Any]]:
    import numpy as np

    if isinstance(content, Audio):
        yield "silence", replace(content, samples=np.zeros_like(content.samples))
    elif isinstance(content, np.ndarray):
        yield "a black image", np.zeros_like(content)


@CONTRACTS.add(
    "deterministic",
    "the same sample gives the same array at every call",
    "draw from the argument generator alone, which random = True asks for",
)
def deterministic(subject: RepresentationSubject) -> None:
    """Compute under other states of the global generators."""
    import numpy as np

    for (sample, content), array in zip(subject.inputs, subject.arrays, strict=True):
        for seed in (1, 2):
            with state.seeded(seed):
                again = subject.compute(sample, content)
            if not np.array_equal(array, again, equal_nan=array.dtype.kind == "f"):
                raise Breach(f"sample {sample!r} gives another array at another call")


@CONTRACTS.add(
    "refuses-too-short",
    "what is too short or too small to be represented is an UnreadableError, and nothing else",
    "raise emobench.UnreadableError, which drops the sample and counts it",
)
def refuses_too_short(subject: RepresentationSubject) -> None:
    """Try hardly any content."""
    first = subject.arrays[0]
    sample, content = subject.inputs[0]
    for what, other in _tiny(content):
        try:
            array = subject.compute(sample, other)
        except UnreadableError:
            continue
        except Exception as error:
            raise Breach(f"{what} raises {type(error).__name__}: {error}") from error
        if array.shape != first.shape:
            raise Breach(f"{what} gives shape {array.shape} and not {first.shape}")


def _tiny(content: Any) -> Iterator[tuple[str, Any]]:
    import numpy as np

    if isinstance(content, Audio):
        for frames in (0, 1, 100):
            yield f"a sound of {frames} samples", replace(content, samples=content.samples[:frames])
    elif isinstance(content, Video):
        yield "a film without frames", replace(content, frames=0)
    elif isinstance(content, np.ndarray) and content.ndim in (2, 3):
        yield "an image of one pixel", content[:1, :1]


@CONTRACTS.add("inputs-unchanged", "compute() leaves the decoded sample as it is", "work on a copy")
def inputs_unchanged(subject: RepresentationSubject) -> None:
    """Compare the samples with what they were."""
    import numpy as np

    _ = subject.arrays
    for sample, content in subject.inputs:
        array = content.samples if isinstance(content, Audio) else content
        if not isinstance(array, np.ndarray):
            raise NotApplicable("a film is decoded anew each time")
        was, given = array.tobytes(), _copy(content)
        parameters = dict(subject.component.parameters)
        if subject.component.random:
            parameters["generator"] = sample_generator(sample, parameters.get("seed"))
        subject.component.compute(given, **parameters)
        if (given.samples if isinstance(given, Audio) else given).tobytes() != was:
            raise Breach(f"compute() changed the content of sample {sample!r}")
