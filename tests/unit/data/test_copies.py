"""The index of a copy: read once, checked, and read again when a file changes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from emobench.contracts.dataset import Copy, Finding, Index
from emobench.data import discovery
from emobench.errors import EmobenchError
from emobench.plugins.registry import Registry
from tests.conftest import Dots
from tests.support.dots import opened


class Counting(Dots):
    """Counts how often its index is read."""

    def __init__(self) -> None:
        self.read_index = 0

    def index(self, copy: Copy) -> Index:
        """Count and read."""
        self.read_index += 1
        return super().index(copy)


def test_index_is_read_once_as_long_as_no_file_changes(dots: Path, plugins: Registry) -> None:
    dataset = Counting()
    first, second = opened(dots, plugins, dataset), opened(dots, plugins, dataset)
    assert dataset.read_index == 1
    pd.testing.assert_frame_equal(first.index.samples, second.index.samples)
    pd.testing.assert_frame_equal(first.index.samples, Dots().index(first.location).samples, check_dtype=False)
    assert (first.index.findings, first.fingerprint) == (second.index.findings, second.fingerprint)


def test_findings_survive_the_cache(dots: Path, plugins: Registry) -> None:
    class Finds(Dots):
        def index(self, copy: Copy) -> Index:
            return Index(super().index(copy).samples, (Finding("extra", "naïve.txt", "not read"),))

    for _ in range(2):
        assert opened(dots, plugins, Finds()).index.findings == (Finding("extra", "naïve.txt", "not read"),)


def change_content(dots: Path) -> None:
    path = dots / "train" / "round-00.pix"
    before = path.stat()
    path.write_bytes(b"other content...")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))


def add(dots: Path) -> None:
    (dots / "train" / "round-99.pix").write_bytes(b"x" * 16)


def remove(dots: Path) -> None:
    (dots / "private" / "thin-05.pix").unlink()


def rename(dots: Path) -> None:
    (dots / "private" / "thin-05.pix").rename(dots / "private" / "thin-06.pix")


@pytest.mark.parametrize("change", [change_content, add, remove, rename])
def test_index_is_read_again_when_a_file_changes(dots: Path, plugins: Registry, change: Any) -> None:
    dataset = Counting()
    before = opened(dots, plugins, dataset)
    change(dots)
    after = opened(dots, plugins, dataset)
    assert dataset.read_index == 2
    assert after.fingerprint != before.fingerprint


def test_index_is_read_again_when_a_file_behind_a_link_changes(dots: Path, plugins: Registry) -> None:
    elsewhere = dots.parent.parent / "other-disk"
    (dots / "train").rename(elsewhere)
    (dots / "train").symlink_to(elsewhere)
    (elsewhere / "loop").symlink_to(elsewhere)
    (elsewhere / "itself").symlink_to("itself")
    dataset = Counting()
    opened(dots, plugins, dataset)
    change_content(dots)
    opened(dots, plugins, dataset)
    assert dataset.read_index == 2


def test_index_that_cannot_be_read_leaves_nothing_in_the_cache(
    dots: Path, plugins: Registry, fresh_cache: Path
) -> None:
    class Failing(Dots):
        def index(self, copy: Copy) -> Index:
            raise EmobenchError("a wrong header")

    with pytest.raises(EmobenchError, match="a wrong header"):
        opened(dots, plugins, Failing())
    assert [path for path in fresh_cache.rglob("*") if path.name != "indexes"] == []


def test_file_that_the_plugin_misses_is_not_taken_for_a_full_disk(dots: Path, plugins: Registry) -> None:
    class Missing(Dots):
        def index(self, copy: Copy) -> Index:
            (copy.root / "labels.csv").read_text(encoding="utf-8")
            raise AssertionError

    with pytest.raises((FileNotFoundError, EmobenchError)) as caught:
        opened(dots, plugins, Missing())
    assert "cannot write" not in str(caught.value)
    found = discovery.find_copies([Missing()], dots.parent, plugins)["dots"]
    assert "cannot write" not in str(found.problem)
    assert "labels.csv" in str(found.problem)


def test_damaged_index_in_the_cache_is_made_anew(
    dots: Path, plugins: Registry, fresh_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = opened(dots, plugins)
    (damaged,) = fresh_cache.glob("indexes/*/samples.parquet")
    damaged.write_bytes(damaged.read_bytes()[:40])
    again = opened(dots, plugins)
    assert again.content == before.content
    assert len(again.index.samples) == len(before.index.samples)
    assert "is damaged and is made again" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda table: table.drop(columns="group"), "the index has no column 'group'"),
        (lambda table: table.drop(columns="image_path"), "the index has no column 'image_path'"),
        (lambda table: table.iloc[[0, 1, 1]], "two samples have the id 'private-round-01'"),
        (lambda table: table.assign(label="oval"), "label 'oval' is not in the vocabulary"),
        (lambda table: table.assign(label=[float("nan"), "oval", *table["label"][2:]]), "is not in the vocabulary"),
        (lambda table: table.assign(sample_id=range(len(table))), "sample id 0 is not a string"),
    ],
)
def test_index_that_breaks_the_contract_is_refused(dots: Path, plugins: Registry, change: Any, reason: str) -> None:
    class Wrong(Dots):
        def index(self, copy: Copy) -> Index:
            return Index(change(super().index(copy).samples))

    with pytest.raises(EmobenchError) as caught:
        opened(dots, plugins, Wrong())
    assert reason in str(caught.value)
    assert str(caught.value).startswith("dataset plugin 'dots': ")


def test_copy_without_a_sample_says_how_to_get_the_dataset(dots: Path, plugins: Registry) -> None:
    class Empty(Dots):
        def index(self, copy: Copy) -> Index:
            return Index(super().index(copy).samples.iloc[:0])

    with pytest.raises(EmobenchError, match=r"no sample of Dots; Nowhere\."):
        opened(dots, plugins, Empty())
