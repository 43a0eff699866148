"""Silent, clipped, constant and truncated media."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emobench.contracts.media import Audio
from emobench.contracts.protocol import Split
from emobench.errors import UnreadableError
from tests.support.audited import RATE, Planted, audited, only


def test_silence_is_silent_and_constant(sounds: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = sounds
    dataset.content["test-001"] = Audio(np.zeros(RATE, np.float32), RATE)
    dataset.content["test-002"] = Audio(np.tile(np.asarray([0.0009, -0.0009], np.float32), RATE), RATE)
    dataset.content["test-003"] = Audio(np.tile(np.asarray([0.0011, -0.0011], np.float32), RATE), RATE)
    silent, constant = audited(dataset, samples, split, "silent-media", "constant-media").findings
    assert (silent.audit, silent.severity, silent.part) == ("silent-media", "warning", "test")
    assert silent.examples == ("test-001", "test-002")
    assert (constant.audit, constant.examples) == ("constant-media", ("test-001",))


def test_an_image_of_one_colour(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = images
    dataset.content["train-001"] = np.full((8, 8, 3), 7, np.uint8)
    finding = only(audited(dataset, samples, split, "constant-media"))
    assert (finding.part, finding.examples) == ("train", ("train-001",))


def test_a_sound_that_touches_full_scale_is_not_clipped_and_one_that_stays_there_is(
    sounds: tuple[Planted, pd.DataFrame, Split],
) -> None:
    dataset, samples, split = sounds
    quiet = np.full(RATE, 0.5, np.float32)
    touching, clipped = quiet.copy(), quiet.copy()
    touching[:7], clipped[:8] = 1, -1  # of 8,000: just under and at one in a thousand
    dataset.content |= {"train-000": Audio(touching, RATE), "train-001": Audio(clipped, RATE)}
    finding = only(audited(dataset, samples, split, "clipped-media"))
    assert (finding.severity, finding.examples) == ("note", ("train-001",))
    assert "0.1% of the samples" in finding.what


def test_what_cannot_be_read_is_a_finding_and_stops_no_other_audit(sounds: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = sounds
    dataset.content["train-004"] = UnreadableError("truncated: 10 bytes are missing", where="x.wav")
    dataset.content["test-004"] = KeyError("no such thing")
    report = audited(dataset, samples, split)
    train, test = report.findings
    assert {train.audit, test.audit} == {"truncated-media"}
    assert (train.part, train.examples) == ("train", ("train-004",))
    assert train.what.endswith("truncated: 10 bytes are missing")
    assert "the plugin failed: KeyError" in test.what
