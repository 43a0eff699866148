"""Scores of one group of samples at a time: one speaker, one sex, one age band.

What divides the samples stands in the dataset's index, which predictions do not repeat. So a run leaves those columns
beside its cells, once for each content of a dataset: ``attributes/<first 16 digits of the content>.parquet``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.contracts import Metric
from emobench.errors import EmobenchError
from emobench.statistics import Interval, bootstrap_interval
from emobench.storage import atomic

if TYPE_CHECKING:
    import pandas as pd

AGE = "age"
COLUMNS = ("speaker", "actor", "sex", "intensity", AGE, "race", "ethnicity")
"""Columns of an index by which samples are divided, if it has them; the group stands in the predictions themselves."""

PEOPLE = ("speaker", "actor")
"""Those of them that say who is heard or seen."""

AGE_BANDS = {"under 30": 0, "30–39": 30, "40–49": 40, "50–59": 50, "60 and over": 60}
"""Name to the lowest age, in years."""

MINIMUM = 10
"""A slice of fewer samples has no interval, and is not called the worst."""

FOLDER = "attributes"


@dataclass(frozen=True)
class Slice:
    """What a result is worth on the samples that share a value.

    Attributes:
        column: what divides the samples; ``"group"`` for the group of the predictions.
        value: what they share; an age band for the age.
        n: number of samples.
        accuracy: in [0, 1].
        uar: mean recall over the classes that are in the slice, in [0, 1].
        interval: of the accuracy, over samples; ``None`` below :data:`MINIMUM`.
    """

    column: str
    value: str
    n: int
    accuracy: float
    uar: float
    interval: Interval | None


# -------------------------------------------------------------------------------------------------- attributes


def attributes_of(samples: pd.DataFrame) -> pd.DataFrame | None:
    """Return ``sample_id`` and those of :data:`COLUMNS` that an index has; ``None`` where it has none.

    The age becomes a float64 in years, NaN where it is not known; everything else text, empty where it is not known.
    """
    import pandas as pd

    there = [name for name in COLUMNS if name in samples.columns]
    if not there:
        return None
    columns = {
        name: (
            pd.to_numeric(samples[name], errors="coerce").astype("float64")
            if name == AGE
            else samples[name].fillna("").map(str)
        )
        for name in there
    }
    return pd.DataFrame({"sample_id": samples["sample_id"], **columns}).reset_index(drop=True)


def attributes_file(run: Path, content: str) -> Path:
    """Return where the attributes of a content lie in a run folder or among published boards."""
    return run / FOLDER / f"{content[:16]}.parquet"


def write_attributes(run: Path, content: str, samples: pd.DataFrame) -> None:
    """Write what an index says of its samples, if it has any of :data:`COLUMNS`."""
    table = attributes_of(samples)
    if table is not None:
        with atomic(attributes_file(run, content)) as file:
            table.to_parquet(file, index=False)


def read_attributes(*folders: Path) -> dict[str, pd.DataFrame]:
    """Read all attributes below some folders, by the first 16 digits of the content that they are about.

    Where several runs, or published boards, have some of one content, they are put together.

    Raises:
        EmobenchError: a file is no table of attributes.
    """
    import pandas as pd

    found: dict[str, pd.DataFrame] = {}
    for path in sorted(path for folder in folders for path in folder.glob(f"**/{FOLDER}/*.parquet")):
        try:
            table = pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise EmobenchError(
                f"cannot read the attributes: {error}", where=str(path), remedy="delete the file and run again"
            ) from error
        if "sample_id" not in table.columns:
            raise EmobenchError("no column 'sample_id'", where=str(path), remedy="delete the file and run again")
        known = [found[path.stem], table] if path.stem in found else [table]
        found[path.stem] = pd.concat(known, ignore_index=True).drop_duplicates("sample_id")
    return found


# ------------------------------------------------------------------------------------------------------ slices


def slices(
    predictions: pd.DataFrame, attributes: pd.DataFrame | None, metric: Metric, classes: tuple[str, ...]
) -> tuple[Slice, ...]:
    """Score every slice of the predictions of one part.

    A column in which all samples have the same value, or none has one, divides nothing and is left out. So are the samples
    without a value.

    Args:
        predictions: n rows, as :func:`emobench.records.read_predictions` returns them.
        attributes: as :func:`attributes_of` returns them; ``None`` where there are none.
        metric: the registered accuracy, for the intervals.
        classes: the k classes of the task.

    Returns:
        By column (the group first), and in a column by value.
    """
    found: list[Slice] = []
    for column, values in _divisions(predictions, attributes).items():
        known = predictions[(values != "").to_numpy()].drop(columns="group")
        found += _scored(column, known, values[values != ""].to_numpy(dtype=object), metric, classes)
    return tuple(found)


def worst(found: Iterable[Slice]) -> dict[str, Slice]:
    """Return the slice of the lowest accuracy by column, of those with :data:`MINIMUM` samples or more.

    A column is left out unless two such slices differ.
    """
    columns: dict[str, list[Slice]] = {}
    for one in found:
        if one.n >= MINIMUM:
            columns.setdefault(one.column, []).append(one)
    lowest = {column: min(those, key=by_accuracy) for column, those in columns.items()}
    return {
        column: one for column, one in lowest.items() if any(one.accuracy < other.accuracy for other in columns[column])
    }


def by_accuracy(one: Slice) -> tuple[bool, float, int, str]:
    """Sort the worst first, and after all others those that are too small to say much."""
    return one.n < MINIMUM, one.accuracy, -one.n, one.value


def _divisions(predictions: pd.DataFrame, attributes: pd.DataFrame | None) -> dict[str, pd.Series[str]]:
    """Return by column the value of each row of the predictions, empty where it is not known."""
    columns = {"group": predictions["group"].fillna("").map(str)}
    if attributes is not None:
        mine = attributes.set_index("sample_id").reindex(predictions["sample_id"])
        for name in COLUMNS:
            if name in mine.columns:
                columns[name] = _bands(mine[name]) if name == AGE else mine[name].fillna("").map(str)
    return {name: values for name, values in columns.items() if values[values != ""].nunique() > 1}


def _bands(ages: pd.Series[float]) -> pd.Series[str]:
    import numpy as np
    import pandas as pd

    edges = [*AGE_BANDS.values(), np.inf]
    return pd.cut(ages, edges, right=False, labels=list(AGE_BANDS)).astype(object).fillna("").map(str)


def _scored(
    column: str, known: pd.DataFrame, values: Iterable[str], metric: Metric, classes: tuple[str, ...]
) -> list[Slice]:
    table = known.assign(value=list(values), right=(known["prediction"] == known["label"]).astype(float))
    accuracy = table.groupby("value")["right"].agg(["size", "mean"])
    uar = table.groupby(["value", "label"])["right"].mean().groupby(level="value").mean()
    rows = {str(value): those for value, those in table.groupby("value")}
    names = [name for name in AGE_BANDS if name in rows] if column == AGE else sorted(rows)
    return [
        Slice(
            column=column,
            value=name,
            n=int(accuracy["size"][name]),
            accuracy=float(accuracy["mean"][name]),
            uar=float(uar[name]),
            # Without the column of groups, samples are drawn.
            interval=bootstrap_interval(rows[name], metric, classes) if len(rows[name]) >= MINIMUM else None,
        )
        for name in names
    ]


def for_content(attributes: Mapping[str, pd.DataFrame], content: str) -> pd.DataFrame | None:
    """Return the attributes of a content, if they are there."""
    return attributes.get(content[:16])


def names_people(attributes: pd.DataFrame) -> bool:
    """Tell whether every sample of a content says who is heard or seen in it."""
    there = [name for name in PEOPLE if name in attributes.columns]
    return any(bool((attributes[name].fillna("") != "").all()) for name in there)
