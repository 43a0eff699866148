"""The CSV log of a run."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from emobench.contracts.model import Epoch
from emobench.errors import EmobenchError
from emobench.listeners.csv_log import COLUMNS, CsvLog
from tests import ROOT
from tests.support import factories
from tests.support.factories import NASTY
from tests.support.pages import table

EPOCH = Epoch(2, 5, 1.25, 0.5, {"loss": 1.5, "accuracy": 0.25, "uar": 0.3}, 3.0)


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_metrics_without_a_column_of_their_own_are_in_more(tmp_path: Path) -> None:
    log = CsvLog(tmp_path / "log.csv")
    log.emobench_epoch_ended(factories.cell(), EPOCH)
    log.emobench_cell_finished(factories.cell(), factories.record())
    epoch, cell = lines(tmp_path / "log.csv")
    assert (epoch["validation_loss"], epoch["validation_accuracy"]) == ("1.5", "0.25")
    assert json.loads(epoch["more"]) == {"validation_uar": 0.3}
    metrics = dict(factories.record().scores["test"].metrics)
    assert float(cell["test_accuracy"]) == metrics.pop("accuracy")
    assert float(cell["test_balanced_accuracy"]) == metrics.pop("balanced_accuracy")
    assert json.loads(cell["more"]) == {f"test_{name}": value for name, value in metrics.items()}
    assert float(cell["seconds"]) == 63.5


def test_a_torn_line_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    for name in ("whole", "torn"):
        CsvLog(path).emobench_epoch_ended(factories.cell(name), EPOCH)
    path.write_bytes(path.read_bytes()[:-20])  # in the middle of a field in quotes
    CsvLog(path).emobench_epoch_ended(factories.cell("next"), EPOCH)
    assert [(row["experiment"], row["seconds"]) for row in lines(path)] == [("whole", "3.0"), ("next", "3.0")]


def test_a_message_of_any_kind_stays_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    CsvLog(path).emobench_cell_finished(factories.cell(), factories.failed(message=NASTY))
    assert path.read_bytes().count(b"\n") == 2
    assert lines(path)[0]["message"].startswith('a "quote", <tag> & ]]>')


def test_a_file_with_other_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("my,own,columns\n1,2,3\n")
    with pytest.raises(EmobenchError, match="other columns"):
        CsvLog(tmp_path / "mine.csv")
    assert (tmp_path / "mine.csv").read_text() == "my,own,columns\n1,2,3\n"


def test_every_column_is_documented() -> None:
    rows = table(ROOT / "docs" / "logging.md", "CSV")
    assert {row[0].strip("`"): row[1].rstrip(" |") for row in rows} == dict(COLUMNS)
