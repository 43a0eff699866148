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
from emobench.errors import EmobenchError
from tests.support.audited import Planted, audited, index


def test_nothing_is_found_in_clean_images(images: tuple[Planted, pd.DataFrame, Split]) -> None:
    report = audited(*images)
    assert report.findings == ()
    assert set(report.audits) | set(report.not_run) == set(AUDITS)
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
