"""What is done to the inputs of a fitted joint model, and where its result stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from emobench.boards.ranking import build_board
from emobench.contracts.model import Samples, Stream
from emobench.errors import EmobenchError
from emobench.models.ablations import apply_ablation, complete
from emobench.models.inputs import ModelInputs
from emobench.records.identity import Component
from tests.integration.test_model_of import planned, ran, refusal, table
from tests.support.film_plugin import experiment, probabilities

pytestmark = pytest.mark.usefixtures("one_thread")

STREAMS = ("pixels", "sounds")
JOINT = experiment("joint", dataset='"pairs"', model='"both"')


def control(name: str, text: str) -> str:
    """Return an experiment that controls ``joint``."""
    keys = {"dataset": '"pairs"', "protocol": '"by-folder"', "headline": '"private"'}
    return experiment(name, model_of='"joint"', control=text, **keys)


def parts(labels: str, part: str = "", views: int = 1) -> ModelInputs:
    """Return parts to be predicted, with a one-dimensional stream that holds 0, 1, 2, ... and another with its tenfold."""
    n = len(labels)
    rows = np.arange(n * views, dtype=np.int64)
    values = np.arange(n * views, dtype=np.float32)[:, None]
    streams = {"pixels": Stream(values, rows), "sounds": Stream(10 * values, rows)}
    truth = pd.DataFrame(
        {"sample_id": [str(place) for place in range(n)], "part": list(part or "t" * n), "label": list(labels)}
    )
    asked = Samples(tuple(map(str, rows)), streams, None, ("a", "b"))
    return ModelInputs(None, None, asked, views, truth, {}, ())


def moved(given: ModelInputs, name: str, **parameters: Any) -> tuple[list[float], list[float]]:
    """Return both streams after a control of ``sounds``."""
    component = complete(Component(name=name, parameters={"stream": "sounds", **parameters}), STREAMS)
    after = apply_ablation(given, component)
    return after.to_predict.x("pixels").ravel().tolist(), after.to_predict.x("sounds").ravel().tolist()


def test_blank_stream_is_the_mean_everywhere_and_the_other_stays() -> None:
    pixels, sounds = moved(parts("abab"), "blank-stream")
    assert pixels == [0, 1, 2, 3]
    assert sounds == [15.0] * 4


def test_blank_stream_of_whole_numbers_is_rounded() -> None:
    given = parts("ab")
    stream = Stream(np.asarray([[1], [2], [2]], dtype=np.uint8), np.asarray([0, 1, 2]))
    asked = Samples(("0", "1", "2"), {**given.to_predict.streams, "sounds": stream}, None, ("a", "b"))
    blank = complete(Component(name="blank-stream", parameters={"stream": "sounds"}), STREAMS)
    after = apply_ablation(ModelInputs(None, None, asked, 1, given.truth, {}, ()), blank).to_predict.x("sounds")
    assert after.dtype == np.uint8
    assert after.tolist() == [[2], [2], [2]]


@pytest.mark.parametrize("across", [False, True])
def test_shuffle_stays_within_the_part_and_within_or_across_classes(across: bool) -> None:
    labels, part = "ab" * 20 + "aab" * 20, "u" * 40 + "v" * 60
    pixels, sounds = moved(parts(labels, part), "shuffle-pairs", across_classes=across)
    assert pixels == list(range(100))
    donors = [int(value) // 10 for value in sounds]
    assert all(part[donor] == part[place] for place, donor in enumerate(donors))
    assert all((labels[donor] == labels[place]) is not across for place, donor in enumerate(donors))
    assert donors != list(range(100))
    if not across:
        assert sorted(donors) == list(range(100))  # a permutation: every stream is used once


def test_shuffle_moves_all_views_of_a_sample_together() -> None:
    _, sounds = moved(parts("abab" * 5, views=3), "shuffle-pairs", across_classes=True)
    views = np.asarray(sounds).reshape(-1, 3)
    np.testing.assert_array_equal(views - views[:, :1], [[0, 10, 20]] * 20)


def test_another_seed_is_another_shuffle() -> None:
    assert moved(parts("ab" * 20), "shuffle-pairs") == moved(parts("ab" * 20), "shuffle-pairs", seed=0)
    assert moved(parts("ab" * 20), "shuffle-pairs") != moved(parts("ab" * 20), "shuffle-pairs", seed=1)


def test_shuffle_across_one_class_is_refused() -> None:
    with pytest.raises(EmobenchError, match="the part 't' has the class 'a' only"):
        moved(parts("aaa"), "shuffle-pairs", across_classes=True)


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
