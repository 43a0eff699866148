"""Which values the parts have."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from emobench.contracts.target import Range, Target
from emobench.records.audit_report import AuditReport
from tests.support.audited import Planted, audited, index


def ranges_of(stated: tuple[Range, ...] = (), **of: Mapping[str, float]) -> AuditReport:
    """Audit four samples to train on and three to test: valence goes from 1 to 7, arousal is as it is handed over."""
    samples, split = index({"train": 4, "test": 3})
    samples["label"] = ""
    samples["true_valence"] = np.linspace(1, 7, len(samples))
    samples["true_arousal"] = [
        of.get("arousal", {}).get(name, place) for place, name in enumerate(samples["sample_id"])
    ]
    target = Target("feeling", "values", ("valence", "arousal"), stated)
    return audited(Planted("image", {}), samples, split, "value-ranges", target=target)


def test_each_part_is_told_with_its_numbers() -> None:
    train, test = ranges_of().findings
    assert (train.part, train.count, train.severity) == ("train", 4, "note")
    assert "valence from 1 to 4, 2.5 on average" in train.what
    assert test.numbers == {
        "valence.min": 5,
        "valence.max": 7,
        "valence.mean": 6,
        "arousal.min": 4,
        "arousal.max": 6,
        "arousal.mean": 5,
    }


def test_a_constant_dimension_is_a_warning() -> None:
    constant = {f"test-{place:03}": 2.0 for place in range(3)}
    (warning,) = [each for each in ranges_of(arousal=constant).findings if each.severity == "warning"]
    assert (warning.part, warning.count) == ("test", 3)
    assert "arousal is 2 in every sample" in warning.what


@pytest.mark.parametrize(("high", "warnings"), [(30.1, 1), (29.9, 0)])
def test_a_dimension_of_less_than_a_tenth_of_its_range_is_a_warning(high: float, warnings: int) -> None:
    report = ranges_of((None, (0.0, high)))  # arousal goes from 0 to 3 in train
    found = [each for each in report.findings if each.severity == "warning" and each.part == "train"]
    assert len(found) == warnings


def test_without_a_stated_range_nothing_is_narrow() -> None:
    narrow = {f"train-{place:03}": 5 + place / 1000 for place in range(4)}
    assert {each.severity for each in ranges_of(arousal=narrow).findings} == {"note"}
