"""What a fitted model, applied to other data, has seen of it already."""

from __future__ import annotations

from collections.abc import Collection

from emobench.tasks import Task


def seen(task: Task, fitted: Task, name: str) -> dict[str, str]:
    """Return the samples whose take (or, in the same data, which themselves) stand where a model was fitted.

    Args:
        task: what the model is applied to.
        fitted: what it was fitted on.
        name: of the experiment that fitted it.

    Returns:
        Sample id to the reason why it may not be used.
    """
    same = task.source.content == fitted.source.content
    column = "sample_id" if same else "take"
    samples, other = task.source.index.samples, fitted.source.index.samples
    if column not in samples or column not in other:
        return {}
    takes = set(other[column][other["sample_id"].isin(_fitted_on(fitted))]) - {""}
    reason = f"{'it is among the samples' if same else 'its take is among those'} that {name} was fitted on"
    return dict.fromkeys(samples["sample_id"][samples[column].isin(takes)], reason)


def heard(task: Task, fitted: Task, known: Collection[str]) -> bool:
    """Tell whether somebody whom a model was fitted on is tested, where both datasets are of the same recordings.

    Args:
        task: what the model is applied to.
        fitted: what it was fitted on.
        known: the samples of the task that are left out, see :func:`seen`.
    """
    samples, other = task.source.index.samples, fitted.source.index.samples
    takes = "take" in samples and "take" in other and set(samples["take"]) & (set(other["take"]) - {""})
    if task.source.content != fitted.source.content and not takes:
        return False  # names of people mean nothing between corpora
    inside = _fitted_on(fitted)
    tested = {sample for part in task.split.test_parts for sample in task.split.parts[part]} - set(known)
    for column in fitted.dataset.identities:
        if column in samples and column in other:
            people = set(other[column][other["sample_id"].isin(inside)]) - {""}
            if people & set(samples[column][samples["sample_id"].isin(tested)]):
                return True
    return False


def _fitted_on(task: Task) -> set[str]:
    """Return the samples that a model was fitted on, or had an epoch chosen on."""
    return {sample for part in ("train", "validation") for sample in task.split.parts.get(part, ())}
