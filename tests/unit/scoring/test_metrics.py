"""Which metrics look at probabilities."""

from __future__ import annotations

from typing import Any

import pytest
from numpy.typing import NDArray

from emobench.contracts.metric import Metric
from emobench.scoring.metrics import needs_probabilities
from tests.support.factories import built_in_metrics

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_which_metrics_need_probabilities(classes: int) -> None:
    assert {one.name for one in built_in_metrics() if needs_probabilities(one, classes)} == {"log_loss", "ece"}

    def throws(truth: NDArray[Any], probabilities: NDArray[Any], names: tuple[str, ...]) -> float:
        raise RuntimeError

    assert needs_probabilities(Metric("throws", "throws", throws), classes)
