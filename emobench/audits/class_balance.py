"""How the classes share a part: what a classifier gets for nothing, and what a part cannot tell."""

from __future__ import annotations

from emobench.audits.audit import Audit, AuditInput, Flagged
from emobench.errors import counted

UNEVEN = 2.0
"""From so many times the smallest class on, the largest one is reported: accuracy and UAR then differ by points, while parts
drawn from even classes differ by less."""


def class_balance(audit: Audit, data: AuditInput) -> list[Flagged]:
    """Find classes that a part lacks, and parts whose largest class is :data:`UNEVEN` times the smallest."""
    found = []
    labels = data.samples["label"].astype(str)
    classes = sorted(set(labels))
    for part, ids in data.split.parts.items():
        sizes = dict.fromkeys(classes, 0) | labels.reindex(list(ids)).value_counts().to_dict()
        if absent := [name for name in classes if not sizes[name]]:
            what = f"{counted(len(absent), 'class is', 'classes are')} not here: {', '.join(absent)}"
            found.append(Flagged(audit.finding(part, len(absent), what, absent)))
        present = [name for name in classes if sizes[name]]
        largest, smallest = max(present, key=sizes.__getitem__), min(present, key=sizes.__getitem__)
        if sizes[largest] >= UNEVEN * sizes[smallest]:
            what = (
                f"{largest} is {100 * sizes[largest] / len(ids):.1f}% of {len(ids):,} samples, which is the accuracy of "
                f"always saying so; {smallest} is {100 * sizes[smallest] / len(ids):.1f}%"
            )
            found.append(Flagged(audit.finding(part, len(ids), what, severity="note")))
    return found
