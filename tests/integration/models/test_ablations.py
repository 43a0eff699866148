"""Rows of ablations: refused, computed, and shown with the row that they belong to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emobench.boards.ranking import build_board
from tests.support.film_plugin import experiment, probabilities
from tests.support.film_runs import planned, ran, refusal, table

pytestmark = pytest.mark.usefixtures("one_thread")


JOINT = experiment("joint", dataset='"pairs"', model='"both"')


def control(name: str, text: str) -> str:
    """Return an experiment that controls ``joint``."""
    keys = {"dataset": '"pairs"', "protocol": '"by-folder"', "headline": '"private"'}
    return experiment(name, model_of='"joint"', control=text, **keys)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{ name = "blank", stream = "sounds" }', "ablation 'blank': there is no such ablation"),
        ('{ name = "blank-stream" }', "the model takes no stream None; name one of pixels, sounds with stream"),
        ('{ name = "blank-stream", stream = "sounds", seed = 1 }', "no parameter 'seed'"),
        (
            '{ name = "shuffle-pairs", stream = "sounds", across_classes = "false" }',
            'across_classes is "false"',
        ),
        ('{ name = "shuffle-pairs", stream = "sounds", seed = true }', "seed is true, expected an integer"),
    ],
)
def test_control_that_does_not_exist_is_refused(tmp_path: Path, text: str, message: str) -> None:
    assert message in refusal(tmp_path, JOINT, control("black", text))


def test_control_of_a_model_with_one_stream_is_refused(tmp_path: Path) -> None:
    text = '{ name = "blank-stream", stream = "pixels" }'
    assert "one stream only" in refusal(tmp_path, JOINT.replace("both", "regression"), control("black", text))


def test_control_without_a_fitted_model_is_refused(tmp_path: Path) -> None:
    text = JOINT + 'control = { name = "blank-stream", stream = "sounds" }\n'
    assert "a control is of a fitted model: say with model_of whose" in refusal(tmp_path, text)


def test_blanked_and_shuffled_rows_are_what_the_fitted_model_gives(tmp_path: Path) -> None:
    texts = {
        "blank": '{ name = "blank-stream", stream = "sounds" }',
        "within": '{ name = "shuffle-pairs", stream = "sounds" }',
        "across": '{ name = "shuffle-pairs", stream = "sounds", across_classes = true }',
    }
    plan = planned(tmp_path, JOINT, *(control(name, text) for name, text in texts.items()))
    records = ran(plan)
    assert {record.status for record in records.values()} == {"finished"}
    assert len({record.cell.id for record in records.values()}) == 4
    joint = table(plan, "joint")
    for name in texts:
        own = table(plan, name)
        assert own.index.tolist() == joint.index.tolist()
        assert own["label"].tolist() == joint["label"].tolist()
        assert not np.array_equal(probabilities(own), probabilities(joint))
    # The sounds of the twin say the same as its pictures: those of another class mislead.
    accuracy = {name: record.scores["private"].metrics["accuracy"] for name, record in records.items()}
    assert accuracy["across"] < accuracy["within"]


def test_controls_stand_with_the_row_that_they_control_and_do_not_compete(tmp_path: Path) -> None:
    texts = [control("blank", '{ name = "blank-stream", stream = "sounds" }')]
    alone = experiment("alone", dataset='"pairs"', control_of='"joint"')
    records = ran(planned(tmp_path, JOINT, *texts, alone))
    (task,) = build_board(records.values()).tasks
    (row,) = task.rows
    assert row.cell.experiment == "joint"
    assert [one.other.cell.experiment for one in row.ablations] == ["alone", "blank"]
    (orphan,) = build_board([records["alone"]]).tasks
    assert [row.cell.experiment for row in orphan.rows] == ["alone"]
