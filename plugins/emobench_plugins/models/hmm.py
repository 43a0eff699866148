"""A Gaussian hidden Markov model for each class: hmmlearn's, and classes by likelihood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench import ModelSpec, hookimpl

if TYPE_CHECKING:
    from emobench_plugins.models._markov_models import MarkovModels


def build(*, states: int = 4, least_variance: float = 0.01, iterations: int = 20) -> MarkovModels:
    """Return the classifier.

    Args:
        states: of each class's model.
        least_variance: of a state, relative to the variance of all training steps.
        iterations: of expectation and maximisation, at most.
    """
    from emobench_plugins.models._markov_models import MarkovModels

    return MarkovModels(states, least_variance, iterations)


@hookimpl
def emobench_models() -> list[ModelSpec]:
    """Register ``hmm``."""
    return [
        ModelSpec(
            name="hmm",
            title="Gaussian HMMs",
            build=build,
            takes=("mfcc-sequence",),
            parameters={"states": 4, "least_variance": 0.01, "iterations": 20},
            citation="Schuller, Rigoll, Lang: Hidden Markov model-based speech emotion recognition. ICASSP 2003.",
            packages=("hmmlearn", "scikit-learn"),
            kinds=("class",),
        )
    ]
