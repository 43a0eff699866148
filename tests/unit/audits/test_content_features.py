"""Features of content: what they are, and that each sample is decoded once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from emobench.audits.content_features import (
    QUIETEST,
    digest,
    image_features,
    sound_features,
)
from emobench.contracts.media import Audio
from emobench.contracts.protocol import Split
from tests.support.audited import RATE, Planted, audited, faces


def test_facts_of_a_sound_are_those_of_a_sine() -> None:
    sine = 0.5 * np.sin(2 * np.pi * 100 * np.arange(RATE) / RATE)
    known = sound_features(Audio(sine.astype(np.float32), RATE))
    assert known["loudness"] == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=1e-4)
    assert known["peak"] == pytest.approx(0.5)
    assert known["seconds"] == 1
    assert sound_features(Audio(np.zeros(4, np.float32), RATE))["loudness"] == QUIETEST


def test_the_digest_is_of_content_and_not_of_the_file(tmp_path: Path) -> None:
    image = faces(["one"])["one"]
    Image.fromarray(image).save(tmp_path / "a.png", compress_level=1)
    Image.fromarray(image).save(tmp_path / "b.bmp")
    decoded = [np.asarray(Image.open(tmp_path / name)) for name in ("a.png", "b.bmp")]
    assert image_features(decoded[0])["digest"] == image_features(decoded[1])["digest"] == digest(image)
    assert digest(image) != digest(image.astype(np.int16))


def test_content_is_decoded_once_for_all_audits_and_once_for_all_splits(
    images: tuple[Planted, pd.DataFrame, Split],
) -> None:
    dataset, samples, split = images
    steps: list[int] = []
    first = audited(dataset, samples, split, step=steps.append)
    assert dataset.reads == sum(steps) == len(samples)
    other = Split({"train": split.parts["test"], "test": split.parts["train"] + split.parts["validation"]})
    second = audited(dataset, samples, other, step=steps.append)
    assert dataset.reads == sum(steps) == len(samples)
    assert first.id != second.id


def test_other_content_is_decoded_anew(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = images
    audited(dataset, samples, split, "constant-media")
    audited(dataset, samples, split, "constant-media", content="another copy")
    assert dataset.reads == 2 * len(samples)


def test_samples_without_a_modality_are_left_out(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = images
    del dataset.content["train-000"]
    without = samples.assign(image_path=[name if name != "train-000" else "" for name in samples["sample_id"]])
    assert audited(dataset, without, split).findings == ()
