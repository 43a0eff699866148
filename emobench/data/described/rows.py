"""The rows of a described dataset: fields of files whose paths fit a pattern, or of the rows of tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from string import Formatter
from typing import TYPE_CHECKING

from emobench.contracts import Finding
from emobench.data.described.descriptor import Descriptor, FileSource, TableSource
from emobench.data.described.tables import read_table
from emobench.data.folders import walk
from emobench.errors import EmobenchError, counted, nearest

if TYPE_CHECKING:
    import pandas as pd

_ANY = r"[^/]+?"
"""What a field of which nothing is said may be."""


@dataclass(frozen=True)
class Rows:
    """Some rows of a dataset.

    Attributes:
        fields: a column of texts for each field.
        columns: columns of the index as texts with fields in braces.
        source: the table, or an empty text for files.
    """

    fields: pd.DataFrame
    columns: Mapping[str, str]
    source: str = ""

    def place(self, position: int) -> str:
        """Say for people where a row stands."""
        return f"{self.source}, row {position + 1}" if self.source else str(self.fields["path"].iloc[position])

    def filled(self, text: str) -> pd.Series[str]:
        """Return a text with the fields of each row in the place of braces.

        Raises:
            EmobenchError: there is no such field.
        """
        import pandas as pd

        made = pd.Series([""] * len(self.fields), index=self.fields.index, dtype=object)
        for literal, name, _, _ in Formatter().parse(text):
            made = made + literal
            if name is not None:
                made = made + self.field(name)
        return made

    def field(self, name: str) -> pd.Series[str]:
        """Return a field of each row.

        Raises:
            EmobenchError: there is none of that name.
        """
        if name not in self.fields.columns:
            where = self.source or "files"
            raise EmobenchError(f"no column {name!r}", where=where, remedy=nearest(name, self.fields.columns))
        return self.fields[name].astype(object)


def rows_of(descriptor: Descriptor, root: Path, findings: list[Finding]) -> Iterator[Rows]:
    """Yield the rows of a copy, source by source.

    Among the findings are files that fit no pattern, though they end as one does, and how many rows are left out.

    Raises:
        EmobenchError: a table cannot be read, or a field does not fit the expression that takes it apart.
    """
    if descriptor.files:
        found = list(_of_files(descriptor, root, findings))
    else:
        found = [rows for table in descriptor.tables for rows in _of_tables(descriptor, table, root)]
    left_out: Counter[str] = Counter()
    for rows in found:
        kept = _without_left_out(_with_extracts(rows, descriptor.extract), descriptor, left_out)
        if len(kept.fields):
            yield kept
    if left_out:
        what = f"{counted(left_out.total(), 'row has', 'rows have')} none of the classes: {', '.join(sorted(left_out))}"
        findings.append(Finding("odd", descriptor.tables[0].file if descriptor.tables else "files", what))


def _of_files(descriptor: Descriptor, root: Path, findings: list[Finding]) -> Iterator[Rows]:
    import pandas as pd

    patterns = [pattern_of(source, descriptor) for source in descriptor.files]
    endings = {PurePosixPath(source.pattern).suffix.lower() for source in descriptor.files}
    matching: list[list[dict[str, str]]] = [[] for _ in patterns]
    for path in walk(root):
        for rows, pattern in zip(matching, patterns, strict=True):
            if matched := pattern.fullmatch(path):
                place = PurePosixPath(path)
                folder = "" if str(place.parent) == "." else str(place.parent)
                own = {"path": path, "folder": folder, "name": place.name, "stem": place.stem}
                rows.append(own | matched.groupdict())
                break
        else:
            if PurePosixPath(path).suffix.lower() in endings:
                findings.append(Finding("extra", path, f"no file of {descriptor.title} is called so"))
    for source, rows in zip(descriptor.files, matching, strict=True):
        if rows:
            yield Rows(pd.DataFrame(rows), descriptor.columns | source.columns)


def _of_tables(descriptor: Descriptor, source: TableSource, root: Path) -> Iterator[Rows]:
    found = tables_at(source, root)
    if not found:
        raise EmobenchError(f"no table {source.file!r}", where=str(root), remedy="check its place and name")
    for path in found:
        fields = _lines(source, path) if source.lines else read_table(path)
        if len(fields):
            yield Rows(fields, descriptor.columns | source.columns, path.relative_to(root).as_posix())


def tables_at(source: TableSource, root: Path) -> list[Path]:
    """Return the files that a source of tables is, in a copy."""
    return sorted(path for path in root.glob(source.file) if path.is_file())


def _lines(source: TableSource, path: Path) -> pd.DataFrame:
    import pandas as pd

    pattern = re.compile(source.lines)
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise EmobenchError(f"cannot be read ({error.strerror})", where=str(path), remedy="check the path") from error
    matches = filter(None, map(pattern.fullmatch, text.splitlines()))
    return pd.DataFrame([matched.groupdict("") for matched in matches], columns=list(pattern.groupindex))


def _with_extracts(rows: Rows, extract: Mapping[str, str]) -> Rows:
    fields = rows.fields
    for name, pattern in extract.items():
        values = Rows(fields, rows.columns, rows.source).field(name)
        matches = [re.fullmatch(pattern, value) for value in values]
        if None in matches:
            odd = matches.index(None)
            what = f"{name} {values.iloc[odd]!r} does not fit {pattern!r}"
            raise EmobenchError(what, where=rows.place(odd), remedy="check the row")
        for group in re.compile(pattern).groupindex:
            fields = fields.assign(**{group: [matched[group] or "" for matched in matches if matched]})
    return Rows(fields, rows.columns, rows.source)


def _without_left_out(rows: Rows, descriptor: Descriptor, left_out: Counter[str]) -> Rows:
    """Return the rows that have a class, or may have votes or values; what those without a class have instead is counted."""
    target = descriptor.target
    if target is None or not target.left_out:
        return rows
    written = rows.filled(target.value).str.strip()
    without = written.isin(target.left_out)
    left_out.update(written[without])
    if descriptor.numbers:
        return rows
    return Rows(rows.fields[~without].reset_index(drop=True), rows.columns, rows.source)


# ----------------------------------------------------------------------------------------------------- patterns


def pattern_of(source: FileSource, descriptor: Descriptor) -> re.Pattern[str]:
    """Return the expression that paths below the root fit."""
    return re.compile(_expression(source.pattern, descriptor.fields))


def levels_of(source: FileSource, descriptor: Descriptor) -> list[re.Pattern[str]]:
    """Return an expression for the name at each level of a path: of its folders, and last of the file."""
    return [re.compile(_expression(level, descriptor.fields)) for level in source.pattern.split("/")]


def _expression(text: str, fields: Mapping[str, str | tuple[str, ...]]) -> str:
    parts: list[str] = []
    used: set[str] = set()
    for literal, name, _, _ in Formatter().parse(text):
        parts.append(re.escape(literal))
        if name in used:  # the same again: the folder of a speaker whose name the file has too
            parts.append(f"(?P={name})")
        elif name is not None:
            used.add(name)
            parts.append(f"(?P<{name}>{_alternatives(fields.get(name, _ANY))})")
    stem, dot, ending = "".join(parts).rpartition(r"\.")
    # Some copies have .WAV.
    return f"{stem}{dot}(?i:{ending})" if dot and re.fullmatch(r"\w+", ending) else f"{stem}{dot}{ending}"


def _alternatives(values: str | Sequence[str]) -> str:
    if isinstance(values, str):
        return values
    # The longest first: of two values of which one begins the other, the longer one is meant.
    return "|".join(map(re.escape, sorted(values, key=len, reverse=True)))


def glob_levels(file: str) -> list[re.Pattern[str]]:
    """Return an expression for the name at each level of a path with ``*``."""
    return [re.compile(".*".join(map(re.escape, level.split("*")))) for level in file.split("/")]
