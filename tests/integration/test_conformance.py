"""The conformance kit: what keeps to its contract passes, and each planted fault fails its own check and no other."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from emobench.plugins.loading import installed_plugins
from emobench.testing.contract import Kind
from emobench.testing.kinds import checks_for
from emobench.testing.light_import import HEAVY
from tests.support.conformance import results
from tests.support.planted_faults import SOUND


@pytest.mark.parametrize(("kind", "component"), SOUND, ids=[f"{kind}-{type(one).__name__}" for kind, one in SOUND])
def test_what_keeps_to_its_contract_passes(kind: str, component: Any) -> None:
    found = results(kind, component)
    assert [str(result) for result in found if result.status == "failed"] == []
    skipped = {result.check for result in found if result.status == "skipped"}
    # The plugin of these tests is no file, so that another process cannot import it.
    there = {"light-import", "learnt-is-json", "equal-members", "folds-test-all-once", "logits", "one-sample-a-class"}
    there |= {"member-order", "padding"}
    assert skipped <= there


def test_importing_the_kit_imports_neither_pytest_nor_a_framework() -> None:
    code = f"import sys, emobench.testing; print([m for m in {('pytest', *HEAVY)!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


DESCRIBED = ("iemocap", "jaffe", "meld")
"""One descriptor of lines of texts, one of pictures, one of films; the twins of all are in tests/plugins/corpora."""


def built_in(*kinds: Kind) -> pytest.MarkDecorator:
    modules = installed_plugins().modules
    found = [
        (kind, name)
        for kind in kinds
        for name in sorted(getattr(installed_plugins(), kind))
        if not modules[kind, name].endswith(".corpora") or (kind == "datasets" and name in DESCRIBED)
    ]
    return pytest.mark.parametrize(("kind", "name"), found, ids=[name for _, name in found])


def assert_passes(kind: Kind, name: str) -> None:
    found = [check.run() for check in checks_for(kind, name)]
    assert [str(result) for result in found if result.status == "failed"] == []
    assert any(result.status == "passed" for result in found)


@built_in("fusions", "protocols", "representations", "label_maps", "metrics")
def test_what_is_built_in_passes(kind: Kind, name: str) -> None:
    assert_passes(kind, name)


@built_in("datasets")
def test_datasets_that_are_built_in_pass(kind: Kind, name: str) -> None:
    assert_passes(kind, name)


def test_an_estimator_that_is_built_in_passes() -> None:
    assert_passes("models", "mlp")


@pytest.mark.usefixtures("one_thread")
def test_a_network_that_is_built_in_passes() -> None:
    assert_passes("models", "resnet18")
