"""Files that cannot be decoded."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from emobench.contracts.dataset import Copy, Finding
from emobench.data import discovery, verification
from emobench.plugins.loading import load
from emobench.plugins.registry import Registry
from tests.conftest import Dots
from tests.support.dots import opened
from tests.support.film_plugin import Films, entries


def test_unreadable_samples_are_listed_once_each(dots: Path, plugins: Registry) -> None:
    (dots / "train" / "thin-03.pix").write_bytes(b"short")
    steps: list[int] = []
    found = verification.unreadable(Dots(), opened(dots, plugins), steps.append)
    assert found == [Finding("unreadable", "train/thin-03.pix", "5 bytes instead of 16")]
    assert sum(steps) == 72


def test_sample_without_a_modality_is_not_unreadable(dots: Path) -> None:
    registry = load(cast(Any, entries()))
    films = discovery.open_copy(Films(), Copy(dots, "folders"), dots.parent, registry)
    assert (films.index.samples["audio_path"] == "").sum() == 9
    assert verification.unreadable(Films(), films, lambda _: None) == []
    (dots / "train" / "thin-02.pix").write_bytes(b"short")  # has both
    again = discovery.open_copy(Films(), films.location, films.data, registry)
    assert [one.where for one in verification.unreadable(Films(), again, lambda _: None)] == ["train/thin-02.pix"]
