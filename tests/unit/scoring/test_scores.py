"""Scores from a predictions table alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.contracts.metric import Metric
from emobench.errors import EmobenchError
from emobench.scoring.outcomes import arrays
from emobench.scoring.scores import score
from tests.support.factories import CLASSES, built_in_metrics, predictions
from tests.support.scores import score_part

METRICS = built_in_metrics()


@pytest.fixture
def table() -> pd.DataFrame:
    return predictions()


def test_counts_and_ratios_equal_scikit_learns_report(table: pd.DataFrame) -> None:
    scores = score_part(table, CLASSES, METRICS)
    report = sklearn.metrics.classification_report(table["label"], table["prediction"], output_dict=True)
    for one in scores.per_class:
        expected = report[one.label]
        assert (one.precision, one.recall, one.f1, one.support) == pytest.approx(
            (expected["precision"], expected["recall"], expected["f1-score"], expected["support"])
        )
        assert one.predicted == (table["prediction"] == one.label).sum()
    assert scores.n == len(table)
    assert scores.metrics["f1_weighted"] == pytest.approx(report["weighted avg"]["f1-score"])
    assert scores.metrics["accuracy"] == pytest.approx(report["accuracy"])
    assert set(scores.metrics) == {metric.name for metric in METRICS}


def test_confusion_has_true_classes_in_rows(table: pd.DataFrame) -> None:
    counted = pd.crosstab(table["label"], table["prediction"]).reindex(index=CLASSES, columns=CLASSES, fill_value=0)
    assert score_part(table, CLASSES, METRICS).confusion == tuple(map(tuple, counted.to_numpy().tolist()))


@settings(deadline=None, max_examples=30)
@given(n=st.integers(1, 30), seed=st.integers(0, 1000))
def test_counts_add_up(n: int, seed: int) -> None:
    scores = score_part(predictions(n, seed=seed), CLASSES, METRICS)
    confusion = np.array(scores.confusion)
    assert confusion.sum() == scores.n == n
    assert [one.support for one in scores.per_class] == confusion.sum(axis=1).tolist()
    assert [one.predicted for one in scores.per_class] == confusion.sum(axis=0).tolist()
    assert scores.metrics["accuracy"] == pytest.approx(np.trace(confusion) / n)


def test_a_class_without_samples_keeps_its_row(table: pd.DataFrame) -> None:
    scores = score_part(table[table["label"] != "sad"], CLASSES, METRICS)
    sad = scores.per_class[2]
    assert (sad.label, sad.support, sad.recall) == ("sad", 0, 0)
    present = [one.recall for one in scores.per_class[:2]]
    assert scores.metrics["balanced_accuracy"] == pytest.approx(np.mean(present))


def test_probabilities_are_float64_and_sum_to_one(table: pd.DataFrame) -> None:
    seen = []

    def look(truth: np.ndarray, probabilities: np.ndarray, classes: tuple[str, ...]) -> float:
        seen.append((str(truth.dtype), str(probabilities.dtype), probabilities.sum(axis=1), classes))
        return 0.0

    table["p_sad"] = table["p_sad"].add(4e-4).astype(np.float32)  # as far off as printing with three decimals makes it
    table["prediction"] = np.asarray(CLASSES)[table[[f"p_{name}" for name in CLASSES]].to_numpy().argmax(axis=1)]
    score_part(table, CLASSES, [Metric("look", "look", look)])
    ((truth_type, type_, sums, classes),) = seen
    assert (truth_type, type_, classes) == ("int64", "float64", CLASSES)
    assert sums == pytest.approx(1, abs=1e-15)


def test_the_order_of_columns_and_rows_does_not_matter(table: pd.DataFrame) -> None:
    shuffled = table[table.columns[::-1]].sample(frac=1, random_state=0)
    ours, theirs = (score_part(one, CLASSES, METRICS) for one in (table, shuffled))
    assert theirs.confusion == ours.confusion
    assert theirs.metrics == pytest.approx(ours.metrics)


# -------------------------------------------------------------------------------------------------- parts


def test_several_parts_and_their_union() -> None:
    table = predictions(parts=("public", "private"))
    scores = score(table, CLASSES, ("public", "private"), METRICS)
    assert list(scores) == ["public", "private", "test"]
    assert scores["test"] == score_part(table, CLASSES, METRICS)
    assert scores["public"] == score_part(table[table["part"] == "public"], CLASSES, METRICS)
    assert scores["test"].n == scores["public"].n + scores["private"].n


@pytest.mark.parametrize("parts", [("test",), ("public", "private")])
def test_validation_predictions_are_checked_and_not_scored(parts: tuple[str, ...]) -> None:
    table = predictions(parts=(*parts, "validation"))
    tested = table[table["part"] != "validation"]
    assert score(table, CLASSES, parts, METRICS) == score(tested, CLASSES, parts, METRICS)
    table.loc[table.index[table["part"] == "validation"][0], "p_sad"] = np.nan
    with pytest.raises(EmobenchError, match="a probability is not finite"):
        score(table, CLASSES, parts, METRICS)


@pytest.mark.parametrize("name", ["test", "held-out"])
def test_one_part_stands_alone(name: str) -> None:
    assert list(score(predictions(parts=(name,)), CLASSES, (name,), METRICS)) == [name]


def test_metrics_may_come_as_a_generator() -> None:
    scores = score(predictions(parts=("a", "b")), CLASSES, ("a", "b"), (metric for metric in METRICS))
    assert all(len(one.metrics) == len(METRICS) for one in scores.values())


@pytest.mark.parametrize(
    ("parts", "asked", "message"),
    [
        (("a", "b"), ("a",), "predictions for part 'b'"),
        (("a",), ("a", "b"), "no prediction for a sample of part 'b'"),
        (("a", "test"), ("a", "test"), "a test part is called 'test'"),
    ],
)
def test_parts_that_are_not_the_protocols(parts: tuple[str, ...], asked: tuple[str, ...], message: str) -> None:
    with pytest.raises(EmobenchError, match=message):
        score(predictions(parts=parts), CLASSES, asked, METRICS)


def test_a_sample_in_two_parts() -> None:
    table = predictions(parts=("a", "b"))
    table.loc[1, "sample_id"] = "clip-000"
    with pytest.raises(EmobenchError, match=r"twice.*clip-000"):
        score(table, CLASSES, ("a", "b"), METRICS)


# ---------------------------------------------------------------------------------------------- bad tables


def _set(row: int, column: str, value: str | float | None) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        changed = table.astype({column: object})
        changed.loc[row, column] = value
        return changed.astype({column: table[column].dtype}) if column.startswith("p_") else changed

    return change


def _other_prediction(table: pd.DataFrame) -> pd.DataFrame:
    wrong = next(name for name in CLASSES if name != table.loc[5, "prediction"])
    return _set(5, "prediction", wrong)(table)


BAD: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "no rows": (lambda table: table.iloc[:0], "no predictions"),
    "sample twice": (_set(3, "sample_id", "clip-002"), "twice.*'clip-002'"),
    "foreign label": (_set(4, "label", "bored"), "none of the classes.*'clip-004'.*'bored'"),
    "no label": (_set(4, "label", None), "none of the classes.*'clip-004'"),
    "foreign column": (lambda table: table.assign(p_bored=0.0), "'p_bored' is of no class"),
    "lost column": (lambda table: table.drop(columns="p_sad"), "no column 'p_sad'"),
    "no prediction": (lambda table: table.drop(columns="prediction"), "no column 'prediction'"),
    "column twice": (lambda table: pd.concat([table, table[["p_sad"]]], axis=1), "'p_sad' is there twice"),
    "words": (lambda table: table.assign(p_sad="much"), "not a number"),
    "nan": (_set(5, "p_sad", float("nan")), "not finite.*'clip-005'"),
    "infinite": (_set(5, "p_sad", float("inf")), "not finite.*'clip-005'"),
    "negative": (_set(5, "p_sad", -0.25), "negative.*'clip-005'"),
    "sum": (_set(5, "p_sad", 1.5), "do not sum to 1.*'clip-005'"),
    "not the likeliest": (_other_prediction, "most probable class.*'clip-005'"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_table_is_refused_with_an_example(name: str, table: pd.DataFrame) -> None:
    spoil, message = BAD[name]
    with pytest.raises(EmobenchError, match=message):
        arrays(spoil(table), CLASSES)


def test_further_bad_rows_are_counted(table: pd.DataFrame) -> None:
    table.loc[[7, 8, 9], "p_sad"] = np.nan
    with pytest.raises(EmobenchError, match="'clip-007', and 2 more"):
        score_part(table, CLASSES, METRICS)


# ------------------------------------------------------------------------------------------ broken metrics


def _raises(*_: object) -> float:
    raise ZeroDivisionError("oh")


def _spoils(truth: np.ndarray, probabilities: np.ndarray, classes: tuple[str, ...]) -> float:
    truth[:], probabilities[:] = 0, 0
    return 1.0


@pytest.mark.parametrize(
    ("compute", "message"),
    [(_raises, "'theirs' is left out: ZeroDivisionError: oh"), (lambda *_: float("nan"), "'theirs' .* returned nan")],
)
def test_a_broken_metric_is_named_and_the_others_stand(
    compute: Callable[..., float], message: str, table: pd.DataFrame
) -> None:
    with pytest.warns(RuntimeWarning, match=message):
        scores = score_part(table, CLASSES, [Metric("theirs", "theirs", compute), *METRICS])
    assert scores == score_part(table, CLASSES, METRICS)


def test_a_metric_cannot_spoil_the_next(table: pd.DataFrame) -> None:
    scores = score_part(table, CLASSES, [Metric("theirs", "theirs", _spoils), *METRICS])
    assert scores.metrics.pop("theirs") == 1.0
    assert scores == score_part(table, CLASSES, METRICS)
