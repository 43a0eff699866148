"""How the classes share a part: what a classifier gets for nothing, and what a part cannot tell."""

from __future__ import annotations

from emobench.audits.audit import AuditInput, Flagged
from emobench.errors import counted
from emobench.records import EXAMPLES, AuditFinding

NAME = "class-balance"

UNEVEN = 2.0
"""From so many times the smallest class on, the largest one is reported: accuracy and UAR then part ways by points, while
less comes about by drawing parts from even classes."""


def class_balance(data: AuditInput) -> list[Flagged]:
    """Find classes that a part lacks, and parts whose largest class is :data:`UNEVEN` times the smallest."""
    found = []
    labels = data.samples["label"].astype(str)
    classes = sorted(set(labels))
    for part, ids in data.split.parts.items():
        sizes = dict.fromkeys(classes, 0) | labels.reindex(list(ids)).value_counts().to_dict()
        absent = [name for name in classes if not sizes[name]]
        if absent:
            what = f"{counted(len(absent), 'class is', 'classes are')} not here: {', '.join(absent)}"
            examples = tuple(absent[:EXAMPLES])
            found.append(
                AuditFinding(audit=NAME, severity="warning", part=part, count=len(absent), what=what, examples=examples)
            )
        present = [name for name in classes if sizes[name]]
        largest, smallest = max(present, key=sizes.__getitem__), min(present, key=sizes.__getitem__)
        if sizes[largest] >= UNEVEN * sizes[smallest]:
            what = (
                f"{largest} is {100 * sizes[largest] / len(ids):.1f}% of {len(ids):,} samples, which is the accuracy of "
                f"always saying so; {smallest} is {100 * sizes[smallest] / len(ids):.1f}%"
            )
            found.append(AuditFinding(audit=NAME, severity="note", part=part, count=len(ids), what=what))
    return list(map(Flagged, found))
