"""``make bench [DATA=~/datasets] [ARGS='--images 6400 --rounds 3']``: speed and memory as ratios, against their limits."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tabulate import tabulate

from emobench.running.environment import PeakMemory
from tests.benchmarks import encoding, extraction
from tests.benchmarks.training import measure

HEAVY = ("torch", "librosa", "cv2", "sklearn", "pandas")


def start_up(*arguments: str) -> float:
    """Return the median wall time of a command, in seconds, over five runs after a first."""
    seconds = []
    for _ in range(6):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "emobench", *arguments], check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds[1:])


def heavy_imports() -> list[str]:
    """Return the heavy packages that ``emobench --help`` imports."""
    code = f"import sys, emobench.cli as c; c.invoke(['--help']); print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return list(filter(None, done.stdout.strip().splitlines()[-1].strip("[]").split(", ")))


def second_run() -> float:
    """Return the seconds that a finished suite takes when it is run again."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "emobench", "run", "--suite", "paper-replication", "--out", out]
        subprocess.run(command, check=True, capture_output=True)
        return start_up("run", "--suite", "paper-replication", "--out", out)


def _extraction(data: Path | None) -> int:
    rows = extraction.measure(data)
    print(tabulate(rows, ["what", "seconds", "peak memory, GiB", "limit"], floatfmt=".2f"))
    return int(any(peak > limit for _, _, peak, limit in rows))


def main() -> int:
    """Measure, print a table, and return 1 if a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--images", type=int, default=28_709, help="training images an epoch; all by default")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--extraction", action="store_true", help="the memory of corpora of full size instead")
    options = parser.parse_args()
    if options.extraction:
        return _extraction(options.data)
    rows = [
        ("emobench --help, seconds", start_up("--help"), 0.5),
        ("emobench list, seconds", start_up("list"), 0.7),
        ("heavy packages imported by --help", float(len(heavy_imports())), 0.0),
        ("second run of a finished suite, seconds", second_run(), 3.0),
    ]
    with PeakMemory() as memory:
        seconds = measure(options.data, options.images, options.rounds)

    def ratio(other: str) -> float:
        return statistics.median(a / b for a, b in zip(seconds["emobench"], seconds[other], strict=True))

    rows += [
        ("epoch of ResNet-18 through emobench / bare loop", ratio("bare"), 1.05),
        ("epoch of ResNet-18 through emobench / tutorial's loop", ratio("tutorial"), 0.85),
        ("peak memory of all three loops in one process, GiB", memory.bytes / 2**30, 3.0),
    ]
    for kind, ratios in encoding.measure(options.data, options.rounds).items():
        rows.append((f"seconds to encode by {kind} through emobench / bare loop", statistics.median(ratios), 1 / 0.9))
    print(
        tabulate(
            [(*row, "ok" if row[1] <= row[2] else "MISSED") for row in rows],
            ["what", "measured", "limit", ""],
            floatfmt=".3f",
        )
    )
    return int(any(value > limit for _, value, limit in rows))


if __name__ == "__main__":
    sys.exit(main())
