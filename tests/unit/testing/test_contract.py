"""A check as a test, and what it says of what was raised."""

from __future__ import annotations

import unittest

import pytest

from emobench.testing.kinds import checks_for
from tests.support.conformance import registered
from tests.support.planted_faults import FAULTS, Mean


def test_a_check_is_a_test() -> None:
    checks = {str(check): check for check in checks_for("fusions", "on-trial", registered("fusions", Mean()))}
    checks["shape"]()
    with pytest.raises(unittest.SkipTest, match="it does not learn"):
        checks["learnt-is-json"]()
    _, component, _ = next(fault for fault in FAULTS["fusions"] if fault[0] == "shape")
    (faulty,) = [
        check for check in checks_for("fusions", "on-trial", registered("fusions", component)) if str(check) == "shape"
    ]
    with pytest.raises(AssertionError, match=r"FAILED   shape: .*; the contract: .*; to keep it: "):
        faulty()
