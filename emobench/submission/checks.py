"""One cell of a bundle: whether record and predictions agree with each other, and the record with itself.

Each check yields what is wrong, in a sentence, and goes on where it can.
"""

from __future__ import annotations

import io
import itertools
import math
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emobench import foreign, scoring
from emobench.cells import PROVENANCES
from emobench.contracts import Dataset, PairedDataset, Schedule, Split
from emobench.errors import EmobenchError
from emobench.leaderboard.metric_names import METRIC_TITLES
from emobench.leaderboard.scrub import scrub
from emobench.plan import said_of, schedule_departures
from emobench.plugins import Registry
from emobench.records import Record, Scores, probability_columns, record_bytes
from emobench.sources import URL, components
from emobench.storage import key
from emobench.submission.manifest import NAME
from emobench.suites import find_suite, misfit

if TYPE_CHECKING:
    import pandas as pd

_TOLERANCE = 1e-9
"""Relative, and absolute near zero: sums of the same numbers differ by less between machines."""

_MOST_PREDICTIONS = 1_000_000
_MOST_TABLE_BYTES = 500_000_000
_LONGEST_TEXT = 500
"""A column that repeats itself takes hardly any room in Parquet; these are for a table that is read into memory."""

_HASH = re.compile(r"[0-9a-f]{16,64}")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_LARGEST_PUBLISHED = 1e3
_DISTRIBUTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]* [A-Za-z0-9][A-Za-z0-9._+!-]*")

_TEXT = ("sample_id", "part", "label", "group", "prediction")


@dataclass(frozen=True)
class Bundled:
    """A cell of a bundle whose files could be read."""

    record: Record
    table: pd.DataFrame


# ---------------------------------------------------------------------------------------------------- the record


def record_faults(record: Record, content: bytes, cell: str) -> Iterator[str]:
    """Yield where a record is not one of the cell that its folder names, or not as bundles hold it."""
    identity = record.cell.identity
    if record.cell.id != cell:
        yield f"the record is of the cell {record.cell.id}"
    if identity.id != record.cell.id:
        yield f"the identity has the id {identity.id}, not {record.cell.id}: something that determines the result was changed"
    if record.status != "finished":
        yield "the cell failed; a bundle holds results"
    if not NAME.fullmatch(record.cell.suite):
        yield f"the suite's name {record.cell.suite!r} cannot be that of a board"
    for what, value in (("fingerprint", identity.fingerprint), ("content", identity.content), *identity.split.items()):
        if not _HASH.fullmatch(value):
            yield f"{what}: {value[:80]!r} is no hash"
    if odd := next((text for text in _texts(record.model_dump(mode="json")) if _UNWRITABLE.search(text)), None):
        yield f"a text has characters that cannot be written: {odd[:80]!r}"
    for name, number in record.cell.published.items():
        if name not in METRIC_TITLES or not abs(number) <= _LARGEST_PUBLISHED:
            yield f"{name[:80]!r}: {number:g} is no published number of a metric that boards know"
    yield from _source_faults(record)
    if record.cell.headline not in identity.test_parts:
        yield f"it is ranked by {record.cell.headline!r}, which is none of its test parts"
    try:
        if record_bytes(scrub(record)) != content:
            yield "the record is not as 'emobench bundle' writes it, without folders of a machine"
    except ValueError:
        yield "a number in the record is not finite"


def _source_faults(record: Record) -> Iterator[str]:
    """Yield where a record says of something else than its components whence it comes, or in other words than emobench."""
    known = {f"{kind}/{name}" for kind, name in components(record.cell)}
    for what, source in record.sources.items():
        if what not in known:
            yield f"it says whence {what[:80]!r} comes, which is no component of the cell"
        if not _DISTRIBUTION.fullmatch(source.distribution):
            yield f"{what[:80]!r}: {source.distribution[:80]!r} is no distribution with its version"
        if source.url and not URL.fullmatch(source.url):
            yield f"{what[:80]!r}: {source.url[:80]!r} is no address that boards show"
        if any(len(text) > _LONGEST_TEXT for text in source.model_dump().values()):
            yield f"{what[:80]!r}: its source has a text of more than {_LONGEST_TEXT} characters"


