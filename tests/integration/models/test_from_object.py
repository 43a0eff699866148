"""Models in memory whose output has the wrong shape."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from emobench.api import evaluate
from emobench.errors import EmobenchError
from tests.support.wrong_shapes import Pair, Short, Wide

TASK: dict[str, Any] = {
    "dataset": "ravdess",
    "protocol": "random-clips",
    "labels": "seven-emotions",
    "takes": "mfcc-chroma-mel",
    "limit": 14,
    "training": {"epochs": 1},
    "device": "cpu",
}


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (torch.nn.LazyLinear(7), "call the module once on a batch first"),
        (torch.nn.Linear(180, 5), r"returned logits of shape \(\d+, 5\), wanted \(\d+, 7\)"),
        (Pair(180, 7), "returned a tuple"),
        (Wide(), r"returned probabilities of shape \(\d+, 9\), wanted \(\d+, 7\)"),
        (Short(), r"returned probabilities of shape \(\d+, 7\), wanted"),
    ],
)
def test_output_of_the_wrong_shape_is_explained(model: Any, said: str) -> None:
    with pytest.raises(EmobenchError, match=said):
        evaluate(model, **TASK)
