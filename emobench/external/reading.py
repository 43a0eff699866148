"""Predictions that were made elsewhere, read from somebody's table and checked against a task's test samples."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.errors import EmobenchError, closest, counted, nearest
from emobench.records import Given, predictions_table, probability_columns, truth_columns, truth_of
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

_SEPARATORS = {";": "semicolons", "\t": "tabs", ",": "commas"}
_UNREADABLE = {
    b"\x1f\x8b": ("it is compressed with gzip", "unpack it first (gunzip)"),
    b"\xff\xfe": ("it is encoded in UTF-16", "write it in UTF-8"),
    b"\xfe\xff": ("it is encoded in UTF-16", "write it in UTF-8"),
}
"""How a file begins that is no plain text: what is wrong, and the remedy."""


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
            ``prediction`` with classes; of values a column for each dimension, named in one of the two ways.
        task: what is predicted.

    Raises:
        EmobenchError: the file cannot be read, a column is missing, an id is missing, there twice or of no test sample, or
            a value is none; with examples.
    """
    try:
        return _checked(_read(path), task)
    except EmobenchError as error:
        raise EmobenchError(error.what, where=str(path), remedy=error.remedy) from error


def _read(path: Path) -> pd.DataFrame:
    import pandas as pd

    ending = path.suffix.lower()
    if ending not in ENDINGS:
        what = f"{ending or 'a name without an ending'!r} is no format of predictions"
        raise EmobenchError(what, remedy=f"known: {', '.join(ENDINGS)}")
    try:
        if ending == ".parquet":
            return pd.read_parquet(path)
        with path.open("rb") as file:
            begin = file.read(2)
        if begin in _UNREADABLE:
            what, remedy = _UNREADABLE[begin]
            raise EmobenchError(what, remedy=remedy)
        if ending in (".jsonl", ".ndjson"):
            lines = path.read_text(encoding="utf-8-sig").splitlines()
            return pd.DataFrame.from_records([json.loads(line) for line in lines if line.strip()])
        # As text: an id of digits stays what it is, and so does one that is called NA.
        separator = "\t" if ending == ".tsv" else ","
        return pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except OSError as error:
        raise EmobenchError(f"cannot be read: {error.strerror or error}", remedy="check the path") from error
    except (ValueError, TypeError, AttributeError) as error:  # of pandas, pyarrow, json and wrong encodings
        first = str(error).strip().splitlines()[0]
        raise EmobenchError(f"not a {ending} table: {first}", remedy="write it again") from error


def _checked(table: pd.DataFrame, task: Task) -> ExternalPredictions:
    classes, values = task.classes, task.target is not None and task.target.kind == "values"
    table.columns = table.columns.map(str)
    there = list(table.columns)
    if len(there) == 1 and (name := next((_SEPARATORS[each] for each in _SEPARATORS if each in there[0]), "")):
        remedy = "write commas between the columns of a .csv file, tabs in a .tsv file, and decimal points"
        raise EmobenchError(f"its columns are separated by {name}", remedy=remedy)
    if _ID not in there:
        raise EmobenchError(f"no column {_ID!r}", remedy=nearest(_ID, there))
    table[_ID] = table[_ID].map(str)
    truth = _truth(task)
    _check_ids(table[_ID], set(truth[_ID]), task)
    columns = _columns(there, classes)
    table = table.set_index(_ID).loc[truth[_ID]]
    if values and not columns:
        what = f"no column {probability_columns(classes)[0]!r}"
        raise EmobenchError(what, remedy=f"write {', '.join(probability_columns(classes))}, or these without p_")
    if values:
        probabilities = _values(table[columns])
    else:
        probabilities = _probabilities(table[columns]) if columns else _one_hot(table[_PREDICTION], classes)
    if columns and _PREDICTION in there and not values:
        _check_agreement(table[_PREDICTION], probabilities, classes)
    ignored = tuple(sorted({*there} - {*columns, _ID, _PREDICTION, *truth_columns(classes)} - _IGNORED))
    return ExternalPredictions(
        predictions_table(classes, probabilities, truth), "probabilities" if columns else "labels", ignored
    )


def _truth(task: Task) -> pd.DataFrame:
    """Return what predictions of every test sample are compared with, by id."""
    part_of = {sample: part for part in task.scored.test_parts for sample in task.scored.parts[part]}
    truth = truth_of(task.samples.set_index(_ID), sorted(part_of), task.classes)
    return truth.assign(part=truth[_ID].map(part_of))


