"""Encoders that keep a vector for each frame: sequences in the cache, of sounds and of the frames of films."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emobench.contracts import Encode, Encoder, Ragged
from emobench.data import find_twin, represented_sample
from emobench.encoders.encoding import Encoded, encode
from emobench.encoders.settings import complete_settings
from emobench.plugins import Registry, installed_plugins
from tests.integration.encoders.test_encoding import Moments, asked, plain_frames, run


@pytest.fixture(scope="module")
def registry() -> Registry:
    return installed_plugins()


@pytest.mark.parametrize(("layer", "factor"), [(0, 1), (-1, -1), ("mean", 0)])
def test_the_frames_of_a_sound_are_steps(fresh_cache: Path, registry: Registry, layer: Any, factor: int) -> None:
    what = asked(registry, Moments(), sequence=True, layer=layer)
    found = run(what).array
    assert isinstance(found, Ragged)
    assert len(set(found.lengths.tolist())) > 1
    for row, frames in enumerate(plain_frames(what)):
        np.testing.assert_allclose(found[row], factor * frames, rtol=1e-5, atol=1e-5)


def test_a_killed_extraction_of_sequences_ends_with_the_same_bits(
    fresh_cache: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls = 0

    class Dying(Moments):
        def load(self, device: str, precision: str, **parameters: Any) -> Encode:
            plain = super().load(device, precision)

            def encoded(batch: list[Any]) -> Any:
                nonlocal calls
                calls += 1
                if calls == 20:
                    raise KeyboardInterrupt
                return plain(batch)

            return encoded

    with pytest.raises(KeyboardInterrupt):
        run(asked(registry, Dying(), None, batch=1, sequence=True))
    going_on = Moments()
    resumed = run(asked(registry, going_on, None, batch=1, sequence=True)).array
    assert len(going_on.batches) == len(resumed) - 16  # two chunks of eight batches
    monkeypatch.setenv("EMOBENCH_CACHE", str(tmp_path / "other"))
    undisturbed = run(asked(registry, Moments(), None, batch=1, sequence=True)).array
    assert resumed.values.tobytes() == undisturbed.values.tobytes()
    assert resumed.lengths.tolist() == undisturbed.lengths.tolist()


def test_sequences_and_vectors_are_kept_apart(fresh_cache: Path, registry: Registry) -> None:
    assert isinstance(run(asked(registry, Moments(), sequence=True)).array, Ragged)
    assert run(asked(registry, Moments())).array.shape == (20, 3)


class Corners(Encoder):
    """Of a picture two frames, its upper and its lower half: mean and maximum."""

    name = "hear:corners"
    title = "Corners"
    modality = "image"

    def load(self, device: str, precision: str, **parameters: Any) -> Encode:
        """Return what encodes a batch."""
        return lambda batch: [np.stack([_halves(picture)]) for picture in batch]


def _halves(picture: Any) -> Any:
    return np.asarray([[half.mean(), half.max()] for half in np.array_split(picture, 2)], dtype=np.float32)


def films(registry: Registry, **settings: Any) -> Encoded:
    copy = find_twin(registry.datasets["ravdess-video"], registry).copy
    assert copy is not None
    chosen = complete_settings(Corners(), settings, "test", registry)
    return Encoded(copy, copy.index.samples.head(4), Corners(), chosen, "fp32", registry)


def test_each_frame_of_a_film_is_a_step(fresh_cache: Path, registry: Registry) -> None:
    found = encode(films(registry, sequence=True, frames=3), "cpu", 1, lambda _: None).array
    pooled = encode(films(registry, frames=3), "cpu", 1, lambda _: None).array
    assert found.lengths.tolist() == [3] * 4
    np.testing.assert_allclose(np.stack([found[row].mean(axis=0) for row in range(4)]), pooled, rtol=1e-5)


@pytest.mark.parametrize("colour", ["gray", "rgb"])
def test_the_steps_of_a_representation_are_encoded(fresh_cache: Path, registry: Registry, colour: str) -> None:
    of = {"name": "frame-sequence", "per_second": 10.0, "size": 20, "colour": colour}
    what = films(registry, sequence=True, of=of)
    found = encode(what, "cpu", 1, lambda _: None).array
    rule = registry.representations["frame-sequence"]
    parameters = {name: value for name, value in of.items() if name != "name"}
    for row, sample in enumerate(what.copy.rows(what.samples)):
        steps = represented_sample(what.dataset, what.copy, sample, rule, parameters)
        pictures = [step[0] if colour == "gray" else step.transpose(1, 2, 0) for step in steps]
        colours = [picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2) for picture in pictures]
        np.testing.assert_allclose(found[row], [_halves(each).mean(axis=0) for each in colours], rtol=1e-5)
