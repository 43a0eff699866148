"""Datasets that pair samples of others: found through their members, and trusted as far as those."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest

from emobench.contracts.dataset import Copy, Finding, Index, Official
from emobench.data import copies, discovery, twins
from emobench.decoding import media
from emobench.errors import EmobenchError
from emobench.plugins.loading import load
from emobench.plugins.registry import Registry
from emobench.records.departures import CopyNote, SampleCount, Synthetic
from emobench.storage.cache import cache_folder
from tests.conftest import Dots
from tests.support import film_plugin
from tests.support.film_plugin import Pairs
from tests.support.paired import ClipsAlone, DotsAlone, found

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def registry() -> Registry:
    loaded = load(cast(Any, film_plugin.entries()))
    loaded.datasets |= {"dots": DotsAlone(), "clips": ClipsAlone()}
    return loaded


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    for name in ("dots", "clips"):
        (folder / name).mkdir(parents=True)
        Dots().write_twin(folder / name)
    return folder


def copy(data: Path, registry: Registry, pairs: Pairs | None = None) -> copies.DatasetCopy:
    one = found(data, registry, pairs)
    assert one.problem is None
    assert one.copy is not None
    return one.copy


@pytest.mark.usefixtures("fresh_cache")
def test_the_twin_of_pairs_is_that_of_each_member(tmp_path: Path, registry: Registry) -> None:
    twin = twins.twin_of(Pairs(), registry)
    assert twin.provenance == "synthetic"
    (tmp_path / "twin").mkdir()
    twins.write_twin(Pairs(), tmp_path / "twin", registry)
    written, copied = (
        {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (tmp_path / "twin", twin.location.root)
    )
    assert len(written) > 20
    assert copied == written


@pytest.mark.usefixtures("fresh_cache")
def test_a_disk_that_is_full_is_not_blamed_on_the_plugin(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copyfile", full)
    found = twins.find_twin(Pairs(), registry)
    assert str(found.problem).startswith(str(cache_folder() / "twins"))
    assert "cannot write: No space left on device; free space" in str(found.problem)


def test_pairs_are_found_where_their_members_are_and_read_by_path(data: Path, registry: Registry) -> None:
    pairs = copy(data, registry)
    assert pairs.location == Copy(data, "members")
    rows = pairs.index.samples.set_index("sample_id")
    assert len(rows) == 72
    row: Any = rows.loc["pair-train-thin-03"]
    assert (row["image_path"], row["audio_path"]) == ("dots/train/thin-03.pix", "clips/train/thin-03.pix")
    (data / "clips" / "train" / "thin-03.pix").write_bytes(bytes(range(16)))
    assert media.read_sample(Pairs(), pairs.location, row, "audio").tolist() == list(range(16))


@pytest.mark.parametrize("gone", ["dots", "clips"])
def test_pairs_without_a_member_are_not_found(data: Path, registry: Registry, gone: str) -> None:
    shutil.rmtree(data / gone)
    assert found(data, registry) == discovery.Found("pairs")


def test_problem_of_a_member_is_that_of_the_pairs(data: Path, registry: Registry) -> None:
    (data / "clips" / "PROVENANCE.txt").write_text("nonsense", encoding="utf-8")
    one = found(data, registry)
    assert one.copy is None
    assert str(one.problem).startswith(f"{data / 'clips' / 'PROVENANCE.txt'}: the first line must be")


def test_member_that_no_plugin_has_is_named_and_the_others_are_found(data: Path, registry: Registry) -> None:
    class Lonely(Pairs):
        members = ("dots", "clip")

    both = discovery.find_copies([Lonely(), DotsAlone()], data, registry)
    assert str(both["pairs"].problem) == "dataset 'pairs': no dataset 'clip'; did you mean 'clips'?"
    assert both["dots"].copy
    assert "no dataset 'clip'" in str(twins.find_twin(Lonely(), registry).problem)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            lambda table: table.drop(columns="audio_path"),
            "dataset plugin 'pairs': the index has no column 'audio_path'",
        ),
        (lambda table: table.iloc[:0], "no sample of Pairs; Get dots and clips."),
    ],
)
def test_pairing_that_breaks_the_contract_is_refused(
    data: Path, registry: Registry, change: Callable[[pd.DataFrame], pd.DataFrame], reason: str
) -> None:
    class Wrong(Pairs):
        def pair(self, members: Any) -> Index:
            return Index(change(super().pair(members).samples))

    assert reason in str(found(data, registry, Wrong()).problem)


def test_pairing_that_throws_is_the_plugins_failure(data: Path, registry: Registry) -> None:
    class Wrong(Pairs):
        def pair(self, members: Any) -> Index:
            raise ZeroDivisionError("oh")

    assert "pairs: the plugin failed: ZeroDivisionError: oh; " in str(found(data, registry, Wrong()).problem)


def test_paired_dataset_has_no_files_of_its_own(tmp_path: Path) -> None:
    for call in (lambda: Pairs().index(Copy(tmp_path, "pairs")), lambda: Pairs().write_twin(tmp_path)):
        with pytest.raises(EmobenchError, match="pairs: a paired dataset has no files of its own"):
            call()


def official(dataset: Dots, folder: Path, registry: Registry) -> Dots:
    """Return the dataset with what is in a folder for its official content."""
    fingerprint = discovery.open_copy(dataset, Copy(folder, "folders"), folder.parent, registry).fingerprint
    confirmed: Dots = type(
        "Confirmed", (type(dataset),), {"official": Official(samples=72, fingerprint={"folders": fingerprint})}
    )()
    return confirmed


def test_pairs_are_trusted_as_far_as_the_least_trusted_member(data: Path, registry: Registry) -> None:
    assert copy(data, registry).provenance == "unverified"
    registry.datasets["dots"] = official(DotsAlone(), data / "dots", registry)
    assert copy(data, registry).provenance == "unverified"
    registry.datasets["clips"] = official(ClipsAlone(), data / "clips", registry)
    assert copy(data, registry).provenance == "official"
    (data / "clips" / "PROVENANCE.txt").write_text("stand-in", encoding="utf-8")
    assert copy(data, registry).provenance == "stand-in"


def test_departures_of_the_members_and_of_the_pairing_are_told(data: Path, registry: Registry) -> None:
    class Odd(Pairs):
        def pair(self, members: Any) -> Index:
            findings = (Finding("odd", "", "paired by name"), Finding("odd", "x.pix", "strange"))
            return Index(super().pair(members).samples, findings)

    (data / "clips" / "extra").mkdir()
    (data / "clips" / "extra" / "thin-00.pix").write_bytes(bytes(16))
    assert copy(data, registry, Odd()).departures == (
        SampleCount(of=("clips",), found=73, official=72),
        CopyNote(what="paired by name"),
    )


def swap_in_clips(data: Path) -> None:
    (data / "clips" / "train" / "thin-03.pix").write_bytes(b"something else..")


def swap_in_dots(data: Path) -> None:
    (data / "dots" / "private" / "thin-03.pix").write_bytes(b"something else..")


@pytest.mark.parametrize("change", [swap_in_clips, swap_in_dots])
def test_file_of_a_member_that_changes_changes_the_content(
    data: Path, registry: Registry, change: Callable[[Path], None]
) -> None:
    before = copy(data, registry)
    change(data)
    after = copy(data, registry)
    assert after.content != before.content
    assert after.fingerprint != before.fingerprint


def test_other_pairs_of_the_same_files_are_another_content(data: Path, registry: Registry) -> None:
    class Turned(Pairs):
        def pair(self, members: Any) -> Index:
            samples = super().pair(members).samples
            return Index(samples.assign(audio_path=samples["audio_path"].tolist()[::-1]))

    class Mixed(Pairs):
        def pair(self, members: Any) -> Index:
            return Index(super().pair(members).samples.iloc[::-1])

    straight, turned, mixed = (copy(data, registry, one) for one in (Pairs(), Turned(), Mixed()))
    assert turned.content != straight.content
    assert turned.fingerprint == straight.fingerprint
    assert mixed.content == straight.content  # the same pairs in another order


def test_the_same_members_in_other_folders_are_the_same_content(data: Path, registry: Registry) -> None:
    before = copy(data, registry)
    (data / "more").mkdir()
    (data / "clips").rename(data / "more" / "clips-1")
    after = copy(data, registry)
    assert after.index.samples["audio_path"][0].startswith("more/clips-1/")
    assert after.content == before.content


def test_twin_is_made_of_those_of_the_members(registry: Registry, fresh_cache: Path) -> None:
    twin = twins.twin_of(Pairs(), registry)
    assert (twin.provenance, twin.departures) == ("synthetic", (Synthetic(),))
    assert len(twin.index.samples) == 72
    for name in ("dots", "clips"):
        here, own = twin.location.root / name, twins.twin_of(registry.datasets[name], registry)
        files = sorted(path.relative_to(here) for path in here.rglob("*.pix"))
        assert len(files) == 72
        assert [(here / file).read_bytes() for file in files] == [
            (own.location.root / file).read_bytes() for file in files
        ]
    assert (twin.location.root / "PROVENANCE.txt").read_text(encoding="utf-8").startswith("synthetic\n")
