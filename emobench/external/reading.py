"""Predictions that were made elsewhere, read from somebody's table and checked against a task's test samples."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.errors import EmobenchError, closest, counted, nearest
from emobench.records import Given, predictions_table, probability_columns
from emobench.scoring import probability_problem

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from emobench.splits import Task

ENDINGS = (".csv", ".tsv", ".parquet", ".jsonl", ".ndjson")
_ID, _PREDICTION = "sample_id", "prediction"
_EXAMPLES = 3
_IGNORED = frozenset({"part", "label", "group", "fold"})
"""Columns that 'emobench splits' writes, and that a tool may have left in its table; the harness has its own."""


@dataclass(frozen=True)
class ExternalPredictions:
    """What somebody's tool predicts.

    Attributes:
        table: predictions of every test sample, as :func:`emobench.records.read_predictions` returns them.
        given: what the file held.
        ignored: columns that say nothing here.
    """

    table: pd.DataFrame
    given: Given
    ignored: tuple[str, ...]


def read_external(path: Path, task: Task) -> ExternalPredictions:
    """Read predictions for the test samples of a task.

    Args:
        path: a table with ``sample_id`` and either a column ``p_<class>`` for each class, or one named after each class, or
            ``prediction`` with classes.
        task: what is predicted.

    Raises:
        EmobenchError: the file cannot be read, a column is missing, an id is missing, there twice or of no test sample, or
            a value is none; with examples.
    """
    table = _read(path)
    where, classes = str(path), task.label_map.classes
    _check_separator([str(name) for name in table.columns], where)
    if _ID not in table.columns:
        raise EmobenchError(f"no column {_ID!r}", where=where, remedy=nearest(_ID, map(str, table.columns)))
    table[_ID] = table[_ID].map(str)
    truth = _truth(task)
    _check_ids(table[_ID], set(truth[_ID]), task, where)
    columns = _columns([str(name) for name in table.columns], classes, where)
    table = table.set_index(_ID).loc[truth[_ID]]
    if columns:
        probabilities = _probabilities(table[columns], where)
        if _PREDICTION in table.columns:
            _check_agreement(table[_PREDICTION], probabilities, classes, where)
    else:
        probabilities = _one_hot(table[_PREDICTION], classes, where)
    ignored = set(map(str, table.columns)) - {*columns, _PREDICTION} - _IGNORED
    given: Given = "probabilities" if columns else "labels"
    return ExternalPredictions(predictions_table(classes, probabilities, truth), given, tuple(sorted(ignored)))


def _read(path: Path) -> pd.DataFrame:
    import pandas as pd

    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise EmobenchError(
            f"{ending or 'a name without an ending'!r} is no format of predictions",
            where=str(path),
            remedy=f"known: {', '.join(ENDINGS)}",
        )
    try:
        if ending == ".parquet":
            return pd.read_parquet(path)
        _check_magic(path)
        if ending in (".jsonl", ".ndjson"):
            lines = path.read_text(encoding="utf-8-sig").splitlines()
            return pd.DataFrame.from_records([json.loads(line) for line in lines if line.strip()])
        # As text: an id of digits stays what it is, and so does one that is called NA.
        separator = "\t" if ending == ".tsv" else ","
        return pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except OSError as error:
        raise EmobenchError(
            f"cannot be read: {error.strerror or error}", where=str(path), remedy="check the path"
        ) from error
    except (ValueError, TypeError, AttributeError) as error:  # of pandas, pyarrow, json and wrong encodings
        first = str(error).strip().splitlines()[0]
        raise EmobenchError(f"not a {ending} table: {first}", where=str(path), remedy="write it again") from error


def _check_magic(path: Path) -> None:
    """Refuse a text that is compressed or of two bytes a character, by how the file begins.

    Raises:
        EmobenchError: it is.
    """
    with path.open("rb") as file:
        begin = file.read(2)
    if begin == b"\x1f\x8b":
        raise EmobenchError("it is compressed with gzip", where=str(path), remedy="unpack it first (gunzip)")
    if begin in (b"\xff\xfe", b"\xfe\xff"):
        raise EmobenchError("it is encoded in UTF-16", where=str(path), remedy="write it in UTF-8")


def _check_separator(columns: list[str], where: str) -> None:
    for separator, name in ((";", "semicolons"), ("\t", "tabs"), (",", "commas")):
        if len(columns) == 1 and separator in columns[0]:
            raise EmobenchError(
                f"its columns are separated by {name}",
                where=where,
                remedy="write commas between the columns of a .csv file, tabs in a .tsv file, and decimal points",
            )


def _truth(task: Task) -> pd.DataFrame:
    """Return ``sample_id``, ``part``, ``label`` and ``group`` of every test sample, by id."""
    part_of = {sample: part for part in task.scored.test_parts for sample in task.scored.parts[part]}
    truth = task.samples.set_index(_ID).loc[sorted(part_of), ["label", "group"]].reset_index()
    return truth.assign(part=[part_of[sample] for sample in truth[_ID]])


def _check_ids(ids: pd.Series[str], wanted: set[str], task: Task, where: str) -> None:
    """Refuse missing, repeated and unknown ids, all of them in one line."""
    counts = Counter(ids)
    problems = []
    if missing := sorted(wanted - counts.keys()):
        problems.append(f"{len(missing):,} of {len(wanted):,} test samples are missing, e.g. {_listed(missing)}")
    if twice := sorted(sample for sample, number in counts.items() if number > 1):
        problems.append(f"{counted(len(twice), 'id is', 'ids are')} there more than once, e.g. {_listed(twice)}")
    if strange := sorted(counts.keys() - wanted):
        part_of = {sample: part for each in task.splits.values() for part, ids in each.parts.items() for sample in ids}
        shown = [
            f"{sample!r} ({f'in the part {part_of[sample]!r}' if sample in part_of else 'in no part'})"
            for sample in strange[:_EXAMPLES]
        ]
        problems.append(f"{counted(len(strange), 'id is', 'ids are')} of no test sample, e.g. {', '.join(shown)}")
    if problems:
        remedy = "predict every test sample once, and nothing else; 'emobench splits' lists them"
        raise EmobenchError("; ".join(problems), where=where, remedy=remedy)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:_EXAMPLES]))


def _columns(there: list[str], classes: tuple[str, ...], where: str) -> list[str]:
    """Return the probability columns in class order; none where the file holds labels.

    Raises:
        EmobenchError: some of them are missing, one is of no class, or neither these nor ``prediction`` are there.
    """
    prefixed = probability_columns(classes)
    own = set(there)
    wanted = prefixed if any(name.startswith("p_") for name in there) or not own & set(classes) else list(classes)
    missing = [name for name in wanted if name not in own]
    strange = sorted(name for name in own if name.startswith("p_") and name not in prefixed)
    if missing and not strange and len(missing) == len(wanted) and _PREDICTION in own:
        return []
    if missing:
        close = closest(missing[0], own - {_ID, _PREDICTION, *wanted} - _IGNORED)
        remedy = f"write {', '.join(prefixed)}, or these without p_, or {_PREDICTION!r}"
        remedy = f"did you mean {close!r}?" if close else remedy
        raise EmobenchError(f"no column {missing[0]!r}", where=where, remedy=remedy)
    if strange:
        raise EmobenchError(f"column {strange[0]!r} is of no class", where=where, remedy=nearest(strange[0], prefixed))
    return wanted


def _probabilities(table: pd.DataFrame, where: str) -> NDArray[np.float64]:
    """Return (n, k); each row finite, non-negative and with the sum one.

    Raises:
        EmobenchError: a row is not so, with an example and the number of such rows.
    """
    import numpy as np
    import pandas as pd

    numbers = table.apply(pd.to_numeric, errors="coerce")
    values: NDArray[np.float64] = np.asarray(numbers.to_numpy(), dtype=np.float64)
    if problem := probability_problem(values):
        bad, what = problem
        first = int(bad.argmax())
        example = f"{table.index[first]!r}: {', '.join(map(str, table.iloc[first]))}"
        raise EmobenchError(
            f"{int(bad.sum()):,} of {len(values):,} rows are no probabilities: {what}, e.g. {example}",
            where=where,
            remedy="write probabilities, or the classes alone in a column 'prediction'",
        )
    return values


def _check_agreement(
    said: pd.Series[str], probabilities: NDArray[np.float64], classes: tuple[str, ...], where: str
) -> None:
    import numpy as np

    # As they are stored: two probabilities may become one in float32.
    likeliest = np.asarray(classes, dtype=object)[probabilities.astype(np.float32).argmax(axis=1)]
    other = said.map(str).to_numpy(dtype=object) != likeliest
    if other.any():
        first = int(other.argmax())
        raise EmobenchError(
            f"{int(other.sum()):,} predictions are not the (first) most probable class, e.g. {said.index[first]!r}: "
            f"{said.iloc[first]!r}, where the probabilities say {likeliest[first]!r}",
            where=where,
            remedy="leave out one of the two",
        )


def _one_hot(said: pd.Series[str], classes: tuple[str, ...], where: str) -> NDArray[np.float64]:
    import numpy as np
    import pandas as pd

    positions = np.asarray(pd.Index(classes).get_indexer(pd.Index(said.map(str))), dtype=np.int64)
    if (positions < 0).any():
        strange = said[positions < 0]
        raise EmobenchError(
            f"{len(strange):,} predictions are no class, e.g. {strange.iloc[0]!r} for {strange.index[0]!r}",
            where=where,
            remedy=nearest(str(strange.iloc[0]), classes),
        )
    one_hot: NDArray[np.float64] = np.eye(len(classes))[positions]
    return one_hot
