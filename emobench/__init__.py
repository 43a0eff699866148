"""emobench: a plugin-based benchmark harness for multimodal emotion recognition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emobench.contracts import (
    Audio,
    ClassAverage,
    Copy,
    Dataset,
    Download,
    Encode,
    Encoder,
    Epoch,
    FileDownload,
    Finding,
    FitContext,
    Folder,
    Fusion,
    Index,
    KaggleDownload,
    LabelMap,
    Metric,
    Model,
    ModelSpec,
    Official,
    PairedDataset,
    Representation,
    Samples,
    Schedule,
    Split,
    SplitProtocol,
    Stream,
    Video,
    hookimpl,
)
from emobench.errors import EmobenchError, UnreadableError

if TYPE_CHECKING:
    from emobench.api import Evaluation, Results, evaluate, load_results, run_suite

__all__ = [
    "Audio",
    "ClassAverage",
    "Copy",
    "Dataset",
    "Download",
    "EmobenchError",
    "Encode",
    "Encoder",
    "Epoch",
    "Evaluation",
    "FileDownload",
    "Finding",
    "FitContext",
    "Folder",
    "Fusion",
    "Index",
    "KaggleDownload",
    "LabelMap",
    "Metric",
    "Model",
    "ModelSpec",
    "Official",
    "PairedDataset",
    "Representation",
    "Results",
    "Samples",
    "Schedule",
    "Split",
    "SplitProtocol",
    "Stream",
    "UnreadableError",
    "Video",
    "evaluate",
    "hookimpl",
    "load_results",
    "run_suite",
]

_API = frozenset({"Evaluation", "Results", "evaluate", "load_results", "run_suite"})


def __getattr__(name: str) -> Any:
    # A plugin imports emobench for its contracts, and the command line answers before pandas is there.
    if name in _API:
        from emobench import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_API})
