"""Imports in unusual words: followed, or marked."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from emobench.plugins import _imports
from emobench.plugins._syntax import top_level
from emobench.plugins.code_hash import Code, code_of

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


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "helper"),
    [
        ("import importlib; part = importlib.import_module('.part', 'toy_pack')", "toy_pack/part.py"),
        ("import importlib; part = importlib.import_module('.part', package='toy_pack')", "toy_pack/part.py"),
        ("part = __import__('toy_pack', fromlist=['part'])", "toy_pack/part.py"),
        ("from toy_pack import *", "toy_pack/part.py"),  # its __all__ names the module
        ("import importlib; part = importlib.import_module('toy_pack.part')", "toy_pack/part.py"),
        ("from ctypes import cdll; part = cdll['part']", "toy_pack/part.py"),
    ],
)
def test_module_behind_an_unusual_import_counts_or_is_marked(toy: Path, line: str, helper: str) -> None:
    (toy / "toy_pack").mkdir()
    (toy / "toy_pack" / "__init__.py").write_text('__all__ = ["part"]\n', encoding="utf-8")
    (toy / helper).write_text("size = 1\n", encoding="utf-8")
    (toy / "toy_flat.py").write_text(f"{line}\n", encoding="utf-8")
    before = code("toy_flat")
    edit(toy / helper, "1", "2")
    after = code("toy_flat")
    assert after.hash != before.hash or after.uncaptured


def test_module_that_is_imported_by_name_and_is_not_there_is_marked(toy: Path) -> None:
    (toy / "toy_flat.py").write_text("import importlib\nimportlib.import_module('toy_nowhere')\n", encoding="utf-8")
    assert [(mark.kind, mark.where) for mark in code("toy_flat").uncaptured] == [("not found", "toy_nowhere")]


@pytest.mark.parametrize(("built_in", "marks"), [("toy", []), ("emobench_plugins", ["timm"])])
def test_an_extra_of_emobench_that_is_not_installed_is_not_marked_in_its_own_plugins(
    toy: Path, monkeypatch: pytest.MonkeyPatch, built_in: str, marks: list[str]
) -> None:
    place = _imports._place
    monkeypatch.setattr(_imports, "_place", lambda module: "none" if top_level(module) == "timm" else place(module))
    monkeypatch.setattr(_imports, "_BUILT_IN", built_in)
    (toy / "toy" / "plugin.py").write_text("def f():\n    import timm\n    return timm.data.f()\n", encoding="utf-8")
    assert [mark.where for mark in code().uncaptured] == marks


def test_extras_are_named_as_they_are_imported() -> None:
    assert {"timm", "transformers", "huggingface_hub"} <= _imports.extras()
    assert "torch" not in _imports.extras()
