"""Votes and values from a plain table of sounds, in Python and from a suite file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from sklearn.linear_model import Ridge
from sklearn.svm import SVC

import emobench
from emobench import cli
from emobench.records import read_records

pytestmark = pytest.mark.usefixtures("one_thread")

RATE, PEOPLE, EACH = 16_000, 4, 9
TASK: dict[str, Any] = {"protocol": {"name": "group-folds", "folds": 2}, "takes": "mfcc-chroma-mel"}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Loudness tells arousal, pitch tells valence and most of the votes."""
    folder, random = tmp_path_factory.mktemp("affect"), np.random.default_rng(0)
    lines = ["path,speaker,valence,arousal,glad,sad"]
    for place in range(PEOPLE * EACH):
        valence, arousal = 1 + place % 3 * 3, 1 + place // 3 % 3 * 3
        time = np.arange(RATE // 2) / RATE
        sound = 0.05 * arousal * np.sin(2 * np.pi * (150 + 60 * valence) * time) + random.normal(0, 1e-3, len(time))
        soundfile.write(folder / f"{place}.wav", sound, RATE)
        lines.append(f"{place}.wav,s{place // EACH},{valence},{arousal},{valence},{8 - valence}")
    (folder / "my.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder / "my.csv"


def test_a_regression_runs_from_a_plain_table(table: Path) -> None:
    result = emobench.evaluate(Ridge(), dataset=table, **TASK)
    assert (result.record.cell.identity.kind, result.record.cell.ranked_by) == ("values", "ccc")
    assert result.scores["test"]["ccc"] > 0.5
    assert result.intervals["ccc"].unit == "group"
    assert {"true_valence", "p_valence", "true_arousal", "p_arousal"} <= set(result.predictions.columns)
    # CCC of the folds together, by its formula, and not the mean over the folds.
    each = []
    for name in ("valence", "arousal"):
        true, said = (result.predictions[f"{side}_{name}"].astype(float) for side in ("true", "p"))
        below = true.var(ddof=0) + said.var(ddof=0) + (true.mean() - said.mean()) ** 2
        each.append(2 * np.cov(true, said, bias=True)[0, 1] / below)
    assert result.scores["test"]["ccc"] == pytest.approx(np.mean(each), rel=1e-4)
    assert "ccc" in repr(result)
    assert "<table" in result._repr_html_()
    with pytest.raises(emobench.EmobenchError, match="values have no classes"):
        _ = result.confusion


def test_votes_are_learnt_and_scored(table: Path) -> None:
    result = emobench.evaluate("feature-mlp", dataset=table, votes=["glad", "sad"], training={"epochs": 20}, **TASK)
    scores = result.scores["test"]
    assert scores["jensen_shannon"] < 0.1
    assert 0 < scores["accuracy"] <= 1
    assert result.record.scores["test"].human["accuracy"] < 1
    assert result.confusion.shape == (2, 2)


def test_a_suite_regresses_selects_and_fuses(table: Path, tmp_path: Path) -> None:
    data = f'{{ table = "{table}", values = {{ valence = [1, 7] }} }}'
    folds = 'protocol = { name = "group-folds", folds = 2, hold_out = 0.5 }'
    network = 'model = "feature-mlp"\ntraining = { epochs = 8, keep = "best", loss = "ccc" }'
    (tmp_path / "affect.toml").write_text(
        'schema = 1\ntitle = "Affect"\n'
        f'[[experiments]]\nname = "ridge"\ndataset = {data}\n{folds}\nmodel = "ridge"\n'
        f'[[experiments]]\nname = "network"\ndataset = {data}\n{folds}\n{network}\n'
        '[[experiments]]\nname = "both"\nfusion = "average"\nmembers = ["ridge", "network"]\n',
        encoding="utf-8",
    )
    out = ["--out", str(tmp_path / "runs"), "--data", str(tmp_path)]
    assert cli.invoke(["run", "--suite", str(tmp_path / "affect.toml"), *out]) == 0
    records = {each.cell.experiment: each for each in read_records(tmp_path / "runs" / "affect")}
    assert {each.status for each in records.values()} == {"finished"}
    chosen = records["network/1"].selection
    assert chosen is not None
    assert (chosen.kind, chosen.by) == ("validation", "ccc")
    assert set(records["both"].scores["test"].metrics) == {"ccc", "pcc", "rmse", "mae"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model": SVC(probability=True)}, "SVC is no regressor, and the target is values; use a regressor"),
        ({"votes": ["glad", "sad"]}, "Ridge is a regressor, and the target is votes on classes; use a classifier"),
        ({"values": {"valence": (2, 7)}}, "target 'values': valence is 1 (sample "),
        ({"values": {"valence": (7, 1)}}, "range 7 to 1: the first is the least"),
        ({"values": "valence"}, "values is one text, 'valence'; give a list"),
        ({"values": ["loudness"]}, "no column 'loudness'; "),
        ({"values": [3]}, "values is [3]; give the names of columns, as a list of texts"),
        ({"values": 3}, "values is 3; give the names of columns"),
        ({"values": {"valence": "17"}}, "the range of valence is '17'; give its least and its largest number"),
        ({"values": {"valence": 7}}, "the range of valence is 7; give its least"),
        ({"values": ["valence", "valence"]}, "values and votes: 'valence' is named twice; name each column once"),
        ({"votes": ["glad"]}, "votes name one class, 'glad'; name two or more"),
        ({"values": ["valence"], "votes": ["glad", "sad"]}, "values and votes are both named; name one as target"),
        ({"training": {"by": "accuracy", "keep": "best"}}, "'accuracy' is a metric of kind 'class', and the target is of"),
        ({"training": {"class_weights": "balanced"}}, "training.class_weights: values have no classes; leave it out"),
        ({"model": "svm", "votes": ["glad", "sad"], "training": {"loss": "ccc"}}, "'ccc' is a loss of values, and the"),
        ({"model": "ridge", "votes": ["glad", "sad"]}, "model 'ridge' takes values, and the target is of kind"),
        ({"target": "vaules"}, "'my' has no target 'vaules', and there is no such label map; did you mean 'values'?"),
        ({"target": "values", "labels": "six-emotions"}, "labels and target are both named; leave one of them out"),
    ],
)  # fmt: skip
def test_what_does_not_suit_the_kind_is_one_line(table: Path, changes: dict[str, Any], said: str) -> None:
    model = changes.pop("model", Ridge())
    with pytest.raises(emobench.EmobenchError) as caught:
        emobench.evaluate(model, dataset=table, **{**TASK, **changes})
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_number_is_one_line(table: Path) -> None:
    odd = table.with_name("gap.csv")
    odd.write_text(table.read_text(encoding="utf-8").replace("0.wav,s0,1,1,", "0.wav,s0,,1,", 1), encoding="utf-8")
    with pytest.raises(emobench.EmobenchError, match="target 'values': valence is nan"):
        emobench.evaluate(Ridge(), dataset=odd, **TASK)


def test_a_table_has_values_in_one_experiment_and_votes_in_another(table: Path, tmp_path: Path) -> None:
    rule = 'protocol = { name = "group-folds", folds = 2 }\nmodel ='
    (tmp_path / "two.toml").write_text(
        'schema = 1\ntitle = "Two"\n'
        f'[[experiments]]\nname = "a"\ndataset = {{ table = "{table}", values = ["valence"] }}\n{rule} "ridge"\n'
        f'[[experiments]]\nname = "b"\ndataset = {{ table = "{table}", votes = ["glad", "sad"] }}\n{rule} "svm"\n',
        encoding="utf-8",
    )
    out = ["--data", str(tmp_path), "--out", str(tmp_path / "runs")]
    assert cli.invoke(["run", "--suite", str(tmp_path / "two.toml"), *out]) == 0
    kinds = {each.cell.experiment: each.cell.identity.kind for each in read_records(tmp_path / "runs" / "two")}
    assert (kinds["a"], kinds["b"]) == ("values", "distribution")


def test_a_table_of_values_and_of_votes_is_audited(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    split = table.with_name("split.csv")
    header, *rows = table.read_text(encoding="utf-8").splitlines()
    parts = [f"{row},{'train' if place < 18 else 'test'}" for place, row in enumerate(rows)]
    split.write_text("\n".join([f"{header},split", *parts]), encoding="utf-8")
    assert cli.invoke(["audit", "--table", str(split)]) == 0
    assert "valence from 1 to 7" in capsys.readouterr().out
    assert cli.invoke(["audit", "--table", str(split), "--votes", "glad,sad"]) == 0
    assert "Krippendorff's alpha" in capsys.readouterr().out.replace("\n", " ")


def test_a_dataset_is_not_made_of_values_outside_of_their_range(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.invoke(["data", "add", str(table), "--name", "narrow", "--values", "valence=2:7"]) == 2
    assert "valence is 1 (sample" in capsys.readouterr().err
    assert not table.with_name("narrow.dataset.toml").exists()


def test_a_label_that_goes_on_in_time_is_refused(table: Path) -> None:
    text = table.read_text(encoding="utf-8").replace("0.wav,s0,1,1,", '0.wav,s0,"1.0 1.5 2.0",1,', 1)
    odd = table.with_name("odd.csv")
    odd.write_text(text, encoding="utf-8")
    with pytest.raises(emobench.EmobenchError, match="labels that go on in time are not read: write one number for"):
        emobench.evaluate(Ridge(), dataset=odd, **TASK)


def test_a_fusion_of_probabilities_is_refused_on_values(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = f'{{ table = "{table}", values = ["valence"] }}'
    rule = 'protocol = { name = "group-folds", folds = 2 }\nmodel = '
    (tmp_path / "odd.toml").write_text(
        'schema = 1\ntitle = "Odd"\n'
        f'[[experiments]]\nname = "a"\ndataset = {data}\n{rule}"ridge"\n'
        f'[[experiments]]\nname = "b"\ndataset = {data}\n{rule}"svr"\n'
        '[[experiments]]\nname = "both"\nfusion = "product"\nmembers = ["a", "b"]\n',
        encoding="utf-8",
    )
    assert cli.invoke(["plan", "--suite", str(tmp_path / "odd.toml"), "--data", str(tmp_path)]) == 2
    assert "fusion 'product' combines probabilities, and the target is values" in capsys.readouterr().err


def test_a_bundle_of_values_is_compared_with_the_dataset_that_a_descriptor_tells_of(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "valence=1:7,arousal=1:7"
    assert cli.invoke(["data", "add", str(table), "--name", "affect", "--values", said, "--replace"]) == 0
    rule = 'protocol = { name = "group-folds", folds = 2 }\nmodel = "ridge"'
    (tmp_path / "mine.toml").write_text(
        f'schema = 1\ntitle = "Mine"\n[[experiments]]\nname = "ridge"\ndataset = "affect"\n{rule}', encoding="utf-8"
    )
    data, runs = ["--data", str(table.parent)], str(tmp_path / "runs")
    assert cli.invoke(["run", "--suite", str(tmp_path / "mine.toml"), *data, "--out", runs]) == 0
    assert cli.invoke(["bundle", "--runs", runs, "--output", str(tmp_path / "b.zip")]) == 0
    assert cli.invoke(["verify", str(tmp_path / "b.zip"), *data]) == 0
    assert "verified (3 cells, labels and splits compared" in capsys.readouterr().out
