"""Which corpora share samples, so that what a model was trained on can be compared with what it is tested on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Relation:
    """The pictures or recordings of a corpus are those of others, or some of them.

    A paired dataset and its members need none: its class names them.

    Attributes:
        name: of the corpus; of a registered dataset, the name that it is registered under.
        samples_of: the corpora that its samples are from, by the names of registered datasets or, for any others, their own.
    """

    name: str
    samples_of: tuple[str, ...]
