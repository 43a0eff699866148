"""What a planned cell works on, opened again where it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench.contracts import Copy, Split
from emobench.errors import EmobenchError
from emobench.models import shuffled
from emobench.planning import Job
from emobench.splits import Task, Tasks

if TYPE_CHECKING:
    import pandas as pd


def load_task(job: Job, tasks: Tasks) -> Task:
    """Return what a model's cell works on, as it was planned.

    Raises:
        EmobenchError: the data is not what it was then.
    """
    identity = job.cell.identity
    assert job.root is not None
    assert job.data is not None
    copy = tasks.copy(identity.dataset, Copy(job.root, job.form), job.data)
    labels = identity.labels.partition("@")[0]
    rule = identity.protocol.model_copy(update={"parameters": {**identity.protocol.parameters, **job.lists}})
    task = tasks.task(copy, labels, rule, policies=identity.policies, limit=job.limit)
    if copy.content != identity.content or task.split.hashes != identity.split:
        raise EmobenchError(
            "the data changed since the run was planned", where=str(job.root), remedy="run the same command again"
        )
    return task


def samples_to_represent(job: Job, task: Task, split: Split) -> pd.DataFrame:
    """Return the rows of the index of which arrays are made, in the order of the arrays."""
    wanted = task.copy.index.samples
    if job.limit is not None:  # otherwise all: experiments with other labels or splits then share the cached arrays
        used = {sample for ids in split.parts.values() for sample in ids}
        wanted = wanted[wanted["sample_id"].isin(used)]
    # Indexes are often sorted by class, and a model sees the numbers of its rows.
    return wanted.set_index("sample_id", drop=False).loc[shuffled(wanted["sample_id"])].reset_index(drop=True)
