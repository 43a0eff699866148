"""How the classes share a part: what a classifier gets for nothing, and what a part cannot tell."""

from __future__ import annotations

from emobench.audits.audit import Caught, Material
from emobench.audits.report import EXAMPLES, AuditFinding, Severity
from emobench.audits.wording import counted

NAME = "class-balance"

UNEVEN = 2.0
"""From so many times the smallest class on, the largest one is told of: accuracy and UAR then part ways by points, while
less comes about by drawing parts from even classes."""


def class_balance(material: Material) -> list[Caught]:
    """Find classes that a part lacks, and parts whose largest class is :data:`UNEVEN` times the smallest."""
    found = []
    labels = material.samples["label"].astype(str)
    classes = sorted(set(labels))
    for part, ids in material.split.parts.items():
        sizes = dict.fromkeys(classes, 0) | labels.reindex(list(ids)).value_counts().to_dict()
        absent = [name for name in classes if not sizes[name]]
        if absent:
            what = f"{counted(len(absent), 'class is', 'classes are')} not here: {', '.join(absent)}"
            found.append(_finding("warning", part, len(absent), what, absent))
        present = [name for name in classes if sizes[name]]
        largest = max(present, key=lambda name: sizes[name])
        smallest = min(present, key=lambda name: sizes[name])
        if sizes[largest] >= UNEVEN * sizes[smallest]:
            what = (
                f"{largest} is {100 * sizes[largest] / len(ids):.1f}% of {len(ids):,} samples, which is the accuracy of "
                f"always saying so; {smallest} is {100 * sizes[smallest] / len(ids):.1f}%"
            )
            found.append(_finding("note", part, len(ids), what, []))
    return found


def _finding(severity: Severity, part: str, count: int, what: str, examples: list[str]) -> Caught:
    kept = tuple(examples[:EXAMPLES])
    return Caught(
        AuditFinding(audit=NAME, severity=severity, part=part, count=count, what=what, examples=kept),
    )
