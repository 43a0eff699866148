"""Discovery and containment: what is broken is named, and nothing else suffers."""

from __future__ import annotations

import importlib.metadata
import inspect
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest
from sklearn.dummy import DummyClassifier

from emobench.contracts.fusion import Fusion
from emobench.contracts.label_map import LabelMap
from emobench.contracts.metric import Metric
from emobench.contracts.model import BUILD_ARGUMENTS, ModelSpec, Schedule
from emobench.errors import EmobenchError
from emobench.models import build as models
from emobench.plugins import hookspecs
from emobench.plugins.hookspecs import hookimpl
from emobench.plugins.loading import installed_plugins, load
from emobench.plugins.registry import PluginStatus, Registry
from tests import ROOT
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


# ------------------------------------------------------------------------------------------ what can be broken


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


def shades() -> LabelMap:
    return LabelMap("shades", 1, ("dark", "light"), {"dark": "dark", "light": "light"})


def test_hook_that_exits_is_contained() -> None:
    assert problem(module(emobench_models=raising(SystemExit("bye")))) == "emobench_models failed: SystemExit: bye"


def generator_that_raises() -> Any:
    yield First()
    raise RuntimeError("half way")


@pytest.mark.parametrize(
    ("hook", "returned", "reason"),
    [
        ("emobench_fusions", [First], "got the class First, expected an instance: return [First()]"),
        ("emobench_fusions", ["average"], "got str, expected Fusion"),
        ("emobench_models", [shades()], "got LabelMap, expected ModelSpec"),
        ("emobench_suites", ["suite.toml"], "got str, expected Path"),
        ("emobench_suites", [Path("/nowhere/suite.toml")], "no file /nowhere/suite.toml"),
        ("emobench_models", None, "TypeError"),
        ("emobench_models", 3, "TypeError"),
    ],
)
def test_nonsense_from_a_hook_is_refused(hook: str, returned: Any, reason: str) -> None:
    text = problem(module("fake_plugin", **{hook: lambda: returned}))
    assert text.startswith(hook)
    assert reason in text


def test_generator_that_raises_half_way_registers_nothing() -> None:
    assert problem(module(emobench_fusions=generator_that_raises)).endswith("RuntimeError: half way")


@pytest.mark.parametrize("name", ["", "Upper", "a name", "-first", "naïve", None, 3])
def test_bad_name_is_refused(name: Any) -> None:
    metric = Metric(name, "Zero", lambda *_: 0.0)
    assert "must consist of lower-case letters" in problem(module(emobench_metrics=lambda: [metric]))


def test_missing_class_attribute_is_named() -> None:
    class Untitled(First):
        name: ClassVar[str] = "untitled"

    class Bare(Fusion):
        name: ClassVar[str] = "bare"

        def combine(self, probabilities: Any) -> Any:
            """Return the first."""
            return probabilities[0]

    assert "'bare' has no attribute 'title'" in problem(module(emobench_fusions=lambda: [Bare()]))
    assert not loaded(FakeEntry("fine", module(emobench_fusions=lambda: [Untitled()]))).plugins[0].problems


class Explosive(First):
    """Raises where one only looks."""

    name: ClassVar[str] = "explosive"

    @property
    def title(self) -> str:  # type: ignore[override]
        """Raise."""
        raise RuntimeError("do not look")


def test_component_that_raises_when_it_is_looked_at_is_contained() -> None:
    assert "do not look" in problem(module(emobench_fusions=lambda: [Explosive()]))


def spec(**changes: Any) -> ModelSpec:
    defaults: dict[str, Any] = {
        "name": "net",
        "build": lambda *, width: width,
        "takes": ("pixels",),
        "parameters": {"width": 3},
    }
    return ModelSpec(**(defaults | changes))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"build": "resnet18"}, "build is not callable"),
        ({"takes": "pixels"}, "takes must be a tuple of representation names"),
        ({"takes": ()}, "takes must be a tuple of representation names"),
        ({"parameters": {"widht": 3}}, "build() has no parameter 'widht'"),
        ({"build": min}, "no signature found"),
        ({"parameters": None}, "NoneType"),
        (
            {"build": lambda num_classes: num_classes, "parameters": {}},
            "model 'net': build() needs 'num_classes', which the harness does not offer; did you mean 'classes'? It offers "
            "classes, input_shapes, seed, epochs, batch_size, learning_rate, weight_decay, optimizer; a parameter",
        ),
        ({"parameters": {}}, "build() needs 'width', which the harness does not offer; it offers classes, "),
    ],
)
def test_model_that_cannot_be_built_is_refused(changes: dict[str, Any], reason: str) -> None:
    assert reason in problem(module(emobench_models=lambda: [spec(**changes)]))


def test_argument_that_harness_parameters_or_files_give_is_no_problem() -> None:
    def build(seed: int, width: int, weights: str, depth: int = 2) -> None:
        """Take one of each kind."""

    fine = spec(build=build, files=("weights",))
    assert list(loaded(FakeEntry("fine", module(emobench_models=lambda: [fine]))).models) == ["net"]


def test_offered_arguments_are_those_that_a_factory_gets() -> None:
    given = {}

    def build(classes, input_shapes, seed, epochs, batch_size, learning_rate, weight_decay, optimizer) -> Any:  # type: ignore[no-untyped-def]
        given.update(locals())
        return DummyClassifier()

    models.build_model(spec(build=build), {}, classes=2, input_shapes=((3,),), seed=0, schedule=Schedule())
    assert given.keys() - {"given"} == set(BUILD_ARGUMENTS)
    with pytest.raises(EmobenchError, match="is not a parameter of a model"):
        models.check_parameters(spec(), {BUILD_ARGUMENTS[0]: 1})


