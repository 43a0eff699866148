"""Discovery and containment: what is broken is named, and nothing else suffers."""

from __future__ import annotations

import importlib.metadata
from typing import Any

import pytest

from emobench.plugins.loading import installed_plugins
from tests import ROOT
from tests.conftest import FakeEntry, module
from tests.support.faulty_plugins import GOOD, First, broken_beside_good, loaded, problem, raising, shades, status
from tests.support.planted_faults import Ear, Loudness


def generator_that_raises() -> Any:
    yield First()
    raise RuntimeError("half way")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ImportError("No module named 'keras'"), "ImportError: No module named 'keras'"),
        (SyntaxError("invalid\n  syntax"), "SyntaxError: invalid syntax"),
        (AttributeError("module has no attribute 'x'"), "AttributeError: module has no attribute 'x'"),
        (SystemExit(3), "SystemExit: 3"),
    ],
)
def test_plugin_that_cannot_be_imported_is_named_with_its_reason(error: BaseException, reason: str) -> None:
    assert problem(error) == reason


def test_interrupt_while_loading_is_not_swallowed() -> None:
    with pytest.raises(KeyboardInterrupt):
        loaded(FakeEntry("slow", KeyboardInterrupt()))


@pytest.mark.parametrize("what", [5, "text", First, First(), object()])
def test_entry_point_that_is_no_module_is_broken(what: Any) -> None:
    assert "must name a module" in problem(what)


def test_hook_that_raises_is_named_and_the_plugins_other_hooks_count() -> None:
    bad = module(emobench_datasets=raising(ValueError("no idea")), emobench_label_maps=lambda: [shades()])
    result = broken_beside_good(bad)
    assert result.problems == ["emobench_datasets failed: ValueError: no idea"]
    assert result.provides == {"label_maps": ["shades"]}


def test_hook_that_exits_is_contained() -> None:
    assert problem(module(emobench_models=raising(SystemExit("bye")))) == "emobench_models failed: SystemExit: bye"


def test_generator_that_raises_half_way_registers_nothing() -> None:
    assert problem(module(emobench_fusions=generator_that_raises)).endswith("RuntimeError: half way")


def test_duplicate_name_stays_with_the_first() -> None:
    thief = module("thief_plugin", emobench_fusions=lambda: [First()])
    plugins = loaded(FakeEntry("good", GOOD), FakeEntry("thief", thief))
    assert plugins.modules["fusions", "first"] == "good_plugin"
    assert status(plugins, "thief").problems == ["emobench_fusions: the name 'first' is taken by good_plugin"]


@pytest.mark.parametrize(("first", "second"), [("representations", "encoders"), ("encoders", "representations")])
def test_a_representation_and_an_encoder_share_no_name(first: str, second: str) -> None:
    components = {"representations": Loudness(), "encoders": Ear()}
    good, thief = (
        module(f"{kind}_plugin", **{f"emobench_{kind}": lambda kind=kind: [components[kind]]})
        for kind in (first, second)
    )
    plugins = loaded(FakeEntry("good", good), FakeEntry("thief", thief))
    assert list(getattr(plugins, first)) == ["on-trial"]
    assert getattr(plugins, second) == {}
    taken = f"emobench_{second}: the name 'on-trial' is taken by {first}_plugin"
    assert status(plugins, "thief").problems == [taken]


def test_built_in_plugins_come_before_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    from emobench.plugins import loading

    entries = [FakeEntry("aaa", GOOD), FakeEntry("zzz", GOOD, "emobench"), FakeEntry("lost", GOOD, None)]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: entries)
    assert [entry.name for entry in loading._entry_points()] == ["zzz", "aaa", "lost"]


def test_misspelt_hook_is_named_with_the_nearest() -> None:
    assert problem(module(emobench_dataset=lambda: [])) == (
        "there is no hook 'emobench_dataset'; did you mean 'emobench_datasets'?"
    )


def test_helper_without_the_marker_is_no_hook() -> None:
    plain = module()
    plain.emobench_model = list  # type: ignore[attr-defined]
    plain.emobench_models = list  # type: ignore[attr-defined]
    plugins = loaded(FakeEntry("plain", plain))
    assert status(plugins, "plain").status == "loaded"
    assert not plugins.models


def test_wrong_hook_argument_is_named() -> None:
    bad = module(emobench_cell_started=lambda zelle: None)
    assert "zelle" in problem(bad)


def test_same_module_under_two_names_is_loaded_once() -> None:
    plugins = loaded(FakeEntry("one", GOOD), FakeEntry("two", GOOD))
    assert [plugin.status for plugin in plugins.plugins] == ["loaded", "broken"]


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        (None, ["loaded", "loaded"]),
        ("one", ["loaded", "not allowed"]),
        (" theirs , ", ["not allowed", "loaded"]),
        ("mine,two", ["loaded", "loaded"]),
        ("", ["not allowed", "not allowed"]),
        ("On", ["not allowed", "not allowed"]),
    ],
)
def test_allow_list_names_entry_points_or_distributions(allowed: str | None, expected: list[str]) -> None:
    plugins = loaded(
        FakeEntry("one", module("one_plugin"), "mine"),
        FakeEntry("two", module("two_plugin"), "theirs"),
        allowed=allowed,
    )
    assert [plugin.status for plugin in plugins.plugins] == expected
    assert not list(plugins.broken())


def test_plugin_that_is_not_allowed_is_not_imported() -> None:
    plugins = loaded(FakeEntry("worm", AssertionError("imported")), allowed="other")
    assert status(plugins, "worm").problems == []


def test_built_in_plugins_are_all_loaded_and_provide_something() -> None:
    own = [plugin for plugin in installed_plugins().plugins if plugin.distribution.startswith("emobench ")]
    declared = (ROOT / "plugins" / "emobench_plugins").rglob("*.py")
    modules = {plugin.module for plugin in own}
    root = ROOT / "plugins"
    for path in declared:
        text = path.read_text(encoding="utf-8")
        if "@hookimpl" in text:
            name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
            assert name in modules, f"{name} is in no entry point"
    assert [plugin.problems for plugin in own if plugin.status != "loaded"] == []
    # A listener provides nothing to choose: it hears of what happens.
    assert all(plugin.provides for plugin in own if ".listeners." not in plugin.module)


def test_module_that_the_distribution_lacks_is_said_with_the_remedy() -> None:
    lacking = FakeEntry("bad", ModuleNotFoundError("No module named 'my_models'", name="my_models"))
    lacking.value = "my_models"
    said = status(loaded(lacking), "bad").problems[0]
    assert said.startswith("the distribution does not contain the module 'my_models'")
    assert 'py-modules = ["my_models"]' in said
    other = FakeEntry("bad", ModuleNotFoundError("No module named 'keras'", name="keras"))
    assert status(loaded(other), "bad").problems == ["ModuleNotFoundError: No module named 'keras'"]
