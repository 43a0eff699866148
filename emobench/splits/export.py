"""The parts of a task as a file that any tool can read: which samples to train on, and which to predict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.contracts import column_of
from emobench.errors import EmobenchError
from emobench.records import VALIDATION, truth_columns, version
from emobench.splits.task import Task
from emobench.storage import atomic, json_bytes

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 1

WITHHELD = (
    "withheld: who predicts a sample has no use for its label, and a tool that never sees it cannot look; "
    "--with-test-labels writes it"
)
FORMATS = ("csv", "json")


def splits_table(task: Task, *, test_labels: bool = False, paths: bool = False) -> pd.DataFrame:
    """Return one row for each sample of each part.

    ``sample_id``, ``part``, ``label`` (the class; empty for test samples without ``test_labels``), ``group`` and, of votes
    and values, ``true_<name>``; where there
    are folds, first ``fold``, and a sample once in every fold; with ``paths`` a column ``<modality>_path`` for each
    modality, or ``text``: folders and file names often tell the label.
    """
    import numpy as np
    import pandas as pd

    numbers = [name for name in truth_columns(task.classes) if name in task.samples.columns]
    columns = ["label", "group", *numbers, *(map(column_of, task.dataset.modalities) if paths else [])]
    known = task.samples.set_index("sample_id")[columns]
    tables = []
    for fold, split in task.splits.items():
        for part, ids in split.parts.items():
            table = known.loc[list(ids)].reset_index()
            table.insert(1, "part", part)
            if not (test_labels or part in ("train", VALIDATION)):
                table["label"] = ""
                table[numbers] = np.nan
            if fold:
                table.insert(0, "fold", fold)
            tables.append(table)
    return pd.concat(tables, ignore_index=True)


def splits_header(task: Task, *, test_labels: bool = False) -> dict[str, Any]:
    """Return what the parts are of, in plain JSON: data, classes, rule, and the sha256 of each part's sorted ids."""
    return {
        "schema_version": SCHEMA_VERSION,
        "emobench": version(),
        "dataset": task.dataset.name,
        "provenance": task.copy.provenance,
        "fingerprint": task.copy.fingerprint,
        "content": task.copy.content,
        "labels": task.labels,
        "classes": list(task.classes),
        "protocol": task.rule.model_dump(mode="json"),
        "leaky": task.leaky,
        "test_labels": "written" if test_labels else WITHHELD,
        "splits": [
            {
                "fold": fold,
                "parts": {
                    part: {"samples": len(ids), "sha256": split.hashes[part]} for part, ids in split.parts.items()
                },
            }
            for fold, split in task.splits.items()
        ],
    }


def render(table: pd.DataFrame, header: dict[str, Any], form: str) -> bytes:
    """Return a CSV of the rows alone, or JSON with the header and the rows."""
    if form == "json":
        return json_bytes({**header, "samples": table.to_dict("records")})
    return table.to_csv(index=False, lineterminator="\n").encode()


def write(path: Path, table: pd.DataFrame, header: dict[str, Any], form: str | None) -> list[Path]:
    """Write the file, and for a CSV the header as ``<file>.json``. Return what was written.

    Raises:
        EmobenchError: the name's ending tells no format, or it cannot be written.
    """
    chosen = form or path.suffix.lower().removeprefix(".")
    if chosen not in FORMATS:
        raise EmobenchError(
            f"{path.suffix or 'a name without an ending'} tells no format",
            where=str(path),
            remedy="use --format csv or json",
        )
    files = {path: render(table, header, chosen)}
    if chosen == "csv":
        files[path.with_name(f"{path.name}.json")] = json.dumps(header, indent=1).encode() + b"\n"
    for file, content in files.items():
        with atomic(file) as handle:
            handle.write(content)
    return list(files)
