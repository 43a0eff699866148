"""Hooks, discovery, the registry of components, and the code behind a component."""

from __future__ import annotations

from emobench.plugins.code_hash import (
    Code,
    cache_code,
    code_of,
    component_code,
    dataset_code,
    imported_packages,
    modules_of,
    package_hash,
    package_versions,
)
from emobench.plugins.loading import installed_plugins
from emobench.plugins.origins import URL, components, sources_of
from emobench.plugins.parameters import check_types, default_arguments, named_arguments, with_defaults
from emobench.plugins.registry import PluginStatus, Registry
from emobench.plugins.validation import component_name, component_problem
from emobench.plugins.warnings import describe, warn

__all__ = [
    "URL",
    "Code",
    "PluginStatus",
    "Registry",
    "cache_code",
    "check_types",
    "code_of",
    "component_code",
    "component_name",
    "component_problem",
    "components",
    "dataset_code",
    "default_arguments",
    "describe",
    "imported_packages",
    "installed_plugins",
    "modules_of",
    "named_arguments",
    "package_hash",
    "package_versions",
    "sources_of",
    "warn",
    "with_defaults",
]
