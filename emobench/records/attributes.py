"""What a dataset's index says of its samples besides the predictions: speaker, sex, age, intensity.

A run writes these columns once for each content of a dataset: ``attributes/<first 16 digits of the content>.parquet``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.errors import EmobenchError
from emobench.storage import atomic

if TYPE_CHECKING:
    import pandas as pd


AGE = "age"

COLUMNS = ("speaker", "actor", "sex", "intensity", AGE, "race", "ethnicity")
"""Columns of an index by which samples are divided into subgroups; the group is in the predictions themselves."""

IDENTITY = "identity_"
"""Prefix of the columns of predictions that say of whom a sample is besides its group, see :func:`with_identities`."""

_PEOPLE = ("speaker", "actor")
_FOLDER = "attributes"


def attributes_of(samples: pd.DataFrame, identities: Iterable[str] = ()) -> pd.DataFrame | None:
    """Return ``sample_id`` and those of :data:`COLUMNS` and of the identities that an index has; ``None`` where it has none.

    The age becomes a float64 in years, NaN where it is not known; everything else text, empty where it is not known.
    """
    import pandas as pd

    kept = dict.fromkeys((*COLUMNS, *(name for name in identities if name != "group")))
    known = [name for name in kept if name in samples.columns]
    if not known:
        return None
    table = samples[["sample_id", *known]].reset_index(drop=True)
    for name in known:
        if name == AGE:
            table[name] = pd.to_numeric(table[name], errors="coerce").astype("float64")
        else:
            table[name] = table[name].fillna("").map(str)
    return table


def with_identities(
    predictions: pd.DataFrame, identities: tuple[str, ...], attributes: pd.DataFrame | None
) -> pd.DataFrame:
    """Return predictions with a column ``identity_<name>`` for each identity of a sample besides its group.

    Args:
        predictions: with the columns ``sample_id`` and ``group``.
        identities: of :class:`Cell`.
        attributes: of the same content. Where they lack an identity, all samples are taken as of one and the same, so that
            there is no interval.
    """
    further = [name for name in identities if name != "group"]
    if not further:
        return predictions
    samples = predictions["sample_id"]
    known = None if attributes is None else attributes.set_index("sample_id").reindex(samples)
    columns = {
        f"{IDENTITY}{name}": "unknown" if known is None or name not in known else known[name].fillna("").to_numpy()
        for name in further
    }
    return predictions.assign(**columns)


def attributes_file(run: Path, content: str) -> Path:
    """Return the file with the attributes of a content in a run folder or among published boards."""
    return run / _FOLDER / f"{content[:16]}.parquet"


def write_attributes(run: Path, content: str, samples: pd.DataFrame, identities: Iterable[str] = ()) -> None:
    """Write what an index says of its samples, if it has any of :data:`COLUMNS` or of the identities."""
    table = attributes_of(samples, identities)
    if table is not None:
        with atomic(attributes_file(run, content)) as file:
            table.to_parquet(file, index=False)


def read_attributes(*folders: Path) -> dict[str, pd.DataFrame]:
    """Read all attributes below some folders, by the first 16 digits of their content; several of one content are joined.

    Raises:
        EmobenchError: a file is no table of attributes.
    """
    import pandas as pd

    found: dict[str, pd.DataFrame] = {}
    for path in sorted(path for folder in folders for path in folder.glob(f"**/{_FOLDER}/*.parquet")):
        try:
            table = pd.read_parquet(path)
            if "sample_id" not in table.columns:
                raise ValueError("no column 'sample_id'")
        except (OSError, ValueError) as error:
            raise EmobenchError(
                f"cannot read the attributes: {error}", where=str(path), remedy="delete the file and run again"
            ) from error
        known = [found[path.stem], table] if path.stem in found else [table]
        found[path.stem] = pd.concat(known, ignore_index=True).drop_duplicates("sample_id")
    return found


def for_content(attributes: Mapping[str, pd.DataFrame], content: str) -> pd.DataFrame | None:
    """Return the attributes of a content, if they are known."""
    return attributes.get(content[:16])


def names_people(attributes: pd.DataFrame) -> bool:
    """Tell whether every sample of a content says who is heard or seen in it."""
    return any(bool((attributes[name].fillna("") != "").all()) for name in _PEOPLE if name in attributes.columns)
