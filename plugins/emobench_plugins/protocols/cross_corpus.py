"""Train on some corpora, test on others."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import hookimpl
from emobench.contracts import Split, SplitProtocol
from emobench.errors import EmobenchError, nearest
from emobench_plugins.protocols._columns import filled
from emobench_plugins.protocols._hash_order import drawn, fraction, share

if TYPE_CHECKING:
    import pandas as pd


class CrossCorpus(SplitProtocol):
    """All samples of some corpora are trained on, all of others tested; corpora that are in neither list are left out.

    The column ``corpus`` of a joined dataset says where a sample comes from. Corpora differ in speakers, sentences, language,
    microphones and in what their makers took an emotion to be; the label map that brings their labels together is part of
    what is measured.

    Validation, if asked for, is cut from the training corpora by group: in each of them ``validation_size`` of the values of
    ``group`` (to the nearest number, one at least), in the order of hashes over seed, corpus and value. It is not another
    corpus, which would leave nothing to train on where there is one; so what is chosen by it is chosen within the corpora.
    """

    name: ClassVar[str] = "cross-corpus"
    title: ClassVar[str] = "train on some corpora, test on others"
    requires: ClassVar[tuple[str, ...]] = ("corpus",)
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {"train": [], "test": [], "validation_size": 0.0, "seed": 0}
    )

    def split(self, samples: pd.DataFrame, **parameters: Any) -> Split:
        """Divide by the column ``corpus``.

        Args:
            samples: the index.
            **parameters: ``train`` and ``test``, lists of corpora; ``validation_size``, a fraction of each training corpus's
                groups in [0, 1); ``seed``.

        Raises:
            EmobenchError: a list is empty, names a corpus that is not there or one of the other list, the column is missing
                or has gaps, or a training corpus has too few groups for validation.
        """
        corpora = filled(samples, "corpus", self.name)
        lists = {part: _corpora(parameters[part], part, set(corpora)) for part in ("train", "test")}
        if both := sorted(lists["train"] & lists["test"]):
            raise EmobenchError(
                f"protocol {self.name!r} would train and test on {', '.join(both)}", remedy="name each corpus once"
            )
        part_of = dict.fromkeys(lists["train"], "train") | dict.fromkeys(lists["test"], "test")
        own = corpora.map(lambda corpus: part_of.get(corpus, ""))
        size = fraction(parameters["validation_size"], "validation_size")
        if size:
            aside = self._aside(samples, corpora, sorted(lists["train"]), size, parameters["seed"])
            own = own.mask(aside, "validation")
        parts = ("train", "validation", "test") if size else ("train", "test")
        return Split({part: tuple(samples["sample_id"][own == part]) for part in parts})

    def _aside(
        self, samples: pd.DataFrame, corpora: pd.Series[str], training: list[str], size: float, seed: object
    ) -> pd.Series[bool]:
        """Return which samples are set aside for validation."""
        groups = filled(samples, "group", self.name)
        chosen = corpora != corpora
        for corpus in training:
            order = drawn(groups[corpora == corpus], f"{seed}\n{corpus}")
            number = share(size, len(order))
            if number >= len(order):
                raise EmobenchError(
                    f"the corpus {corpus!r} has {len(order)} groups: {number} for validation, and none is left to train on",
                    remedy="use a smaller validation_size, or none",
                )
            chosen |= (corpora == corpus) & groups.isin(order[:number])
        return chosen


def _corpora(names: object, part: str, known: set[str]) -> frozenset[str]:
    if not isinstance(names, list | tuple) or not names:
        raise EmobenchError(
            f"{part} is {names!r}", remedy=f"give a list of corpora; there are {', '.join(sorted(known))}"
        )
    for name in names:
        if name not in known:
            raise EmobenchError(f"{part}: no corpus {name!r} here", remedy=nearest(str(name), sorted(known)))
    return frozenset(names)


@hookimpl
def emobench_protocols() -> list[SplitProtocol]:
    """Register the division by corpus."""
    return [CrossCorpus()]
