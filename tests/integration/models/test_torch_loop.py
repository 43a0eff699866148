"""The training loop that torch models share, against loops written here, and its resumption."""

from __future__ import annotations

import errno
import itertools
import math
import os
import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.utils.class_weight import compute_class_weight
from torch import nn
from torch.nn import functional

from emobench.contracts.model import Epoch, FitContext, Samples, Schedule
from emobench.contracts.recipe import Augmentation, Judge, Recipe
from emobench.contracts.target import Kind
from emobench.devices import device
from emobench.errors import EmobenchError
from emobench.models import torch_loop
from emobench.models.batches import batches, number_of_steps
from emobench.models.objective import ValuesModule
from emobench.models.torch_loop import CHECKPOINT, TorchModel
from tests.conftest import given

pytestmark = pytest.mark.usefixtures("one_thread")

RECIPE = Recipe()
N, WIDTH, K = 41, 8, 3  # 41 in batches of 8: the last one alone joins the one before


def data(seed: int = 0, n: int = N) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, WIDTH)).astype(np.float32)
    return x, x[:, :K].argmax(axis=1).astype(np.int64)


def train_part(seed: int = 0) -> Samples:
    x, y = data(seed)
    return given(x, labels=y)


class Noisy(nn.Module):
    """Draws from all three generators while it trains, and keeps running statistics."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm = nn.Linear(WIDTH, 16), nn.BatchNorm1d(16)
        self.drop, self.last = nn.Dropout(0.5), nn.Linear(16, K)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits."""
        x = self.drop(torch.relu(self.norm(self.first(x))))
        if self.training:
            x = x + 0.01 * random.random() + 0.01 * float(np.random.random())
        logits: torch.Tensor = self.last(x)
        return logits


class Stop(Exception):  # noqa: N818 - stands for a kill
    """Ends a run."""


@pytest.fixture(autouse=True)
def _every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a checkpoint after every epoch, however short."""
    monkeypatch.setattr(torch_loop, "CHECKPOINT_SECONDS", 0)


def context(
    work: Path,
    *,
    seed: int = 3,
    precision: str = "fp32",
    epoch: Callable[[Epoch], None] = lambda _: None,
    step: Callable[[int], None] = lambda _: None,
    recipe: Recipe = RECIPE,
    selected: Callable[[int, float], None] = lambda _epoch, _value: None,
    **schedule: Any,
) -> FitContext:
    options: dict[str, Any] = {"epochs": 5, "batch_size": 8, "learning_rate": 0.01} | schedule
    judge = accuracy_on(train_part(1)) if recipe.selects else None
    return FitContext(Schedule(**options), seed, "cpu", precision, work, step, epoch, recipe, judge, selected)


def accuracy_on(part: Samples) -> Judge:
    def value(probabilities: NDArray[Any]) -> float:
        return float((probabilities.argmax(axis=1) == part.y).mean())

    return Judge("balanced_accuracy", True, value)


def run(
    make: Callable[[], nn.Module], part: Samples, told: FitContext, validation: Samples | None = None
) -> TorchModel:
    """Build and fit as the runner does."""
    with device.reproducible(told.seed):
        model = TorchModel(make())
        model.fit(part, validation, told)
    return model


def weights(model: TorchModel) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in model.module.state_dict().items()}


def assert_same(first: TorchModel, second: TorchModel) -> None:
    for name, value in weights(first).items():
        assert torch.equal(value, second.module.state_dict()[name]), name
    new = given(data(9)[0])
    np.testing.assert_array_equal(first.predict_proba(new), second.predict_proba(new))


def stop_after(number: int) -> Callable[[Epoch], None]:
    def epoch(one: Epoch) -> None:
        if one.number == number:
            raise Stop

    return epoch


# ------------------------------------------------------------------------------------------------ resumption


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("stops", [(1,), (3,), (5,), (1, 2, 4)])
def test_resumed_run_ends_bit_for_bit_where_an_undisturbed_one_does(
    tmp_path: Path, optimizer: str, stops: tuple[int, ...]
) -> None:
    options: dict[str, Any] = {"optimizer": optimizer, "weight_decay": 0.01}
    (tmp_path / "undisturbed").mkdir()
    undisturbed = run(Noisy, train_part(), context(tmp_path / "undisturbed", **options))
    for number in stops:
        with pytest.raises(Stop):
            run(Noisy, train_part(), context(tmp_path, epoch=stop_after(number), **options))
    epochs: list[Epoch] = []
    resumed = run(Noisy, train_part(), context(tmp_path, epoch=epochs.append, **options))
    assert_same(undisturbed, resumed)
    assert [epoch.number for epoch in epochs] == [1, 2, 3, 4, 5]


ALL = Recipe(
    keep="best",
    patience=3,
    warm_up=1.5,
    decay="cosine",
    class_weights="balanced",
    augment=(Augmentation("noise", {"least_snr": 10.0, "most_snr": 20.0}),),
    accumulate=2,
)


def sounds(seed: int = 0) -> Samples:
    x, y = data(seed)
    return given(np.tile(x, (1, 125)), labels=y)


class OfSounds(Noisy):
    """The same, on waveforms."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits."""
        return super().forward(x[:, :WIDTH])


