"""What decoding every file of a copy shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from emobench.audits.media_findings import media_findings
from emobench.contracts.dataset import Copy, Finding
from emobench.data import discovery
from emobench.plugins import installed_plugins
from emobench.plugins.loading import load
from emobench.plugins.registry import Registry
from tests.conftest import Dots
from tests.support.dots import opened
from tests.support.film_plugin import Films, entries


def test_files_with_the_same_content_are_named(dots: Path, plugins: Registry) -> None:
    first, second = dots / "train" / "thin-03.pix", dots / "train" / "thin-05.pix"
    second.write_bytes(first.read_bytes())
    found = media_findings(Dots(), opened(dots, plugins), lambda _: None)
    assert found == [Finding("identical", "train/thin-05.pix", "the same content as train/thin-03.pix")]


def test_sounds_with_other_channels_than_most_are_named(tmp_path: Path) -> None:
    ravdess = installed_plugins().datasets["ravdess"]
    ravdess.write_twin(tmp_path)
    copy = discovery.open_copy(ravdess, Copy(tmp_path, "actors"), tmp_path, installed_plugins())
    found = media_findings(ravdess, copy, lambda _: None)
    assert len(found) == 5  # every twentieth of 96
    assert {(finding.kind, finding.what) for finding in found} == {("odd", "2 channels where most files have 1")}


def test_unreadable_samples_are_listed_once_each(dots: Path, plugins: Registry) -> None:
    (dots / "train" / "thin-03.pix").write_bytes(b"short")
    steps: list[int] = []
    found = media_findings(Dots(), opened(dots, plugins), steps.append)
    assert found == [Finding("unreadable", "train/thin-03.pix", "5 bytes instead of 16")]
    assert sum(steps) == 72


def test_sample_without_a_modality_is_not_unreadable(dots: Path) -> None:
    registry = load(cast(Any, entries()))
    films = discovery.open_copy(Films(), Copy(dots, "folders"), dots.parent, registry)
    assert (films.index.samples["audio_path"] == "").sum() == 9
    assert media_findings(Films(), films, lambda _: None) == []
    (dots / "train" / "thin-02.pix").write_bytes(b"short")  # has both
    again = discovery.open_copy(Films(), films.location, films.data, registry)
    assert [one.where for one in media_findings(Films(), again, lambda _: None)] == ["train/thin-02.pix"]
