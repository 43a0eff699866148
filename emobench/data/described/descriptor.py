"""A dataset in words: what lies where, what its names and tables mean, and what its publisher says of it.

A descriptor is a TOML file without code; ``docs/your-data.md`` has every key. The samples are rows: those of tables, or one
for each file whose path fits a pattern. What a row says stands in its fields; columns of the index are texts with fields in
braces.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)

from emobench.contracts import Modality
from emobench.errors import EmobenchError, nearest
from emobench.records import Frozen
from emobench.storage import atomic

SUFFIX = ".dataset.toml"
"""What the name of a descriptor in a data folder ends in."""

FILE_FIELDS = ("path", "folder", "name", "stem")
"""Fields that every row of a file has: its path below the root, its folder, its name, and the name without its ending."""

MODALITIES: tuple[Modality, ...] = get_args(Modality)
TEXTS = ("id", "group", "take", "split", "start", "end", "text")
"""Columns of the index that emobench knows; any other name is a column of the dataset's own."""


def _texts(value: Any) -> Any:
    """Accept one value where several may stand, and numbers where texts do."""
    values = value if isinstance(value, list | tuple) else [value]
    return [str(each) if isinstance(each, int) and not isinstance(each, bool) else each for each in values]


Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]


class Source(Frozen):
    """Where rows come from.

    Attributes:
        columns: columns of these rows alone, beside those of the descriptor.
    """

    columns: dict[str, str] = {}


class FileSource(Source):
    """Every file below the root whose path fits is a row.

    Attributes:
        pattern: path with fields in braces; ``audio/{speaker}_{label}.wav``. A field ends where what follows it begins.
        twin: whether the twin has such files; not where other copies call the same samples so.
    """

    pattern: str
    twin: bool = True


class TableSource(Source):
    """Every row of a table is one; its fields are the columns of the table.

    Attributes:
        file: path below the root; with ``*`` for several tables.
        beside: names of files or folders that lie in the table's folder, where others' tables could be called the same.
        lines: for a text file that is no table: a regular expression for a line, whose named groups are the fields.
        twin: with ``lines``: how a line of the twin is written, with fields in braces.
    """

    file: str
    beside: Texts = ()
    lines: str = ""
    twin: str = ""


class ClassTarget(Frozen):
    """What is to be told of a sample: one class.

    Attributes:
        kind: of target.
        value: the text that says it, with fields in braces; written ``from`` in the file.
        labels: the classes with the ways in which files and tables write them; the class itself is always understood.
        left_out: how a row says that it has none of the classes; it is no sample then.
    """

    model_config = ConfigDict(populate_by_name=True)

    kind: Literal["class"] = "class"
    value: str = Field(alias="from")
    labels: dict[str, Texts] = Field(min_length=1)
    left_out: Texts = ()

    @model_validator(mode="after")
    def _written_once(self) -> ClassTarget:
        seen: dict[str, str] = {}
        for label, spellings in self.labels.items():
            for spelling in dict.fromkeys((label, *spellings)):
                if seen.setdefault(spelling, label) != label:
                    raise ValueError(f"{spelling!r} is both {seen[spelling]!r} and {label!r}")
                if spelling in self.left_out:
                    raise ValueError(f"{spelling!r} is both {label!r} and left out")
        return self

    @property
    def by_spelling(self) -> dict[str, str]:
        """The label that each spelling means."""
        return {each: label for label, spellings in self.labels.items() for each in (label, *spellings)}


class VotesTarget(Frozen):
    """What is to be told of a sample: how raters voted.

    Attributes:
        votes: class to the text that says how many raters, or which share of them, chose it, with fields in braces.
    """

    kind: Literal["distribution"]
    votes: dict[str, str] = Field(min_length=2)

    @property
    def texts(self) -> dict[str, str]:
        """The text of each class."""
        return self.votes


class Dimension(Frozen):
    """A number that is to be told of a sample.

    Attributes:
        value: the text that says it, with fields in braces; written ``from`` in the file.
        range: the least and the largest number that can stand there.
    """

    model_config = ConfigDict(populate_by_name=True)

    value: str = Field(alias="from")
    range: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _rises(self) -> Dimension:
        if self.range is not None and not self.range[0] < self.range[1]:
            raise ValueError(f"range {self.range[0]:g} to {self.range[1]:g}: the first is the least")
        return self


