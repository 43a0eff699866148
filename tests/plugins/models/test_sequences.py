"""Networks of sequences and hidden Markov models, each against a direct computation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from emobench_plugins.models import attention_pooling, fusion_in_time, hmm, recurrent, tcn
from emobench_plugins.models._fusion_networks import binned
from numpy.typing import NDArray
from torch.nn.functional import conv1d

from emobench.contracts import FitContext, Samples, Schedule, Stream, ragged
from emobench.devices import device
from emobench.errors import EmobenchError
from emobench.models.torch_loop import TorchModel

SHAPES = ((None, 5),)
BOTH = ((None, 1, 4, 4), (None, 5))
LENGTHS = (7, 1, 12, 4)


def sequences(features: int = 5) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(length, features, generator=generator) for length in LENGTHS]


def padded(some: list[torch.Tensor], beyond: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(map(len, some)) + beyond
    x = torch.stack([torch.nn.functional.pad(each, (0, 0, 0, longest - len(each))) for each in some])
    return x, torch.arange(longest) < torch.tensor([len(each) for each in some])[:, None]


def ready(module: Any) -> Any:
    """Give the input normalisation some statistics, and every weight a value that is not small."""
    with torch.no_grad():
        for name, value in module.named_buffers():
            if name.endswith(("running_mean", "running_var")):
                value.copy_(torch.rand_like(value) + 0.5)
        for value in module.parameters():
            value.copy_(torch.randn_like(value) * 0.4)
    return module.eval()


def normed(norm: Any, steps: torch.Tensor) -> torch.Tensor:
    scaled = (steps - norm.running_mean) / torch.sqrt(norm.running_var + norm.eps)
    return torch.as_tensor(scaled * norm.weight + norm.bias)


SINGLE: dict[str, Callable[..., Any]] = {
    "tcn": tcn.build,
    "gru": lambda **how: recurrent.build("GRU", **how),
    "lstm": lambda **how: recurrent.build("LSTM", **how),
    "bidirectional": lambda **how: recurrent.build("GRU", bidirectional=True, layers=2, **how),
    "attention-pooling": attention_pooling.build,
}


@pytest.mark.parametrize("name", SINGLE)
def test_padding_changes_nothing(name: str) -> None:
    torch.manual_seed(0)
    module = ready(SINGLE[name](classes=3, input_shapes=SHAPES))
    with torch.inference_mode():
        together = module(*padded(sequences(), beyond=9))
        for place, steps in enumerate(sequences()):
            torch.testing.assert_close(module(*padded([steps]))[0], together[place], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", SINGLE)
def test_noise_behind_the_end_changes_nothing(name: str) -> None:
    torch.manual_seed(0)
    module = ready(SINGLE[name](classes=3, input_shapes=SHAPES))
    x, mask = padded(sequences())
    with torch.inference_mode():
        torch.testing.assert_close(module(x + 5 * ~mask[..., None], mask), module(x, mask))


def test_a_tcn_is_its_convolutions() -> None:
    torch.manual_seed(0)
    module = ready(tcn.build(classes=3, input_shapes=SHAPES, channels=4, blocks=2))
    for steps in sequences():
        x = normed(module.steps.norm, steps).T[None]
        for number, block in enumerate(module.blocks):
            after = x
            for convolution in block.convolutions:
                dilation = 2**number
                after = conv1d(after, convolution.weight, convolution.bias, padding=dilation, dilation=dilation).relu()
            around = x if number else conv1d(x, block.shortcut.weight, block.shortcut.bias)
            x = (after + around).relu()
        expected = module.last(x.mean(dim=2))
        torch.testing.assert_close(module(*padded([steps])), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", ["GRU", "LSTM"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_recurrent_network_is_pytorchs_own(kind: str, bidirectional: bool) -> None:
    torch.manual_seed(0)
    module = ready(
        recurrent.build(kind, classes=3, input_shapes=SHAPES, hidden=6, layers=2, bidirectional=bidirectional)
    )
    own = getattr(torch.nn, kind)(5, 6, num_layers=2, batch_first=True, bidirectional=bidirectional)
    for direction, layers in (("", module.forwards), ("_reverse", module.backwards)):
        for number, layer in enumerate(layers):
            for name, value in layer.named_parameters():
                getattr(own, name.replace("_l0", f"_l{number}{direction}")).data.copy_(value)
    some = sequences()
    packed = torch.nn.utils.rnn.pack_sequence(
        [normed(module.steps.norm, steps) for steps in some], enforce_sorted=False
    )
    outputs, lengths = torch.nn.utils.rnn.pad_packed_sequence(own(packed)[0], batch_first=True)
    expected = module.last(outputs.sum(dim=1) / lengths[:, None])
    torch.testing.assert_close(module(*padded(some)), expected, atol=1e-5, rtol=1e-5)


def test_attention_is_a_weighted_mean() -> None:
    torch.manual_seed(0)
    module = ready(attention_pooling.build(classes=3, input_shapes=SHAPES))
    for steps, found in zip(sequences(), module(*padded(sequences())), strict=True):
        each = module.each(normed(module.steps.norm, steps))
        weights = module.score(each).softmax(dim=0)
        torch.testing.assert_close(found, module.last((weights * each).sum(dim=0)), atol=1e-5, rtol=1e-5)


def test_steps_are_normalised_by_those_that_there_are() -> None:
    module = tcn.build(classes=3, input_shapes=SHAPES)
    steps: Any = module.steps
    found = steps(*padded(sequences(), beyond=30))[padded(sequences(), beyond=30)[1]]
    torch.testing.assert_close(found.mean(dim=0), torch.zeros(5), atol=1e-5, rtol=0)
    torch.testing.assert_close(found.std(dim=0, correction=0), torch.ones(5), atol=1e-3, rtol=0)


def test_an_even_kernel_has_no_middle() -> None:
    with pytest.raises(EmobenchError, match="the kernel is 4"):
        tcn.build(classes=3, input_shapes=SHAPES, kernel=4)


# ------------------------------------------------------------------------------------------------- Markov models


def voices() -> tuple[list[NDArray[np.float64]], NDArray[np.int64]]:
    random = np.random.default_rng(0)
    labels = np.arange(24) % 2
    some = [
        random.normal(size=(length, 2)) + np.sin(np.arange(length) / (2 + 5 * label))[:, None]
        for length, label in zip(random.integers(20, 40, 24), labels, strict=True)
    ]
    return some, labels


def test_classes_are_told_by_the_likelihood_that_hmmlearn_gives() -> None:
    from hmmlearn.hmm import GaussianHMM

    some, labels = voices()
    labels[:4] = 1  # so that the classes are not equally frequent
    model = hmm.build(states=2, least_variance=0.65)
    model.random_state = 0
    found = model.fit(some, labels).predict_proba(some)
    everything = np.concatenate(some)
    mean, deviation = everything.mean(axis=0), everything.std(axis=0)
    scaled = [(steps - mean) / deviation for steps in some]
    scores = []
    for label in (0, 1):
        own = [steps for steps, of in zip(scaled, labels, strict=True) if of == label]
        fitted = GaussianHMM(2, "diag", n_iter=20, random_state=0).fit(np.concatenate(own), [*map(len, own)])
        variances = np.array([covariance.diagonal() for covariance in fitted.covars_])
        assert variances.min() < 0.65 < variances.max()
        fitted.covars_ = np.maximum(variances, 0.65)
        scores.append([fitted.score(steps) + np.log(len(own) / 24) for steps in scaled])
    apart = np.array(scores[1]) - np.array(scores[0])
    np.testing.assert_allclose(found[:, 1], 1 / (1 + np.exp(-apart)), atol=1e-9)


# ------------------------------------------------------------------------------------------------- order


def ordered(n: int = 160) -> tuple[list[NDArray[np.float32]], NDArray[np.int64]]:
    """Return sequences of the same steps; a class is the order in which the two halves come."""
    random = np.random.default_rng(0)
    labels = np.arange(n) % 2
    some = []
    for label in labels:
        first, second = (random.normal(mean, 0.5, (random.integers(8, 14), 3)) for mean in (1, -1))
        some.append(np.concatenate([first, second] if label else [second, first]).astype(np.float32))
    return some, labels


def accuracy(name: str, tmp_path: Path, shuffled: bool) -> float:
    some, labels = ordered()
    random = np.random.default_rng(1)
    some = [random.permutation(steps) for steps in some] if shuffled else some

    def part(places: range) -> Samples:
        stream = Stream(ragged([some[place] for place in places]), np.arange(len(places)))
        told = labels[places.start : places.stop]
        return Samples(tuple(map(str, places)), {"x": stream}, told, ("a", "b"))

    schedule = Schedule(epochs=15, batch_size=16, learning_rate=0.01)
    with device.reproducible(0):
        model = TorchModel(SINGLE[name](classes=2, input_shapes=((None, 3),)))
        model.fit(
            part(range(120)), None, FitContext(schedule, 0, "cpu", "fp32", tmp_path, lambda _: None, lambda _: None)
        )
    test = part(range(120, 160))
    return float((model.predict_proba(test).argmax(axis=1) == test.y).mean())


@pytest.mark.parametrize("name", ["tcn", "gru", "lstm"])
def test_order_matters(name: str, tmp_path: Path) -> None:
    assert accuracy(name, tmp_path, shuffled=False) > 0.9
    assert accuracy(name, tmp_path, shuffled=True) < 0.7


def test_the_states_of_a_markov_model_know_the_order() -> None:
    def right(some: list[NDArray[np.float32]], labels: NDArray[np.int64]) -> float:
        model = hmm.build(states=2)
        model.random_state = 0
        return float((model.fit(some[:120], labels[:120]).predict(some[120:]) == labels[120:]).mean())

    some, labels = ordered()
    random = np.random.default_rng(1)
    assert right(some, labels) > 0.9
    assert right([random.permutation(steps) for steps in some], labels) < 0.7


def test_attention_pooling_knows_no_order(tmp_path: Path) -> None:
    assert accuracy("attention-pooling", tmp_path, shuffled=False) < 0.7


# ------------------------------------------------------------------------------------------------- two streams

JOINT: dict[str, Callable[..., Any]] = {
    "aligned-gru": fusion_in_time.build_aligned,
    "cross-attention": fusion_in_time.build_attending,
}


def two(beyond: int = 0) -> tuple[torch.Tensor, ...]:
    frames, mask = padded([steps[: 1 + len(steps) // 3] for steps in sequences(16)], beyond)
    return frames.reshape(*mask.shape, 1, 4, 4), mask, *padded(sequences(), beyond)


@pytest.mark.parametrize("name", JOINT)
@pytest.mark.parametrize("missing", [None, 0, 1])
def test_padding_of_either_stream_changes_nothing(name: str, missing: int | None) -> None:
    torch.manual_seed(0)
    module = ready(JOINT[name](classes=3, input_shapes=BOTH))

    def inputs(*given: torch.Tensor) -> list[torch.Tensor]:
        taken = list(given)
        if missing is not None:
            taken[2 * missing + 1] = torch.zeros_like(taken[2 * missing + 1])
        return taken

    with torch.inference_mode():
        together = module(*inputs(*two(beyond=6)))
        assert together.isfinite().all()
        for place in range(len(LENGTHS)):
            frames, first, steps, second = (each[place : place + 1] for each in two())
            alone = frames[:, : first.sum()], first[first][None], steps[:, : second.sum()], second[second][None]
            torch.testing.assert_close(module(*inputs(*alone))[0], together[place], atol=1e-5, rtol=1e-5)


def test_a_finer_stream_is_the_mean_of_what_lies_in_the_time_of_a_coarser_step() -> None:
    random = np.random.default_rng(0)
    lengths, numbers = [1, 6, 7, 12, 3], [1, 3, 3, 5, 3]
    some = [torch.from_numpy(random.normal(size=(length, 2))) for length in lengths]
    found = binned(*padded(some), torch.tensor(numbers))
    for steps, number, row in zip(some, numbers, found, strict=True):
        for bin_ in range(number):
            middles = (np.arange(len(steps)) + 0.5) / len(steps)
            inside = (middles >= bin_ / number) & (middles < (bin_ + 1) / number)
            torch.testing.assert_close(row[bin_], steps[torch.from_numpy(inside)].mean(dim=0))
        assert not row[number:].any()


@pytest.mark.parametrize("name", JOINT)
def test_streams_are_dropped_in_training_alone_and_never_both(name: str) -> None:
    module = JOINT[name](classes=3, input_shapes=BOTH, drop_stream=0.5)
    given = [each.repeat(250, *[1] * (each.dim() - 1)) for each in two()]
    torch.manual_seed(0)
    _, (first, second) = module.train().streams(*given)
    lacking = [(~mask.any(dim=1)).float().mean() for mask in (first, second)]
    assert all(0.2 < share < 0.3 for share in lacking)
    assert (first.any(dim=1) | second.any(dim=1)).all()
    _, masks = module.eval().streams(*given)
    assert torch.equal(masks[0], given[1])
    assert torch.equal(masks[1], given[3])


@pytest.mark.parametrize("name", JOINT)
def test_one_stream_is_too_few(name: str) -> None:
    with pytest.raises(EmobenchError, match="two streams of sequences"):
        JOINT[name](classes=3, input_shapes=SHAPES)
