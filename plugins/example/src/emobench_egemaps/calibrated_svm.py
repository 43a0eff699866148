"""LinearSVC behind a scaler, with probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

# Of the logarithm of the temperature: from nearly one-hot to nearly uniform.
_BOUNDS = (-5.0, 5.0)


class CalibratedSVM(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A linear SVM, one class against the others, whose probabilities are the softmax of its decisions by a temperature.

    The temperature (Guo, Pleiss, Sun and Weinberger: On calibration of modern neural networks. ICML 2017) is the one number
    of the smallest log loss on decisions for samples that were held out. It leaves the order of the classes as it is.

    scikit-learn's own CalibratedClassifierCV(method="temperature", ensemble=False) does this too, but refuses training data
    in which a class has fewer samples than there are folds, as subsets of a corpus have. Here such a class is left out of the
    search for the temperature, not of the SVM.

    Args:
        C: inverse strength of the L2 regularisation.
        folds: of the cross-validation within the training part.
        random_state: of LinearSVC, which draws only where there are more features than samples.
    """

    def __init__(self, C: float = 1.0, folds: int = 5, random_state: int | None = None) -> None:  # noqa: N803
        self.C, self.folds, self.random_state = C, folds, random_state

    def fit(self, X: NDArray[Any], y: NDArray[Any]) -> CalibratedSVM:  # noqa: N803
        """Fit the SVM on all of (n, features), and the temperature by cross-validation; 1 where that is not possible."""
        # The scaler belongs to what is cross-validated: fitted before, it would have seen the fold that is held out.
        machine = make_pipeline(StandardScaler(), LinearSVC(C=self.C, max_iter=10_000, random_state=self.random_state))
        self.temperature_ = self._temperature(machine, X, y)
        self.machine_ = machine.fit(X, y)
        self.classes_, self.coef_, self.intercept_ = (
            getattr(machine[-1], name) for name in ("classes_", "coef_", "intercept_")
        )
        return self

    def _temperature(self, machine: Pipeline, x: NDArray[Any], y: NDArray[Any]) -> float:
        classes, counts = np.unique(y, return_counts=True)
        common = classes[counts >= self.folds]
        if len(common) < 2:
            return 1.0
        kept = np.isin(y, common)
        held_out = _logits(
            cross_val_predict(clone(machine), x[kept], y[kept], cv=self.folds, method="decision_function")
        )
        truth = np.searchsorted(common, y[kept])

        def log_loss(exponent: float) -> float:
            return -float(log_softmax(held_out / np.exp(exponent), axis=1)[np.arange(len(truth)), truth].mean())

        return float(np.exp(minimize_scalar(log_loss, bounds=_BOUNDS, method="bounded").x))

    def predict_proba(self, X: NDArray[Any]) -> NDArray[np.float64]:  # noqa: N803
        """Return (n, k) probabilities."""
        decisions = _logits(self.machine_.decision_function(X))
        probabilities: NDArray[np.float64] = softmax(decisions / self.temperature_, axis=1)
        return probabilities

    def predict(self, X: NDArray[Any]) -> NDArray[Any]:  # noqa: N803
        """Return the class that the SVM decides for, (n,)."""
        decided: NDArray[Any] = self.machine_.predict(X)
        return decided


def _logits(decisions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a column for each class; of two classes, LinearSVC gives one number."""
    return np.stack([-decisions, decisions], axis=1) if decisions.ndim == 1 else decisions
