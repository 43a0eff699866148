"""Torch models of sequences: predicted in the order of the samples, whatever the batches; resumed bit for bit."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from emobench.contracts import Epoch, FitContext, Recipe, Samples, Schedule, Stream, ragged
from emobench.devices import device
from emobench.models.augmentation import complete_augmentation
from emobench.models.torch_loop import TorchModel

N = 90


class MeanNet(nn.Module):
    """A layer on each step, the mean over the steps that there are, and a layer on that."""

    def __init__(self) -> None:
        super().__init__()
        self.each, self.last = nn.Linear(2, 8), nn.Linear(8, 2)
        self.seen: list[torch.Tensor] = []

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> Any:
        """Return logits."""
        if self.training:
            self.seen.append(x)
        there = mask[..., None].float()
        return self.last((self.each(x).relu() * there).sum(dim=1) / there.sum(dim=1))


def sequences() -> list[NDArray[np.float32]]:
    random = np.random.default_rng(0)
    return [
        (random.normal(size=(length, 2)) + number % 2).astype(np.float32)
        for number, length in enumerate(random.integers(1, 50, N))
    ]


def samples() -> Samples:
    stream = Stream(ragged(sequences()), np.arange(N))
    return Samples(tuple(map(str, range(N))), {"steps": stream}, np.arange(N) % 2, ("a", "b"))


def context(work: Path, epochs: int = 3, **of: Any) -> FitContext:
    work.mkdir(exist_ok=True)
    schedule = Schedule(epochs=epochs, batch_size=8, learning_rate=0.01)
    return FitContext(schedule, 0, "cpu", "fp32", work, lambda _: None, **{"epoch": lambda _: None, **of})


def fitted(work: Path, **of: Any) -> TorchModel:
    with device.reproducible(0):
        model = TorchModel(MeanNet())
        model.fit(samples(), None, context(work, **of))
    return model


def test_predictions_are_in_the_order_of_the_samples(tmp_path: Path) -> None:
    model = fitted(tmp_path)
    with torch.inference_mode():
        alone = [
            model.module(torch.from_numpy(steps)[None], torch.ones(1, len(steps), dtype=torch.bool)).softmax(dim=1)[0]
            for steps in sequences()
        ]
    np.testing.assert_allclose(model.predict_proba(samples()), torch.stack(alone).numpy(), atol=1e-6)


def test_features_are_in_the_order_of_the_samples(tmp_path: Path) -> None:
    model = fitted(tmp_path)
    module: Any = model.module
    with torch.inference_mode():
        expected = [module.each(torch.from_numpy(steps)).relu().mean(dim=0) for steps in sequences()]
    np.testing.assert_allclose(model.features(samples()), torch.stack(expected).numpy(), atol=1e-6)


def test_a_killed_training_ends_with_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emobench.models.torch_loop.CHECKPOINT_SECONDS", 0.0)

    def kill(epoch: Epoch) -> None:
        if epoch.number == 2:
            raise KeyboardInterrupt

    whole = fitted(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        fitted(tmp_path / "killed", epoch=kill)
    again = fitted(tmp_path / "killed")
    for one, other in zip(whole.module.parameters(), again.module.parameters(), strict=True):
        assert torch.equal(one, other)


def test_what_is_behind_the_end_of_a_sound_stays_zero(tmp_path: Path) -> None:
    class Hearing(MeanNet):
        def forward(self, x: torch.Tensor, mask: torch.Tensor) -> Any:
            return super().forward(x[..., None].repeat(1, 1, 2), mask)

    sounds = [np.ones(1000 + 100 * number, np.float32) for number in range(8)]
    given = Samples(tuple("01234567"), {"x": Stream(ragged(sounds), np.arange(8))}, np.arange(8) % 2, ("a", "b"))
    model = TorchModel(Hearing())
    recipe = Recipe(augment=(complete_augmentation("shift", {"share": 0.5}),))
    model.fit(given, None, context(tmp_path, 1, recipe=recipe))
    module: Any = model.module
    (batch,) = module.seen
    batch = batch[..., 0]
    assert (batch == 0).sum(dim=1).max() > 700  # moved
    lengths = sorted(1000 + 100 * number for number in range(8))
    last = [int(sound.nonzero().max()) for sound in batch]
    assert all(at < length for at, length in zip(last, lengths, strict=True))


def test_the_pictures_of_a_film_are_changed_alike() -> None:
    from emobench.models.augmentation import augmented

    film = torch.rand(6, 1, 1, 12, 12).repeat(1, 5, 1, 1, 1)
    mask = torch.ones(6, 5, dtype=torch.bool)
    chosen = [complete_augmentation(name, {}) for name in ("flip", "crop", "jitter")]
    (changed,) = augmented([film.clone()], ["film"], chosen, torch.Generator().manual_seed(0), [mask])
    torch.testing.assert_close(changed, changed[:, :1].expand_as(changed))
    assert not torch.equal(changed, film)


def test_an_estimator_gets_a_list_and_one_that_takes_tables_says_no() -> None:
    from sklearn.linear_model import LogisticRegression

    from emobench.errors import EmobenchError
    from emobench.models.estimator import EstimatorModel

    class Lengths(LogisticRegression):  # type: ignore[misc]
        def fit(self, x: Any, y: Any) -> Any:
            assert isinstance(x, list)
            return super().fit([[len(steps)] for steps in x], y)

        def predict_proba(self, x: Any) -> Any:
            return super().predict_proba([[len(steps)] for steps in x])

    given = samples()
    model = EstimatorModel(Lengths(), "lengths")
    model.fit(given, None, _quiet_context())
    assert model.predict_proba(copy.copy(given)).shape == (N, 2)
    with pytest.raises(EmobenchError, match=r"LogisticRegression cannot be fitted on sequences.*take a representation"):
        EstimatorModel(LogisticRegression(), "logistic").fit(given, None, _quiet_context())


def _quiet_context() -> FitContext:
    return FitContext(Schedule(), 0, "cpu", "fp32", Path(), lambda _: None, lambda _: None)
