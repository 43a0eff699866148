"""What a task's head says of its split and of chance: whether people are kept apart, and what is right without looking."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pandas as pd
import pytest

from emobench.boards.board import Board
from emobench.boards.csv import render_csv
from emobench.boards.html.page import render_html
from emobench.boards.json import render_json
from emobench.boards.markdown.page import render_markdown
from emobench.boards.ranking import build_board
from emobench.boards.sections.tasks import held_out, told_in_words
from emobench.records.audit_report import AuditFinding, AuditReport, Severity
from emobench.records.identity import Component
from emobench.records.record import Record
from tests.support import exposed, kinds
from tests.support.boards import rankings
from tests.support.factories import CLASSES, built_in_metrics, cell, failed, identity, predictions, record
from tests.support.kinds import AFFECT, VOTES, told, values_table, votes_table

METRICS = {metric.name: metric for metric in built_in_metrics()}


def board(
    audited: dict[str, Severity] | None = None,
    *,
    groups: bool = True,
    leaky: bool = False,
    attributes: pd.DataFrame | None = None,
) -> Board:
    """Return one row on samples with or without groups, audited with a finding of each audit."""
    of = cell(leaky=leaky)
    table = predictions()
    if not groups:
        table["group"] = ""
    known = {} if attributes is None else {of.identity.content[:16]: attributes}
    tables = {of.id: table} if attributes is None else {}
    reports = [report(record(of), audited)] if audited else []
    return build_board([record(of)], predictions=tables, metrics=METRICS, attributes=known, audits=reports)


def report(of: Record, findings: dict[str, Severity]) -> AuditReport:
    identity = of.cell.identity
    found = tuple(
        AuditFinding(audit=name, severity=severity, part="train, test", count=3, what="3 of them")
        for name, severity in findings.items()
    )
    about: dict[str, Any] = identity.model_dump(include={"dataset", "content", "labels", "protocol", "split"})
    return AuditReport(id="0" * 16, counts={"train": 60, "test": 60}, audits=(), findings=found, **about)


def badges(of: Board) -> str:
    (line,) = re.findall(r'<p class="badges">.*</p>', render_html(of, title=""))
    return str(line)


def about(of: Board) -> dict[str, str]:
    return dict(re.findall(r"^- \*\*(.+?)\*\*: (.*)$", render_markdown(of, title=""), re.MULTILINE))


@pytest.mark.parametrize(
    ("how", "badge", "said"),
    [
        ({}, '<span class="badge fair">people apart</span>', "no: the protocol keeps people apart"),
        ({"groups": False}, '<span class="badge doubtful">people unknown</span>', "people unknown: "),
        ({"leaky": True}, '<span class="badge leaky">leaky split</span>', "**yes: "),
    ],
)
def test_split_is_leaky_apart_or_unknown(how: dict[str, Any], badge: str, said: str) -> None:
    assert badge in badges(board(**how))
    assert about(board(**how))["Leaky"].startswith(said)


def test_one_sample_without_a_group_leaves_it_unknown() -> None:
    of = cell()
    table = predictions()
    table.loc[7, "group"] = ""
    assert build_board([record(of)], predictions={of.id: table}, metrics=METRICS).tasks[0].people == "unknown"


@pytest.mark.parametrize(("speakers", "people"), [(["a", "b"], "apart"), (["a", ""], "unknown")])
def test_without_predictions_the_attributes_tell(speakers: list[str], people: str) -> None:
    attributes = pd.DataFrame({"sample_id": ["1", "2"], "speaker": speakers})
    assert board(attributes=attributes).tasks[0].people == people


@pytest.mark.parametrize("groups", [True, False])
@pytest.mark.parametrize("audit", ["exact-duplicates-across-parts", "groups-in-two-parts", "near-duplicate-images"])
def test_split_that_an_audit_contradicts_is_not_green(audit: str, groups: bool) -> None:
    of = board({audit: "error"}, groups=groups)
    assert "fair" not in badges(of)
    assert "audit: on both sides" in badges(of)
    assert "**but audits found on one side what is on the other**" in about(of)["Leaky"]


@pytest.mark.parametrize("audited", [{"near-duplicate-images": "warning"}, {"loudness-tells-label": "error"}])
def test_other_findings_do_not_speak_of_both_sides(audited: dict[str, Severity]) -> None:
    assert '<span class="badge fair">people apart</span>' in badges(board(audited))


def test_programs_get_the_third_value_and_the_old_field_as_it_was() -> None:
    of = board({"exact-duplicates-across-parts": "error"}, groups=False)
    (row,) = csv.DictReader(io.StringIO(render_csv(of)))
    assert (row["leaky"], row["people"]) == ("False", "unknown")
    (task,) = json.loads(render_json(of))["tasks"]
    assert (task["leaky"], task["people"], task["on_both_sides"]) == (False, "unknown", 1)


# ------------------------------------------------------------------------------------------------------ chance


def test_head_says_what_is_right_by_chance() -> None:
    labels = predictions()["label"]
    commonest, number = labels.value_counts().idxmax(), labels.value_counts().max()
    said = f"UAR {1 / len(CLASSES):.3f}; always the commonest class ({commonest}): accuracy {number / len(labels):.3f}"
    assert about(board())["By chance"] == said
    assert f"by chance: {said}" in badges(board())


def test_class_without_a_sample_is_no_chance() -> None:
    few = record()
    (first, *others) = few.scores["test"].per_class
    less = few.scores["test"].model_copy(
        update={"per_class": (first.model_copy(update={"support": 0}), *others), "n": 60 - first.support}
    )
    (task,) = build_board([few.model_copy(update={"scores": {"test": less}})]).tasks
    assert task.chance is not None
    assert task.chance.uar == 0.5


def test_nothing_is_said_of_chance_where_nothing_is_measured() -> None:
    assert "By chance" not in about(build_board([failed()]))
    assert "by chance" not in badges(build_board([failed()]))


def test_what_is_told_of_a_sample_is_said_by_its_kind() -> None:
    tasks = [
        kinds.board(made).tasks[0]
        for made in (told("mlp", AFFECT, values_table(0.5)), told("mlp", VOTES, votes_table(0.5)))
    ]
    assert [told_in_words(task) for task in tasks] == [
        "affect: valence (1 to 7), arousal",
        "votes, of raters on 3 classes: angry, happy, sad",
    ]


def test_the_ranking_has_badges_and_the_rest_says_what_they_rest_on() -> None:
    text = render_markdown(exposed.board(), title="Demo")
    ((first, second, *_),) = rankings(text)
    assert (first["exposure"], second["exposure"]) == ("seen", "unseen")
    assert "not trained here; fitted on fer2013:train" in text
    assert "seen: 40 of 60 test samples are in fer2013; net (licence MIT, released 2021)" in text
    assert str(exposed.ORDER) in text


def test_nothing_was_held_out_for_a_model_that_is_fitted_already() -> None:
    holding = Component(name="official", parameters={"hold_out": 0.2})
    ready = cell(what=identity(protocol=holding, schedule=None, fitted_on=("FER2013",), outputs=CLASSES))
    own = cell(what=identity(protocol=holding))
    ((first,), (second,)) = (build_board([record(of)]).tasks[0].rows for of in (own, ready))
    assert held_out(first) == "20% of training held out for validation, as far as whole groups allow"
    assert held_out(second) == ""
