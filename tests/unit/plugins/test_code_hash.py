"""The hash of the code behind a component: what changes it, what does not, and what it says it cannot follow."""

from __future__ import annotations

import functools
import importlib
import shutil
import sys
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from emobench.errors import EmobenchError
from emobench.plugins import _imports
from emobench.plugins.code_hash import Code, code_of, modules_of, package_hash, package_versions

PLUGIN = '''
"""A plugin."""
from typing import TYPE_CHECKING

from toy.helper import scale

if TYPE_CHECKING:
    from toy.types import Number

# a comment
def build(width):
    """Make it."""
    from toy import lazy
    from . import relative
    from .sub.deep import depth
    import toy_flat
    return lazy.make(width) * scale + relative.offset + depth + toy_flat.base
'''

TOY = {
    "toy/__init__.py": "",
    "toy/plugin.py": PLUGIN,
    "toy/helper.py": "from toy.second import base\nscale = base + 1\n",
    "toy/second.py": "base = 1\n",
    "toy/lazy.py": "def make(width):\n    return width\n",
    "toy/relative.py": "offset = 1\n",
    "toy/sub/__init__.py": "",
    "toy/sub/deep.py": "from ..above import depth\n",
    "toy/above.py": "depth = 1\n",
    "toy/types.py": "Number = int\n",
    "toy/unrelated.py": "nothing = 1\n",
    "toy_flat.py": "import toy_flatter\nbase = 1\n",
    "toy_flatter.py": "base = 1\n",
}


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package and two flat modules on the path, forgotten afterwards."""
    for name, text in TOY.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    forget()


def forget() -> None:
    for name in [name for name in sys.modules if name.startswith("toy")]:
        del sys.modules[name]
    importlib.invalidate_caches()


def code(module: str = "toy.plugin") -> Code:
    forget()
    return code_of([module], plugin=module, component="models/toy")


def hashed(module: str = "toy.plugin") -> str:
    return code(module).hash


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# ------------------------------------------------------------------------------------------------------ what counts


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# a comment\n", ""),
        ('    """Make it."""\n', ""),
        ('"""A plugin."""', '"""Another text."""'),
        ("return lazy.make(width) * scale", "return (\n        lazy.make( width )  *  scale  # why\n    )"),
        ("from toy import lazy\n    from . import relative", "from toy import relative\n    from . import lazy"),
        ("from toy.types import Number", "from toy.unrelated import Number"),  # for type checkers
    ],
)
def test_comments_docstrings_formatting_and_the_order_of_imports_do_not_count(toy: Path, old: str, new: str) -> None:
    before = hashed()
    edit(toy / "toy/plugin.py", old, new)
    assert hashed() == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("toy/plugin.py", "* scale", "+ scale"),
        ("toy/helper.py", "+ 1", "+ 2"),
        ("toy/second.py", "base = 1", "base = 2"),  # imported by what is imported
        ("toy/lazy.py", "return width", "return 2 * width"),  # imported inside a function
        ("toy/relative.py", "offset = 1", "offset = 2"),  # imported relatively
        ("toy/above.py", "depth = 1", "depth = 2"),  # imported relatively from the package above
        ("toy_flat.py", "base = 1", "base = 2"),  # a file beside the package
        ("toy_flatter.py", "base = 1", "base = 2"),  # imported by such a file
        ("toy/plugin.py", "from toy import lazy", "from toy import second as lazy"),
        ("toy/plugin.py", "import toy_flat\n", "import toy_flatter as toy_flat\n"),
    ],
)
def test_code_counts_wherever_it_is_imported(toy: Path, name: str, old: str, new: str) -> None:
    before = hashed()
    edit(toy / name, old, new)
    assert hashed() != before


def test_package_code_runs_before_that_of_its_modules(toy: Path) -> None:
    before = hashed()
    (toy / "toy/sub/__init__.py").write_text("import toy.above\ntoy.above.depth = 3\n", encoding="utf-8")
    assert hashed() != before


@pytest.mark.parametrize(
    ("name", "old", "new"), [("toy/unrelated.py", "1", "2"), ("toy/types.py", "Number = int", "Number = float")]
)
def test_what_is_not_imported_or_for_type_checkers_only_does_not_count(
    toy: Path, name: str, old: str, new: str
) -> None:
    before = hashed()
    edit(toy / name, old, new)
    assert hashed() == before


@pytest.mark.parametrize(
    "header",
    [
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    number = int\nelse:\n    from toy.types import Number",
        "import typing\nif not typing.TYPE_CHECKING:\n    from toy.types import Number",
        "import importlib\nNumber = importlib.import_module('toy.types').Number",
        "from importlib import import_module\nNumber = import_module('.types', __package__).Number",
        "Number = __import__('toy.types').types.Number",
    ],
)
def test_what_is_imported_in_other_ways_counts(toy: Path, header: str) -> None:
    (toy / "toy/plugin.py").write_text(header + "\n", encoding="utf-8")
    before = code()
    assert before.uncaptured == ()
    edit(toy / "toy/types.py", "int", "float")
    assert hashed() != before.hash


def test_package_that_uses_its_own_constant_is_followed(toy: Path) -> None:
    (toy / "toy/__init__.py").write_text("width = 1\n", encoding="utf-8")
    (toy / "toy/plugin.py").write_text("from . import width\n", encoding="utf-8")
    before = hashed()
    edit(toy / "toy/__init__.py", "1", "2")
    assert hashed() != before


def test_relative_import_in_a_package_starts_in_that_package(toy: Path) -> None:
    (toy / "toy/sub/__init__.py").write_text("from .deep import depth\n", encoding="utf-8")
    before = hashed("toy.sub")
    edit(toy / "toy/above.py", "depth = 1", "depth = 2")
    assert hashed("toy.sub") != before


def test_neither_the_place_of_a_module_nor_its_name_counts(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = hashed()
    (toy / "toy/helper.py").rename(toy / "toy/a_better_name.py")
    edit(toy / "toy/plugin.py", "from toy.helper", "from toy.a_better_name")
    assert hashed() == before
    (toy / "toy/plugin.py").rename(toy / "toy/renamed.py")
    assert hashed("toy.renamed") == before
    (toy / "elsewhere").mkdir()
    (toy / "toy").rename(toy / "elsewhere" / "toy")
    monkeypatch.syspath_prepend(str(toy / "elsewhere"))
    assert hashed("toy.renamed") == before


def test_modules_that_import_each_other_are_no_trap(toy: Path) -> None:
    (toy / "toy/second.py").write_text("def late():\n    import toy.helper\n\nbase = 1\n", encoding="utf-8")
    assert hashed() == hashed()


def test_namespace_packages_are_followed(toy: Path) -> None:
    (toy / "toy_space").mkdir()
    (toy / "toy_space/part.py").write_text("base = 1\n", encoding="utf-8")
    (toy / "toy_flat.py").write_text("from toy_space import part\n", encoding="utf-8")
    before = code()
    assert before.uncaptured == ()
    edit(toy / "toy_space/part.py", "1", "2")
    assert hashed() != before.hash


# ------------------------------------------------------------------------------------ emobench and released packages


def test_where_in_emobench_a_name_comes_from_does_not_count(toy: Path) -> None:
    def with_import(line: str) -> str:
        (toy / "toy_flat.py").write_text(f"import os\n{line}\nimport toy_flatter\nbase = 1\n", encoding="utf-8")
        return hashed()

    before = with_import("from emobench.decoding.media import read")
    assert with_import("from emobench.a_better_name import read") == before
    assert with_import("from emobench.decoding.media import read as read_file") != before


def test_released_packages_are_named_and_not_read(toy: Path) -> None:
    (toy / "toy_flat.py").write_text("import os, numpy.linalg\nfrom sklearn import svm\n", encoding="utf-8")
    found = code()
    assert found.imports == {"numpy", "sklearn"}
    assert found.packages == ("numpy", "scikit-learn")
    assert found.uncaptured == ()


@pytest.mark.parametrize("released", [True, False])
def test_installed_modules_count_where_their_distribution_is_the_plugins_or_none(
    toy: Path, monkeypatch: pytest.MonkeyPatch, released: bool
) -> None:
    site = toy / "site-packages"
    site.mkdir()
    for name in ("toy_flat.py", "toy_flatter.py"):
        (toy / name).rename(site / name)
    monkeypatch.syspath_prepend(str(site))
    brought = {"toy_flat": ["toy-flat"], "toy_flatter": ["other" if released else "toy-flat"]}
    monkeypatch.setattr(_imports, "distributions", lambda: brought)
    _imports.brought_by.cache_clear()
    before = code("toy_flat")
    edit(site / "toy_flatter.py", "1", "2")
    assert (hashed("toy_flat") == before.hash) is released
    assert before.packages == (("other",) if released else ())
    brought.clear()  # a file that nobody installed lies among those that were
    _imports.brought_by.cache_clear()
    before = code("toy_flat")
    edit(site / "toy_flatter.py", "2", "3")
    assert hashed("toy_flat") != before.hash
    _imports.brought_by.cache_clear()


def test_installed_versions_are_told() -> None:
    import numpy

    assert package_versions(["numpy", "numpy"]) == {"numpy": numpy.__version__}


def test_package_that_is_not_installed_says_how_to_get_it() -> None:
    with pytest.raises(EmobenchError, match="package 'no-such-thing' is not installed; pip install no-such-thing"):
        package_versions(["numpy", "no-such-thing"])


def test_the_core_has_a_hash_of_its_own(fresh_cache: Path) -> None:
    package_hash.cache_clear()
    first = package_hash("emobench.audits")
    package_hash.cache_clear()
    assert package_hash("emobench.audits") == first
    assert first != package_hash("emobench.claims")
    package_hash.cache_clear()


# ------------------------------------------------------------------------------------------ what cannot be followed


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("import importlib\ndef f(name): return importlib.import_module(name)", "dynamic import"),
        ("from importlib import import_module as load\nload('toy.types')", "dynamic import"),
        ("def f(name): return __import__(name)", "dynamic import"),
        ("import importlib\nlist(map(importlib.import_module, ['toy.types']))", "dynamic import"),
        ("from importlib.util import spec_from_file_location\nspec_from_file_location('x', 'y.py')", "dynamic import"),
        ("def f(text): exec(text)", "executed text"),
        ("def f(text): return eval(text)", "executed text"),
        ("import builtins\nbuiltins.exec(open('x').read())", "executed text"),
        ("exec('import toy.types')", "executed text"),
        ("import ctypes\nctypes.CDLL('libx.so')", "native code"),
        ("import toy_native", "native code"),
        ("def f():\n    import toy_of_another_machine", "not found"),
        ("from toy.nothing import thing", "not found"),
        ("this is no Python", "no source"),
    ],
)
def test_what_cannot_be_followed_is_listed(toy: Path, source: str, kind: str) -> None:
    suffix = EXTENSION_SUFFIXES[0]
    (toy / f"toy_native{suffix}").write_bytes(b"")
    (toy / "toy_flat.py").write_text(source + "\n", encoding="utf-8")
    marks = code().uncaptured
    assert [mark.kind for mark in marks] == [kind]
    assert marks[0].component == "models/toy"
    assert marks[0].where.startswith("toy")
    assert str(toy) not in str(marks[0])


@pytest.mark.parametrize(
    "source",
    [
        "model.eval()",
        "frame.eval('a + b')",
        "eval('1 + 1')",
        "try:\n    import toy_accelerated\nexcept ImportError:\n    toy_accelerated = None",
        "import xml.etree.ElementTree, os.path, sys, concurrent.futures\nfrom collections import abc",
    ],
)
def test_what_hides_nothing_is_not_listed(toy: Path, source: str) -> None:
    (toy / "toy_flat.py").write_text(source + "\n", encoding="utf-8")
    assert code().uncaptured == ()


def test_a_module_of_the_prompt_has_no_source() -> None:
    assert [mark.kind for mark in code_of(["__main__"]).uncaptured] == ["no source"]
    assert [mark.kind for mark in code_of(["no_such_module_at_all"]).uncaptured] == ["no source"]


def test_modules_behind_callables() -> None:
    assert modules_of(edit) == [__name__]
    assert modules_of(functools.partial(map, shutil.copytree, edit)) == ["builtins", "builtins", "shutil", __name__]
    assert modules_of(functools.partial) == ["functools", "builtins"]


# ----------------------------------------------------------------------------------------- imports that hide a module


def test_package_hides_the_module_of_its_name_as_in_python(toy: Path) -> None:
    (toy / "toy_pack" / "part").mkdir(parents=True)
    for name in ("toy_pack/__init__.py", "toy_pack/part.py", "toy_pack/part/__init__.py"):
        (toy / name).write_text("size = 1\n", encoding="utf-8")
    (toy / "toy_flat.py").write_text("from toy_pack import part\n", encoding="utf-8")
    before = hashed("toy_flat")
    edit(toy / "toy_pack/part.py", "1", "2")
    assert hashed("toy_flat") == before
    edit(toy / "toy_pack/part/__init__.py", "1", "2")
    assert hashed("toy_flat") != before


def test_order_of_imports_counts_where_they_bind_one_name(toy: Path) -> None:
    (toy / "toy_flat.py").write_text("from toy_flatter import base\nfrom toy.second import base\n", encoding="utf-8")
    before = hashed("toy_flat")
    (toy / "toy_flat.py").write_text("from toy.second import base\nfrom toy_flatter import base\n", encoding="utf-8")
    assert hashed("toy_flat") != before
