"""The predictions of a cell: a table with a row a sample, and its Parquet file."""

from __future__ import annotations

from collections.abc import Sequence
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


def truth_columns(names: tuple[str, ...]) -> list[str]:
    """Return the names of the columns with true shares of raters, or true values, in order."""
    return [f"true_{name}" for name in names]


def truth_of(samples: pd.DataFrame, ids: Sequence[str], names: tuple[str, ...]) -> pd.DataFrame:
    """Return what predictions of samples are compared with: ``sample_id``, ``label``, ``group``, and numbers if any.

    Args:
        samples: an index with a truth, by sample id.
        ids: of the rows, in their order.
        names: the classes or dimensions.
    """
    numbers = [name for name in truth_columns(names) if name in samples.columns]
    return samples.loc[list(ids), ["label", "group", *numbers]].reset_index()


def predictions_table(
    classes: tuple[str, ...], probabilities: NDArray[np.floating[Any]], truth: pd.DataFrame
) -> pd.DataFrame:
    """Join what a model says with what the harness alone knows about the samples.

    Args:
        classes: k classes, or dimensions of values.
        probabilities: (n, k), each row finite, non-negative and summing to one; or finite values.
        truth: n rows with ``sample_id``, ``part``, ``label`` and ``group``, in the order of the probabilities; where the
            target is a distribution or values, with :func:`truth_columns`. Of values all labels are empty.

    Returns:
        ``truth`` with ``prediction`` (the most probable class, the first one on a tie; empty of values) and float32
        ``p_<name>`` columns.
    """
    import numpy as np
    import pandas as pd

    numbers = [name for name in truth_columns(classes) if name in truth.columns]
    table = truth[[*_TRUTH, *numbers]].reset_index(drop=True)
    stored = np.asarray(probabilities, dtype=np.float32)
    values = bool(numbers) and bool((table["label"] == "").all())
    table["prediction"] = "" if values else np.asarray(classes, dtype=object)[stored.argmax(axis=1)]
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