@pytest.mark.parametrize("stops", [(1,), (3,), (4,), (1, 2, 4)])
def test_resumed_selection_ends_bit_for_bit_where_an_undisturbed_one_does(
    tmp_path: Path, stops: tuple[int, ...]
) -> None:
    def fitted(
        folder: Path, stop: Callable[[Epoch], None] = lambda _: None
    ) -> tuple[TorchModel, list[Any], list[Epoch]]:
        folder.mkdir(exist_ok=True)
        chosen: list[Any] = []
        epochs: list[Epoch] = []

        def epoch(one: Epoch) -> None:
            epochs.append(replace(one, seconds=0))
            stop(one)

        told = context(folder, epochs=8, recipe=ALL, epoch=epoch, selected=lambda *told: chosen.append(told))
        return run(OfSounds, sounds(), told, sounds(1)), chosen, epochs

    undisturbed = fitted(tmp_path / "a")
    for number in stops:
        with pytest.raises(Stop):
            fitted(tmp_path / "b", stop_after(number))
    resumed = fitted(tmp_path / "b")
    for name, value in weights(undisturbed[0]).items():
        assert torch.equal(value, resumed[0].module.state_dict()[name]), name
    assert undisturbed[1:] == resumed[1:]


def test_resumed_run_starts_from_the_checkpoint_and_not_from_its_beginning(tmp_path: Path) -> None:
    with pytest.raises(Stop):
        run(Noisy, train_part(), context(tmp_path, epoch=stop_after(3)))
    steps: list[int] = []
    run(Noisy, train_part(), context(tmp_path, step=steps.append))
    assert sum(steps) == 2 * N


def test_run_stopped_within_an_epoch_trains_that_epoch_again(tmp_path: Path) -> None:
    (tmp_path / "undisturbed").mkdir()
    undisturbed = run(Noisy, train_part(), context(tmp_path / "undisturbed"))
    done = 0

    def step(samples: int) -> None:
        nonlocal done
        done += samples
        if done > 2.5 * N:
            raise Stop

    with pytest.raises(Stop):
        run(Noisy, train_part(), context(tmp_path, step=step))
    assert_same(undisturbed, run(Noisy, train_part(), context(tmp_path)))


def test_resumed_run_gives_the_same_history(tmp_path: Path) -> None:
    def history(stop: bool, folder: Path) -> list[Epoch]:
        folder.mkdir()
        validation = train_part(1)
        if stop:
            with pytest.raises(Stop):
                run(Noisy, train_part(), context(folder, epoch=stop_after(2)), validation)
        epochs: list[Epoch] = []
        run(Noisy, train_part(), context(folder, epoch=epochs.append), validation)
        return [replace(epoch, seconds=0) for epoch in epochs]

    assert history(True, tmp_path / "a") == history(False, tmp_path / "b")


