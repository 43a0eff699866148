"""Encoders by their sources: one string says where the weights are.

``hf:microsoft/wavlm-base``, ``hf:./folder``, ``timm:resnet50.a1_in1k``, ``timm:./folder``, ``torchaudio:WAV2VEC2_BASE``,
``onnx:model.onnx``, ``hear:module``, ``cell:experiment``, or the name of a registered encoder. Nothing is ever downloaded.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from emobench.contracts import CELL, Encoder
from emobench.errors import EmobenchError, nearest
from emobench.plugins import Registry

_CLASSES = {
    "hf": ("hugging_face", "HuggingFace"),
    "timm": ("timm_networks", "TimmNetwork"),
    "torchaudio": ("torchaudio_bundles", "TorchaudioBundle"),
    "onnx": ("onnx_files", "OnnxFile"),
    "hear": ("hear_modules", "HearModule"),
}


def is_source(name: str) -> bool:
    """Tell a source from the name of what is registered."""
    return ":" in name


def find_encoder(source: str, registry: Registry, beside: Path = Path()) -> Encoder:
    """Return the encoder of a source, or the registered one of a name; its weights are not read.

    Args:
        source: see the module; not that of a cell, which a plan alone knows.
        registry: has the encoders of plugins.
        beside: the folder that relative paths are in.

    Raises:
        EmobenchError: there is no such encoder, or what reads it is not installed.
    """
    kind, colon, name = source.partition(":")
    if not colon:
        found: Encoder = registry.find("encoders", source)
        return found
    if source.startswith(CELL):
        what, remedy = "it is an experiment of a suite", "name it in takes, in that suite"
        raise EmobenchError(what, where=f"encoder {source!r}", remedy=remedy)
    if kind not in _CLASSES:
        remedy = nearest(kind, [*_CLASSES, CELL.removesuffix(":")])
        raise EmobenchError(f"no kind of encoder {kind!r}", where=f"encoder {source!r}", remedy=remedy)
    if not name:
        raise EmobenchError(
            "it names nothing", where=f"encoder {source!r}", remedy=f"write {kind}: and a name or a path"
        )
    module, made = _CLASSES[kind]
    encoder: Encoder = getattr(import_module(f"emobench.encoders.{module}"), made)(name, beside)
    return encoder
