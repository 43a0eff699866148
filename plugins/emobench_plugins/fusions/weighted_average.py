"""The weighted average of class probabilities, with the weights that suit the validation part best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emobench import EmobenchError, Fusion, hookimpl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class WeightedAverage(Fusion):
    """The mean of the members' probabilities, weighted by what minimises its log loss on the validation part.

    The weights are not negative and sum to one. The log loss of the weighted mean is convex in them, so whatever minimum is
    found is the smallest loss there is; the search (SLSQP) starts from equal weights and draws nothing at random. Members
    that predict the same share their weight equally.

    Weights need validation samples to be worth something. From a single sample, all the weight goes to the member that is
    surest of its class; with one class only, to whoever favours that class; from none, the weights stay equal.
    """

    name = "weighted-average"
    title = "Weighted average of probabilities"
    learns = True
    packages = ("scipy",)

    def fit(self, probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> dict[str, Any]:
        """Find the weights.

        A probability of the true class below 2**-23, the resolution of float32 at one, counts as 2**-23: a member that was
        surely wrong once is not barred for ever, and the loss is finite where all members were.

        Args:
            probabilities: (m, n, k) of the members.
            labels: (n,) indices of the classes.

        Returns:
            ``weights``: m floats with 6 decimals, which sum to one before they are rounded.

        Raises:
            EmobenchError: the search failed.
        """
        import numpy as np

        resolution = float(np.finfo(np.float32).eps)
        of_truth = np.maximum(probabilities[:, np.arange(len(labels)), labels], resolution)
        return {"weights": [round(float(weight), 6) for weight in _weights(of_truth)]}

    def combine(self, probabilities: NDArray[np.float64], **learnt: Any) -> NDArray[np.float64]:
        """Return the (n, k) weighted mean over the members.

        Args:
            probabilities: (m, n, k) of the members.
            **learnt: ``weights``, m floats; divided by their sum, for they were rounded.
        """
        import numpy as np

        mean: NDArray[np.float64] = np.average(probabilities, axis=0, weights=learnt["weights"])
        return mean


def _weights(of_truth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Minimise the mean of ``-log(weights @ of_truth)`` over the weights that are not negative and sum to one.

    Args:
        of_truth: (m, n) positive probabilities that the members give to the true class of each sample.
    """
    import numpy as np
    from scipy.optimize import minimize

    members, samples = of_truth.shape
    equal = np.full(members, 1 / members)
    if not samples:
        return equal

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        mixed = weights @ of_truth
        return -np.log(mixed).mean(), -(of_truth / mixed).mean(axis=1)

    found = minimize(
        loss,
        equal,
        jac=True,
        method="SLSQP",
        bounds=[(0, 1)] * members,
        constraints={"type": "eq", "fun": lambda weights: weights.sum() - 1, "jac": lambda _: np.ones(members)},
        options={"ftol": 1e-12, "maxiter": 1000},
    )
    if not found.success:
        raise EmobenchError(
            f"no weights found for the members: {found.message}",
            remedy="look whether the members' probabilities are sound, or use 'average'",
        )
    # The bounds and the sum hold to within rounding errors only.
    positive = np.clip(found.x, 0, None)
    weights: NDArray[np.float64] = positive / positive.sum()
    return weights


@hookimpl
def emobench_fusions() -> list[Fusion]:
    """Register ``weighted-average``."""
    return [WeightedAverage()]