class ValuesTarget(Frozen):
    """What is to be told of a sample: named numbers, such as valence and arousal."""

    kind: Literal["values"]
    dimensions: dict[str, Dimension] = Field(min_length=1)

    @property
    def texts(self) -> dict[str, str]:
        """The text of each dimension."""
        return {name: each.value for name, each in self.dimensions.items()}


AnyTarget = Annotated[
    Annotated[ClassTarget, Tag("class")]
    | Annotated[VotesTarget, Tag("distribution")]
    | Annotated[ValuesTarget, Tag("values")],
    Discriminator(
        lambda value: value.get("kind", "class") if isinstance(value, dict) else getattr(value, "kind", "class")
    ),
]


class Publisher(Frozen):
    """What the publisher says the dataset contains.

    Attributes:
        samples: how many.
        counts: column (or columns, with commas) to value (values, with commas) to number of samples.
        fingerprint: see :class:`emobench.contracts.Official`.
    """

    samples: int = Field(ge=1)
    counts: dict[str, dict[str, int]] = {}
    fingerprint: str = ""


class Layout(Frozen):
    """How well the layout is known.

    Attributes:
        documented: where: a page, a paper, public code.
        tried: on what: real files, a complete listing of them; empty where it was tried on nothing but the twin.
    """

    documented: str
    tried: str = ""


class Descriptor(Frozen):
    """A dataset in words.

    Attributes:
        format: version of the file format; written ``schema`` in the file.
        name: lower-case name with hyphens.
        title: as the field writes it.
        modalities: what a sample consists of; ``text`` alone where it has no file. A column ``text`` is one besides.
        private: a table or folder of the user's own, of which nobody says what it should contain.
        files: patterns of files.
        tables: instead of files.
        fields: field to the values that it can have, or to a regular expression.
        extract: field to a regular expression, whose named groups are further fields.
        columns: column of the index to a text with fields in braces: a modality's path, and any of :data:`TEXTS`.
            Without ``id``, a row is called by its path, or by its number where it has none.
        values: column of the index to its values with the ways in which files and tables write them; others stay as they are.
        targets: name to target; one of kind ``class`` at most.
        official: ``None`` where nothing is known.
        layout: how well it is known.
        license: short name, or ``"none stated"``.
        homepage: where it is described.
        citation: one line.
        obtain: how a user gets it, in one or two sentences.
        twin: field to the values that it has in the synthetic twin, where ``fields`` does not list them.
    """

    model_config = ConfigDict(populate_by_name=True)

    format: Literal[1] = Field(default=1, alias="schema")
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    title: str
    modalities: tuple[Modality, ...] = Field(min_length=1)
    private: bool = False
    files: tuple[FileSource, ...] = ()
    tables: tuple[TableSource, ...] = ()
    fields: dict[str, str | Texts] = {}
    extract: dict[str, str] = {}
    columns: dict[str, str]
    values: dict[str, dict[str, Texts]] = {}
    targets: dict[str, AnyTarget] = Field(min_length=1)
    official: Publisher | None = None
    layout: Layout | None = None
    license: str = "none stated"
    homepage: str = ""
    citation: str = ""
    obtain: str = ""
    twin: dict[str, Texts] = {}

    @field_validator("fields", mode="before")
    @classmethod
    def _values_or_pattern(cls, fields: Any) -> Any:
        if not isinstance(fields, dict):
            return fields
        return {name: each if isinstance(each, str) else _texts(each) for name, each in fields.items()}

    @model_validator(mode="after")
    def _fits_together(self) -> Descriptor:
        if sum(isinstance(each, ClassTarget) for each in self.targets.values()) > 1:
            raise ValueError("targets: one of kind 'class' at most")
        if odd := [name for name in self.targets if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name)]:
            raise ValueError(f"targets: {odd[0]!r} is no name: lower-case letters, digits and hyphens")
        if bool(self.files) == bool(self.tables):
            raise ValueError("it needs either files or tables")
        patterns = {f"fields.{name}": each for name, each in self.fields.items() if isinstance(each, str)}
        patterns |= {f"extract.{name}": each for name, each in self.extract.items()}
        patterns |= {f"tables, {each.file}, lines": each.lines for each in self.tables}
        for place, pattern in patterns.items():
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{place}: no regular expression ({error})") from error
        sources: tuple[Source, ...] = (*self.files, *self.tables)
        written = {name for source in sources for name in self.columns | source.columns}
        if odd := [name for name in self.values if name not in written]:
            raise ValueError(f"values: no column {odd[0]!r}; {nearest(odd[0], written)}")
        for source in sources:
            columns = self.columns | source.columns
            if missing := [each for each in self.modalities if each not in columns]:
                what = "what is said" if missing[0] == "text" else "the path of the file"
                raise ValueError(f"columns: no {missing[0]!r}, {what}")
            if isinstance(source, FileSource):
                if not self.media:
                    raise ValueError("modalities: texts alone stand in tables, not in names of files")
                self._check_fields(source, columns)
        return self

    def _check_fields(self, source: FileSource, columns: dict[str, str]) -> None:
        if odd := [name for name in names_in(source.pattern) if not name.isidentifier()]:
            raise ValueError(f"{source.pattern!r}: {odd[0]!r} is no name of a field: letters, digits and underscores")
        known = {*names_in(source.pattern), *FILE_FIELDS}
        known |= {name for pattern in self.extract.values() for name in re.compile(pattern).groupindex}
        for text in (*columns.values(), *self.target_texts):
            for name in names_in(text):
                if name not in known:
                    raise ValueError(f"{text!r}: no field {name!r} in {source.pattern!r}; {nearest(name, known)}")

    @property
    def media(self) -> tuple[Modality, ...]:
        """The modalities that have files."""
        return tuple(each for each in self.modalities if each != "text")

    @property
    def all_modalities(self) -> tuple[Modality, ...]:
        """The modalities with that of a column ``text``, wherever the rows have one."""
        sources: tuple[Source, ...] = (*self.files, *self.tables)
        written = {name for source in sources for name in self.columns | source.columns}
        return (*self.media, "text") if "text" in written else self.modalities

    @property
    def target(self) -> ClassTarget | None:
        """The target of kind ``class``; ``None`` where there is none."""
        return next((each for each in self.targets.values() if isinstance(each, ClassTarget)), None)

    @property
    def numbers(self) -> dict[str, VotesTarget | ValuesTarget]:
        """The targets that are numbers."""
        return {name: each for name, each in self.targets.items() if not isinstance(each, ClassTarget)}

    @property
    def target_texts(self) -> tuple[str, ...]:
        """The texts with fields in braces of all targets."""
        told = [self.target.value] if self.target else []
        return (*told, *(text for each in self.numbers.values() for text in each.texts.values()))


