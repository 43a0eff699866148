"""Whether weights that were not trained here have seen the samples of a test before, and what is known of them."""

from __future__ import annotations

from typing import Literal, get_args

from emobench.records.frozen import Frozen

ExposureKind = Literal["unseen", "unknown", "seen"]

EXPOSURES: tuple[ExposureKind, ...] = get_args(ExposureKind)
"""From the best to the worst; of several weights the worst counts."""

TRAINED_HERE = "trained here"
"""What is said of a row without a badge."""

EXPOSURE_MEANING = {
    "unseen": "no test sample is in what the weights declare to be trained on",
    "unknown": "nobody says what the weights were trained on, or whether test samples were in it",
    "seen": "the weights were trained on test samples, or on the pictures or recordings that these were made from",
}


class Exposure(Frozen):
    """What weights declare to be trained on, beside the samples of a test.

    Attributes:
        kind: of what is declared. It says nothing of what is not declared.
        by: the declared corpora that hold test samples (``"fer2013:train"``), or of which nobody knows whether they do.
        samples: number of test samples in them, where they hold some.
        tested: number of all test samples.
    """

    kind: ExposureKind
    by: tuple[str, ...] = ()
    samples: int = 0
    tested: int = 0

    def __str__(self) -> str:
        corpora = ", ".join(self.by)
        if self.kind == "seen":
            return f"seen: {self.samples:,} of {self.tested:,} test samples are in {corpora}"
        if self.kind == "unknown":
            return f"unknown: {f'whether test samples are in {corpora}' if corpora else 'what was trained on'}"
        return "unseen: no test sample is in what was trained on"


class Weights(Frozen):
    """What is known of weights that were not trained here.

    Attributes:
        name: of the model or encoder that they are of.
        sha256: of their file; empty where they are known by the version of a package.
        license: as their source states it; empty where it states none.
        released: day, month or year in ISO 8601; empty where their source states none.
    """

    name: str
    sha256: str = ""
    license: str = ""
    released: str = ""

    def __str__(self) -> str:
        known = (
            self.license and f"licence {self.license}",
            self.released and f"released {self.released}",
            self.sha256 and f"sha256 {self.sha256[:16]}",
        )
        return f"{self.name} ({', '.join(filter(None, known)) or 'neither licence nor date stated'})"


def worst(exposures: tuple[Exposure | None, ...]) -> Exposure | None:
    """Return the exposure that counts of several weights; ``None`` where all of them were trained here."""
    known = [each for each in exposures if each is not None]
    return max(known, key=lambda each: (EXPOSURES.index(each.kind), each.samples), default=None)


def badge(exposure: Exposure | None) -> str:
    """Return a row's badge in a word or two."""
    return exposure.kind if exposure else TRAINED_HERE
