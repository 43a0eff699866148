"""An estimator of scikit-learn, classifier or regressor, under the contract of a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.contracts import FitContext, Kind, Ragged, Samples
from emobench.errors import EmobenchError
from emobench.models.output_checks import require_shape
from emobench.plugins import named_arguments

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ESTIMATOR_FILE = "estimator.joblib"


class EstimatorModel:
    """A scikit-learn estimator under the contract of :class:`emobench.contracts.Model`.

    Args:
        estimator: a classifier with ``fit(X, y)``, ``predict_proba(X)`` and, once fitted, ``classes_``; where the target is
            values, a regressor with ``fit(X, y)`` and ``predict(X)``.
        name: of the model, for messages.
    """

    def __init__(self, estimator: Any, name: str = "estimator") -> None:
        self.estimator = estimator
        self._name = name

    def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
        """Fit on the training part; every ``random_state`` that is ``None`` becomes the seed.

        Of votes, a sample is one of each class that raters chose, weighted by the share that did. A regressor that predicts
        one number is fitted once for each dimension.

        Raises:
            EmobenchError: it cannot be fitted on sequences, or not on votes.
        """
        unset = [
            name
            for name, value in self.estimator.get_params(deep=True).items()
            if (name == "random_state" or name.endswith("__random_state")) and value is None
        ]
        self.estimator.set_params(**dict.fromkeys(unset, context.seed))
        try:
            self._fit(train, bool(context.recipe.class_weights))
        except (ValueError, TypeError) as error:
            if not any(isinstance(stream.array, Ragged) for stream in train.streams.values()):
                raise
            what = f"{type(self.estimator).__name__} cannot be fitted on sequences ({error})"
            remedy = "take a representation that gives one array a sample, or a model of sequences"
            raise EmobenchError(what, where=f"model {self._name!r}", remedy=remedy) from error

    def _fit(self, train: Samples, balanced: bool) -> None:
        if train.kind == "distribution":
            self._fit_votes(train, balanced)
        elif train.kind == "values":
            self._fit_values(train)
        else:
            self.estimator.fit(_features(train), train.y, **(self._balanced(train) if balanced else {}))

    def _fit_votes(self, train: Samples, balanced: bool) -> None:
        rows, classes = train.y.nonzero()
        weights = train.y[rows, classes]
        if balanced:
            shares = train.y.sum(axis=0)
            weights = weights * (shares.sum() / ((shares > 0).sum() * shares[classes]))
        handed = self._weighted_by(weights)
        if handed is None:
            what = "it takes no sample_weight, so that it cannot learn how many raters chose a class"
            raise EmobenchError(
                what, where=f"model {self._name!r}", remedy="use one that does, or a class as the target"
            )
        features = _features(train)
        chosen = [features[row] for row in rows] if isinstance(features, list) else features[rows]
        self.estimator.fit(chosen, classes, **handed)

    def _fit_values(self, train: Samples) -> None:
        from sklearn.multioutput import MultiOutputRegressor

        alone, together = _takes(self.estimator)
        if train.y.shape[1] > 1 and not together:
            self.estimator, together, alone = MultiOutputRegressor(self.estimator), True, False
        one_column = train.y.shape[1] == 1 and alone
        self.estimator.fit(_features(train), train.y[:, 0] if one_column else train.y)

    def _balanced(self, train: Samples) -> dict[str, Any]:
        """Let all classes count alike: by what to hand to the estimator's ``fit``, or else by a parameter of its own.

        Raises:
            EmobenchError: it has neither.
        """
        from sklearn.utils.class_weight import compute_sample_weight

        # First by weights of the samples: what calibrates probabilities within an estimator then counts them so as well.
        handed = self._weighted_by(compute_sample_weight("balanced", train.y))
        if handed is not None:
            return handed
        own = [name for name in self.estimator.get_params(deep=True) if name.rpartition("__")[2] == "class_weight"]
        if not own:
            what = "it has neither class_weight nor sample_weight"
            raise EmobenchError(what, where=f"model {self._name!r}", remedy="leave class_weights out")
        self.estimator.set_params(**dict.fromkeys(own, "balanced"))
        return {}

    def _weighted_by(self, weights: NDArray[np.float64]) -> dict[str, Any] | None:
        """Return how weights of samples are handed to ``fit``; ``None`` where it takes none."""
        step, last = self.estimator.steps[-1] if hasattr(self.estimator, "steps") else ("", self.estimator)
        if "sample_weight" not in named_arguments(last.fit):
            return None
        return {f"{step}__sample_weight" if step else "sample_weight": weights}

    def predict_proba(self, samples: Samples) -> NDArray[np.float64]:
        """Return (n, k) probabilities; a class without a training sample gets probability 0.

        Raises:
            EmobenchError: the estimator returned another number of rows or columns.
        """
        import numpy as np

        classes = np.asarray(self.estimator.classes_, dtype=np.int64)
        known = np.asarray(self.estimator.predict_proba(_features(samples)))
        require_shape(known, (len(samples), len(classes)), self._name, "predict_proba() returned probabilities")
        result = np.zeros((len(samples), len(samples.classes)))
        result[:, classes] = known
        return result

    def predict_values(self, samples: Samples) -> NDArray[np.float64]:
        """Return (n, d) values.

        Raises:
            EmobenchError: the estimator returned another number of rows or columns.
        """
        import numpy as np

        values = np.asarray(self.estimator.predict(_features(samples)), dtype=np.float64)
        values = values[:, None] if values.ndim == 1 else values
        require_shape(values, (len(samples), len(samples.classes)), self._name, "predict() returned values")
        return values

    def save(self, folder: Path) -> None:
        """Write the fitted estimator with joblib."""
        import joblib

        joblib.dump(self.estimator, folder / _ESTIMATOR_FILE)

    def load(self, folder: Path) -> None:
        """Read the fitted estimator back; joblib files run code, so load only your own."""
        import joblib

        self.estimator = joblib.load(folder / _ESTIMATOR_FILE)

    def parameter_count(self) -> int | None:
        """Return the number of fitted coefficients of the (last step of the) estimator, where it has any."""
        import numpy as np

        last = self.estimator.steps[-1][1] if hasattr(self.estimator, "steps") else self.estimator
        arrays: list[Any] = []
        for name in ("coef_", "intercept_", "coefs_", "intercepts_"):
            value = getattr(last, name, [])
            arrays.extend(value if isinstance(value, list) else [value])
        return sum(np.size(array) for array in arrays) or None


class FittedEstimator(EstimatorModel):
    """A classifier or regressor that was fitted elsewhere: its columns are what they were there."""

    def predict_proba(self, samples: Samples) -> NDArray[np.float64]:
        """Return (n, k) probabilities in the classifier's own order of columns."""
        import numpy as np

        return np.asarray(self.estimator.predict_proba(_features(samples)), dtype=np.float64)


