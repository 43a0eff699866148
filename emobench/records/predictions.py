"""The predictions of a cell: a table with a row a sample, and its Parquet file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.errors import EmobenchError
from emobench.storage import atomic

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

_TRUTH = ("sample_id", "part", "label", "group")


def probability_columns(classes: tuple[str, ...]) -> list[str]:
    """Return the names of the probability columns, in class order."""
    return [f"p_{name}" for name in classes]


def predictions_table(
    classes: tuple[str, ...], probabilities: NDArray[np.floating[Any]], truth: pd.DataFrame
) -> pd.DataFrame:
    """Join probabilities with what the harness alone knows about the samples.

    Args:
        classes: k class names.
        probabilities: (n, k), each row finite, non-negative and summing to one.
        truth: n rows with ``sample_id``, ``part``, ``label`` and ``group``, in the order of the probabilities.

    Returns:
        ``truth`` with ``prediction`` (the most probable class, the first one on a tie) and float32 ``p_<class>`` columns.
    """
    import numpy as np
    import pandas as pd

    table = truth[list(_TRUTH)].reset_index(drop=True)
    stored = np.asarray(probabilities, dtype=np.float32)
    table["prediction"] = np.asarray(classes, dtype=object)[stored.argmax(axis=1)]
    return pd.concat([table, pd.DataFrame(stored, columns=probability_columns(classes))], axis=1)


def write_predictions(path: Path, table: pd.DataFrame) -> None:
    """Write a predictions table as Parquet, atomically."""
    with atomic(path) as file:
        table.to_parquet(file, index=False)


def read_predictions(path: Path) -> pd.DataFrame:
    """Read a predictions table.

    Raises:
        EmobenchError: the file is missing or not a predictions table.
    """
    import pandas as pd

    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise EmobenchError(
            f"cannot read the predictions: {error}", where=str(path), remedy="run the cell again"
        ) from error
    missing = {*_TRUTH, "prediction"} - set(table.columns)
    if missing:
        what = f"no column {', '.join(sorted(missing))}"
        raise EmobenchError(what, where=str(path), remedy="it must come from emobench run")
    return table
