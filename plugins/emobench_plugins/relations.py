"""Which of the built-in datasets share samples, with each other or with well-known corpora."""

from __future__ import annotations

import tomllib
from pathlib import Path

from emobench import hookimpl
from emobench.contracts import Relation


@hookimpl
def emobench_relations() -> list[Relation]:
    """Register what the file beside this module says."""
    told = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["samples_of"]
    return [Relation(name, tuple(corpora)) for name, corpora in told.items()]
