"""In which order samples come together, and how sequences are padded."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from emobench.contracts import Samples, Stream, ragged
from emobench.models.batches import lengths, number_of_steps, padded, prediction_batches, training_batches
from tests.conftest import given


def sequences(n: int, longest: int = 200) -> Samples:
    made = [np.ones((length, 1), np.float32) for length in np.random.default_rng(0).integers(1, longest, n)]
    return Samples(tuple(map(str, range(n))), {"x": Stream(ragged(made), np.arange(n))}, np.zeros(n, int), ("a",))


def drawn(samples: Samples, size: int, seed: int = 0) -> list[torch.Tensor]:
    return training_batches(samples, size, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("n", [1, 31, 33, 65, 1601])
def test_each_sequence_is_in_one_batch(n: int) -> None:
    made = drawn(sequences(n), 32)
    assert sorted(torch.cat(made).tolist()) == list(range(n))
    assert len(made) == number_of_steps(n, 32)


def test_sequences_of_a_batch_are_of_like_length() -> None:
    samples = sequences(4000)
    known = lengths(samples)
    assert known is not None
    spread = [np.ptp(known[batch.numpy()]) for batch in drawn(samples, 32)]
    assert np.median(spread) < 8  # of 200; in batches that are drawn at random it is some 190
    assert np.median([np.ptp(known[part]) for part in np.split(np.arange(4000), 125)]) > 150


def test_the_longest_come_at_no_set_time() -> None:
    samples = sequences(1600)
    known = lengths(samples)
    assert known is not None
    means = [float(known[batch.numpy()].mean()) for batch in drawn(samples, 32)]
    assert means != sorted(means)


def test_a_seed_draws_the_same_batches_and_the_next_epoch_others() -> None:
    samples, generator = sequences(300), torch.Generator().manual_seed(0)
    first, second = (training_batches(samples, 32, generator) for _ in range(2))
    assert torch.cat(first).tolist() == torch.cat(drawn(samples, 32)).tolist()
    assert torch.cat(first).tolist() != torch.cat(second).tolist()


def test_inputs_of_one_shape_come_as_they_are_drawn() -> None:
    samples = given(np.zeros((70, 2)), labels=[0] * 70)
    order = torch.randperm(70, generator=torch.Generator().manual_seed(0))
    assert torch.cat(drawn(samples, 32)).tolist() == order.tolist()


def test_what_is_predicted_is_sorted_by_length_and_complete() -> None:
    samples = sequences(100)
    order = np.concatenate(prediction_batches(samples))
    known = lengths(samples)
    assert known is not None
    assert sorted(order) == list(range(100))
    assert (np.diff(known[order]) >= 0).all()


def test_shorter_sequences_are_padded_with_zeros() -> None:
    array, there = padded([np.array([[1.0], [2.0]]), np.array([[3.0]])])
    assert array.tolist() == [[[1.0], [2.0]], [[3.0], [0.0]]]
    assert there.tolist() == [[True, True], [True, False]]


def test_no_sequence_with_a_step_is_one_of_padding() -> None:
    array, there = padded([np.zeros((0, 2)), np.zeros((0, 2))])
    assert (array.shape, there.tolist()) == ((2, 1, 2), [[False], [False]])


def test_lengths_of_several_streams_add_up() -> None:
    streams = {name: Stream(ragged([np.zeros((n, 1))] * 2), np.arange(2)) for name, n in (("a", 3), ("b", 4))}
    streams["c"] = Stream(np.zeros((2, 5)), np.arange(2))
    found = lengths(Samples(("0", "1"), streams, None, ("a",)))
    assert found is not None
    assert found.tolist() == [7, 7]
