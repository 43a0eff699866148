"""What a verification found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import computed_field

from emobench.records import Frozen


class Problem(Frozen):
    """One thing that is wrong, or to be known.

    Attributes:
        what: in one sentence without a final full stop.
        where: the file or the cell that it is about; empty for the bundle as a whole.
    """

    what: str
    where: str = ""

    def __str__(self) -> str:
        text = " ".join((f"{self.where}: {self.what}" if self.where else self.what).split())
        # Names in a bundle are a stranger's: a terminal must not take one for a command.
        return "".join(character if character.isprintable() else "\ufffd" for character in text)


class Report(Frozen):
    """What the verification of one bundle found.

    Attributes:
        file: as it was named.
        name: of the bundle.
        cells: how many of them could be read.
        data: the data directory that labels and splits were compared with; empty where it was done without.
        problems: why it is refused; all of them.
        notes: what could not be checked, and why that is no reason to refuse it.
    """

    file: str
    name: str
    cells: int
    data: str = ""
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def verified(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.problems


def placed(where: str, sentences: Iterable[str]) -> Iterator[Problem]:
    """Yield sentences about one place as problems."""
    return (Problem(what=what, where=where) for what in sentences)
