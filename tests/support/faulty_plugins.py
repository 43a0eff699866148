"""Plugins as they should be, and what the loader says of one that is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, cast

from emobench.contracts.fusion import Fusion
from emobench.contracts.label_map import LabelMap
from emobench.contracts.metric import Metric
from emobench.plugins.loading import load
from emobench.plugins.registry import PluginStatus, Registry
from tests.conftest import FakeEntry, module


class First(Fusion):
    """A fusion that is as it should be."""

    name: ClassVar[str] = "first"
    title: ClassVar[str] = "the first member"

    def combine(self, probabilities: Any) -> Any:
        """Return the first."""
        return probabilities[0]


GOOD = module("good_plugin", emobench_fusions=lambda: [First()])


def loaded(*entries: FakeEntry, allowed: str | None = None) -> Registry:
    return load(cast(Any, list(entries)), allowed)


def status(of: Registry, name: str) -> PluginStatus:
    return next(plugin for plugin in of.plugins if plugin.name == name)


def broken_beside_good(bad: Any) -> PluginStatus:
    """Load a bad plugin between good ones, and make sure that they do not suffer."""
    other = module("other_plugin", emobench_metrics=lambda: [Metric("zero", "Zero", lambda *_: 0.0)])
    plugins = loaded(FakeEntry("good", GOOD), FakeEntry("bad", bad), FakeEntry("other", other))
    assert list(plugins.fusions) == ["first"]
    assert list(plugins.metrics) == ["zero"]
    result = status(plugins, "bad")
    assert result.status == "broken"
    assert list(plugins.broken()) == [f"plugin 'bad' (stranger 1.0) is broken: {'; '.join(result.problems)}"]
    assert "\n" not in "".join(result.problems)
    return result


def problem(bad: Any) -> str:
    (only,) = broken_beside_good(bad).problems
    return only


def raising(error: BaseException) -> Callable[[], Any]:
    def hook() -> Any:
        raise error

    return hook


def shades() -> LabelMap:
    return LabelMap("shades", 1, ("dark", "light"), {"dark": "dark", "light": "light"})
