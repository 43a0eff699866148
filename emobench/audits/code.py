"""The code of the audits as a part of what identifies a report."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from emobench.plugins import package_hash


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


def audits_code() -> str:
    """Return 16 hexadecimal digits over every module of this package."""
    return package_hash(__name__.rpartition(".")[0])
