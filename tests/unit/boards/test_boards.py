"""The board: what is ranked with what, and that each format says it."""

from __future__ import annotations

import io
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.boards.csv import render_csv
from emobench.boards.headings import headings
from emobench.boards.json import render_json
from emobench.boards.markdown.blocks import inline
from emobench.boards.markdown.page import render_markdown
from emobench.boards.model import Board, Missing
from emobench.boards.ranking import build_board
from emobench.boards.text import duration
from emobench.records.departures import ChangedSetting, SampleCount
from emobench.records.identity import Component
from emobench.records.record import Dropped, PartCount, Record, Selection
from tests.support.factories import CLASSES, cell, failed, identity, record, scores, sha256

RENDERERS: dict[str, Callable[[Board], str]] = {
    "markdown": lambda board: render_markdown(board, title="Demo"),
    "csv": render_csv,
    "json": render_json,
}


def measured(experiment: str, accuracy: float, uar: float = 0.5, **changes: Any) -> Record:
    """A finished record with a given standing."""
    of = cell(experiment, **changes)
    return record(of, scores=scores(of.identity.test_parts, accuracy=accuracy, balanced_accuracy=uar))


def two_parts(**changes: Any) -> Any:
    split = {"train": sha256("train"), "public": sha256("public"), "private": sha256("private")}
    return identity(split=split, protocol=Component(name="official"), **changes)


def several() -> list[Record]:
    """A board with all that may be on one."""
    net, sound = cell("net"), cell("sound", published={"accuracy": 0.65, "f1_weighted": 0.6}, note="See | the paper.")
    fused = identity(
        model=None,
        schedule=None,
        representations=(),
        fusion=Component(name="average"),
        members=(net.id, "0123456789abcdef"),
    )
    return [
        record(net, scores=scores(accuracy=0.7)),
        record(sound, scores=scores(accuracy=0.625)),
        record(cell("both", what=fused), scores=scores(accuracy=0.71)),
        failed(cell("broken", published={"accuracy": 0.5}), message="no room in /home/me/data/cache/x.npy | <sorry>"),
        record(
            cell("two", what=two_parts(), headline="private", departures=(SHORT, SampleCount(found=60, official=7442)))
        ),
        record(cell("twin", what=identity(fingerprint=sha256("twin")), provenance="synthetic")),
    ]


SHORT = ChangedSetting(setting="epochs", value=2, suite=6)
MISSING = [Missing("huge-net", "needs 80 GiB", "faces"), Missing("a-corpus", "no copy found")]


# ------------------------------------------------------------------------------------------------- reading


def tables(markdown: str) -> list[list[dict[str, str]]]:
    """Every pipe table of a page, as GitHub reads it: a backslash keeps a pipe from ending an entry."""
    found = []
    for block in re.split(r"\n\s*\n", markdown):
        lines = block.strip().splitlines()
        if len(lines) < 2 or not re.fullmatch(r"\|(:?-+:?\|)+", lines[1]):
            continue
        entries = [[entry.strip() for entry in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
        assert len({len(line) for line in entries}) == 1, block
        found.append([dict(zip(entries[0], line, strict=True)) for line in entries[2:]])
    return found


def rankings(markdown: str) -> list[list[dict[str, str]]]:
    return [table for table in tables(markdown) if "F1 (macro)" in table[0]]


# -------------------------------------------------------------------------------------------------- ranking


def test_best_first_and_equals_share_a_rank() -> None:
    records = [
        measured("d", 0.6, 0.5),
        measured("b", 0.7, 0.6),
        measured("c", 0.7, 0.6),
        measured("a", 0.7, 0.5),
        measured("e", 0.7, 0.65),
    ]
    (task,) = build_board(records).tasks
    assert [(row.rank, row.cell.experiment) for row in task.rows] == [(1, "e"), (2, "b"), (2, "c"), (4, "a"), (5, "d")]


def test_failed_cells_stand_last_without_rank_or_number() -> None:
    broken = failed(cell("a-broken", departures=(SHORT,)), scores=scores(accuracy=0.99))
    (task,) = build_board([broken, measured("z", 0.1)]).tasks
    assert [(row.rank, row.headline is None) for row in task.rows] == [(1, False), (None, True)]
    ((good, bad),) = rankings(render_markdown(build_board([broken, measured("z", 0.1)]), title=""))
    assert (good["accuracy"], good["departures"]) == ("0.1000", "as its suite says")
    assert bad["departures"] == "failed: RuntimeError: out of memory (epochs 2 (suite: 6))"
    assert {bad[name] for name in ("rank", "n", "accuracy", "UAR", "F1 (weighted)", "recall (weighted)")} == {"–"}


def test_a_finished_cell_without_accuracy_has_no_rank() -> None:
    lost = scores()
    lost["test"].metrics.pop("accuracy")
    (task,) = build_board([failed(cell("a")), record(cell("b"), scores=lost), measured("c", 0.1)]).tasks
    assert [(row.rank, row.cell.experiment) for row in task.rows] == [(1, "c"), (None, "b"), (None, "a")]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.3]), st.sampled_from([0.1, 0.2])), min_size=1, max_size=8))
