"""A rule that turns one decoded file into an array."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from emobench.contracts.media import Modality

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Representation(ABC):
    """A rule that turns a decoded file into an array of one shape, or a sequence of steps of one shape.

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
        sequences: whether the first axis of the array is time, and as long as the sample is: at least one step.
        random: whether :meth:`compute` takes a keyword ``generator``: a ``numpy.random.Generator`` seeded with the sample's
            id and, where there is one, the parameter ``seed``. Neither the order of the samples nor the number of processes
            then changes what is drawn.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    modality: ClassVar[Modality]
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    packages: ClassVar[tuple[str, ...]] = ()
    views: ClassVar[bool] = False
    sequences: ClassVar[bool] = False
    random: ClassVar[bool] = False

    @abstractmethod
    def compute(self, decoded: Any, **parameters: Any) -> NDArray[Any]:
        """Return the array of one sample.

        Its shape and dtype are the same for every sample, but for the number of steps of :attr:`sequences`. A text has the
        shape ().

        Args:
            decoded: what :meth:`Dataset.read` returns for :attr:`modality`.
            **parameters: every name in :attr:`parameters`, and ``generator`` for a :attr:`random` representation.

        Raises:
            UnreadableError: this sample cannot be represented (it is too short, say); it is dropped and counted.
        """
