"""One split with the values of one column, or of several, apart: speakers, words, sentences, speakers and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import hookimpl
from emobench.contracts import Split, SplitProtocol
from emobench.errors import EmobenchError
from emobench_plugins.protocols._columns import filled
from emobench_plugins.protocols._hash_order import drawn, fraction, share

if TYPE_CHECKING:
    import pandas as pd

_PARTS = ("train", "validation", "test")


class GroupsApart(SplitProtocol):
    """A fraction of a column's values is tested, a fraction is validation, the rest is trained on.

    ``by`` names one column or several. The values of each are divided by themselves, in the order of hashes over seed, column
    and value: ``test_size`` of the values (to the nearest number, one at least), then ``validation_size`` of all values for
    validation. With several columns a sample is in a part if all its values are: the test part has only values that training
    has in no column, and validation is apart from both in the same way. It is the values that are counted, not the samples,
    and the classes are not balanced.

    **Samples that mix are in no part.** With two columns, of which shares p and q are tested, and no validation, p (1 - q) +
    q (1 - p) of the samples are lost if values are combined evenly: 32% for a fifth of both. With few values it is more,
    since a fifth of two sentences is one: actors and sentences of RAVDESS, or speakers and words of TESS, lose half.
    """

    name: ClassVar[str] = "groups-apart"
    title: ClassVar[str] = "one split, groups apart"
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {"by": "group", "test_size": 0.2, "validation_size": 0.0, "seed": 0}
    )

    def split(self, samples: pd.DataFrame, **parameters: Any) -> Split:
        """Divide by the values of the columns.

        Args:
            samples: the index.
            **parameters: ``by``, the name of a column or a list of them; ``test_size`` and ``validation_size``, fractions of
                the values of each column in [0, 1), where 0 makes no validation; ``seed``.

        Raises:
            EmobenchError: a column is missing or has gaps, has too few values, a fraction is none, or no sample has all its
                values in one part.
        """
        columns = _columns(parameters["by"])
        sizes = {
            "test": fraction(parameters["test_size"], "test_size"),
            "validation": fraction(parameters["validation_size"], "validation_size"),
        }
        if not sizes["test"]:
            raise EmobenchError("test_size is 0: nothing would be tested", remedy="give a larger fraction")
        places = [self._places(samples, column, sizes, parameters["seed"]) for column in columns]
        ids = samples["sample_id"]
        parts: dict[str, tuple[str, ...]] = {}
        for part in _PARTS if sizes["validation"] else ("train", "test"):
            inside = places[0] == part
            for other in places[1:]:
                inside &= other == part
            parts[part] = tuple(ids[inside])
            if not parts[part]:
                raise EmobenchError(
                    f"no sample has its values of {' and '.join(map(repr, columns))} all in the part {part!r}",
                    remedy="use fewer columns, other fractions or another seed",
                )
        return Split(parts)

    def _places(self, samples: pd.DataFrame, column: str, sizes: Mapping[str, float], seed: object) -> pd.Series[str]:
        """Return the part that each sample's value of a column belongs to."""
        values = filled(samples, column, self.name)
        order = drawn(values, f"{seed}\n{column}")
        tested = share(sizes["test"], len(order))
        aside = share(sizes["validation"], len(order))
        if tested + aside >= len(order):
            wanted = f"{tested} for test" + (f", {aside} for validation" if aside else "")
            raise EmobenchError(
                f"the column {column!r} has {len(order)} values: {wanted}, and none is left to train on",
                remedy="use smaller fractions, another column, or more data",
            )
        part_of = dict.fromkeys(order[:tested], "test") | dict.fromkeys(order[tested : tested + aside], "validation")
        return values.map(lambda value: part_of.get(value, "train"))


def _columns(by: object) -> list[Any]:
    columns = list(by) if isinstance(by, list | tuple) else [by]
    if not columns or len(set(map(str, columns))) < len(columns):
        raise EmobenchError(f"by is {by!r}", remedy="name a column, or a list of different ones")
    return columns


@hookimpl
def emobench_protocols() -> list[SplitProtocol]:
    """Register the split with groups apart."""
    return [GroupsApart()]
