"""Whole datasets encoded: pooling, layers, batches, killed extractions, and once for all who ask."""

from __future__ import annotations

import dataclasses
import errno
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emobench.contracts import Audio, Encode, Encoder, Ragged
from emobench.data import find_twin, represented_sample
from emobench.decoding import read_sample
from emobench.encoders.encoding import Encoded, encode, encoded_folder
from emobench.encoders.settings import complete_settings
from emobench.errors import EmobenchError, UnreadableError
from emobench.plugins import Registry, installed_plugins
from tests import ROOT


class Moments(Encoder):
    """Two layers; the frames are pieces of 1,000 samples: mean, deviation and length of each, and their negatives."""

    name = "hear:moments"
    title = "Moments"
    modality = "audio"
    rate = 8000

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    def load(self, device: str, precision: str, **parameters: Any) -> Encode:
        """Return what encodes a batch."""

        def encoded(batch: list[Any]) -> list[Any]:
            self.batches.append([len(sound) for sound in batch])
            return [np.stack([frames := _frames(sound), -frames]) for sound in batch]

        return encoded


def _frames(sound: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    pieces = np.array_split(sound, max(1, len(sound) // 1000))
    return np.asarray([[piece.mean(), piece.std(), len(piece)] for piece in pieces], dtype=np.float32)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return installed_plugins()


def asked(registry: Registry, encoder: Encoder, samples: int | None = 20, **settings: Any) -> Encoded:
    copy = find_twin(registry.datasets["ravdess"], registry).copy
    assert copy is not None
    chosen = complete_settings(encoder, settings, "test", registry)
    return Encoded(copy, copy.index.samples.head(samples or 10**6), encoder, chosen, "fp32", registry)


def run(what: Encoded, step: Callable[[int], None] = lambda samples: None) -> Any:
    return encode(what, "cpu", 1, step)


def plain_frames(what: Encoded) -> Iterator[np.ndarray[Any, Any]]:
    dataset = what.registry.datasets["ravdess"]
    for row in what.copy.rows(what.samples):
        sound: Audio = read_sample(dataset, what.copy.location, row, "audio")
        yield _frames(what.encoder.prepare(sound))


@pytest.mark.parametrize(
    ("pool", "pooled"),
    [
        ("mean", lambda frames: frames.mean(axis=0)),
        ("mean-std", lambda frames: np.concatenate([frames.mean(axis=0), frames.std(axis=0)])),
        ("first", lambda frames: frames[0]),
        ("last", lambda frames: frames[-1]),
        ("max", lambda frames: frames.max(axis=0)),
    ],
)
def test_frames_are_pooled(fresh_cache: Path, registry: Registry, pool: str, pooled: Callable[[Any], Any]) -> None:
    what = asked(registry, Moments(), pool=pool, layer=0)
    expected = np.stack([pooled(frames) for frames in plain_frames(what)])
    np.testing.assert_allclose(run(what).array, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("layer", "factor"), [(0, 1), (-1, -1), (1, -1), ("mean", 0)])
def test_a_layer_is_picked(fresh_cache: Path, registry: Registry, layer: int | str, factor: int) -> None:
    what = asked(registry, Moments(), layer=layer)
    expected = factor * np.stack([frames.mean(axis=0) for frames in plain_frames(what)])
    np.testing.assert_allclose(run(what).array, expected, rtol=1e-5, atol=1e-5)


def test_all_layers_are_an_axis_of_their_own(fresh_cache: Path, registry: Registry) -> None:
    assert run(asked(registry, Moments(), layer="all")).array.shape == (20, 2, 3)


def test_another_layer_is_read_from_the_same_array(fresh_cache: Path, registry: Registry) -> None:
    first, other = Moments(), Moments()
    run(asked(registry, first, layer=0))
    run(asked(registry, other, layer=1))
    assert first.batches
    assert not other.batches


def test_a_layer_that_is_not_there(fresh_cache: Path, registry: Registry) -> None:
    with pytest.raises(EmobenchError, match="no layer 7") as raised:
        run(asked(registry, Moments(), layer=7))
    assert raised.value.remedy == "it has 2: 0 to 1"


def test_the_array_is_a_memory_map(fresh_cache: Path, registry: Registry) -> None:
    assert isinstance(run(asked(registry, Moments())).array, np.memmap)


def test_samples_of_like_length_share_a_batch(fresh_cache: Path, registry: Registry) -> None:
    encoder = Moments()
    run(asked(registry, encoder, batch=4))
    (lengths,) = ([length for batch in encoder.batches for length in batch],)
    assert [len(batch) for batch in encoder.batches] == [4] * 5
    assert lengths == sorted(lengths)  # twenty samples are in one chunk


def test_sounds_of_one_length_alone_where_padding_would_be_heard(fresh_cache: Path, registry: Registry) -> None:
    encoder = Moments()
    encoder.one_length = True
    run(asked(registry, encoder, batch=4))
    assert all(len(set(batch)) == 1 for batch in encoder.batches)


def test_a_batch_of_long_sounds_is_smaller(fresh_cache: Path, registry: Registry) -> None:
    """The memory of attention grows with the square of the longest sound of a batch."""
    encoder = Moments()
    encoder.rate = 80  # the longest of these sounds takes, by its samples, more than 15 s of it
    encoder.prepare = lambda decoded: decoded.samples  # type: ignore[method-assign]
    run(asked(registry, encoder, batch=4))
    assert all(len(batch) * max(batch) ** 2 <= 4 * (15 * 80) ** 2 or len(batch) == 1 for batch in encoder.batches)
    assert sum(map(len, encoder.batches)) == 20


def test_a_sample_without_a_frame_is_dropped(fresh_cache: Path, registry: Registry) -> None:
    class Deaf(Moments):
        def load(self, device: str, precision: str, **parameters: Any) -> Encode:
            plain = super().load(device, precision)
            return lambda batch: [each[:, : len(sound) % 2] for sound, each in zip(batch, plain(batch), strict=True)]

    what = asked(registry, Deaf(), None)
    even = {row["sample_id"] for row in what.copy.rows(what.samples) if not _length(what, row) % 2}
    assert 0 < len(even) < len(what.samples)
    assert run(what).failures == dict.fromkeys(even, "the encoder makes no frame of it")


def _length(what: Encoded, row: dict[str, Any]) -> int:
    sound: Audio = read_sample(what.dataset, what.copy.location, row, "audio")
    return len(what.encoder.prepare(sound))


def test_a_sample_that_cannot_be_encoded_is_dropped_with_its_reason(fresh_cache: Path, registry: Registry) -> None:
    class Picky(Moments):
        def prepare(self, decoded: Any) -> Any:
            if len(decoded.samples) % 2:
                raise UnreadableError("an odd sound")
            return super().prepare(decoded)

    what = asked(registry, Picky(), None)
    dataset, rows = registry.datasets["ravdess"], what.copy.rows(what.samples)
    odd = {row["sample_id"] for row in rows if len(read_sample(dataset, what.copy.location, row, "audio").samples) % 2}
    assert 0 < len(odd) < len(rows)
    assert run(what).failures == dict.fromkeys(odd, "an odd sound")


class Dying(Moments):
    """Is killed, by an error that nothing catches, in the third chunk of eight batches."""

    def load(self, device: str, precision: str, **parameters: Any) -> Encode:
        """Return what encodes nineteen batches."""
        plain = super().load(device, precision)

        def encoded(batch: list[Any]) -> Any:
            if len(self.batches) == 19:
                raise KeyboardInterrupt
            return plain(batch)

        return encoded


def test_a_killed_extraction_goes_on_and_ends_with_the_same_bits(
    fresh_cache: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dying, going_on, whole = Dying(), Moments(), Moments()
    steps: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        run(asked(registry, dying, None, batch=1))
    what = asked(registry, going_on, None, batch=1)
    resumed = np.array(run(what, steps.append).array)
    assert steps[0] == 16  # two chunks of eight batches
    assert len(going_on.batches) == len(what.samples) - 16
    monkeypatch.setenv("EMOBENCH_CACHE", str(tmp_path / "other"))
    undisturbed = run(asked(registry, whole, None, batch=1)).array
    assert resumed.tobytes() == np.array(undisturbed).tobytes()


def test_a_cache_that_has_the_array_need_not_be_written(
    fresh_cache: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    what = asked(registry, Moments())
    first = np.array(run(what).array)

    def refused(self: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", "lock")

    monkeypatch.setattr("filelock.FileLock.acquire", refused)
    np.testing.assert_array_equal(run(what).array, first)
    with pytest.raises(EmobenchError, match="cannot write: Read-only file system"):
        run(asked(registry, Moments(), batch=3))


@pytest.mark.parametrize("kept", [0, 60, 200])
def test_a_damaged_array_is_made_again(
    fresh_cache: Path, registry: Registry, kept: int, capsys: pytest.CaptureFixture[str]
) -> None:
    what = asked(registry, Moments())
    first, path = np.array(run(what).array), encoded_folder(what) / "array.npy"
    path.write_bytes(path.read_bytes()[:kept])
    np.testing.assert_array_equal(run(what).array, first)
    assert "damaged and is made again" in capsys.readouterr().err


def test_a_full_disk_is_an_error_and_no_killed_process(
    fresh_cache: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place of the whole array is taken first: a write into a mapped file that has none kills the process."""

    def full(file: int, offset: int, length: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    what = asked(registry, Moments())
    with monkeypatch.context() as patch:
        patch.setattr("os.posix_fallocate", full)
        with pytest.raises(EmobenchError, match="No space left"):
            run(what)
    assert len(run(what).array) == 20


SLOW = """
import sys, time
from tests.integration.encoders.test_encoding import Moments, asked, run
from emobench.plugins import installed_plugins

class Slow(Moments):
    def load(self, device, precision, **parameters):
        plain = super().load(device, precision)
        def encoded(batch):
            time.sleep(0.2)
            print("batch", flush=True)
            return plain(batch)
        return encoded

print(run(asked(installed_plugins(), Slow(), batch=10)).array.sum())
"""


def test_processes_that_ask_at_once_encode_once(fresh_cache: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", SLOW]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(3)]
    said = [each.communicate(timeout=120)[0].split() for each in running]
    assert sum(words.count("batch") for words in said) == 2
    assert len({words[-1] for words in said}) == 1


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (lambda sound: np.zeros(3), "not as (layers, frames, d)"),
        (lambda sound: np.full((1, 1, 3), np.nan), "not finite"),
        (lambda sound: np.zeros((1, 1, len(sound) % 97 + 1)), "others as"),
    ],
)
def test_an_encoder_that_returns_something_else_is_named(
    fresh_cache: Path, registry: Registry, result: Callable[[Any], Any], said: str
) -> None:
    class Odd(Moments):
        def load(self, device: str, precision: str, **parameters: Any) -> Encode:
            return lambda batch: [result(sound) for sound in batch]

    with pytest.raises(EmobenchError) as raised:
        run(asked(registry, Odd(), batch=1))
    assert said in raised.value.what
    assert "hear:moments" in str(raised.value.where)


def test_layers_that_differ_within_a_batch_are_named(fresh_cache: Path, registry: Registry) -> None:
    class Uneven(Moments):
        def load(self, device: str, precision: str, **parameters: Any) -> Encode:
            return lambda batch: [np.zeros((1, 1, 1 + len(sound) % 2)) for sound in batch]

    with pytest.raises(EmobenchError, match="others as"):
        run(asked(registry, Uneven()))


def test_values_that_are_not_finite_name_the_sample(fresh_cache: Path, registry: Registry) -> None:
    class Infinite(Moments):
        def load(self, device: str, precision: str, **parameters: Any) -> Encode:
            return lambda batch: [np.full((1, 1, 3), np.inf) for _ in batch]

    what = asked(registry, Infinite(), 1)
    with pytest.raises(EmobenchError, match=re.escape(repr(what.samples["sample_id"].iloc[0]))):
        run(what)


def test_what_is_encoded_is_known_by_the_weights(fresh_cache: Path, registry: Registry, tmp_path: Path) -> None:
    class Weighted(Moments):
        def files(self) -> tuple[Path, ...]:
            return (tmp_path / "weights",)

    places = []
    for content in ("first", "other"):
        (tmp_path / "weights").write_text(content)
        places.append(encoded_folder(asked(registry, Weighted())))
        time.sleep(0.01)
    assert places[0] != places[1]


def test_precision_and_settings_tell_arrays_apart(fresh_cache: Path, registry: Registry) -> None:
    plain = asked(registry, Moments())
    others = [dataclasses.replace(plain, precision="bf16"), asked(registry, Moments(), pool="max")]
    assert len({encoded_folder(each) for each in (plain, *others)}) == 3


def test_the_state_on_the_disk_is_plain(fresh_cache: Path, registry: Registry) -> None:
    what = asked(registry, Moments())
    run(what)
    assert json.loads((encoded_folder(what) / "state.json").read_text()) == {"done": 20, "failures": {}}


# ---------------------------------------------------------------------------------------------- sequences


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
