"""Labels that one number about a sample tells: how loud, how long, how bright it is."""

from __future__ import annotations

import json
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.audits.audit import Caught, Material
from emobench.audits.report import AuditFinding, Severity
from emobench.audits.wording import MEDIA
from emobench.codehash import code_hash, package_versions
from emobench.contracts import Modality
from emobench.errors import EmobenchError
from emobench.storage import cache_folder, cached, key

if TYPE_CHECKING:
    import pandas as pd

LOUDNESS, DURATION, BRIGHTNESS = "loudness-tells-label", "duration-tells-label", "brightness-tells-label"

PERMUTATIONS = 99
"""Of the labels. With none of them as good as the true ones, p is 1/100."""
SIGNIFICANT = 0.01
"""The largest p of a finding: of a hundred datasets without such a shortcut, one is reported."""
STRONG = 1.5
"""From so many times chance on, a finding is a warning; below it is a note, for in many samples the least trace is
significant, while no model lives by it."""
_FOLDS = 5
_MOST = 2000  # samples, drawn at random: the score is then right to some two hundredths, and the test takes seconds
_LEAVES = 16  # intervals of the number that the tree may tell apart
_SMALLEST_LEAF = 10


@dataclass(frozen=True)
class Probe:
    """What a probe reached.

    Attributes:
        score: balanced accuracy, mean over the folds.
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


def loudness_tells_label(material: Material) -> list[Caught]:
    """Find out whether the root mean square of a sound tells its class.

    Raises:
        EmobenchError: there is no sound, or too little of it to be divided.
    """
    return _probe(material, LOUDNESS, "loudness", "loudness", "audio", "video")


def duration_tells_label(material: Material) -> list[Caught]:
    """Find out whether the length of a sound or film tells its class.

    Raises:
        EmobenchError: there is neither, or too little of it to be divided.
    """
    return _probe(material, DURATION, "seconds", "duration", "audio", "video")


def brightness_tells_label(material: Material) -> list[Caught]:
    """Find out whether the mean of an image's pixels, or of a film's, tells its class.

    Raises:
        EmobenchError: there is neither, or too little of it to be divided.
    """
    return _probe(material, BRIGHTNESS, "brightness", "brightness", "image", "video")


def _probe(material: Material, audit: str, fact: str, name: str, *modalities: Modality) -> list[Caught]:
    found = []
    for modality, table in material.facts(*modalities).items():
        numbers = table[fact].dropna()
        if numbers.empty:
            raise EmobenchError(f"no {modality} of the dataset has a {name}")
        probe = _kept(material, numbers, f"{modality} {fact}")
        if probe.p > SIGNIFICANT or probe.score <= probe.chance:
            continue
        severity: Severity = "warning" if probe.score >= STRONG * probe.chance else "note"
        apart = ", groups kept apart" if probe.grouped else ""
        what = (
            f"the {name} of {MEDIA[modality][1]} alone tells the class with a balanced accuracy of {probe.score:.3f}, "
            f"by chance {probe.chance:.3f} (p = {probe.p:.3f}{apart})"
        )
        found.append(Caught(AuditFinding(audit=audit, severity=severity, part="", count=probe.n, what=what)))
    return found


def _kept(material: Material, numbers: pd.Series[float], what: str) -> Probe:
    """Return the probe of some numbers, from the cache if it is there: it is the same in every fold of a protocol."""
    ordered = numbers.sort_index()
    labels = material.samples["label"].reindex(ordered.index)
    groups = material.samples["group"].reindex(ordered.index).astype(str)
    content = {
        "what": what,
        "content": material.source.content,
        "samples": key([list(ordered.index), list(map(float, ordered)), list(labels), list(groups)]),
        "code": code_hash(__name__),
        "packages": package_versions(["numpy", "scikit-learn"]),
    }

    def write(folder: Path) -> None:
        probe = probed(ordered, labels, groups)
        (folder / "probe.json").write_text(json.dumps(asdict(probe)), encoding="utf-8")

    def load(folder: Path) -> Probe:
        return Probe(**json.loads((folder / "probe.json").read_text(encoding="utf-8")))

    return cached(cache_folder() / "probes" / f"{material.dataset.name}-{key(content)}", write, load)


def probed(numbers: pd.Series[float], labels: pd.Series[str], groups: pd.Series[str]) -> Probe:
    """Let a small decision tree guess the class from one number, on samples (and groups) that it was not fitted on.

    The labels are permuted within groups where there are groups, so that what one speaker does throughout (all clips of one
    are louder) is chance as well. Where every group has one class only, nothing can be found.

    Args:
        numbers: one a sample.
        labels: the class of each.
        groups: of whom each is; no groups are used where one is empty.

    Raises:
        EmobenchError: fewer than two classes have a sample for each fold; the smaller ones are left out.
    """
    import numpy as np
    from sklearn import config_context
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, permutation_test_score
    from sklearn.tree import DecisionTreeClassifier

    chosen = np.flatnonzero(labels.groupby(labels).transform("size") >= _FOLDS)
    if len(chosen) > _MOST:
        chosen = np.sort(np.random.default_rng(0).choice(chosen, _MOST, replace=False))
    x = numbers.to_numpy(dtype=np.float64)[chosen, None]
    y, who = labels.to_numpy(dtype=object)[chosen].astype(str), groups.to_numpy(dtype=object)[chosen].astype(str)
    if len(set(y)) < 2:
        raise EmobenchError(f"fewer than two classes have {_FOLDS} samples or more")
    grouped = bool((who != "").all()) and len(set(who)) > 1
    folds = min(_FOLDS, len(set(who))) if grouped else _FOLDS
    tree = DecisionTreeClassifier(
        max_leaf_nodes=_LEAVES, min_samples_leaf=_SMALLEST_LEAF, class_weight="balanced", random_state=0
    )
    division: Any = StratifiedGroupKFold(folds) if grouped else StratifiedKFold(folds, shuffle=True, random_state=0)
    with warnings.catch_warnings(), config_context(assume_finite=True, skip_parameter_validation=True):
        warnings.simplefilter("ignore")  # of classes that a fold of groups does not have
        score, permuted, p = permutation_test_score(
            tree,
            x,
            y,
            groups=who if grouped else None,
            cv=division,
            scoring="balanced_accuracy",
            n_permutations=PERMUTATIONS,
            random_state=0,
        )
    return Probe(float(score), float(np.mean(permuted)), float(p), len(x), grouped)
