"""What belongs to a row among all records of a board."""

from __future__ import annotations

from emobench.boards.related_records import MemberName, RelatedRecords
from emobench.records import Component, Record
from tests.support.factories import cell, identity, record, sha256

FACES, VOICES = record(cell("faces")), record(cell("voices"))


def related(*records: Record) -> RelatedRecords:
    return RelatedRecords(list(records), {}, {})


def fusion(*members: str) -> Record:
    component = Component(name="average")
    what = identity(model=None, schedule=None, representations=(), fusion=component, members=members)
    return record(cell("both", what=what))


def test_a_member_that_is_not_on_the_board_has_no_name() -> None:
    both = fusion(FACES.cell.id, "0123456789abcdef")
    names = related(FACES, both).members(both)
    assert names == (MemberName(FACES.cell.id, "faces"), MemberName("0123456789abcdef", ""))


def test_a_fusion_is_paired_with_the_members_that_are_here() -> None:
    both = fusion(FACES.cell.id, VOICES.cell.id)
    pairs = related(FACES, both).paired(both)
    assert [(pair.relation, pair.other.cell.experiment) for pair in pairs] == [("member", "faces")]


def test_an_ablation_is_a_row_only_where_its_row_is_not_here() -> None:
    control = Component(name="blank-stream", parameters={"stream": "voice"})
    what = identity(trained=FACES.cell.id, control=control)
    ablated = record(cell("blank", what=what, control_of="faces", beside=FACES.cell.id))
    assert related(ablated).competes(ablated)
    assert not related(FACES, ablated).competes(ablated)
    (pair,) = related(FACES, ablated).paired(FACES)
    assert (pair.relation, pair.other) == ("ablation", ablated)


def test_a_fold_is_no_row_and_belongs_to_its_pool() -> None:
    fold = record(cell("one-fold", what=identity(split={"test": sha256("fold")})))
    pool = record(cell("people", what=identity(folds=(fold.cell.id, "0123456789abcdef"))))
    both = related(fold, pool)
    assert not both.competes(fold)
    assert both.competes(pool)
    assert both.folds(pool) == (fold,)
