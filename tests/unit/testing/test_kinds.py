"""Every check has a fault that it finds and a line in the documentation; names that are unknown are refused."""

from __future__ import annotations

from typing import Any

import pytest

from emobench import testing as testing_module
from emobench.errors import EmobenchError
from emobench.plugins.loading import load
from emobench.testing import kinds as testing
from emobench.testing.contract import Kind
from emobench.testing.kinds import CONTRACTS, checks_for
from tests import ROOT, conftest
from tests.conftest import FakeEntry
from tests.support.planted_faults import FAULTS


@pytest.mark.parametrize("kind", CONTRACTS)
def test_every_check_has_a_planted_fault(kind: Kind) -> None:
    assert {contract.name for contract in CONTRACTS[kind]} == {name for name, _, _ in FAULTS[kind]} | {"light-import"}


def test_an_unknown_kind_or_name_is_an_error_with_the_nearest() -> None:
    with pytest.raises(EmobenchError, match="did you mean 'models'"):
        checks_for("model", "mlp")  # type: ignore[arg-type]
    with pytest.raises(EmobenchError, match="did you mean 'average'"):
        checks_for("fusions", "averge")


def test_a_plugin_of_the_name_is_told_from_a_component() -> None:
    entries: Any = [FakeEntry("mine", SyntaxError("invalid syntax")), FakeEntry("dots", conftest)]
    made = load(entries)
    made.plugins[1].name = "spots"
    with pytest.raises(EmobenchError, match=r"plugin 'mine' is broken: SyntaxError: invalid syntax"):
        testing.kinds_of("mine", made)
    with pytest.raises(EmobenchError, match=r"'spots' is a plugin; check one of what it registers: .*dots"):
        testing.kinds_of("spots", made)


def test_names_that_are_exported_are_there() -> None:
    assert all(hasattr(testing_module, name) for name in testing_module.__all__)


def test_the_documentation_lists_every_check_in_its_words() -> None:
    page = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    rows = {
        title: [line for line in text.splitlines() if line.startswith("| `")]
        for title, text in (section.split("\n", 1) for section in page.split("\n## ")[1:])
    }
    common = rows["Every kind"]
    for kind, contracts in CONTRACTS.items():
        told = common + rows[kind.replace("_", " ").capitalize()]
        assert told == [f"| `{one.name}` | {one.promise} |" for one in contracts]
