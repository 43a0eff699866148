"""Encoders by corpora: the scores of one probe with several encoders on several datasets, and the encoders' ranks over all.

A matrix holds the rows of one pattern of a suite (:class:`emobench.records.FromPattern`) with one model. So whoever writes a
suite says which rows belong together; nothing is put together that only looks alike. There is a matrix where a pattern has
rows of two encoders at least in two tasks at least. Those of synthetic data have a matrix of their own.

Only an encoder with a result in every task that counts has a rank: what is missing is neither guessed nor averaged away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from emobench.records import Component
from emobench.scoring import Standing


@dataclass(frozen=True)
class Corpus:
    """A column: one task.

    Attributes:
        task: its id.
        dataset: its name.
        metric: that ranks there.
        chance: the score without looking at a sample; ``None`` where it is not known.
        uncounted: why it does not count for the ranks: too few people, samples or samples of a class for an interval, or
            predictions that are not there.
    """

    task: str
    dataset: str
    metric: str
    chance: float | None
    uncounted: Literal["few", "no predictions"] | None

    @property
    def counts(self) -> bool:
        """Whether it counts for the ranks."""
        return self.uncounted is None


@dataclass(frozen=True)
class Entry:
    """A score with the ends of its 95% interval, which are ``None`` where the interval is unknown."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Probed:
    """A row: one encoder.

    Attributes:
        encoder: its name or source, as it was given.
        inputs: what the models took, with parameters.
        scores: one for each corpus, of several seeds the mean; ``None`` where there is no result.
        cells: the cell of the first seed for each corpus; empty where there is none, also where it failed.
        standing: over the corpora that count; ``None`` where one of them has no result, or there are too few.
    """

    encoder: str
    inputs: tuple[Component, ...]
    scores: tuple[Entry | None, ...]
    cells: tuple[str, ...]
    standing: Standing | None


@dataclass(frozen=True)
class Matrix:
    """One probe: encoders by corpora.

    Attributes:
        suite: its name.
        pattern: its name, with placeholders.
        model: the probe.
        synthetic: whether the data is.
        corpora: two at least, in the order of the tasks.
        encoders: two at least, those with a rank first, the best of them first; then the others by their names.
    """

    suite: str
    pattern: str
    model: Component
    synthetic: bool
    corpora: tuple[Corpus, ...]
    encoders: tuple[Probed, ...]

    @property
    def counted(self) -> int:
        """Number of corpora that count."""
        return sum(corpus.counts for corpus in self.corpora)
