"""Bundles: what is packed verifies, every planted fault is refused and named, and boards keep receipts of what they took."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest
from emobench_plugins.metrics import classification

from emobench import cli
from emobench.contracts.dataset import Official
from emobench.contracts.model import Schedule
from emobench.errors import EmobenchError
from emobench.plugins.loading import installed_plugins as installed
from emobench.plugins.loading import load
from emobench.plugins.registry import Registry
from emobench.publishing.boards import publish
from emobench.publishing.bundles import adding, packing, verifying
from emobench.publishing.bundles.checks import agreement, read
from emobench.publishing.bundles.checks import data as checks_of_data
from emobench.publishing.bundles.checks import record as checks_of_record
from emobench.publishing.bundles.checks.read import Bundled
from emobench.publishing.bundles.manifest import BundledCell, Manifest, parse_manifest, read_receipts, sha256
from emobench.publishing.bundles.report import Problem
from emobench.publishing.bundles.verifying import examine
from emobench.publishing.rescoring import rescored
from emobench.records.identity import Component
from emobench.records.record import Record, Source
from emobench.records.run_folder import parse_record, read_record, record_bytes, write_record
from emobench.scoring.scores import score
from tests import ROOT
from tests.conftest import Dots, FakeEntry
from tests.integration import test_folds
from tests.integration.test_model_of import APPLIED, FITTED, planned, ran
from tests.support import film_plugin
from tests.support.film_plugin import experiment

Files = dict[str, bytes]
SECOND = experiment("second", training="{ epochs = 1 }", seed="6", takes='["halves"]')
MEAN = experiment("mean", fusion='"average"', members='["fitted", "second"]')


def plugins() -> Registry:
    return load(cast(Any, [*film_plugin.entries(), FakeEntry("folds", test_folds.plugin())]))


@pytest.fixture(scope="module")
def registry() -> Registry:
    return plugins()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a copy of clips and films, in which one test sample is damaged."""
    folder = tmp_path_factory.mktemp("data") / "dots"
    folder.mkdir()
    Dots().write_twin(folder)
    (folder / "private" / "thin-04.pix").write_bytes(b"short")
    return folder.parent


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Path:
    """A run with a fitted and an applied model, a fusion, and folds; none of it synthetic."""
    folder = tmp_path_factory.mktemp("runs")
    plan = planned(folder, FITTED, SECOND, MEAN, APPLIED, test_folds.PEOPLE, using=plugins(), data=data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert {record.status for record in ran(plan, plugins()).values()} == {"finished"}
    return folder / "runs"


@pytest.fixture(scope="module")
def whole(runs: Path, registry: Registry) -> bytes:
    return packing.pack(runs, Path("all.zip"), registry).content


@pytest.fixture(scope="module")
def single(runs: Path, registry: Registry) -> bytes:
    return packing.pack(runs, Path("one.zip"), registry, ["fitted"]).content


def files_of(bundle: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: Files) -> bytes:
    return archive(list(files.items()))


def written(folder: Path, content: bytes, name: str = "mine.zip") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def listed_again(files: Files) -> Files:
    """Return files with a table of contents that lists them as they are: a forger who knows the format."""
    fields = json.loads(files["bundle.json"])
    for cell, listed in fields["cells"].items():
        for name, kind in (("record.json", "record"), ("predictions.parquet", "predictions")):
            listed[kind] = sha256(files[f"cells/{cell}/{name}"])
    return {**files, "bundle.json": json.dumps(fields).encode()}


def problems(folder: Path, content: bytes, registry: Registry, data: Path | None = None) -> list[str]:
    return [str(problem) for problem in verifying.verify(written(folder, content), registry, data).problems]


def cell_of(files: Files, name: str) -> str:
    cells = parse_manifest(files["bundle.json"]).cells
    (cell,) = (cell for cell, listed in cells.items() if listed.experiment == name)
    return cell


def with_record(files: Files, name: str, change: Callable[[Record], Record]) -> Files:
    """Return files in which a record was changed as a careful forger would."""
    path = f"cells/{cell_of(files, name)}/record.json"
    return listed_again({**files, path: record_bytes(change(parse_record(files[path], path)))})


def with_table(files: Files, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Files:
    path = f"cells/{cell_of(files, name)}/predictions.parquet"
    content = io.BytesIO()
    change(pd.read_parquet(io.BytesIO(files[path]))).to_parquet(content, index=False)
    return listed_again({**files, path: content.getvalue()})


def in_cell(record: Record, **changes: Any) -> Record:
    return record.model_copy(update={"cell": record.cell.model_copy(update=changes)})


def in_identity(record: Record, **changes: Any) -> Record:
    return in_cell(record, identity=record.cell.identity.model_copy(update=changes))


# ------------------------------------------------------------------------------------------------------- packing


def test_bundle_verifies_with_and_without_the_data(
    tmp_path: Path, whole: bytes, registry: Registry, data: Path
) -> None:
    report = verifying.verify(written(tmp_path, whole), registry, data)
    assert report.problems == ()
    assert report.verified
    assert report.cells == 8
    assert verifying.verify(tmp_path / "mine.zip", registry).problems == ()


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


# ---------------------------------------------------------------------------------- a forger who knows the format


def wrong_score(record: Record) -> Record:
    scores = record.scores["private"]
    better = scores.model_copy(update={"metrics": {**scores.metrics, "accuracy": 0.999}})
    return record.model_copy(update={"scores": {**record.scores, "private": better}})


def wrong_class(record: Record) -> Record:
    scores = record.scores["private"]
    first = scores.per_class[0].model_copy(update={"support": 400})
    return record.model_copy(
        update={
            "scores": {
                **record.scores,
                "private": scores.model_copy(update={"per_class": (first, *scores.per_class[1:])}),
            }
        }
    )


def wrong_confusion(record: Record) -> Record:
    scores = record.scores["private"]
    first = (*scores.confusion[0][:2], 9)
    changed = scores.model_copy(update={"confusion": (first, *scores.confusion[1:])})
    return record.model_copy(update={"scores": {**record.scores, "private": changed}})


def unknown_metric(record: Record) -> Record:
    scores = record.scores["private"]
    more = scores.model_copy(update={"metrics": {**scores.metrics, "brilliance": 1.0}})
    return record.model_copy(update={"scores": {**record.scores, "private": more}})


def drops_another(record: Record) -> Record:
    other = record.dropped[0].model_copy(update={"sample_id": "private-thin-05"})
    return record.model_copy(update={"dropped": (other,)})


def drops_nothing(record: Record) -> Record:
    return record.model_copy(update={"dropped": ()})


def counts_more(record: Record) -> Record:
    count = record.counts["public"].model_copy(update={"attempted": 500})
    return record.model_copy(update={"counts": {**record.counts, "public": count}})


def sourced(component: str, **changes: str) -> Callable[[Record], Record]:
    source = Source(**{"distribution": "stranger 1.0", **changes})
    return lambda one: one.model_copy(update={"sources": {**one.sources, component: source}})


RECORD_FAULTS: dict[str, tuple[Callable[[Record], Record], str]] = {
    "score": (wrong_score, "accuracy on 'private' is 0.999 in the record, and "),
    "class score": (wrong_class, "support of 'round' on 'private' is 400 in the record, and 6 by the predictions"),
    "confusion": (
        wrong_confusion,
        "the confusion matrix, e.g. 'round' taken for 'thin' on 'private' is 9 in the record, and 0 by the predictions",
    ),
    "no confusion": (
        lambda one: one.model_copy(
            update={"scores": {part: few.model_copy(update={"confusion": ((1,),)}) for part, few in one.scores.items()}}
        ),
        "the shape of the confusion matrix on 'private' is [1] in the record, and [3, 3, 3] by the predictions",
    ),
    "metric": (unknown_metric, "brilliance on 'private' is 1.0 in the record, and not to be had"),
    "scores of nothing": (
        lambda one: one.model_copy(update={"scores": {**one.scores, "train": one.scores["private"]}}),
        "scores of the part 'train' are of no test part",
    ),
    "dropped sample": (drops_another, "of the part 'private' are not those of the split"),
    "dropped samples": (drops_nothing, "the 17 predicted and 0 dropped samples of the part 'private' are not those"),
    "counts": (counts_more, "18 predictions for the part 'public', where the record counts 500"),
    "seed": (lambda one: in_identity(one, seed=77), "something that determines the result was changed"),
    "split": (
        lambda one: in_identity(one, split={**one.cell.identity.split, "private": one.cell.identity.split["public"]}),
        "of the part 'private' are not those of the split",
    ),
    "id": (lambda one: in_cell(one, id="0" * 16), "the record is of the cell 0000000000000000"),
    "official": (lambda one: in_cell(one, provenance="official"), "'clips' has no official fingerprint"),
    "suite": (
        lambda one: in_cell(one, suite="../../board"),
        "the suite's name '../../board' cannot be that of a board",
    ),
    "another suite": (lambda one: in_cell(one, suite="other"), "the record is of 'fitted' of the suite 'other'"),
    "experiment": (
        lambda one: in_cell(one, experiment="best"),
        "it is listed as 'fitted' of the suite 'films-suite', the record is of 'best'",
    ),
    "headline": (lambda one: in_cell(one, headline="train"), "ranked by 'train', which is none of its test parts"),
    "failure": (lambda one: one.model_copy(update={"status": "failed"}), "the cell failed"),
    "metric left out": (
        lambda one: one.model_copy(
            update={
                "scores": {
                    part: few.model_copy(update={"metrics": {"accuracy": few.metrics["accuracy"]}})
                    for part, few in one.scores.items()
                }
            }
        ),
        "log_loss on 'private' is left out in the record, and ",
    ),
    "published": (
        lambda one: in_cell(one, published={"accuracy": 1e308}),
        "'accuracy': 1e+308 is no published number of a metric that boards know",
    ),
    "published script": (
        lambda one: in_cell(one, published={"<script>alert(1)</script>": 0.3}),
        "is no published number of a metric that boards know",
    ),
    "text": (lambda one: in_cell(one, note="a\x00b"), "a text has characters that cannot be written: 'a\\x00b'"),
    "content": (lambda one: in_identity(one, content="../../../elsewhere"), "content: '../../../elsewhere' is no hash"),
    "source of nothing": (
        sourced("models/other"),
        "it names the origin of 'models/other', which is no component of the cell",
    ),
    "source's package": (
        sourced("protocols/by-folder", distribution="<b>me</b> 1"),
        "'<b>me</b> 1' is no distribution with its version",
    ),
    "source's address": (
        sourced("protocols/by-folder", url="javascript:alert(1)"),
        "'javascript:alert(1)' is no address that boards show",
    ),
    "source's citation": (
        sourced("protocols/by-folder", citation="x" * 501),
        "its source has a text of more than 500 characters",
    ),
    "classes": (
        lambda one: in_identity(one, classes=("thin", "square", "round")),
        "the classes are not those of the label map shapes@1",
    ),
}


@pytest.mark.parametrize("fault", RECORD_FAULTS)
def test_a_changed_record_is_refused(tmp_path: Path, single: bytes, registry: Registry, fault: str) -> None:
    change, what = RECORD_FAULTS[fault]
    files = files_of(single)
    told = problems(tmp_path, zipped(with_record(files, "fitted", change)), registry)
    assert any(what in line for line in told), told
    assert all(line.startswith(("cells/", "bundle.json")) for line in told)


SUITE_FAULTS: dict[str, tuple[Callable[[Record], Record], str]] = {
    "published": (
        lambda one: in_cell(one, published={"accuracy": 0.01}),
        "published: {'accuracy': 0.01}, where the suite",
    ),
    "control": (lambda one: in_cell(one, control_of="mean"), "control_of: 'mean', where the suite"),
    "selected on": (lambda one: in_cell(one, selected_on="private"), "selected_on: 'private', where the suite"),
    "departures": (
        lambda one: in_identity(
            one, schedule=dataclasses.replace(one.cell.identity.schedule or Schedule(), learning_rate=0.5)
        ),
        "the row does not say 'learning rate 0.5 (suite: ",
    ),
    "name": (
        lambda one: in_cell(one, experiment="mean"),
        "it is called 'mean' as an experiment of 'films-suite', and is",
    ),
}


@pytest.mark.parametrize("fault", SUITE_FAULTS)
def test_what_a_registered_suite_says_of_a_row_cannot_be_changed(
    tmp_path: Path, runs: Path, single: bytes, registry: Registry, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    change, what = SUITE_FAULTS[fault]
    monkeypatch.setitem(registry.suites, "films-suite", next(runs.parent.glob("*.toml")))
    assert problems(tmp_path, single, registry) == []
    told = problems(tmp_path, zipped(with_record(files_of(single), "fitted", change)), registry)
    assert any(what in line for line in told), told


def test_samples_handed_in_have_to_be_all(tmp_path: Path, single: bytes, registry: Registry) -> None:
    def handed_in(one: Record) -> Record:
        return in_identity(one, schedule=None, model=Component(name="mine", parameters={"given": "labels"}))

    told = problems(tmp_path, zipped(with_record(files_of(single), "fitted", handed_in)), registry)
    for what in (
        "1 samples are left out; predictions made elsewhere have to be of all test samples",
        "does not say 'predictions made elsewhere, labels without probabilities'",
        "of how they were chosen",
    ):
        assert any(what in line for line in told), told


def scaled(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(p_round=table["p_round"].where(table.index != 3, 0.5 + table["p_round"]))


NEXT = {"round": "square", "square": "thin", "thin": "round"}


def others(table: pd.DataFrame) -> pd.DataFrame:
    """Let every prediction be another one."""
    said = table["prediction"].map(NEXT)
    return table.assign(prediction=said, **{f"p_{name}": (said == name).astype("float32") for name in NEXT})


def negative(table: pd.DataFrame) -> pd.DataFrame:
    table.loc[0, ["p_round", "p_square", "p_thin"]] = [1.5, -0.5, 0.0]
    return table.assign(prediction=table["prediction"].mask(table.index == 0, "round"))


TABLE_FAULTS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "probability": (scaled, "the probabilities do not sum to 1"),
    "negative": (negative, "a probability is negative"),
    "not finite": (lambda table: table.assign(p_round=float("nan")), "a probability is not finite"),
    "others": (others, "accuracy on 'private' is"),
    "fewer samples": (lambda table: table.iloc[1:], "are not those of the split"),
    "other samples": (
        lambda table: table.assign(sample_id=table["sample_id"].str.replace("-", "_")),
        "are not those of the split",
    ),
    "swapped parts": (
        lambda table: table.assign(part=table["part"].map({"private": "public", "public": "private"})),
        "are not those of the split",
    ),
    "twice": (lambda table: pd.concat([table, table.iloc[:1]]), "the sample id is there twice"),
    "prediction": (lambda table: table.assign(prediction="round"), "the prediction is not the (first) most probable"),
    "text": (lambda table: table.assign(p_round="much"), "the column 'p_round' has values that are no numbers"),
    "gaps": (lambda table: table.assign(label=table["label"].mask(table.index == 0)), "'label' has values that are no"),
    "another column": (lambda table: table.assign(film=b"RIFF"), "not those of predictions, e.g. 'film'"),
    "endless text": (lambda table: table.assign(group="g" * 501), "'group' has a text of more than 500 bytes"),
    "numbers": (lambda table: table.assign(group=7), "the column 'group' has values that are no text"),
    "no column": (lambda table: table.drop(columns="p_thin"), "not those of predictions, e.g. 'p_thin'"),
}


@pytest.mark.parametrize("fault", TABLE_FAULTS)
def test_changed_predictions_are_refused(tmp_path: Path, single: bytes, registry: Registry, fault: str) -> None:
    change, what = TABLE_FAULTS[fault]
    told = problems(tmp_path, zipped(with_table(files_of(single), "fitted", change)), registry)
    assert any(what in line for line in told), told


def test_all_problems_are_listed(tmp_path: Path, single: bytes, registry: Registry) -> None:
    files = with_record(files_of(single), "fitted", lambda one: in_cell(wrong_score(one), provenance="official"))
    told = problems(tmp_path, zipped(with_table(files, "fitted", lambda table: table.iloc[1:])), registry)
    for what in ("no official fingerprint", "not those of the split", "accuracy on 'private' is 0.999"):
        assert any(what in line for line in told), what


def test_an_official_fingerprint_is_known(
    tmp_path: Path, single: bytes, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = with_record(files_of(single), "fitted", lambda one: in_cell(one, provenance="official"))
    (record,) = (parse_record(content, name) for name, content in files.items() if name.endswith("record.json"))
    known = Official(samples=72, fingerprint={"folders": record.cell.identity.fingerprint})
    monkeypatch.setattr(film_plugin.Clips, "official", known)
    assert problems(tmp_path, zipped(files), registry) == []


def test_pairs_are_official_where_all_members_are(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    from emobench.storage.cache import key

    pairs = registry.datasets["pairs"]
    assert checks_of_record.official_fingerprints(pairs, registry) == set()
    monkeypatch.setattr(Dots, "official", Official(samples=1, fingerprint={"a": "1", "b": "2"}))
    monkeypatch.setattr(film_plugin.Clips, "official", Official(samples=1, fingerprint={"a": "3"}))
    assert checks_of_record.official_fingerprints(pairs, registry) == {key(["1", "3"]), key(["2", "3"])}


def test_a_dataset_that_nobody_registered_is_unverified_at_most(
    tmp_path: Path, single: bytes, registry: Registry
) -> None:
    without = load(cast(Any, [FakeEntry("metrics", classification)]))
    report = verifying.verify(written(tmp_path, single), without)
    assert report.problems == ()
    assert any(
        "'clips' is not registered here, so its rows can be no more than 'unverified'" in str(n) for n in report.notes
    )
    official = with_record(files_of(single), "fitted", lambda one: in_cell(one, provenance="official"))
    (line,) = problems(tmp_path, zipped(official), without)
    assert "is not registered here: its rows can be no more than 'unverified', and this one is 'official'" in line


def test_a_leaky_split_must_be_called_so(
    tmp_path: Path, single: bytes, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(registry.protocols["by-folder"]), "leaky", True)
    files = with_record(files_of(single), "fitted", lambda one: in_cell(one, leaky=False))
    assert any(
        "is leaky, and the record does not say so" in line for line in problems(tmp_path, zipped(files), registry)
    )


# ----------------------------------------------------------------------------------------- cells beside each other


def without(files: Files, name: str) -> Files:
    """Return files without a cell, which is not listed either."""
    cell = cell_of(files, name)
    fields = json.loads(files["bundle.json"])
    del fields["cells"][cell]
    left = {path: content for path, content in files.items() if cell not in path}
    return {**left, "bundle.json": json.dumps(fields).encode()}


@pytest.mark.parametrize(
    ("missing", "kind"), [("second", "member"), ("fitted", "fitted model"), ("people/person-1", "fold")]
)
def test_what_a_result_is_made_from_must_be_there(
    tmp_path: Path, whole: bytes, registry: Registry, missing: str, kind: str
) -> None:
    files = files_of(whole)
    told = problems(tmp_path, zipped(without(files, missing)), registry)
    assert any(line.endswith(f"its {kind} {cell_of(files, missing)} is not in the bundle") for line in told), told


@pytest.mark.parametrize(("name", "whose"), [("mean", "the members give"), ("people", "the folds give")])
def test_probabilities_that_are_not_those_of_members_or_folds_are_refused(
    tmp_path: Path, whole: bytes, registry: Registry, name: str, whose: str
) -> None:
    told = problems(tmp_path, zipped(with_table(files_of(whole), name, others)), registry)
    assert any(f"other probabilities than {whose}" in line for line in told), told


def test_a_result_is_trusted_no_more_than_what_it_is_made_from(
    tmp_path: Path, whole: bytes, registry: Registry
) -> None:
    files = with_record(files_of(whole), "fitted", lambda one: in_cell(one, provenance="stand-in", leaky=True))
    for name in ("mean", "applied"):
        files = with_record(files, name, lambda one: in_cell(one, leaky=False))
    told = problems(tmp_path, zipped(files), registry)
    fitted = cell_of(files, "fitted")
    for name in ("mean", "applied"):
        place = f"cells/{cell_of(files, name)}"
        assert f"{place}: it is 'unverified', and made from the cell {fitted}, which is 'stand-in'" in told
        assert (
            f"{place}: it is made from the cell {fitted}, whose split is leaky, and the record does not say so" in told
        )


def relabelled(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(label=table["label"].map(NEXT))


def test_cells_must_agree_on_labels(tmp_path: Path, whole: bytes, registry: Registry) -> None:
    def swap(table: pd.DataFrame) -> pd.DataFrame:
        table.loc[table["sample_id"] == "private-thin-00", ["label", "group"]] = ["round", "nobody"]
        return table

    told = problems(tmp_path, zipped(with_table(files_of(whole), "second", swap)), registry)
    for what in ("the label of sample 'private-thin-00' is", "the group of sample 'private-thin-00' is"):
        assert any(what in line for line in told), told


def test_cells_must_agree_on_splits(whole: bytes, tmp_path: Path, registry: Registry) -> None:
    def swap(record: Record) -> Record:
        split = record.cell.identity.split
        return in_identity(record, split={**split, "train": split["private"]})

    told = problems(tmp_path, zipped(with_record(files_of(whole), "second", swap)), registry)
    assert any("the part 'train' has other samples than in cells/" in line for line in told), told


# ------------------------------------------------------------------------------------------------ beside the data


def test_labels_that_are_not_the_datasets_are_refused(
    tmp_path: Path, single: bytes, registry: Registry, data: Path
) -> None:
    told = problems(tmp_path, zipped(with_table(files_of(single), "fitted", relabelled)), registry, data)
    assert any("in the dataset" in line and "the label of sample" in line for line in told), told


def test_a_training_part_that_the_protocol_does_not_give_is_refused(
    tmp_path: Path, single: bytes, registry: Registry, data: Path
) -> None:
    def swap(record: Record) -> Record:
        split = record.cell.identity.split
        return in_identity(record, split={**split, "train": split["private"]})

    told = problems(tmp_path, zipped(with_record(files_of(single), "fitted", swap)), registry, data)
    assert any("the part 'train' has other samples than the protocol 'by-folder' gives it" in line for line in told)


@pytest.mark.parametrize("renamed", [False, True])
def test_a_limit_is_known_by_what_the_cell_says(
    tmp_path: Path, registry: Registry, data: Path, request: pytest.FixtureRequest, renamed: bool
) -> None:
    if renamed:
        request.getfixturevalue("sentences_renamed")
    plan = planned(tmp_path, FITTED, using=registry, data=data, limit=6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ran(plan, registry)
    packed = packing.pack(tmp_path / "runs", Path("few.zip"), registry)
    assert problems(tmp_path, packed.content, registry, data) == []
    silent = with_record(files_of(packed.content), "fitted", lambda one: in_cell(one, departures=()))
    told = problems(tmp_path, zipped(silent), registry, data)
    assert {line.partition(" has ")[2] for line in told} == {"other samples than the protocol 'by-folder' gives it"}


def test_a_fold_that_the_protocol_has_and_nobody_ran_is_missed(
    tmp_path: Path, whole: bytes, registry: Registry, data: Path
) -> None:
    files = files_of(whole)

    def leave_out(record: Record) -> Record:
        return in_identity(record, folds=record.cell.identity.folds[1:])

    told = problems(tmp_path, zipped(with_record(files, "people", leave_out)), registry, data)
    assert any("the fold 'person-0' of the protocol 'by-person' is not in it" in line for line in told), told


def test_another_copy_is_not_compared_and_that_is_said(tmp_path: Path, single: bytes, registry: Registry) -> None:
    folder = tmp_path / "data" / "dots"
    folder.mkdir(parents=True)
    Dots().write_twin(folder)
    report = verifying.verify(written(tmp_path, single), registry, tmp_path / "data")
    assert report.verified
    assert any("the copy of 'clips' is another than that of the results" in str(note) for note in report.notes)


def test_data_that_is_a_stand_in_here_is_no_better_elsewhere(
    tmp_path: Path, single: bytes, registry: Registry, data: Path, request: pytest.FixtureRequest
) -> None:
    declaration = data / "dots" / "PROVENANCE.txt"
    declaration.write_text("stand-in\n")
    request.addfinalizer(declaration.unlink)
    told = problems(tmp_path, single, registry, data)
    assert any("it is 'unverified', and the same data is 'stand-in' here" in line for line in told), told


# ------------------------------------------------------------------------------------------------ files from anywhere


def archive(files: list[tuple[str | zipfile.ZipInfo, bytes]], compression: int = zipfile.ZIP_STORED) -> bytes:
    content = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name that is there twice
        with zipfile.ZipFile(content, "w", compression) as opened:
            for name, inside in files:
                opened.writestr(name, inside)
    return content.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return entry


A_RECORD = f"cells/{'0' * 16}/record.json"
ARCHIVES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "no archive": (lambda _: b"no archive at all", "a damaged archive, or none"),
    "truncated": (lambda whole: whole[: len(whole) // 2], "a damaged archive, or none"),
    "flipped bit": (lambda whole: whole[:200] + bytes([whole[200] ^ 1]) + whole[201:], "a damaged archive, or none"),
    "traversal": (lambda whole: added(whole, "../../evil.json"), "leads out of the folder"),
    "backslashes": (lambda whole: added(whole, "cells\\..\\..\\evil.json"), "leads out of the folder"),
    "absolute": (lambda whole: added(whole, "/etc/cron.d/evil"), "leads out of the folder"),
    "drive": (lambda whole: added(whole, "C:/evil.json"), "leads out of the folder"),
    "link": (lambda whole: added(whole, link(A_RECORD)), "is a link"),
    "media": (lambda whole: added(whole, "cells/film.mp4"), "cells/film.mp4: is there, and not listed"),
    "twice": (lambda whole: added(whole, "bundle.json"), "is there twice"),
    "bomb": (
        lambda whole: added(whole, A_RECORD, bytes(201_000_000)),
        "would become 201 MB, far too much",
    ),
    "many bombs": (
        lambda whole: archive([(str(n), bytes(90_000_000)) for n in range(3)], zipfile.ZIP_DEFLATED),
        "its content would be 270 MB, far too much",
    ),
    "empty": (lambda _: archive([]), "bundle.json: there is no table of contents"),
    "larger than it says": (lambda whole: understated(whole), "a damaged archive, or none"),
}


def added(whole: bytes, name: str | zipfile.ZipInfo, content: bytes = b"{}") -> bytes:
    """Return a bundle with one more file in it."""
    return archive([*files_of(whole).items(), (name, content)], zipfile.ZIP_DEFLATED)


def understated(whole: bytes) -> bytes:
    """Return a bundle with 5 MB of zeros in it, which says of them that there are 10 bytes."""
    return added(whole, A_RECORD, bytes(5_000_000)).replace(struct.pack("<I", 5_000_000), struct.pack("<I", 10))


SAME_CONTENT: dict[str, Callable[[bytes], bytes]] = {
    "compressed": lambda whole: archive(list(files_of(whole).items()), zipfile.ZIP_DEFLATED),
    "another order": lambda whole: archive(sorted(files_of(whole).items(), reverse=True)),
    "a comment": lambda whole: whole[:-2] + b"\x05\x00extra",
}


@pytest.mark.parametrize("kind", SAME_CONTENT)
def test_an_archive_with_the_same_content_will_do(tmp_path: Path, single: bytes, registry: Registry, kind: str) -> None:
    assert problems(tmp_path, SAME_CONTENT[kind](single), registry) == []


@pytest.mark.parametrize("kind", ARCHIVES)
def test_archives_are_not_trusted(tmp_path: Path, single: bytes, registry: Registry, kind: str) -> None:
    make, what = ARCHIVES[kind]
    told = problems(tmp_path, make(single), registry)
    assert any(what in line for line in told), told
    assert [path.name for path in tmp_path.iterdir()] == ["mine.zip"]


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, registry: Registry) -> None:
    path = tmp_path / "huge.zip"
    with path.open("wb") as file:
        file.truncate(300_000_000)  # sparse: it takes no room
    assert "300 MB" in str(verifying.verify(path, registry).problems[0])


def test_a_table_that_says_it_is_too_large_is_not_read(
    tmp_path: Path, single: bytes, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "_MOST_PREDICTIONS", 10)
    assert any("35 rows of 0 MB are too many" in line for line in problems(tmp_path, single, registry))


def manifest_with(files: Files, **changes: Any) -> bytes:
    fields = {**json.loads(files["bundle.json"]), **changes}
    return zipped({**files, "bundle.json": json.dumps(fields, indent=1).encode() + b"\n"})


def with_other_schema(files: Files) -> Files:
    path = f"cells/{cell_of(files, 'fitted')}/record.json"
    return listed_again({**files, path: files[path].replace(b'"schema_version": 2', b'"schema_version": 9')})


INVENTORIES: dict[str, tuple[Callable[[Files], bytes], str]] = {
    "schema": (lambda files: manifest_with(files, schema_version=99), "bundle schema version 99 is unknown"),
    "record schema": (lambda files: zipped(with_other_schema(files)), "a record of schema 9, this emobench"),
    "unknown key": (lambda files: manifest_with(files, media=["a.mp4"]), "not the table of contents of a bundle"),
    "no manifest": (
        lambda files: zipped({name: inside for name, inside in files.items() if name != "bundle.json"}),
        "there is no table of contents",
    ),
    "missing": (
        lambda files: zipped({name: inside for name, inside in files.items() if not name.endswith("parquet")}),
        "predictions.parquet: is listed, and not there",
    ),
    "extra": (lambda files: zipped({**files, A_RECORD: b"{}"}), f"{A_RECORD}: is there, and not listed"),
    "changed": (
        lambda files: zipped({name: inside.replace(b"cpu", b"gpu") for name, inside in files.items()}),
        "record.json: has the sha256",
    ),
    "no cell": (lambda files: manifest_with(files, cells={}), "there is no cell in it"),
    "no licence": (
        lambda files: manifest_with(files, datasets={}),
        "where the dataset 'clips' comes from is not listed",
    ),
    "says media": (lambda files: manifest_with(files, contains="films"), "not the table of contents of a bundle"),
}


@pytest.mark.parametrize("kind", INVENTORIES)
def test_table_of_contents_must_be_right(tmp_path: Path, single: bytes, registry: Registry, kind: str) -> None:
    make, what = INVENTORIES[kind]
    told = problems(tmp_path, make(files_of(single)), registry)
    assert any(what in line for line in told), told


def test_a_check_that_fails_refuses_the_cell_and_goes_on(
    tmp_path: Path, single: bytes, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(checks_of_record, "_provenance_faults", fail)
    (line,) = problems(tmp_path, single, registry)
    assert line.endswith("cannot be checked: ZeroDivisionError: by nothing")


# --------------------------------------------------------------------------------------------------------- boards


def test_a_board_keeps_a_receipt_that_gives_the_bundle_back(tmp_path: Path, whole: bytes, registry: Registry) -> None:
    board = tmp_path / "board"
    added = adding.add([written(tmp_path, whole)], board, registry)
    records = map(read_record, board.glob("cells/*/record.json"))
    datasets = sorted({record.cell.identity.dataset for record in records})
    endings = (".md", ".csv", ".json", ".html")
    pages = [f"datasets/{name}{ending}" for name in datasets for ending in endings]
    assert sorted(str(path.relative_to(board)) for path in added.written) == sorted(
        [*pages, "README.md", "bundles/mine.json"]
    )
    assert sorted(path.name for path in board.iterdir()) == [
        "README.md", "bundles", "cells", "datasets",
    ]  # fmt: skip
    assert "fitted (seed 5): rank 1 of 3 in clips, by-folder split, unverified, leaky" in added.rows
    again = adding.add([written(tmp_path, whole)], board, registry)
    assert (again.written, again.rows) == ((), ())
    files = files_of(whole)
    assert read_receipts(board) == {"mine": parse_manifest(files.pop("bundle.json"))}
    one = examine(board / "bundles" / "mine.json", registry)
    assert (one.report.problems, one.opened.files) == ((), files)


def test_a_board_that_was_changed_is_not_what_its_receipt_says(
    tmp_path: Path, single: bytes, registry: Registry
) -> None:
    board = tmp_path / "board"
    adding.add([written(tmp_path, single)], board, registry)
    (path,) = board.glob("cells/*/record.json")
    write_record(board, wrong_score(read_record(path)))
    told = [str(one) for one in verifying.verify(board / "bundles" / "mine.json", registry).problems]
    assert any("record.json: has the sha256" in line for line in told)
    assert any("accuracy on 'private' is 0.999" in line for line in told)
    path.unlink()
    told = [str(one) for one in verifying.verify(board / "bundles" / "mine.json", registry).problems]
    assert any("record.json: is listed, and not there" in line for line in told)


def test_a_receipt_reads_nothing_outside_its_board(tmp_path: Path, single: bytes, registry: Registry) -> None:
    board = tmp_path / "board"
    adding.add([written(tmp_path, single)], board, registry)
    path = board / "bundles" / "mine.json"
    fields = json.loads(path.read_bytes())
    (cell,) = fields["cells"]
    path.write_text(json.dumps({**fields, "cells": {"../../secret": fields["cells"][cell]}}))
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "record.json").write_bytes(b"secret")
    (problem,) = verifying.verify(path, registry).problems
    assert "not the table of contents of a bundle" in problem.what
    path.write_text(json.dumps(fields))
    record = board / "cells" / cell / "record.json"
    record.rename(tmp_path / "record.json")
    record.symlink_to(tmp_path / "record.json")
    (problem,) = verifying.verify(path, registry).problems
    assert str(problem) == f"cells/{cell}/record.json: is listed, and not there"


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


def test_another_result_for_a_row_of_another_bundle_is_refused(
    tmp_path: Path, single: bytes, registry: Registry
) -> None:
    board = tmp_path / "board"
    adding.add([written(tmp_path, single)], board, registry)
    later = with_record(files_of(single), "fitted", lambda one: one.model_copy(update={"peak_memory": 1}))
    with pytest.raises(EmobenchError, match="came with the bundle 'mine', and is another there"):
        adding.add([written(tmp_path, zipped(later), "theirs.zip")], board, registry)
    adding.add([written(tmp_path, zipped(later))], board, registry)  # one's own may be brought up to date


def test_a_row_that_came_without_a_bundle_is_not_replaced(
    tmp_path: Path, runs: Path, single: bytes, registry: Registry
) -> None:
    board = tmp_path / "board"
    publish([one for one in rescored(runs, registry) if one[1].cell.experiment == "fitted"], board, registry)
    adding.add([written(tmp_path, single)], board, registry)  # the same bytes may come
    later = with_record(files_of(single), "fitted", lambda one: one.model_copy(update={"peak_memory": 1}))
    receipts = board / "bundles"
    (receipts / "mine.json").unlink()
    with pytest.raises(EmobenchError, match="is on the board, and is another there"):
        adding.add([written(tmp_path, zipped(later))], board, registry)


def test_a_bundle_that_breaks_the_board_leaves_it_as_it_is(
    tmp_path: Path, single: bytes, whole: bytes, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = tmp_path / "board"
    adding.add([written(tmp_path, single)], board, registry)
    before = {path: path.read_bytes() for path in board.rglob("*") if path.is_file()}

    def fail(*_: Any, **__: Any) -> str:
        raise ValueError("Out of range")

    monkeypatch.setattr("emobench.boards.render_json", fail)
    with pytest.raises(EmobenchError, match="no board can be made with it: ValueError: Out of range"):
        adding.add([written(tmp_path, whole, "others.zip")], board, registry)
    assert {path: path.read_bytes() for path in board.rglob("*") if path.is_file()} == before


def test_other_samples_of_the_same_official_files_are_refused(tmp_path: Path, single: bytes) -> None:
    (one,) = (
        Bundled(parse_record(content, ""), pd.DataFrame(columns=["sample_id", "label", "group"]))
        for name, content in files_of(single).items()
        if "record" in name
    )
    official = Bundled(in_cell(one.record, provenance="official"), one.table)
    other = Bundled(in_identity(official.record, content=sha256(b"fewer")), one.table)
    assert list(agreement.contradictions([("here", official), ("there", official)])) == []
    ((where, what),) = agreement.contradictions([("here", official), ("there", other)])
    assert (where, what) == ("there", "the same files of 'clips' have another content than in here")


def test_a_bundle_that_waits_on_a_board_is_held_against_it(tmp_path: Path, single: bytes, registry: Registry) -> None:
    board = tmp_path / "board"
    adding.add([written(tmp_path, single)], board, registry)
    later = with_record(files_of(single), "fitted", lambda one: one.model_copy(update={"peak_memory": 1}))
    (problem,) = verifying.verify(written(board / "bundles", zipped(later), "theirs.zip"), registry).problems
    assert problem.what == "came with the bundle 'mine', and is another there: a row has one result"


def test_a_bundle_that_waits_beside_a_receipt_of_its_name_says_what_it_replaces(
    tmp_path: Path, single: bytes, whole: bytes, registry: Registry
) -> None:
    board = tmp_path / "board"
    adding.add([written(tmp_path, whole)], board, registry)
    waiting = written(board / "bundles", single)
    notes = [note.what for note in verifying.verify(waiting, registry).notes]
    assert "takes the place of mine.json: 1 of its 8 rows come again" in notes


def test_labels_that_contradict_the_board_are_refused(
    tmp_path: Path, single: bytes, runs: Path, registry: Registry
) -> None:
    board = tmp_path / "board"
    adding.add([written(tmp_path, single)], board, registry)
    other = files_of(packing.pack(runs, Path("second.zip"), registry, ["second"]).content)
    forged = with_table(other, "second", relabelled)
    path = f"cells/{cell_of(forged, 'second')}"
    record = parse_record(forged[f"{path}/record.json"], path)
    table = pd.read_parquet(io.BytesIO(forged[f"{path}/predictions.parquet"]))
    scores = score(table, record.cell.identity.classes, record.cell.identity.test_parts, registry.metrics.values())
    perfect = with_record(forged, "second", lambda one: one.model_copy(update={"scores": scores}))
    bundle = written(tmp_path, zipped(perfect), "second.zip")
    assert verifying.verify(bundle, registry).verified  # nothing in the bundle itself tells
    with pytest.raises(EmobenchError, match=r"not added: .*the label of sample .* in the board's cells/"):
        adding.add([bundle], board, registry)


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


# -------------------------------------------------------------------------------------------------- the command line


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch, registry: Registry) -> None:
    monkeypatch.setattr("emobench.plugins.installed_plugins", lambda: registry)


@pytest.mark.usefixtures("ours")
def test_three_commands_from_runs_to_a_board(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle, board = tmp_path / "mine.zip", tmp_path / "board"
    assert cli.invoke(["bundle", "--runs", str(runs), "--only", "fitted", "--output", str(bundle)]) == 0
    assert "clips: licence none stated; to be cited: Nobody: Dots." in capsys.readouterr().out
    assert cli.invoke(["verify", str(bundle)]) == 0
    assert "verified (1 cell)" in capsys.readouterr().out
    assert cli.invoke(["leaderboard", "--add", str(bundle), "--publish", str(board)]) == 0
    assert (board / "datasets" / "clips.md").is_file()
    assert cli.invoke(["verify", str(board / "bundles" / "mine.json")]) == 0


def test_a_strangers_name_is_no_command_to_the_terminal() -> None:
    assert str(Problem(where="a\x1b[2Jb", what="is\nodd")) == "a\ufffd[2Jb: is odd"


@pytest.mark.usefixtures("ours")
def test_verify_prints_a_line_a_problem_and_exits_with_1(
    tmp_path: Path, single: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    files = with_record(files_of(single), "fitted", lambda one: in_cell(wrong_score(one), headline="train"))
    bad = written(tmp_path, zipped(files), "bad.zip")
    good = written(tmp_path, single, "good.zip")
    assert cli.invoke(["verify", str(good), str(bad)]) == 1
    lines = capsys.readouterr().out.splitlines()
    lines = [line for line in lines if ": note: " not in line]
    assert [line.partition(": ")[0] for line in lines] == [str(good), str(bad), str(bad), str(bad)]
    assert lines[-1].startswith(f"{bad}: refused: 2 problems")
    assert cli.invoke(["verify", str(bad), "--json"]) == 1
    (report,) = json.loads(capsys.readouterr().out)
    assert (report["verified"], report["name"], len(report["problems"])) == (False, "bad", 2)
    assert set(report["problems"][0]) == {"what", "where"}


def test_a_file_that_is_not_there_is_a_wrong_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(["verify", str(tmp_path / "nothing.zip")]) == 2
    assert "cannot read the bundle: No such file" in capsys.readouterr().err


def test_add_wants_a_board(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(["leaderboard", "--add", str(tmp_path / "x.zip")]) == 2
    assert "name its folder with --publish" in capsys.readouterr().err


@pytest.mark.realdata
def test_published_rows_are_those_of_the_real_data() -> None:
    board = ROOT / "leaderboards"
    folder = os.environ.get("EMOBENCH_DATA")
    if not folder:
        pytest.skip("EMOBENCH_DATA names no folder with the datasets")
    for path in sorted((board / "bundles").glob("*.json")):
        one = examine(path, installed())
        wrong, notes = checks_of_data.compare(one.cells, Path(folder), installed())
        assert wrong == []
        assert len(notes) < len(one.cells)


def test_manifest_is_what_bundles_hold() -> None:
    """A field that is added without a new schema version would be refused by those who know the old one."""
    assert set(Manifest.model_fields) == {"schema_version", "emobench", "contains", "cells", "datasets"}
    assert set(BundledCell.model_fields) == {"suite", "experiment", "record", "predictions"}
