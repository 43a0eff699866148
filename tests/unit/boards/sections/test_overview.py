"""The overview in words and characters."""

from __future__ import annotations

import re
from dataclasses import replace

from emobench.boards.overview import (
    Duplicates,
    DuplicatesCard,
    PremiumCard,
    Score,
    TaskLine,
    TrainingCard,
    VerdictCard,
    overview,
)
from emobench.boards.sections import overview as sections
from emobench.boards.sections.overview import BAR, bar, beside, card, lines, paper_in_words, ranking, remark
from emobench.boards.text import plain
from tests.support import exposed, kinds
from tests.support.boards import board, chance, first, made, table
from tests.support.kinds import AFFECT, VOTES, told, values_table, votes_table


def line(share: float = 0.625) -> TaskLine:
    return overview(board(made("net", table(first(share))))).lines[0]


def test_a_bar_has_twenty_characters_from_0_to_100() -> None:
    of = line()
    assert of.best is not None
    drawn = bar(replace(of, chance=0.3, best=replace(of.best, score=Score("accuracy", 0.5, 0.4, 0.62), published=0.99)))
    assert len(drawn) == BAR == 20
    assert drawn == "──────┼─━━●━━──────◇"
    assert bar(replace(of, best=replace(of.best, score=Score("accuracy", 1.0), published=1.0), chance=None))[-1] == "◈"
    assert bar(replace(of, best=None)) == ""


def test_cards_are_a_figure_and_a_few_words() -> None:
    verdicts = card(VerdictCard(75, {"reproduced": 7, "near": 2}))
    assert (verdicts.head, verdicts.words) == ("7 of 75", "printed numbers reproduced; 2 near")
    leak = PremiumCard(
        "RAVDESS",
        "MLP",
        "unverified",
        Score("balanced_accuracy", 0.686),
        Score("balanced_accuracy", 0.367),
        31.9,
        23.7,
        40.0,
        (31.9,),
        "a",
        "b",
        8,
    )
    said = card(leak)
    assert said.head == "68.6 → 36.7"
    assert "31.9 points [23.7, 40.0]" in said.words
    assert "untested" in card(replace(leak, low=None, high=None)).words
    seeds = replace(leak, low=None, high=None, by_seed=(29.5, 34.3, 31.9))
    assert "31.9 points (mean of 3 seeds, 29.5 to 34.3)" in card(seeds).words
    copies = DuplicatesCard(
        "FER2013", "test", Duplicates(508, 3589, True), "ResNet-18", Score("accuracy", 0.513), 0.461, "c"
    )
    assert card(copies).head == "14%"
    assert "ResNet-18 51.3 → 46.1%" in card(copies).words
    assert card(TrainingCard(7, 22, 4, ("VGG-19",), ("d",))).head == "7 of 22"


def test_a_task_says_in_one_line_what_is_wrong_with_its_scores() -> None:
    of = replace(line(), people="leaky", errors=2, duplicates=Duplicates(508, 3589, True))
    said = plain(remark(of))
    assert "14% of the test images are in training" in said
    assert "leaky" in said
    assert "2 errors in the audits" in said


def test_what_must_be_said_of_the_best_model_stands_beside_it() -> None:
    best = line().best
    assert best is not None
    assert beside(line(), best) == "one seed"
    said = beside(line(), replace(best, tied=2, clean=0.4))
    assert said == "and 2 not told apart, one seed, 40.0 without duplicates"
    assert beside(replace(line(), chance=best.score.value + 0.01), best) == "accuracy below chance, one seed"
    assert "below" not in beside(replace(line(), chance=best.score.value), best)


def test_the_heading_of_the_scores_names_their_metric_and_else_each_score_does() -> None:
    of = line()
    other = replace(of, metric="balanced_accuracy", ranked_by="balanced_accuracy")
    for shown, heading, names in (((of, of), "accuracy %", ["", ""]), ((of, other), "score %", ["accuracy ", "UAR "])):
        told = lines(shown, lambda each: "")
        place = [column.title for column in told.columns].index(heading)
        assert [re.sub(r"[*\d].*", "", plain(row[place])) for row in told.texts()] == names
    assert lines([replace(other, best=None), of], lambda each: "").columns[2].title == "accuracy %"


def test_a_paper_that_is_of_other_data_stands_in_brackets_and_not_on_the_bar() -> None:
    best = line().best
    assert best is not None
    printed = replace(best, published=0.99)
    assert paper_in_words(printed) == "99.0"
    assert "◇" in bar(replace(line(), best=printed))
    other = replace(printed, comparable=False)
    assert paper_in_words(other) == "(99.0)"
    assert "◇" not in bar(replace(line(), best=other))


def test_chance_is_drawn_where_the_score_is_too() -> None:
    of = line()
    assert of.best is not None
    assert "╋" in bar(replace(of, chance=of.best.score.value))


def test_a_ranking_has_every_row_and_few_columns() -> None:
    of = board(*(made(name, table(chance(0.6, seed))) for seed, name in enumerate("abc")))
    shown = ranking(of, of.tasks[0], overview(of).lines[0])
    assert [column.title for column in shown.columns] == ["rank", "model", "accuracy %", "UAR %", "n", "cell"]
    assert [plain(row[-1]) for row in shown.texts()] == [row.cell.id for row in of.tasks[0].rows]


def test_a_board_of_values_has_neither_per_cent_nor_bars() -> None:
    board = kinds.board(told("mlp", AFFECT, values_table(0.5)))
    table = sections.lines(overview(board).ranked, lambda line: "#")
    assert [column.title for column in table.columns] == ["task", "best model", "CCC", "paper", "rows", "n"]


def test_scores_of_values_stand_as_they_are() -> None:
    board = kinds.board(told("mlp", AFFECT, values_table(0.5)))
    (line,) = overview(board).ranked
    assert line.best is not None
    assert sections.score_in_words(line.best.score).startswith(f"{line.best.score.value:.3f} [0.")


def test_a_rater_against_the_others_stands_above_a_ranking_of_votes() -> None:
    (line,) = overview(kinds.board(told("mlp", VOTES, votes_table(0.5)))).ranked
    assert f"a rater against the others: {100 * line.human['accuracy']:.1f}% accuracy" in plain(sections.remark(line))


def test_a_ranking_has_badges_where_weights_were_not_trained_here() -> None:
    shown = exposed.board()
    (of,) = shown.tasks
    (line,) = overview(shown).lines
    said = ranking(shown, of, line)
    place = [column.title for column in said.columns].index("exposure")
    assert [row[place] for row in said.rows] == ["seen", "unseen", "trained here", "unknown"]
    assert "class order differs" in plain(tuple(map(str, said.texts()[-1])))
    own = board(made("net", table(first(0.6))))
    assert "exposure" not in [column.title for column in ranking(own, own.tasks[0], overview(own).lines[0]).columns]
