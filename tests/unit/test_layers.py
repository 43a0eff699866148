"""The house keeps its shape: layers, faces, and nothing private that another package uses. docs/architecture.md draws it."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests import ROOT

CORE = ROOT / "emobench"
MODULES = sorted(path for path in CORE.rglob("*.py") if "templates" not in path.parts)
PACKAGES = [path.parent for path in MODULES if path.name == "__init__.py" and path.parent != CORE]

UNIT, INTEGRATION = ROOT / "tests" / "unit", ROOT / "tests" / "integration"

WITHOUT_A_TEST = {
    "boards/matrix.py": "dataclasses, which tests/unit/boards/test_encoders_by_corpora.py makes",
    "contracts/fusion.py": "a base class",
    "contracts/hook.py": "a marker",
    "contracts/media.py": "a base class and dataclasses",
    "contracts/metric.py": "a dataclass",
    "contracts/relation.py": "a dataclass",
    "contracts/representation.py": "a base class",
    "data/described/endings.py": "a table",
    "decoding/warm_up.py": "tests/conftest.py calls it before any test",
    "encoders/located.py": "a base class, which the tests of each source use",
    "records/cell.py": "a dataclass",
    "records/events.py": "dataclasses",
    "records/frozen.py": "a base class",
    "records/provenance.py": "a type",
    "records/results_version.py": "a number, which tests/integration/test_golden.py guards",
    "running/planned_task.py": "tests/integration/running/test_cell.py changes data between plan and run",
    "testing/model_subject.py": "a part of testing/models.py, each check of which finds a planted fault",
}
"""Modules that need no test of their own, and why."""

FACES_WITHIN = ("emobench.data.downloads", "emobench.publishing.bundles")
"""Packages within a package that have a face of their own, for what few callers need."""


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def package_of(module: str) -> str:
    """Return the package that a module belongs to, as other packages see it."""
    within = [face for face in FACES_WITHIN if module == face or module.startswith(f"{face}.")]
    return within[0] if within else ".".join(module.split(".")[:2])


def imported(path: Path) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Yield line, module and names of each import of emobench, in functions too."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{dotted(path)}:{node.lineno}: a relative import"
            found = [(node.module or "", tuple(alias.name for alias in node.names))]
        elif isinstance(node, ast.Import):
            found = [(alias.name, ()) for alias in node.names]
        else:
            continue
        yield from ((node.lineno, module, names) for module, names in found if module.split(".")[0] == "emobench")


@functools.cache
def crossing(path: Path) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the imports of a module from other packages: where, from which module, which names."""
    own = package_of(dotted(path))
    return [
        (f"{dotted(path)}:{line}", module, names)
        for line, module, names in imported(path)
        if module == "emobench" or package_of(module) != own
    ]


def exported(path: Path) -> list[str] | None:
    for node in ast.parse(path.read_bytes()).body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]:
            return list(ast.literal_eval(node.value))
    return None


def test_contracts_of_import_linter_are_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    linter = pytest.importorskip("importlinter.cli", reason="pip install -e '.[dev]'")
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(ROOT / "plugins")
    code = linter.lint_imports(config_filename="pyproject.toml", no_cache=True, no_logo=True)
    assert code == 0, capsys.readouterr().out


def test_only_three_modules_lie_outside_the_packages() -> None:
    assert {path.name for path in CORE.glob("*.py")} == {"__init__.py", "__main__.py", "errors.py"}


@pytest.mark.parametrize("package", PACKAGES, ids=dotted)
def test_a_package_says_what_it_is(package: Path) -> None:
    assert ast.get_docstring(ast.parse((package / "__init__.py").read_bytes()))


@pytest.mark.parametrize("package", [CORE, *PACKAGES], ids=dotted)
def test_a_face_is_sorted_and_holds_what_it_lists(package: Path) -> None:
    names = exported(package / "__init__.py")
    if names is None:
        return
    sorted_names = sorted(
        names, key=lambda name: (not name.isupper(), not name[0].isupper(), name)
    )  # as ruff sorts them
    assert names == sorted_names
    assert not [name for name in names if name.startswith("_")]
    tree = ast.parse((package / "__init__.py").read_bytes())
    defined = {node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    bound = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert set(names) <= defined | bound


def test_a_package_that_others_import_names_from_has_a_face() -> None:
    used = {package_of(module) for path in MODULES for _, module, names in crossing(path) if names}
    faces = {dotted(package) for package in [CORE, *PACKAGES] if exported(package / "__init__.py") is not None}
    assert used - faces - {"emobench", "emobench.errors", "emobench.cli"} == set()


def test_other_packages_are_imported_through_their_faces() -> None:
    around = [
        f"{where} imports {module}"
        for path in MODULES
        for where, module, _ in crossing(path)
        if module not in ("emobench", "emobench.errors", package_of(module))
        and ".".join(module.split(".")[:2]) != ".".join(dotted(path).split(".")[:2])  # of a package around a face
    ]
    assert around == []


def test_nothing_private_is_imported_from_another_package() -> None:
    private = [
        f"{where} imports {name} of {module}"
        for path in MODULES
        for where, module, names in crossing(path)
        for name in (*module.split("."), *names)
        if name.startswith("_") and not name.startswith("__")
    ]
    assert private == []


def test_a_test_is_named_after_what_it_tests() -> None:
    """After a module of the same folder, or after the folder where it is about all modules of it.

    What lies in no folder of tests/integration is about the whole program.
    """
    of_no_module = {Path("test_layers.py"), Path("cli/test_help.py")}
    lost = []
    for tests in (UNIT, INTEGRATION):
        for path in sorted(tests.rglob("test_*.py")):
            name, within = path.stem.removeprefix("test_"), path.relative_to(tests)
            folder = CORE / within.parent
            known = name == folder.name or any((folder / f"{mark}{name}.py").is_file() for mark in ("", "_"))
            of_the_program = tests == INTEGRATION and path.parent == tests
            if not known and not of_the_program and within not in of_no_module:
                lost.append(str(path.relative_to(ROOT)))
    assert lost == []


def test_a_module_is_tested_where_its_name_leads() -> None:
    """``emobench/a/_b.py`` in ``tests/unit/a/test_b.py``, or in tests/integration/ what starts a process or trains."""
    untested = set()
    for path in MODULES:
        within = path.relative_to(CORE)
        test = within.with_name(f"test_{path.stem.lstrip('_')}.py")
        if not path.stem.startswith("__") and not any((tests / test).is_file() for tests in (UNIT, INTEGRATION)):
            untested.add(within.as_posix())
    assert untested == WITHOUT_A_TEST.keys()


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Annotations and imports inside functions count."""
    grimp = pytest.importorskip("grimp", reason="it comes with import-linter")
    graph = grimp.build_graph("emobench")
    TopologicalSorter({module: graph.find_modules_directly_imported_by(module) for module in graph.modules}).prepare()