def test_interrupted_run_is_not_what_another_seed_gives(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one, other = (
        run(Noisy, train_part(), context(tmp_path)),
        run(Noisy, train_part(), context(tmp_path / "other", seed=4)),
    )
    assert not torch.equal(one.module.state_dict()["last.weight"], other.module.state_dict()["last.weight"])


@pytest.mark.parametrize("damage", [lambda content: content[:1000], lambda _: b"", lambda _: b"not a checkpoint"])
def test_unreadable_checkpoint_starts_again_and_says_so(
    tmp_path: Path, damage: Callable[[bytes], bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "undisturbed").mkdir()
    undisturbed = run(Noisy, train_part(), context(tmp_path / "undisturbed"))
    with pytest.raises(Stop):
        run(Noisy, train_part(), context(tmp_path, epoch=stop_after(2)))
    checkpoint = tmp_path / CHECKPOINT
    checkpoint.write_bytes(damage(checkpoint.read_bytes()))
    again = run(Noisy, train_part(), context(tmp_path))
    error = capsys.readouterr().err
    assert error.startswith(f"emobench: {checkpoint} cannot be read (")
    assert error.endswith("); training starts again\n")
    assert error.count("\n") == 1
    assert_same(undisturbed, again)


def test_checkpoint_of_another_device_starts_again_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Stop):
        run(Noisy, train_part(), context(tmp_path, epoch=stop_after(2)))
    checkpoint = tmp_path / CHECKPOINT
    state = torch.load(checkpoint, weights_only=True)
    torch.save(state | {"device": "cuda"}, checkpoint)
    steps: list[int] = []
    run(Noisy, train_part(), context(tmp_path, step=steps.append))
    assert sum(steps) == 5 * N
    assert capsys.readouterr().err == f"emobench: {checkpoint} was made on cuda; training starts again on cpu\n"


def test_resumed_training_takes_as_many_threads_as_it_began_with(tmp_path: Path) -> None:
    with pytest.raises(Stop):
        run(Noisy, train_part(), context(tmp_path, epoch=stop_after(2)))
    torch.set_num_threads(2)
    threads: list[int] = []
    run(Noisy, train_part(), context(tmp_path, step=lambda _: threads.append(torch.get_num_threads())))
    assert set(threads) == {1}
    assert torch.get_num_threads() == 2


def test_checkpoint_is_written_once_training_takes_a_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_loop, "CHECKPOINT_SECONDS", 60)
    now, there = 0.0, []
    monkeypatch.setattr(time, "monotonic", lambda: now)

    def epoch(each: Epoch) -> None:
        nonlocal now
        now += 25
        there.append((tmp_path / CHECKPOINT).is_file())

    run(Noisy, train_part(), context(tmp_path, epoch=epoch))
    assert there == [False, False, False, True, True]  # 75 s are over when the fourth ends


