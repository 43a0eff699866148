"""Hashes of code, so that changed code never gets an old result.

A component counts by the code of its plugin: the module that registers it and every module that this imports, from the same
distribution or from none. A released distribution that it imports counts by its version, and emobench itself by
:data:`emobench.results_version.RESULTS_VERSION`. Comments, docstrings, formatting, the order of imports and the names of
the modules do not count; imports inside functions do. What cannot be followed is listed, see :class:`Uncaptured`.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.metadata
import importlib.util
import json
import re
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any

from emobench.cells import Uncaptured
from emobench.contracts import Dataset, PairedDataset
from emobench.errors import EmobenchError
from emobench.plugins import Registry
from emobench.results_version import RESULTS_VERSION
from emobench.sources import is_external
from emobench.storage import cache_folder, cached, key

CORE = "emobench"
_IMPORTERS = frozenset(
    {"import_module", "__import__", "spec_from_file_location", "SourceFileLoader", "run_path", "run_module"}
)
_NATIVE_LOADERS = frozenset({"CDLL", "LoadLibrary", "load_library"})
_EXECUTORS = frozenset({"exec", "eval"})


@dataclass(frozen=True)
class Code:
    """The code behind a component.

    Attributes:
        hash: 16 hexadecimal digits.
        imports: module names at the top level of released distributions that the code imports.
        uncaptured: what the hash does not cover.
    """

    hash: str
    imports: frozenset[str] = frozenset()
    uncaptured: tuple[Uncaptured, ...] = ()

    @property
    def packages(self) -> tuple[str, ...]:
        """The distributions that bring :attr:`imports`."""
        return tuple(sorted({name for top in self.imports for name in _distributions().get(top, ())}))


def component_code(kind: str, name: str, registry: Registry) -> Code:
    """Return the code behind a registered component: of its plugin, its class and the functions that it holds.

    Args:
        kind: as in the registry, ``"models"`` for example.
        name: of the component.
        registry: knows the component and the plugin.
    """
    plugin, component = registry.modules[kind, name], getattr(registry, kind)[name]
    held = (one for one in getattr(component, "__dict__", {}).values() if callable(one))
    modules = [*modules_of(type(component)), *(module for one in held for module in modules_of(one))]
    return code_of([plugin, *modules], plugin=plugin, component=f"{kind}/{name}")


def dataset_code(dataset: Dataset, registry: Registry) -> dict[str, Code]:
    """Return the code behind a dataset, and behind those that it pairs, by kind and name."""
    members = dataset.members if isinstance(dataset, PairedDataset) else ()
    for name in members:
        registry.find("datasets", name, where=f"dataset {dataset.name!r}")
    return {f"datasets/{name}": component_code("datasets", name, registry) for name in (dataset.name, *members)}


def cache_code(*codes: Code) -> dict[str, Any]:
    """Return what stands for code in the key of a cache: that of components, and the results version for the core."""
    return {"results": RESULTS_VERSION, "code": [code.hash for code in codes]}


def imported_packages(codes: Mapping[str, Code], registry: Registry) -> list[str]:
    """Return the distributions that strangers' code imports, declared or not; emobench's own components declare theirs.

    Args:
        codes: by kind and name of the component.
        registry: knows whose it is.
    """
    external = (code for component, code in codes.items() if is_external(component, registry))
    return [name for code in external for name in code.packages]


def modules_of(function: Callable[..., Any]) -> list[str]:
    """Return the modules of a class and what it inherits from, of a function, or of the type of another callable."""
    if isinstance(function, functools.partial):
        parts = (function.func, *function.args, *function.keywords.values())
        return [module for one in parts if callable(one) for module in modules_of(one)]
    named = function if hasattr(function, "__qualname__") else type(function)
    return [one.__module__ for one in getattr(named, "__mro__", (named,)) if getattr(one, "__module__", None)]


def code_of(modules: Iterable[str], *, plugin: str = "", component: str = "") -> Code:
    """Return the code of modules and of all that they import.

    Args:
        modules: dotted names.
        plugin: a module whose distribution counts by its code even where it is installed as released.
        component: that they are the code of, for what is not captured.
    """
    walk = _Walk(home=_home(plugin), component=component)
    for module in dict.fromkeys(modules):
        if walk.target(module) is None and walk.kind(module) == "none":
            walk.uncaptured[module, "no source"] = None
    walk.finish()
    text = "\n".join(walk.texts)
    marks = tuple(Uncaptured(component=component, where=where, kind=kind) for where, kind in walk.uncaptured)
    return Code(hashlib.sha256(text.encode()).hexdigest()[:16], frozenset(walk.imports), marks)


@functools.cache
def package_hash(package: str = CORE) -> str:
    """Return 16 hexadecimal digits over the syntax trees of all modules of a package of emobench."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    root = Path(spec.origin).parent
    files = {path.relative_to(root).as_posix(): path for path in sorted(root.rglob("*.py"))}
    stamps = {name: [(status := path.stat()).st_size, status.st_mtime_ns] for name, path in files.items()}
    folder = cache_folder() / "code" / f"{package}-{key([str(root), sys.version_info[:2], stamps])}"

    def write(temporary: Path) -> None:
        texts = sorted(_text(_parsed(path, package, False).pieces) for path in files.values())
        digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
        (temporary / "hash").write_text(digest, encoding="ascii")

    return cached(folder, write, lambda there: (there / "hash").read_text(encoding="ascii"))


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


