"""Predictions that a forger changed who knows the format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from emobench.plugins.registry import Registry
from emobench.records.identity import Component
from emobench.records.record import Record
from tests.support.bundles import (
    files_of,
    in_identity,
    others,
    problems,
    with_record,
    with_table,
    zipped,
)


def test_samples_handed_in_have_to_be_all(tmp_path: Path, single: bytes, registry: Registry) -> None:
    def handed_in(one: Record) -> Record:
        return in_identity(one, schedule=None, model=Component(name="mine", parameters={"given": "labels"}))

    told = problems(tmp_path, zipped(with_record(files_of(single), "fitted", handed_in)), registry)
    for what in (
        "1 samples are left out; predictions made elsewhere have to be of all test samples",
        "does not say 'predictions made elsewhere, labels without probabilities'",
        "of how they were chosen",
    ):
        assert any(what in line for line in told), told


def scaled(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(p_round=table["p_round"].where(table.index != 3, 0.5 + table["p_round"]))


def negative(table: pd.DataFrame) -> pd.DataFrame:
    table.loc[0, ["p_round", "p_square", "p_thin"]] = [1.5, -0.5, 0.0]
    return table.assign(prediction=table["prediction"].mask(table.index == 0, "round"))


TABLE_FAULTS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "probability": (scaled, "the probabilities do not sum to 1"),
    "negative": (negative, "a probability is negative"),
    "not finite": (lambda table: table.assign(p_round=float("nan")), "a probability is not finite"),
    "others": (others, "accuracy on 'private' is"),
    "fewer samples": (lambda table: table.iloc[1:], "are not those of the split"),
    "other samples": (
        lambda table: table.assign(sample_id=table["sample_id"].str.replace("-", "_")),
        "are not those of the split",
    ),
    "swapped parts": (
        lambda table: table.assign(part=table["part"].map({"private": "public", "public": "private"})),
        "are not those of the split",
    ),
    "twice": (lambda table: pd.concat([table, table.iloc[:1]]), "the sample id is there twice"),
    "prediction": (lambda table: table.assign(prediction="round"), "the prediction is not the (first) most probable"),
    "text": (lambda table: table.assign(p_round="much"), "the column 'p_round' has values that are no numbers"),
    "gaps": (lambda table: table.assign(label=table["label"].mask(table.index == 0)), "'label' has values that are no"),
    "another column": (lambda table: table.assign(film=b"RIFF"), "not those of predictions, e.g. 'film'"),
    "endless text": (lambda table: table.assign(group="g" * 501), "'group' has a text of more than 500 bytes"),
    "numbers": (lambda table: table.assign(group=7), "the column 'group' has values that are no text"),
    "no column": (lambda table: table.drop(columns="p_thin"), "not those of predictions, e.g. 'p_thin'"),
}


@pytest.mark.parametrize("fault", TABLE_FAULTS)
def test_changed_predictions_are_refused(tmp_path: Path, single: bytes, registry: Registry, fault: str) -> None:
    change, what = TABLE_FAULTS[fault]
    told = problems(tmp_path, zipped(with_table(files_of(single), "fitted", change)), registry)
    assert any(what in line for line in told), told
