"""The only place that names a device: seeds, determinism, precision, memory format."""

from __future__ import annotations

from emobench.devices.device import (
    autocast,
    check_device,
    generator_states,
    has_fused_optimizers,
    memory_format,
    name,
    reproducible,
    resolve,
    restore_generators,
    seed_all,
)

__all__ = [
    "autocast",
    "check_device",
    "generator_states",
    "has_fused_optimizers",
    "memory_format",
    "name",
    "reproducible",
    "resolve",
    "restore_generators",
    "seed_all",
]
