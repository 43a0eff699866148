"""Records that a forger changed who knows the format."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from emobench.contracts.dataset import Official
from emobench.contracts.model import Schedule
from emobench.contracts.recipe import Recipe
from emobench.plugins.registry import Registry
from emobench.records.record import Record, Source
from emobench.records.run_folder import parse_record
from tests.support import film_plugin
from tests.support.bundles import (
    files_of,
    in_cell,
    in_identity,
    problems,
    with_record,
    wrong_score,
    zipped,
)


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
        "the confusion matrix, 'round' taken for 'thin', on 'private' is 9 in the record, and 0 by the predictions",
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
    "ranking metric": (lambda one: in_cell(one, ranked_by="f1_weighted"), "ranked_by: 'f1_weighted', where the suite "),
    "selected on": (lambda one: in_cell(one, selected_on="private"), "selected_on: 'private', where the suite"),
    "departures": (
        lambda one: in_identity(
            one, schedule=dataclasses.replace(one.cell.identity.schedule or Schedule(), learning_rate=0.5)
        ),
        "the row does not say 'learning rate 0.5 (suite: ",
    ),
    "recipe": (
        lambda one: in_identity(one, recipe=Recipe(decay="cosine")),
        "it was selected or trained in another way than the suite",
    ),
    "grid": (
        lambda one: in_identity(one, grid={"epochs": (1, 2)}),
        "it was selected or trained in another way than the suite",
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


def test_an_official_fingerprint_is_known(
    tmp_path: Path, single: bytes, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = with_record(files_of(single), "fitted", lambda one: in_cell(one, provenance="official"))
    (record,) = (parse_record(content, name) for name, content in files.items() if name.endswith("record.json"))
    known = Official(samples=72, fingerprint={"folders": record.cell.identity.fingerprint})
    monkeypatch.setattr(film_plugin.Clips, "official", known)
    assert problems(tmp_path, zipped(files), registry) == []


def test_a_leaky_split_must_be_called_so(
    tmp_path: Path, single: bytes, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(registry.protocols["by-folder"]), "leaky", True)
    files = with_record(files_of(single), "fitted", lambda one: in_cell(one, leaky=False))
    assert any(
        "is leaky, and the record does not say so" in line for line in problems(tmp_path, zipped(files), registry)
    )
