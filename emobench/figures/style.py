"""How every figure looks, and its file."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.errors import EmobenchError
from emobench.storage import atomic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "svg")
DPI = 150
"""Dots per inch of a PNG."""
DARK = 0.715
"""From this share on a field of the confusion matrix is dark enough for white numbers to have a contrast of 4.5 to 1."""
BLUE, ORANGE, GREEN = "#0072b2", "#d55e00", "#009e73"
"""Of Okabe and Ito, whose colours people with any of the common kinds of colour blindness tell apart."""

_STYLE: Any = {  # matplotlib types the keys as literals
    "font.size": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "svg.fonttype": "none",  # texts stay texts
    "svg.hashsalt": "emobench",  # the same figure, the same bytes
}


def write(draw: Callable[[], Figure], stem: Path, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Draw a figure and write it as ``<stem>.<format>``, the same bytes for the same figure.

    Args:
        draw: makes the figure.
        stem: path without the ending; its folder is made.
        formats: some of :data:`FORMATS`.

    Raises:
        EmobenchError: matplotlib is not installed, or the files cannot be written.
    """
    mpl = _matplotlib()
    files = [stem.with_name(f"{stem.name}.{form}") for form in formats]
    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        # A name in a script that the font lacks is boxes in a PNG and whole in an SVG; a line for each letter helps nobody.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from")
        figure = draw()
        for file, form in zip(files, formats, strict=True):
            metadata: dict[str, Any] = {"Date": None} if form == "svg" else {"Software": None}
            with atomic(file) as target:
                figure.savefig(target, format=form, dpi=DPI, metadata=metadata)
    return files


def new_figure(width: float, height: float, title: str) -> Figure:
    """Return an empty figure of so many inches, which belongs to no window.

    Raises:
        EmobenchError: matplotlib is not installed.
    """
    _matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    lines = [textwrap.fill(line, int(12 * width)) for line in title.splitlines()]
    figure.suptitle("\n".join(lines), fontsize=11, parse_math=False)  # a name with two $ is no formula
    return figure


def _matplotlib() -> Any:
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise EmobenchError("figures need matplotlib", remedy="pip install 'emobench[plot]'") from error
    return mpl
