"""What a suite may say: every mistake is named with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from emobench.contracts.model import Schedule
from emobench.records.identity import Component
from emobench.suites.schema import TwinTraining
from tests.support.suite_texts import APPLIED, BOTH, HEAD, NET, SECOND, read, refusal


def test_suite_says_what_is_written(tmp_path: Path) -> None:
    suite = read(tmp_path, HEAD + "[twin.training]\nepochs = 1\n" + NET + SECOND + BOTH)
    assert suite.name == "my-suite"
    net, _, both = suite.experiments
    assert net.model == Component(name="net", parameters={"width": 3})
    assert net.protocol == Component(name="by-folder")
    assert net.training.over(Schedule(batch_size=7)) == Schedule(epochs=2, batch_size=7)
    assert suite.twin.training.over(Schedule(epochs=9)) == Schedule(epochs=1)
    assert both.members == both.needs == ("net", "second")
    assert both.fusion == Component(name="average")


def test_experiment_may_apply_the_model_of_another(tmp_path: Path) -> None:
    net, applied = read(tmp_path, HEAD + NET + APPLIED).experiments
    assert (applied.model, applied.model_of, applied.takes, applied.pool) == (None, "net", ("frames",), "average")
    assert (net.needs, applied.needs) == ((), ("net",))


def test_same_experiment_is_known_by_all_but_its_name_and_what_is_said_of_it(tmp_path: Path) -> None:
    third = SECOND.replace('"second"', '"third"').replace("accuracy = 0.5", "accuracy = 0.6") + 'note = "Other."\n'
    longer = SECOND.replace('"second"', '"longer"').replace("epochs = 2", "epochs = 3")
    suite = read(tmp_path, HEAD + NET + SECOND + third + longer + BOTH)
    told = {one.name: suite.same_as(one) for one in suite.experiments}
    assert told == {"net": "second", "second": "net", "third": "net", "longer": None, "both": None}


def changed(old: str, new: str) -> str:
    assert old in NET
    return HEAD + NET.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("training =", "traning =", "experiment 'net', traning: unknown key 'traning'; did you mean 'training'?"),
        ("epochs = 2", "epoch = 2", "experiment 'net', training.epoch: unknown key 'epoch'; did you mean 'epochs'?"),
        ('name = "net"\ndata', "data", "experiment number 1, name: the key 'name' is missing; add it"),
        ('model = { name = "net", width = 3 }', "", "experiment 'net': needs either a model, model_of or a fusion"),
        ('name = "net", width', "width", "experiment 'net', model.name: the key 'name' is missing; add it"),
        ('"dots"', '"dots"\nfusion = "average"', "experiment 'net': needs either a model, model_of or a fusion"),
        ('"dots"', '"dots"\nmembers = ["a", "b"]', "experiment 'net': members belong to a fusion"),
        ('dataset = "dots"', "", "experiment 'net': a model needs the key 'dataset'"),
        ('"dots"', '{ tabel = "x.csv" }', "experiment 'net', dataset.table: the key 'table' is missing"),
        ('"dots"', '{ table = "x.csv", grop = "y" }', "unknown key 'grop'; did you mean 'group'?"),
        ('protocol = "by-folder"', "", "experiment 'net': a model needs the key 'protocol'"),
        ('"dots"', "3", "experiment 'net', dataset: input should be a valid string, not 3"),
        ("{ epochs = 2 }", "3", "experiment 'net', training: "),
        ("epochs = 2", "epochs = 0", "experiment 'net', training.epochs: input should be greater than or equal to 1, not 0"),
        ("epochs = 2", 'epochs = "2"', "experiment 'net', training.epochs: input should be a valid integer, not '2'"),
        ("epochs = 2", "epochs = true", "experiment 'net', training.epochs: input should be a valid integer, not True"),
        ("epochs = 2", "epochs = 1.5", "experiment 'net', training.epochs: input should be a valid integer"),
        ("epochs = 2", "learning_rate = 0", "training.learning_rate: input should be greater than 0"),
        ("epochs = 2", "learning_rate = nan", "training.learning_rate: input should be "),
        ("epochs = 2", "learning_rate = inf", "training.learning_rate: input should be "),
        ("epochs = 2", 'learning_rate = "1"', "training.learning_rate: input should be a valid number, not '1'"),
        ("epochs = 2", "accumulate = 0", "training.accumulate: input should be greater than or equal to 1"),
        ("epochs = 2", "weight_decay = -1", "training.weight_decay: input should be greater than or equal to 0"),
        ("epochs = 2", "batch_size = 0", "training.batch_size: input should be greater than or equal to 1"),
        ("epochs = 2", 'optimizer = "lion"', "training.optimizer: input should be 'adam', 'adamw' or 'sgd', not 'lion'"),
        ("accuracy = 0.5", 'accuracy = "half"', "experiment 'net', published.accuracy: input should be a valid number"),
        ('"net"\n', '"Net"\n', "experiment 'Net', name: string should match pattern"),
        ('"by-folder"', '"by-folder"\nseed = -1', "experiment 'net', seed: input should be greater than or equal to 0"),
        ('"by-folder"', '"by-folder"\nseed = "1"', "experiment 'net', seed: input should be a valid integer, not '1'"),
        ('"by-folder"', "[1]", "experiment 'net', protocol: "),
    ],
)  # fmt: skip
def test_mistake_in_an_experiment_names_it(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert expected in refusal(tmp_path, changed(old, new))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD, "the key 'experiments' is missing; add it"),
        ("schema = 1\n" + NET, "the key 'title' is missing; add it"),
        ("title = 'x'\n" + NET, "the key 'schema' is missing; add schema = 1"),
        (
            "",
            "the key 'schema' is missing; add schema = 1; "
            "the key 'title' is missing; the key 'experiments' is missing; add it",
        ),
        (HEAD + "experimnts = 3\n" + NET, "unknown key 'experimnts'; did you mean 'experiments'?"),
        (HEAD + 'name = "mine"\n' + NET, "unknown key 'name'"),
        (HEAD.replace("1", "2") + NET, "schema: input should be 1, not 2"),
        (HEAD.replace('"A suite"', "3") + NET, "title: input should be a valid string, not 3"),
        (HEAD + "experiments = 3", "experiments: "),
        (HEAD + "experiments = [3]", "experiment number 1: "),
        (HEAD + "experiments = []", "experiments: "),
        (HEAD + "[twin]\nepochs = 2\n" + NET, "twin.epochs: unknown key 'epochs'"),
        (HEAD + "[twin]\ntoo_small_for = ['ne']\n" + NET, "twin.too_small_for: no experiment 'ne'; did you mean 'net'?"),
        (HEAD + "[twin.training]\nepoch = 2\n" + NET, "twin.training.epoch: unknown key 'epoch'; did you mean 'epochs'?"),
        (HEAD + NET + NET, "two experiments are named 'net'"),
        (HEAD + NET + BOTH, "experiment 'both': no experiment 'second' before it"),
        (HEAD + NET + SECOND.replace("second", "secnd") + BOTH, "no experiment 'second' before it; did you mean 'secnd'?"),
        (HEAD + BOTH + NET + SECOND, "experiment 'both': no experiment 'net' before it"),
        (HEAD + NET + BOTH.replace('"second"', '"both"'), "no experiment 'both' before it"),
        (HEAD + NET + BOTH.replace(', "second"', ""), "experiment 'both': a fusion needs at least two members"),
        (HEAD + APPLIED + NET, "experiment 'applied': no experiment 'net' before it"),
        (HEAD + NET + APPLIED.replace('"net"', '"applied"'), "no experiment 'applied' before it"),
        (HEAD + NET + APPLIED + "training = { epochs = 1 }", "experiment 'applied': 'training' belongs to the experiment"),
        (HEAD + NET + APPLIED + "seed = 3", "experiment 'applied': 'seed' belongs to the experiment that fits the model"),
        (HEAD + NET + APPLIED + 'model = "net"', "experiment 'applied': needs either a model, model_of or a fusion"),
        (HEAD + NET + APPLIED + 'members = ["net"]', "experiment 'applied': members belong to a fusion"),
        (HEAD + NET + 'takes = ["a", "a"]', "experiment 'net': two streams of one representation"),
        (HEAD + NET + SECOND + BOTH + 'takes = ["a"]', "experiment 'both': 'takes' belongs to a model; a fusion has that"),
        (HEAD + NET + SECOND + BOTH + 'pool = "average"', "experiment 'both': 'pool' belongs to a model"),
        (HEAD + "title", "not valid TOML: "),
        (HEAD + NET + "seed = 042\n", "not valid TOML: "),
    ],
)  # fmt: skip
def test_mistake_in_a_file_is_one_line(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("samples", "epochs"),
    [(8, 20), (9, 20), (10, 10), (60, 3), (161, 1), (168, 1), (1, 20), (0, 20)],  # a batch of one joins the one before
)
def test_steps_are_the_fewest_whole_epochs_that_give_them(samples: int, epochs: int) -> None:
    assert TwinTraining(steps=20, batch_size=8).on(Schedule(), samples) == Schedule(epochs=epochs, batch_size=8)


def test_steps_are_those_of_the_optimiser() -> None:
    assert TwinTraining(steps=20, batch_size=8).on(Schedule(), 60, accumulate=4) == Schedule(epochs=10, batch_size=8)


def test_without_steps_the_epochs_are_those_that_are_stated() -> None:
    assert TwinTraining(epochs=3).on(Schedule(), 100) == Schedule(epochs=3)


def test_steps_and_epochs_are_refused_together() -> None:
    with pytest.raises(ValidationError, match="it trains either steps or epochs"):
        TwinTraining(steps=3, epochs=3)
