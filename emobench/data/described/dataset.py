"""A dataset that a descriptor tells of instead of code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.contracts import Copy, Dataset, Finding, Folder, Index, LabelMap, Official, Target, column_of
from emobench.data.described.descriptor import Descriptor, ValuesTarget, VotesTarget, names_in
from emobench.data.described.rows import glob_levels, levels_of, rows_of, tables_at
from emobench.data.described.samples import PLACE, paths_of, samples_of
from emobench.data.described.tables import read_table
from emobench.errors import EmobenchError, counted

if TYPE_CHECKING:
    import re

    import pandas as pd

FILES, TABLES = "files", "tables"
"""The forms of a described dataset."""

_SHOWN = 3
"""Examples in a message."""


class DescribedDataset(Dataset):
    """A dataset by its descriptor.

    Args:
        descriptor: of the dataset.
        root: where its only copy is, for a table or folder that was named itself; ``None``: it is looked for.
    """

    def __init__(self, descriptor: Descriptor, root: Path | None = None) -> None:
        self.descriptor, self.root = descriptor, root
        # What a class says of every other dataset.
        vars(self).update(
            name=descriptor.name,
            title=descriptor.title,
            modalities=descriptor.all_modalities,
            labels=tuple(descriptor.target.labels) if descriptor.target else (),
            targets=tuple(_target(name, told) for name, told in descriptor.numbers.items()),
            official=_official(descriptor),
            license=descriptor.license,
            homepage=descriptor.homepage,
            citation=descriptor.citation,
            obtain=descriptor.obtain,
        )

    @property
    def label_map(self) -> LabelMap:
        """Every label as a class of its own."""
        return LabelMap(f"{self.name}-labels", 1, self.labels, {label: label for label in self.labels})

    @property
    def is_untried(self) -> bool:
        """Whether its layout was tried on nothing but its own twin."""
        layout = self.descriptor.layout
        return not self.descriptor.private and not (layout and layout.tried)

    @property
    def form(self) -> str:
        """The one form that it has."""
        return _form(self.descriptor)

    def find(self, folders: Iterable[Folder]) -> list[Copy]:
        """Return the folders below which files or tables are called as the descriptor says, that with the most first."""
        if self.root is not None:
            return [Copy(self.root, self.form)]
        found: Counter[Path] = Counter()
        levels = self._levels()
        for folder in folders:
            for (*above, last), beside in levels:
                if beside <= folder.files | folder.folders and (root := _root_above(folder.path, above)):
                    found[root] += sum(map(bool, map(last.fullmatch, folder.files)))
        roots = sorted((path for path, number in found.items() if number), key=lambda path: (-found[path], path))
        return [Copy(path, self.form) for path in roots if not any(other in path.parents for other in roots)]

    def _levels(self) -> list[tuple[list[re.Pattern[str]], frozenset[str]]]:
        """Return for each source an expression for each level of its path, and what lies beside its file."""
        if self.descriptor.tables:
            return [(glob_levels(table.file), frozenset(table.beside)) for table in self.descriptor.tables]
        return [(levels_of(source, self.descriptor), frozenset()) for source in self.descriptor.files]

    def names(self, copy: Copy) -> list[str] | None:
        """Return the tables and what they name; where files fit a pattern, everything below the root counts."""
        if not self.descriptor.tables:
            return None
        tables = [path for source in self.descriptor.tables for path in tables_at(source, copy.root)]
        named = [path for rows in rows_of(self.descriptor, copy.root, []) for path in paths_of(self.descriptor, rows)]
        return sorted({*(path.relative_to(copy.root).as_posix() for path in tables), *named})

    def files(self, copy: Copy, samples: pd.DataFrame) -> list[Path]:
        """Return the files of the samples; of texts alone that somebody published, the tables that hold them."""
        if self.media or self.descriptor.private:
            return super().files(copy, samples)
        return [path for source in self.descriptor.tables for path in tables_at(source, copy.root)]

    def index(self, copy: Copy) -> Index:
        """Read the tables, or the names of the files.

        Raises:
            EmobenchError: a table cannot be read, a label is empty or unknown, two rows have one id, or a private table
                names files that are not there.
        """
        return self._index(copy, look=True)

    def listed(self, copy: Copy) -> Index:
        """Read tables as :meth:`index` does, whether the files that they name are here or not."""
        return self._index(copy, look=False)

    def _index(self, copy: Copy, *, look: bool) -> Index:
        import pandas as pd

        findings: list[Finding] = []
        parts = [samples_of(self.descriptor, rows) for rows in rows_of(self.descriptor, copy.root, findings)]
        if not parts:
            raise EmobenchError(
                f"no sample of {self.title}", where=str(copy.root), remedy=self.obtain or "check the path"
            )
        samples = pd.concat(parts, ignore_index=True)
        if look:
            samples = self._with_files(samples, copy, findings)
        if "text" in samples.columns:
            samples["text"] = samples["text"].fillna("")  # of several tables, some may have none
        _check_ids(samples, copy)
        return Index(samples.drop(columns=PLACE).sort_values("sample_id", ignore_index=True), tuple(findings))

    def _with_files(self, samples: pd.DataFrame, copy: Copy, findings: list[Finding]) -> pd.DataFrame:
        """Return the samples whose files are there; the others are findings, or of a private table a mistake."""
        if self.descriptor.files or not self.media:
            return samples
        columns = [samples[column_of(modality)] for modality in self.media]
        names = list(dict.fromkeys(path for column in columns for path in column if path))
        lacking = {name: None for name in names if not (copy.root / name).exists()}
        if not lacking:
            return samples
        if self.descriptor.private:
            shown = ", ".join(map(repr, list(lacking)[:_SHOWN]))
            what = f"{len(lacking):,} of {counted(len(names), 'file is', 'files are')} not there: {shown}"
            what += " ..." if len(lacking) > _SHOWN else ""
            raise EmobenchError(what, where=str(copy.root), remedy=_remedy(next(iter(lacking))))
        findings += [Finding("missing", name, "named in a table, and not here") for name in lacking]
        there = ~samples[[column.name for column in columns]].isin(list(lacking)).any(axis=1)
        return samples[there]

    def further_columns(self) -> list[str]:
        """Return the columns of a table of the user's own that are taken for nothing; none of any other dataset."""
        if self.root is None:
            return []
        taken = {
            name
            for text in (*self.descriptor.columns.values(), *self.descriptor.target_texts)
            for name in names_in(text)
        }
        tables = [path for source in self.descriptor.tables for path in tables_at(source, self.root)]
        return [str(name) for name in (read_table(tables[0]).columns if tables else ()) if str(name) not in taken]

    def write_twin(self, folder: Path) -> None:
        """Write files that are called, and tables that look, as the descriptor says."""
        from emobench.data.described.twin import write_twin

        write_twin(self.descriptor, folder)