# -------------------------------------------------------------------------------------------- following imports


@dataclass
class _Walk:
    """One walk from module to imported module. Modules are numbered as they are met, so that their names do not count."""

    home: frozenset[str]
    component: str
    numbers: dict[str, int] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    uncaptured: dict[tuple[str, Any], None] = field(default_factory=dict)
    _waiting: list[tuple[str, Path]] = field(default_factory=list)
    _kinds: dict[str, str] = field(default_factory=dict)

    def kind(self, module: str) -> str:
        """Return what a module is: ``core``, ``released``, ``standard``, ``source``, ``native`` or ``none``."""
        if module not in self._kinds:
            self._kinds[module] = self._kind(module)
        return self._kinds[module]

    def _kind(self, module: str) -> str:
        if module.partition(".")[0] == CORE:
            return "core"
        place = _place(module)
        if place is None:
            return "none"
        if isinstance(place, str) or _is_standard(place):
            return "standard"
        if _is_in_site(place) and (brought := _brought_by(module, place)) and not brought & self.home:
            return "released"
        return "source" if place.suffix == ".py" else "native"

    def target(self, module: str) -> int | None:
        """Return the number of a module whose code counts; ``None`` for every other."""
        if module in self.numbers:
            return self.numbers[module]
        kind = self.kind(module)
        if kind == "released":
            self.imports.add(module.partition(".")[0])
        elif kind == "native":
            self.uncaptured[module, "native code"] = None
        if kind != "source":
            return None
        parent = module.rpartition(".")[0]
        if parent:
            self.target(parent)  # its __init__ runs first
        self.numbers[module] = len(self.numbers)
        place = _place(module)
        assert isinstance(place, Path)
        self._waiting.append((module, place))
        return self.numbers[module]

    def finish(self) -> None:
        """Read the modules that were met, until no other is met."""
        while self._waiting:
            module, path = self._waiting.pop(0)
            status = path.stat()
            parsed = _parsed(path, module, path.name == "__init__.py", status.st_size, status.st_mtime_ns)
            self.texts.append(_text(parsed.pieces, self._import))
            for imported in parsed.named:
                self.target(imported)
            for kind in parsed.uncaptured:
                self.uncaptured[module, kind] = None

    def _import(self, one: _Import) -> str:
        if one.module.partition(".")[0] == CORE:
            return f"import(core {one.name} as {one.bound})" if one.name else ""
        inner = f"{one.module}.{one.name}" if one.name else one.module
        package, number = self.target(one.module), self.target(inner)
        number = package if number is None else number
        own = self.kind(one.module.partition(".")[0]) in ("none", "source")  # others make modules as they like
        if own and not one.optional and self.kind(one.module) == self.kind(inner) == "none":
            self.uncaptured[one.module, "not found"] = None
        return f"import({one.module if number is None else f'#{number}'} {one.name} as {one.bound})"


