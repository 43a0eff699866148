"""A task: a copy of a dataset, labels and a rule, divided once into parts."""

from __future__ import annotations

from emobench.splits.division import rule_parameters
from emobench.splits.export import WITHHELD, render, splits_header, splits_table, write
from emobench.splits.folds import pooled
from emobench.splits.lists import Listed, OverlapError, divided, list_files, read_lists
from emobench.splits.targets import with_truth
from emobench.splits.task import Task, Tasks, find_target, only_target, open_task

__all__ = [
    "WITHHELD",
    "Listed",
    "OverlapError",
    "Task",
    "Tasks",
    "divided",
    "find_target",
    "list_files",
    "only_target",
    "open_task",
    "pooled",
    "read_lists",
    "render",
    "rule_parameters",
    "splits_header",
    "splits_table",
    "with_truth",
    "write",
]
