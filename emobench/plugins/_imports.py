"""Following imports from a module to every module whose code counts."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import json
import re
import sys
import sysconfig
from dataclasses import dataclass, field
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any

from emobench.plugins._syntax import CORE, _Import, _parsed, _text
from emobench.storage import cache_folder, cached, key


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