def test_a_rank_is_one_more_than_the_number_of_better_rows(standings: list[tuple[float, float]]) -> None:
    template = scores()["test"]
    records = []
    for number, (accuracy, uar) in enumerate(standings):
        values = template.model_copy(update={"metrics": {"accuracy": accuracy, "balanced_accuracy": uar}})
        records.append(record(cell(f"row-{number}"), scores={"test": values}))
    (task,) = build_board(records).tasks
    assert len(task.rows) == len(standings)
    for row in task.rows:
        standing = standings[int(row.cell.experiment.removeprefix("row-"))]
        assert row.rank == 1 + sum(other > standing for other in standings)


OTHER_TASKS: dict[str, dict[str, Any]] = {
    "dataset": {"what": identity(dataset="voices")},
    "fingerprint": {"what": identity(fingerprint=sha256("another copy"))},
    "labels": {"what": identity(labels="three@2")},
    "protocol": {"what": identity(protocol=Component(name="official"))},
    "parameters": {"what": identity(protocol=Component(name="random-clips", parameters={"test_size": 60, "seed": 1}))},
    "test samples": {"what": identity(split={"train": sha256("train"), "test": sha256("fewer")})},
    "provenance": {"provenance": "unverified"},
    "leaky": {"leaky": True},
    "headline": {"headline": "other"},
}


@pytest.mark.parametrize("difference", OTHER_TASKS)
def test_what_differs_in_its_task_is_never_ranked_together(difference: str) -> None:
    board = build_board([record(cell("here")), record(cell("there", **OTHER_TASKS[difference]), scores=scores())])
    assert [len(task.rows) for task in board.tasks] == [1, 1]
    assert len({task.id for task in board.tasks}) == 2
    assert [len(table) for table in rankings(render_markdown(board, title=""))] == [1, 1]


def test_another_training_part_or_seed_is_the_same_task() -> None:
    less = identity(split={"train": sha256("less"), "test": sha256("test")})
    board = build_board([record(), record(cell("less", what=less)), record(cell("seed", what=identity(seed=43)))])
    assert [len(task.rows) for task in board.tasks] == [3]


def test_tasks_come_by_provenance_then_dataset() -> None:
    levels = ["synthetic", "stand-in", "unverified", "official"]
    records = [
        record(cell(what=identity(dataset=name), provenance=level))  # type: ignore[arg-type]
        for level in levels
        for name in ("voices", "faces")
    ]
    found = [(task.provenance, task.dataset) for task in build_board(records).tasks]
    assert found == [(level, name) for level in reversed(levels) for name in ("faces", "voices")]


def test_seeds_are_rows_and_nothing_is_averaged() -> None:
    accuracies = {1: 0.5, 2: 0.75, 3: 1.0}
    records = [measured("net", value, what=identity(seed=seed)) for seed, value in accuracies.items()]
    ((*rows,),) = rankings(render_markdown(build_board([*records, failed(cell("net"))]), title=""))
    assert [(row["seed"], row["accuracy"]) for row in rows[:3]] == [("3", "1.0000"), ("2", "0.7500"), ("1", "0.5000")]
    assert len(rows) == 4


