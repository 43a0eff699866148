"""``emobench audit``: what is audited, how it is told, and the exit code."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from emobench import cli, hookimpl
from emobench.audits.catalogue import run_audits
from emobench.contracts.dataset import Copy, Dataset
from emobench.contracts.media import Modality
from emobench.contracts.protocol import Split, SplitProtocol
from emobench.data.discovery import find_copies
from emobench.plugins import loading
from emobench.plugins import registry as plugins
from emobench.records.audit_report import AuditReport, read_reports
from emobench.records.identity import Component
from emobench.splits import division, targets
from tests import conftest
from tests.conftest import FakeEntry


class Shapes(conftest.Dots):
    """Dots that are pictures, everybody in one part only."""

    name: ClassVar[str] = "shapes"
    identities: ClassVar[tuple[str, ...]] = ()

    def read(self, copy: Copy, sample: Mapping[str, Any], modality: Modality) -> Any:
        """Return noise of 48 by 48 pixels that the bytes choose."""
        seed = int.from_bytes(super().read(copy, sample, modality).tobytes(), "little")
        return np.random.default_rng(seed).integers(0, 255, (48, 48), dtype=np.uint8)


class Thirds(SplitProtocol):
    """Three folds by place in the index."""

    name: ClassVar[str] = "thirds"
    title: ClassVar[str] = "thirds"
    parameters: ClassVar[Mapping[str, Any]] = {"fold": ""}

    def folds(self, samples: pd.DataFrame, **parameters: Any) -> tuple[str, ...]:
        """Name them."""
        return ("a", "b", "c")

    def split(self, samples: pd.DataFrame, **parameters: Any) -> Split:
        """Test on every third sample."""
        place = "abc".index(parameters["fold"])
        tested = np.arange(len(samples)) % 3 == place
        ids = samples["sample_id"]
        return Split({"train": tuple(ids[~tested]), "test": tuple(ids[tested])})


@pytest.fixture
def shapes(monkeypatch: pytest.MonkeyPatch, fresh_cache: Path) -> Iterator[plugins.Registry]:
    """A registry with a dataset ``shapes``, the protocol of the dots and one with folds."""
    module = ModuleType("tests.integration.cli.test_audit.shapes")

    def given(kind: type[Any]) -> Any:
        return lambda: [kind()]

    for hook, kind in (("emobench_datasets", Shapes), ("emobench_protocols", Thirds)):
        setattr(module, hook, hookimpl(given(kind)))
    module.__name__ = "tests.integration.cli.test_audit"
    original = loading._entry_points
    entries = [*original(), FakeEntry("shapes", module), FakeEntry("dots", conftest, "dots-plugin")]
    monkeypatch.setattr(loading, "_entry_points", lambda: entries)
    loading.installed_plugins.cache_clear()
    yield loading.installed_plugins()
    loading.installed_plugins.cache_clear()


def single(*more: str, protocol: str = "by-folder", dataset: str = "shapes") -> list[str]:
    return ["audit", "--dataset", dataset, "--labels", "shapes", "--protocol", protocol, *more]


def plant(data: Path, registry: plugins.Registry) -> Path:
    """Write the dataset's files with a training sample that is tested."""
    folder = data / "shapes"
    folder.mkdir(parents=True)
    registry.datasets["shapes"].write_twin(folder)
    (folder / "public" / "thin-00.pix").write_bytes((folder / "train" / "thin-00.pix").read_bytes())
    return data


