"""Texts and numbers of a board for people, before a renderer writes them in its format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from emobench.contracts import Recipe, Schedule
from emobench.records import Component, metric_title

NONE = "–"
"""Stands where there is no number."""

_HASH = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}")

Style = Literal["plain", "number", "code", "strong", "emphasis", "link", "break", "leading", "raised"]


@dataclass(frozen=True)
class Span:
    """A piece of text.

    Attributes:
        text: as people read it.
        style: ``number``: made by this module, so that no character in it can mean anything to a format; ``leading``:
            such a number, of what rows are ranked by; ``break``: what follows stands on the next line of a table's cell.
        href: of a link: a place on the page, or a file beside it.
    """

    text: str
    style: Style
    href: str = ""


Text: TypeAlias = "str | Span | tuple[Text, ...]"
"""A text on one line: a plain string is shown as it is in every format."""


def code(text: str) -> Span:
    """Return an identifier or a command."""
    return Span(text, "code")


def strong(text: str) -> Span:
    """Return what must not be overlooked."""
    return Span(text, "strong")


def emphasis(text: str) -> Span:
    """Return a term, or the name of a part."""
    return Span(text, "emphasis")


def raised(text: str) -> Span:
    """Return the mark of a note."""
    return Span(text, "raised")


def link(text: str, href: str) -> Span:
    """Return a link to a place on the page, or to a file whose name is quoted already."""
    return Span(text, "link", href)


BREAK = Span(" ", "break")
"""Ends a line within a cell of a table."""


def number(text: str) -> Span:
    """Return a number or an interval as it is to be written."""
    return Span(text, "number")


def leading(text: str) -> Span:
    """Return a number or an interval of what rows are ranked by."""
    return Span(text, "leading")


def joined(texts: Iterable[Text], by: str = ", ") -> Text:
    """Return texts in a row, with ``by`` between them; empty ones are left out."""
    parts: list[Text] = []
    for text in texts:
        if text:
            parts += [by, text] if parts else [text]
    return tuple(parts)


def spans(text: Text) -> Iterator[Span]:
    """Yield the pieces of a text, in order."""
    if isinstance(text, str):
        yield Span(text, "plain")
    elif isinstance(text, Span):
        yield text
    else:
        for part in text:
            yield from spans(part)


def plain(text: Text) -> str:
    """Return what a text says, without emphasis."""
    return "".join(span.text for span in spans(text))


def one_line(text: str) -> str:
    """Return a text without line breaks and other characters that are not to be seen."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def cut(text: str, limit: int) -> str:
    """Return a text on one line, cut at ``limit`` characters."""
    line = one_line(text)
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


# ------------------------------------------------------------------------------------------------------ numbers


def decimal(value: float | None) -> str:
    """Return a score with four decimals, as the papers print them."""
    return NONE if value is None else f"{value:.4f}"


def percent(share: float | None, places: int = 1) -> str:
    """Return a share in percent, without the sign."""
    return NONE if share is None else f"{100 * share:.{places}f}"


def whole_percent(share: float) -> str:
    """Return a share in whole percent with the sign; what is there and would be 0% is under 1%."""
    return "under 1%" if 0 < share < 0.005 else f"{percent(share, 0)}%"


def count(value: int | None) -> str:
    """Return a number of things, with commas between thousands."""
    return NONE if value is None else f"{value:,}"


def counted(value: int, thing: str) -> str:
    """Return a number of things with their name, in the plural where there are several."""
    return f"{count(value)} {thing}{'' if value == 1 else 's'}"


def duration(seconds: float) -> str:
    """Return seconds as a person says them, to two places."""
    if seconds < 59.95:  # what would be rounded to 60.0 is a minute
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


# -------------------------------------------------------------------------------------------- parts of a cell


def parameter(name: str, value: object) -> str:
    """Return a parameter in words, ``train ravdess and tess``; nothing for an empty value, the beginning of a hash."""
    if value in ("", [], (), None):
        return ""
    listed = " and ".join(map(str, value)) if isinstance(value, list | tuple) else value
    return _HASH.sub(r"\1", f"{name.replace('_', ' ')} {listed}")


def component(part: Component | None) -> str:
    """Return a name with its parameters in brackets: ``resnet18 (dropout 0.2)``; those with an empty value are left out."""
    if part is None:
        return NONE
    listed = ", ".join(filter(None, (parameter(key, value) for key, value in part.parameters.items())))
    return f"{part.name} ({listed})" if listed else part.name


def schedule(how: Schedule | None) -> str:
    """Return a training schedule in a few words."""
    if how is None:
        return "no training"
    decay = f", L2 {how.weight_decay:g}" if how.weight_decay else ""
    epochs = counted(how.epochs, "epoch")
    return f"{epochs}, batch {how.batch_size}, {how.optimizer}, learning rate {how.learning_rate:g}{decay}"


def grid(values: Mapping[str, Sequence[Any]]) -> str:
    """Return in a few words among what validation chose; nothing without a grid."""
    return "; ".join(f"{name} one of {', '.join(map(str, tried))}" for name, tried in values.items())


def recipe(how: Recipe | None) -> str:
    """Return in a few words what a training does besides its schedule; nothing where that is nothing."""
    if how is None:
        return ""
    said = ["the best epoch on validation"] if how.keep == "best" else []
    said += [f"validation by {metric_title(how.by)}"] if how.by else []
    said += [f"until {counted(how.patience, 'epoch')} in a row are no better on validation"] if how.patience else []
    said += [f"warm-up of {how.warm_up:g} {'epoch' if how.warm_up == 1 else 'epochs'}"] if how.warm_up else []
    said += [f"{how.decay} decay"] if how.decay else []
    said += [f"{how.class_weights} class weights"] if how.class_weights else []
    said += [f"{how.accumulate} batches a step"] if how.accumulate > 1 else []
    said += [{"mse": "loss MSE", "ccc": "loss 1 - CCC"}[how.loss]] if how.loss else []
    said += [component(Component(name=one.name, parameters=dict(one.parameters))) for one in how.augment]
    return ", ".join(said)
