"""The id of a cell follows from its identity alone."""

from __future__ import annotations

from emobench.records.identity import Identity, Uncaptured
from tests.support import factories


def test_empty_fields_do_not_count_and_the_results_version_does() -> None:
    one = factories.identity()
    assert one.model_copy(update={"results": one.results + 1}).id != one.id

    class Later(Identity):
        """An identity of a later version, with one field more."""

        something: tuple[str, ...] = ()

    assert Later(**dict(one)).id == one.id
    assert Later(**dict(one), something=("new",)).id != one.id


def test_what_is_not_captured_is_no_part_of_the_id() -> None:
    mark = Uncaptured(component="models/net", kind="native code", where="net")
    assert factories.cell(uncaptured=(mark,)).id == factories.cell().id