def test_clean_data_exits_with_0(shapes: plugins.Registry, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(single()) == 0
    text = capsys.readouterr().out
    assert text.startswith("shapes, shapes@1, by-folder\nSYNTHETIC: ")
    assert "train 36, public 18, private 18" in text
    assert "nothing found" in text
    assert text.endswith("0 errors, 0 warnings, 0 notes\n")


def test_an_error_exits_with_1_and_is_shown_in_100_columns(
    shapes: plugins.Registry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = plant(tmp_path / "data", shapes)
    assert cli.invoke(single("--data", str(data))) == 1
    text = capsys.readouterr().out
    assert "ERROR    exact-duplicates-across-parts (train / public): 1" in text
    assert "e.g. public-thin-00 = train-thin-00" in text
    assert max(map(len, text.splitlines())) <= 100


def test_json_is_a_list_of_reports(
    shapes: plugins.Registry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.invoke(single("--data", str(plant(tmp_path / "data", shapes)), "--json")) == 1
    (report,) = map(AuditReport.model_validate, json.loads(capsys.readouterr().out))
    assert (report.dataset, report.labels, report.protocol.name) == ("shapes", "shapes@1", "by-folder")
    names = ["exact-duplicates-across-parts", "exact-or-near-duplicates"]
    assert [finding.audit for finding in report.findings] == names


def test_reports_are_written_into_a_folder_in_place_of_earlier_ones(shapes: plugins.Registry, tmp_path: Path) -> None:
    data, out = plant(tmp_path / "data", shapes), tmp_path / "boards"
    assert cli.invoke(single("--data", str(data), "--out", str(out))) == 1
    (report,) = read_reports(out)
    (out / "audits" / f"{report.id}.json").rename(out / "audits" / "older.json")
    assert cli.invoke(single("--data", str(data), "--out", str(out))) == 1
    assert read_reports(out) == [report]
    assert report.duplicated is not None
    assert report.duplicated.samples == {"public-thin-00"}


def test_what_several_models_of_a_suite_share_is_audited_once(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["audit", "--suite", "paper-replication", "--only", "a.table1.*", "--limit", "20", "--json"]
    assert cli.invoke(arguments) in (0, 1)
    reports = [AuditReport.model_validate(one) for one in json.loads(capsys.readouterr().out)]
    (report,) = [one for one in reports if one.dataset == "fer2013"]
    assert report.protocol.name == "official"
    assert max(report.counts.values()) == 20


def test_folds_are_audited_in_turn_and_told_of_once(
    shapes: plugins.Registry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = plant(tmp_path / "data", shapes)
    arguments = single("--data", str(data), protocol="thirds")
    code = cli.invoke([*arguments, "--json"])
    reports = [AuditReport.model_validate(one) for one in json.loads(capsys.readouterr().out)]
    assert [report.protocol.parameters["fold"] for report in reports] == ["a", "b", "c"]
    assert len({report.id for report in reports}) == 3
    assert code == cli.invoke(arguments)
    text = capsys.readouterr().out
    assert ", 3 folds\n" in text
    assert text.count("shapes@1") == 1


def test_a_protocol_that_does_not_suit_is_one_line_and_2(
    shapes: plugins.Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.invoke(single(protocol="official", dataset="tess")) == 2
    assert "not audited: tess, official: " in capsys.readouterr().err


# --------------------------------------------------------------------------------------------------- real data


def real(name: str, labels: str, protocol: str, *audits: str) -> AuditReport:
    if not (data := os.environ.get("EMOBENCH_DATA")):
        pytest.skip("EMOBENCH_DATA does not name a folder with the datasets")
    known = loading.installed_plugins()
    dataset: Dataset = known.datasets[name]
    copy = find_copies([dataset], Path(data), known)[name].copy
    if copy is None:
        pytest.skip(f"no {dataset.title} under EMOBENCH_DATA")
    samples = targets.classify(copy.index.samples, known.label_maps[labels])
    split = division.divide(samples, known.protocols[protocol], {})
    by = Component(name=protocol)
    return run_audits(dataset, copy, samples, split, labels=labels, protocol=by, names=audits)


@pytest.mark.realdata
def test_fer2013_is_tested_on_images_that_it_trains_on() -> None:
    report = real("fer2013", "seven-emotions", "official", "exact-duplicates-across-parts")
    if sum(report.counts.values()) != 35_887:
        pytest.skip("not all of FER2013")
    counts = {finding.part: finding.count for finding in report.findings}
    assert counts == {"train / private-test": 288, "train / public-test": 280}


@pytest.mark.realdata
def test_a_seventh_of_fer2013s_test_parts_equals_or_nearly_equals_training() -> None:
    names = ("exact-or-near-duplicates", "near-duplicate-images", "exact-duplicates-across-test-parts")
    report = real("fer2013", "seven-emotions", "official", *names)
    if sum(report.counts.values()) != 35_887:
        pytest.skip("not all of FER2013")
    counts = {(finding.audit, finding.part): finding.count for finding in report.findings}
    assert counts == {
        ("exact-or-near-duplicates", "private-test"): 508,
        ("exact-or-near-duplicates", "public-test"): 483,
        ("near-duplicate-images", "train / private-test"): 283,
        ("near-duplicate-images", "train / public-test"): 267,
        ("exact-duplicates-across-test-parts", "public-test / private-test"): 44,
    }


@pytest.mark.realdata
def test_crema_d_has_identical_clips_under_two_labels() -> None:
    report = real("crema-d", "seven-emotions", "random-clips", "conflicting-labels")
    examples = {frozenset(one.split(" = ")) for finding in report.findings for one in finding.examples}
    assert frozenset(("1006_TIE_HAP_XX", "1006_TIE_NEU_XX")) in examples
