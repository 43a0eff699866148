"""Late fusion: what several cells, or the views of one sample, predict becomes one prediction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emobench.contracts import Fusion, Kind
from emobench.errors import EmobenchError
from emobench.records import VALIDATION, Dropped, PartCount, Record, probability_columns, truth_columns
from emobench.scoring import probability_problem

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True)
class MemberPredictions:
    """What a fusion gets of one cell.

    Attributes:
        experiment: its name in the suite.
        predictions: the cell's predictions, indexed by sample id.
        dropped: reason why the cell does not predict a sample, by its id.
    """

    experiment: str
    predictions: pd.DataFrame
    dropped: dict[str, str]

    @classmethod
    def of(cls, record: Record, table: pd.DataFrame) -> MemberPredictions:
        """Return what a fusion gets of a cell with a record and a table of predictions."""
        reasons = {sample.sample_id: sample.reason for sample in record.dropped}
        return cls(record.cell.experiment, table.set_index("sample_id"), reasons)


@dataclass(frozen=True)
class Fused:
    """What a fusion made of its members.

    Attributes:
        probabilities: (n, k), one row for each row of ``truth``.
        truth: ``sample_id``, ``part``, ``label`` and ``group`` of every sample that all members predict.
        counts: by part, how many samples any member predicts, and how many of them not all do.
        dropped: the samples that not every member predicts, with the reason of the first that does not.
        learnt: what the fusion learnt from the validation part, and
        learnt_from: from how many samples.
    """

    probabilities: NDArray[Any]
    truth: pd.DataFrame
    counts: dict[str, PartCount]
    dropped: tuple[Dropped, ...]
    learnt: dict[str, Any]
    learnt_from: int


def fuse(
    fusion: Fusion,
    members: Sequence[MemberPredictions],
    classes: tuple[str, ...],
    parts: Sequence[str],
    kind: Kind = "class",
) -> Fused:
    """Combine the members' probabilities, or values, on the samples that all of them predict.

    Args:
        fusion: the rule.
        members: at least two, on the same task.
        classes: the k classes or dimensions.
        parts: the validation part, if there is one, and the test parts.
        kind: of target; what learns, learns the classes of most votes.

    Raises:
        EmobenchError: no sample is left to combine, or to learn from; or the fusion breaks its contract.
    """
    import numpy as np
    import pandas as pd

    told = [name for name in truth_columns(classes) if name in members[0].predictions.columns]
    known = pd.concat([member.predictions[["part", "label", "group", *told]] for member in members])
    known = known[~known.index.duplicated()]
    common = known.loc[[all(sample in member.predictions.index for member in members) for sample in known.index]]
    if not common["part"].ne(VALIDATION).any():
        raise EmobenchError(
            "no test sample is predicted by every member", remedy="see what the members dropped, and why"
        )
    columns = probability_columns(classes)
    stacked = np.stack([m.predictions.loc[common.index, columns].to_numpy(dtype=np.float64) for m in members])
    learnt, learnt_from = _learn(fusion, stacked, common, classes)
    probabilities = np.asarray(fusion.combine(stacked, **learnt))
    check_predictions(probabilities, list(common.index), len(classes), f"fusion {fusion.name!r}", kind)
    lost = known.drop(index=common.index)
    dropped = tuple(
        Dropped(sample_id=str(sample), part=part, reason=_why_lost(str(sample), members))
        for sample, part in lost["part"].items()
    )
    counts = {
        part: PartCount(attempted=int((known["part"] == part).sum()), dropped=int((lost["part"] == part).sum()))
        for part in parts
    }
    return Fused(probabilities, common.reset_index(), counts, dropped, learnt, learnt_from)


def _learn(
    fusion: Fusion, stacked: NDArray[Any], common: pd.DataFrame, classes: tuple[str, ...]
) -> tuple[dict[str, Any], int]:
    import numpy as np
    import pandas as pd

    if not fusion.learns:
        return {}, 0
    here = (common["part"] == VALIDATION).to_numpy()
    if not here.any():
        raise EmobenchError(
            "no sample of the validation part is predicted by every member, so there is nothing to learn from",
            where=f"fusion {fusion.name!r}",
            remedy="use more data, a larger validation part, or a fusion that learns nothing",
        )
    labels = np.asarray(pd.Index(classes).get_indexer(pd.Index(common["label"][here])), dtype=np.int64)
    learnt = fusion.fit(stacked[:, here], labels)
    try:
        plain: dict[str, Any] = json.loads(json.dumps(learnt, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise EmobenchError(
            f"fit() returned what is no plain JSON: {error}",
            where=f"fusion {fusion.name!r}",
            remedy="return numbers, strings, lists and tables",
        ) from error
    return plain, int(here.sum())


def _why_lost(sample: str, members: Sequence[MemberPredictions]) -> str:
    first = next(member for member in members if sample not in member.predictions.index)
    return f"{first.experiment}: {first.dropped.get(sample, 'not predicted')}"


def pool_views(fusion: Fusion, probabilities: NDArray[Any], views: int) -> NDArray[Any]:
    """Combine what was predicted for the views of each sample; to the fusion, views are what members are.

    Args:
        fusion: the rule.
        probabilities: (n * views, k), the views of a sample in a row.
        views: how many there are of each sample.

    Returns:
        (n, k).
    """
    import numpy as np

    by_sample = probabilities.reshape(-1, views, probabilities.shape[1])
    return np.asarray(fusion.combine(by_sample.transpose(1, 0, 2).astype(np.float64)))


def check_combines_values(fusion: Fusion, where: str = "") -> None:
    """Refuse a fusion that does not give back the numbers that all members agree on, for it combines probabilities only.

    Raises:
        EmobenchError: it is such a one, or learns from classes.
    """
    import numpy as np

    agreed = np.array([[-3.5, 0.25], [2.0, 7.0]])
    try:
        fits = not fusion.learns and np.allclose(fusion.combine(np.stack([agreed, agreed])), agreed)
    except Exception:  # a plugin may raise anything of numbers that are no probabilities
        fits = False
    if not fits:
        what = f"fusion {fusion.name!r} combines probabilities, and the target is values"
        raise EmobenchError(what, where=where, remedy="use a fusion that averages, such as 'average'")


def check_predictions(
    probabilities: NDArray[Any], ids: Sequence[str], classes: int, where: str, kind: Kind = "class"
) -> None:
    """Hold a model or a fusion to its contract.

    Raises:
        EmobenchError: a wrong shape, a number that is not finite, probabilities that are negative or do not sum to one.
    """
    import numpy as np

    name = "values" if kind == "values" else "probabilities"
    if probabilities.shape != (len(ids), classes):
        problem = f"it returned {name} of shape {probabilities.shape}, wanted {(len(ids), classes)}"
    elif kind == "values":
        odd = ~np.isfinite(probabilities).all(axis=1)
        if not odd.any():
            return
        problem = f"a value is not finite, e.g. for {ids[int(odd.argmax())]!r}"
    elif found := probability_problem(probabilities):
        bad, what = found
        problem = f"it returned no probabilities: {what}, e.g. for {ids[int(bad.argmax())]!r}"
    else:
        return
    raise EmobenchError(problem, where=where, remedy="fix it; if training diverged, lower the learning rate")
