"""What training makes small, against direct computations; values are standardised and given back in their unit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from emobench.contracts import Epoch, FitContext, Judge, Recipe, Samples, Schedule, Stream
from emobench.devices import device
from emobench.models.objective import Objective, ValuesModule, ccc_loss, class_weights
from emobench.models.torch_loop import CHECKPOINT_SECONDS, TorchModel
from emobench.plugins import installed_plugins

pytestmark = pytest.mark.usefixtures("one_thread")

N, WIDTH = 64, 8


def samples(kind: Any, told: NDArray[Any] | None, names: tuple[str, ...], seed: int = 0) -> Samples:
    x = np.random.default_rng(seed).normal(size=(N, WIDTH)).astype(np.float32)
    return Samples(tuple(map(str, range(N))), {"x": Stream(x, np.arange(N))}, told, names, kind)


def of_votes() -> Samples:
    votes = np.random.default_rng(1).multinomial(6, [0.6, 0.3, 0.1], size=N)
    return samples("distribution", votes / votes.sum(axis=1, keepdims=True), ("a", "b", "c"))


def of_values(seed: int = 0) -> Samples:
    x = samples("values", None, ("v", "w"), seed).x()
    return samples("values", np.stack([40 + 5 * x[:, 0], -3 + 0.1 * x[:, 1]], axis=1).astype(float), ("v", "w"), seed)


def test_the_loss_of_votes_is_the_cross_entropy_with_their_shares() -> None:
    part, outputs = of_votes(), torch.randn(N, 3, generator=torch.Generator().manual_seed(0))
    objective = Objective(nn.Identity(), part, Recipe(), "cpu")
    direct = -(torch.from_numpy(part.y).float() * outputs.log_softmax(dim=1)).sum(dim=1).mean()
    torch.testing.assert_close(objective.loss(outputs, objective.target(part)), direct)


def test_class_weights_of_votes_let_every_class_count_alike() -> None:
    part = of_votes()
    weights = class_weights(part).double()
    summed = weights * torch.from_numpy(part.y).sum(dim=0)
    torch.testing.assert_close(summed, torch.full((3,), N / 3, dtype=torch.float64), rtol=1e-5, atol=0)


def test_the_loss_of_values_is_the_mean_squared_error_of_standardised_ones() -> None:
    part = of_values()
    module = ValuesModule(nn.Identity(), 2)
    module.standardise(part)
    objective, target = Objective(module, part, Recipe(), "cpu"), torch.from_numpy(part.y).float()
    torch.testing.assert_close(module.scale, target.std(dim=0, correction=0))
    direct = nn.functional.mse_loss(
        (target * 0.9 - module.centre) / module.scale, (target - module.centre) / module.scale
    )
    torch.testing.assert_close(objective.loss(target * 0.9, target), direct)


def test_the_ccc_loss_is_one_minus_the_metric() -> None:
    metric = installed_plugins().metrics["ccc"]
    truth, said = np.random.default_rng(2).normal(size=(2, N, 2))
    loss = ccc_loss(torch.from_numpy(said), torch.from_numpy(truth))
    assert float(loss) == pytest.approx(1 - metric.compute(truth, said, ("v", "w")))


def test_the_ccc_loss_of_what_does_not_vary_has_a_gradient() -> None:
    outputs = torch.ones(4, 2, requires_grad=True)
    (gradient,) = torch.autograd.grad(ccc_loss(outputs, torch.ones(4, 2)), outputs)
    assert torch.isfinite(gradient).all()


def net() -> nn.Module:
    return ValuesModule(nn.Sequential(nn.Linear(WIDTH, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2)), 2)


def fitted(folder: Path, recipe: Recipe, epochs: int = 30, stop: int = 0) -> tuple[TorchModel, list[Epoch]]:
    history: list[Epoch] = []

    def epoch(one: Epoch) -> None:
        history.append(one)
        if one.number == stop:
            raise KeyboardInterrupt

    folder.mkdir(exist_ok=True)
    held = of_values(5)
    judge = Judge("rmse", False, lambda said: float(np.sqrt(((said - held.y) ** 2).mean())))
    schedule = Schedule(epochs=epochs, batch_size=16, learning_rate=0.02)
    told = FitContext(
        schedule, 3, "cpu", "fp32", folder, lambda _: None, epoch, recipe, judge if recipe.selects else None
    )
    with device.reproducible(3):
        model = TorchModel(net())
        model.fit(of_values(), held, told)
    return model, history


@pytest.mark.parametrize("loss", ["mse", "ccc"])
def test_values_are_learnt_in_their_own_unit(tmp_path: Path, loss: Any) -> None:
    model, history = fitted(tmp_path, Recipe(loss=loss))
    new = of_values(9)
    said = model.predict_values(new)
    assert np.corrcoef(said[:, 0], new.y[:, 0])[0, 1] > 0.9
    assert abs(said[:, 1].mean() + 3) < 0.1
    assert {epoch.accuracy for epoch in history} == {None}
    assert history[-1].loss < history[0].loss


def test_a_resumed_training_on_values_ends_bit_for_bit_where_an_undisturbed_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emobench.models.torch_loop.CHECKPOINT_SECONDS", 0.0 * CHECKPOINT_SECONDS)
    recipe = Recipe(keep="best", patience=20, loss="ccc")
    undisturbed, _ = fitted(tmp_path / "a", recipe)
    with pytest.raises(KeyboardInterrupt):
        fitted(tmp_path / "b", recipe, stop=4)
    resumed, _ = fitted(tmp_path / "b", recipe)
    for name, value in undisturbed.module.state_dict().items():
        assert torch.equal(value, resumed.module.state_dict()[name]), name


def test_what_is_saved_gives_the_unit_too(tmp_path: Path) -> None:
    model, _ = fitted(tmp_path / "work", Recipe(), epochs=2)
    (tmp_path / "model").mkdir()
    model.save(tmp_path / "model")
    other = TorchModel(net())
    other.load(tmp_path / "model")
    np.testing.assert_array_equal(model.predict_values(of_values(9)), other.predict_values(of_values(9)))
