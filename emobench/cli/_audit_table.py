"""``emobench audit --table``: somebody's split, with the files that it names or without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emobench.cli._tables import wrapped
from emobench.errors import EmobenchError, counted

if TYPE_CHECKING:
    from emobench.data import Numbers
    from emobench.plugins import Registry
    from emobench.splits import Task

READ = {True: "their files are read", False: "their texts are read"}
NAMES_ALONE = "the files are not here: groups, takes, labels and classes are audited, and no content"


def task_of_table(
    table: Path,
    lists: str | None,
    columns: Mapping[str, str],
    list_columns: Mapping[str, str],
    group_from: str,
    registry: Registry,
    *,
    numbers: Numbers,
    quiet: bool = False,
) -> tuple[Task, bool]:
    """Return what a table and lists are as a task, and whether the files are here.

    Args:
        table: of samples.
        lists: what divides them, see the protocol ``listed``; ``None``: the column of the split.
        columns: role to column of the table.
        list_columns: role to column of the lists.
        group_from: see :func:`emobench.data.own_table`.
        registry: of everything else.
        numbers: columns of values or votes; where there are some, these are what is audited.
        quiet: do not say which column is taken for what.

    Raises:
        EmobenchError: table or lists cannot be used.
    """
    from emobench.contracts import Copy, column_of
    from emobench.data import find_own, names_alone, with_own_data
    from emobench.records import Component
    from emobench.splits import Tasks, only_target

    own, registry = with_own_data(registry, table, columns, group_from=group_from, numbers=numbers)
    dataset = own.dataset
    if not quiet:
        click.echo(wrapped(own.in_words))
    if lists is None and "split" not in own.columns:
        remedy = "name lists with --split, or the column with --column split=NAME"
        raise EmobenchError(
            "nothing says which samples are for training and which for the test", where=str(table), remedy=remedy
        )
    tasks = Tasks(registry)
    assert dataset.root is not None
    listed = names_alone(dataset, Copy(dataset.root, dataset.form))
    named = listed.index.samples[column_of(dataset.media[0])] if dataset.media else ()
    here = not dataset.media or any((dataset.root / name).exists() for name in named)
    copy = listed
    if here:
        found = find_own(dataset, tasks.registry)
        if found.copy is None:
            raise found.problem or EmobenchError("cannot be read", where=str(table))
        copy = found.copy
    rule = Component(name="official")
    if lists is not None:
        rule = Component(name="listed", parameters={"file": lists, "columns": dict(list_columns)})
    return tasks.task(copy, own.target or only_target(dataset, tasks.registry), rule), here


def facts_of(task: Task, *, here: bool) -> Iterator[str]:
    """Yield what was audited, and for each fold how large the parts are and how many groups are on both sides."""
    from emobench.data import DescribedDataset

    yield f"{len(task.samples):,} samples of {task.dataset.name}; " + (
        READ[bool(task.dataset.media)] if here else NAMES_ALONE
    )
    yield from map(str, task.unlisted)
    inside = {sample for split in task.splits.values() for ids in split.parts.values() for sample in ids}
    if outside := [sample for sample in task.samples["sample_id"] if sample not in inside]:
        yield f"{counted(len(outside), 'sample is', 'samples are')} in no part: {', '.join(outside[:3])}"
    samples = task.samples.set_index("sample_id")
    for fold, split in task.splits.items():
        sizes = ", ".join(f"{part} {len(ids):,}" for part, ids in split.parts.items())
        begin = f"fold {fold}: " if fold else ""
        groups = {part: set(samples["group"].loc[list(ids)]) - {""} for part, ids in split.parts.items()}
        tested = set().union(*(groups[part] for part in split.test_parts))
        fitted = set().union(*(groups.get(part, set()) for part in ("train", "validation")))
        if tested or fitted:
            both = f"{len(tested & fitted)} of {counted(len(tested), 'group', 'groups')} tested are in training too"
            yield f"{begin}{sizes}; {both}"
        else:
            others = task.dataset.further_columns() if isinstance(task.dataset, DescribedDataset) else []
            there = f" (there are {', '.join(others)})" if others else ""
            remedy = f"name a column with --column group=NAME{there}, or find them in the paths with --group-from"
            yield f"{begin}{sizes}; the table does not say of whom the samples are: {remedy}"
