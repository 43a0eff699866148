"""The claim ledger: the papers' tables read again, arithmetic against brute force, verdicts, errors, formats."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from emobench import cli
from emobench.boards.claims import WIDTH, claims_markdown, render_text
from emobench.claims.arithmetic import Check, Finding, findings
from emobench.claims.confusion_search import ClassRow, Table, agree, options, rows_possible, solutions
from emobench.claims.ledger import Ledger, find_ledger, read_ledger
from emobench.claims.rounding import Rounding, counts, fits, printed, share_possible
from emobench.claims.verdicts import (
    Judged,
    Located,
    Measured,
    class_metric,
    compare,
    count,
    differences,
    judge,
    own_interval,
)
from emobench.errors import EmobenchError
from emobench.plugins.loading import installed_plugins
from emobench.plugins.registry import Registry
from emobench.records.departures import ChangedSetting, CopyNote, Limited, SampleCount, Synthetic
from emobench.records.identity import Component
from emobench.records.predictions import write_predictions
from emobench.records.run_folder import write_record
from emobench.scoring import bootstrap
from emobench.suites.reading import find_suite, read_suite
from emobench.suites.schema import Suite
from tests.support.factories import CLASSES, cell, failed, identity, predictions, record

# ------------------------------------------------------------------------------- the papers' tables, typed in once more

A1 = """\
VGG19	0.6367	0.6392	0.6438	0.6367	/	/
VGG19	0.6411	0.6416	0.6446	0.6411	0.2	1e-3
Resnet18	0.6461	0.6521	0.6634	0.6461	/	/
Resnet18	0.6551	0.6549	0.6606	0.6551	0.2	1e-3
MobileNetV2	0.6386	0.6408	0.6453	0.6386	/	/"""
A2 = """\
0	0.72	0.70	0.71	37
1	0.62	0.62	0.62	34
2	0.62	0.73	0.67	41
3	0.59	0.55	0.56	44
4	0.67	0.62	0.65	16
5	0.67	0.62	0.64	47
6	0.70	0.74	0.72	31
accuracy			0.65	250
macro avg	0.66	0.65	0.65	250
weighted avg	0.65	0.65	0.65	250"""
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
    return find_suite("paper-replication", installed_plugins())


@pytest.fixture(scope="module")
def ledger(suite: Suite) -> Ledger:
    return find_ledger(suite, installed_plugins())


@pytest.fixture(scope="module")
def found(ledger: Ledger) -> dict[str, Finding]:
    return {claim.place: one for claim, one in zip(ledger.claims, findings(ledger), strict=True)}


def test_ledger_has_every_number_that_the_papers_print(ledger: Ledger) -> None:
    numbers: Counter[str] = Counter()
    told = []
    for claim in ledger.claims:
        row, column = (claim.row, claim.column) if claim.paper == "A" else (str(numbers[claim.table]), "")
        numbers[claim.table] += claim.paper == "B"
        told.append((claim.paper, claim.table, row, column, claim.value))
    assert len(told) == 68
    assert sorted(told) == sorted(from_the_papers())


def test_supports_are_those_that_are_printed(ledger: Ledger) -> None:
    printed_ = {line.split("\t")[0]: int(line.split("\t")[4]) for line in A2.splitlines()[:7]}
    assert ledger.matrix("a.table2").supports[0].classes == printed_


def test_suite_and_ledger_publish_the_same(suite: Suite, ledger: Ledger) -> None:
    told = {
        (name, claim.metric): claim.share for claim in ledger.claims if not claim.of_class for name in claim.experiments
    }
    published = {(one.name, metric): value for one in suite.experiments for metric, value in one.published.items()}
    assert told == pytest.approx(published)


def test_ledger_is_no_suite() -> None:
    assert not [name for name in installed_plugins().suites if "claims" in name]


# ---------------------------------------------------------------------------------------------------------- arithmetic


def by_decimal(k: int, n: int, places: int, how: str) -> set[int]:
    """Round k/n with the decimal module, as an independent reference."""
    import decimal

    modes = {
        "half-up": [decimal.ROUND_HALF_UP],
        "half-even": [decimal.ROUND_HALF_EVEN],
        "nearest": [decimal.ROUND_HALF_UP, decimal.ROUND_HALF_DOWN],
        "truncated": [decimal.ROUND_DOWN],
        "mixed": [decimal.ROUND_HALF_UP, decimal.ROUND_HALF_DOWN, decimal.ROUND_DOWN],
    }[how]
    with decimal.localcontext(prec=50):
        share = decimal.Decimal(k) / decimal.Decimal(n) * 10**places
        return {int(share.quantize(decimal.Decimal(1), rounding=mode)) for mode in modes}


@pytest.mark.parametrize("how", ["half-up", "half-even", "nearest", "truncated", "mixed"])
def test_counts_are_those_of_brute_force(how: Rounding) -> None:
    for n, places in product((1, 7, 8, 16, 40, 95), (1, 2, 3)):
        reached = {k: by_decimal(k, n, places, how) for k in range(n + 1)}
        for units in range(10**places + 1):
            number = printed(f"{units / 10**places:.{places}f}", percent=False)
            assert list(counts(number, n, how)) == [k for k in reached if units in reached[k]]


def test_share_possible_counts_the_decimals_that_are_reached() -> None:
    assert share_possible(3, 1) == Fraction(4, 11)  # 0, 0.3, 0.7, 1
    assert share_possible(8, 2) == Fraction(9 + 4, 101)  # 1/8, 3/8, 5/8, 7/8 are ties
    assert share_possible(250, 2) == 1


@pytest.mark.parametrize(("text", "percent", "units", "places"), [("49", True, 49, 2), ("0.70", False, 70, 2)])
def test_printed_keeps_the_decimals(text: str, percent: bool, units: int, places: int) -> None:
    number = printed(text, percent=percent)
    assert (number.units, number.places) == (units, places)


def test_tie_is_told_apart() -> None:
    number = printed("0.62", percent=False)
    assert {how for how in ("half-up", "half-even", "nearest") if fits(Fraction(5, 8), number, how)} == {
        "half-even",
        "nearest",
    }


def matrices(supports: tuple[int, ...]) -> Iterator[np.ndarray[Any, np.dtype[np.int64]]]:
    """Yield every confusion matrix with these supports."""
    k = len(supports)

    def lines(total: int, length: int) -> Iterator[tuple[int, ...]]:
        if length == 1:
            yield (total,)
            return
        for first in range(total + 1):
            for rest in lines(total - first, length - 1):
                yield (first, *rest)

    for chosen in product(*(list(lines(support, k)) for support in supports)):
        yield np.asarray(chosen, dtype=np.int64)


def test_solutions_are_those_of_all_confusion_matrices() -> None:
    supports = (3, 2, 4)
    rows = (
        ClassRow("a", 3, {"precision": printed("0.7", percent=False), "recall": printed("0.7", percent=False)}),
        ClassRow("b", 2, {"f1": printed("0.4", percent=False)}),
        ClassRow("c", 4, {"precision": printed("0.6", percent=False)}),
    )
    table = Table(rows, {"accuracy": printed("0.6", percent=False), "f1_macro": printed("0.6", percent=False)})
    for how in ("half-up", "truncated", "mixed"):
        wanted = set()
        for matrix in matrices(supports):
            hits, said = np.diag(matrix), matrix.sum(axis=0)
            f1 = [Fraction(2 * int(h), s + int(p)) for h, s, p in zip(hits, supports, said, strict=True)]
            shares = [
                (Fraction(int(hits[0]), int(said[0]) or 1), rows[0].printed["precision"]),
                (Fraction(int(hits[0]), 3), rows[0].printed["recall"]),
                (f1[1], rows[1].printed["f1"]),
                (Fraction(int(hits[2]), int(said[2]) or 1), rows[2].printed["precision"]),
                (Fraction(int(hits.sum()), 9), table.totals["accuracy"]),
                (sum(f1, Fraction(0)) / 3, table.totals["f1_macro"]),
            ]
            if all(fits(share, number, how) for share, number in shares):
                wanted.add(tuple(zip(map(int, hits), map(int, said), strict=True)))
        got = [tuple((one.hits, one.predicted) for one in each) for each in solutions(table, how, list(table.totals))]
        assert len(got) == len(set(got))
        assert set(got) == wanted


def test_rows_possible_counts_triples() -> None:
    seen = set()
    for matrix in matrices((2, 3)):
        ratios = [(int(matrix[0, 0]), int(matrix[:, 0].sum())), (int(matrix[0, 0]), 2)]
        ratios.append((2 * int(matrix[0, 0]), 2 + int(matrix[:, 0].sum())))
        seen.add(tuple(int(Fraction(top, bottom or 1) * 10 + Fraction(1, 2)) for top, bottom in ratios))
    assert rows_possible(2, 5, 1) == len(seen)


def test_conflict_is_named() -> None:
    half, all_ = printed("0.50", percent=False), printed("1.00", percent=False)
    row = ClassRow("a", 2, {"recall": half})
    assert agree(Table((row, ClassRow("b", 3, {"recall": half}))), "mixed").conflict.endswith("row of class b")
    table = Table((row, ClassRow("b", 2, {"recall": half})), {"accuracy": all_})
    assert agree(table, "mixed").conflict == "the class rows do not give the printed accuracy"
    assert agree(Table(table.rows, {"accuracy": half}), "mixed").correct == (2,)


def test_table_2_of_paper_a_is_one_confusion_matrix(ledger: Ledger, found: dict[str, Finding]) -> None:
    """The counts that the search finds give, through scikit-learn's own formulas, every number of the table."""
    rows = {line.split("\t")[0]: line.split("\t")[1:] for line in A2.splitlines()}
    pairs, supports = [], []
    for name in map(str, range(7)):
        *values, support = rows[name]
        told = {
            key: printed(value, percent=False) for key, value in zip(("precision", "recall", "f1"), values, strict=True)
        }
        (only,) = options(ClassRow(name, int(support), told), 250, "nearest")
        pairs.append((only.hits, only.predicted))
        supports.append(int(support))
    assert sum(predicted for _, predicted in pairs) == sum(supports) == 250
    assert sum(hits for hits, _ in pairs) == 163
    truth, said = spread(pairs, supports)
    for how in ("macro", "weighted"):
        ratios = precision_recall_fscore_support(truth, said, average=how)[:3]
        assert [f"{ratio:.2f}" for ratio in ratios] == rows[f"{how} avg"][:3]
    assert {one.status for place, one in found.items() if place.startswith("paper A, Table 2")} == {"possible"}


