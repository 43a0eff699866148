"""What plugin authors implement or construct.

Importing this package costs nothing: numpy, pandas and torch appear in annotations only. A plugin hands instances of these
classes to the hooks of :mod:`emobench.plugins.hookspecs`; everything else is the harness's business.
"""

from __future__ import annotations

from emobench.contracts.dataset import Copy, Dataset, Finding, Folder, Index, Official, PairedDataset
from emobench.contracts.download import Download, FileDownload, KaggleDownload
from emobench.contracts.encoder import (
    CELL,
    CELL_FACT,
    ENCODER_FACTS,
    ENCODER_OPTIONS,
    ENCODER_SETTINGS,
    REVISION_FACT,
    UNKNOWN,
    WEIGHTS_FACT,
    Encode,
    Encoder,
    resampled,
)
from emobench.contracts.fusion import Fusion
from emobench.contracts.hook import hookimpl
from emobench.contracts.label_map import LabelMap
from emobench.contracts.label_spellings import SPELLINGS, emotion_of, same_label
from emobench.contracts.media import Audio, Modality, Video, column_of
from emobench.contracts.metric import ClassAverage, Metric, MetricDescription
from emobench.contracts.model import (
    BUILD_ARGUMENTS,
    CountsMultiplyAdds,
    Epoch,
    FitContext,
    Model,
    ModelSpec,
    PredictsValues,
    Samples,
    Schedule,
    Stream,
)
from emobench.contracts.protocol import PARTS, Split, SplitProtocol, part_called
from emobench.contracts.ragged import Ragged, ragged
from emobench.contracts.recipe import Augmentation, Judge, Recipe
from emobench.contracts.relation import Relation
from emobench.contracts.representation import Representation
from emobench.contracts.target import Kind, Range, Target

__all__ = [
    "BUILD_ARGUMENTS",
    "CELL",
    "CELL_FACT",
    "ENCODER_FACTS",
    "ENCODER_OPTIONS",
    "ENCODER_SETTINGS",
    "PARTS",
    "REVISION_FACT",
    "SPELLINGS",
    "UNKNOWN",
    "WEIGHTS_FACT",
    "Audio",
    "Augmentation",
    "ClassAverage",
    "Copy",
    "CountsMultiplyAdds",
    "Dataset",
    "Download",
    "Encode",
    "Encoder",
    "Epoch",
    "FileDownload",
    "Finding",
    "FitContext",
    "Folder",
    "Fusion",
    "Index",
    "Judge",
    "KaggleDownload",
    "Kind",
    "LabelMap",
    "Metric",
    "MetricDescription",
    "Modality",
    "Model",
    "ModelSpec",
    "Official",
    "PairedDataset",
    "PredictsValues",
    "Ragged",
    "Range",
    "Recipe",
    "Relation",
    "Representation",
    "Samples",
    "Schedule",
    "Split",
    "SplitProtocol",
    "Stream",
    "Target",
    "Video",
    "column_of",
    "emotion_of",
    "hookimpl",
    "part_called",
    "ragged",
    "resampled",
    "same_label",
]
