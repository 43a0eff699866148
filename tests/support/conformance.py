"""One component on trial: its results, and that a planted fault fails its own check and no other."""

from __future__ import annotations

from typing import Any

import pytest

from emobench.plugins.loading import load
from emobench.plugins.registry import Registry
from emobench.testing.contract import CheckResult
from emobench.testing.kinds import checks_for
from tests import conftest
from tests.conftest import FakeEntry, module
from tests.support.planted_faults import FAULTS, Fault, Hums, Others, Rows


def registered(kind: str, component: Any) -> Registry:
    """Return a registry of one component, dots with all that belongs to them, and hums."""
    planted: list[Any] = [
        FakeEntry("planted", module("planted_plugin", **{f"emobench_{kind}": lambda: [component]})),
        FakeEntry("hums", module("hums_plugin", emobench_datasets=lambda: [Hums(), Others()])),
        FakeEntry("rows", module("rows_plugin", emobench_representations=lambda: [Rows()])),
        FakeEntry("dots", conftest),
    ]
    return load(planted)


def results(kind: Any, component: Any) -> list[CheckResult]:
    return [check.run() for check in checks_for(kind, "on-trial", registered(kind, component))]


def planted(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "fault", FAULTS[kind], ids=[f"{check}-{said[:20]}" for check, _, said in FAULTS[kind]]
    )


def assert_only_this_fails(kind: str, fault: Fault) -> None:
    name, component, said = fault
    failed = {result.check: result for result in results(kind, component) if result.status == "failed"}
    assert set(failed) == {name}, [str(result) for result in failed.values()]
    assert said in failed[name].seen
    assert failed[name].promise in str(failed[name])
    assert failed[name].remedy in str(failed[name])
    assert "\n" not in str(failed[name])


def with_registry(monkeypatch: pytest.MonkeyPatch, made: Registry) -> None:
    monkeypatch.setattr("emobench.plugins.installed_plugins", lambda: made)
