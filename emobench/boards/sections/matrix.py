"""Encoders by corpora, as a table with the ranks over all corpora and what they mean."""

from __future__ import annotations

from collections.abc import Iterator

from emobench.boards.board import Board
from emobench.boards.headings import telling_apart
from emobench.boards.matrix import Corpus, Matrix, Probed
from emobench.boards.overview import Score
from emobench.boards.sections.overview import score_in_words
from emobench.boards.sections.paper import PaperTable
from emobench.boards.tables import COUNT, Block, Column, Heading, Table, Value
from emobench.boards.text import NONE, Text, code, joined, leading, number, percent, strong
from emobench.boards.units import heading, short
from emobench.scoring import DRAWS

FEW = 5
"""Corpora; a rank over fewer says little about others."""


_UNCOUNTED = {
    "few": "people, samples or those of a class are too few for an interval",
    "no predictions": "predictions are not here",
}


def of_board(board: Board) -> Iterator[Block]:
    """Yield every matrix of a board, each below a heading."""
    for matrix in board.matrices:
        yield Heading(title(board, matrix), 2)
        yield _reading(matrix)
        yield table(board, matrix)
        yield from ranks(board, matrix)


def title(board: Board, matrix: Matrix) -> str:
    """Return the heading of a matrix."""
    synthetic = " (synthetic, no results)" if matrix.synthetic else ""
    return f"Encoders by corpora: {board.titles.models.get(matrix.model.name, matrix.model.name)}{synthetic}"


def _reading(matrix: Matrix) -> Text:
    return (
        "The same probe on every encoder and every corpus (",
        code(matrix.pattern),
        "), with 95% intervals of the scores. Bold: best of its corpus, or not told from the best by a test, where there is "
        "one. Scores of different corpora do not compare, and are not averaged.",
    )


def ranks(board: Board, matrix: Matrix) -> Iterator[Text]:
    """Yield what the ranks mean, and what has none and why."""
    if any(encoder.standing for encoder in matrix.encoders):
        yield (
            f"The rank is Borda's over {matrix.counted} corpora: in each, an encoder gets a point for every other that it "
            f"beats. In brackets: where it lies in 95% of {DRAWS:,} draws of corpora, and of people in them; ",
            strong("first"),
            f": in which share of the draws it leads.{_few(matrix)}",
        )
    else:
        yield "There is no rank: it takes two encoders with results on all corpora that have intervals, and two of these."
    names = corpora(board, matrix)
    for why, said in _UNCOUNTED.items():
        if outside := [names[corpus.task] for corpus in matrix.corpora if corpus.uncounted == why]:
            yield f"Not in a rank, since {said}: {', '.join(outside)}."
    if missing := [
        _missing(names, matrix, each) for each in matrix.encoders if not each.standing and _gaps(matrix, each)
    ]:
        yield ("Without a rank, since a result is missing: ", joined(missing, "; "), ".")


def _few(matrix: Matrix) -> str:
    return " So few corpora say little about others." if matrix.counted < FEW else ""


def _gaps(matrix: Matrix, encoder: Probed) -> list[Corpus]:
    scored = zip(matrix.corpora, encoder.scores, strict=True)
    return [corpus for corpus, score in scored if score is None and corpus.counts]


def _missing(names: dict[str, str], matrix: Matrix, encoder: Probed) -> Text:
    lacking = ", ".join(names[corpus.task] for corpus in _gaps(matrix, encoder))
    return code(encoder.encoder), f" (no result on {lacking})"


def corpora(board: Board, matrix: Matrix) -> dict[str, str]:
    """Return what each corpus of a matrix is called, by its task, with its provenance where that is not the official one."""
    apart, provenance = telling_apart(board), {task.id: task.provenance for task in board.tasks}

    def name(corpus: Corpus) -> str:
        level = provenance[corpus.task]
        known = "" if level == "official" or matrix.synthetic else level
        return ", ".join(filter(None, (board.titles.dataset(corpus.dataset), apart[corpus.task], known)))

    return {corpus.task: name(corpus) for corpus in matrix.corpora}


def table(board: Board, matrix: Matrix, *, intervals: bool = True) -> Table:
    """Return a matrix with ranks, first places and, in the last row, what is right by chance."""
    names = corpora(board, matrix)
    ranked = any(encoder.standing for encoder in matrix.encoders)
    counted = {corpus.task for corpus in matrix.corpora if corpus.counts}
    best = {row.cell.id for task in board.tasks if task.id in counted for row in task.rows if row.rank == 1}
    columns = [Column("rank", COUNT), Column("first %", COUNT)] if ranked else []
    columns.append(Column("encoder"))
    columns += [Column(f"{names[each.task]}: {heading(each.metric)}", COUNT) for each in matrix.corpora]
    rows = []
    for encoder in matrix.encoders:
        scores = _scores(matrix, encoder, best, intervals)
        rows.append([*(_rank(encoder) if ranked else ()), code(encoder.encoder), *scores])
    chance: list[Value] = [number(short(each.metric, each.chance)) for each in matrix.corpora]
    return Table(title(board, matrix), columns, [*rows, [*([None, None] if ranked else ()), "chance", *chance]])


def paper(board: Board, matrix: Matrix) -> PaperTable:
    """Return a matrix as a table of a paper, without the intervals of scores, for which a page has no room."""
    caption = (title(board, matrix), ". Of each corpus the score that ranks there.")
    chance = frozenset({len(matrix.encoders)})
    first = matrix.corpora[0].task
    return PaperTable(first, table(board, matrix, intervals=False), chance, caption, tuple(ranks(board, matrix)))


def _rank(encoder: Probed) -> list[Value]:
    known = encoder.standing
    if known is None:
        return [None, None]
    return [number(f"{known.rank} [{known.low},\u00a0{known.high}]"), number(percent(known.first))]


def _scores(matrix: Matrix, encoder: Probed, best: set[str], intervals: bool) -> list[Value]:
    """Return the scores of an encoder; those of rows that are the best of their task, or not told from it, stand out."""
    texts: list[Value] = []
    for corpus, score, cell in zip(matrix.corpora, encoder.scores, encoder.cells, strict=True):
        if score is None:
            texts.append(strong("failed") if cell else NONE)
        else:
            whole = score_in_words(Score(corpus.metric, score.value, score.low, score.high))
            said = whole if intervals else short(corpus.metric, score.value)
            texts.append((leading if cell in best else number)(said))
    return texts
