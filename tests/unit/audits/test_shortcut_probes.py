"""Labels that one number about a sample tells."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score

from emobench.audits.shortcut_probes import probed
from emobench.contracts.media import Audio
from emobench.contracts.protocol import Split
from emobench.errors import EmobenchError
from tests.support.audited import RATE, Planted, audited, faces, index, only


def spoken(scale: Mapping[str, float], length: Mapping[str, float]) -> tuple[Planted, pd.DataFrame, Split]:
    """Return 120 sounds whose loudness and length depend on the class as said."""
    samples, split = index({"train": 90, "test": 30})
    samples["group"] = [f"speaker {int(sample[-3:]) // 6}" for sample in samples["sample_id"]]
    generator = np.random.default_rng(1)
    content = {}
    for sample, label in zip(samples["sample_id"], samples["label"], strict=True):
        frames = int(RATE / 10 * length.get(label, 1) * generator.uniform(0.8, 1.2))
        level = 0.1 * scale.get(label, 1) * generator.uniform(0.8, 1.2)
        content[sample] = Audio(generator.normal(0, level, frames).clip(-0.9, 0.9).astype(np.float32), RATE)
    return Planted("audio", content), samples, split


def test_loud_classes_are_told_by_loudness_alone(fresh_cache: Path) -> None:
    finding = only(audited(*spoken({"angry": 3, "sad": 0.3}, {}), "loudness-tells-label", "duration-tells-label"))
    assert (finding.audit, finding.severity, finding.count) == ("loudness-tells-label", "warning", 120)
    assert "groups kept apart" in finding.what


def test_long_classes_are_told_by_duration_alone(fresh_cache: Path) -> None:
    finding = only(audited(*spoken({}, {"sad": 2}), "loudness-tells-label", "duration-tells-label"))
    assert (finding.audit, finding.severity) == ("duration-tells-label", "warning")


def test_bright_classes_are_told_by_brightness_alone(fresh_cache: Path) -> None:
    samples, split = index({"train": 60, "test": 30})
    pictures = faces(list(samples["sample_id"]))
    for sample, label in zip(samples["sample_id"], samples["label"], strict=True):
        pictures[sample] = (pictures[sample] * {"angry": 0.3, "happy": 0.6, "sad": 0.9}[label]).astype(np.uint8)
    finding = only(audited(Planted("image", pictures), samples, split, "brightness-tells-label"))
    assert finding.severity == "warning"


def test_the_probe_finds_what_the_best_threshold_gives() -> None:
    generator = np.random.default_rng(2)
    y = np.repeat([0, 1], 400)
    x = pd.Series(generator.normal(1.2 * y))
    probe = probed(x, pd.Series(y.astype(str)), pd.Series("", index=x.index))
    assert probe.score == pytest.approx(balanced_accuracy_score(y, x > 0.6), abs=0.05)
    assert probe.chance == pytest.approx(0.5, abs=0.02)
    assert (probe.p, probe.grouped) == (0.005, False)


def test_what_a_speaker_does_in_all_clips_is_no_finding() -> None:
    speakers = np.repeat(np.arange(20), 12)
    generator = np.random.default_rng(3)
    mostly = speakers % 3  # each speaker has most clips of one class, and a loudness of one's own
    y = np.where(generator.random(240) < 0.6, mostly, generator.integers(0, 3, 240))
    level = 10.0 * (speakers % 3) + generator.normal(0, 1, 240)
    labels, who = pd.Series(y.astype(str)), pd.Series([f"speaker {one}" for one in speakers])
    assert probed(pd.Series(level), labels, who).p > 0.05
    assert probed(pd.Series(level), labels, pd.Series([""] * 240)).p == 0.005


def test_of_groups_with_one_class_each_one_sample_counts() -> None:
    people = np.repeat(np.arange(30), 10)
    probe = probed(
        pd.Series(np.random.default_rng(4).normal(people % 3)),
        pd.Series((people % 3).astype(str)),
        pd.Series([f"person {one}" for one in people]),
    )
    assert (probe.n, probe.grouped) == (30, True)


def test_chance_without_a_trace_is_one_in_so_many_classes() -> None:
    """P-values of data without a shortcut are spread evenly: about one in twenty is below 0.05."""
    generator = np.random.default_rng(5)
    nobody = pd.Series([""] * 150)
    probes = [
        probed(pd.Series(generator.normal(size=150)), pd.Series(generator.integers(0, 3, 150).astype(str)), nobody)
        for _ in range(30)
    ]
    assert np.mean([probe.chance for probe in probes]) == pytest.approx(1 / 3, abs=0.01)
    assert (
        sum(probe.p <= 0.05 for probe in probes) <= 6
    )  # of 30 with 1.5 expected: more by chance in one of 1,000 tests


def test_a_class_too_small_for_the_folds_is_left_out_of_a_probe() -> None:
    labels = pd.Series(["a"] * 20 + ["b"] * 20 + ["c"])
    assert probed(pd.Series(range(41), dtype=float), labels, pd.Series([""] * 41)).n == 40
    with pytest.raises(EmobenchError, match="fewer than two classes have 5 samples"):
        probed(pd.Series(range(24), dtype=float), labels[17:].reset_index(drop=True)[:24], pd.Series([""] * 24)[:24])
