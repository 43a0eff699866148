"""What a record may say of its data."""

from __future__ import annotations

import pytest

from emobench.contracts.dataset import Official
from emobench.publishing.bundles.checks import record as checks_of_record
from emobench.storage.cache import key
from tests.conftest import Dots
from tests.support import film_plugin
from tests.support.bundles import plugins


def test_pairs_are_official_where_all_members_are(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = plugins()
    pairs = registry.datasets["pairs"]
    assert checks_of_record.official_fingerprints(pairs, registry) == set()
    monkeypatch.setattr(Dots, "official", Official(samples=1, fingerprint={"a": "1", "b": "2"}))
    monkeypatch.setattr(film_plugin.Clips, "official", Official(samples=1, fingerprint={"a": "3"}))
    assert checks_of_record.official_fingerprints(pairs, registry) == {key(["1", "3"]), key(["2", "3"])}
