"""How far the encoding of a dataset is."""

from __future__ import annotations

from typing import TextIO

from emobench.progress.display import Display, in_samples


class Encoding:
    """Shows samples, their rate and the time left; at the end a line that stays.

    Args:
        title: what is encoded by what.
        total: number of samples.
        stream: where to write; stderr by default.
    """

    def __init__(self, title: str, total: int, stream: TextIO | None = None) -> None:
        self._title, self._total = title, total
        self._display = Display(stream, transient=True)
        self._task = self._display.add(title, total, in_samples)
        self._display.bars.start()
        self._began, self._done, self._earlier = self._display.now(), 0, -1

    def advance(self, samples: int) -> None:
        """Show so many samples more as done; the first call has those of an earlier run."""
        if self._earlier < 0:
            self._earlier = samples
            self._display.bars.update(self._task, earlier=samples)
        self._done += samples
        self._display.bars.advance(self._task, samples)
        self._display.log()

    def close(self) -> None:
        """Remove the display, and leave how many samples were encoded at which rate."""
        self._display.close()
        new, seconds = self._done - max(self._earlier, 0), self._display.now() - self._began
        of = f"{self._done:,} of {self._total:,} samples" if self._done < self._total else f"{self._total:,} samples"
        rate = f", {in_samples(new / seconds)} a second" if new and seconds > 0 else ""
        self._display.line(f"{self._title}: {of}{rate}")