def test_a_cell_is_one_row_and_its_finished_record_wins() -> None:
    versions = [
        failed(finished="2026-01-03"),
        record(finished="2026-01-01", scores=scores(accuracy=0.25)),
        record(finished="2026-01-02", scores=scores(accuracy=0.75)),
    ]
    for order in itertools.permutations(versions):
        ((row,),) = (task.rows for task in build_board(order).tasks)
        assert row.headline is not None
        assert row.headline.metrics["accuracy"] == 0.75


# ------------------------------------------------------------------------------------------- every format


@pytest.mark.parametrize("name", RENDERERS)
def test_same_records_same_bytes(name: str) -> None:
    records = several()
    render = RENDERERS[name]
    assert render(build_board(records, MISSING)) == render(build_board(records[::-1], MISSING[::-1]))
    reread = [Record.model_validate_json(one.model_dump_json()) for one in records]
    assert render(build_board(records, MISSING)) == render(build_board(reread, MISSING))


@pytest.mark.parametrize("name", RENDERERS)
def test_nothing_of_the_machine_leaks(name: str) -> None:
    page = RENDERERS[name](build_board(several()))
    assert "/home" not in page
    assert "secret.py" not in page
    assert "…/x.npy" in page


@pytest.mark.parametrize("name", RENDERERS)
def test_a_board_without_records(name: str) -> None:
    assert RENDERERS[name](build_board([]))


@pytest.mark.parametrize("name", RENDERERS)
def test_missing_experiments_are_named(name: str) -> None:
    page = RENDERERS[name](build_board([], MISSING))
    assert "huge-net" in page
    assert "needs 80 GiB" in page


