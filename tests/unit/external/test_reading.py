"""Somebody's table of predictions, read and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from emobench.errors import EmobenchError
from emobench.external import reading
from emobench.plugins.loading import load
from emobench.plugins.registry import Registry
from emobench.records import external_cells
from emobench.splits import task as tasks
from tests.conftest import Dots, FakeEntry
from tests.support import film_plugin, people

pytestmark = pytest.mark.usefixtures("one_thread")

CLASSES = ("round", "square", "thin")


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load(cast(Any, [*film_plugin.entries(), FakeEntry("folds", people.plugin())]))


def opened(registry: Registry, protocol: str = "by-folder", data: Path | None = None, **parameters: Any) -> tasks.Task:
    return tasks.open_task("clips", protocol, "shapes", parameters, data, registry)


def table(task: tasks.Task, seed: int = 0) -> pd.DataFrame:
    """Return ids and probabilities of all test samples, most of them right."""
    generator = np.random.default_rng(seed)
    known = task.samples.set_index("sample_id")["label"]
    ids = [sample for part in task.scored.test_parts for sample in task.scored.parts[part]]
    rows = generator.dirichlet(np.ones(3), len(ids))
    for row, sample in zip(rows, ids, strict=True):
        if generator.random() < 0.7:
            row[:] = 0.1
            row[CLASSES.index(known[sample])] = 0.8
    return pd.DataFrame(rows, columns=[f"p_{name}" for name in CLASSES]).assign(sample_id=ids)


def saved(folder: Path, content: pd.DataFrame, name: str = "mine.csv") -> Path:
    path = folder / name
    if path.suffix == ".parquet":
        content.to_parquet(path)
    elif path.suffix == ".jsonl":
        content.to_json(path, orient="records", lines=True, double_precision=15)
    else:
        content.to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")
    return path


def refusal(path: Path, task: tasks.Task) -> str:
    with pytest.raises(EmobenchError) as caught:
        reading.read_external(path, task)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def labelled(content: pd.DataFrame) -> pd.DataFrame:
    """Return ids and the most probable class."""
    likeliest = np.asarray(CLASSES)[content[[f"p_{name}" for name in CLASSES]].to_numpy().argmax(axis=1)]
    return content[["sample_id"]].assign(prediction=likeliest)


@pytest.mark.parametrize("name", ["mine.csv", "mine.tsv", "mine.parquet", "mine.jsonl"])
@pytest.mark.parametrize("prefix", ["p_", ""])
def test_every_format_gives_the_same_predictions(tmp_path: Path, registry: Registry, name: str, prefix: str) -> None:
    task = opened(registry)
    content = table(task)
    given = content.rename(columns=lambda column: column.replace("p_", prefix)).sample(frac=1, random_state=1)
    read = reading.read_external(saved(tmp_path, given, name), task)
    assert read.given == "probabilities"
    wanted = content.set_index("sample_id").sort_index()
    assert read.table["sample_id"].tolist() == wanted.index.tolist()
    np.testing.assert_allclose(read.table[list(wanted.columns)], wanted, atol=1e-7)
    known = task.samples.set_index("sample_id")
    assert read.table["label"].tolist() == known.loc[wanted.index, "label"].tolist()
    again = reading.read_external(saved(tmp_path, content, "other.csv"), task)
    assert external_cells.predictions_hash(read.table, CLASSES) == external_cells.predictions_hash(again.table, CLASSES)


def test_ids_that_are_missing_repeated_or_unknown_are_refused_with_examples(tmp_path: Path, registry: Registry) -> None:
    task = opened(registry)
    content = table(task)
    trained = task.splits[""].parts["train"][0]
    wrong = pd.concat(
        [
            content.iloc[2:],
            content.iloc[[5]],
            content.iloc[:2].assign(sample_id=[trained, "nobody"]),
        ]
    )
    said = refusal(saved(tmp_path, wrong), task)
    first, second, sixth = (content["sample_id"].iloc[place] for place in (0, 1, 5))
    assert f"2 of 36 test samples are missing, e.g. {first!r}, {second!r}" in said
    assert f"1 id is there more than once, e.g. {sixth!r}" in said
    assert f"2 ids are of no test sample, e.g. 'nobody' (in no part), {trained!r} (in the part 'train')" in said


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (float("nan"), "1 of 36 rows are no probabilities: a probability is not finite"),
        (-0.5, "1 of 36 rows are no probabilities: a probability is negative"),
        (0.95, "1 of 36 rows are no probabilities: the probabilities do not sum to 1"),
        ("much", "1 of 36 rows are no probabilities: a probability is not finite"),
    ],
)
def test_probabilities_are_checked(tmp_path: Path, registry: Registry, value: Any, what: str) -> None:
    task = opened(registry)
    content = table(task).astype({"p_thin": object})
    content.loc[3, "p_thin"] = value
    said = refusal(saved(tmp_path, content), task)
    assert what in said
    assert repr(content["sample_id"].iloc[3]) in said


@pytest.mark.parametrize(
    ("renamed", "what"),
    [
        ({"p_thin": "p_thinn"}, "no column 'p_thin'; did you mean 'p_thinn'?"),
        ({"sample_id": "sampleid"}, "no column 'sample_id'; did you mean 'sampleid'?"),
        ({"p_round": "a", "p_square": "b", "p_thin": "c"}, "no column 'p_round'; write p_round, p_square, p_thin"),
    ],
)
def test_headers_are_checked_with_suggestions(
    tmp_path: Path, registry: Registry, renamed: dict[str, str], what: str
) -> None:
    task = opened(registry)
    assert what in refusal(saved(tmp_path, table(task).rename(columns=renamed)), task)


def test_columns_that_are_too_many_are_refused_or_named(tmp_path: Path, registry: Registry) -> None:
    task = opened(registry)
    assert "column 'p_oval' is of no class" in refusal(saved(tmp_path, table(task).assign(p_oval=0.0)), task)
    read = reading.read_external(saved(tmp_path, table(task).assign(comment="x", part="?")), task)
    assert read.ignored == ("comment",)


def test_labels_that_are_no_class_or_contradict_are_refused(tmp_path: Path, registry: Registry) -> None:
    task = opened(registry)
    content = table(task)
    labels = labelled(content)
    labels.loc[4, "prediction"] = "tin"
    assert "1 predictions are no class, e.g. 'tin'" in refusal(saved(tmp_path, labels), task)
    assert "did you mean 'thin'?" in refusal(saved(tmp_path, labels), task)
    said = refusal(saved(tmp_path, content.assign(prediction="thin")), task)
    assert "predictions are not the (first) most probable class" in said


def test_ids_of_digits_stay_text(tmp_path: Path, registry: Registry) -> None:
    task = opened(registry)
    said = refusal(saved(tmp_path, table(task).assign(sample_id=[f"{n:04d}" for n in range(36)])), task)
    assert "'0000' (in no part)" in said


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("mine.xlsx", b"", "'.xlsx' is no format of predictions"),
        ("mine.parquet", b"nothing", "not a .parquet table"),
        ("mine.jsonl", b"{", "not a .jsonl table"),
        ("mine.csv", b"", "not a .csv table"),
        ("mine.csv", b"sample_id\n\xff\n", "not a .csv table"),
    ],
)
def test_files_that_are_no_table_are_refused(
    tmp_path: Path, registry: Registry, name: str, content: bytes, what: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert what in refusal(tmp_path / name, opened(registry))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "dots"
    folder.mkdir(parents=True)
    Dots().write_twin(folder)
    (folder / "private" / "thin-04.pix").write_bytes(b"0" * 16)  # no longer the twin
    return folder.parent
