"""The overview in words: cards, a table with one line a task, and the rankings with the columns that a reader needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from emobench.boards.board import Board, BoardTask, Row
from emobench.boards.overview import (
    Card,
    DuplicatesCard,
    Leader,
    Overview,
    PremiumCard,
    Score,
    TaskLine,
    TrainingCard,
    VerdictCard,
    model_of,
)
from emobench.boards.sections.tasks import all_departures
from emobench.boards.tables import COUNT, Column, Table, Value
from emobench.boards.text import (
    BREAK,
    NONE,
    Text,
    code,
    counted,
    cut,
    joined,
    leading,
    link,
    number,
    percent,
    strong,
    whole_percent,
)
from emobench.boards.units import PLACES, goodness, heading, higher_is_better, is_share, short, unit
from emobench.records import ACCURACY, UAR, ChangedSetting, metric_title

BAR = 20
"""Characters of a bar from 0 to 100 per cent."""
KEY = (
    "In a bar from 0 to 100: ● score, ━ 95% interval, ┼ chance (╋: where the score is), ◇ what the paper prints (◈: "
    "where the score is). A paper's number in brackets is of other data or another schedule."
)
REASON = 80
"""Characters of the reason why a row failed, where it stands in a ranking."""

NO_LEADER = {
    "failed": "every row failed",
    "constant": "no model learnt: every row that finished says one class",
    "training failed": "no model learnt: the training of every row failed",
    "few samples": "too few samples",
    "no rank": "no row has a rank",
}
"""Why no row of a task leads, in words."""

SPLITS = {"leaky": "leaky", "apart": "people apart", "unknown": "people unknown"}
"""What is said of a task whose people are so."""


# ----------------------------------------------------------------------------------------------------------- cards


@dataclass(frozen=True)
class CardText:
    """A card in words: a few figures, what they are, and the row that they are of, if it is one row."""

    head: str
    words: str
    cell: str = ""


def card(shown: Card) -> CardText:
    """Return a card in words."""
    match shown:
        case VerdictCard():
            reproduced = shown.verdicts.get("reproduced", 0)
            others = [f"{n} {verdict}" for verdict, n in shown.verdicts.items() if verdict != "reproduced"]
            said = "printed numbers reproduced" + (f"; {', '.join(others)}" if others else "")
            return CardText(f"{reproduced} of {shown.claims}", said)
        case PremiumCard():
            leaky, apart = (short(score.metric, score.value) for score in (shown.leaky, shown.apart))
            return CardText(f"{leaky} → {apart}", _premium(shown), shown.cell)
        case DuplicatesCard():
            score, clean = (short(shown.score.metric, value) for value in (shown.score.value, shown.clean))
            sign = "%" if is_share(shown.score.metric) else ""
            left = f"{shown.model} {score} → {clean}{sign} without them"
            said = f"of the test {shown.duplicates.things} of {shown.dataset} ({shown.part}) are in training; {left}"
            return CardText(whole_percent(shown.duplicates.share), said, shown.cell)
        case TrainingCard():
            constant = f" ({shown.constant} with one class for every sample)" if shown.constant else ""
            said = f"networks failed to train{constant}: {', '.join(shown.models)}"
            return CardText(f"{shown.failed} of {shown.of}", said, shown.cells[0])


def _premium(shown: PremiumCard) -> str:
    metric = shown.leaky.metric
    form = ".1f" if is_share(metric) else f".{PLACES}f"
    if len(shown.by_seed) > 1:
        sure = f" (mean of {len(shown.by_seed)} seeds, {min(shown.by_seed):{form}} to {max(shown.by_seed):{form}})"
    elif shown.low is None or shown.high is None:
        sure = ", untested"
    else:
        sure = f" [{shown.low:{form}}, {shown.high:{form}}]"
    added = f"the leak adds {shown.points:{form}} {unit(metric)}".rstrip()
    if not higher_is_better(metric):
        added = f"the leak changes it by {shown.points:+{form}} {unit(metric)}".rstrip() + ", where less is better"
    data = "" if shown.provenance == "official" else f", {shown.provenance} data"
    return (
        f"{metric_title(metric)} of {shown.model} on {shown.dataset}{data}, once the people of the test are not "
        f"in training, on the samples that both test: {added}{sure}"
    )


# ------------------------------------------------------------------------------------------------------- the lines


def lines(shown: Iterable[TaskLine], href: Callable[[TaskLine], str]) -> Table:
    """Return a table with one line a task; ``href``: where a task is to be read."""
    shown = tuple(shown)
    metric, bars, classes = common_metric(shown), with_bars(shown), with_classes(shown)
    columns = [Column("task"), Column("best model"), Column(score_heading(metric, shown), COUNT)]
    columns += [Column("0 to 100")] if bars else []
    columns += [Column("paper", COUNT)]
    columns += [Column("UAR %", COUNT)] if classes else []
    columns += [Column("rows", COUNT), Column("n", COUNT)]
    rows = []
    for line in shown:
        first, second, score, drawn, paper, uar, *numbers = _line(line, href(line), score_name(line, metric, shown))
        drawn_too, uar_too = [drawn] if bars else [], [uar] if classes else []
        rows.append([first, second, score, *drawn_too, paper, *uar_too, *numbers])
    return Table("The best model of each task", columns, rows)


def with_bars(shown: Iterable[TaskLine]) -> bool:
    """Tell whether scores are drawn from 0 to 100 per cent: not where none of them is a share."""
    return any(is_share(line.metric) for line in shown)


def with_classes(shown: Iterable[TaskLine]) -> bool:
    """Tell whether there is a task with classes, and so with a UAR."""
    return any(line.kind != "values" for line in shown)


def common_metric(shown: Iterable[TaskLine]) -> str | None:
    """Return the metric of all scores; ``None`` where they have several, or where there is none."""
    metrics = {line.metric for line in shown if line.best}
    return metrics.pop() if len(metrics) == 1 else None


def score_heading(metric: str | None, shown: Iterable[TaskLine]) -> str:
    """Return the heading of the scores: their metric, where all have one."""
    if metric:
        return heading(metric)
    return "score %" if _all_shares(shown) else "score"


def score_name(line: TaskLine, metric: str | None, shown: Iterable[TaskLine]) -> str:
    """Return what stands before the score of a line: its metric, where the heading does not say it."""
    if metric:
        return ""
    return metric_title(line.metric) if _all_shares(shown) else heading(line.metric)


def _all_shares(shown: Iterable[TaskLine]) -> bool:
    return all(is_share(line.metric) for line in shown)


def _line(line: TaskLine, href: str, name: str) -> list[Value]:
    task: Text = (link(line.dataset, href), BREAK, split_in_words(line))
    best = line.best
    if best is None:
        return [task, NO_LEADER[line.no_leader or "no rank"], None, None, None, None, line.rows, line.n]
    score, uar = score_in_words(best.score), percent(best.uar.value) if best.uar else NONE
    said = f"{name} " if name else ""
    shown = leading(score) if line.ranked_by == line.metric else number(score)
    second = leading(uar) if line.ranked_by == UAR else number(uar)
    return [
        task,
        _best(line, best),
        (said, shown),
        code(bar(line)) if is_share(line.metric) else NONE,
        paper_in_words(best),
        second,
        line.rows,
        line.n,
    ]


def paper_in_words(best: Leader) -> str:
    """Return what a paper prints, in brackets where that is of other data or of another schedule."""
    printed = short(best.score.metric, best.published)
    return printed if best.comparable or best.published is None else f"({printed})"


def _best(line: TaskLine, best: Leader) -> Text:
    said = beside(line, best)
    return (strong(best.model), BREAK, said) if said else strong(best.model)


def beside(line: TaskLine, best: Leader) -> str:
    """Return what must be said beside the name of the best model of a task, in a few words."""
    scores = [goodness(line.metric, each) for each in (best.score.value, line.chance) if each is not None]
    below = len(scores) == 2 and scores[0] < scores[1]
    said = [f"{metric_title(line.metric)} {'below' if is_share(line.metric) else 'worse than'} chance" if below else ""]
    said += [f"and {best.tied} not told apart" if best.tied else ""]
    said += [f"mean of {best.seeds} seeds" if best.seeds > 1 else "one seed"]
    said += [f"{short(line.metric, best.clean)} without duplicates" if best.clean is not None else ""]
    return ", ".join(filter(None, said))


def split_in_words(line: TaskLine) -> Text:
    """Return the split of a task and what is to be known of its data, in a few words."""
    people: Text = strong(SPLITS["leaky"]) if line.people == "leaky" else SPLITS[line.people]
    split = f"{line.split} split" + (f", {line.apart}" if line.apart else "")
    return joined([split, people, f"{line.provenance} data"], " · ")


def score_in_words(score: Score) -> str:
    """Return a score with its interval, a share in percent."""
    value, low, high = (short(score.metric, each) for each in (score.value, score.low, score.high))
    # A no-break space: a narrow column would have one end below the other.
    return value if score.low is None or score.high is None else f"{value} [{low},\u00a0{high}]"


def bar(line: TaskLine) -> str:
    """Return a score from 0 to 100 per cent as :data:`BAR` characters, see :data:`KEY`."""
    if line.best is None:
        return ""
    score, drawn = line.best.score, ["─"] * BAR
    if score.low is not None and score.high is not None:
        first, last = _place(score.low), _place(score.high)
        drawn[first : last + 1] = "━" * (last + 1 - first)
    if line.best.published is not None and line.best.comparable:
        drawn[_place(line.best.published)] = "◇"
    value = _place(score.value)
    drawn[value] = "◈" if drawn[value] == "◇" else "●"
    if line.chance is not None:
        chance = _place(line.chance)
        drawn[chance] = "╋" if chance == value else "┼"
    return "".join(drawn)


def _place(share: float) -> int:
    return min(max(int(share * BAR), 0), BAR - 1)


def remark(line: TaskLine) -> Text:
    """Return what is to be known of a task before its ranking is read, in one line."""
    chance = line.chance
    said: list[Text] = [f"{line.provenance} data", SPLITS[line.people]]
    if line.people == "leaky":
        said[1] = strong("leaky: a person, take or recording is on both sides")
    if chance is not None:
        uar = f", {percent(line.chance_uar)}% {metric_title(UAR)}" if line.metric != UAR and line.chance_uar else ""
        share = f"chance {percent(chance)}% {metric_title(line.metric)}{uar}"
        constant = "any constant answer has" if line.kind == "values" else "always the mean votes has"
        other = f"{constant} {metric_title(line.metric)} {short(line.metric, chance) if chance else '0'}"
        said.append(share if is_share(line.metric) else other)
    if line.human:
        said.append(f"a rater against the others: {_human(line)}")
    if line.duplicates:
        found = line.duplicates
        said.append(strong(f"{whole_percent(found.share)} of the test {found.things} are in training"))
    said.append(
        counted(line.errors, "error") + " in the audits" if line.errors else "" if line.audited else "not audited"
    )
    return joined(said, " · ")


def _human(line: TaskLine) -> str:
    shown = [name for name in (ACCURACY, UAR) if name in line.human]
    return ", ".join(f"{percent(line.human[name])}% {metric_title(name)}" for name in shown)


def few(shown: Overview) -> list[Text]:
    """Return a line for each task under 30 samples: its best row, if any does not say one class."""
    return [
        (
            f"{line.dataset}, ",
            split_in_words(line),
            (f": {line.best.model} ", number(score_in_words(line.best.score)), _of(line)) if line.best else ": ",
            f"{counted(line.n, 'sample')}, {counted(line.rows, 'row')}",
        )
        for line in shown.few
    ]


def _of(line: TaskLine) -> str:
    return "% of " if is_share(line.metric) else f" {metric_title(line.metric)} on "


# --------------------------------------------------------------------------------------------------- the rankings


def ranking(board: Board, task: BoardTask, line: TaskLine) -> Table:
    """Return the rows of a task with the scores that it is ranked and drawn by, shares in percent."""
    names = list(dict.fromkeys((line.metric, *task.leading)))
    cleaned, printed = any(row.clean for row in task.rows), any(_printed(row, line.metric) for row in task.rows)
    columns = [Column("rank", "d"), Column("model")]
    sign = " %" if is_share(line.metric) else ""
    columns += [Column(heading(name, task.metrics), COUNT) for name in names]
    columns += [Column(f"clean{sign}", COUNT)] if cleaned else []
    columns += [Column(f"paper{sign}", COUNT)] if printed else []
    columns += [Column("n", COUNT), *([Column("exposure")] if task.badged else []), Column("cell")]
    rows: list[list[Value]] = []
    for row in task.rows:
        values: list[Value] = [row.rank, _model(board, task, row), *(_of_row(task, row, name) for name in names)]
        values += (
            [number(short(line.metric, row.clean.scores.get(line.metric) if row.clean else None))] if cleaned else []
        )
        values += [number(short(line.metric, _printed(row, line.metric)))] if printed else []
        values += [row.headline.n if row.headline else None, *([row.badge] if task.badged else [])]
        rows.append([*values, code(row.cell.id)])
    return Table(f"Ranking of {line.dataset}", columns, rows)


def _printed(row: Row, metric: str) -> float | None:
    return next((each.published for each in row.published if each.metric == metric), None)


def _of_row(task: BoardTask, row: Row, metric: str) -> Value:
    value = row.headline.metrics.get(metric) if row.headline else None
    if value is None:
        return None
    low, high = (found.ends if (found := task.intervals(row).get(metric)) else None) or (None, None)
    return number(score_in_words(Score(metric, value, low, high)))


def _model(board: Board, task: BoardTask, row: Row) -> Text:
    seed = f", seed {row.cell.identity.seed}" if len({each.cell.identity.seed for each in task.rows}) > 1 else ""
    said = _said(row, said_seed=bool(seed))
    return model_of(board, row), BREAK, row.cell.experiment, seed, *((", ", said) if said else ())


def _said(row: Row, *, said_seed: bool) -> Text:
    """Return what must be said of a row in a ranking, whose seed may have been; all of it is where the row is in full."""
    failure = row.record.failure
    if row.record.status == "failed":
        return strong("failed"), f": {cut(failure.line, REASON)}" if failure else ""
    faults = [strong(f"says {row.constant} of every sample")] if row.constant else []
    faults = faults or ([strong("training failed")] if row.training_faults else [])
    faults += [strong("class order differs")] if row.record.class_order else []
    seeds = [each for each in row.cell.departures if isinstance(each, ChangedSetting) and each.setting == "seed"]
    changed = all_departures(row, but=seeds if said_seed else ())
    one = changed[0] if len(changed) == 1 and len(changed[0]) < REASON else ""
    return joined([*faults, one or (counted(len(changed), "departure") if changed else "")])


def not_run(board: Board) -> list[Text]:
    """Return a line for each reason why experiments have no row, with their names."""
    reasons: dict[str, list[str]] = {}
    for gap in board.missing:
        reasons.setdefault(gap.reason, []).append(gap.experiment)
    return [f"{', '.join(names)}: {reason}" for reason, names in reasons.items()]
