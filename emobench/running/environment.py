"""What a record says about the machine and the software: nothing that names a person, a host or a folder."""

from __future__ import annotations

import os
import platform
import threading
import time
from typing import Any

import psutil

from emobench.plugins import package_versions
from emobench.records import commit

PACKAGES = (
    "av", "emobench", "joblib", "librosa", "numpy", "opencv-python", "pandas", "pillow", "pluggy", "pyarrow",
    "scikit-image", "scikit-learn", "scipy", "soundfile", "torch", "torchvision",
)  # fmt: skip
"""Distributions whose versions a record and a bug report state."""


def describe_environment(device: str, threads: int | None) -> dict[str, Any]:
    """Return device, processor, threads, memory, versions and, in a git checkout, the commit of the harness."""
    import torch

    from emobench import devices

    return {
        "device": device,
        "device_name": devices.name(device),
        "cores": os.cpu_count(),
        "threads": threads or torch.get_num_threads(),
        "memory": psutil.virtual_memory().total,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": package_versions(PACKAGES),
        "commit": commit(),
    }


class OtherLoad:
    """How many of the machine's processors other programs used while the blocks ran that this was around."""

    def __init__(self) -> None:
        self._others, self._wall = 0.0, 0.0

    def __enter__(self) -> OtherLoad:
        self._began = time.monotonic(), _busy(), time.process_time()
        return self

    def __exit__(self, *error: object) -> None:
        wall, busy, own = time.monotonic(), _busy(), time.process_time()
        self._wall += wall - self._began[0]
        self._others += busy - self._began[1] - (own - self._began[2])

    @property
    def processors(self) -> float:
        """Their mean number; 0 before a block has run."""
        return max(0.0, self._others / self._wall) if self._wall else 0.0


def _busy() -> float:
    """Return the seconds that all processors together have computed since the machine started."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))


class PeakMemory:
    """The highest resident memory of this process while the block runs, in bytes, read twenty times a second."""

    def __init__(self) -> None:
        self.bytes = 0
        self._process = psutil.Process()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> PeakMemory:
        self._read()
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()
        self._read()

    def _read(self) -> None:
        self.bytes = max(self.bytes, int(self._process.memory_info().rss))

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            self._read()
