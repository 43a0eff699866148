"""How far data can be trusted to be the dataset that it is called."""

from __future__ import annotations

from typing import Literal

Provenance = Literal["official", "unverified", "stand-in", "synthetic"]
PROVENANCE_MEANING: dict[Provenance, str] = {
    "official": "every file has the content that the dataset's publisher released",
    "unverified": "the content is not, or cannot be confirmed to be, what a publisher released",
    "stand-in": "other data in the dataset's place, as the PROVENANCE.txt in its folder says",
    "synthetic": "made by emobench to try things out; the numbers say nothing about emotion recognition",
}
"""The levels, from the most to the least trustworthy."""
PROVENANCES: tuple[Provenance, ...] = tuple(PROVENANCE_MEANING)
