"""How far downloads are."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TextIO

from emobench.progress.display import Display, in_bytes


class Arrivals:
    """Shows how the files of a download come in; several threads may report.

    Args:
        title: what is downloaded.
        sizes: of each file by name, in bytes; ``None`` where it is not known yet.
        stream: where to write; stderr by default.
    """

    def __init__(self, title: str, sizes: Mapping[str, int | None], stream: TextIO | None = None) -> None:
        self._lock = threading.Lock()
        self._sizes = dict(sizes)
        self._have = dict.fromkeys(sizes, 0)
        self._earlier = self._whole = 0
        self._display = Display(stream, transient=False)
        self._task = self._display.add(title, amount=in_bytes)
        self._update()
        self._display.bars.start()
        self._display.log(now=True)

    def expect(self, name: str, size: int) -> None:
        """Note the size of a file, which shows when the server answers."""
        with self._lock:
            self._sizes[name] = size
            self._update()

    def at(self, name: str, have: int, *, earlier: bool = False) -> None:
        """Show that so many bytes of a file are there; those of an earlier call say nothing of this one's rate."""
        with self._lock:
            self._earlier += have - self._have[name] if earlier else 0
            self._have[name] = have
            self._update()

    def whole(self, name: str) -> None:
        """Show that a file is complete."""
        with self._lock:
            self._whole += 1
            self._update()

    def close(self) -> None:
        """Leave the last state."""
        self._display.log(now=True)
        self._display.close()

    def _update(self) -> None:
        there, sizes = sum(self._have.values()), [size for size in self._sizes.values() if size is not None]
        total = sum(sizes) if len(sizes) == len(self._sizes) else None
        note = in_bytes(there) if total is None else f"{in_bytes(there)} of {in_bytes(total)}"
        if len(self._sizes) > 1:
            note += f", {self._whole:,} of {len(self._sizes):,} files"
        self._display.bars.update(self._task, total=total, completed=there, earlier=self._earlier, note=note)
        self._display.log()
