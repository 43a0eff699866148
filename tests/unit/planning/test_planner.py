"""What determines a cell's identity, as the planner sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from emobench.errors import EmobenchError
from emobench.planning.planner import make_plan
from emobench.planning.request import Request
from emobench.plugins.loading import installed_plugins, load
from emobench.records.cell import Cell
from emobench.records.departures import ChangedSetting, FewOfClass
from tests.conftest import Dots
from tests.support import film_plugin
from tests.support.film_runs import planned
from tests.support.planned_faces import HEAD, experiment, plan


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


def test_missing_headline_is_said_with_the_file(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match=r"^mine.toml, experiment 'one': several test parts"):
        plan(tmp_path, experiment().replace('headline = "private-test"\n', ""))


def seeded(folder: Path, text: str, seeds: int | None = None) -> list[tuple[str, int, tuple[str, ...]]]:
    """Return experiment, seed and changed settings of each cell."""
    (folder / "mine.toml").write_text(text)
    made = make_plan(Request(str(folder / "mine.toml"), out=folder / "runs", seeds=seeds), installed_plugins())
    found: list[tuple[str, int, tuple[str, ...]]] = []
    for cell in (job.cell for job in made.jobs):
        changed = tuple(each.setting for each in cell.departures if isinstance(each, ChangedSetting))
        found.append((cell.experiment, cell.identity.seed, changed))
    return found


def test_suite_says_how_many_seeds_and_the_user_may_say_otherwise(tmp_path: Path) -> None:
    text = f"{HEAD}seeds = 3\n[twin.training]\nepochs = 3\n{experiment()}seed = 7\n"
    assert seeded(tmp_path, text) == [("one", 7, ()), ("one", 8, ()), ("one", 9, ())]
    assert seeded(tmp_path, text, seeds=1) == [("one", 7, ())]
    assert seeded(tmp_path, text, seeds=4)[2:] == [("one", 9, ()), ("one", 10, ("seed",))]


def test_an_experiment_may_have_another_number_of_seeds(tmp_path: Path) -> None:
    text = f"{HEAD}seeds = 3\n[twin.training]\nepochs = 3\n{experiment()}seeds = 1\n"
    assert seeded(tmp_path, text) == [("one", 0, ())]
    assert seeded(tmp_path, text, seeds=2) == [("one", 0, ()), ("one", 1, ("seed",))]


def test_seeds_hold_for_the_experiments_of_their_own_file(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(f"{HEAD}seeds = 2\n{experiment('base')}")
    text = f'{HEAD}extends = "base.toml"\n[twin.training]\nepochs = 3\n{experiment("own", options="dropout = 0.1")}'
    assert [(name, seed) for name, seed, _ in seeded(tmp_path, text)] == [("base", 0), ("base", 1), ("own", 0)]
