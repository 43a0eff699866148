"""The ledger: the papers' tables read again, and every mistake in one line."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from emobench.claims.arithmetic import Arithmetic, check_claims
from emobench.claims.ledger import Ledger, find_ledger, read_ledger
from emobench.errors import EmobenchError
from emobench.plugins.loading import installed_plugins
from emobench.suites.reading import read_suite
from emobench.suites.schema import Suite
from tests.support.claims import A2, CLAIMS, NET, demo_folder, papers, written

A1 = """\
VGG19	0.6367	0.6392	0.6438	0.6367	/	/
VGG19	0.6411	0.6416	0.6446	0.6411	0.2	1e-3
Resnet18	0.6461	0.6521	0.6634	0.6461	/	/
Resnet18	0.6551	0.6549	0.6606	0.6551	0.2	1e-3
MobileNetV2	0.6386	0.6408	0.6453	0.6386	/	/"""

A3 = "0.1178	0.67	0.66"

B = {
    "Table 2": ["55.6", "56.8", "49"],
    "Table 3": ["97.15", "55.01"],
    "Table 4": ["99.92", "75.67"],
    "section 5, ablation": ["68.48", "71.34", "71.60", "75.67"],
    "section 5, multimodal": ["81.64", "70.78", "63.79"],
    "section 5, single model": ["56", "57", "54"],
}


def from_the_papers() -> list[tuple[str, str, str, str, str]]:
    """Return paper, table, row, column, value of every cell; rows of paper B by their number."""
    found = []
    for line in A1.splitlines():
        name, *values, dropout, decay = line.split("\t")
        heads = ("Test accuracy", "F1 score", "Precision", "Recall")
        found += [("A", "Table 1", f"{name} ({dropout}, {decay})", *one) for one in zip(heads, values, strict=True)]
    for line in A2.splitlines():
        name, *values, _ = line.split("\t")
        columns = ("Precision", "Recall", "F1-score")
        found += [("A", "Table 2", name, *one) for one in zip(columns, values, strict=True) if one[1]]
    models = ("resnet18 on video", "audio model", "fusion model")
    found += [("A", "Table 3", row, "percision", value) for row, value in zip(models, A3.split("\t"), strict=True)]
    return found + [
        ("B", table, str(number), "", value) for table, values in B.items() for number, value in enumerate(values)
    ]


@pytest.fixture(scope="module")
def suite() -> Suite:
    return papers()[0]


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return papers()[1]


@pytest.fixture(scope="module")
def found(ledger: Ledger) -> dict[str, Arithmetic]:
    return {claim.place: one for claim, one in zip(ledger.claims, check_claims(ledger), strict=True)}


def test_ledger_has_every_number_that_the_papers_print(ledger: Ledger) -> None:
    numbers: Counter[str] = Counter()
    told = []
    for claim in (each for each in ledger.claims if not each.bound and not each.minus):
        row, column = (claim.row, claim.column) if claim.paper == "A" else (str(numbers[claim.table]), "")
        numbers[claim.table] += claim.paper == "B"
        told.append((claim.paper, claim.table, row, column, claim.value))
    assert len(told) == 68
    assert sorted(told) == sorted(from_the_papers())


def test_supports_are_those_that_are_printed(ledger: Ledger) -> None:
    printed_ = {line.split("\t")[0]: int(line.split("\t")[4]) for line in A2.splitlines()[:7]}
    assert next(matrix for matrix in ledger.matrices if matrix.name == "a.table2").supports[0].classes == printed_


def test_suite_and_ledger_publish_the_same(suite: Suite, ledger: Ledger) -> None:
    told = {
        (name, claim.metric): claim.share
        for claim in ledger.claims
        if not claim.of_class and not claim.minus
        for name in claim.experiments
    }
    published = {(one.name, metric): value for one in suite.experiments for metric, value in one.published.items()}
    assert told == pytest.approx(published)


def test_ledger_is_no_suite() -> None:
    assert not [name for name in installed_plugins().suites if "claims" in name]


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return demo_folder(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('unit = "fraction"\n', "", ["'unit' is missing", "claim 1 (P, Table 1, net, accuracy)"]),
        ('"fraction"', '"share"', ["unit", "'share'"]),
        ('origin = "measured"', 'origin = "measured"\nwho = 1', ["unknown key 'who'"]),
        ("0.5000", "50%", ["'50%' is no plain decimal number"]),
        ("0.5000", "1.5", ["'1.5' is more than"]),
        ('value = "0.5000"', "value = 0.5", ["value", "not 0.5"]),
        ('paper = "P"', 'paper = "Q"', ["no paper 'Q'", "did you mean"]),
        ('metric = "accuracy"', 'metric = "accuracies"', ["no metric 'accuracies'", "did you mean 'accuracy'?"]),
        ("net-on-faces", "net-on-face", ["no experiment 'net-on-face'", "did you mean 'net-on-faces'?"]),
        ('averaging = "none"', 'averaging = "class"', ["'class' go together"]),
        ('averaging = "none"', 'averaging = "none", matrix = "n"', ["no matrix 'n'"]),
        (
            'papers = { P = "A paper" }',
            'papers = { P = "A paper" }\nlinks = { Q = "https://a.b" }',
            ["links: no paper 'Q'"],
        ),
        ('papers = { P = "A paper" }', 'papers = { P = "A paper" }\nlinks = { P = "file:x" }', ["links.P"]),
        ("n = 60", "n = 0", ["sizes.0.n", "not 0"]),
        ("schema = 1", "schema = 2", ["schema", "not 2"]),
        ("[[tables]]", "[[table]]", ["unknown key 'table'", "did you mean 'tables'?"]),
        ("claims = [", "claim = [", ["table number 1 has no array 'claims'"]),
        ("[[tables]]", "[[tables", ["not valid TOML"]),
    ],
)
def test_mistake_in_a_ledger_is_one_clear_line(demo: Path, old: str, new: str, words: list[str]) -> None:
    with pytest.raises(EmobenchError) as caught:
        written(demo, "0.5000", old, new)
    message = str(caught.value)
    assert message.startswith(str(demo / "demo_claims.toml"))
    assert "\n" not in message
    assert "pydantic" not in message
    for word in words:
        assert word in message or re.search(
            re.escape(word).replace("did\\ you\\ mean", "(did you mean|known)"), message
        )


def test_two_claims_in_one_place(demo: Path) -> None:
    line = CLAIMS.splitlines()[-2]
    with pytest.raises(EmobenchError, match="stands there twice"):
        written(demo, "0.5000", line.replace("VALUE", "0.5000"), "\n".join([line.replace("VALUE", "0.5000")] * 2))


def test_missing_ledger_and_suite_without_one(demo: Path) -> None:
    with pytest.raises(EmobenchError, match="cannot read the claims"):
        read_ledger(demo / "absent.toml")
    (demo / "other.toml").write_text(NET.replace('claims = "demo_claims.toml"\n', ""), encoding="utf-8")
    with pytest.raises(EmobenchError, match="has no ledger"):
        find_ledger(read_suite(demo / "other.toml"), installed_plugins())