def test_duplicate_name_stays_with_the_first() -> None:
    thief = module("thief_plugin", emobench_fusions=lambda: [First()])
    plugins = loaded(FakeEntry("good", GOOD), FakeEntry("thief", thief))
    assert plugins.modules["fusions", "first"] == "good_plugin"
    assert status(plugins, "thief").problems == ["emobench_fusions: the name 'first' is taken by good_plugin"]


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


# ------------------------------------------------------------------------------------------------ allow-list


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


# --------------------------------------------------------------------------------------- events and the registry


@pytest.mark.parametrize("error", [RuntimeError("no disk\nleft"), SystemExit("no disk left")])
def test_event_hook_that_raises_is_reported_and_the_others_are_called(
    error: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[Any] = []
    plugins = loaded(
        FakeEntry("before", module("before_plugin", emobench_run_finished=lambda records: told.append(records))),
        FakeEntry("bad", module("bad_plugin", emobench_run_finished=lambda records: raising(error)())),
        FakeEntry("after", module("after_plugin", emobench_run_finished=lambda: told.append("no argument"))),
    )
    plugins.notify("emobench_run_finished", records=[1], skipped=[], folder=Path("runs"))
    assert sorted(map(str, told)) == ["[1]", "no argument"]
    kind = type(error).__name__
    assert capsys.readouterr().err == (
        f"emobench: plugin 'stranger:bad' failed in emobench_run_finished: {kind}: no disk left\n"
    )


def test_event_without_an_argument_of_its_hook_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError, match="emobench_run_finished has the arguments"):
        loaded().notify("emobench_run_finished", records=[])


def test_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(EmobenchError) as caught:
        loaded(FakeEntry("good", GOOD)).find("fusions", "frist", where="suite.toml")
    assert str(caught.value) == "suite.toml: no fusion 'frist'; did you mean 'first'?"


def test_unknown_name_far_from_all_lists_them() -> None:
    with pytest.raises(EmobenchError, match="no label map 'xyz'; known: seven-emotions"):
        installed_plugins().find("label_maps", "xyz")


HOOKS = [value for name, value in vars(hookspecs).items() if name.startswith("emobench_")]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: str(hook.__name__))
def test_every_hook_has_documentation(hook: Any) -> None:
    assert len(inspect.getdoc(hook) or "") > 40


def test_every_kind_in_the_registry_has_a_hook() -> None:
    kinds = {name for name in vars(Registry()) if name not in ("plugins", "modules", "manager")}
    events = {"cell_started", "epoch_ended", "cell_finished", "run_finished"}
    assert {hook.__name__.removeprefix("emobench_") for hook in HOOKS} == kinds | events


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


# --------------------------------------------------------------------------------------------- the real thing


def install(folder: Path, name: str, code: str) -> None:
    """Lay down a distribution with one module, as pip would."""
    (folder / f"{name}.py").write_text(code, encoding="utf-8")
    information = folder / f"{name}-2.5.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.5\n", encoding="utf-8")
    (information / "entry_points.txt").write_text(f"[emobench]\n{name}-entry = {name}\n", encoding="utf-8")


FUSION = """
from emobench import Fusion, hookimpl

class Last(Fusion):
    name = "last"
    title = "the last member"

    def combine(self, probabilities):
        return probabilities[-1]

@hookimpl
def emobench_fusions():
    return [Last()]
"""


def run_list(folder: Path, kind: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        [sys.executable, "-m", "emobench", "list", kind],
        env={**os.environ, "COLUMNS": "1000", "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_installed_plugins_are_found_and_a_broken_one_does_no_harm(tmp_path: Path) -> None:
    install(tmp_path, "lastfusion", FUSION)
    install(tmp_path, "badplugin", "import no_such_package\n")
    (tmp_path / "orphan-1.0.dist-info").mkdir()  # what an interrupted pip leaves behind
    plugins = run_list(tmp_path, "plugins")
    assert plugins.returncode == 0
    reason = "ModuleNotFoundError: No module named 'no_such_package'"
    assert plugins.stderr == f"emobench: plugin 'badplugin-entry' (badplugin 2.5) is broken: {reason}\n"
    lines = {line.split()[0]: " ".join(line.split()) for line in plugins.stdout.splitlines()}
    assert lines["badplugin-entry"] == f"badplugin-entry badplugin 2.5 broken {reason}"
    assert lines["lastfusion-entry"] == "lastfusion-entry lastfusion 2.5 loaded fusions: last"
    assert " loaded " in lines["average"]


def test_allow_list_is_read_from_the_environment(tmp_path: Path) -> None:
    install(tmp_path, "lastfusion", FUSION)
    fusions = run_list(tmp_path, "fusions", EMOBENCH_PLUGINS="lastfusion")
    assert fusions.returncode == 0
    assert [line.split()[0] for line in fusions.stdout.splitlines()[2:]] == ["last"]


def test_marker_in_the_package_is_the_one_of_the_hook_specifications() -> None:
    import emobench

    assert emobench.plugins.hookimpl is hookimpl


def test_module_that_the_distribution_lacks_is_said_with_the_remedy() -> None:
    lacking = FakeEntry("bad", ModuleNotFoundError("No module named 'my_models'", name="my_models"))
    lacking.value = "my_models"
    said = status(loaded(lacking), "bad").problems[0]
    assert said.startswith("the distribution does not contain the module 'my_models'")
    assert 'py-modules = ["my_models"]' in said
    other = FakeEntry("bad", ModuleNotFoundError("No module named 'keras'", name="keras"))
    assert status(loaded(other), "bad").problems == ["ModuleNotFoundError: No module named 'keras'"]