def spread(pairs: list[tuple[int, int]], supports: list[int]) -> tuple[list[int], list[int]]:
    """Return labels and predictions with these (hits, predicted) and supports; where misses go changes no ratio."""
    right = [place for place, (hits, _) in enumerate(pairs) for _ in range(hits)]
    missed = [place for place, (hits, _) in enumerate(pairs) for _ in range(supports[place] - hits)]
    false = [place for place, (hits, predicted) in enumerate(pairs) for _ in range(predicted - hits)]
    for shift in range(len(false)):
        turned = false[shift:] + false[:shift]
        if all(one != other for one, other in zip(missed, turned, strict=True)):
            return right + missed, right + turned
    raise AssertionError("no such matrix")


@pytest.mark.parametrize(
    ("place", "sizes", "excluded"),
    [
        ("paper A, Table 1, Resnet18 (/, /), Test accuracy", (3589, 7178), ()),
        ("paper B, Table 4, MLF-W-FER & TESS, Accuracy", (1213,), (1155,)),
        ("paper B, Table 4, MLF-W-FER & CREMA-D, Accuracy", (1155,), (1213,)),
        ("paper B, section 5, ablation, dropout, accuracy", (1155,), (1213,)),
    ],
)
def test_sizes_that_a_number_allows(
    found: dict[str, Finding], place: str, sizes: tuple[int, ...], excluded: tuple[int, ...]
) -> None:
    assert (found[place].sizes, found[place].excluded) == (sizes, excluded)


