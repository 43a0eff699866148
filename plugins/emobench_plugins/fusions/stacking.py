"""Stacking: a logistic regression on the members' probabilities, fitted on the validation part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emobench import EmobenchError, Fusion, hookimpl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Stacking(Fusion):
    """Multinomial logistic regression on the logarithms of the members' probabilities, all side by side.

    Wolpert: Stacked generalization. Neural Networks 1992. There the second level learns from predictions for samples that
    the first was not fitted on; here those of the validation part.

    The regression is scikit-learn's: lbfgs, with its default L2 penalty (C = 1.0) on the coefficients, which it does not
    standardise. With two classes in the validation part it is scikit-learn's binary one. A class without a validation sample
    cannot be learnt, and gets probability zero.
    """

    name = "stacking"
    title = "Stacking with logistic regression"
    learns = True
    packages = ("scikit-learn", "scipy")

    def fit(self, probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> dict[str, Any]:
        """Fit the regression.

        Args:
            probabilities: (m, n, k) of the members.
            labels: (n,) indices of the classes.

        Returns:
            ``classes``: the c indices that occur in ``labels``, ascending; ``coefficients``: c rows of m * k floats;
            ``intercepts``: c floats.

        Raises:
            EmobenchError: fewer than two classes occur.
        """
        import numpy as np
        from sklearn.linear_model import LogisticRegression

        if len(present := np.unique(labels)) < 2:
            raise EmobenchError(
                f"stacking needs validation samples of at least two classes, and there are {len(present)}",
                remedy="use a protocol with a larger validation part, or a fusion that does not learn",
            )
        # By default lbfgs may stop after 100 steps, too few for features that are not standardised.
        regression = LogisticRegression(max_iter=10_000).fit(_features(probabilities), labels)
        coefficients, intercepts = regression.coef_, regression.intercept_
        if len(present) == 2:  # scikit-learn keeps the difference of the two rows only
            coefficients = np.concatenate([np.zeros_like(coefficients), coefficients])
            intercepts = np.concatenate([np.zeros_like(intercepts), intercepts])
        return {
            "classes": present.tolist(),
            "coefficients": coefficients.tolist(),
            "intercepts": intercepts.tolist(),
        }

    def combine(self, probabilities: NDArray[np.float64], **learnt: Any) -> NDArray[np.float64]:
        """Return the (n, k) probabilities of the regression.

        Args:
            probabilities: (m, n, k) of the members.
            **learnt: ``classes``, ``coefficients`` and ``intercepts``, as :meth:`fit` returns them.
        """
        import numpy as np
        from scipy.special import softmax

        logits = _features(probabilities) @ np.asarray(learnt["coefficients"]).T + np.asarray(learnt["intercepts"])
        combined = np.zeros(probabilities.shape[1:])
        combined[:, learnt["classes"]] = softmax(logits, axis=1)
        return combined


def _features(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n, m * k) natural logarithms, the first member's k classes first.

    Probabilities below 2**-23, the resolution of float32 at one, count as 2**-23 (as in scikit-learn's log loss of float32
    probabilities): the logarithm of a zero would be infinite, and that of a far smaller number would outweigh all others.
    """
    import numpy as np

    logarithms = np.log(np.maximum(probabilities, float(np.finfo(np.float32).eps)))
    features: NDArray[np.float64] = logarithms.transpose(1, 0, 2).reshape(probabilities.shape[1], -1)
    return features


@hookimpl
def emobench_fusions() -> list[Fusion]:
    """Register ``stacking``."""
    return [Stacking()]
