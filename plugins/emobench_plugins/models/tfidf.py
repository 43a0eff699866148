"""The plain baseline of texts, scikit-learn's: TF-IDF, and logistic regression or ridge regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench import ModelSpec, hookimpl
from emobench.contracts import Kind

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

_MOST_STEPS = 10_000  # of L-BFGS; with a large C the default of 100 stops before the optimum


def build(*, kind: Kind, C: float = 1.0) -> Pipeline:  # noqa: N803 - scikit-learn's name
    """Return a pipeline of TfidfVectorizer and LogisticRegression, or of values Ridge, both fitted on the training part.

    Words are runs of two or more letters, digits or underscores, in lower case; each counts by its frequency in the text
    times its inverse document frequency, smoothed, and each text has the length 1, as scikit-learn does by default. Texts
    without spaces between words need another model.

    Args:
        kind: of the target.
        C: inverse strength of the regularisation; the ``alpha`` of Ridge is 1 / (2 C), as scikit-learn's page of Ridge
            relates them.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline

    last = Ridge(alpha=1 / (2 * C)) if kind == "values" else LogisticRegression(C=C, max_iter=_MOST_STEPS)
    return make_pipeline(TfidfVectorizer(), last)


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register ``tfidf``."""
    return [
        ModelSpec(
            name="tfidf",
            title="TF-IDF",
            build=build,
            takes=("text",),
            parameters={"C": 1.0},
            citation="Salton, Buckley: Term-weighting approaches in automatic text retrieval. IPM 1988.",
            packages=("scikit-learn",),
        )
    ]
