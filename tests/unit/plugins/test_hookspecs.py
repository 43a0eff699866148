"""Every hook says what it takes and returns, has a section in docs/plugins.md, and an example there."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest

from emobench.contracts import hookimpl
from emobench.plugins import hookspecs
from emobench.plugins.registry import Registry
from tests.support.pages import GUIDE, anchors, fences, prose

HOOKS: dict[str, Callable[..., Any]] = {
    name: hook for name, hook in vars(hookspecs).items() if name.startswith("emobench_")
}
every_hook = pytest.mark.parametrize("name", HOOKS)


def test_there_are_hooks() -> None:
    assert {"emobench_models", "emobench_run_finished"} <= HOOKS.keys()


@every_hook
def test_the_docstring_tells_arguments_and_what_is_returned(name: str) -> None:
    text = inspect.getdoc(HOOKS[name]) or ""
    signature = inspect.signature(HOOKS[name])
    for argument in signature.parameters:
        assert re.search(rf"\b{argument}\b", text), f"{name} does not say what {argument!r} is"
    returns = signature.return_annotation not in ("None", None)
    assert text.startswith("Return ") == returns, f"{name} does not say what it returns"


def rows() -> dict[str, list[str]]:
    """Return the rows of tables in the guide that name hooks: hook to the cells of every row with it."""
    found: dict[str, list[str]] = {}
    for line in prose(GUIDE).splitlines():
        if line.startswith("|"):
            for name in re.findall(r"`(emobench_\w+)`", line.split("|")[1]):
                found.setdefault(name, []).extend(line.split("|")[2:])
    return found


@every_hook
def test_the_guide_has_a_section_on_it(name: str) -> None:
    links = re.findall(r"\]\(#([^)]+)\)", " ".join(rows()[name]))
    assert links, f"no row of the table of hooks leads from {name} to a section"
    assert set(links) <= anchors(GUIDE)


@every_hook
def test_the_guide_explains_the_arguments(name: str) -> None:
    told = " ".join(rows()[name])
    for argument in inspect.signature(HOOKS[name]).parameters:
        assert f"`{argument}`" in told, f"the guide does not say that {name} has {argument!r}"


@every_hook
def test_the_guide_has_an_example_that_returns_something_or_uses_its_arguments(name: str) -> None:
    examples = [
        node
        for fence in fences(GUIDE, "python")
        for node in ast.walk(ast.parse(fence.text))
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    assert examples, f"no example of {name}"
    arguments = inspect.signature(HOOKS[name]).parameters
    for example in examples:
        used = {node.id for node in ast.walk(example) if isinstance(node, ast.Name)}
        returns = any(isinstance(node, ast.Return) and node.value is not None for node in ast.walk(example))
        assert used & arguments.keys() if arguments else returns


@every_hook
def test_every_hook_has_documentation(name: str) -> None:
    assert len(inspect.getdoc(HOOKS[name]) or "") > 40


def test_every_kind_in_the_registry_has_a_hook() -> None:
    kinds = {name for name in vars(Registry()) if name not in ("plugins", "modules", "manager")}
    events = {"cell_started", "epoch_ended", "cell_finished", "run_finished"}
    assert {name.removeprefix("emobench_") for name in HOOKS} == kinds | events


def test_marker_in_the_package_is_the_one_of_the_hook_specifications() -> None:
    import emobench

    assert emobench.hookimpl is hookimpl
    assert hookimpl.project_name == hookspecs.hookspec.project_name
