"""Probes, against scikit-learn and torch themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from emobench.contracts.model import FitContext, Model, Schedule
from emobench.errors import EmobenchError
from emobench.models.build import build_model, predicted
from emobench.plugins import installed_plugins
from emobench.splits.division import divide
from tests.conftest import given
from tests.model_costs import on_meta, parameters, specs

pytestmark = pytest.mark.usefixtures("one_thread")

CLASSES = ("angry", "happy", "sad")
LABELS = [0] * 24 + [1] * 12 + [2] * 9
SCHEDULE = Schedule(epochs=7, batch_size=16, learning_rate=0.01, weight_decay=0.5)


def features() -> NDArray[np.float32]:
    """Return three clouds that overlap, in columns of very different sizes."""
    x = np.random.default_rng(0).normal(size=(len(LABELS), 6)) + 1.5 * np.eye(3, 6)[LABELS]
    return (x * 10.0 ** np.arange(-2, 4)).astype(np.float32)


def fitted(name: str, labels: Any, folder: Path, kind: Any = "class", **options: Any) -> Model:
    model = build_model(specs()[name], options, classes=3, input_shapes=((6,),), seed=3, schedule=SCHEDULE, kind=kind)
    train = replace(given(features(), classes=CLASSES), labels=np.asarray(labels), kind=kind)
    context = FitContext(SCHEDULE, 3, "cpu", "fp32", folder, lambda _: None, lambda _: None)
    model.fit(train, None, context)
    return model


@pytest.mark.parametrize(
    ("name", "options", "direct"),
    [
        ("logistic-probe", {"C": 0.01}, LogisticRegression(C=0.01, max_iter=10_000)),
        (
            "linear-svm-probe",
            {"C": 0.01},
            CalibratedClassifierCV(LinearSVC(C=0.01, random_state=3), cv=5, ensemble=False),
        ),
        ("k-nn-probe", {"k": 4}, KNeighborsClassifier(4)),
        (
            "mlp-probe",
            {"hidden": 5},
            MLPClassifier(
                (5,), alpha=0.5, batch_size=16, learning_rate_init=0.01, max_iter=7, n_iter_no_change=7, random_state=3
            ),
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_probe_is_scikit_learns_estimator_on_scaled_features(
    tmp_path: Path, name: str, options: dict[str, Any], direct: Any
) -> None:
    scaled = StandardScaler().fit_transform(features())
    expected = direct.fit(scaled, LABELS).predict_proba(scaled)
    got = predicted(fitted(name, LABELS, tmp_path, **options), given(features(), classes=CLASSES))
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_ridge_probe_is_scikit_learns_ridge_on_scaled_features(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(size=(len(LABELS), 3))
    model = fitted("ridge-probe", values, tmp_path, "values", alpha=7.0)
    scaled = StandardScaler().fit_transform(features())
    expected = Ridge(alpha=7.0).fit(scaled, values).predict(scaled)
    got = predicted(model, replace(given(features(), classes=CLASSES), kind="values"))
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_layer_weights_probe_sums_normed_layers_by_softmax_weights() -> None:
    network: Any = specs()["layer-weights-probe"].build(classes=3, input_shapes=((2, 5),))
    x = torch.randn(4, 2, 5) * torch.tensor([1.0, 100.0]).view(2, 1)
    normed = (x - x.mean(dim=2, keepdim=True)) / (x.var(dim=2, keepdim=True, correction=0) + 1e-5).sqrt()
    network.layers.data = torch.log(torch.tensor([1.0, 3.0]))
    expected = (0.25 * normed[:, 0] + 0.75 * normed[:, 1]) @ network.last.weight.T + network.last.bias
    torch.testing.assert_close(network(x), expected)


def test_layer_weights_are_equal_at_the_start() -> None:
    network: Any = specs()["layer-weights-probe"].build(classes=3, input_shapes=((4, 5),))
    assert network.layers.softmax(dim=0).tolist() == [0.25] * 4


def test_layer_weights_probe_takes_one_layer_as_it_is() -> None:
    torch.manual_seed(0)
    network: Any = specs()["layer-weights-probe"].build(classes=3, input_shapes=((5,),))
    x = torch.randn(4, 5)
    same: Any = specs()["layer-weights-probe"].build(classes=3, input_shapes=((1, 5),))
    same.load_state_dict(network.state_dict())
    torch.testing.assert_close(network(x), same(x[:, None]))


def test_layer_weights_probe_has_the_documented_size_on_wavlm() -> None:
    assert parameters(on_meta("layer-weights-probe", 7, ((13, 768),))) == 5_396


def test_layer_weights_probe_refuses_frames() -> None:
    with pytest.raises(EmobenchError, match=r'3x4x5; the probe takes layers and features; take .* layer = "all"'):
        specs()["layer-weights-probe"].build(classes=3, input_shapes=((3, 4, 5),))


def test_k_nn_probe_is_refused_where_the_target_is_votes() -> None:
    assert specs()["k-nn-probe"].kinds == ("class",)


def test_the_strength_is_chosen_on_people_who_are_in_no_other_part() -> None:
    registry = installed_plugins()
    people = [f"p{number % 10}" for number in range(60)]
    labels = [CLASSES[number % 3] for number in range(60)]
    samples = pd.DataFrame({"sample_id": [f"s{number:02}" for number in range(60)], "label": labels, "group": people})
    split = divide(samples, registry.protocols["group-folds"], {"folds": 5, "fold": "1", "hold_out": 0.2})
    group = dict(zip(samples["sample_id"], people, strict=True))
    parts = [{group[sample] for sample in ids} for ids in split.parts.values()]
    assert set(split.parts) == {"train", "validation", "test"}
    assert sum(map(len, parts)) == len(set.union(*parts))
