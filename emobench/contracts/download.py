"""What a dataset's publisher gives to everybody, or to the holders of a token."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class FileDownload:
    """A file of a dataset that its publisher gives to everybody at a fixed address.

    Attributes:
        url: its address, http or https.
        name: what it is called in the dataset's folder, with forward slashes where it belongs into a folder there.
        size: in bytes; ``None`` where the publisher does not tell.
        checksum: ``"<algorithm>:<hexadecimal digest>"`` as the publisher states it, e.g. ``"md5:bc69..."``; ``None`` where
            none is stated: the dataset's fingerprint has to do then.
        unpack: whether it is an archive (zip or tar) whose content, not the file itself, belongs into the dataset's folder.

    Raises:
        ValueError: the address, the name or the checksum is malformed.
    """

    url: str
    name: str
    size: int | None = None
    checksum: str | None = None
    unpack: bool = False

    def __post_init__(self) -> None:
        if not self.url.startswith(("https://", "http://")):
            raise ValueError(f"url {self.url!r} does not begin with https://")
        parts = self.name.split("/")
        if any(part in ("", ".", "..") for part in parts) or "\\" in self.name or ":" in self.name:
            raise ValueError(f"name {self.name!r} must be a relative path with forward slashes")
        algorithm, _, digest = (self.checksum or "md5:0").partition(":")
        if algorithm not in hashlib.algorithms_guaranteed or not digest:
            raise ValueError(f"checksum {self.checksum!r} must be an algorithm of hashlib, a colon and a digest")


@dataclass(frozen=True)
class KaggleDownload:
    """An archive that Kaggle's own client fetches, with the user's token.

    Attributes:
        ref: ``"owner/dataset"``, or the name of a competition.
    """

    ref: str


Download = FileDownload | KaggleDownload
"""One of the things that a dataset consists of for ``emobench data download``."""
