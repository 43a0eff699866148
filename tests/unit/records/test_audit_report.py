"""Reports of audits are written and read back."""

from __future__ import annotations

import json
from pathlib import Path

from emobench.records.audit_report import replace_report, stored_report, write_report
from tests.support.audited import Planted, audited, faces, index


def test_a_report_is_written_and_read_back(tmp_path: Path, fresh_cache: Path) -> None:
    samples, split = index({"train": 12, "validation": 6, "test": 6})
    images = Planted("image", faces(list(samples["sample_id"]))), samples, split
    dataset, samples, split = images
    dataset.content["test-003"] = dataset.content["train-000"]
    report = audited(dataset, samples, split)
    assert write_report(tmp_path, report) == tmp_path / "audits" / f"{report.id}.json"
    assert stored_report(tmp_path, report.id) == report
    assert report.counts == {"train": 12, "validation": 6, "test": 6}
    assert report.split == split.hashes


def test_a_report_of_another_version_or_none_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "audits").mkdir()
    (tmp_path / "audits" / "old.json").write_text('{"schema_version": 0}')
    (tmp_path / "audits" / "torn.json").write_text('{"schema_version": 1, "id"')
    assert [stored_report(tmp_path, name) for name in ("old", "torn", "absent")] == [None, None, None]


def test_a_report_that_does_not_name_every_sample_is_read_and_tells_no_clean_subset(tmp_path: Path) -> None:
    finding = {
        "audit": "exact-duplicates-across-parts",
        "severity": "error",
        "part": "train / test",
        "count": 9,
        "what": "9 images of test are in train too",
        "examples": ["a = b"],
    }
    old = {
        "schema_version": 1,
        "id": "old",
        "dataset": "faces",
        "content": "c",
        "labels": "three@1",
        "protocol": {"name": "official", "parameters": {}},
        "split": {"train": "a", "test": "b"},
        "counts": {"train": 60, "test": 60},
        "audits": ["exact-duplicates-across-parts", "near-duplicate-images"],
        "findings": [finding],
    }
    (tmp_path / "audits").mkdir()
    (tmp_path / "audits" / "old.json").write_text(json.dumps(old))
    report = stored_report(tmp_path, "old")
    assert report is not None
    assert (report.findings[0].count, report.findings[0].tested, report.duplicated) == (9, (), None)


def test_a_report_takes_the_place_of_those_of_the_same_split(tmp_path: Path, fresh_cache: Path) -> None:
    samples, split = index({"train": 12, "test": 6})
    report = audited(Planted("image", faces(list(samples["sample_id"]))), samples, split)
    older, other = (
        report.model_copy(update={"id": "older"}),
        report.model_copy(update={"id": "other", "labels": "two@1"}),
    )
    for one in (older, other):
        write_report(tmp_path, one)
    replace_report(tmp_path, report)
    assert sorted(path.stem for path in (tmp_path / "audits").iterdir()) == sorted([report.id, "other"])
