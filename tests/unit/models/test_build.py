"""Building a model from what its factory returns, and scikit-learn's estimators under the contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from torch import nn

from emobench.contracts.model import FitContext, Model, ModelSpec, Samples, Schedule
from emobench.errors import EmobenchError
from emobench.models.build import build_model, check_parameters
from emobench.models.estimator import EstimatorModel
from emobench.models.torch_loop import TorchModel
from tests.conftest import given


def features(n: int = 30, width: int = 6, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(n, width)).astype(np.float32)


def three(n: int = 30) -> list[int]:
    return [number % 3 for number in range(n)]


def context(folder: Path, seed: int = 7) -> FitContext:
    return FitContext(Schedule(), seed, "cpu", "fp32", folder, lambda _: None, lambda _: None)


def built(factory: Any, seed: int = 7, **parameters: Any) -> Model:
    spec = ModelSpec("net", factory, ("pixels",), dict(parameters))
    schedule = Schedule(epochs=3, batch_size=5, learning_rate=0.01, weight_decay=0.1, optimizer="sgd")
    return build_model(spec, parameters, classes=3, input_shapes=((6,),), seed=seed, schedule=schedule)


def fitted(estimator: Any, folder: Path, labels: list[int] | None = None) -> EstimatorModel:
    model = EstimatorModel(estimator)
    model.fit(given(features(), labels=labels or three()), None, context(folder))
    return model


# ------------------------------------------------------------------------------------------------- factories


def test_factory_gets_only_what_it_names() -> None:
    told: dict[str, Any] = {}

    def factory(classes: int, *, width: int, learning_rate: float) -> Any:
        told.update(classes=classes, width=width, learning_rate=learning_rate)
        return LogisticRegression()

    built(factory, width=4)
    assert told == {"classes": 3, "width": 4, "learning_rate": 0.01}


def test_factory_can_ask_for_everything() -> None:
    def factory(**everything: Any) -> Any:
        raise AssertionError

    offered = ["classes", "input_shapes", "seed", "epochs", "batch_size", "learning_rate", "weight_decay", "optimizer"]
    namespace: dict[str, Any] = {}
    exec(f"def factory({', '.join(offered)}): told.update(locals()); return nn.Linear(6, 3)", namespace)
    namespace |= {"told": {}, "nn": nn}
    built(namespace["factory"])
    assert namespace["told"] == {
        "classes": 3, "input_shapes": ((6,),), "seed": 7, "epochs": 3, "batch_size": 5, "learning_rate": 0.01,
        "weight_decay": 0.1, "optimizer": "sgd",
    }  # fmt: skip


def test_factory_with_free_keywords_gets_what_it_names_and_its_parameters() -> None:
    told: dict[str, Any] = {}

    def factory(classes: int, **options: Any) -> Any:
        told.update(options, classes=classes)
        return LogisticRegression()

    built(factory, width=4)
    assert told == {"classes": 3, "width": 4}


def test_estimator_class_can_be_the_factory() -> None:
    model = built(LogisticRegression, C=2.0)
    assert isinstance(model, EstimatorModel)
    assert model.estimator.C == 2.0


class Whole:
    """A model under the full contract."""

    def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
        """Do nothing."""

    def predict_proba(self, samples: Samples) -> NDArray[np.floating[Any]]:
        """Return even probabilities."""
        return np.full((len(samples), 3), 1 / 3)

    def save(self, folder: Path) -> None:
        """Do nothing."""

    def load(self, folder: Path) -> None:
        """Do nothing."""

    def parameter_count(self) -> int | None:
        """Return none."""
        return None


def test_default_of_a_factory_is_not_replaced_by_that_of_the_schedule() -> None:
    def factory(classes: int, learning_rate: float = 0.5) -> Any:
        return SVC(C=learning_rate, probability=True)

    model = built(factory)
    assert isinstance(model, EstimatorModel)
    assert model.estimator.C == 0.5
    check_parameters(ModelSpec("net", factory, ("pixels",)), {"learning_rate": 0.1})


def test_model_under_the_full_contract_is_taken_as_it_is() -> None:
    model = Whole()
    assert built(lambda: model) is model


def test_torch_module_is_taken() -> None:
    module = nn.Linear(6, 3)
    model = built(lambda: module)
    assert isinstance(model, TorchModel)
    assert model.module is module


@pytest.mark.parametrize(
    ("kind", "estimator", "reason"),
    [
        ("class", SVC(), "SVC has no predict_proba; set probability=True"),
        ("values", SVC(probability=True), "SVC is no regressor, and the target is values; use a regressor"),
        ("class", Ridge(), "Ridge is a regressor, and the target is a class; use a classifier"),
        ("distribution", Ridge(), "Ridge is a regressor, and the target is votes on classes; use a classifier"),
    ],
)
def test_an_estimator_must_suit_the_kind_of_target(kind: Any, estimator: Any, reason: str) -> None:
    with pytest.raises(EmobenchError) as caught:
        build_model(
            ModelSpec("net", lambda: estimator, ("x",)),
            {},
            classes=2,
            input_shapes=((3,),),
            seed=0,
            schedule=Schedule(),
            kind=kind,
        )
    assert str(caught.value).startswith(f"model 'net': {reason}")


@pytest.mark.parametrize("nonsense", [None, 3, "resnet18", object(), StandardScaler()])
def test_nonsense_is_refused_by_name(nonsense: Any) -> None:
    kind = type(nonsense).__name__
    with pytest.raises(EmobenchError, match=rf"model 'net': build\(\) returned {kind}: neither a torch module, nor"):
        built(lambda: nonsense)


def test_estimator_whose_parameters_cannot_be_set_is_refused() -> None:
    class Half:
        def get_params(self, deep: bool = True) -> dict[str, Any]:
            return {}

        def predict_proba(self, x: Any) -> Any:
            return x

    with pytest.raises(EmobenchError, match=r"no set_params and no fit; subclass sklearn\.base\.BaseEstimator"):
        built(Half)


@pytest.mark.parametrize("kind", [nn.Linear, LogisticRegression, Whole])
def test_class_instead_of_an_instance_is_refused(kind: type) -> None:
    with pytest.raises(EmobenchError, match=rf"build\(\) returned the class {kind.__name__}"):
        built(lambda: kind)


# ------------------------------------------------------------------------------------------------ parameters


def net(*, width: int, depth: int = 2, classes: int) -> Any:
    """Build nothing."""


SPEC = ModelSpec("net", net, ("pixels",), {"width": 3})


@pytest.mark.parametrize("parameters", [{}, {"width": 4}, {"depth": 1}])
def test_parameters_that_the_model_has_are_accepted(parameters: dict[str, Any]) -> None:
    check_parameters(SPEC, parameters)


def test_unknown_parameter_is_refused_with_the_nearest() -> None:
    with pytest.raises(EmobenchError) as caught:
        check_parameters(SPEC, {"widht": 4})
    assert str(caught.value) == "model 'net': no parameter 'widht'; did you mean 'width'?"


def test_unknown_parameter_far_from_all_lists_the_models_own() -> None:
    with pytest.raises(EmobenchError, match=r"no parameter 'x'; known: depth, width$"):
        check_parameters(SPEC, {"x": 4})


def test_unknown_parameter_of_a_factory_with_free_keywords_is_refused() -> None:
    with pytest.raises(EmobenchError, match="no parameter 'depht'; known: width"):
        check_parameters(ModelSpec("net", lambda **_: None, ("pixels",), {"width": 3}), {"depht": 4})


@pytest.mark.parametrize("name", ["classes", "seed", "epochs", "learning_rate"])
def test_what_the_harness_sets_is_no_parameter(name: str) -> None:
    with pytest.raises(EmobenchError, match=f"'{name}' is not a parameter of a model; set it under training or seed"):
        check_parameters(SPEC, {name: 1})


# ------------------------------------------------------------------------------------------------ estimators


def test_every_random_state_that_is_open_becomes_the_seed(tmp_path: Path) -> None:
    nested = make_pipeline(
        StandardScaler(), GridSearchCV(RandomForestClassifier(n_estimators=2), {"max_depth": [1, 2]})
    )
    model = fitted(nested, tmp_path)
    assert model.estimator.get_params()["gridsearchcv__estimator__random_state"] == 7


def test_random_state_that_is_set_stays(tmp_path: Path) -> None:
    model = fitted(RandomForestClassifier(n_estimators=2, random_state=1), tmp_path)
    assert model.estimator.random_state == 1


def test_same_seed_gives_the_same_probabilities(tmp_path: Path) -> None:
    def probabilities(seed: int) -> NDArray[Any]:
        model = EstimatorModel(RandomForestClassifier(n_estimators=3))
        model.fit(given(features(), labels=three()), None, context(tmp_path, seed))
        return model.predict_proba(given(features(seed=1)))

    np.testing.assert_array_equal(probabilities(1), probabilities(1))
    assert (probabilities(1) != probabilities(2)).any()


def test_estimator_predicts_as_it_does_alone(tmp_path: Path) -> None:
    model = fitted(make_pipeline(StandardScaler(), LogisticRegression()), tmp_path)
    alone = make_pipeline(StandardScaler(), LogisticRegression(random_state=7)).fit(features(), three())
    np.testing.assert_array_equal(model.predict_proba(given(features(seed=1))), alone.predict_proba(features(seed=1)))


def test_class_missing_in_training_has_probability_zero(tmp_path: Path) -> None:
    model = fitted(LogisticRegression(), tmp_path, [2 * (number % 2) for number in range(30)])
    probabilities = model.predict_proba(given(features(seed=1)))
    assert probabilities.shape == (30, 3)
    assert not probabilities[:, 1].any()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    alone = LogisticRegression(random_state=7).fit(features(), [2 * (number % 2) for number in range(30)])
    np.testing.assert_array_equal(probabilities[:, [0, 2]], alone.predict_proba(features(seed=1)))


def test_only_one_class_in_training_gets_everything(tmp_path: Path) -> None:
    model = fitted(KNeighborsClassifier(), tmp_path, [1] * 30)
    np.testing.assert_array_equal(model.predict_proba(given(features())), [[0, 1, 0]] * 30)


def test_images_are_flattened_and_streams_stand_side_by_side(tmp_path: Path) -> None:
    seen: list[NDArray[Any]] = []

    class Watching(DummyClassifier):  # type: ignore[misc]
        def fit(self, X: Any, y: Any) -> Any:  # noqa: N803
            seen.append(X)
            return super().fit(X, y)

    images, sounds = features(30, 12).reshape(30, 1, 3, 4), features(30, 5)
    EstimatorModel(Watching()).fit(given(images, sounds, labels=three()), None, context(tmp_path))
    np.testing.assert_array_equal(seen[0], np.concatenate([images.reshape(30, 12), sounds], axis=1))


@pytest.mark.parametrize(
    "estimator",
    [
        make_pipeline(StandardScaler(), LogisticRegression()),
        RandomForestClassifier(n_estimators=3),
        KNeighborsClassifier(),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_loaded_model_predicts_what_the_saved_one_did(estimator: Any, tmp_path: Path) -> None:
    model = fitted(estimator, tmp_path)
    model.save(tmp_path)
    again = EstimatorModel(LogisticRegression())
    again.load(tmp_path)
    new = given(features(seed=1))
    np.testing.assert_array_equal(again.predict_proba(new), model.predict_proba(new))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_parameters_are_counted(tmp_path: Path) -> None:
    perceptron = MLPClassifier(hidden_layer_sizes=(5, 4), max_iter=2)
    by_hand = (6 * 5 + 5) + (5 * 4 + 4) + (4 * 3 + 3)
    assert fitted(make_pipeline(StandardScaler(), perceptron), tmp_path).parameter_count() == by_hand
    assert fitted(LogisticRegression(), tmp_path).parameter_count() == 6 * 3 + 3
    assert fitted(KNeighborsClassifier(), tmp_path).parameter_count() is None
