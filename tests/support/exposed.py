"""A board with a row that is trained here and rows of weights that were not."""

from __future__ import annotations

from emobench.boards import Board, build_board
from emobench.records import ClassOrder, Exposure, ExposureKind, Record, Weights
from tests.support.boards import measured
from tests.support.factories import cell, identity, record, scores, sha256

ORDER = ClassOrder(accuracy=0.12, permuted=0.61, cycles=(("happy", "sad"),), samples=60, part="test")


def ready(kind: ExposureKind, accuracy: float, order: ClassOrder | None = None) -> Record:
    """Return the record of a model that is fitted already, named after its badge."""
    seen = {"by": ("fer2013",), "samples": 40} if kind == "seen" else {}
    exposure = Exposure.model_validate({"kind": kind, "tested": 60, **seen})
    what = identity(
        schedule=None, fitted_on=("fer2013:train",), outputs=("sad", "angry", "happy"), code={"net": sha256(kind)}
    )
    weights = (Weights(name="net", license="MIT", released="2021"),)
    of = cell(f"ready-{kind}", what=what, exposure=exposure, weights=weights)
    return record(of, scores=scores(accuracy=accuracy), class_order=order)


def records() -> list[Record]:
    """Return a row of each badge, and one without."""
    return [measured("own", 0.5), ready("unseen", 0.6), ready("seen", 0.9), ready("unknown", 0.4, ORDER)]


def board() -> Board:
    """Return them as a board."""
    return build_board(records())
