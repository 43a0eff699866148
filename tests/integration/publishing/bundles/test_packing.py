"""What goes into a bundle, and what stays out."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from emobench.errors import EmobenchError
from emobench.plugins.registry import Registry
from emobench.publishing.bundles import adding, packing
from emobench.publishing.bundles.manifest import parse_manifest, sha256
from emobench.records.run_folder import parse_record, write_record
from tests.conftest import Dots
from tests.support.bundles import (
    cell_of,
    files_of,
    problems,
    with_record,
    written,
    zipped,
)
from tests.support.film_runs import FITTED, planned, ran


def test_the_same_results_give_the_same_files(runs: Path, whole: bytes, registry: Registry) -> None:
    assert files_of(packing.pack(runs, Path("other-name.zip"), registry).content) == files_of(whole)


def test_manifest_tells_what_is_inside(whole: bytes, registry: Registry) -> None:
    files = files_of(whole)
    manifest = parse_manifest(files.pop("bundle.json"))
    assert manifest.files == {name: sha256(content) for name, content in files.items()}
    assert {name.partition("/")[2].partition("/")[2] for name in files} == {"record.json", "predictions.parquet"}
    assert manifest.contains.endswith("no media")
    assert {cell.suite for cell in manifest.cells.values()} == {"films-suite"}
    source = manifest.datasets["clips"]
    assert source is not None
    assert (source.license, source.homepage, source.citation) == (Dots.license, Dots.homepage, Dots.citation)


@pytest.mark.parametrize(
    ("only", "experiments"),
    [
        ("mean", {"mean", "fitted", "second"}),
        ("applied", {"applied", "fitted"}),
        ("people", {"people", "people/person-0", "people/person-1", "people/person-2"}),
    ],
)
def test_what_a_result_is_made_from_is_packed_with_it(
    runs: Path, registry: Registry, only: str, experiments: set[str]
) -> None:
    manifest = packing.pack(runs, Path("some.zip"), registry, [only]).manifest
    assert {cell.experiment for cell in manifest.cells.values()} == experiments


def test_failed_cells_and_what_needs_them_are_left_out_with_a_line(
    tmp_path: Path, whole: bytes, registry: Registry
) -> None:
    files = files_of(whole)
    for name, content in files.items():
        if name.endswith("record.json"):
            record = parse_record(content, name)
            if record.cell.experiment == "second":
                record = record.model_copy(update={"status": "failed", "scores": {}})
            write_record(tmp_path, record)
            (tmp_path / name).with_name("predictions.parquet").write_bytes(
                files[name.replace("record.json", "predictions.parquet")]
            )
    packed = packing.pack(tmp_path, Path("some.zip"), registry)
    assert {cell.experiment for cell in packed.manifest.cells.values()}.isdisjoint({"second", "mean"})
    assert len(packed.left_out) == 2
    assert any(line.startswith("mean (") and "it is made from second: it failed" in line for line in packed.left_out)


def test_a_pattern_that_matches_nothing_is_refused(runs: Path, registry: Registry) -> None:
    with pytest.raises(EmobenchError, match="no experiment and no cell's id matches 'fited'; did you mean 'fitted'"):
        packing.pack(runs, Path("some.zip"), registry, ["fited"])


def test_a_name_that_is_no_name_is_refused(runs: Path, registry: Registry) -> None:
    with pytest.raises(EmobenchError, match="cannot be the name of a bundle"):
        packing.pack(runs, Path("My Results.zip"), registry)


def test_folders_of_the_machine_are_not_packed(tmp_path: Path, single: bytes, registry: Registry) -> None:
    files = files_of(single)
    path = f"cells/{cell_of(files, 'fitted')}/record.json"
    record = parse_record(files[path], path).model_copy(
        update={"warnings": ("UserWarning: /home/me/here/a.png is odd",)}
    )
    write_record(tmp_path, record)
    (tmp_path / path).with_name("predictions.parquet").write_bytes(
        files[path.replace("record.json", "predictions.parquet")]
    )
    assert b"/home/me" not in packing.pack(tmp_path, Path("some.zip"), registry).content
    told = problems(tmp_path, zipped(with_record(files, "fitted", lambda _: record)), registry)
    assert any("without folders of a machine" in line for line in told)


def test_synthetic_rows_are_left_out_beside_real_ones_and_cells_can_be_chosen(
    tmp_path: Path, data: Path, registry: Registry
) -> None:
    for folder in (None, data):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ran(planned(tmp_path, FITTED, using=registry, data=folder), registry)
    packed = packing.pack(tmp_path / "runs", Path("mine.zip"), registry)
    (cell,) = packed.manifest.cells
    assert packed.left_out[0].startswith("1 synthetic row is left out, e.g. fitted (")
    chosen = packing.pack(tmp_path / "runs", Path("mine.zip"), registry, [f"{cell[:8]}*"])
    assert (chosen.manifest, chosen.left_out) == (packed.manifest, ())
    with pytest.raises(EmobenchError, match="no experiment and no cell's id matches 'x'"):
        packing.pack(tmp_path / "runs", Path("mine.zip"), registry, ["x"])


def test_rows_of_other_bundles_are_left_to_them(
    tmp_path: Path, single: bytes, whole: bytes, runs: Path, registry: Registry
) -> None:
    board = tmp_path / "board"
    people = packing.pack(runs, Path("people.zip"), registry, ["people"]).content
    adding.add([written(tmp_path, people, "people.zip"), written(tmp_path, whole, "rest.zip")], board, registry)
    (board / "bundles" / "rest.json").unlink()
    packed = packing.pack(board, Path("rest.zip"), registry)
    assert packed.left_out == ("4 cells are left to the bundle 'people'",)
    assert {cell.experiment for cell in packed.manifest.cells.values()} == {"fitted", "second", "mean", "applied"}
