"""A split that somebody published: the parts, and the folds, that lists name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import hookimpl
from emobench.contracts import Split, SplitProtocol
from emobench.errors import EmobenchError, nearest
from emobench.splits import Listed, divided, list_files, read_lists

if TYPE_CHECKING:
    import pandas as pd


class ListedSplit(SplitProtocol):
    """The parts that lists name, whatever they have in common: audits say that.

    ``file`` is a table (CSV, TSV, JSON lines, Parquet) with a row a sample and a column of parts, and of folds where there
    are some; or a folder of tables, or a path with ``*``, each table called after its part (``train``, ``dev``,
    ``test``...) and after its fold (``fold_1``, ``set_1``...). ``columns`` says which column is ``sample``, ``part`` and
    ``fold`` where its name does not; ``sample`` may be a text with columns in braces. A sample is named by its id, its path
    or the end of its path.
    """

    name: ClassVar[str] = "listed"
    title: ClassVar[str] = "as lists say"
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType({"file": "", "columns": {}, "fold": ""})
    files: ClassVar[tuple[str, ...]] = ("file",)

    def folds(self, samples: pd.DataFrame, **parameters: Any) -> tuple[str, ...]:
        """Return the names of the folds; none where the lists divide the samples once.

        Raises:
            EmobenchError: the lists cannot be read.
        """
        return _lists(samples, parameters).folds

    def split(self, samples: pd.DataFrame, **parameters: Any) -> Split:
        """Return the parts, and the names in the lists that no sample has.

        Raises:
            EmobenchError: the lists cannot be read, name no sample, or name one in two parts; or there is no such fold.
        """
        listed, fold = _lists(samples, parameters), str(parameters["fold"])
        if fold and fold not in listed.folds:
            raise EmobenchError(f"no fold {fold!r}", where=listed.where, remedy=nearest(fold, listed.folds))
        return divided(listed, samples, fold)


def _lists(samples: pd.DataFrame, parameters: Mapping[str, Any]) -> Listed:
    if not parameters["file"]:
        raise EmobenchError("no file of lists was named", remedy="set file, a table or a folder of tables")
    columns = tuple(sorted(dict(parameters["columns"]).items()))
    files = ((path, path.stat().st_mtime_ns) for path in list_files(str(parameters["file"])))
    named = [samples[name] for name in samples.columns if name == "sample_id" or str(name).endswith("_path")]
    return _read(str(parameters["file"]), tuple(files), columns, frozenset(name for each in named for name in each))


@lru_cache(maxsize=4)
def _read(file: str, _: object, columns: tuple[tuple[str, str], ...], known: frozenset[str]) -> Listed:
    return read_lists(file, dict(columns), known)


@hookimpl
def emobench_protocols() -> list[SplitProtocol]:
    """Register the split that lists name."""
    return [ListedSplit()]
