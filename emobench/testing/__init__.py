"""The conformance kit: what every component of a plugin must keep to, checked.

In a test of a plugin::

    import pytest
    from emobench.testing import checks_for

    @pytest.mark.parametrize("check", checks_for("models", "my-model"), ids=str)
    def test_conformance(check):
        check()

On the command line, ``emobench check my-model`` does the same. docs/conformance.md lists every check. Importing this package
imports neither pytest nor a framework.
"""

from emobench.testing.contract import Breach, Check, CheckResult, Contract, Kind, NotApplicable
from emobench.testing.kinds import CONTRACTS, checks_for, kinds_of

__all__ = ["CONTRACTS", "Breach", "Check", "CheckResult", "Contract", "Kind", "NotApplicable", "checks_for", "kinds_of"]
