"""Each planted fault of a model fails its own check and no other."""

from __future__ import annotations

from tests.support.conformance import assert_only_this_fails, planted
from tests.support.planted_faults import Fault


@planted("models")
def test_a_faulty_model_fails_one_check(fault: Fault) -> None:
    assert_only_this_fails("models", fault)
