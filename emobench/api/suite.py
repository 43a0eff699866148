"""A suite, run from Python."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emobench import running
from emobench.planning import Request


def run_suite(
    suite: str | Path,
    *,
    data: str | Path | None = None,
    out: str | Path = "runs",
    only: str | Sequence[str] = (),
    limit: int | None = None,
    epochs: int | None = None,
    seeds: int | None = None,
    precision: str = "fp32",
    encoders: str | Sequence[str] = (),
    device: str = "auto",
    workers: int = 1,
    keep_models: bool = False,
) -> running.SuiteRun:
    """Run a suite as ``emobench run`` does: what has no result yet is computed, and the boards are written.

    Args:
        suite: its name, or the path of a ``.toml`` file.
        data: folder that holds the datasets; without it, everything runs on synthetic twins, on a reduced schedule.
        out: folder for runs.
        only: glob patterns of experiments.
        limit: keep at most so many samples of each part.
        epochs: instead of the suite's.
        seeds: so many for each experiment, counted up from its own; by default as many as the suite says.
        precision: ``fp32`` or ``bf16``.
        encoders: what stands in for the encoder in a suite of patterns: names or sources.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        workers: number of processes.
        keep_models: keep every fitted model; otherwise those alone that another cell of the run applies.

    Returns:
        The plan, one record for each cell, and the board; a cell that failed has a failed record.

    Raises:
        EmobenchError: the request cannot be carried out.
    """
    patterns, sources = ((each,) if isinstance(each, str) else tuple(each) for each in (only, encoders))
    folder = None if data is None else Path(data).expanduser()
    request = Request(str(suite), folder, Path(out).expanduser(), patterns, limit, epochs, seeds, precision, sources)
    return running.run_suite(request, device=device, workers=workers, keep_models=keep_models)