@functools.lru_cache(maxsize=4096)
def _brought_by(module: str, place: Path) -> frozenset[str]:
    """Return the distributions that brought an installed module."""
    names = frozenset(_distributions().get(module.partition(".")[0], ()))
    if len(names) < 2:
        return names
    # Several share a namespace.
    return frozenset(
        name
        for name in names
        if any(Path(str(file.locate())).resolve() == place for file in importlib.metadata.files(name) or ())
    )


def _home(plugin: str) -> frozenset[str]:
    place = _place(plugin) if plugin else None
    return _brought_by(plugin, place) if isinstance(place, Path) and _is_in_site(place) else frozenset()


@functools.cache
def _distributions() -> dict[str, list[str]]:
    """Return top-level module to the distributions that installed it; kept, for it takes a look at every installed file."""
    folders = [Path(place) for place in sys.path if _is_in_site(Path(place)) and Path(place).is_dir()]
    stamps = {str(folder): folder.stat().st_mtime_ns for folder in folders}

    def write(folder: Path) -> None:
        found = importlib.metadata.packages_distributions()
        plain = {top: [re.sub(r"[-_.]+", "-", name).lower() for name in names] for top, names in found.items()}
        (folder / "distributions.json").write_text(json.dumps(plain), encoding="utf-8")

    def load(folder: Path) -> dict[str, list[str]]:
        known: dict[str, list[str]] = json.loads((folder / "distributions.json").read_text(encoding="utf-8"))
        return known

    return cached(cache_folder() / "code" / f"distributions-{key(stamps)}", write, load)


def _place(module: str) -> Path | str | None:
    """Return a module's file, without importing anything, for its parent may import a framework.

    Returns:
        The file; the word of the import system for what has none (``built-in``, ``frozen``); ``None`` for what is no module.
    """
    if module == "__main__":
        return None  # a prompt, a notebook, or a script that is not imported
    top, *rest = module.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, AttributeError, ValueError):
        spec = None
    if spec is not None and not rest:
        if spec.origin and Path(spec.origin).is_file():
            return Path(spec.origin).resolve()
        if spec.origin or spec.submodule_search_locations:
            return spec.origin or "namespace"
    if spec is not None and rest:
        for folder in spec.submodule_search_locations or ():
            beside = Path(folder, *rest)
            names = [f"{beside}.py", str(beside / "__init__.py"), *(f"{beside}{end}" for end in EXTENSION_SUFFIXES)]
            for name in names:
                if Path(name).is_file():
                    return Path(name).resolve()
            if beside.is_dir():
                return "namespace"
    # What was loaded from a place that the import system does not look at, or no longer.
    loaded = getattr(sys.modules.get(module), "__file__", None)
    return Path(loaded).resolve() if loaded and Path(loaded).is_file() else None


@functools.cache
def _standard_folders() -> tuple[Path, ...]:
    return tuple(Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib"))


def _is_standard(place: Path) -> bool:
    return any(place.is_relative_to(folder) for folder in _standard_folders()) and not _is_in_site(place)


def _is_in_site(place: Path) -> bool:
    """Tell whether a file lies where installers put it; of what is installed in place, the version says nothing."""
    return bool({"site-packages", "dist-packages"} & set(place.parts))


# ------------------------------------------------------------------------------------------------ one module


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


# ------------------------------------------------------------------------------------- what is loaded in other ways


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
