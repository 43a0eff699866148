"""How every figure looks, and its file."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.errors import EmobenchError
from emobench.storage import atomic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("png", "svg")
"""What is written unless somebody chooses."""
ALL_FORMATS = ("pdf", "svg", "png")
DPI = 300
"""Dots per inch of a PNG."""
DARK = 0.715
"""From this share on a field of the confusion matrix is dark enough for white numbers to have a contrast of 4.5 to 1."""
BLUE, ORANGE, GREEN = "#0072b2", "#d55e00", "#009e73"
"""Of Okabe and Ito, whose colours people with any of the common kinds of colour blindness tell apart."""
GRAY = "0.35"

_LARGE, _LEAST = 10.0, 6.0
_PAPER = 8.0
"""Points of the text of a figure for a paper, whose own text has 9 to 11."""

_STYLE: Any = {  # matplotlib types the keys as literals
    "font.size": _LARGE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "svg.fonttype": "none",  # texts stay texts
    "svg.hashsalt": "emobench",  # the same figure, the same bytes
    "pdf.fonttype": 42,  # TrueType, as publishers ask for, and not Type 3
}
_FOR_PAPER: Any = {
    "font.size": _PAPER,
    "font.family": "serif",
    "font.serif": [
        "STIXGeneral",
        "Times New Roman",
        "DejaVu Serif",
    ],  # the first comes with matplotlib, and is like Times
    "mathtext.fontset": "stix",
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.0,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
}
_NO_DATE: dict[str, dict[str, Any]] = {
    "svg": {"Date": None},
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
}


def write(
    draw: Callable[[], Figure], stem: Path, formats: Sequence[str] = FORMATS, *, paper: bool = False
) -> list[Path]:
    """Draw a figure and write it as ``<stem>.<format>``, the same bytes for the same figure.

    Args:
        draw: makes the figure.
        stem: path without the ending; its folder is made.
        formats: some of :data:`ALL_FORMATS`.
        paper: whether texts are as small, and in such a font, as beside the text of a paper.

    Raises:
        EmobenchError: matplotlib is not installed, or the files cannot be written.
    """
    mpl = _matplotlib()
    files = [stem.with_name(f"{stem.name}.{form}") for form in formats]
    with mpl.rc_context(_STYLE | _FOR_PAPER if paper else _STYLE), warnings.catch_warnings():
        # A name in a script that the font lacks is boxes in a PNG and whole in an SVG; a line for each letter helps nobody.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from")
        figure = draw()
        for file, form in zip(files, formats, strict=True):
            with atomic(file) as target:
                figure.savefig(target, format=form, dpi=DPI, metadata=_NO_DATE[form])
    return files


def points(of_ten: float) -> float:
    """Return the size of a text beside others of ten points, in points; of small others it is smaller, and never under 6."""
    return max(_LEAST, of_ten * scale())


def scale() -> float:
    """Return how large texts are: 1 on a screen, less in a paper."""
    return float(_matplotlib().rcParams["font.size"]) / _LARGE


def new_figure(width: float, height: float, title: str) -> Figure:
    """Return an empty figure of so many inches, which belongs to no window; without a title for an empty one.

    Raises:
        EmobenchError: matplotlib is not installed.
    """
    _matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    if title:
        lines = [textwrap.fill(line, int(12 * width / scale())) for line in title.splitlines()]
        figure.suptitle("\n".join(lines), fontsize=points(11), parse_math=False)  # a name with two $ is no formula
    return figure


def per_cent(axes: Axes, metric: str) -> None:
    """Give axes a scale from 0 to 100%, the same in every figure, so that lengths compare."""
    axes.set_xlim(-0.01, 1.01)  # a mark at an end is whole
    axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1], ["0", "20", "40", "60", "80", "100"])
    axes.spines["bottom"].set_bounds(0, 1)
    axes.set_xlabel(f"{metric}, %")
    axes.grid(axis="x", color="0.88", linewidth=0.8)


@dataclass(frozen=True)
class Rows:
    """A figure whose axes have a row for each of several names, the first on top.

    Attributes:
        figure: has the axes.
        axes: with a height that counts lines of text, of which long names have several.
        middles: the height of each row.
        tops: where each row begins.
    """

    figure: Figure
    axes: Axes
    middles: list[float]
    tops: list[float]


def rows_figure(width: float, names: Sequence[str], title: str, marks: Sequence[str]) -> Rows:
    """Return a figure of so many inches with a row for each name, and below them what marks mean."""
    longest = max(14, int(5.2 * width / scale()))
    broken = [textwrap.wrap(name, longest, break_long_words=False, break_on_hyphens=False) or [""] for name in names]
    middles, tops, top = [], [], 0.0
    for lines in broken:
        room = max(2.6, len(lines) + 1.0)
        middles.append(top - room / 2)
        tops.append(top)
        top -= room
    below = textwrap.wrap("; ".join(marks), int(15 * width / scale()))
    lines_of_text = 6 + len(below) - top + (2 * (1 + len(title) // int(12 * width / scale())) if title else 0)
    figure = new_figure(width, 0.155 * scale() * lines_of_text, title)
    figure.supxlabel("\n".join(below), fontsize=points(8), color=GRAY)
    axes = figure.subplots()
    axes.set_yticks(middles, ["\n".join(lines) for lines in broken], parse_math=False, fontsize=points(9))
    axes.set_ylim(top, 0)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    return Rows(figure, axes, middles, tops)


def _matplotlib() -> Any:
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise EmobenchError("figures need matplotlib", remedy="pip install 'emobench[plot]'") from error
    return mpl
