"""The small models of the suite beyond-papers, against scikit-learn and torch themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils.class_weight import compute_sample_weight
from torch.nn import functional

from emobench.contracts.model import FitContext, Model, Schedule
from emobench.contracts.recipe import Recipe
from emobench.errors import EmobenchError
from emobench.models.build import build_model
from tests import ROOT
from tests.conftest import given
from tests.model_costs import COLOUR, GRAY, on_meta, parameters, specs

pytestmark = pytest.mark.usefixtures("one_thread")

CLASSES = ("angry", "happy", "sad")
LABELS = [0] * 24 + [1] * 12 + [2] * 9
PAGE = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")


def features() -> NDArray[np.float32]:
    """Return three clouds that overlap, in columns of very different sizes."""
    x = np.random.default_rng(0).normal(size=(len(LABELS), 6)) + 1.5 * np.eye(3, 6)[LABELS]
    return (x * 10.0 ** np.arange(-2, 4)).astype(np.float32)


def built(name: str, shape: tuple[int, ...], **options: Any) -> Model:
    torch.manual_seed(0)
    return build_model(specs()[name], options, classes=3, input_shapes=(shape,), seed=0, schedule=Schedule())


def context(folder: Path, recipe: Recipe) -> FitContext:
    return FitContext(Schedule(), 0, "cpu", "fp32", folder, lambda _: None, lambda _: None, recipe)


@pytest.mark.parametrize("weights", ["", "balanced"])
@pytest.mark.parametrize("options", [{}, {"C": 0.1, "kernel": "linear"}])
def test_svm_is_scikit_learns_on_scaled_features_with_calibrated_probabilities(
    tmp_path: Path, weights: Any, options: dict[str, Any]
) -> None:
    x, y = features(), np.array(LABELS)
    model = built("svm", (6,), **options)
    model.fit(given(x, labels=LABELS, classes=CLASSES), None, context(tmp_path, Recipe(class_weights=weights)))
    scaled = StandardScaler().fit_transform(x)
    machine = SVC(**{"C": 1.0, "kernel": "rbf", **options})
    direct = CalibratedClassifierCV(machine, method="sigmoid", cv=5, ensemble=False)
    direct.fit(scaled, y, sample_weight=compute_sample_weight(weights, y) if weights else None)
    got = model.predict_proba(given(x, classes=CLASSES))
    np.testing.assert_allclose(got, direct.predict_proba(scaled), rtol=1e-6)
    assert set(got.argmax(axis=1)) == {0, 1, 2}


def test_feature_mlp_computes_what_its_description_says() -> None:
    network: Any = specs()["feature-mlp"].build(classes=3, input_shapes=((2, 3),), hidden=5)
    x = torch.randn(8, 2, 3)
    network.train()
    for _ in range(200):  # the running mean and variance become those of the batch
        network(x)
    network.eval()
    flat = x.flatten(1)
    scaled = (flat - flat.mean(dim=0)) / (flat.var(dim=0) + 1e-5).sqrt()
    first, last = network[2], network[5]
    hidden = (scaled @ first.weight.T + first.bias).clamp(min=0)
    torch.testing.assert_close(network(x), hidden @ last.weight.T + last.bias, rtol=1e-4, atol=1e-5)


def test_small_cnn_computes_what_its_description_says() -> None:
    network: Any = specs()["small-cnn"].build(classes=3, input_shapes=((1, 8, 12),), channels=(2, 4))
    x = torch.rand(5, 1, 8, 12)
    network.train()
    network(x)
    network.eval()
    expected = x
    for place in (0, 4):
        convolution, norm = network[place], network[place + 1]
        expected = functional.conv2d(expected, convolution.weight, padding=1)
        shape = (1, -1, 1, 1)
        expected = (expected - norm.running_mean.view(shape)) / (norm.running_var.view(shape) + 1e-5).sqrt()
        expected = functional.max_pool2d((expected * norm.weight.view(shape) + norm.bias.view(shape)).relu(), 2)
    last = network[-1]
    torch.testing.assert_close(network(x), expected.mean(dim=(2, 3)) @ last.weight.T + last.bias)


@pytest.mark.parametrize(
    ("name", "shape", "rate"), [("feature-mlp", (180,), 0.5), ("small-cnn", GRAY, 0.3), ("small-cnn", COLOUR, 0.3)]
)
def test_networks_have_the_documented_size_and_the_dropout_that_is_asked_for(
    name: str, shape: tuple[int, ...], rate: float
) -> None:
    assert f"{parameters(on_meta(name, 7, (shape,))):,}" in PAGE
    for asked, got in (({}, rate), ({"dropout": 0.1}, 0.1)):
        network = on_meta(name, 7, (shape,), **asked)
        assert [layer.p for layer in network.modules() if isinstance(layer, torch.nn.Dropout)] == [got]


@pytest.mark.parametrize("side", [16, 48, 51])
def test_small_cnn_takes_pictures_of_any_size_from_16_pixels(side: int) -> None:
    network = on_meta("small-cnn", 7, ((1, side, side),))
    assert network(torch.empty((2, 1, side, side), device="meta")).shape == (2, 7)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((180,), "a sample has the shape 180; an image network takes"),
        ((1, 15, 48), "15x48 pixels are too small .*; let the representation give at least 16 pixels a side"),
    ],
)
def test_small_cnn_refuses_what_it_cannot_take(shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(EmobenchError, match=message):
        on_meta("small-cnn", 7, (shape,))
