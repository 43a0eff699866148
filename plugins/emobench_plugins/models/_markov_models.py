"""A classifier of sequences in the manner of scikit-learn, from one hmmlearn model a class."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.preprocessing import StandardScaler


class MarkovModels(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Fits a Gaussian HMM with diagonal covariances to the sequences of each class.

    The features are brought to mean 0 and deviation 1 over all training steps. Variances of a state have a floor, as in the
    HTK book (Young et al., section on variance flooring): in digital silence, features hardly change, and without a floor the
    likelihood of a few silent steps would outweigh all the others. A class is as probable as Bayes' rule says,
    with the shares of the classes in training. The likelihood of many steps is a product of many numbers, so that
    probabilities are mostly near 0 or 1: they order classes, and are no degrees of belief.
    """

    def __init__(
        self, states: int = 4, least_variance: float = 0.01, iterations: int = 20, random_state: int | None = None
    ) -> None:
        self.states = states
        self.least_variance = least_variance
        self.iterations = iterations
        self.random_state = random_state

    def fit(self, sequences: Sequence[NDArray[Any]], labels: NDArray[np.int64]) -> MarkovModels:
        """Fit on n sequences (t, d).

        Raises:
            ValueError: a class has fewer steps than states.
        """
        from hmmlearn.hmm import GaussianHMM

        flat = [_flat(steps) for steps in sequences]
        self.scaler_ = StandardScaler().fit(np.concatenate(flat))
        self.classes_ = np.unique(labels)
        self.models_, self.log_prior_ = [], np.log([np.mean(labels == label) for label in self.classes_])
        for label in self.classes_:
            own = [self.scaler_.transform(steps) for steps, of in zip(flat, labels, strict=True) if of == label]
            model = GaussianHMM(self.states, "diag", n_iter=self.iterations, random_state=self.random_state)
            with _quiet():
                model.fit(np.concatenate(own), [len(steps) for steps in own])
            model.covars_ = np.diagonal(model.covars_, axis1=1, axis2=2).clip(min=self.least_variance)
            self.models_.append(model)
        return self

    def predict_proba(self, sequences: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
        """Return (n, k) probabilities of the classes that it was fitted on."""
        scaled = [self.scaler_.transform(_flat(steps)) for steps in sequences]
        with _quiet():
            likelihoods = [[model.score(steps) for model in self.models_] for steps in scaled]
        return np.asarray(softmax(np.array(likelihoods) + self.log_prior_, axis=1))

    def predict(self, sequences: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
        """Return (n,) the most probable classes."""
        return np.asarray(self.classes_[self.predict_proba(sequences).argmax(axis=1)])


def _flat(steps: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(steps, dtype=np.float64).reshape(len(steps), -1)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what hmmlearn logs from the terminal: that the last iteration still gained a little, at each class."""
    logger = logging.getLogger("hmmlearn")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