def _target(name: str, told: VotesTarget | ValuesTarget) -> Target:
    ranges = tuple(each.range for each in told.dimensions.values()) if isinstance(told, ValuesTarget) else ()
    return Target(name, told.kind, tuple(told.texts), ranges if any(ranges) else ())


def _remedy(path: str) -> str:
    """Return what to do about a path that leads nowhere."""
    if "://" in path:
        return "write paths, not addresses"
    return "write / instead of \\" if "\\" in path else "paths are relative to the table"


def described_by(dataset: Dataset) -> dict[str, Any] | None:
    """Return what tells a described dataset from another one; ``None`` for a dataset by code."""
    return dataset.descriptor.model_dump(mode="json") if isinstance(dataset, DescribedDataset) else None


def _check_ids(samples: pd.DataFrame, copy: Copy) -> None:
    ids = samples["sample_id"]
    if empty := list(samples[PLACE][ids == ""]):
        raise EmobenchError("an empty id", where=f"{copy.root}, {empty[0]}", remedy="fill it in")
    if (doubled := ids.duplicated()).any():
        first = ids[doubled].iloc[0]
        one, other, *_ = samples[PLACE][ids == first]
        remedy = "leave one out, or name a column with another id for each"
        raise EmobenchError(f"{one} and {other} have the id {first!r}", where=str(copy.root), remedy=remedy)


def _official(descriptor: Descriptor) -> Official:
    known = descriptor.official
    if known is None:
        return Official(0)
    counts = {
        tuple(columns.split(",")): {tuple(values.split(",")): number for values, number in of.items()}
        for columns, of in known.counts.items()
    }
    return Official(known.samples, counts, {_form(descriptor): known.fingerprint} if known.fingerprint else {})


def _form(descriptor: Descriptor) -> str:
    return TABLES if descriptor.tables else FILES


def _root_above(path: Path, levels: list[re.Pattern[str]]) -> Path | None:
    """Return the folder from which a path's last names fit the levels."""
    for level in reversed(levels):
        if not level.fullmatch(path.name):
            return None
        path = path.parent
    return path
