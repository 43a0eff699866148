"""What an encoder makes of a decoded sample, if it does not say otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emobench.contracts.encoder import Encode, Encoder, as_colour, resampled
from emobench.contracts.media import Audio, Modality


class Plain(Encoder):
    """An encoder that leaves everything at its default."""

    name = "plain"
    title = "Plain"

    def __init__(self, modality: Modality, rate: int = 16_000) -> None:
        self.modality, self.rate = modality, rate

    def load(self, device: str, precision: str, **parameters: Any) -> Encode:
        """Return nothing of use."""
        return lambda batch: batch


def tone(hertz: float, rate: int) -> Audio:
    """Return half a second of a sine."""
    time = np.arange(rate // 2) / rate
    return Audio(np.sin(2 * np.pi * hertz * time).astype(np.float32), rate)


def test_a_sound_of_another_rate_keeps_its_length_and_its_pitch() -> None:
    other = resampled(tone(440, 48_000), 16_000)
    assert other.shape == (8_000,)
    assert other.dtype == np.float32
    np.testing.assert_allclose(other[500:-500], tone(440, 16_000).samples[500:-500], atol=1e-3)


def test_what_a_lower_rate_cannot_hold_does_not_come_back_as_a_lower_tone() -> None:
    assert np.abs(resampled(tone(10_000, 48_000), 16_000)[500:-500]).max() < 1e-2


def test_a_sound_of_the_same_rate_is_left_as_it_is() -> None:
    sound = tone(440, 16_000)
    assert resampled(sound, 16_000) is sound.samples


def test_a_gray_picture_gets_three_equal_channels() -> None:
    gray = np.arange(6, dtype=np.uint8).reshape(2, 3)
    colour = as_colour(gray)
    assert colour.shape == (2, 3, 3)
    assert colour.dtype == np.uint8
    assert all((colour[..., channel] == gray).all() for channel in range(3))


def test_a_colour_picture_is_left_as_it_is() -> None:
    picture = np.zeros((2, 3, 3), np.uint8)
    assert as_colour(picture) is picture


def test_a_sound_is_prepared_at_the_rate_of_the_encoder() -> None:
    assert Plain("audio", 8_000).prepare(tone(440, 16_000)).shape == (4_000,)


def test_a_picture_is_prepared_in_colour() -> None:
    assert Plain("image").prepare(np.zeros((2, 3), np.uint8)).shape == (2, 3, 3)


def test_a_text_is_prepared_as_it_is() -> None:
    assert Plain("text").prepare("well") == "well"


@pytest.mark.parametrize(
    ("modality", "prepared", "length"),
    [("audio", np.zeros(30, np.float32), 30), ("text", "well", 4), ("image", np.zeros((2, 3, 3), np.uint8), 0)],
)
def test_batches_are_made_by_what_padding_would_fill(modality: Modality, prepared: Any, length: int) -> None:
    assert Plain(modality).length(prepared) == length


def test_weights_of_which_nothing_is_said_were_trained_on_something_unknown() -> None:
    assert Plain("text").pretrained_on == ("unknown",)
