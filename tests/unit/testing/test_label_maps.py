"""Each planted fault of a label map fails its own check and no other."""

from __future__ import annotations

from tests.support.conformance import assert_only_this_fails, planted
from tests.support.planted_faults import Fault


@planted("label_maps")
def test_a_faulty_label_map_fails_one_check(fault: Fault) -> None:
    assert_only_this_fails("label_maps", fault)
