"""What a fitted model, applied to other data, has seen of it already."""

from __future__ import annotations

from emobench.planning.plan import Seen
from emobench.splits import Task


def seen(task: Task, fitted: Task, name: str) -> Seen:
    """Return the samples whose take (in the same data: which themselves) the model of experiment ``name`` was fitted on."""
    same = task.copy.content == fitted.copy.content
    column = "sample_id" if same else "take"
    samples, other = task.copy.index.samples, fitted.copy.index.samples
    if column not in samples or column not in other:
        return Seen()
    takes = _values(fitted, column, _fitted_on(fitted))
    ids = tuple(samples["sample_id"][samples[column].isin(takes)])
    return Seen(experiment=name, by="sample" if same else "take", samples=ids)


def heard(task: Task, fitted: Task, known: Seen) -> bool:
    """Tell whether somebody whom a model was fitted on is tested, where both datasets are of the same recordings.

    The samples that are left out since they are known to the model (see :func:`seen`) do not count.
    """
    samples, other = task.copy.index.samples, fitted.copy.index.samples
    takes = "take" in samples and "take" in other and set(samples["take"]) & (set(other["take"]) - {""})
    if task.copy.content != fitted.copy.content and not takes:
        return False  # names of people mean nothing between corpora
    tested = {sample for part in task.split.test_parts for sample in task.split.parts[part]} - set(known.samples)
    return any(
        _values(fitted, column, _fitted_on(fitted)) & _values(task, column, tested)
        for column in fitted.dataset.identities
        if column in samples and column in other
    )


def _values(task: Task, column: str, ids: set[str]) -> set[str]:
    samples = task.copy.index.samples
    return set(samples[column][samples["sample_id"].isin(ids)]) - {""}


def _fitted_on(task: Task) -> set[str]:
    """Return the samples that a model was fitted on, or had an epoch chosen on."""
    return {sample for part in ("train", "validation") for sample in task.split.parts.get(part, ())}