def test_single_model_of_paper_b_contradicts_its_accuracy(found: dict[str, Finding]) -> None:
    """By hand: 55.5, 56.5 and 53.5% at least of 644, 416 and 95 are 358 + 236 + 51 = 645, and 55.6% of 1,155 at most 643."""
    place = "paper B, section 5, single model, positive, accuracy"
    alone = [check.status for check in found[place].checks if check.what == "recall of its class"]
    assert set(alone) == {"possible"}
    assert found[place].status == "impossible"
    assert found["paper B, Table 2, VGG-16, Accuracy"].status == "possible"


def test_average_without_a_matrix_has_no_condition(found: dict[str, Finding]) -> None:
    assert found["paper A, Table 3, audio model, percision"].status == "no condition"


# ------------------------------------------------------------------------------------------------------------ verdicts

NET = """\
schema = 1
title = "A suite"
claims = "demo_claims.toml"

[[experiments]]
name = "net-on-faces"
dataset = "faces"
labels = "three"
protocol = "random-clips"
model = "net"
seed = 42
"""
CLAIMS = """\
schema = 1
papers = { P = "A paper" }

[[matrices]]
name = "m"
supports = [{ source = "the text", classes = { 0 = 20, 1 = 20, 2 = 20 } }]

[[tables]]
paper = "P"
table = "Table 1"
unit = "fraction"
origin = "measured"
protocol = "at random"
sizes = [{ n = 60, source = "the text" }]
experiments = ["net-on-faces"]
claims = [
  { row = "net", column = "accuracy", value = "VALUE", metric = "accuracy", averaging = "none" },
]
"""


