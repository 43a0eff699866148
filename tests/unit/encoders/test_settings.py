"""What may be set of an encoder, what it is given, and how frames become a vector."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import pytest
import torch

from emobench.contracts.encoder import ENCODER_SETTINGS, Encode, Encoder
from emobench.contracts.media import Modality
from emobench.encoders.settings import complete_settings, encodes, pooled
from emobench.errors import EmobenchError
from emobench.plugins import installed_plugins
from tests.conftest import Dots

REGISTRY = installed_plugins()


class Tunable(Encoder):
    """An encoder with a parameter of its own."""

    name = "tunable"
    title = "Tunable"
    parameters: Mapping[str, Any] = MappingProxyType({"stride": 2})

    def __init__(self, modality: Modality = "image") -> None:
        self.modality = modality

    def load(self, device: str, precision: str, **parameters: Any) -> Encode:
        """Return nothing of use."""
        return lambda batch: batch


class Films(Dots):
    """A dataset of films."""

    modalities: ClassVar[tuple[Modality, ...]] = ("video",)


def test_what_is_not_chosen_has_its_default() -> None:
    assert complete_settings(Tunable(), {"pool": "max"}, "here", REGISTRY) == {
        **ENCODER_SETTINGS,
        "stride": 2,
        "pool": "max",
    }


@pytest.mark.parametrize("layer", [-1, 0, 12, "mean", "all"])
def test_a_layer_is_a_number_or_a_word(layer: Any) -> None:
    assert complete_settings(Tunable(), {"layer": layer}, "here", REGISTRY)["layer"] == layer


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"layer": "last"}, "here: no layer 'last'; give its number, or mean or all"),
        ({"layer": True}, "here: no layer True"),
        ({"layer": 1.5}, "here: no layer 1.5"),
        ({"pool": "maximum"}, "here: no pool 'maximum'; did you mean 'max'?"),
        ({"batch": 0}, "here: batch is 0; give 1 or more"),
        ({"frames": -1}, "here: frames is -1; give 1 or more"),
        ({"batch": "many"}, 'here: batch is "many", expected an integer'),
        ({"strid": 1}, "did you mean 'stride'?"),
        ({"stride": "wide"}, 'here: stride is "wide", expected an integer'),
    ],
)
def test_what_cannot_be_set_is_refused(chosen: dict[str, Any], said: str) -> None:
    with pytest.raises(EmobenchError, match=re.escape(said)) as caught:
        complete_settings(Tunable(), chosen, "here", REGISTRY)
    assert "\n" not in str(caught.value)


def test_an_encoder_is_given_its_own_modality() -> None:
    assert encodes(Tunable(), Dots()) == "image"


def test_an_encoder_of_pictures_is_given_films_where_there_are_no_pictures() -> None:
    assert encodes(Tunable(), Films()) == "video"


def test_a_dataset_that_has_nothing_for_an_encoder_is_refused() -> None:
    with pytest.raises(EmobenchError, match="'tunable' is made for audio, 'dots' has image; choose another encoder"):
        encodes(Tunable("audio"), Dots())


@pytest.mark.parametrize(
    ("pool", "vector"),
    [("mean", [2, 5]), ("max", [3, 9]), ("first", [1, 1]), ("last", [3, 9]), ("mean-std", [2, 5, 1, 4])],
)
def test_frames_are_pooled_layer_by_layer(pool: str, vector: list[float]) -> None:
    frames = torch.tensor([[[1.0, 1.0], [3.0, 9.0]], [[11.0, 1.0], [13.0, 9.0]]])
    first, second = pooled(frames, pool).tolist()
    assert first == vector
    assert second == [vector[0] + 10, *vector[1:]]


def test_a_single_frame_deviates_by_nothing() -> None:
    assert pooled(torch.ones(1, 1, 2), "mean-std").tolist() == [[1, 1, 0, 0]]


def test_options_that_are_not_chosen_are_left_out() -> None:
    chosen = complete_settings(Tunable(), {"sequence": False, "of": {}}, "here", REGISTRY)
    assert chosen.keys() == {*ENCODER_SETTINGS, "stride"}


def test_the_representation_that_is_encoded_has_all_its_parameters() -> None:
    chosen = {"of": {"name": "frame-sequence", "every": 3}, "sequence": True}
    of = complete_settings(Tunable(), chosen, "here", REGISTRY)["of"]
    assert of == {"name": "frame-sequence", **REGISTRY.representations["frame-sequence"].parameters, "every": 3}


@pytest.mark.parametrize(
    ("modality", "chosen", "said"),
    [
        ("image", {"sequence": True, "layer": "all"}, "a step of a sequence has one layer, not all"),
        ("image", {"of": {"name": "mfcc-sequence"}}, "it cannot encode the steps of 'mfcc-sequence'"),
        ("image", {"of": {"name": "random-frames"}}, "it cannot encode the steps of 'random-frames'"),
        ("audio", {"of": {"name": "frame-sequence"}}, "it cannot encode the steps of 'frame-sequence'"),
        ("image", {"of": {"name": "frame-sequnce"}}, "did you mean 'frame-sequence'"),
        ("image", {"of": {"name": "frame-sequence", "size": "48"}}, "size is"),
        ("image", {"of": {"every": 3}}, "''"),
    ],
)
def test_options_that_cannot_be_are_refused(modality: Modality, chosen: dict[str, Any], said: str) -> None:
    with pytest.raises(EmobenchError, match=re.escape(said)):
        complete_settings(Tunable(modality), chosen, "here", REGISTRY)
