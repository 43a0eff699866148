"""Following imports from a module to every module whose code counts."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import re
import sys
import sysconfig
from dataclasses import dataclass, field
from importlib.machinery import PathFinder
from pathlib import Path

from emobench.plugins._syntax import Import, parsed, top_level

CORE = "emobench"
_BUILT_IN = "emobench_plugins"
_STANDARD = tuple(Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib"))


@dataclass
class Walk:
    """One walk from module to imported module. Modules are numbered as they are met, so that their names do not count."""

    home: frozenset[str]
    numbers: dict[str, int] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    uncaptured: dict[tuple[str, str], None] = field(default_factory=dict)
    _waiting: list[tuple[str, Path]] = field(default_factory=list)
    _known: dict[str, Path | str] = field(default_factory=dict)
    _reading: str = ""

    def find(self, module: str) -> Path | str:
        """Return a module's file where its code counts, else ``core``, ``released``, ``standard``, ``native`` or ``none``."""
        if module not in self._known:
            self._known[module] = "core" if top_level(module) == CORE else self._judged(module, _place(module))
        return self._known[module]

    def target(self, module: str) -> int | None:
        """Return the number of a module whose code counts; ``None`` for every other."""
        if module in self.numbers:
            return self.numbers[module]
        found = self.find(module)
        if isinstance(found, str):
            if found == "released":
                self.imports.add(top_level(module))
            elif found == "native":
                self.uncaptured[module, "native code"] = None
            return None
        if parent := module.rpartition(".")[0]:
            self.target(parent)  # its __init__ runs first
        self.numbers[module] = len(self.numbers)
        self._waiting.append((module, found))
        return self.numbers[module]

    def start(self, module: str, missing: str) -> None:
        """Follow a module; one that is not found is marked in the words ``missing``."""
        if self.target(module) is None and self.find(module) == "none":
            self.uncaptured[module, missing] = None

    def finish(self) -> None:
        """Read the modules that were met, until no other is met."""
        while self._waiting:
            module, path = self._waiting.pop(0)
            self._reading = module
            status = path.stat()
            code = parsed(path, module, status.st_size, status.st_mtime_ns)
            self.texts.append(code.filled(self._import))
            for imported in code.named:
                self.start(imported, "not found")
            self.uncaptured |= dict.fromkeys((module, kind) for kind in code.hidden)

    def _judged(self, module: str, place: Path | str) -> Path | str:
        if isinstance(place, str):
            return place
        if is_installed(place):
            if (brought := brought_by(module, place)) and not brought & self.home:
                return "released"
        elif any(place.is_relative_to(folder) for folder in _STANDARD):
            return "standard"
        return place if place.suffix == ".py" else "native"

    def _import(self, imported: Import) -> str:
        module, name = imported.module, imported.name
        if top_level(module) == CORE:
            return f"import(core {name} as {imported.bound})" if name else ""
        inner = f"{module}.{name}" if name else module
        package, number = self.target(module), self.target(inner)
        place = self.find(module)
        if name == "*" and isinstance(place, Path) and place.name == "__init__.py":
            for file in sorted(place.parent.glob("*.py")):  # __all__ may name any of them
                if file != place:
                    self.target(f"{module}.{file.stem}")
        number = package if number is None else number
        foreign = self.find(top_level(module)) in ("released", "standard", "native")  # these make modules as they like
        # Nothing can have come from an extra of emobench that is not installed: what needs it refuses, or fails.
        extra = top_level(self._reading) == _BUILT_IN and top_level(module) in extras()
        if not foreign and not imported.optional and not extra and place == self.find(inner) == "none":
            self.uncaptured[module, "not found"] = None
        return f"import({module if number is None else f'#{number}'} {name} as {imported.bound})"


def home(plugin: str) -> frozenset[str]:
    """Return the distributions that installed a plugin's module."""
    place = _place(plugin) if plugin else None
    return brought_by(plugin, place) if isinstance(place, Path) and is_installed(place) else frozenset()


@functools.lru_cache(maxsize=4096)
def brought_by(module: str, place: Path) -> frozenset[str]:
    """Return the distributions that brought an installed module."""
    names = frozenset(distributions().get(top_level(module), ()))
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


@functools.cache
def extras() -> frozenset[str]:
    """Return the top-level modules of what an extra of emobench brings, as far as they are named like its distributions."""
    optional = (line for line in importlib.metadata.requires(CORE) or () if "extra ==" in line)
    names = (re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0] for line in optional)
    return frozenset(re.sub(r"[-.]", "_", name).lower() for name in names)


def _place(module: str) -> Path | str:
    """Return a module's file, without importing anything, for its parent may import a framework.

    Returns:
        The file; ``standard`` for what has none (built-in, frozen, a namespace); ``none`` for what is no module.
    """
    if module == "__main__":
        return "none"  # a prompt, a notebook, or a script that is not imported
    name, *rest = module.split(".")
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, AttributeError, ValueError):
        spec = None
    for part in rest:
        name = f"{name}.{part}"
        inside = spec.submodule_search_locations if spec else None
        spec = PathFinder.find_spec(name, inside) if inside else None
    if spec is not None:
        if spec.origin and Path(spec.origin).is_file():
            return Path(spec.origin).resolve()
        if spec.origin in ("built-in", "frozen") or (spec.submodule_search_locations and not spec.origin):
            return "standard"
    # What was loaded from a place that the import system does not look at, or no longer.
    loaded = getattr(sys.modules.get(module), "__file__", None)
    return Path(loaded).resolve() if loaded and Path(loaded).is_file() else "none"


def is_installed(place: Path) -> bool:
    """Tell whether a file is where installers put it; of what is installed in place, the version says nothing."""
    return bool({"site-packages", "dist-packages"} & set(place.parts))
