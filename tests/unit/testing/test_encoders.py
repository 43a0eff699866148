"""Each planted fault of an encoder fails its own check and no other."""

from __future__ import annotations

from tests.support.conformance import assert_only_this_fails, planted, results
from tests.support.planted_faults import Fault, Unfetched


@planted("encoders")
def test_a_faulty_encoder_fails_one_check(fault: Fault) -> None:
    assert_only_this_fails("encoders", fault)


def test_an_encoder_whose_weights_are_not_here_is_not_tried() -> None:
    found = {result.check: result for result in results("encoders", Unfetched())}
    assert {result.status for result in found.values()} == {"passed", "skipped"}
    tried = {name for name, result in found.items() if result.status == "passed"}
    assert tried == {"packages-installed", "states-its-training"} | ({"light-import"} & tried)
    assert found["encodes"].seen == "the weights are not here; fetch them"
