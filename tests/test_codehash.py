"""The hash of the code behind a component: what changes it, and what does not."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from emobench import codehash
from emobench.codehash import code_hash, package_versions
from emobench.errors import EmobenchError

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
    return lazy.make(width) * scale + relative.offset + depth
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
}


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package on the path, forgotten afterwards."""
    for name, text in TOY.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    forget()


def forget() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "toy"]:
        del sys.modules[name]
    importlib.invalidate_caches()
    code_hash.cache_clear()


def hashed(module: str = "toy.plugin") -> str:
    forget()
    return code_hash(module)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# a comment\n", ""),
        ('    """Make it."""\n', ""),
        ('"""A plugin."""', '"""Another text."""'),
        ("return lazy.make(width) * scale", "return (\n        lazy.make( width )  *  scale  # why\n    )"),
    ],
)
def test_comments_docstrings_and_formatting_do_not_count(toy: Path, old: str, new: str) -> None:
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
    ],
)
def test_code_counts_wherever_it_is_imported(toy: Path, name: str, old: str, new: str) -> None:
    before = hashed()
    edit(toy / name, old, new)
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
    ],
)
def test_what_runs_because_no_type_checker_looks_counts(toy: Path, header: str) -> None:
    (toy / "toy/plugin.py").write_text(header + "\n", encoding="utf-8")
    before = hashed()
    edit(toy / "toy/types.py", "int", "float")
    assert hashed() != before


def test_package_that_uses_its_own_constant_is_followed(toy: Path) -> None:
    (toy / "toy/__init__.py").write_text("width = 1\n", encoding="utf-8")
    (toy / "toy/plugin.py").write_text("from . import width\n", encoding="utf-8")
    before = hashed()
    edit(toy / "toy/__init__.py", "1", "2")
    assert hashed() != before


def test_relative_import_in_a_package_starts_in_that_package(toy: Path) -> None:
    (toy / "toy/sub/__init__.py").write_text("from .deep import depth\n", encoding="utf-8")
    before = hashed("toy.sub")
    edit(toy / "toy/sub/deep.py", "import depth", "import depth as renamed")
    assert hashed("toy.sub") != before


def test_hash_does_not_depend_on_where_the_package_lies(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = hashed()
    (toy / "elsewhere").mkdir()
    (toy / "toy").rename(toy / "elsewhere" / "toy")
    monkeypatch.syspath_prepend(str(toy / "elsewhere"))
    assert hashed() == before


def test_modules_that_import_each_other_are_no_trap(toy: Path) -> None:
    (toy / "toy/second.py").write_text("def late():\n    import toy.helper\n\nbase = 1\n", encoding="utf-8")
    assert hashed() == hashed()


def test_what_a_plugin_names_of_the_harness_counts_but_not_its_declarations(toy: Path) -> None:
    def with_import(line: str) -> str:
        (toy / "toy/plugin.py").write_text(f"def build():\n    {line}\n", encoding="utf-8")
        forget()
        from emobench import codehash

        sources: dict[str, str] = {}
        codehash._collect("toy.plugin", "toy", sources)
        return ",".join(sorted(sources))

    assert with_import("from emobench import media") == "emobench.media,toy.plugin"
    assert with_import("from emobench.contracts import Dataset") == "toy.plugin"
    assert with_import("import numpy, os") == "toy.plugin"


def test_installed_versions_are_told() -> None:
    import numpy

    assert package_versions(["numpy", "numpy"]) == {"numpy": numpy.__version__}


def test_package_that_is_not_installed_says_how_to_get_it() -> None:
    with pytest.raises(EmobenchError, match="package 'no-such-thing' is not installed; pip install no-such-thing"):
        package_versions(["numpy", "no-such-thing"])


def test_every_version_of_python_gives_the_same_hash() -> None:
    # Written down from 3.11, 3.12 and 3.13, between which ast.dump and ast.unparse differ for such a source.
    source = 'def f(a, *, b=1.5, **rest):\n    "doc"\n    return f"{a!r:>{b}} {rest[\'k\']}" + b"t".decode()\n'
    text = codehash._shape(codehash._without_docstrings(ast.parse(source)))
    assert text == (
        "Module(body=[FunctionDef(name='f', args=arguments(args=[arg(arg='a')], kwonlyargs=[arg(arg='b')], "
        "kw_defaults=[Constant(value=1.5)], kwarg=arg(arg='rest')), body=[Return(value=BinOp(left=JoinedStr(values=["
        "FormattedValue(value=Name(id='a'), conversion=114, format_spec=JoinedStr(values=[Constant(value='>'), "
        "FormattedValue(value=Name(id='b'), conversion=-1)])), Constant(value=' '), "
        "FormattedValue(value=Subscript(value=Name(id='rest'), slice=Constant(value='k')), conversion=-1)]), op=Add(), "
        "right=Call(func=Attribute(value=Constant(value=b't'), attr='decode'))))])])"
    )
