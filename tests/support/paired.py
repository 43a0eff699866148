"""Two small datasets in folders of their own, to be paired."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emobench.contracts.dataset import Copy
from emobench.data import discovery
from emobench.plugins.registry import Registry
from tests.conftest import Dots
from tests.support.film_plugin import Clips, Pairs


class DotsAlone(Dots):
    """Dots in folders called ``dots...`` only."""

    def find(self, folders: Any) -> list[Copy]:
        """Look at the name."""
        return [copy for copy in super().find(folders) if copy.root.name.startswith("dots")]


class ClipsAlone(Clips):
    """Clips in folders called ``clips...`` only."""

    def find(self, folders: Any) -> list[Copy]:
        """Look at the name."""
        return [copy for copy in super().find(folders) if copy.root.name.startswith("clips")]


def found(data: Path, registry: Registry, pairs: Pairs | None = None) -> discovery.Found:
    return discovery.find_copies([pairs or Pairs()], data, registry)["pairs"]
