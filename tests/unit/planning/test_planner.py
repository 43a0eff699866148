"""What determines a cell's identity, as the planner sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from emobench.errors import EmobenchError
from emobench.planning.plan import Plan
from emobench.planning.planner import make_plan
from emobench.planning.request import Request
from emobench.plugins.loading import installed_plugins, load
from emobench.plugins.parameters import check_types
from emobench.records.cell import Cell
from emobench.records.departures import FewOfClass
from tests.conftest import Dots
from tests.support import film_plugin
from tests.support.film_runs import planned

HEAD = 'schema = 1\ntitle = "Mine"\n'
FACES = """
[[experiments]]
name = "{name}"
dataset = "fer2013"
labels = "seven-emotions"
protocol = "official"
headline = "private-test"
model = {{ name = "{model}", {options} }}
training = {{ {training} }}
"""


def experiment(
    name: str = "one", model: str = "resnet18", options: str = "dropout = 0.0", training: str = "epochs = 3"
) -> str:
    return FACES.format(name=name, model=model, options=options, training=training)


def plan(folder: Path, *experiments: str, epochs: int | None = None) -> Plan:
    path = folder / "mine.toml"
    path.write_text(HEAD + "".join(experiments))
    return make_plan(Request(str(path), out=folder / "runs", epochs=epochs), installed_plugins())


def cell(folder: Path, text: str) -> Cell:
    (job,) = plan(folder, text).jobs
    return job.cell


def test_weights_are_known_by_their_content(tmp_path: Path) -> None:
    for name, content in (("a.pth", b"one"), ("b.pth", b"one"), ("c.pth", b"two")):
        (tmp_path / name).write_bytes(content)
    a, b, c = (cell(tmp_path, experiment(options=f'weights = "{name}.pth"')) for name in "abc")
    assert a.id == b.id != c.id
    assert a.identity.model is not None
    assert a.identity.model.parameters["weights"].startswith("sha256:")
    assert str(tmp_path) not in a.model_dump_json()


def test_weights_that_are_not_there_are_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match=r"gone.pth: experiment 'one' cannot read this file"):
        plan(tmp_path, experiment(options='weights = "gone.pth"'))


def test_same_cell_on_a_reduced_schedule_is_computed_once(tmp_path: Path) -> None:
    short, long = experiment("short", training="epochs = 2"), experiment("long", training="epochs = 3")
    assert len(plan(tmp_path, short, long).jobs) == 2
    reduced = plan(tmp_path, short, long, epochs=1)
    assert [job.cell.experiment for job in reduced.jobs] == ["short"]
    (skipped,) = reduced.skipped
    assert skipped.experiment == "long"
    assert "the same as 'short'" in skipped.reason
    assert not skipped.unusable


@pytest.mark.parametrize(
    "change",
    [
        {"options": "dropout = 0.1"},
        {"training": "epochs = 4"},
        {"training": "epochs = 3, learning_rate = 0.5"},
        {"model": "vgg16"},
    ],
)
def test_what_changes_the_result_changes_the_cell(tmp_path: Path, change: dict[str, str]) -> None:
    assert cell(tmp_path, experiment(**change)).id != cell(tmp_path, experiment()).id


def test_what_is_only_said_of_a_row_does_not_change_the_cell(tmp_path: Path) -> None:
    told = experiment() + 'note = "Something."\npublished = { accuracy = 0.5 }\n'
    assert cell(tmp_path, told).id == cell(tmp_path, experiment(name="other")).id


def test_published_metric_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match=r"no metric 'acuracy'; did you mean 'accuracy'\?"):
        plan(tmp_path, experiment() + "published = { acuracy = 0.5 }\n")


def test_fusion_with_a_headline_that_is_no_part_is_refused(tmp_path: Path) -> None:
    fusion = '[[experiments]]\nname = "both"\nfusion = "average"\nmembers = ["a", "b"]\nheadline = "tset"\n'
    with pytest.raises(EmobenchError, match="no test part 'tset'"):
        plan(tmp_path, experiment("a"), experiment("b", options="dropout = 0.1"), fusion)


@pytest.mark.parametrize("on_data", [False, True])
def test_what_a_twin_is_too_small_for_runs_on_data_alone(tmp_path: Path, on_data: bool) -> None:
    folder = tmp_path / "data" / "dots"
    folder.mkdir(parents=True)
    Dots().write_twin(folder)
    using = load(cast(Any, film_plugin.entries()))
    texts = film_plugin.experiment("one"), film_plugin.experiment("two", seed="3"), '[twin]\ntoo_small_for = ["two"]\n'
    made = planned(tmp_path, *texts, using=using, data=folder.parent if on_data else None)
    skipped = [(skip.experiment, skip.reason) for skip in made.skipped]
    assert skipped == ([] if on_data else [("two", "a twin has too few samples for it")])
    assert [job.cell.experiment for job in made.jobs] == (["one", "two"] if on_data else ["one"])


def test_classes_that_a_copy_hardly_has_are_a_departure(tmp_path: Path) -> None:
    data = tmp_path / "data" / "ravdess"
    installed_plugins().datasets["ravdess"].write_twin(data)
    for clip in data.rglob("03-01-0[36]-*.wav"):
        clip.unlink()
    (tmp_path / "mine.toml").write_text(
        HEAD
        + """
[[experiments]]
name = "voices"
dataset = "ravdess"
labels = "seven-emotions"
protocol = "random-clips"
model = "mlp"
"""
    )
    (job,) = make_plan(Request(str(tmp_path / "mine.toml"), data=data, out=tmp_path / "runs"), installed_plugins()).jobs
    assert job.cell.departures[-1] == FewOfClass(classes=("fear", "happy"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "dropout = 0.0",
            'dropout = "0.2"',
            "model 'resnet18': dropout is \"0.2\", expected a number; its default is 0.0",
        ),
        ("dropout = 0.0", "dropout = true", "model 'resnet18': dropout is true, expected a number"),
        (
            'name = "official"',
            'name = "random-clips", seed = 0.5',
            "protocol 'random-clips': seed is 0.5, expected an integer",
        ),
        (
            "size = 48",
            "size = [48]",
            "representation 'gray-face': size is [48], expected an integer; its default is 48",
        ),
    ],
)
def test_parameter_of_another_type_than_its_default_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = experiment().replace('"official"', '{ name = "official" }')
    text += "representations = { gray-face = { size = 48 } }\n"
    assert old in text
    with pytest.raises(EmobenchError) as caught:
        plan(tmp_path, text.replace(old, new))
    assert str(caught.value).startswith(f"mine.toml, experiment 'one': {said}")


@pytest.mark.parametrize(
    ("default", "value", "fits"),
    [
        (16, 32, True),
        (16, 32.0, False),
        (16, True, False),
        (0.5, 1, True),
        (0.5, True, False),
        (True, False, True),
        (True, 1, False),
        ("relu", "tanh", True),
        ("relu", 1, False),
        ((1, 2), [3], True),
        ({"a": 1}, {"b": 2}, True),
        ([1], 3, False),
        (None, "anything", True),
        (16, None, True),
    ],
)
def test_what_takes_the_place_of_a_default(default: Any, value: Any, fits: bool) -> None:
    if fits:
        check_types({"width": default}, {"width": value, "other": 1}, "")
    else:
        with pytest.raises(EmobenchError, match=r"width is .*, expected"):
            check_types({"width": default}, {"width": value}, "")


def test_missing_headline_is_said_with_the_file(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match=r"^mine.toml, experiment 'one': several test parts"):
        plan(tmp_path, experiment().replace('headline = "private-test"\n', ""))