def names_in(text: str) -> tuple[str, ...]:
    """Return the names of the fields in a text with braces, in order, each once.

    Raises:
        ValueError: a brace stands alone, or something else than a name stands in braces.
    """
    found = [(name, form or conversion) for _, name, form, conversion in Formatter().parse(text) if name is not None]
    if odd := [name for name, more in found if more or not name]:
        raise ValueError(f"{text!r}: {odd[0]!r} in braces is no name of a field")
    return tuple(dict.fromkeys(name for name, _ in found))


def read_descriptor(path: Path) -> Descriptor:
    """Read a descriptor.

    Raises:
        EmobenchError: no such file, no TOML, or it breaks the schema: one line with the place.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise EmobenchError(f"cannot be read ({error.strerror})", where=str(path), remedy="check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EmobenchError(f"not valid TOML: {error}", where=str(path), remedy="fix the file there") from error
    return parse_descriptor(content, str(path))


def parse_descriptor(content: dict[str, Any], where: str) -> Descriptor:
    """Return the descriptor that the content of a file is.

    Raises:
        EmobenchError: it breaks the schema.
    """
    try:
        return Descriptor.model_validate(content)
    except ValidationError as error:
        raise EmobenchError(
            "; ".join(map(_mistake, error.errors())), where=where, remedy="see docs/your-data.md"
        ) from error


def _mistake(error: Any) -> str:
    # pydantic puts the kind of a target between its name and its keys.
    place = ".".join(str(each) for at, each in enumerate(error["loc"]) if (at, error["loc"][0]) != (2, "targets"))
    if error["type"] == "extra_forbidden":
        keys = [field.alias or name for name, field in Descriptor.model_fields.items()]
        remedy = f"; {nearest(str(error['loc'][-1]), keys)}" if len(error["loc"]) == 1 else ""
        return f"unknown key {place!r}{remedy}"
    if error["type"] == "missing":
        return f"the key {place!r} is missing"
    what = error["msg"].removeprefix("Value error, ")
    return f"{place}: {what}" if place else what


def write_descriptor(descriptor: Descriptor, path: Path) -> None:
    """Write a descriptor, without what it does not say."""
    import tomli_w

    content = descriptor.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    with atomic(path) as file:
        file.write(tomli_w.dumps({"schema": descriptor.format, **content}).encode())
