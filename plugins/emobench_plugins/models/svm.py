"""A support vector machine on standardised features, with probabilities: scikit-learn's SVC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench import ModelSpec, hookimpl

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

_FOLDS = 5


def build(*, C: float = 1.0, kernel: str = "rbf") -> Pipeline:  # noqa: N803 - scikit-learn's name
    """Return a pipeline of StandardScaler and SVC, calibrated by Platt's sigmoids on five folds of the training part.

    Args:
        C: inverse strength of the regularisation.
        kernel: ``rbf`` (gamma as scikit-learn scales it) or ``linear``.
    """
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    return make_pipeline(
        StandardScaler(), CalibratedClassifierCV(SVC(C=C, kernel=kernel), method="sigmoid", cv=_FOLDS, ensemble=False)
    )


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register ``svm``."""
    return [
        ModelSpec(
            name="svm",
            title="SVM",
            build=build,
            takes=("mfcc-chroma-mel",),
            parameters={"C": 1.0, "kernel": "rbf"},
            citation="Cortes, Vapnik: Support-vector networks. Machine Learning 1995.",
            packages=("scikit-learn",),
        )
    ]
