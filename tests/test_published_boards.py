"""The boards under leaderboards/ are what their records and predictions say, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench import leaderboard
from emobench.plugins import registry
from emobench.publishing import publish, rescored
from emobench.records import read_predictions, read_record

BOARDS = Path(__file__).parent.parent / "leaderboards"
RECORDS = sorted(BOARDS.glob("cells/*/record.json"))


def test_there_is_a_board() -> None:
    assert RECORDS
    assert (BOARDS / "paper-replication.md").is_file()


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.parent.name)
def test_record_is_whole(path: Path) -> None:
    record = read_record(path)
    assert record.cell.id == path.parent.name
    assert record.cell.identity.id == record.cell.id
    assert record.cell.provenance != "synthetic"
    assert "/" not in str(record.environment.get("device_name"))
    if record.status == "finished":
        table = read_predictions(path.parent / "predictions.parquet")
        parts = record.cell.identity.test_parts
        assert len(table) == sum(record.counts[part].attempted - record.counts[part].dropped for part in parts)


def test_every_score_is_what_the_predictions_give() -> None:
    for path, record in rescored(BOARDS, registry()):
        stored = read_record(path / "record.json")
        assert record.scores.keys() == stored.scores.keys()
        for part, scores in record.scores.items():
            assert scores.confusion == stored.scores[part].confusion
            assert scores.metrics == pytest.approx(stored.scores[part].metrics, rel=1e-9)


def test_boards_are_what_the_records_give(tmp_path: Path) -> None:
    cells = [(path.parent, read_record(path)) for path in RECORDS]
    for path in publish(cells, tmp_path, registry()):
        assert (BOARDS / path.name).read_text() == path.read_text(), (
            f"run 'make boards' to bring {path.name} up to date"
        )


def test_boards_name_every_cell() -> None:
    text = (BOARDS / "paper-replication.md").read_text()
    board = leaderboard.build([read_record(path) for path in RECORDS])
    for record in board.records:
        assert f"`{record.cell.id}`" in text
