"""Which rows are encoders by corpora, and where the encoders stand."""

from __future__ import annotations

import pytest

from emobench.boards.headings import with_tasks
from emobench.boards.matrix import Matrix
from emobench.boards.part_scores import FEWEST_RANKED
from emobench.records.departures import ChangedSetting
from emobench.records.record import Record
from tests.support.boards import Made, made, several
from tests.support.boards import board as board_of
from tests.support.boards import first as right_first
from tests.support.boards import table as table_of
from tests.support.probed import broken, built, four, probed


def matrix(*rows: Made | Record, without: tuple[str, ...] = ()) -> Matrix:
    (found,) = built(*rows, without=without).matrices
    return found


def scored(found: Matrix) -> dict[str, list[bool]]:
    """Return for each encoder on which corpora it has a score."""
    return {each.encoder: [score is not None for score in each.scores] for each in found.encoders}


def test_rows_are_encoders_and_columns_corpora() -> None:
    found = matrix(*four())
    assert [corpus.dataset for corpus in found.corpora] == ["one", "two"]
    assert [encoder.encoder for encoder in found.encoders] == ["a", "b"]
    assert found.counted == 2
    assert not found.synthetic


def test_an_entry_is_the_score_that_ranks_with_its_interval() -> None:
    rows = four()
    score = matrix(*rows).encoders[0].scores[0]
    assert score is not None
    assert score.value == rows[0][0].scores["test"].metrics["balanced_accuracy"]
    assert score.low is not None
    assert score.low < score.value


def test_who_is_better_on_both_corpora_is_first() -> None:
    best, other = (encoder.standing for encoder in matrix(*four()).encoders)
    assert best is not None
    assert other is not None
    assert (best.rank, other.rank) == (1, 2)
    assert best.first > 0.99


@pytest.mark.parametrize("lacking", ["missing", "failed"])
def test_an_encoder_without_a_result_on_a_corpus_has_no_rank_and_the_others_are_ranked_without_it(lacking: str) -> None:
    more = [broken("c", "two")] if lacking == "failed" else []
    found = matrix(*four(), probed("c", "one", 0.99), *more)
    assert [encoder.encoder for encoder in found.encoders] == ["a", "b", "c"]
    assert scored(found)["c"] == [True, False]
    assert found.encoders[2].standing is None
    assert bool(found.encoders[2].cells[1]) is (lacking == "failed")
    assert [each.standing and each.standing.points for each in found.encoders[:2]] == [1.0, 0.0]


def test_a_corpus_with_too_few_people_is_shown_and_does_not_count() -> None:
    small = [probed("a", "three", 0.1, groups=3), probed("b", "three", 0.9, groups=3)]
    found = matrix(*four(), *small)
    assert [corpus.counts for corpus in found.corpora] == [True, False, True]
    assert scored(found) == {"a": [True] * 3, "b": [True] * 3}
    assert found.encoders[0].standing is not None
    assert found.encoders[0].standing.points == 1


def test_a_corpus_with_too_few_samples_for_a_rank_does_not_count() -> None:
    small = [probed(encoder, "three", n=FEWEST_RANKED - 1) for encoder in "ab"]
    assert [corpus.uncounted for corpus in matrix(*four(), *small).corpora] == [None, "few", None]


def test_one_corpus_that_counts_gives_no_rank() -> None:
    rows = [probed("a", "one"), probed("b", "one"), probed("a", "two", groups=3), probed("b", "two", groups=3)]
    assert [encoder.standing for encoder in matrix(*rows).encoders] == [None, None]


def test_without_predictions_there_are_scores_and_no_ranks() -> None:
    rows = four()
    found = matrix(*rows, without=tuple(record.cell.experiment for record, _ in rows))
    assert [encoder.standing for encoder in found.encoders] == [None, None]
    assert scored(found) == {"a": [True, True], "b": [True, True]}


def test_a_score_of_several_seeds_is_their_mean() -> None:
    rows = [*four(), probed("a", "one", 0.8, seed=1)]
    score = matrix(*rows).encoders[0].scores[0]
    values = [rows[place][0].scores["test"].metrics["balanced_accuracy"] for place in (0, 4)]
    assert score is not None
    assert score.value == pytest.approx(sum(values) / 2)


def test_an_encoder_with_other_parameters_is_another_row() -> None:
    layer = [probed("a", dataset, parameters={"layer": 3}) for dataset in ("one", "two")]
    assert [encoder.encoder for encoder in matrix(*four(), *layer).encoders].count("a") == 2


def test_of_two_results_of_one_experiment_that_with_fewer_departures_counts() -> None:
    short = ChangedSetting(setting="epochs", value=1, suite=6)
    rows = four()
    found = matrix(*rows, probed("a", "one", 0.1, departures=(short,)))
    assert found.encoders[0].cells[0] == rows[0][0].cell.id


@pytest.mark.parametrize("kept", [("a", "one"), ("a", "two")])
def test_a_matrix_has_two_encoders_and_two_corpora(kept: tuple[str, str]) -> None:
    one_encoder = [row for row in four() if row[0].cell.experiment.split(".")[1] == kept[0]]
    one_corpus = [row for row in four() if row[0].cell.identity.dataset == kept[1]]
    assert built(*one_encoder).matrices == built(*one_corpus).matrices == ()


def test_what_was_made_from_no_pattern_is_in_no_matrix() -> None:
    assert built(*several()).matrices == ()
    alike = [made(f"{data}-{net}", table_of(right_first(0.6)), dataset=data) for data in ("one", "two") for net in "ab"]
    assert board_of(*alike).matrices == ()


def test_each_pattern_has_a_matrix_and_synthetic_data_too() -> None:
    def of(**changes: str) -> list[Made]:
        return [probed(encoder, dataset, **changes) for encoder in "ab" for dataset in ("one", "two")]  # type: ignore[arg-type]

    found = built(*of(), *of(pattern="{dataset}.{encoder}.other"), *of(provenance="synthetic")).matrices
    told = {(each.pattern, each.synthetic) for each in found}
    assert told == {
        ("{dataset}.{encoder}.net", False),
        ("{dataset}.{encoder}.other", False),
        ("{dataset}.{encoder}.net", True),
    }


def test_a_board_of_some_tasks_has_the_matrices_that_are_whole_on_it() -> None:
    whole = built(*four())
    assert with_tasks(whole, ()).matrices == whole.matrices
    assert with_tasks(whole, ("one",)).matrices == ()