def test_checkpoint_is_the_only_file_in_the_work_folder(tmp_path: Path) -> None:
    run(Noisy, train_part(), context(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT]


def test_full_disk_is_one_line_and_keeps_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(Stop):
        run(Noisy, train_part(), context(tmp_path, epoch=stop_after(2)))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(EmobenchError, match=r"checkpoint\.pt: cannot write: No space left on device; free space"):
            run(Noisy, train_part(), context(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT]
    steps: list[int] = []
    run(Noisy, train_part(), context(tmp_path, step=steps.append))
    assert sum(steps) == 3 * N


def test_disk_that_fills_up_while_a_checkpoint_is_written_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        room = 1000

        def write(self, content: Any) -> int:
            self.room -= len(content)
            if self.room < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return len(content)

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(Path, "open", lambda self, mode="r": Full())
    with pytest.raises(EmobenchError, match=r"checkpoint\.pt: cannot write: No space left on device; free space"):
        run(Noisy, train_part(), context(tmp_path))


# ------------------------------------------------------------------------------------------- what is computed


def plain_net() -> nn.Module:
    return nn.Sequential(nn.Linear(WIDTH, 16), nn.ReLU(), nn.Linear(16, K))


def plain_loop(
    seed: int,
    epochs: int,
    make_optimizer: Callable[[Any], torch.optim.Optimizer],
    make: Callable[[], nn.Module] = plain_net,
) -> nn.Module:
    """Train as a tutorial would."""
    torch.manual_seed(seed)
    module = make()
    optimizer = make_optimizer(module.parameters())
    x, y = map(torch.from_numpy, data())
    order = torch.Generator().manual_seed(seed)
    module.train()
    for _ in range(epochs):
        parts = list(torch.split(torch.randperm(N, generator=order), 8))
        assert len(parts[-1]) == 1
        parts = [*parts[:-2], torch.cat([parts[-2], parts[-1]])]
        for part in parts:
            optimizer.zero_grad()
            torch.autograd.backward(functional.cross_entropy(module(x[part]), y[part]))
            optimizer.step()
    return module


OPTIMIZERS: list[tuple[Literal["adam", "adamw", "sgd"], Callable[..., torch.optim.Optimizer]]] = [
    ("adam", torch.optim.Adam),
    ("adamw", torch.optim.AdamW),
    ("sgd", lambda parameters, **options: torch.optim.SGD(parameters, momentum=0.9, **options)),
]


@pytest.mark.parametrize(("name", "optimizer"), OPTIMIZERS)
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_training_is_a_plain_pytorch_loop(
    tmp_path: Path, name: str, optimizer: Callable[..., torch.optim.Optimizer], decay: float
) -> None:
    trained = run(plain_net, train_part(), context(tmp_path, epochs=2, optimizer=name, weight_decay=decay))
    exact = plain_loop(3, 2, lambda p: optimizer(p, lr=0.01, weight_decay=decay, fused=True))
    close = plain_loop(3, 2, lambda p: optimizer(p, lr=0.01, weight_decay=decay, fused=False))
    for value, same, near in zip(
        weights(trained).values(), exact.state_dict().values(), close.state_dict().values(), strict=True
    ):
        torch.testing.assert_close(value, same, rtol=0, atol=0)
        torch.testing.assert_close(value, near, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("recipe", [Recipe(), Recipe(class_weights="balanced"), Recipe(warm_up=1.5, decay="linear")])
@pytest.mark.parametrize("kind", ["class", "distribution", "values"])
def test_accumulated_batches_are_one_large_batch(tmp_path: Path, kind: Kind, recipe: Recipe) -> None:
    """41 samples are batches of 8, 8, 8, 8 and 9: two at a time they are those of batches of 16, and 9 that are left."""
    x, y = data()
    y[:30] = 0
    shares = np.eye(K)[y] * 0.8 + 0.2 / K
    told: dict[str, NDArray[Any]] = {"class": y, "distribution": shares, "values": x[:, :K]}
    part = replace(given(x), labels=told[kind], kind=kind)

    def make() -> nn.Module:
        return ValuesModule(plain_net(), K) if kind == "values" else plain_net()

    options: dict[str, Any] = {"epochs": 3, "optimizer": "sgd", "learning_rate": 0.1}
    recipe = replace(recipe, class_weights="" if kind == "values" else recipe.class_weights)
    small = run(make, part, context(tmp_path, batch_size=8, recipe=replace(recipe, accumulate=2), **options))
    (tmp_path / "large").mkdir()
    large = run(make, part, context(tmp_path / "large", batch_size=16, recipe=recipe, **options))
    for name, value in weights(small).items():
        torch.testing.assert_close(value, large.module.state_dict()[name], rtol=1e-4, atol=1e-6, msg=name)


def test_adams_weight_decay_is_l2_in_the_gradient(tmp_path: Path) -> None:
    """One step of Adam moves every weight by the learning rate against the sign of gradient plus decay times weight."""

    def make() -> nn.Linear:
        return nn.Linear(WIDTH, K, bias=False)

    torch.manual_seed(3)
    module = make()
    before = module.weight.detach().clone()
    x, y = map(torch.from_numpy, data())
    torch.autograd.backward(functional.cross_entropy(module(x), y))
    assert module.weight.grad is not None
    gradient = module.weight.grad + 0.5 * before
    one_step = context(tmp_path, epochs=1, batch_size=N, weight_decay=0.5)
    trained = run(make, train_part(), one_step).module.state_dict()["weight"]
    torch.testing.assert_close(trained, before - 0.01 * gradient.sign(), rtol=0, atol=1e-5)
    assert (gradient.sign() != module.weight.grad.sign()).any()


def test_loss_and_accuracy_are_means_over_the_samples_as_they_were_trained(tmp_path: Path) -> None:
    epochs: list[Epoch] = []
    run(plain_net, train_part(), context(tmp_path, epochs=1, learning_rate=1e-12, epoch=epochs.append))
    torch.manual_seed(3)
    with torch.no_grad():
        logits = plain_net()(torch.from_numpy(data()[0]))
    target = torch.from_numpy(data()[1])
    assert epochs[0].loss == pytest.approx(float(functional.cross_entropy(logits, target)), rel=1e-5)
    assert epochs[0].accuracy == pytest.approx(float((logits.argmax(1) == target).float().mean()), rel=1e-6)
    assert epochs[0].of == 1
    assert epochs[0].validation == {}
    assert epochs[0].seconds > 0


def test_validation_is_scored_without_dropout_after_the_epoch(tmp_path: Path) -> None:
    epochs: list[Epoch] = []
    model = run(Noisy, train_part(), context(tmp_path, epochs=2, epoch=epochs.append), train_part(1))
    x, y = data(1)
    model.module.eval()
    with torch.no_grad():
        logits = model.module(torch.from_numpy(x))
    loss = float(functional.cross_entropy(logits, torch.from_numpy(y)))
    assert epochs[-1].validation["loss"] == pytest.approx(loss, rel=1e-6)
    assert epochs[-1].validation["accuracy"] == pytest.approx((logits.numpy().argmax(axis=1) == y).mean())


def test_validation_changes_nothing_in_training(tmp_path: Path) -> None:
    (tmp_path / "with").mkdir()
    without = run(Noisy, train_part(), context(tmp_path))
    assert_same(without, run(Noisy, train_part(), context(tmp_path / "with"), train_part(1)))


# ------------------------------------------------------------------------------------- selection on validation


def by_epoch(
    folder: Path, recipe: Recipe, values: list[float], epochs: int = 6
) -> tuple[list[int], list[Any], list[float]]:
    """Fit with a judge that says these values; return epochs, what was selected, and the bias after each epoch."""
    said, numbers, chosen = iter(values), [], []
    told = context(folder, epochs=epochs, recipe=recipe, epoch=lambda one: numbers.append(one.number))
    judge = Judge("said", True, lambda _: next(said))
    model = run(
        plain_net, train_part(), replace(told, judge=judge, selected=lambda *one: chosen.append(one)), train_part(1)
    )
    return numbers, chosen, weights(model)[next(iter(weights(model)))].flatten().tolist()


def test_best_epoch_on_validation_is_kept_the_first_of_equals(tmp_path: Path) -> None:
    epochs, chosen, kept = by_epoch(tmp_path, Recipe(keep="best"), [0.1, 0.5, 0.5, 0.2, 0.4, 0.3])
    assert (epochs, chosen) == ([1, 2, 3, 4, 5, 6], [(2, 0.5)])
    (tmp_path / "two").mkdir()
    two = run(plain_net, train_part(), context(tmp_path / "two", epochs=2))
    assert kept == weights(two)[next(iter(weights(two)))].flatten().tolist()


def test_training_ends_when_validation_was_no_better_for_a_while(tmp_path: Path) -> None:
    epochs, chosen, _ = by_epoch(tmp_path, Recipe(patience=2), [0.1, 0.5, 0.5, 0.2])
    assert (epochs, chosen) == ([1, 2, 3, 4], [(4, 0.2)])


def test_less_can_be_better(tmp_path: Path) -> None:
    said = iter([0.3, 0.2, 0.4])
    chosen: list[Any] = []
    told = context(tmp_path, epochs=3, recipe=Recipe(keep="best"), selected=lambda *one: chosen.append(one))
    judge = Judge("log_loss", False, lambda _: next(said))
    run(plain_net, train_part(), replace(told, judge=judge), train_part(1))
    assert chosen == [(2, 0.2)]


@pytest.mark.parametrize("decay", ["", "linear", "cosine"])
def test_learning_rates_are_those_of_pytorchs_schedulers(
    tmp_path: Path, decay: Literal["", "linear", "cosine"]
) -> None:
    steps, epochs = 5, 4
    ours = torch_loop.LearningRate(Schedule(epochs=epochs, learning_rate=0.1), Recipe(warm_up=2, decay=decay), steps)
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = torch.optim.lr_scheduler
    rest = steps * epochs - 10
    falls: dict[str, Any] = {
        "": lambda: scheduler.ConstantLR(optimizer, factor=1.0, total_iters=1),
        "linear": lambda: scheduler.LinearLR(optimizer, start_factor=1.0, end_factor=0.0, total_iters=rest),
        "cosine": lambda: scheduler.CosineAnnealingLR(optimizer, T_max=rest),
    }
    rise = scheduler.LinearLR(optimizer, start_factor=0.1, end_factor=1.0, total_iters=9)
    theirs = scheduler.SequentialLR(optimizer, [rise, falls[decay]()], milestones=[10])
    expected = []
    for _ in range(steps * epochs):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        theirs.step()
    assert [ours.at(step) for step in range(steps * epochs)] == pytest.approx(expected)


def test_class_weights_are_those_of_scikit_learn_in_a_plain_loop(tmp_path: Path) -> None:
    x, y = data()
    y[:30] = 0
    trained = run(
        plain_net,
        given(x, labels=y),
        context(tmp_path, epochs=1, batch_size=N, recipe=Recipe(class_weights="balanced")),
    )
    torch.manual_seed(3)
    module = plain_net()
    weight = torch.tensor(compute_class_weight("balanced", classes=np.arange(K), y=y), dtype=torch.float32)
    optimizer = torch.optim.Adam(module.parameters(), lr=0.01)
    order = torch.randperm(N, generator=torch.Generator().manual_seed(3))
    inputs, labels = torch.from_numpy(x)[order], torch.from_numpy(y)[order]
    torch.autograd.backward(functional.cross_entropy(module(inputs), labels, weight=weight))
    optimizer.step()
    for value, same in zip(weights(trained).values(), module.state_dict().values(), strict=True):
        torch.testing.assert_close(value, same)


def test_what_is_predicted_is_not_augmented(tmp_path: Path) -> None:
    model = run(OfSounds, sounds(), context(tmp_path, epochs=1, recipe=replace(ALL, keep="last", patience=0)))
    new = sounds(2)
    np.testing.assert_array_equal(model.predict_proba(new), model.predict_proba(new))


def test_predictions_are_the_softmax_of_the_logits_and_do_not_depend_on_the_batch(tmp_path: Path) -> None:
    model = run(Noisy, train_part(), context(tmp_path))
    x = data(5, n=600)[0]
    probabilities = model.predict_proba(given(x))
    with torch.no_grad():
        logits = model.module.eval()(torch.from_numpy(x)).double().numpy()
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(probabilities, exponentials / exponentials.sum(axis=1, keepdims=True), atol=1e-6)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(model.predict_proba(given(x[:7])), probabilities[:7], atol=1e-6)


def test_saved_model_predicts_the_same_when_it_is_loaded(tmp_path: Path) -> None:
    model = run(Noisy, train_part(), context(tmp_path))
    (tmp_path / "model").mkdir()
    model.save(tmp_path / "model")
    again = TorchModel(Noisy())
    again.load(tmp_path / "model")
    assert_same(model, again)


def test_parameters_are_counted_without_what_is_frozen() -> None:
    module = Noisy()
    by_hand = (WIDTH * 16 + 16) + 2 * 16 + (16 * K + K)
    assert TorchModel(module).parameter_count() == by_hand
    module.last.requires_grad_(False)
    assert TorchModel(module).parameter_count() == by_hand - (16 * K + K)


def test_multiply_adds_are_those_of_one_sample_counted_manually() -> None:
    class Convolved(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Conv2d(3, 8, 3, stride=2, padding=1)
            self.last = nn.Linear(8 * 12 * 12, K)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.last(self.first(x).relu().flatten(1))  # type: ignore[no-any-return]

    pictures = np.zeros((5, 3, 24, 24), dtype=np.float32)
    samples = given(pictures)
    by_hand = 12 * 12 * 8 * 3 * 9 + 8 * 12 * 12 * K
    assert TorchModel(Convolved()).multiply_adds(samples) == by_hand


def test_bf16_trains_and_its_weights_stay_fp32(tmp_path: Path) -> None:
    epochs: list[Epoch] = []
    (tmp_path / "fp32").mkdir()
    model = run(Noisy, train_part(), context(tmp_path, precision="bf16", epochs=20, epoch=epochs.append))
    assert epochs[-1].loss < epochs[0].loss
    assert {value.dtype for value in model.module.parameters()} == {torch.float32}
    probabilities = model.predict_proba(given(data(1)[0]))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    full = run(Noisy, train_part(), context(tmp_path / "fp32", epochs=20))
    assert not torch.equal(model.module.state_dict()["last.weight"], full.module.state_dict()["last.weight"])


@pytest.mark.parametrize("kind", ["training", "validation"])
def test_diverging_training_is_an_error_that_says_what_to_do(tmp_path: Path, kind: str) -> None:
    x, y = data()
    broken = given(np.where(x > 0, np.float32(np.inf), x), labels=y)
    train, validation = (broken, None) if kind == "training" else (train_part(), broken)
    with pytest.raises(EmobenchError, match=r"diverged: .* (nan|inf); lower the learning rate"):
        run(plain_net, train, context(tmp_path), validation)
    assert not list(tmp_path.iterdir())  # a checkpoint of it would be of no use


def test_learning_rate_out_of_all_bounds_diverges(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match="training diverged"):
        run(plain_net, train_part(), context(tmp_path, optimizer="sgd", learning_rate=1e30))


# -------------------------------------------------------------------------------------------------- batches


@pytest.mark.parametrize(
    ("n", "size", "expected"),
    [(6, 3, [3, 3]), (7, 3, [3, 4]), (8, 3, [3, 3, 2]), (1, 3, [1]), (2, 3, [2]), (4, 3, [4]), (3, 1, [1, 2])],
)
def test_last_batch_of_one_joins_the_one_before(n: int, size: int, expected: list[int]) -> None:
    order = torch.randperm(n)
    parts = list(batches(order, size))
    assert [len(part) for part in parts] == expected
    assert torch.equal(torch.cat(parts), order)


def test_number_of_steps_is_that_of_the_groups_of_batches() -> None:
    for n, size, accumulate in itertools.product(range(1, 40), (1, 2, 3, 8, 32), (1, 2, 3)):
        made = list(batches(torch.arange(n), size))
        groups = [made[first : first + accumulate] for first in range(0, len(made), accumulate)]
        assert number_of_steps(n, size, accumulate) == len(groups), (n, size, accumulate)


def test_every_sample_is_trained_on_once_an_epoch_in_another_order(tmp_path: Path) -> None:
    seen: list[NDArray[Any]] = []

    class Watching(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.last = nn.Linear(1, K)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            seen.append(x.numpy().copy())
            logits: torch.Tensor = self.last(x)
            return logits

    numbers = np.arange(N, dtype=np.float32).reshape(N, 1)
    run(Watching, given(numbers, labels=data()[1]), context(tmp_path, epochs=2))
    orders = [np.concatenate(seen[half * 5 : half * 5 + 5]).ravel() for half in (0, 1)]
    for order in orders:
        np.testing.assert_array_equal(np.sort(order), np.arange(N))
    assert (orders[0] != orders[1]).any()
    assert (orders[0] != np.arange(N)).any()


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64, np.int16])
def test_inputs_reach_the_module_as_float32_and_bytes_between_0_and_1(tmp_path: Path, dtype: Any) -> None:
    seen: list[torch.Tensor] = []

    class Watching(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.last = nn.Linear(4, K)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            seen.append(x)
            logits: torch.Tensor = self.last(x.flatten(1))
            return logits

    images = np.asarray([[[[0, 1], [128, 255]]]] * 4).astype(dtype)
    part = given(images, labels=[0, 1, 2, 0])
    run(Watching, part, context(tmp_path, epochs=1))
    assert seen[0].dtype == torch.float32
    expected = np.asarray([0, 1, 128, 255], dtype=np.float32) / (255 if dtype == np.uint8 else 1)
    np.testing.assert_array_equal(seen[0][0].flatten().numpy(), expected)
    np.testing.assert_array_equal(images[0].ravel(), np.asarray([0, 1, 128, 255]).astype(dtype))


def test_two_streams_reach_the_module_in_order(tmp_path: Path) -> None:
    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.last = nn.Linear(5, K)

        def forward(self, faces: torch.Tensor, voices: torch.Tensor) -> torch.Tensor:
            assert faces.shape[1:] == (2,)
            assert voices.shape[1:] == (3,)
            assert torch.equal(faces[:, 0], voices[:, 0])
            logits: torch.Tensor = self.last(torch.cat([faces, voices], dim=1))
            return logits

    numbers = np.arange(N, dtype=np.float32)[:, None]
    part = given(numbers.repeat(2, axis=1), numbers.repeat(3, axis=1), labels=data()[1])
    model = run(Two, part, context(tmp_path, epochs=1, learning_rate=1e-4))
    probabilities = model.predict_proba(part)
    assert math.isclose(float(probabilities[0].sum()), 1, abs_tol=1e-5)


class Penalised(nn.Linear):
    """A linear layer that adds something to its loss."""

    def penalty(self) -> torch.Tensor:
        """Return 0.05 times the sum of the squared weights."""
        return 0.05 * self.weight.square().sum()


def test_penalty_of_a_module_is_trained_on_and_not_reported(tmp_path: Path) -> None:
    part = train_part()
    ends, losses = [], []
    for kind in (nn.Linear, Penalised):
        history: list[Epoch] = []
        folder = tmp_path / kind.__name__
        folder.mkdir()
        schedule = context(folder, epoch=history.append, epochs=1, batch_size=len(part), optimizer="sgd")
        torch.manual_seed(0)
        module = kind(part.x().shape[1], len(part.classes))
        begin = module.weight.detach().clone()
        model = run(lambda module=module: module, part, schedule)  # type: ignore[misc]
        ends.append(model.module.get_parameter("weight").detach())
        losses.append(history[0].loss)
    assert losses[0] == losses[1]
    # One step of gradient descent: the gradient of the penalty is 0.1 times the weight.
    torch.testing.assert_close(ends[1], ends[0] - 0.01 * 0.1 * begin)
