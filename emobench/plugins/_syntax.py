"""A module's syntax tree as text in which names of modules, docstrings and formatting do not count."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CORE = "emobench"
_IMPORTERS = frozenset(
    {"import_module", "__import__", "spec_from_file_location", "SourceFileLoader", "run_path", "run_module"}
)
_NATIVE_LOADERS = frozenset({"CDLL", "LoadLibrary", "load_library"})
_EXECUTORS = frozenset({"exec", "eval"})


@dataclass(frozen=True)
class _Import:
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


_Piece = str | _Import


@dataclass(frozen=True)
class _Parsed:
    """A module's code, with its imports apart; and modules that it names in another way than by an import statement."""

    pieces: tuple[_Piece, ...]
    named: tuple[str, ...]
    uncaptured: tuple[str, ...]


@functools.lru_cache(maxsize=4096)
def _parsed(path: Path, module: str, is_package: bool, *stamp: int) -> _Parsed:
    try:
        tree = _without_docstrings(ast.parse(path.read_bytes()))
    except (SyntaxError, ValueError):
        return _Parsed((path.read_text(encoding="utf-8", errors="replace"),), (), ("no source",))
    _forget_type_checking(tree)
    parents = module.split(".")
    package = ".".join(parents if is_package else parents[:-1])
    pieces: list[_Piece] = []
    _write(tree, package, pieces)
    named, uncaptured = _dynamic(tree, package)
    return _Parsed(tuple(_joined(pieces)), tuple(named), tuple(dict.fromkeys(uncaptured)))


def _joined(pieces: list[_Piece]) -> Iterator[_Piece]:
    texts: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            texts.append(piece)
        else:
            yield from ("".join(texts), piece)
            texts.clear()
    yield "".join(texts)


def _text(pieces: Iterable[_Piece], write: Callable[[_Import], str] | None = None) -> str:
    write = write or (lambda one: "" if one.module.partition(".")[0] == CORE else str(one))
    return "".join(piece if isinstance(piece, str) else write(piece) for piece in pieces)


def _absolute(module: str, level: int, package: str) -> str:
    if not level:
        return module
    parents = package.split(".")
    return ".".join(filter(None, [*parents[: len(parents) - level + 1], module]))


def _imports(node: ast.Import | ast.ImportFrom, package: str, optional: bool) -> Iterator[_Import]:
    for alias in node.names:
        if isinstance(node, ast.Import):
            yield _Import(alias.name, "", alias.asname or "", optional)
        else:
            base = _absolute(node.module or "", node.level, package)
            yield _Import(base, alias.name, alias.asname or alias.name, optional)


def _write(node: object, package: str, pieces: list[_Piece], optional: bool = False) -> None:
    """Write a syntax tree in the same way under every version of Python; ast.dump and ast.unparse change between them."""
    if isinstance(node, ast.AST):
        pieces.append(f"{type(node).__name__}(")
        separator = ""
        for name in node._fields:
            value = getattr(node, name, None)
            if value is None or value == [] or name in ("ctx", "kind", "type_comment"):
                continue
            pieces.append(f"{separator}{name}=")
            separator = ", "
            _write(value, package, pieces, optional or (isinstance(node, ast.Try) and name == "body"))
        pieces.append(")")
    elif isinstance(node, list):
        pieces.append("[")
        for number, one in enumerate(_sorted_imports(node, package, optional)):
            pieces.append(", " if number else "")
            if isinstance(one, _Import):
                pieces.append(one)
            else:
                _write(one, package, pieces, optional)
        pieces.append("]")
    else:
        pieces.append(repr(node))


def _sorted_imports(statements: list[Any], package: str, optional: bool) -> Iterator[Any]:
    """Yield statements, and neighbouring imports by the names that they bind: their order is the formatter's business."""
    if not any(isinstance(one, ast.Import | ast.ImportFrom) for one in statements):
        yield from statements
        return
    run: list[_Import] = []
    for one in [*statements, None]:
        if isinstance(one, ast.Import | ast.ImportFrom):
            run += _imports(one, package, optional)
            continue
        yield from sorted(run, key=lambda found: (found.name, found.bound, "" if found.name else found.module))
        run = []
        if one is not None:
            yield one


def _forget_type_checking(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            node.body = [ast.Pass()]  # what follows an else does run


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:] or [ast.Pass()]
    return tree


def _dynamic(tree: ast.Module, package: str) -> tuple[list[str], list[str]]:
    """Return the modules that a tree names in calls like ``import_module("x")``, and the kinds of what it hides."""
    named: list[str] = []
    hidden: list[str] = []
    known: set[int] = set()  # of names that a call with a literal argument explains
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (text := _literal(node)) is not None:
            called = _name(node.func)
            if called in ("import_module", "__import__"):
                level = len(text) - len(text.lstrip("."))
                named.append(_absolute(text.lstrip("."), level, package))
                known.add(id(node.func))
            elif called in _EXECUTORS and "import" not in text:
                known.add(id(node.func))
        elif isinstance(node, ast.ImportFrom):
            renamed = {alias.name for alias in node.names if alias.asname not in (None, alias.name)}
            hidden += [kind for name in sorted(renamed) if (kind := _hides(name))]
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and id(node) not in known:
            name = _name(node)
            is_method = isinstance(node, ast.Attribute) and name in _EXECUTORS
            if (kind := _hides(name)) and not (is_method and _name(node.value) != "builtins"):  # type: ignore[union-attr]
                hidden.append(kind)
    return named, hidden


def _hides(name: str) -> str:
    if name in _IMPORTERS:
        return "dynamic import"
    return "native code" if name in _NATIVE_LOADERS else "executed text" if name in _EXECUTORS else ""


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _literal(call: ast.Call) -> str | None:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
