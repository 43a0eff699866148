"""A linear support vector machine on standardised features."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench import ModelSpec, hookimpl

if TYPE_CHECKING:
    from emobench_egemaps.calibrated_svm import CalibratedSVM


def build(*, C: float = 1.0, folds: int = 5) -> CalibratedSVM:  # noqa: N803 (what everybody calls it)
    """Return the classifier.

    An SVM has decision values and no probabilities. ``SVC(probability=True)``, which fits a sigmoid for each pair of
    classes, is deprecated in scikit-learn, and its most probable class need not be the one that the SVM decides for. Here
    all decision values are divided by one temperature before the softmax, so it is. The probabilities are rough all the same,
    and too sure for speakers who are unlike those of the training part; the README has measurements.

    Args:
        C: inverse strength of the L2 regularisation; 1.0 is scikit-learn's default, and was not chosen on any of the data.
        folds: of that cross-validation.
    """
    from emobench_egemaps.calibrated_svm import CalibratedSVM

    return CalibratedSVM(C=C, folds=folds)


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register ``linear-svm``."""
    return [
        ModelSpec(
            name="linear-svm",
            title="linear SVM",
            build=build,
            takes=("egemaps",),
            parameters={"C": 1.0, "folds": 5},
            citation="Cortes and Vapnik: Support-vector networks. Machine Learning 20, 1995.",
            packages=("numpy", "scikit-learn", "scipy"),
        )
    ]
