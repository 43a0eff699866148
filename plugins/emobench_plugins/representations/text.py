"""Texts as they are, for models that make features of them themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from emobench import hookimpl
from emobench.contracts import Modality, Representation

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Text(Representation):
    """str (): the text itself.

    What is counted over texts, such as how many have a word, is then counted over the training part alone, by the model.
    """

    name: ClassVar[str] = "text"
    title: ClassVar[str] = "texts as they are"
    modality: ClassVar[Modality] = "text"
    packages: ClassVar[tuple[str, ...]] = ("numpy",)

    def compute(self, decoded: str, **parameters: Any) -> NDArray[Any]:
        """Return the text as an array of the shape ()."""
        import numpy as np

        return np.array(decoded)


@hookimpl
def emobench_representations() -> list[Representation]:
    """Register the text itself."""
    return [Text()]
