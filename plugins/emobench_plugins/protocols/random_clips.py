"""A random split by clip, as many papers make it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import hookimpl
from emobench.contracts import Split, SplitProtocol
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    import pandas as pd


class RandomClips(SplitProtocol):
    """Clips drawn at random, whoever speaks in them; not stratified.

    It is leaky: the same people, and other takes of the same sentences, stand on both sides.

    Paper A's split was of this kind. The test supports in its Table 2 (37, 34, 41, 44, 16, 47, 31 of 250) are neither those
    of a stratified split, in which six classes have 38 or 39 and neutral 19, nor those of a split by actor: an actor has 52
    clips that are not calm, and 250 is no multiple of 52. With seed 68, which it names for the audio model, or 42, none of
    some 130 file orders that were tried gives these supports; its very split is not recovered.
    """

    name: ClassVar[str] = "random-clips"
    title: ClassVar[str] = "random split by clip (leaky)"
    leaky: ClassVar[bool] = True
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType({"test_size": 0.2, "seed": 0})

    def split(self, samples: pd.DataFrame, **parameters: Any) -> Split:
        """Divide as ``sklearn.model_selection.train_test_split`` does, applied to the samples in index order.

        Args:
            samples: the index.
            **parameters: ``test_size``, a fraction of the samples or (an int) their number; ``seed``, scikit-learn's
                ``random_state``.

        Raises:
            EmobenchError: scikit-learn refuses the size or the seed, e.g. because nothing would be left to train on.
        """
        import numpy as np
        from sklearn.model_selection import train_test_split

        test_size, seed = parameters["test_size"], parameters["seed"]
        try:
            train, test = train_test_split(np.arange(len(samples)), test_size=test_size, random_state=seed)
        except ValueError as error:
            raise EmobenchError(
                f"{len(samples)} samples cannot be split with test_size={test_size!r}, seed={seed!r} ({error})",
                remedy="change the protocol's parameters, or use more samples",
            ) from error
        ids = samples["sample_id"]
        return Split({"train": tuple(ids.iloc[np.sort(train)]), "test": tuple(ids.iloc[np.sort(test)])})


@hookimpl
def emobench_protocols() -> list[SplitProtocol]:
    """Register the random split by clip."""
    return [RandomClips()]