def test_rendering_needs_neither_torch_nor_scikit_learn() -> None:
    code = (
        "import sys; from emobench.leaderboard import *\n"
        "board = build([]); render_markdown(board, title=''); render_csv(board); render_json(board)\n"
        "heavy = {'torch', 'sklearn', 'pandas', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


# ----------------------------------------------------------------------------------------------- Markdown


def test_row_in_full() -> None:
    of = cell("net", departures=(SHORT, SampleCount(found=960, official=7442)))
    board = build_board(
        [record(of, counts={"test": PartCount(attempted=61, dropped=1)}, scores=scores(accuracy=0.625))]
    )
    ((row,),) = rankings(render_markdown(board, title=""))
    assert (row["rank"], row["experiment"], row["seed"], row["accuracy"]) == ("1", "net", "42", "0.6250")
    assert row["n"] == "60 (1 dropped)"
    assert row["departures"] == (
        "ranked by 0.6148, for samples left out count as wrong; epochs 2 (suite: 6); 960 of 7,442 samples"
    )
    assert row["cell"] == f"`{of.id}`"


def test_leaving_out_samples_is_no_way_to_the_top() -> None:
    whole = record(cell("whole"), scores=scores(accuracy=0.8))
    counts = {"test": PartCount(attempted=80, dropped=20)}
    picked = record(cell("picked"), scores=scores(accuracy=1.0), counts=counts)
    ((first, second),) = rankings(render_markdown(build_board([picked, whole]), title=""))
    assert (first["experiment"], second["experiment"]) == ("whole", "picked")
    assert second["departures"].startswith("ranked by 0.7500, for samples left out count as wrong")


def test_a_row_that_predicts_one_class_alone_says_so() -> None:
    made = scores()["test"]
    confusion = tuple((0, sum(line), 0) for line in made.confusion)
    one = record(cell("net"), scores={"test": made.model_copy(update={"confusion": confusion})})
    ((row,),) = rankings(render_markdown(build_board([one]), title=""))
    assert row["departures"].startswith(f"every prediction is {CLASSES[1]}; ")


def test_tasks_of_one_name_are_told_apart() -> None:
    def rule(seed: int) -> Component:
        return Component(name="random-clips", parameters={"test_size": 60, "seed": seed})

    same = [record(cell(what=identity(protocol=rule(seed)))) for seed in (1, 2)]
    more = record(cell(what=identity(protocol=rule(1), split={"train": "a", "test": "b"})))
    other = record(cell(what=identity(dataset="voices")))
    board = build_board([*same, more, other])
    names = headings(board)
    assert len(set(names.values())) == 4
    assert "voices, random-clips split, official" in names.values()
    assert "faces, random-clips split, seed 2" in " ".join(names.values())


def test_published_beside_measured() -> None:
    page = render_markdown(build_board(several()), title="")
    (table,) = (table for table in tables(page) if "published" in table[0])
    found = [(row["experiment"], row["metric"], row["published"], row["measured"]) for row in table]
    assert found[0] == ("sound", "accuracy", "0.65", "0.6250")
    assert table[0]["difference in points"] == "-2.50"
    assert found[-1] == ("broken", "accuracy", "0.5", "–")
    assert (table[-1]["difference in points"], table[-1]["departures"]) == ("–", "failed")


@pytest.mark.parametrize("name", RENDERERS)
def test_a_synthetic_row_is_compared_with_nothing_published(name: str) -> None:
    board = build_board([record(cell("twin", provenance="synthetic", published={"accuracy": 0.65}))])
    assert board.tasks[0].rows[0].published == ()
    page = RENDERERS[name](board)
    assert "Published beside" not in page
    assert "published_accuracy" not in page


def test_every_test_part_and_their_union() -> None:
    one = record(cell("two", what=two_parts(), headline="private"))
    page = render_markdown(build_board([one]), title="")
    (table,) = (table for table in tables(page) if "n, private" in table[0])
    assert [table[0][f"n, {part}"] for part in ("private", "public", "test")] == ["30", "30", "60"]
    assert table[0]["accuracy, test"] == f"{one.scores['test'].metrics['accuracy']:.4f}"
    assert "*private* (30 samples, by which rows are ranked); *public* (30 samples)" in page
    assert "*test* (60 samples, all of them together)" in page


def test_a_fusion_names_its_members() -> None:
    records = several()
    page = render_markdown(build_board(records), title="")
    (row,) = (row for table in tables(page) for row in table if row.get("input") == "their probabilities")
    assert row["model or fusion"] == f"average of net `{records[0].cell.id}`, `0123456789abcdef`"


def weighted(learnt: dict[str, Any]) -> tuple[list[Record], Record]:
    """Two members, and the record of a fusion of them that learnt something."""
    members = [record(cell(name)) for name in ("net", "sound")]
    what = identity(
        model=None,
        schedule=None,
        representations=(),
        fusion=Component(name="weighted"),
        members=tuple(one.cell.id for one in members),
    )
    selection = Selection(kind="fusion", samples=18)
    return members, record(cell("both", what=what), learnt=learnt, selection=selection)


def test_weights_that_a_fusion_learnt_stand_on_its_row() -> None:
    members, fused = weighted({"weights": [0.25, 0.75]})
    board = build_board([*members, fused])
    found = tables(render_markdown(board, title=""))
    (ranked,) = (row for table in found for row in table if row.get("cell") == f"`{fused.cell.id}`" and "UAR" in row)
    assert ranked["departures"] == "weights net 0.250, sound 0.750; as its suite says"
    (row,) = (row for table in found for row in table if row.get("input") == "their probabilities")
    assert row["model or fusion"].endswith("; weights net 0.250, sound 0.750")
    assert row["selected on"] == "the fusion learnt from 18 samples of the validation part"
    frame = pd.read_csv(io.StringIO(render_csv(board))).set_index("experiment")
    assert json.loads(str(frame.loc["both", "learnt"])) == {"weights": [0.25, 0.75]}
    assert frame["learnt"].notna().sum() == 1


def test_weights_of_a_member_that_is_not_on_the_board_go_by_its_cell() -> None:
    (first, second), fused = weighted({"weights": [1, 2]})
    row = next(row for task in build_board([second, fused]).tasks for row in task.rows if row.cell.experiment == "both")
    assert row.weights == f"weights {first.cell.id} 1.000, sound 2.000"


@pytest.mark.parametrize("weights", [[[0.1, 0.9], [0.2, 0.8]], ["a", "b"], [0.5], 0.5, {"net": 1}, [None, 1.0]])
@pytest.mark.parametrize("name", RENDERERS)
def test_weights_of_another_kind_do_no_harm(name: str, weights: Any) -> None:
    members, fused = weighted({"weights": weights})
    assert "weights net" not in RENDERERS[name](build_board([*members, fused]))


def test_applied_model_names_the_cell_that_fitted_it() -> None:
    fitted = record(cell("net"))
    pooled = {"pool": Component(name="average")}
    applied = [
        record(cell(name, what=identity(dataset="films", trained=trained, code={name: "c0de"}, **pooled)))
        for name, trained in (("known", fitted.cell.id), ("unknown", "0123456789abcdef"))
    ]
    board = build_board([fitted, *applied])
    rows = {
        row["experiment"]: row
        for table in tables(render_markdown(board, title=""))
        for row in table
        if "training" in row
    }
    assert rows["known"]["training"] == f"none: the fitted model of net `{fitted.cell.id}`"
    assert rows["unknown"]["training"] == "none: the fitted model of `0123456789abcdef`"
    assert rows["known"]["model or fusion"] == "net (dropout 0.2); average"
    assert rows["net"]["training"].startswith("6 epochs")
    frame = pd.read_csv(io.StringIO(render_csv(board)), dtype=str).set_index("experiment")
    assert frame["trained"].fillna("").to_dict() == {
        "net": "",
        "known": fitted.cell.id,
        "unknown": "0123456789abcdef",
    }
    assert frame["pool"].fillna("").to_dict() == {"net": "", "known": "average", "unknown": "average"}


def test_samples_left_out_are_counted_by_part_and_reason() -> None:
    lost = [("clip-1", "test", "no face"), ("clip-2", "test", "no face"), ("clip-3", "validation", "no face")]
    lost += [("clip-4", "test", "too short at /home/me/clip-4.wav")]
    dropped = tuple(Dropped(sample_id=sample, part=part, reason=why) for sample, part, why in lost)
    page = render_markdown(build_board([record(dropped=dropped), record(cell("whole"))]), title="")
    (table,) = (table for table in tables(page) if "why" in table[0])
    assert [(row["experiment"], row["part"], row["samples"], row["why"]) for row in table] == [
        ("net-on-faces", "test", "2", "no face"),
        ("net-on-faces", "validation", "1", "no face"),
        ("net-on-faces", "test", "1", "too short at …/clip-4.wav"),
    ]
    assert "Samples left out" not in render_markdown(build_board([record(cell("whole"))]), title="")


def test_synthetic_and_leaky_are_in_the_heading() -> None:
    records = [record(cell("twin", provenance="synthetic")), record(cell("clips", leaky=True))]
    headings = [line for line in render_markdown(build_board(records), title="").splitlines() if line.startswith("## ")]
    assert headings == [
        "## faces, random-clips split, official, leaky",
        "## SYNTHETIC, not results: faces, random-clips split, synthetic",
    ]


def test_classes_confusion_and_dropped_samples_are_folded() -> None:
    one = record(counts={"train": PartCount(attempted=9, dropped=2), "test": PartCount(attempted=60, dropped=0)})
    page = render_markdown(build_board([one]), title="")
    found = {next(iter(table[0])): table for table in tables(page)}
    scored = one.scores["test"]
    assert [row["support"] for row in found["class"]] == [str(each.support) for each in scored.per_class]
    assert [[row[label] for label in ("angry", "happy", "sad")] for row in found[""]] == [
        [str(count) for count in line] for line in scored.confusion
    ]
    assert "Samples dropped: 2 of 9 in *train*." in page
    assert page.count("<details>") == page.count("</details>") == 2


def test_warnings_stand_with_their_row() -> None:
    page = render_markdown(build_board([record(warnings=("UserWarning: no end after /home/me/x.py",))]), title="")
    assert "- UserWarning: no end after /home/me/x.py" not in page.splitlines()
    assert "- UserWarning: no end after …/x.py" in page.splitlines()


def test_a_note_is_listed_once_with_its_experiments() -> None:
    records = [measured(name, 0.5, note="See Table 1.") for name in ("a", "b")]
    assert "- a, b: See Table 1." in render_markdown(build_board(records), title="").splitlines()


def test_numbers_stand_to_the_right() -> None:
    page = render_markdown(build_board([record()]), title="")
    rule = page[page.index("|   rank |") :].splitlines()[1]
    assert rule.strip("|").split("|")[0].endswith(":")
    assert re.fullmatch(r":-+", rule.strip("|").split("|")[1])


@given(st.text())
def test_no_text_can_break_a_table(text: str) -> None:
    assert re.sub(r"\\.", "", inline(text)).find("|") == -1
    assert len(inline(text).splitlines()) <= 1


def test_texts_of_strangers_are_shown_as_they_are() -> None:
    board = build_board([failed(cell("a|b", note="**bold** <b>"), message="<class 'x'> | `y`\nnext")])
    ((row,),) = rankings(render_markdown(board, title="T"))
    assert row["experiment"] == r"a\|b"
    assert r"&lt;class 'x'&gt; \| \`y\` next" in row["departures"]
    assert r"\*\*bold\*\* &lt;b&gt;" in render_markdown(board, title="T")


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.04, "0.0 s"), (59.96, "1 min 00 s"), (200, "3 min 20 s"), (3720, "1 h 02 min")]
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