@dataclass(frozen=True)
class _Interval:
    low: float
    high: float
    level: float
    unit: str
    units: int


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a suite; an interval is the metric plus and minus 0.1 whatever the table."""

    def bootstrap_interval(table: Any, metric: Any, classes: tuple[str, ...], *, level: float) -> _Interval:
        probabilities = table[[f"p_{name}" for name in classes]].to_numpy(dtype=float)
        truth = np.asarray([classes.index(label) for label in table["label"]])
        value = metric.compute(truth, probabilities, classes)
        return _Interval(value - 0.1, value + 0.1, level, "group", 5)

    monkeypatch.setattr(bootstrap, "bootstrap_interval", bootstrap_interval)
    (tmp_path / "demo.toml").write_text(NET, encoding="utf-8")
    return tmp_path


def written(folder: Path, value: str, *more: str) -> tuple[Suite, Ledger]:
    text = CLAIMS.replace("VALUE", value)
    for old, new in zip(more[::2], more[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    (folder / "demo_claims.toml").write_text(text, encoding="utf-8")
    suite = read_suite(folder / "demo.toml")
    return suite, find_ledger(suite, installed_plugins())


def stored(folder: Path, **changes: Any) -> Located:
    """Write a finished cell with 60 random predictions and return it."""
    of = cell(what=identity(seed=changes.pop("seed", 42)), **changes)
    made = record(of)
    write_record(folder, made)
    place = folder / "cells" / of.id
    write_predictions(place / "predictions.parquet", predictions())
    return place, made


def verdict(folder: Path, value: str, cells: list[Located], *more: str) -> Judged:
    suite, ledger = written(folder, value, *more)
    (one,) = judge(ledger, suite, cells, installed_plugins())
    return one


def accuracy(located: Located) -> float:
    return located[1].scores["test"].metrics["accuracy"]


def at(located: Located, offset: float) -> str:
    """Return a number of 60 samples, about ``offset`` above what was measured, as it would be printed."""
    return f"{round(60 * (accuracy(located) + offset)) / 60:.4f}"


@pytest.mark.parametrize(
    "other",
    [
        {"dataset": "voices"},
        {"labels": "two@1"},
        {"protocol": Component(name="official")},
        {"model": Component(name="other")},
        {"schedule": None},
    ],
    ids=["dataset", "labels", "protocol", "model", "made elsewhere"],
)
def test_a_row_that_only_has_the_name_of_the_experiment_answers_no_claim(demo: Path, other: dict[str, Any]) -> None:
    of = cell(what=identity(**other))
    write_record(demo, record(of))
    place = demo / "cells" / of.id
    write_predictions(place / "predictions.parquet", predictions())
    assert verdict(demo, "0.5", [(place, record(of))]).verdict == "not run"


@pytest.mark.parametrize(
    ("offset", "wanted"), [(0.05, "reproduced"), (-0.08, "reproduced"), (0.2, "near"), (0.5, "not reproduced")]
)
def test_verdict_by_distance(demo: Path, offset: float, wanted: str) -> None:
    place = stored(demo)
    one = verdict(demo, at(place, offset), [place])
    assert one.verdict == wanted
    assert one.measured is not None
    assert one.measured.value == accuracy(place)
    assert (one.measured.unit, one.measured.units) == ("group", 5)


def test_near_needs_a_size(demo: Path) -> None:
    place = stored(demo)
    one = verdict(demo, at(place, 0.2), [place], 'sizes = [{ n = 60, source = "the text" }]\n', "")
    assert one.verdict == "not reproduced"


def test_own_interval_is_wilsons() -> None:
    p, n, z = 0.65, 60, 1.959963984540054
    middle, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    assert own_interval(p, n) == pytest.approx(((middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)))


def test_smallest_size_that_arithmetic_allows_counts(ledger: Ledger) -> None:
    claim = next(one for one in ledger.claims if one.value == "99.92")
    checks = tuple(Check("count", str(n), status, n=n) for n, status in ((10, "impossible"), (1213, "possible")))  # type: ignore[arg-type]
    measured = Measured("x", "id", "test", 100, 0.9, 0.85, 0.95, "sample", 100, "official", ())
    assert compare(claim, Finding(checks), measured) == "not reproduced"  # near, were the test of 10 samples
    assert compare(claim, Finding((Check("count", "10", "possible", n=10),)), measured) == "near"


def test_impossible_goes_before_what_was_measured(demo: Path) -> None:
    place = stored(demo)
    one = verdict(demo, "0.4242", [place])
    assert one.verdict == "impossible as printed"
    assert "25/60" in one.why
    assert one.measured is not None


def test_without_a_result_a_claim_is_not_run(demo: Path) -> None:
    assert verdict(demo, "0.5000", []).verdict == "not run"
    lost = failed(cell(what=identity(seed=42)))
    one = verdict(demo, "0.5000", [(demo, lost)])
    assert (one.verdict, one.why) == ("not run", "failed: RuntimeError")


SHORT = ChangedSetting(setting="epochs", value=1, suite=6)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"provenance": "synthetic", "departures": (Synthetic(),)}, "synthetic"),
        ({"provenance": "stand-in"}, "stand-in"),
        ({"departures": (Limited(samples=100),)}, "subset"),
        ({"departures": (SampleCount(found=480, official=1440),)}, "subset"),
        ({"departures": (SHORT,)}, "reduced schedule"),
        (
            {"departures": (SHORT.within("other"), ChangedSetting(setting="learning_rate", value=0.1, suite=0.2))},
            "reduced schedule, other schedule",
        ),
    ],
)
def test_other_data_or_schedule_is_not_comparable(demo: Path, changes: dict[str, Any], why: str) -> None:
    place = stored(demo, **changes)
    one = verdict(demo, at(place, 0), [place])
    assert (one.verdict, one.why) == ("not comparable", why)


def test_verdicts_do_not_read_sentences(demo: Path, sentences_renamed: None) -> None:
    short, whole = stored(demo, seed=1, departures=(SHORT,)), stored(demo, seed=2)
    assert verdict(demo, at(short, 0), [short]).why == "reduced schedule"
    one = verdict(demo, at(whole, 0), [short, whole])
    assert one.measured is not None
    assert (one.verdict, one.measured.cell) == ("reproduced", whole[1].cell.id)


def test_what_does_not_forbid_a_comparison() -> None:
    more = SampleCount(found=1500, official=1440)
    # The words of a copy are never read.
    words = CopyNote(what="epochs 1 (suite: 6); 4 of 5 samples")
    assert differences("unverified", (words, ChangedSetting(setting="seed", value=43, suite=42), more)) == ()


def test_quoted_numbers_are_never_comparable(demo: Path) -> None:
    place = stored(demo)
    one = verdict(
        demo, at(place, 0), [place], 'origin = "measured"', 'origin = "quoted"\nnot_comparable = "quoted: elsewhere"'
    )
    assert (one.verdict, one.why) == ("not comparable", "quoted: elsewhere")


def test_result_on_better_data_with_the_seed_of_the_suite_is_taken(demo: Path) -> None:
    places = [
        stored(demo, seed=1, provenance="synthetic"),
        stored(demo, seed=42),
        stored(demo, seed=43, departures=(ChangedSetting(setting="seed", value=43, suite=42),)),
    ]
    one = verdict(demo, "0.5000", places)
    assert one.measured is not None
    assert one.measured.cell == places[1][1].cell.id


def test_class_of_a_claim_is_measured(demo: Path) -> None:
    place = stored(demo)
    wanted = place[1].scores["test"].per_class[1]
    old = 'value = "VALUE", metric = "accuracy", averaging = "none"'.replace("VALUE", "0.50")
    new = f'value = "0.50", metric = "recall", averaging = "class", class = "1", label = "{CLASSES[1]}", matrix = "m"'
    one = verdict(demo, "0.50", [place], old, new)
    assert one.measured is not None
    assert one.measured.value == wanted.recall == pytest.approx(one.measured.low + 0.1)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_class_metric_is_scikit_learns(place: int) -> None:
    table = predictions()
    truth = np.asarray([CLASSES.index(label) for label in table["label"]])
    probabilities = table[[f"p_{name}" for name in CLASSES]].to_numpy(dtype=np.float64)
    wanted = precision_recall_fscore_support(truth, probabilities.argmax(axis=1), average=None)
    for number, ratio in enumerate(("precision", "recall", "f1")):
        got = class_metric(ratio, CLASSES[place]).compute(truth, probabilities, CLASSES)
        assert got == pytest.approx(wanted[number][place])


# -------------------------------------------------------------------------------------------------------------- errors


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


# ------------------------------------------------------------------------------------------------------------- formats


@pytest.fixture
def printed_ledger(demo: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    place = stored(demo)
    written(demo, at(place, 0))

    def call(*arguments: str) -> str:
        code = cli.invoke(["claims", "--suite", str(demo / "demo.toml"), "--runs", str(demo), *arguments])
        captured = capsys.readouterr()
        assert code == 0, captured.err
        return captured.out

    return call


def test_every_format_says_the_same(printed_ledger: Any) -> None:
    content = json.loads(printed_ledger("--format", "json"))
    (claim,) = content["claims"]
    assert claim["verdict"] == "reproduced"
    assert claim["decimals"] == 4
    assert content["verdicts"]["reproduced"] == 1
    (row,) = csv.DictReader(io.StringIO(printed_ledger("--format", "csv")))
    assert (row["value"], row["verdict"]) == (claim["value"], "reproduced")
    for form in ("text", "md"):
        text = printed_ledger("--format", form)
        assert f"{claim['measured']:.4f}" in text
        assert "1 claims: 1 reproduced, 0 near" in text


def test_arithmetic_alone(printed_ledger: Any) -> None:
    text = printed_ledger("--arithmetic")
    assert "whole number of right answers, n = 60 (the text): possible" in text
    assert "measured" not in text


def test_text_of_the_papers_ledger_fits_a_terminal(suite: Suite, ledger: Ledger) -> None:
    no_registry = Registry()
    judged = judge(ledger, suite, [], no_registry)
    assert sum(count(judged).values()) == 68
    result = Measured("x", "id", "test", 3589, 0.6367, 0.6211, 0.6524, "sample", 3589, "official", ())
    judged = [Judged(one.claim, one.finding, result, one.verdict, one.why) for one in judged]
    assert max(map(len, render_text(judged).splitlines())) <= WIDTH
    assert claims_markdown(judged, ledger).count("\n## ") == 9


def test_papers_are_told_apart(suite: Suite, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(["claims", "--suite", suite.name, "--paper", "C"]) == 2
    assert "no paper 'C'" in capsys.readouterr().err
