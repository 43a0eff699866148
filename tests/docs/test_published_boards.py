"""The boards under leaderboards/ are what their records and predictions say, and nothing else."""

from __future__ import annotations

import csv
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from emobench.plugins import installed_plugins
from emobench.publishing import publish, rescored
from emobench.publishing.bundles import verify
from emobench.publishing.bundles.manifest import read_receipts
from emobench.records import read_predictions, read_record, record_bytes
from tests import ROOT
from tests.support.pages import parse

BOARDS = ROOT / "leaderboards"
ROOT = BOARDS.parent
RECEIPTS = sorted(BOARDS.glob("bundles/*.json"))
RECORDS = sorted(BOARDS.glob("cells/*/record.json"))


def test_there_is_a_board() -> None:
    assert RECORDS
    assert (BOARDS / "paper-replication.md").is_file()


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.parent.name)
def test_record_is_whole(path: Path) -> None:
    record = read_record(path)
    assert record_bytes(record) == path.read_bytes()
    assert record.cell.id == path.parent.name
    assert record.cell.identity.id == record.cell.id
    assert record.cell.provenance != "synthetic"
    assert "/" not in str(record.environment.get("device_name"))
    if record.status == "finished":
        table = read_predictions(path.parent / "predictions.parquet")
        aside = ("validation",) if "validation" in set(table["part"]) else ()
        parts = (*record.cell.identity.test_parts, *aside)
        assert set(table["part"]) == set(parts)
        assert len(table) == sum(record.counts[part].attempted - record.counts[part].dropped for part in parts)


def test_every_score_is_what_the_predictions_give() -> None:
    for path, record in rescored(BOARDS, installed_plugins()):
        stored = read_record(path / "record.json")
        assert record.scores.keys() == stored.scores.keys()
        for part, scores in record.scores.items():
            assert scores.confusion == stored.scores[part].confusion
            assert scores.metrics == pytest.approx(stored.scores[part].metrics, rel=1e-9)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The boards as the records give them now, beside the page of the documentation that they link."""
    folder = tmp_path_factory.mktemp("published") / "leaderboards"
    documented = folder.parent / "docs" / "boards.md"
    documented.parent.mkdir()
    documented.touch()
    publish([(path.parent, read_record(path)) for path in RECORDS], folder, installed_plugins())
    return folder


def test_boards_are_what_the_records_give(published: Path) -> None:
    for path in (each for form in ("md", "csv", "json", "html") for each in published.glob(f"**/*.{form}")):
        name = path.relative_to(published)
        assert (BOARDS / name).read_text() == path.read_text(), f"run 'make boards' to bring {name} up to date"


def test_the_markdown_of_a_suite_has_at_most_400_lines(published: Path) -> None:
    for path in published.glob("*.md"):
        assert len(path.read_text().splitlines()) <= 400, path.name


def test_the_first_lines_of_a_board_name_a_model_its_score_and_an_interval(published: Path) -> None:
    for path in published.glob("*.csv"):
        if path.stem.endswith("-claims"):
            continue
        first = "\n".join(path.with_suffix(".md").read_text().splitlines()[:15])
        assert re.search(r"\*\*[A-Z][\w-]+.*\d\d\.\d \\?\[\d\d\.\d,", first), path.name


def test_no_row_is_lost_between_markdown_json_and_csv(published: Path) -> None:
    suites = [path for path in published.glob("*.json") if not path.stem.endswith("-claims")]
    for path in (*suites, *published.glob("datasets/*.json")):
        tasks = json.loads(path.read_text())["tasks"]
        cells = {row["record"]["cell"]["id"] for task in tasks for row in task["rows"]}
        with path.with_suffix(".csv").open() as file:
            assert {line["cell"] for line in csv.DictReader(file) if line["cell"]} == cells
        page = path.with_suffix(".md").read_text()
        assert all(f"`{cell}`" in page for cell in cells)


def test_every_result_has_its_bundle() -> None:
    results = {record.cell.id for record in map(read_record, RECORDS) if record.status == "finished"}
    bundled = {cell for receipt in read_receipts(BOARDS).values() for cell in receipt.cells}
    assert results == bundled, "run 'make boards'"


@pytest.mark.parametrize("path", RECEIPTS, ids=lambda path: path.stem)
def test_every_bundle_verifies(path: Path) -> None:
    assert verify(path, installed_plugins()).problems == (), "run 'make boards', or see which of its files was changed"


# ------------------------------------------------------------------------------------- the workflow for pull requests

WORKFLOW: dict[Any, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "verify-bundles.yml").read_text())
STEPS = WORKFLOW["jobs"]["verify"]["steps"]


def test_workflow_runs_where_boards_are_changed() -> None:
    event = WORKFLOW[True]["pull_request"]  # to YAML 1.1, which PyYAML reads, the key "on" is a boolean
    for pattern in event["paths"]:
        assert (ROOT / pattern.removesuffix("/**")).exists(), pattern
    assert WORKFLOW["permissions"] == {"contents": "read"}


def test_workflow_verifies_with_commands_and_paths_that_exist() -> None:
    checked_out = {
        step["with"]["path"]: step["with"].get("ref", "") for step in STEPS if "checkout" in str(step.get("uses"))
    }
    called = []
    for step in (step for step in STEPS if "run" in step):
        place = step.get("working-directory", "")
        assert place == "" or place in checked_out
        for line in step["run"].splitlines():
            program, *arguments = shlex.split(line)
            called.append(program)
            if program == "pip":
                # The judge comes from the branch that the request goes to, not from the request.
                assert arguments == ["install", "./trusted"]
                assert checked_out["trusted"] == "${{ github.event.pull_request.base.sha }}"
            else:
                assert (program, place) == ("emobench", "submitted")
                parse(arguments)
                assert arguments[0] == "verify"
                for pattern in arguments[1:]:
                    assert list(ROOT.glob(pattern)), pattern
    assert called == ["pip", "emobench"]


def test_boards_name_every_cell() -> None:
    records = [read_record(path) for path in RECORDS]
    pages = "".join(path.read_text() for path in BOARDS.glob("datasets/*.md"))
    for record in records:
        assert f"`{record.cell.id}`" in pages


def test_index_links_every_board() -> None:
    index = (BOARDS / "README.md").read_text()
    for path in (*BOARDS.glob("*.html"), *BOARDS.glob("datasets/*.html")):
        for page in (path, path.with_suffix(".md")):
            assert f"({page.relative_to(BOARDS)})" in index