# -------------------------------------------------------------------------------------------- CSV and JSON


def test_csv_reads_back() -> None:
    records = several()
    frame = pd.read_csv(io.StringIO(render_csv(build_board(records, MISSING))), dtype={"cell": str})
    assert frame["status"].value_counts().to_dict() == {"finished": 7, "missing": 2, "failed": 1}
    by_cell = {one.cell.id: one for one in records}
    for _, row in frame[frame["status"] == "finished"].iterrows():
        scored = by_cell[row["cell"]].scores[row["part"]]
        assert row["n"] == scored.n
        assert {name: row[name] for name in scored.metrics} == scored.metrics
    broken = frame[frame["status"] != "finished"]
    assert broken[["rank", "n", "accuracy", "f1_macro"]].isna().all(axis=None)
    assert broken["failure"].notna().all()


def test_csv_parts_ranks_and_published() -> None:
    frame = pd.read_csv(io.StringIO(render_csv(build_board(several()))))
    two = frame[frame["experiment"] == "two"].set_index("part")
    assert list(two.index) == ["private", "public", "test"]
    assert two["headline"].tolist() == [True, False, False]
    assert two["rank"].notna().tolist() == [True, False, False]
    assert two["attempted"].tolist() == [30, 30, 60]
    sound = frame[frame["experiment"] == "sound"].iloc[0]
    assert (sound["published_accuracy"], sound["published_f1_weighted"]) == (0.65, 0.6)
    assert json.loads(sound["parameters"]) == {"dropout": 0.2}
    assert json.loads(sound["schedule"])["epochs"] == 6


def test_csv_columns_are_the_same_with_and_without_rows() -> None:
    empty, full = (render_csv(build_board(records)).splitlines()[0] for records in ([], [record()]))
    assert empty == full


def test_json_reads_back() -> None:
    records = several()
    content = json.loads(render_json(build_board(records, MISSING)))
    assert content["schema_version"] == 2
    rows = [row for task in content["tasks"] for row in task["rows"]]
    by_cell = {one.cell.id: one for one in records}
    assert len(rows) == len(records)
    for row in rows:
        again = Record.model_validate(row["record"])
        original = by_cell[again.cell.id]
        assert again.model_copy(update={"failure": None}) == original.model_copy(update={"failure": None})
        assert again.cell.identity.id == again.cell.id
    assert [one["experiment"] for one in content["missing"]] == ["a-corpus", "huge-net"]
