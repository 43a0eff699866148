"""Regressors on standardised features, for values such as valence and arousal: scikit-learn's Ridge and SVR."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench import ModelSpec, hookimpl

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def build_ridge(*, alpha: float = 1.0) -> Pipeline:
    """Return a pipeline of StandardScaler and Ridge: all dimensions at once.

    Args:
        alpha: strength of the regularisation.
    """
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), Ridge(alpha=alpha))


def build_svr(*, C: float = 1.0, kernel: str = "rbf") -> Pipeline:  # noqa: N803 - scikit-learn's name
    """Return a pipeline of StandardScaler and SVR on a standardised target; the harness fits one for each dimension.

    Args:
        C: inverse strength of the regularisation.
        kernel: ``rbf`` (gamma as scikit-learn scales it) or ``linear``.
    """
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVR

    # The insensitive tube of SVR is 0.1 wide, whatever the unit of the target: so the target has unit variance.
    regressor = TransformedTargetRegressor(SVR(C=C, kernel=kernel), transformer=StandardScaler())
    return make_pipeline(StandardScaler(), regressor)


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register ``ridge`` and ``svr``."""
    return [
        ModelSpec(
            name="ridge",
            title="Ridge regression",
            build=build_ridge,
            takes=("mfcc-chroma-mel",),
            parameters={"alpha": 1.0},
            kinds=("values",),
            citation="Hoerl, Kennard: Ridge regression: biased estimation for nonorthogonal problems. Technometrics 1970.",
            packages=("scikit-learn",),
        ),
        ModelSpec(
            name="svr",
            title="SVR",
            build=build_svr,
            takes=("mfcc-chroma-mel",),
            parameters={"C": 1.0, "kernel": "rbf"},
            kinds=("values",),
            citation="Drucker, Burges, Kaufman, Smola, Vapnik: Support vector regression machines. NIPS 1996.",
            packages=("scikit-learn",),
        ),
    ]
