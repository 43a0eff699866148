"""A hash of the code behind a component, so that changed code never gets an old result."""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path

from emobench.errors import EmobenchError

# Declarations: they carry no computation, and every plugin imports them.
_DECLARATIONS = {"emobench", "emobench.contracts", "emobench.errors", "emobench.hookspecs"}


@functools.cache
def code_hash(module: str) -> str:
    """Return 16 hexadecimal digits over a module, all that it imports from its own package, and what it names of emobench.

    Comments, docstrings and formatting do not count; imports inside functions do. A module of emobench itself is hashed
    alone: the planner names each one that can change a result.

    Args:
        module: dotted name of an importable module.
    """
    sources: dict[str, str] = {}
    _collect(module, module.partition(".")[0], sources)
    text = "\n".join(f"{name}\n{sources[name]}" for name in sorted(sources))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def package_versions(distributions: Iterable[str]) -> dict[str, str]:
    """Return the installed version of each distribution.

    Raises:
        EmobenchError: one is not installed.
    """
    try:
        return {name: _version(name) for name in sorted(set(distributions))}
    except importlib.metadata.PackageNotFoundError as error:
        raise EmobenchError(f"package {error.name!r} is not installed", remedy=f"pip install {error.name}") from error


@functools.cache
def _version(distribution: str) -> str:
    # Every cell asks for the same few, and each answer is a file that is read and parsed.
    return importlib.metadata.version(distribution)


def _collect(module: str, package: str, sources: dict[str, str]) -> None:
    path = _source_file(module)
    if module in sources or module in _DECLARATIONS or path is None:
        return
    tree = ast.parse(path.read_bytes())
    names = list(_imports(tree, module, is_package=path.name == "__init__.py"))
    sources[module] = _shape(_without_docstrings(tree))
    if package == "emobench":
        return
    for name in names:
        top = name.partition(".")[0]
        if top in (package, "emobench"):
            _collect(name, top, sources)


def _source_file(module: str) -> Path | None:
    """Return where a module's source is, without importing anything: its parent may import a framework."""
    top, *rest = module.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, AttributeError, ValueError):
        return None
    if spec is None:
        return None
    if not rest:
        return Path(spec.origin) if spec.origin and spec.origin.endswith(".py") else None
    places = [Path(place, *rest) for place in spec.submodule_search_locations or ()]
    files = [file for place in places for file in (Path(f"{place}.py"), place / "__init__.py")]
    return next((file for file in files if file.is_file()), None)


def _imports(tree: ast.Module, module: str, *, is_package: bool) -> Iterator[str]:
    """Yield candidate module names; a name that turns out to be a function or class has no source file and is skipped."""
    skipped = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
        for statement in node.body  # what follows an else does run
        for child in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = module.split(".")
                kept = len(parents) - node.level + (1 if is_package else 0)
                base = ".".join(filter(None, [*parents[:kept], base]))
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


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


def _shape(node: object) -> str:
    """Write a syntax tree in the same way under every version of Python; ast.dump and ast.unparse change between them."""
    if isinstance(node, ast.AST):
        fields = [
            f"{name}={_shape(value)}"
            for name, value in ast.iter_fields(node)
            if value is not None and value != [] and name not in ("ctx", "kind", "type_comment")
        ]
        return f"{type(node).__name__}({', '.join(fields)})"
    if isinstance(node, list):
        return f"[{', '.join(map(_shape, node))}]"
    return repr(node)
