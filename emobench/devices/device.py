"""Everything that depends on where torch computes."""

from __future__ import annotations

import contextlib
import os
import platform
import random
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.errors import EmobenchError

if TYPE_CHECKING:
    import torch

DEVICES = ("auto", "cpu", "cuda", "mps")


def resolve(choice: str) -> str:
    """Return the device to use: the one asked for, or the best there is for ``"auto"``.

    Raises:
        EmobenchError: it is not there.
    """
    import torch

    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if choice == "auto":
        return next(device for device in ("cuda", "mps", "cpu") if there[device])
    if not there[choice]:
        usable = ", ".join(device for device, present in there.items() if present)
        raise EmobenchError(f"torch finds no device {choice!r} here", where="--device", remedy=f"use {usable} or auto")
    return choice


def name(device: str) -> str:
    """Return what the device calls itself."""
    import torch

    return torch.cuda.get_device_name() if device == "cuda" else _processor()


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def autocast(device: str, precision: str) -> contextlib.AbstractContextManager[Any]:
    """Return the context in which forward passes run in bfloat16, or one that does nothing for ``"fp32"``."""
    import torch

    if precision == "fp32":
        return contextlib.nullcontext()
    return torch.autocast(device_type=device, dtype=torch.bfloat16)


def memory_format(device: str) -> torch.memory_format:
    """Return the layout of images in which the device convolves fastest.

    Tensor cores are fastest with channels last. On a CPU it was measured to be a tenth slower for small images, since the
    gradients of the weights are then copied from one layout to the other at every step.
    """
    import torch

    return torch.channels_last if device == "cuda" else torch.contiguous_format


def has_fused_optimizers(device: str) -> bool:
    """Tell whether an optimiser can update all weights in one pass; on two cores an Adam step then takes a third."""
    return device in ("cpu", "cuda")


@contextlib.contextmanager
def reproducible(seed: int, threads: int | None = None) -> Iterator[None]:
    """Seed every generator and ask torch for deterministic algorithms; put the settings back afterwards.

    Denormal numbers are flushed to zero: they slow a CPU down tenfold late in training and carry nothing.
    """
    import torch

    filling: Any = torch.utils.deterministic
    deterministic = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    fill = filling.fill_uninitialized_memory
    benchmark, tf32 = torch.backends.cudnn.benchmark, torch.backends.cudnn.allow_tf32
    before = torch.get_num_threads()
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS is deterministic only with a fixed workspace
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Deterministic mode would also write over every fresh tensor; what reads one before writing it is broken anyway.
    filling.fill_uninitialized_memory = False
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = False  # fp32 means fp32
    if threads is not None:
        torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    seed_all(seed)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(before)
        torch.backends.cudnn.benchmark, torch.backends.cudnn.allow_tf32 = benchmark, tf32
        filling.fill_uninitialized_memory = fill
        torch.use_deterministic_algorithms(deterministic, warn_only=warn_only)


def seed_all(seed: int) -> None:
    """Seed Python's, NumPy's and torch's generators (torch's on every device)."""
    import numpy as np
    import torch

    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def generator_states(device: str) -> dict[str, Any]:
    """Return the states of all generators, as tensors and plain values that torch can save without pickling code."""
    import numpy as np
    import torch

    kind, keys, position, has_gauss, gauss = np.random.get_state(legacy=True)
    states: dict[str, Any] = {
        "python": random.getstate(),
        "numpy": (str(kind), torch.from_numpy(np.asarray(keys, dtype=np.int64)), position, has_gauss, gauss),
        "torch": torch.get_rng_state(),
    }
    if device == "cuda":
        states["cuda"] = torch.cuda.get_rng_state_all()
    if device == "mps":
        states["mps"] = torch.mps.get_rng_state()
    return states


def restore_generators(states: dict[str, Any]) -> None:
    """Put back what :func:`generator_states` returned."""
    import numpy as np
    import torch

    random.setstate(states["python"])
    kind, keys, position, has_gauss, gauss = states["numpy"]
    np.random.set_state((kind, keys.numpy().astype(np.uint32), position, has_gauss, gauss))
    torch.set_rng_state(states["torch"])
    if "cuda" in states:
        torch.cuda.set_rng_state_all(states["cuda"])
    if "mps" in states:
        torch.mps.set_rng_state(states["mps"])


def check_device(device: str) -> None:
    """Raise an ``EmobenchError`` for a device that emobench does not know."""
    if device not in DEVICES:
        raise EmobenchError(f"no device {device!r}", where="device", remedy=f"known: {', '.join(DEVICES)}")
