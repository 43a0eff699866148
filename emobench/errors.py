"""The one exception that is shown to a user as a single line, and where a component raised any other."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

_FRAME = re.compile(r'File "(.+?)", line (\d+), in (\S+)')

_LISTED = 20  # names in a message at most


class EmobenchError(Exception):
    """Something a user can fix.

    Args:
        what: what is wrong, in one sentence without a final full stop.
        where: the file, row, option or plugin it is about; empty if ``what`` says it.
        remedy: what to do about it; empty only where nothing can be done.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = what, where, remedy
        super().__init__(what, where, remedy)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return " ".join((f"{text}; {self.remedy}" if self.remedy else text).split())

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments do not survive the default pickling between processes.
        return (_rebuild, (type(self), self.what, self.where, self.remedy))


def _rebuild(kind: type[EmobenchError], what: str, where: str, remedy: str) -> EmobenchError:
    return kind(what, where=where, remedy=remedy)


class UnreadableError(EmobenchError):
    """One sample's file cannot be decoded; the sample is dropped, listed and counted."""


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like another one, in whatever case; ``None`` where none is alike."""
    names = {each.lower(): each for each in sorted(known)}
    found = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.5)
    return names[found[0]] if found else None


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a remedy that names the nearest known name, or all of them."""
    names = sorted(known)
    if close := closest(name, names):
        return f"did you mean {close!r}?"
    if not names:
        return "there is none"
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"known: {', '.join(names[:_LISTED])}{more}"


def counted(number: int, singular: str, plural: str) -> str:
    """Return e.g. ``"1 image"`` or ``"1,288 images"``."""
    return f"{number:,} {singular if number == 1 else plural}"


def raised_at(trace: str) -> str:
    """Return where a component raised, by a printed traceback: `` (my_model.py:73, in helper)``, or an empty string.

    That is the innermost frame in the folder of the first one that emobench called: below it are the libraries.
    """
    core = Path(__file__).parent
    frames = [(Path(file), line, name) for file, line, name in _FRAME.findall(trace.rpartition("Traceback (most")[2])]
    called = max((place + 1 for place, (file, *_) in enumerate(frames) if file.is_relative_to(core)), default=0)
    own = [frame for frame in frames[called:] if frame[0].is_relative_to(frames[called][0].parent)]
    return f" ({own[-1][0].name}:{own[-1][1]}, in {own[-1][2]})" if own else ""
