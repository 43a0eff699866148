"""The synthetic twin of a described dataset: files and tables that are called and look as the descriptor says."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.data.described import twin_media
from emobench.data.described.descriptor import Descriptor, FileSource, TableSource, VotesTarget, names_in
from emobench.errors import EmobenchError

if TYPE_CHECKING:
    import numpy as np

MOST = 120
"""Samples of each source at most."""

_GROUPS, _VALUES = 4, 3
_FREE = ("1", "2", "3")
"""What a field is of which the descriptor says nothing."""

_RATERS, _WITHOUT_CLASS = 5, 4
"""Of a sample with votes; things to be told where there is no class."""


def write_twin(descriptor: Descriptor, folder: Path) -> None:
    """Write the twin into an empty folder: the same bytes at every call.

    Raises:
        EmobenchError: the descriptor does not say enough.
    """
    import numpy as np

    random = np.random.default_rng(list(descriptor.name.encode()))
    files = [source for source in descriptor.files if source.twin]
    sources: tuple[FileSource | TableSource, ...] = (*files, *descriptor.tables)
    for source in sources:
        rows = list(_rows(descriptor, source, random))
        for row, told in rows:
            _write_media(descriptor, source, row, told, folder)
        if isinstance(source, TableSource):
            _write_table(source, [row for row, _ in rows], folder)


def _rows(
    descriptor: Descriptor, source: FileSource | TableSource, random: np.random.Generator
) -> Iterator[tuple[dict[str, str], int]]:
    """Yield the fields of made-up rows and the number of what each tells: each group all of it, in files that differ."""
    columns = descriptor.columns | source.columns
    texts = [columns[modality] for modality in descriptor.media]
    if isinstance(source, FileSource):
        texts = [source.pattern]
    label, written = _label_field(descriptor)
    numbers = {name for text in descriptor.target_texts for name in names_in(text)} - {label}
    named = _outer(descriptor, {name for text in texts for name in names_in(text)})
    every = {name for text in columns.values() for name in names_in(text)} | {label} - {""}
    if isinstance(source, TableSource):
        every |= set(names_in(source.twin))
    others = sorted(_outer(descriptor, every) - named - {label} - numbers)
    group = _outer(descriptor, set(names_in(columns.get("group", ""))))
    split = _outer(descriptor, set(names_in(columns.get("split", ""))))
    values = {name: _values(descriptor, name, group, split) for name in (*sorted(named), *others)}
    if label in named:
        values[label] = tuple(written)
    said = set(names_in(columns.get("text", ""))) - {label, *named, *numbers, *group, *split}
    numbered = set(names_in(columns.get("id", ""))) - {label, *numbers, *group, *split} if not texts else set()
    chosen = [
        dict(zip(sorted(named), each, strict=True))
        for each in itertools.product(*(values[name] for name in sorted(named)))
    ]
    if not texts:  # no name of a file says how many there are
        chosen = chosen * MOST
    if len(chosen) > MOST:
        chosen = [chosen[place] for place in sorted(random.choice(len(chosen), MOST, replace=False))]
    told = random.permutation([place % len(written) for place in range(len(chosen))])
    for place, row in enumerate(chosen):
        own = {name: values[name][place % len(values[name])] for name in others}
        if label in row:
            told[place] = written.index(row[label])
        own |= dict.fromkeys(said, twin_media.text(int(told[place]), place)) | dict.fromkeys(numbered, str(place + 1))
        own |= _numbers(descriptor, int(told[place]), len(written)) | ({label: written[told[place]]} if label else {})
        yield own | row, int(told[place])


def _label_field(descriptor: Descriptor) -> tuple[str, list[str]]:
    """Return the field of the label, and what stands there; without a class, as many things to be told as there are votes."""
    if descriptor.target is None:
        return "", [str(number) for number in range(_WITHOUT_CLASS)]
    (label,) = names_in(descriptor.target.value)
    return label, [(spellings or (name,))[0] for name, spellings in descriptor.target.labels.items()]


def _numbers(descriptor: Descriptor, place: int, of: int) -> dict[str, str]:
    """Return the fields of votes and values that go with a label: most of five raters agree; values rise with it."""
    found = {}
    for target in descriptor.numbers.values():
        for number, (name, text) in enumerate(target.texts.items()):
            (field,) = names_in(text)
            if isinstance(target, VotesTarget):
                votes = _RATERS - 1 if number == place % len(target.votes) else 0
                found[field] = str(votes + (number == (place + 1) % len(target.votes)))
            else:
                low, high = target.dimensions[name].range or (1.0, 5.0)
                share = ((place * (number + 1)) % of + 0.5) / of
                found[field] = f"{low + (high - low) * share:.4f}"
    return found


def _outer(descriptor: Descriptor, names: set[str]) -> set[str]:
    """Return the fields that the named ones are in: what is taken out of another field is written with it."""
    inside = {group: name for name, pattern in descriptor.extract.items() for group in re.compile(pattern).groupindex}
    return {inside.get(name, name) for name in names} - {"path", "folder", "name", "stem"}


def _values(descriptor: Descriptor, name: str, group: set[str], split: set[str]) -> tuple[str, ...]:
    if name in descriptor.twin:
        return descriptor.twin[name]
    known = descriptor.fields.get(name, _FREE)
    if isinstance(known, str):
        raise EmobenchError(f"twin.{name} is missing", where=descriptor.name, remedy=f"add values that fit {known!r}")
    return known if name in split else known[: _GROUPS if name in group else _VALUES]


def _write_media(
    descriptor: Descriptor, source: FileSource | TableSource, row: Mapping[str, str], place: int, folder: Path
) -> None:
    columns = descriptor.columns | source.columns
    fields = _with_extracts(descriptor, row)
    labels = len(_label_field(descriptor)[1])
    group = _filled(columns.get("group", ""), fields)
    for modality in descriptor.media:
        name = _filled(source.pattern if isinstance(source, FileSource) else columns[modality], fields)
        path = folder / name
        if path.exists():  # parts of one file, or its sound and its pictures
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        pictures = set(descriptor.media) != {"audio"}
        twin_media.write(path, place, labels, [*group.encode()], [*name.encode()], pictures)


def _filled(text: str, fields: Mapping[str, str]) -> str:
    for name in names_in(text):
        text = text.replace("{" + name + "}", fields[name])
    return text


def _with_extracts(descriptor: Descriptor, row: Mapping[str, str]) -> dict[str, str]:
    fields = dict(row)
    for name, pattern in descriptor.extract.items():
        if name in fields and (matched := re.fullmatch(pattern, fields[name])):
            fields |= matched.groupdict("")
    return fields


def _write_table(source: TableSource, rows: list[dict[str, str]], folder: Path) -> None:
    """Write rows as a table; where a source is of several, all of them into one."""
    import pandas as pd

    path = folder / source.file.replace("*", "1")
    path.parent.mkdir(parents=True, exist_ok=True)
    for name in source.beside:
        if not (path.parent / name).exists():
            (path.parent / name).touch()
    if source.lines:
        path.write_text("".join(_filled(source.twin, row) + "\n" for row in rows), encoding="utf-8", newline="\n")
        return
    frame = pd.DataFrame(rows)
    match path.suffix.lower():
        case ".parquet":
            frame.to_parquet(path, index=False)
        case ".jsonl" | ".ndjson":
            frame.to_json(path, orient="records", lines=True)
        case ending:
            frame.to_csv(path, index=False, sep="\t" if ending == ".tsv" else ",", lineterminator="\n")