def _check_ids(ids: pd.Series[str], asked: set[str], task: Task) -> None:
    """Refuse missing, repeated and unknown ids, all of them in one line."""
    counts = Counter(ids)
    problems = []
    if missing := sorted(asked - counts.keys()):
        problems.append(f"{len(missing):,} of {len(asked):,} test samples are missing, e.g. {_examples(missing)}")
    if twice := sorted(sample for sample, number in counts.items() if number > 1):
        problems.append(f"{counted(len(twice), 'id is', 'ids are')} there more than once, e.g. {_examples(twice)}")
    if strange := sorted(counts.keys() - asked):
        part_of = {
            sample: part for split in task.splits.values() for part, ids in split.parts.items() for sample in ids
        }
        shown = [
            f"{sample!r} ({f'in the part {part_of[sample]!r}' if sample in part_of else 'in no part'})"
            for sample in strange[:_EXAMPLES]
        ]
        problems.append(f"{counted(len(strange), 'id is', 'ids are')} of no test sample, e.g. {', '.join(shown)}")
    if problems:
        remedy = "predict every test sample once, and nothing else; 'emobench splits' lists them"
        raise EmobenchError("; ".join(problems), remedy=remedy)


def _examples(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:_EXAMPLES]))


def _columns(there: list[str], classes: tuple[str, ...]) -> list[str]:
    """Return the probability columns in class order; none where the file holds labels.

    Raises:
        EmobenchError: some of them are missing, one is of no class, or neither these nor ``prediction`` are there.
    """
    with_prefix = probability_columns(classes)
    has_prefix = any(name.startswith("p_") for name in there)
    columns = with_prefix if has_prefix or not {*there} & {*classes} else list(classes)
    missing = [name for name in columns if name not in there]
    strange = sorted(name for name in there if name.startswith("p_") and name not in with_prefix)
    if missing == columns and not strange and _PREDICTION in there:
        return []
    if missing:
        close = closest(missing[0], {*there} - {_ID, _PREDICTION, *columns} - _IGNORED)
        every = f"write {', '.join(with_prefix)}, or these without p_, or {_PREDICTION!r}"
        raise EmobenchError(f"no column {missing[0]!r}", remedy=f"did you mean {close!r}?" if close else every)
    if strange:
        raise EmobenchError(f"column {strange[0]!r} is of no class", remedy=nearest(strange[0], with_prefix))
    return columns


def _probabilities(table: pd.DataFrame) -> NDArray[np.float64]:
    """Return (n, k); each row finite, non-negative and with the sum one.

    Raises:
        EmobenchError: a row is not so, with an example and the number of such rows.
    """
    values = _numbers(table)
    if problem := probability_problem(values):
        bad, what = problem
        first = int(bad.argmax())
        example = f"{table.index[first]!r}: {', '.join(map(str, table.iloc[first]))}"
        raise EmobenchError(
            f"{int(bad.sum()):,} of {len(values):,} rows are no probabilities: {what}, e.g. {example}",
            remedy="write probabilities, or the classes alone in a column 'prediction'",
        )
    return values


def _values(table: pd.DataFrame) -> NDArray[np.float64]:
    """Return (n, d) finite numbers.

    Raises:
        EmobenchError: one is none.
    """
    import numpy as np

    values = _numbers(table)
    bad = ~np.isfinite(values).all(axis=1)
    if bad.any():
        first = int(bad.argmax())
        example = f"{table.index[first]!r}: {', '.join(map(str, table.iloc[first]))}"
        what = f"{int(bad.sum()):,} of {len(values):,} rows are no values, e.g. {example}"
        raise EmobenchError(what, remedy="write a number for each dimension")
    return values


def _numbers(table: pd.DataFrame) -> NDArray[np.float64]:
    import numpy as np
    import pandas as pd

    return np.asarray(table.apply(pd.to_numeric, errors="coerce").to_numpy(), dtype=np.float64)


def _check_agreement(predicted: pd.Series[Any], probabilities: NDArray[np.float64], classes: tuple[str, ...]) -> None:
    import numpy as np

    # As they are stored: two probabilities may become one in float32.
    likeliest = np.asarray(classes, dtype=object)[probabilities.astype(np.float32).argmax(axis=1)]
    other = predicted.map(str).to_numpy(dtype=object) != likeliest
    if other.any():
        first = int(other.argmax())
        raise EmobenchError(
            f"{int(other.sum()):,} predictions are not the (first) most probable class, e.g. "
            f"{predicted.index[first]!r}: {predicted.iloc[first]!r}, where the probabilities say {likeliest[first]!r}",
            remedy="leave out one of the two",
        )


def _one_hot(predicted: pd.Series[Any], classes: tuple[str, ...]) -> NDArray[np.float64]:
    import numpy as np
    import pandas as pd

    places = pd.Index(classes).get_indexer(pd.Index(predicted.map(str)))
    strange = predicted[places < 0]
    if len(strange):
        raise EmobenchError(
            f"{len(strange):,} predictions are no class, e.g. {strange.iloc[0]!r} for {strange.index[0]!r}",
            remedy=nearest(str(strange.iloc[0]), classes),
        )
    return np.asarray(np.eye(len(classes))[places])
