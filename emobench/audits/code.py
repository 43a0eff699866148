"""The code of the audits as a part of what identifies a report."""

from __future__ import annotations

import functools
import hashlib
import json
import pkgutil
from collections.abc import Mapping
from pathlib import Path

from emobench.codehash import code_hash


def report_id(dataset: str, content: str, labels: str, split: Mapping[str, str]) -> str:
    """Return 16 hexadecimal digits over what determines a report: the data, the parts and the code of the audits.

    Args:
        dataset: its name.
        content: sha256 of the copy's samples, labels and files.
        labels: label map, as ``name@version``.
        split: sha256 of the sorted sample ids of each part.
    """
    known = {"dataset": dataset, "content": content, "labels": labels, "split": dict(split), "code": audits_code()}
    text = json.dumps(known, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@functools.cache
def audits_code() -> str:
    """Return 16 hexadecimal digits over every module of this package."""
    package = __name__.rpartition(".")[0]
    modules = [package, *(f"{package}.{one.name}" for one in pkgutil.iter_modules([str(Path(__file__).parent)]))]
    return hashlib.sha256("\n".join(map(code_hash, sorted(modules))).encode()).hexdigest()[:16]
