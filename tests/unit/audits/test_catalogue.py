"""All audits together: nothing in clean data, what cannot run, and what identifies a report."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from emobench.audits.catalogue import AUDITS, report_id
from emobench.audits.content_features import (
    audits_code,
)
from emobench.contracts.protocol import Split
from emobench.contracts.target import Target
from emobench.errors import EmobenchError
from emobench.records.audit_report import AuditFinding
from tests.support.audited import LABELS, Planted, audited, index


def test_nothing_is_found_in_clean_images(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    report = audited(*images)
    assert report.findings == ()
    assert set(report.audits) | set(report.not_run) == set(AUDITS) - {"raters", "value-ranges"}
    assert set(report.not_run) == {
        "takes-in-two-parts",
        "parents-in-two-parts",
        "silent-media",
        "clipped-media",
        "loudness-tells-label",
        "duration-tells-label",
    }


def test_nothing_is_found_in_clean_sounds(sounds: tuple[Planted, pd.DataFrame, Split]) -> None:
    report = audited(*sounds)
    assert report.findings == ()
    assert {"silent-media", "clipped-media", "loudness-tells-label", "duration-tells-label"} <= set(report.audits)
    assert {"near-duplicate-images", "brightness-tells-label"} <= set(report.not_run)


def test_what_only_needs_the_index_decodes_nothing() -> None:
    samples, split = index({"train": 6, "test": 6}, take={"train-000": "01"}, parent={"train-001": "train-000"})
    dataset = Planted("image", {})
    names = ("groups-in-two-parts", "takes-in-two-parts", "parents-in-two-parts", "class-balance")
    assert audited(dataset, samples, split, *names).audits == names
    assert dataset.reads == 0


def test_a_dataset_of_which_nothing_can_be_read_is_audited_to_the_end(fresh_cache: Path) -> None:
    samples, split = index({"train": 6, "test": 3})
    report = audited(Planted("audio", dict.fromkeys(samples["sample_id"], OSError("gone"))), samples, split)
    assert [finding.count for finding in report.findings if finding.audit == "truncated-media"] == [6, 3]
    assert "loudness-tells-label" in report.not_run


def test_an_audit_that_fails_is_told_of(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = images
    report = audited(dataset, samples.drop(columns="label"), split, "class-balance", "constant-media")
    assert report.audits == ("constant-media",)
    assert report.not_run["class-balance"].startswith("the audit failed: KeyError")
    assert report.failed == ("class-balance",)


def test_what_is_about_one_class_is_not_asked_of_values(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    dataset, samples, split = images
    samples = samples.assign(label="", true_valence=range(len(samples)))
    report = audited(dataset, samples, split, target=Target("feeling", "values", ("valence",)))
    asked_of_classes = ("loudness-tells-label", "duration-tells-label", "brightness-tells-label", "class-balance")
    for name in (*asked_of_classes, "raters"):
        assert report.not_run[name] == "not asked of values"


def test_what_is_about_classes_is_asked_of_the_class_with_most_votes(
    images: tuple[Planted, pd.DataFrame, Split],
) -> None:
    dataset, samples, split = images
    votes = {f"true_{name}": 1.0 + (samples["label"] == name) for name in LABELS}
    report = audited(dataset, samples.assign(**votes), split, target=Target("votes", "distribution", LABELS))
    assert {"brightness-tells-label", "class-balance", "raters"} <= set(report.audits)
    assert report.not_run["value-ranges"] == "not asked of votes"


def test_a_report_without_numbers_has_no_field_for_them() -> None:
    finding = AuditFinding(audit="class-balance", severity="note", part="", count=1, what="")
    assert "numbers" not in finding.model_dump(mode="json")


def test_the_id_depends_on_data_parts_and_labels() -> None:
    known = report_id("faces", "c", "three@1", {"train": "a", "test": "b"})
    assert len(known) == 16
    others = [
        report_id("faces", "d", "three@1", {"train": "a", "test": "b"}),
        report_id("faces", "c", "three@2", {"train": "a", "test": "b"}),
        report_id("faces", "c", "three@1", {"train": "a", "test": "c"}),
    ]
    assert len({known, *others}) == 4
    assert len(audits_code()) == 16


def test_an_audit_that_does_not_exist_is_refused(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    with pytest.raises(EmobenchError, match="did you mean 'silent-media'"):
        audited(*images, "silent-medium")