def check_estimator(estimator: Any, kind: Kind, where: str) -> None:
    """Refuse an estimator that does not suit the kind of target.

    Raises:
        EmobenchError: a classifier on values, a regressor on classes or votes, or what has no ``fit``.
    """
    called, regressor = type(estimator).__name__, _is_regressor(estimator)
    if kind == "values" and not regressor:
        remedy = "use a regressor, such as RandomForestRegressor, or a class as the target"
        raise EmobenchError(f"{called} is no regressor, and the target is values", where=where, remedy=remedy)
    if kind != "values" and regressor:
        what = f"{called} is a regressor, and the target is {'a class' if kind == 'class' else 'votes on classes'}"
        raise EmobenchError(what, where=where, remedy="use a classifier with predict_proba, or values as the target")
    if kind != "values" and not hasattr(estimator, "predict_proba"):
        remedy = "set probability=True where it has that, or wrap it in sklearn.calibration.CalibratedClassifierCV"
        raise EmobenchError(f"{called} has no predict_proba", where=where, remedy=remedy)
    if missing := [name for name in ("set_params", "fit") if not hasattr(estimator, name)]:
        what = f"{called} has get_params, but no {' and no '.join(missing)}"
        raise EmobenchError(what, where=where, remedy="subclass sklearn.base.BaseEstimator")


def _is_regressor(estimator: Any) -> bool:
    """Tell by scikit-learn's tags; of a class that has none of them, by what it offers."""
    from sklearn.base import is_regressor

    try:
        return bool(is_regressor(estimator))
    except AttributeError:
        return not hasattr(estimator, "predict_proba")


def _takes(regressor: Any) -> tuple[bool, bool]:
    """Tell whether it predicts one number, and whether several at once, by scikit-learn's tags; without any, one alone."""
    from sklearn.utils import get_tags

    try:
        tags = get_tags(regressor).target_tags
    except AttributeError:
        return True, False
    return bool(tags.single_output), bool(tags.multi_output)


def _features(samples: Samples) -> Any:
    """Return what an estimator takes: a table (n, features), texts (n,) or a list of n sequences."""
    import numpy as np

    # What takes texts, a vectoriser, takes a sequence of them.
    if texts := [stream for stream, of in samples.streams.items() if of.array.dtype.kind == "U"]:
        if len(samples.streams) > 1:
            what = f"the stream {texts[0]!r} holds texts, which no table of numbers does"
            raise EmobenchError(what, remedy="let the estimator take it alone")
        return samples.x()
    if sequences := [stream for stream, of in samples.streams.items() if isinstance(of.array, Ragged)]:
        if len(samples.streams) > 1:
            what = f"the stream {sequences[0]!r} holds sequences, which no table of numbers does"
            raise EmobenchError(what, remedy="let the estimator take it alone, or use a network of several streams")
        return samples.sequences()
    # An estimator takes one table: the columns of several streams are joined.
    flat = [samples.x(stream).reshape(len(samples), -1) for stream in samples.streams]
    return flat[0] if len(flat) == 1 else np.concatenate(flat, axis=1)
