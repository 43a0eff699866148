"""A module's syntax tree as text in which names of modules, docstrings and formatting do not count."""

from __future__ import annotations

import ast
import functools
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_DESCRIBES = frozenset({"ranked_by"})
"""Names in the body of a class whose value no result depends on: a change of it gives no cell another id."""

_MARK = "\0"
"""Where an import is in the text; the representations of constants escape this character."""

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
_EXECUTORS = ("exec", "eval")
_HIDING = {
    **dict.fromkeys(("import_module", "__import__", "spec_from_file_location"), "dynamic import"),
    **dict.fromkeys(("SourceFileLoader", "SourcelessFileLoader", "zipimporter", "exec_module"), "dynamic import"),
    **dict.fromkeys(("run_path", "run_module"), "dynamic import"),
    **dict.fromkeys(("CDLL", "cdll", "dlopen", "LoadLibrary", "load_library", "ExtensionFileLoader"), "native code"),
    **dict.fromkeys(_EXECUTORS, "executed text"),
}
"""Names behind which code can be that no import statement names."""


@dataclass(frozen=True)
class Import:
    """A name that an import statement binds.

    Attributes:
        module: absolute.
        name: what is taken from it; empty where the module itself is bound.
        bound: the name that it gets.
        optional: whether the program goes on where it is not there.
    """

    module: str
    name: str
    bound: str
    optional: bool


@dataclass(frozen=True)
class Parsed:
    """A module's code with its imports apart.

    Attributes:
        text: the code, with a mark for each import.
        imports: in the order of their marks.
        named: modules that calls like ``import_module("x")`` name.
        hidden: the kinds of what cannot be followed.
    """

    text: str
    imports: tuple[Import, ...] = ()
    named: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    def filled(self, write: Callable[[Import], str]) -> str:
        """Return the text with each import as ``write`` has it."""
        between = self.text.split(_MARK)
        return "".join(text + imported for text, imported in zip(between, [*map(write, self.imports), ""], strict=True))


@functools.lru_cache(maxsize=4096)
def parsed(path: Path, module: str, *stamp: int) -> Parsed:
    """Parse a file; it is parsed again where its stamp is another."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        text = path.read_text(encoding="utf-8", errors="replace").replace(_MARK, "")
        return Parsed(text, hidden=("no source",))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            node.body = [item for item in node.body if not _only_describes(item)] or [ast.Pass()]
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        elif isinstance(node, ast.If) and _name(node.test) == "TYPE_CHECKING":
            node.body = [ast.Pass()]  # what follows an else does run
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    imports: list[Import] = []
    text = _written(tree, package, imports)
    named, hidden = _dynamic(tree, package)
    return Parsed(text, tuple(imports), tuple(named), tuple(sorted(hidden)))


def _only_describes(node: ast.AST) -> bool:
    """Tell whether a statement of a class sets what boards show, and no result depends on."""
    targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets if isinstance(node, ast.Assign) else []
    return bool(targets) and all(_name(target) in _DESCRIBES for target in targets)


def _written(node: object, package: str, imports: list[Import], optional: bool = False) -> str:
    """Write a syntax tree in the same way under every version of Python; ast.dump and ast.unparse change between them."""
    if isinstance(node, list):
        return f"[{', '.join(_items(node, package, imports, optional))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = []
    for name in node._fields:
        value = getattr(node, name, None)
        if value is not None and value != [] and name not in ("ctx", "kind", "type_comment"):
            goes_on = optional or (isinstance(node, ast.Try) and name == "body")
            fields.append(f"{name}={_written(value, package, imports, goes_on)}")
    return f"{type(node).__name__}({', '.join(fields)})"


def _items(nodes: list[Any], package: str, imports: list[Import], optional: bool) -> Iterator[str]:
    """Yield the text of each node, and neighbouring imports by the names that they bind: their order is the formatter's."""
    for are_imports, run in itertools.groupby(nodes, key=lambda node: isinstance(node, _IMPORTS)):
        if not are_imports:
            yield from (_written(node, package, imports, optional) for node in run)
            continue
        found = [imported for node in run for imported in _imported(node, package, optional)]
        if _in_any_order(found):
            found.sort(key=lambda it: (it.name, it.bound, "" if it.name else it.module))
        for imported in found:
            imports.append(imported)
            yield _MARK


def _in_any_order(imports: list[Import]) -> bool:
    """Tell whether no import binds a name that another one binds to something else."""
    bound: dict[str, tuple[str, str]] = {}
    for imported in imports:
        name = imported.bound or top_level(imported.module)
        what = (imported.module, imported.name) if imported.bound else (name, "")
        if imported.name == "*" or bound.setdefault(name, what) != what:
            return False
    return True


def top_level(module: str) -> str:
    """Return the first part of a dotted name."""
    return module.partition(".")[0]


def _imported(node: ast.Import | ast.ImportFrom, package: str, optional: bool) -> Iterator[Import]:
    for alias in node.names:
        if isinstance(node, ast.Import):
            yield Import(alias.name, "", alias.asname or "", optional)
        else:
            module = _absolute(node.module or "", node.level, package)
            yield Import(module, alias.name, alias.asname or alias.name, optional)


def _absolute(module: str, level: int, package: str) -> str:
    if not level:
        return module
    parents = package.split(".")
    return ".".join(filter(None, [*parents[: len(parents) - level + 1], module]))


def _dynamic(tree: ast.Module, package: str) -> tuple[list[str], set[str]]:
    """Return the modules that calls name, and the kinds of what is hidden."""
    named: list[str] = []
    hidden: set[str] = set()
    explained: set[ast.AST] = set()  # by a call with a literal argument, which is met before the name that it calls
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (text := _literal(node)) is not None:
            called = _name(node.func)
            if called in ("import_module", "__import__"):
                # Of what relates to a package that is named apart, or to a list of names, no more is known.
                module = text.lstrip(".")
                alone = len(node.args) + len(node.keywords) == 1
                if (module == text and (alone or called == "import_module")) or _to_own_package(node):
                    named.append(_absolute(module, len(text) - len(module), package))
                    explained.add(node.func)
            elif called in _EXECUTORS and "import" not in text:
                explained.add(node.func)
        elif isinstance(node, ast.ImportFrom):
            renamed = {alias.name for alias in node.names if alias.asname not in (None, alias.name)}
            hidden |= {_HIDING[name] for name in renamed & _HIDING.keys()}
        elif (name := _name(node)) in _HIDING and node not in explained:
            is_method = isinstance(node, ast.Attribute) and name in _EXECUTORS and _name(node.value) != "builtins"
            hidden |= set() if is_method else {_HIDING[name]}
    return named, hidden


def _to_own_package(call: ast.Call) -> bool:
    """Tell whether ``import_module(".x", __package__)`` is called."""
    anchors = [*call.args[1:], *(keyword.value for keyword in call.keywords)]
    return _name(call.func) == "import_module" and [_name(anchor) for anchor in anchors] == ["__package__"]


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _literal(call: ast.Call) -> str | None:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
