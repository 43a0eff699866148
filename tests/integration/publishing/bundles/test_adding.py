"""Bundles that are added to a board."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

from emobench.errors import EmobenchError
from emobench.plugins.registry import Registry
from emobench.publishing.bundles import adding, packing, verifying
from emobench.publishing.bundles.manifest import parse_manifest, read_receipts
from emobench.publishing.bundles.verifying import examine
from emobench.records.run_folder import read_record
from tests.support.bundles import (
    cell_of,
    files_of,
    with_record,
    written,
    wrong_score,
    zipped,
)
from tests.support.film_runs import FITTED, planned, ran


def test_a_board_keeps_a_receipt_that_gives_the_bundle_back(tmp_path: Path, whole: bytes, registry: Registry) -> None:
    board = tmp_path / "board"
    added = adding.add([written(tmp_path, whole)], board, registry)
    records = map(read_record, board.glob("cells/*/record.json"))
    datasets = sorted({record.cell.identity.dataset for record in records})
    endings = (".md", ".csv", ".json", ".html")
    pages = [f"datasets/{name}{ending}" for name in datasets for ending in endings]
    assert sorted(str(path.relative_to(board)) for path in added.files) == sorted(
        [*pages, "README.md", "bundles/mine.json"]
    )
    assert sorted(path.name for path in board.iterdir()) == [
        "README.md", "bundles", "cells", "datasets",
    ]  # fmt: skip
    assert "fitted (seed 5): without a rank in clips, by-folder split, unverified, leaky" in added.rows
    again = adding.add([written(tmp_path, whole)], board, registry)
    assert (again.files, again.rows) == ((), ())
    files = files_of(whole)
    assert read_receipts(board) == {"mine": parse_manifest(files.pop("bundle.json"))}
    report, opened = examine(board / "bundles" / "mine.json", registry)
    assert (report.problems, opened.files) == ((), files)


def test_pages_link_the_documentation_where_it_is_beside_the_board(
    tmp_path: Path, single: bytes, registry: Registry
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "boards.md").touch()
    for board, linked in ((tmp_path / "board", True), (tmp_path / "elsewhere" / "board", False)):
        added = adding.add([written(tmp_path, single)], board, registry)
        (page,) = (path for path in added.files if path.suffix == ".html")
        assert ('href="../../docs/boards.md"' in page.read_text()) == linked


def test_a_bundle_that_waits_on_the_board_becomes_its_receipt(
    tmp_path: Path, single: bytes, registry: Registry
) -> None:
    folder = tmp_path / "board" / "bundles"
    folder.mkdir(parents=True)
    adding.add([written(folder, single)], tmp_path / "board", registry)
    assert [path.name for path in folder.iterdir()] == ["mine.json"]


def test_a_bundle_with_a_problem_is_not_added(tmp_path: Path, single: bytes, whole: bytes, registry: Registry) -> None:
    bad = written(tmp_path, zipped(with_record(files_of(single), "fitted", wrong_score)), "bad.zip")
    good = written(tmp_path, whole)
    with pytest.raises(EmobenchError, match=r"not added: .*accuracy on 'private' is 0.999"):
        adding.add([good, bad], tmp_path / "board", registry)
    assert not (tmp_path / "board").exists()


def test_synthetic_rows_are_packed_on_request_and_never_added(tmp_path: Path, registry: Registry) -> None:
    plan = planned(tmp_path, FITTED, using=registry)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ran(plan, registry)
    with pytest.raises(EmobenchError, match=r"1 row is synthetic, e\.g\. fitted \("):
        packing.pack(tmp_path / "runs", Path("twin.zip"), registry)
    packed = packing.pack(tmp_path / "runs", Path("twin.zip"), registry, synthetic=True)
    path = written(tmp_path, packed.content, "twin.zip")
    assert verifying.verify(path, registry).verified
    with pytest.raises(EmobenchError, match="it has synthetic rows"):
        adding.add([path], tmp_path / "board", registry)


def test_a_bundle_takes_the_place_of_its_former_version(
    tmp_path: Path, single: bytes, whole: bytes, registry: Registry
) -> None:
    board = tmp_path / "board"
    adding.add([written(tmp_path, whole)], board, registry)
    before = {path: path.read_bytes() for path in board.rglob("*") if path.is_file()}
    with pytest.raises(EmobenchError, match="7 rows of the bundle 'mine' that is on the board are not in this one"):
        adding.add([written(tmp_path, single)], board, registry)
    assert {path: path.read_bytes() for path in board.rglob("*") if path.is_file()} == before
    added = adding.add([written(tmp_path, single)], board, registry, replace=True)
    assert added.replaced == ("mine takes the place of the former bundle of this name: 1 of its 8 rows come again",)
    assert [path.name for path in (board / "cells").iterdir()] == [cell_of(files_of(single), "fitted")]
    assert len(read_receipts(board)) == 1


def test_cells_of_two_bundles_stay_when_one_of_them_goes(
    tmp_path: Path, single: bytes, whole: bytes, runs: Path, registry: Registry
) -> None:
    board = tmp_path / "board"
    adding.add([written(tmp_path, whole, "all.zip"), written(tmp_path, single, "one.zip")], board, registry)
    people = packing.pack(runs, Path("all.zip"), registry, ["people"]).content
    adding.add([written(tmp_path, people, "all.zip")], board, registry, replace=True)
    assert {path.name for path in (board / "cells").iterdir()} == {
        *parse_manifest(files_of(people)["bundle.json"]).cells,
        cell_of(files_of(single), "fitted"),
    }
    assert all(verifying.verify(path, registry).verified for path in (board / "bundles").iterdir())


def test_a_bundle_that_breaks_the_board_leaves_it_as_it_is(
    tmp_path: Path, single: bytes, whole: bytes, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = tmp_path / "board"
    adding.add([written(tmp_path, single)], board, registry)
    before = {path: path.read_bytes() for path in board.rglob("*") if path.is_file()}

    def fail(*_: Any, **__: Any) -> str:
        raise ValueError("Out of range")

    monkeypatch.setattr("emobench.boards.write_board", fail)
    with pytest.raises(EmobenchError, match="no board can be made with it: ValueError: Out of range"):
        adding.add([written(tmp_path, whole, "others.zip")], board, registry)
    assert {path: path.read_bytes() for path in board.rglob("*") if path.is_file()} == before
