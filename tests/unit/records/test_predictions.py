"""The predictions table and its file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emobench.errors import EmobenchError
from emobench.records.predictions import predictions_table, read_predictions, write_predictions
from tests.support.factories import CLASSES, predictions, random_probabilities


def test_predictions_go_round(tmp_path: Path) -> None:
    path = tmp_path / "predictions.parquet"
    table = predictions(parts=("public", "private"))
    write_predictions(path, table)
    pd.testing.assert_frame_equal(read_predictions(path), table, check_dtype=False)
    assert read_predictions(path)["p_angry"].dtype == np.float32


def truth(n: int) -> pd.DataFrame:
    return pd.DataFrame({"sample_id": [f"s{i}" for i in range(n)], "part": "test", "label": "sad", "group": ""})


def test_prediction_is_the_first_of_the_most_probable_classes() -> None:
    probabilities = np.asarray([[0.2, 0.5, 0.3], [0.4, 0.2, 0.4], [1 / 3, 1 / 3, 1 / 3]])
    assert predictions_table(CLASSES, probabilities, truth(3))["prediction"].tolist() == ["happy", "angry", "angry"]


def test_prediction_follows_from_what_is_stored() -> None:
    """Two numbers that differ only beyond float32 are a tie in the file, and so for whoever reads it."""
    table = predictions_table(CLASSES, np.asarray([[0.4, 0.4 + 1e-12, 0.2]]), truth(1))
    assert table["p_angry"][0] == table["p_happy"][0]
    assert table["prediction"][0] == "angry"


def test_table_holds_the_truth_in_its_order_and_nothing_else() -> None:
    known = truth(5).assign(secret="x").set_index(np.arange(5) * 7)
    table = predictions_table(CLASSES, random_probabilities(5, 3), known)
    assert list(table.columns) == ["sample_id", "part", "label", "group", "prediction", "p_angry", "p_happy", "p_sad"]
    assert table["sample_id"].tolist() == known["sample_id"].tolist()


@pytest.mark.parametrize("content", [None, b"", b"PAR1 no parquet PAR1", b"sample_id,part\n"])
def test_file_without_predictions_is_one_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "predictions.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EmobenchError, match=r"cannot read the predictions: .*; run the cell again") as caught:
        read_predictions(path)
    assert "\n" not in str(caught.value)


def test_table_of_something_else_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "predictions.parquet"
    predictions().drop(columns=["group", "label"]).to_parquet(path)
    with pytest.raises(EmobenchError, match="no column group, label; it must come from emobench run"):
        read_predictions(path)