def task_faults(record: Record, registry: Registry) -> Iterator[str]:
    """Yield where a record says of the task what the installed components do not."""
    identity = record.cell.identity
    name, _, version = identity.labels.partition("@")
    labels = registry.label_maps.get(name)
    if labels is not None and str(labels.version) == version and labels.classes != identity.classes:
        yield f"the classes are not those of the label map {identity.labels}"
    protocol = registry.protocols.get(identity.protocol.name)
    if protocol is not None and protocol.leaky and not record.cell.leaky:
        yield f"the protocol {protocol.name!r} is leaky, and the record does not say so"


def suite_faults(record: Record, registry: Registry) -> Iterator[str]:
    """Yield where a row of a registered suite's experiment is not what the suite asks for, or hides in what it departs."""
    cell = record.cell
    if cell.suite not in registry.suites:
        return
    name = cell.experiment.removesuffix(f"/{cell.fold}") if cell.fold else cell.experiment
    asked = {one.name: one for one in find_suite(cell.suite, registry).experiments}.get(name)
    if asked is None:
        return
    if other := misfit(asked, cell):
        yield f"it is called {name!r} as an experiment of {cell.suite!r}, and is none: {other}"
        return
    if cell.fold:  # what the suite says is said of all folds together
        return
    said = {key: value for key, value in said_of(asked).items() if key != "note"}
    if asked.headline:
        said["headline"] = asked.headline
    for field, value in said.items():
        if getattr(cell, field) != value:
            yield f"{field}: {getattr(cell, field)!r}, where the suite {cell.suite!r} says {value!r} of {name!r}"
    if asked.model is not None and cell.identity.schedule is not None and cell.provenance != "synthetic":
        for text in schedule_departures(cell.identity.schedule, asked.training.over(Schedule())):
            if text not in cell.departures:
                yield f"the row does not say {text!r}"


def provenance_faults(record: Record, registry: Registry) -> Iterator[str]:
    """Yield where data is said to be more trustworthy than can be known."""
    if PROVENANCES.index(record.cell.provenance) >= PROVENANCES.index("unverified"):
        return
    identity = record.cell.identity
    dataset = registry.datasets.get(identity.dataset)
    if dataset is None:
        yield (
            f"the dataset {identity.dataset!r} is not registered here: its rows can be no more than 'unverified', "
            f"and this one is {record.cell.provenance!r}"
        )
    elif identity.fingerprint not in official_fingerprints(dataset, registry):
        yield f"{record.cell.provenance!r}, but {identity.dataset!r} has no official fingerprint {identity.fingerprint}"


def official_fingerprints(dataset: Dataset, registry: Registry) -> set[str]:
    """Return the fingerprints of official copies of a dataset; of pairs, those of official copies of all members."""
    if not isinstance(dataset, PairedDataset):
        return set(dataset.official.fingerprint.values())
    members = [registry.datasets.get(name) for name in dataset.members]
    choices = [official_fingerprints(member, registry) if member else set() for member in members]
    return {key(list(chosen)) for chosen in itertools.product(*map(sorted, choices))}


