"""Following imports from a module to every module whose code counts."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import re
import sys
import sysconfig
from dataclasses import dataclass, field
from importlib.machinery import BYTECODE_SUFFIXES, EXTENSION_SUFFIXES, SOURCE_SUFFIXES
from pathlib import Path

from emobench.plugins._syntax import Import, parsed

CORE = "emobench"
_SUFFIXES = (*EXTENSION_SUFFIXES, *SOURCE_SUFFIXES, *BYTECODE_SUFFIXES)
"""In the order in which Python looks for them."""


@dataclass
class Walk:
    """One walk from module to imported module. Modules are numbered as they are met, so that their names do not count."""

    home: frozenset[str]
    numbers: dict[str, int] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    uncaptured: dict[tuple[str, str], None] = field(default_factory=dict)
    _waiting: list[tuple[str, Path]] = field(default_factory=list)
    _known: dict[str, tuple[str, Path | None]] = field(default_factory=dict)

    def kind(self, module: str) -> str:
        """Return what a module is: ``core``, ``released``, ``standard``, ``source``, ``native`` or ``none``."""
        return self._find(module)[0]

    def target(self, module: str) -> int | None:
        """Return the number of a module whose code counts; ``None`` for every other."""
        if module in self.numbers:
            return self.numbers[module]
        kind, place = self._find(module)
        if kind == "released":
            self.imports.add(_top(module))
        elif kind == "native":
            self.uncaptured[module, "native code"] = None
        if kind != "source" or place is None:
            return None
        if parent := module.rpartition(".")[0]:
            self.target(parent)  # its __init__ runs first
        self.numbers[module] = len(self.numbers)
        self._waiting.append((module, place))
        return self.numbers[module]

    def finish(self) -> None:
        """Read the modules that were met, until no other is met."""
        while self._waiting:
            module, path = self._waiting.pop(0)
            status = path.stat()
            code = parsed(path, module, status.st_size, status.st_mtime_ns)
            self.texts.append(code.filled(self._import))
            for imported in code.named:
                if self.target(imported) is None and self.kind(imported) == "none":
                    self.uncaptured[imported, "not found"] = None
            self.uncaptured |= dict.fromkeys((module, kind) for kind in code.hidden)

    def _modules_within(self, package: str) -> None:
        """Follow all modules of a package, for ``__all__`` may name them."""
        kind, place = self._find(package)
        if kind == "source" and place is not None and place.name == "__init__.py":
            for file in sorted(place.parent.glob("*.py")):
                if file != place:
                    self.target(f"{package}.{file.stem}")

    def _find(self, module: str) -> tuple[str, Path | None]:
        if module not in self._known:
            place = None if _top(module) == CORE else _place(module)
            self._known[module] = self._kind(module, place), place if isinstance(place, Path) else None
        return self._known[module]

    def _kind(self, module: str, place: Path | str | None) -> str:
        if _top(module) == CORE:
            return "core"
        if not isinstance(place, Path):
            return "standard" if place else "none"
        if is_installed(place):
            if (brought := brought_by(module, place)) and not brought & self.home:
                return "released"
        elif any(place.is_relative_to(folder) for folder in _standard_folders()):
            return "standard"
        return "source" if place.suffix == ".py" else "native"

    def _import(self, imported: Import) -> str:
        module, name = imported.module, imported.name
        if _top(module) == CORE:
            return f"import(core {name} as {imported.bound})" if name else ""
        inner = f"{module}.{name}" if name else module
        package, number = self.target(module), self.target(inner)
        if name == "*":
            self._modules_within(module)
        number = package if number is None else number
        own = self.kind(_top(module)) in ("none", "source")  # others make modules as they like
        if own and not imported.optional and self.kind(module) == self.kind(inner) == "none":
            self.uncaptured[module, "not found"] = None
        return f"import({module if number is None else f'#{number}'} {name} as {imported.bound})"


def _top(module: str) -> str:
    return module.partition(".")[0]


def home(plugin: str) -> frozenset[str]:
    """Return the distributions that installed a plugin's module."""
    place = _place(plugin) if plugin else None
    return brought_by(plugin, place) if isinstance(place, Path) and is_installed(place) else frozenset()


@functools.lru_cache(maxsize=4096)
def brought_by(module: str, place: Path) -> frozenset[str]:
    """Return the distributions that brought an installed module."""
    names = frozenset(distributions().get(_top(module), ()))
    if len(names) < 2:
        return names
    # Several share a namespace.
    return frozenset(
        name
        for name in names
        if any(Path(str(file.locate())).resolve() == place for file in importlib.metadata.files(name) or ())
    )


@functools.cache
def distributions() -> dict[str, list[str]]:
    """Return top-level module to the distributions that installed it, by their normal names."""
    found = importlib.metadata.packages_distributions()
    return {top: [re.sub(r"[-_.]+", "-", name).lower() for name in names] for top, names in found.items()}


def _place(module: str) -> Path | str | None:
    """Return a module's file, without importing anything, for its parent may import a framework.

    Returns:
        The file; a word for what has none (``built-in``, ``frozen``, ``namespace``); ``None`` for what is no module.
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
        if spec.origin in ("built-in", "frozen"):
            return spec.origin
        if spec.submodule_search_locations and not spec.origin:
            return "namespace"
    for folder in (spec and rest and spec.submodule_search_locations) or ():
        inner = Path(folder, *rest)
        for file in (inner / "__init__.py", *(Path(f"{inner}{suffix}") for suffix in _SUFFIXES)):
            if file.is_file():
                return file.resolve()
        if inner.is_dir():
            return "namespace"
    # What was loaded from a place that the import system does not look at, or no longer.
    loaded = getattr(sys.modules.get(module), "__file__", None)
    return Path(loaded).resolve() if loaded and Path(loaded).is_file() else None


@functools.cache
def _standard_folders() -> tuple[Path, ...]:
    return tuple(Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib"))


def is_installed(place: Path) -> bool:
    """Tell whether a file is where installers put it; of what is installed in place, the version says nothing."""
    return bool({"site-packages", "dist-packages"} & set(place.parts))
