"""Pretrained encoders: where they come from, and datasets encoded by them."""

from __future__ import annotations

from emobench.encoders.encoding import Encoded, encode, encoded_folder
from emobench.encoders.fitted_cell import FittedCell
from emobench.encoders.located import FolderEncoder
from emobench.encoders.settings import complete_settings, encodes
from emobench.encoders.sources import find_encoder, is_source
from emobench.encoders.weights import weights_hash

__all__ = [
    "Encoded",
    "FittedCell",
    "FolderEncoder",
    "complete_settings",
    "encode",
    "encoded_folder",
    "encodes",
    "find_encoder",
    "is_source",
    "weights_hash",
]