def _texts(value: object) -> Iterator[str]:
    """Yield every text of a record, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from (str(key), *_texts(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


# ----------------------------------------------------------------------------------------------- the predictions


def read_table(content: bytes, classes: tuple[str, ...]) -> pd.DataFrame:
    """Read predictions from anywhere.

    Raises:
        EmobenchError: no Parquet, other columns than predictions have, gaps in them, or too much of it.
    """
    import pandas as pd
    from pyarrow import ArrowException

    wanted = [*_TEXT, *probability_columns(classes)]
    try:
        _refuse_excess(content, wanted)
        table: pd.DataFrame = _arrow_table(content).to_pandas()[wanted].reset_index(drop=True)
    except (OSError, ValueError, TypeError, KeyError, MemoryError, ArrowException) as error:
        raise EmobenchError(f"cannot be read: {(str(error) or repr(error)).splitlines()[0]}") from error
    for name in _TEXT:
        if not table[name].map(lambda value: isinstance(value, str)).all():
            raise EmobenchError(f"the column {name!r} has values that are no text")
    for name in probability_columns(classes):
        if not pd.api.types.is_float_dtype(table[name]):
            raise EmobenchError(f"the column {name!r} has values that are no numbers")
    return table


def _refuse_excess(content: bytes, wanted: list[str]) -> None:
    """Look at what a Parquet file says of itself before its columns are read."""
    import pyarrow.parquet as parquet

    inside = parquet.read_metadata(io.BytesIO(content))
    size = sum(inside.row_group(number).total_byte_size for number in range(inside.num_row_groups))
    if inside.num_rows > _MOST_PREDICTIONS or size > _MOST_TABLE_BYTES:
        raise EmobenchError(f"{inside.num_rows:,} rows of {size / 1e6:,.0f} MB are too many")
    names = sorted(inside.schema.to_arrow_schema().names)
    if names != sorted(wanted):
        strange = sorted(set(names) ^ set(wanted)) or names
        raise EmobenchError(f"the columns are not those of predictions, e.g. {strange[0]!r}")


def _arrow_table(content: bytes) -> Any:
    """Return a pyarrow table; one text in a million rows is looked at once, before it is in memory a million times."""
    import pyarrow as arrow
    import pyarrow.compute as compute
    import pyarrow.parquet as parquet

    table = parquet.read_table(io.BytesIO(content), read_dictionary=list(_TEXT))
    for name in _TEXT:
        column = table[name]
        if not arrow.types.is_dictionary(column.type):
            raise EmobenchError(f"the column {name!r} has values that are no text")
        for chunk in column.chunks:
            if (compute.max(compute.binary_length(chunk.dictionary)).as_py() or 0) > _LONGEST_TEXT:
                raise EmobenchError(f"the column {name!r} has a text of more than {_LONGEST_TEXT} bytes")
        table = table.set_column(table.column_names.index(name), name, column.cast(arrow.string()))
    return table


def split_faults(record: Record, table: pd.DataFrame) -> Iterator[str]:
    """Yield the parts whose samples, predicted and dropped, are not those of the split.

    What is fitted on is not predicted: the training part can only be compared with the dataset itself.
    """
    identity = record.cell.identity
    for part, promised in identity.split.items():
        predicted = list(table["sample_id"][table["part"] == part])
        dropped = [one.sample_id for one in record.dropped if one.part == part]
        if part == "train" or (part == scoring.VALIDATION and not predicted and not dropped):
            continue
        if both := sorted(set(predicted) & set(dropped)):
            yield f"sample {both[0]!r} of the part {part!r} is predicted and dropped"
        found = Split({part: tuple({*predicted, *dropped})}).hashes[part]
        if found != promised:
            yield (
                f"the {len(predicted):,} predicted and {len(set(dropped)):,} dropped samples of the part {part!r} "
                f"are not those of the split ({found[:16]}…, not {promised[:16]}…)"
            )
        yield from _count_faults(record, part, len(predicted))


def _count_faults(record: Record, part: str, predicted: int) -> Iterator[str]:
    count = record.counts.get(part)
    if count is None:
        yield f"the record does not count the part {part!r}"
    elif count.attempted - count.dropped != predicted:
        yield f"{predicted:,} predictions for the part {part!r}, where the record counts {count.attempted - count.dropped:,}"


def origin_faults(record: Record, table: pd.DataFrame) -> Iterator[str]:
    """Yield where predictions made elsewhere are not those that the cell names, or where the row hides what they are."""
    identity = record.cell.identity
    if not foreign.is_foreign(identity) or identity.model is None:
        return
    if identity.model.parameters.get(foreign.PREDICTIONS) != foreign.predictions_hash(table, identity.classes):
        yield "the predictions are not those whose hash the cell names"
    labels_only = identity.model.parameters.get(foreign.GIVEN) == "labels"
    for text in (foreign.ELSEWHERE, *([foreign.LABELS_ONLY] if labels_only else [])):
        if text not in record.cell.departures:
            yield f"the predictions were made elsewhere, and the row does not say {text!r}"
    if record.selection != foreign.SELECTION:
        yield f"the predictions were made elsewhere, and the record says {record.selection!r} of how they were chosen"
    if record.dropped:
        yield f"{len(record.dropped):,} samples are left out; predictions made elsewhere have to be of all test samples"


# ----------------------------------------------------------------------------------------------------- the scores


def score_faults(record: Record, table: pd.DataFrame, registry: Registry) -> Iterator[str]:
    """Yield every score that the predictions do not give, and what keeps them from giving any."""
    identity = record.cell.identity
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a metric that fails is one that the predictions do not give
            metrics = foreign.meaningful(identity, registry.metrics.values())
            computed = scoring.score(table, identity.classes, identity.test_parts, metrics)
    except EmobenchError as error:
        yield error.what
        return
    for part in sorted(record.scores.keys() ^ computed.keys()):
        yield f"scores of the part {part!r} are {'not there' if part in computed else 'of no test part'}"
    for part in (part for part in computed if part in record.scores):
        for name, stored, found in _differences(record.scores[part], computed[part]):
            yield f"{name} on {part!r} is {stored} in the record, and {found} by the predictions"


def _differences(stored: Scores, computed: Scores) -> Iterator[tuple[str, object, object]]:
    """Yield name, stored and computed value of all that differs.

    Metrics of plugins may be missing, for the packer may not have had them; those that come with emobench may not.
    """
    if stored.n != computed.n:
        yield "the number of samples", stored.n, computed.n
    yield from _other_values(stored.metrics, computed.metrics)
    for name in (name for name in METRIC_TITLES if name in computed.metrics and name not in stored.metrics):
        yield name, "left out", computed.metrics[name]
    classes = [one.label for one in computed.per_class]
    if [one.label for one in stored.per_class] != classes:
        yield "the list of classes", [one.label for one in stored.per_class], classes
    elif stored.confusion != computed.confusion:  # the scores of the classes follow from it
        yield _other_count(stored, computed, classes)
    else:
        for one, now in zip(stored.per_class, computed.per_class, strict=True):
            for name, *values in _other_values(one.model_dump(exclude={"label"}), now.model_dump(exclude={"label"})):
                yield f"{name} of {one.label!r}", values[0], values[1]


def _other_count(stored: Scores, computed: Scores, classes: list[str]) -> tuple[str, object, object]:
    """Return the first entry of two confusion matrices that differs."""
    if [len(row) for row in stored.confusion] != [len(classes)] * len(classes):
        return (
            "the shape of the confusion matrix",
            [len(row) for row in stored.confusion],
            [len(classes)] * len(classes),
        )
    row, column = next(
        (row, column)
        for row, column in itertools.product(range(len(classes)), repeat=2)
        if stored.confusion[row][column] != computed.confusion[row][column]
    )
    name = f"the confusion matrix, e.g. {classes[row]!r} taken for {classes[column]!r}"
    return name, stored.confusion[row][column], computed.confusion[row][column]


def _other_values(stored: Mapping[str, float], computed: Mapping[str, float]) -> Iterator[tuple[str, object, object]]:
    for name, value in stored.items():
        if name not in computed:
            yield name, value, "not to be had (no such metric is installed, or it has no value)"
        elif not math.isclose(value, computed[name], rel_tol=_TOLERANCE, abs_tol=_TOLERANCE):
            yield name, value, computed[name]
