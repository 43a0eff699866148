"""Two descriptors, of files and of lines of texts, and a copy of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emobench.contracts import Copy
from emobench.data import scan
from emobench.data.described import DescribedDataset, parse_descriptor

FILES: dict[str, Any] = {
    "schema": 1,
    "name": "acted",
    "title": "Acted",
    "modalities": ["audio"],
    "files": [{"pattern": "{speaker}/{speaker}_{label}{number}.wav"}],
    "fields": {"speaker": ["DC", "JE", "JK"], "label": ["a", "sa", "su"], "number": r"\d\d"},
    "twin": {"number": ["01", "02"]},
    "columns": {"audio": "{path}", "group": "{speaker}", "id": "{stem}"},
    "targets": {"emotion": {"from": "{label}", "labels": {"anger": ["a"], "sadness": ["sa"], "surprise": ["su"]}}},
}

LINES: dict[str, Any] = {
    "schema": 1,
    "name": "dialogues",
    "title": "Dialogues",
    "modalities": ["video"],
    "tables": [
        {
            "file": "Session*/labels.txt",
            "lines": r"\[(?P<start>[\d.]+) - (?P<end>[\d.]+)\]\t(?P<turn>\S+)\t(?P<label>\w+)",
            "twin": "[{start} - {end}]\t{turn}\t{label}",
        }
    ],
    "extract": {"turn": r"(?P<dialogue>S\d_\w+?)_(?P<speaker>[FM])\d\d"},
    "twin": {"turn": ["S1_a_F01", "S1_a_M02", "S1_b_F01"], "start": ["0.1"], "end": ["0.6"]},
    "columns": {
        "video": "films/{dialogue}.avi",
        "group": "{speaker}",
        "id": "{turn}",
        "start": "{start}",
        "end": "{end}",
    },
    "targets": {"emotion": {"from": "{label}", "labels": {"anger": ["ang"], "neutral": ["neu"]}}},
}


def twin(content: dict[str, Any], folder: Path) -> tuple[DescribedDataset, Copy]:
    dataset = DescribedDataset(parse_descriptor(content, "test"))
    root = folder / "deep" / "below"
    root.mkdir(parents=True)
    dataset.write_twin(root)
    (copy,) = dataset.find(scan(folder)[0])
    assert copy.root == root
    return dataset, copy
