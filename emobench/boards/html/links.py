"""What a page links to beyond itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Links:
    """What stands beside a page, by addresses that are relative to it; without any the page is alone.

    Attributes:
        files: of the same board, by what they are.
        cells: of the folder with the cells, with a slash at its end; empty where it is not known.
        docs: of what explains the page; empty where that is not known.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    cells: str = ""
    docs: str = ""


def outside(address: str) -> str:
    """Return an address that a plugin gives if a browser can be sent there, else nothing."""
    return address if address.startswith(("https://", "http://")) else ""
