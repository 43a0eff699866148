"""Patterns of a suite made into experiments: one for each dataset and each encoder.

``{dataset}`` and ``{encoder}`` may stand in names, in ``takes``, in the keys of ``representations`` and in notes.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from emobench.records import Cell, Component, FromPattern
from emobench.suites.schema import DATASET, ENCODER, Expanded, Experiment, Lacking, Suite


@dataclass(frozen=True)
class Meant:
    """A dataset that a placeholder stands for.

    Attributes:
        name: of the dataset.
        labels: name of its label map, or of another target; empty where that is what it lacks.
        people: how many groups it names; ``None`` where that is not known.
        lacking: as :attr:`emobench.suites.Expanded.lacking`.
    """

    name: str
    labels: str
    people: int | None = None
    lacking: tuple[Lacking, str] | None = None


def expand(suite: Suite, meant: Mapping[str, Iterable[Meant]], encoders: Iterable[str]) -> Suite:
    """Return a suite with an experiment for each pattern, dataset and encoder, and no pattern.

    Args:
        suite: with patterns.
        meant: name of a pattern to the datasets that it is run on.
        encoders: names or sources.
    """
    names = short_names(encoders)
    made = [
        _filled(experiment, dataset, encoder, short)
        for experiment in suite.own
        for dataset in meant[experiment.name]
        for encoder, short in names.items()
    ]
    kept = {field.alias or name: getattr(suite, name) for name, field in Suite.model_fields.items()}
    return Suite.model_validate({**kept, "pattern": None, "experiments": tuple(made)})


def experiment_of(suite: Suite, cell: Cell) -> Experiment | None:
    """Return the experiment of a suite that a cell is of by its name, or the row that it is a fold of; ``None`` without one.

    Where that is a pattern, it is filled as the cell says.
    """
    if cell.pattern is None:
        return suite.by_name.get(cell.experiment.removesuffix(f"/{cell.fold}") if cell.fold else cell.experiment)
    if suite.pattern is None or cell.pattern.name not in suite.by_name:
        return None
    identity, encoder = cell.identity, cell.pattern.encoder
    folds = identity.protocol.parameters.get("folds")
    meant = Meant(identity.dataset, identity.labels.partition("@")[0], folds if isinstance(folds, int) else None)
    return _filled(suite.by_name[cell.pattern.name], meant, encoder, _slug(encoder))


def short_names(encoders: Iterable[str]) -> dict[str, str]:
    """Return each name or source as it stands in the name of an experiment: ``hf:./wavlm`` as ``hf-wavlm``.

    Those that would be called the same end in the first four digits of their sha256.
    """
    sources = list(dict.fromkeys(encoders))
    plain = {source: _slug(source) for source in sources}
    times = Counter(plain.values())
    return {
        source: name if times[name] == 1 else f"{name}-{hashlib.sha256(source.encode()).hexdigest()[:4]}"
        for source, name in plain.items()
    }


def _slug(source: str) -> str:
    parts = (part.strip("._-") for part in re.split(r"[^a-z0-9._-]+", source.lower()))
    return "-".join(filter(None, parts)) or "encoder"


def _filled(pattern: Experiment, dataset: Meant, encoder: str, short: str) -> Expanded:
    def named(text: str, encoder: str) -> str:
        return text.replace(DATASET, dataset.name).replace(ENCODER, encoder)

    stated = {name: getattr(pattern, name) for name in pattern.model_fields_set}
    rule, folds = _divisible(pattern, dataset)
    changed: dict[str, Any] = {
        "name": named(pattern.name, short),
        "dataset": dataset.name,
        "labels": dataset.labels,
        "protocol": rule,
        "takes": tuple(named(each, encoder) for each in pattern.takes),
        "representations": {named(key, encoder): each for key, each in pattern.representations.items()},
        "note": named(pattern.note, encoder),
    }
    from_pattern = FromPattern(name=pattern.name, encoder=encoder)
    return Expanded(**{**stated, **changed}, pattern=from_pattern, folds=folds, lacking=dataset.lacking)


def _divisible(pattern: Experiment, dataset: Meant) -> tuple[Component, int | None]:
    """Return the rule with no more folds than people, and the number that the pattern says where that is another."""
    rule = pattern.protocol
    assert rule is not None  # the schema sees to it
    folds = rule.parameters.get("folds")
    if not isinstance(folds, int) or dataset.people is None or not 2 <= dataset.people < folds:
        return rule, None
    return Component(name=rule.name, parameters={**rule.parameters, "folds": dataset.people}), folds
