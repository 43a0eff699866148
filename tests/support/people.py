"""Protocols with a fold for each person of dots, some of which break the contract."""

from __future__ import annotations

from types import ModuleType
from typing import Any, ClassVar, cast

import pandas as pd
import pytest

from emobench.contracts.protocol import Split, SplitProtocol
from emobench.plugins.loading import load
from emobench.plugins.registry import Registry
from tests.conftest import FakeEntry, module
from tests.support import film_plugin
from tests.support.film_plugin import experiment


class ByPerson(SplitProtocol):
    """A fold for each person."""

    name: ClassVar[str] = "by-person"
    title: ClassVar[str] = "by person"
    parameters: ClassVar[dict[str, Any]] = {"fold": ""}

    def folds(self, samples: pd.DataFrame, **parameters: Any) -> tuple[str, ...]:
        """Name the persons."""
        return tuple(sorted(set(samples["group"])))

    def split(self, samples: pd.DataFrame, **parameters: Any) -> Split:
        """Test one person."""
        own = samples["group"] == parameters["fold"]
        return Split({"train": tuple(samples["sample_id"][~own]), "test": tuple(samples["sample_id"][own])})


class Overlapping(ByPerson):
    """Every fold tests the first person too."""

    name: ClassVar[str] = "overlapping"

    def split(self, samples: pd.DataFrame, **parameters: Any) -> Split:
        """Test two persons."""
        own = samples["group"].isin([parameters["fold"], "person-0"])
        return Split({"train": tuple(samples["sample_id"][~own]), "test": tuple(samples["sample_id"][own])})


class Throwing(ByPerson):
    """Does not count its folds."""

    name: ClassVar[str] = "throwing"

    def folds(self, samples: pd.DataFrame, **parameters: Any) -> tuple[str, ...]:
        """Throw."""
        raise RuntimeError("no count")


def plugin() -> ModuleType:
    """Return a plugin with the protocols."""
    return module("tests.support.people", emobench_protocols=lambda: [ByPerson(), Overlapping(), Throwing()])


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load(cast(Any, [*film_plugin.entries(), FakeEntry("folds", plugin())]))


PEOPLE = experiment("people", protocol='"by-person"', headline="")
