"""Every module and file that a page names is there, and the pages use plain words."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path

import pytest

from tests import ROOT
from tests.support.pages import CODE_SPAN, fences, named, prose

PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
every_page = pytest.mark.parametrize("page", PAGES, ids=named)

_DOTTED = re.compile(r"\bemobench(?:_plugins)?(?:\.[A-Za-z_]\w*)+")
_IMPORT = re.compile(r"^\s*(?:from (emobench[\w.]*) import (.+?)|import (emobench[\w.]*))\s*$", re.MULTILINE)
_PATH = re.compile(r"[\w./-]*\w\.py")
_PLUGIN = re.compile(r"src/[\w/]+\.py|tests/\w+\.py|conftest\.py")
"""Files of the plugin that a page lets its reader write."""

AVOIDED = (
    r"\bmend(s|ed|ing)?\b",
    r"\banew\b",
    r"\bwhence\b",
    r"\bthereof\b",
    r"\bwants\b",
    r"\bfor want of\b",
    r"\bby hand\b",
    r"\b(is|are) told of\b",
    r"\bcomes? along\b",
)


def resolves(name: str) -> bool:
    """Tell whether a dotted name is that of a module, or of something in one."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if not hasattr(found, part):
                return part in getattr(found, "__annotations__", {})
            found = getattr(found, part)
        return True
    return False


@every_page
def test_dotted_names_resolve(page: Path) -> None:
    names = {name for span in CODE_SPAN.findall(prose(page)) for name in _DOTTED.findall(span)}
    for fence in fences(page, "python"):
        for module, imported, plain in _IMPORT.findall(fence.text):
            names |= (
                {f"{module}.{name.split(' as ')[0].strip()}" for name in imported.split(",")} if module else {plain}
            )
        names |= set(_DOTTED.findall(fence.text))
    files = {"emobench.fish"}  # of completions, docs/cli.md
    assert [name for name in sorted(names - files) if not resolves(name)] == []


@every_page
def test_paths_of_python_files_resolve(page: Path) -> None:
    shown = {fence.file for fence in fences(page, "python")}
    paths = {path for span in CODE_SPAN.findall(prose(page)) for path in _PATH.findall(span)}
    places = (ROOT, ROOT / "emobench")
    lost = [
        path
        for path in sorted(paths - shown)
        if not _PLUGIN.fullmatch(path) and not any((place / path).is_file() for place in places)
    ]
    assert lost == []


@every_page
def test_words_are_plain(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [match.group() for word in AVOIDED for match in re.finditer(word, text, re.IGNORECASE)] == []


def test_the_drawn_layers_are_those_that_are_held() -> None:
    (drawn, _) = fences(ROOT / "docs" / "architecture.md", "mermaid")
    nodes = re.findall(r"(\w+)(\[\"([^\"]*)\"\])?(?= -->| *$)", drawn.text.split("built_in")[0], re.MULTILINE)
    boxes = dict.fromkeys(text or name for name, _, text in nodes if name not in ("flowchart", "TB"))
    names = {name: text for name, _, text in nodes if text}
    layers = [layer for box in boxes if box not in names for layer in re.split(r", ", box)]
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    assert layers == told[0]["layers"]


def test_the_glossary_is_in_alphabetical_order() -> None:
    terms = re.findall(
        r"^- \*\*(.+?)\*\*: \S", (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(terms) > 60
    assert terms == sorted(set(terms), key=str.lower)
