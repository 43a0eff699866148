"""Probes: small models on what a frozen encoder returns, each of one stream of features.

What a probe reads is what an encoder holds: Alain, Bengio, Understanding intermediate layers using linear classifier probes,
ICLR 2017 workshop (arXiv 2016). The strength of a probe (``C``, ``k``, ``alpha``, ``hidden``) is for a suite's grid to choose
on a validation part; ``hold_out`` of a protocol that keeps people apart keeps them apart there too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from emobench import ModelSpec, hookimpl
from emobench.contracts import Kind
from emobench_plugins.models import mlp, regressors

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline
    from torch import nn

_FEATURES = ("mfcc-chroma-mel",)
_ALAIN = "Alain, Bengio: Understanding intermediate layers using linear classifier probes. ICLR 2017 workshop."
_MOST_STEPS = 10_000  # of a solver; with many features and a large C the default of 100 stops before the optimum
_FOLDS = 5


def build_logistic(*, C: float = 1.0) -> Pipeline:  # noqa: N803 - scikit-learn's name
    """Return a pipeline of StandardScaler and LogisticRegression (softmax, L2, L-BFGS).

    Args:
        C: inverse strength of the regularisation.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=_MOST_STEPS))


def build_linear_svm(*, C: float = 1.0) -> Pipeline:  # noqa: N803 - scikit-learn's name
    """Return a pipeline of StandardScaler and LinearSVC (one class against the others), with calibrated probabilities.

    The SVM is fitted on the whole training part. Its probabilities come from Platt's sigmoids, one for each class, fitted on
    the scores of training samples alone: those that five SVMs give, each fitted on four fifths, to the fifth that they have
    not seen. So a class needs five training samples. The folds divide samples, not people, and the scaler has seen all five:
    the probabilities may be too sure of people who are new, while C is chosen on people apart. Of votes, a sample is a row
    for each class that raters chose, and its rows may be in several folds: there an SVM may have seen it as another class.

    Args:
        C: inverse strength of the regularisation.
    """
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=C, dual="auto", max_iter=_MOST_STEPS)
    return make_pipeline(StandardScaler(), CalibratedClassifierCV(machine, method="sigmoid", cv=_FOLDS, ensemble=False))


def build_k_nn(*, k: int = 5) -> Pipeline:
    """Return a pipeline of StandardScaler and KNeighborsClassifier: the share of each class among the nearest samples.

    Args:
        k: how many are near, by Euclidean distance, and count alike.
    """
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), KNeighborsClassifier(n_neighbors=k))


def build_mlp(
    *, hidden: int = 256, epochs: int, batch_size: int, learning_rate: float, weight_decay: float
) -> Pipeline:
    """Return a pipeline of StandardScaler and MLPClassifier with one hidden layer, as the model ``mlp`` has several.

    Args:
        hidden: units of the layer.
        epochs: passes over the training part, all of them.
        batch_size: samples a step.
        learning_rate: initial learning rate of Adam.
        weight_decay: scikit-learn's ``alpha``.
    """
    return mlp.build(
        hidden=(hidden,),
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
    )


def build_layer_weights(*, classes: int, input_shapes: tuple[tuple[int, ...], ...]) -> nn.Module:
    """Return a learned weighted sum of layers and a linear layer, as SUPERB probes an encoder whose weights are frozen.

    Each layer of a sample is standardised over its features, by a layer norm without weights, as in SUPERB's code (S3PRL,
    ``Featurizer`` with ``normalize``): the sizes of layers differ much, and would weigh them otherwise. The weights of the
    sum are a softmax of one number for each layer, which are equal at the start.

    Args:
        classes: number of outputs.
        input_shapes: one stream (layers, d) of pooled features; or (d,), which is one layer.

    Raises:
        EmobenchError: samples have another number of axes.
    """
    from emobench_plugins.models.layer_weights import LayerWeights

    (shape,) = input_shapes
    return LayerWeights(shape, classes)


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register the probes."""
    return [
        _on_features("logistic-probe", "Logistic probe", build_logistic, {"C": 1.0}),
        _on_features("linear-svm-probe", "Linear SVM probe", build_linear_svm, {"C": 1.0}),
        _on_features("k-nn-probe", "k-NN probe", build_k_nn, {"k": 5}, "class"),
        _on_features("mlp-probe", "MLP probe", build_mlp, {"hidden": 256}),
        _on_features("ridge-probe", "Ridge probe", regressors.build_ridge, {"alpha": 1.0}, "values"),
        ModelSpec(
            name="layer-weights-probe",
            title="Layer weights probe",
            build=build_layer_weights,
            takes=_FEATURES,
            citation="Yang et al.: SUPERB: Speech processing universal performance benchmark. Interspeech 2021.",
            packages=("torch",),
        ),
    ]


def _on_features(name: str, title: str, build: Callable[..., Pipeline], own: dict[str, Any], *kinds: Kind) -> ModelSpec:
    return ModelSpec(name, build, _FEATURES, own, title, _ALAIN, packages=("scikit-learn",), kinds=kinds)
