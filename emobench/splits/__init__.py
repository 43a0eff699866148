"""A task: a copy of a dataset, labels and a rule, divided once into parts."""

from __future__ import annotations

from emobench.splits.export import WITHHELD, render, splits_header, splits_table, write
from emobench.splits.folds import pooled
from emobench.splits.task import Task, Tasks, only_label_map, open_task

__all__ = [
    "WITHHELD",
    "Task",
    "Tasks",
    "only_label_map",
    "open_task",
    "pooled",
    "render",
    "splits_header",
    "splits_table",
    "write",
]
