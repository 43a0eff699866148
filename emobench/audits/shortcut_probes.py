"""Labels that one number about a sample tells: how loud, how long, how bright it is."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.audits.audit import MEDIA, Audit, AuditInput, Flagged
from emobench.audits.content_features import audits_code
from emobench.contracts import Modality
from emobench.errors import EmobenchError
from emobench.plugins import package_versions
from emobench.storage import cache_folder, cached, key

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

PERMUTATIONS = 199
"""Of the labels. With none of them as good as the true ones, p is 1/200."""
SIGNIFICANT = 0.01
"""The largest p of a finding: of a hundred datasets without such a shortcut, one is reported."""
STRONG = 1.5
"""From so many times chance on, a finding is a warning; below it is a note, for in many samples the least trace is
significant, while no model lives by it."""
_FOLDS = 5
_LEAVES = 16  # intervals of the number that the tree may tell apart
_SMALLEST_LEAF = 10


@dataclass(frozen=True)
class Probe:
    """How well a decision tree guesses the class from one number.

    Attributes:
        score: balanced accuracy of what is predicted for every sample by the fold that it is not fitted in.
        chance: the same for permuted labels, mean over the permutations.
        p: share of permutations that were as good, the true labels counted among them.
        n: number of samples.
        grouped: whether groups were kept apart.
    """

    score: float
    chance: float
    p: float
    n: int
    grouped: bool


def tells_label(
    audit: Audit, data: AuditInput, *, name: str, feature: str, modalities: tuple[Modality, ...]
) -> list[Flagged]:
    """Find out whether one number about the content of a sample, called ``name`` in a sentence, tells its class."""
    found = []
    for modality, table in data.features(*modalities).items():
        numbers = table[feature].dropna()
        if numbers.empty:
            raise EmobenchError(f"no {modality} of the dataset has a {name}")
        probe = _cached(data, numbers, f"{modality} {feature}")
        if probe.p > SIGNIFICANT or probe.score <= probe.chance:
            continue
        apart = ", groups kept apart" if probe.grouped else ""
        what = (
            f"the {name} of {MEDIA[modality][1]} alone tells the class with a balanced accuracy of {probe.score:.3f}, "
            f"by chance {probe.chance:.3f} (p = {probe.p:.3f}{apart})"
        )
        strong = probe.score >= STRONG * probe.chance
        found.append(Flagged(audit.finding("", probe.n, what, severity="warning" if strong else "note")))
    return found


def _cached(data: AuditInput, numbers: pd.Series[float], what: str) -> Probe:
    """Return the probe of some numbers, from the cache if it is there: it is the same in every fold of a protocol."""
    ordered = numbers.sort_index()
    labels = data.samples["label"].reindex(ordered.index)
    groups = data.samples["group"].reindex(ordered.index).astype(str)
    content = {
        "what": what,
        "content": data.copy.content,
        "samples": key([list(ordered.index), list(map(float, ordered)), list(labels), list(groups)]),
        "code": audits_code(),
        "packages": package_versions(["numpy", "scikit-learn"]),
    }

    def write(folder: Path) -> None:
        probe = probed(ordered, labels, groups)
        (folder / "probe.json").write_text(json.dumps(asdict(probe)), encoding="utf-8")

    def load(folder: Path) -> Probe:
        return Probe(**json.loads((folder / "probe.json").read_text(encoding="utf-8")))

    return cached(cache_folder() / "probes" / f"{data.dataset.name}-{key(content)}", write, load)


def probed(numbers: pd.Series[float], labels: pd.Series[str], groups: pd.Series[str]) -> Probe:
    """Let a small decision tree guess the class from one number, on samples (and groups) that it was not fitted on.

    The score is set against those for labels that are permuted within groups: what is true of a speaker throughout (all clips
    of one are louder) is chance as well. Where most groups have a single class, that is not possible; one sample of each
    group is drawn then, and the labels are permuted within folds, as where there are no groups.

    Args:
        numbers: one a sample.
        labels: the class of each.
        groups: of whom each is; no groups are used where one is empty.

    Raises:
        EmobenchError: fewer than two classes have a sample for each fold; the smaller ones are left out.
    """
    import numpy as np
    import pandas as pd
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.model_selection import GroupKFold, StratifiedKFold
    from sklearn.tree import DecisionTreeClassifier

    table = pd.DataFrame({"x": numbers.to_numpy(), "y": labels.to_numpy(), "who": groups.to_numpy()})
    named = bool((table["who"] != "").all()) and table["who"].nunique() > 1
    mixed = named and bool((table.groupby("who")["y"].transform("nunique") > 1).mean() >= 0.5)
    if named and not mixed:
        table = table.groupby("who").sample(1, random_state=0)
    table = table[table.groupby("y")["y"].transform("size") >= _FOLDS]
    if table["y"].nunique() < 2:
        raise EmobenchError(f"fewer than two classes have {_FOLDS} samples or more")
    x, y = table[["x"]].to_numpy(dtype=np.float64), table["y"].factorize()[0]
    who = table["who"].factorize()[0]
    division: Any = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    if mixed:
        division = GroupKFold(min(_FOLDS, len(set(who))))
    predicted, fold = np.zeros_like(y), np.zeros_like(y)
    for number, (fitted, left) in enumerate(division.split(x, y, who if mixed else None)):
        tree = DecisionTreeClassifier(
            max_leaf_nodes=_LEAVES, min_samples_leaf=_SMALLEST_LEAF, class_weight="balanced", random_state=0
        )
        predicted[left], fold[left] = tree.fit(x[fitted], y[fitted]).predict(x[left]), number
    score = float(balanced_accuracy_score(y, predicted))
    permuted = _permuted(y, predicted, who if mixed else fold)
    p = (1 + int(np.sum(permuted >= score))) / (1 + PERMUTATIONS)
    return Probe(score, float(permuted.mean()), p, len(y), named)


def _permuted(y: NDArray[np.int64], predicted: NDArray[np.int64], strata: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the balanced accuracies of (n,) predictions for labels that change places within (n,) strata only."""
    import numpy as np

    generator = np.random.default_rng(0)
    sizes = np.bincount(y)
    places = np.argsort(strata, kind="stable")
    scores = np.empty(PERMUTATIONS)
    for number in range(PERMUTATIONS):
        drawn = np.empty_like(y)
        drawn[places] = y[np.lexsort((generator.random(len(y)), strata))]
        scores[number] = np.mean(np.bincount(drawn[drawn == predicted], minlength=len(sizes)) / sizes)
    return scores
