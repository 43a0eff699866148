"""How values are written on a board for people."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from emobench.cells import Component
from emobench.contracts import Schedule

NONE = "–"
"""Stands where there is no number."""

METRIC_TITLES: Mapping[str, str] = {
    "accuracy": "accuracy",
    "balanced_accuracy": "UAR",
    "f1_weighted": "F1 (weighted)",
    "precision_weighted": "precision (weighted)",
    "recall_weighted": "recall (weighted)",
    "f1_macro": "F1 (macro)",
    "precision_macro": "precision (macro)",
    "recall_macro": "recall (macro)",
    "log_loss": "log loss",
    "ece": "ECE",
}
"""Headings in the order of columns. Records carry names only, and a board needs no plugin to be read."""

_SPECIAL = re.compile(r"[\\`*\[|~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def metric_title(name: str) -> str:
    """Return a metric's heading; one that is not known here keeps its name, with spaces."""
    return METRIC_TITLES.get(name, name.replace("_", " "))


def metric_order(names: set[str]) -> list[str]:
    """Return metric names in the order of columns, unknown ones last."""
    return [name for name in METRIC_TITLES if name in names] + sorted(names - set(METRIC_TITLES))


def plain(text: str, limit: int = 0) -> str:
    """Return a text that Markdown renders as it is, on one line, cut at ``limit`` characters if that is not 0."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    if limit and len(line) > limit:
        line = line[: limit - 1].rstrip() + "…"
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(lambda match: "\\" + match.group(), line)


def unmarked(text: str) -> str:
    """Return what Markdown of this module's making shows, for a terminal."""
    return html.unescape(re.sub(r"\\(.)|[`*]", lambda found: found[1] or "", text))


def code(text: str) -> str:
    """Return an identifier in backticks."""
    return f"`{text}`"


def decimal(value: float | None) -> str:
    """Return a score with four decimals, as the papers print them."""
    return NONE if value is None else f"{value:.4f}"


def count(value: int | None) -> str:
    """Return a number of things, with commas between thousands."""
    return NONE if value is None else f"{value:,}"


def duration(seconds: float) -> str:
    """Return seconds as a person says them, to two places."""
    if seconds < 59.95:  # what would be rounded to 60.0 is a minute
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def component(part: Component) -> str:
    """Return a name with its parameters in brackets: ``resnet18 (dropout 0.2)``; those with an empty value are left out."""
    given = {key.replace("_", " "): str(value) for key, value in part.parameters.items() if value not in ("", [], None)}
    listed = ", ".join(f"{plain(key)} {plain(value)}" for key, value in given.items())
    return f"{plain(part.name)} ({listed})" if listed else plain(part.name)


def schedule(how: Schedule | None) -> str:
    """Return a training schedule in a few words."""
    if how is None:
        return "no training"
    decay = f", L2 {how.weight_decay:g}" if how.weight_decay else ""
    epochs = "1 epoch" if how.epochs == 1 else f"{how.epochs} epochs"
    return f"{epochs}, batch {how.batch_size}, {how.optimizer}, learning rate {how.learning_rate:g}{decay}"
