"""A linear support vector machine on standardised features."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench import ModelSpec, hookimpl

if TYPE_CHECKING:
    from sklearn.calibration import CalibratedClassifierCV


def build(*, C: float = 1.0, folds: int = 5) -> CalibratedClassifierCV:  # noqa: N803 (what everybody calls it)
    """Return LinearSVC behind a StandardScaler, with probabilities by temperature scaling.

    An SVM has no probabilities. ``SVC(probability=True)`` is deprecated in scikit-learn, which recommends
    CalibratedClassifierCV; of its methods, ``temperature`` divides all decision values by one number before the softmax
    (Guo et al.: On calibration of modern neural networks. ICML 2017). So the class that the SVM decides for stays the most
    probable one, which the methods that calibrate class by class do not promise. The number is found by cross-validation
    within the training part; the SVM itself is fitted on all of it (``ensemble=False``). The folds know nothing of speakers:
    for people whom the model has not heard, the probabilities are too sure of themselves.

    Args:
        C: inverse strength of the L2 regularisation; 1.0 is scikit-learn's default, and was not chosen on any of the data.
        folds: of that cross-validation; a class needs as many training samples.
    """
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC

    # The scaler belongs to what is cross-validated: fitted before, it would have seen the fold that is held out.
    machine = make_pipeline(StandardScaler(), LinearSVC(C=C, max_iter=10_000))
    return CalibratedClassifierCV(machine, method="temperature", ensemble=False, cv=folds)


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
            packages=("scikit-learn",),
        )
    ]
