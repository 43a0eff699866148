"""Cells that are made from stored predictions: late fusions, and folds put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from emobench import splits
from emobench.errors import EmobenchError
from emobench.models import MemberPredictions, fuse
from emobench.planning import Job
from emobench.plugins import Registry
from emobench.records import (
    PREDICTIONS,
    Dropped,
    PartCount,
    Record,
    Selection,
    cell_folder,
    finished,
    predictions_table,
    read_predictions,
    read_record,
    write_predictions,
)
from emobench.running.notes import Notes

if TYPE_CHECKING:
    import pandas as pd


def fuse_members(job: Job, plugins: Registry, notes: Notes) -> None:
    """Combine the stored probabilities of the members on the samples that all of them predicted."""
    identity = job.cell.identity
    assert identity.fusion is not None
    with notes.phase("fuse"):
        records = [_finished_member(job, member) for member in identity.members]
        members = [MemberPredictions.of(record, _predictions(job, record)) for record in records]
        parts = [part for part in identity.split if part != "train"]
        fusion = plugins.find("fusions", identity.fusion.name)
        fused = fuse(fusion, members, identity.classes, parts, identity.kind)
    lost = _dropped_by_all(records, parts)
    more = Counter(sample.part for sample in lost)
    notes.counts = {
        part: PartCount(attempted=known.attempted + more[part], dropped=known.dropped + more[part])
        for part, known in fused.counts.items()
    }
    notes.dropped, notes.learnt = (*fused.dropped, *lost), fused.learnt
    notes.selection = Selection(kind="fusion" if fused.learnt_from else "fixed fusion", samples=fused.learnt_from)
    path = cell_folder(job.run, job.cell.id) / PREDICTIONS
    write_predictions(path, predictions_table(identity.classes, fused.probabilities, fused.truth))


def pool_folds(job: Job, notes: Notes) -> None:
    """Put together what the folds predict for their test parts."""
    parts = job.cell.identity.test_parts
    with notes.phase("pool"):
        records = [_finished_member(job, fold) for fold in job.cell.identity.folds]
        tables = [_predictions(job, record) for record in records]
        write_predictions(cell_folder(job.run, job.cell.id) / PREDICTIONS, splits.pooled(tables, parts))
    for part in parts:
        counts = [record.counts[part] for record in records if part in record.counts]
        attempted, dropped = sum(count.attempted for count in counts), sum(count.dropped for count in counts)
        notes.counts[part] = PartCount(attempted=attempted, dropped=dropped)
    notes.dropped = tuple(sample for record in records for sample in record.dropped if sample.part in parts)
    notes.parameters, notes.multiply_adds = records[0].parameters, records[0].multiply_adds
    notes.class_order = next((record.class_order for record in records if record.class_order), None)
    chosen = [record.selection for record in records if record.selection]
    notes.selection = _selection(chosen)


def _selection(chosen: list[Selection]) -> Selection | None:
    """Return how folds were selected that are put together: what each chose for itself stands on its own record."""
    kinds = {selection.kind: selection for selection in reversed(chosen)}
    if "validation" in kinds:
        return Selection(kind="validation", by=kinds["validation"].by, tried=kinds["validation"].tried)
    return kinds.get("model", next(iter(chosen), None))


def _finished_member(job: Job, cell: str) -> Record:
    record = finished(job.run, cell)
    if record is not None:
        return record
    try:
        failed = read_record(cell_folder(job.run, cell) / "record.json")
    except EmobenchError:
        raise EmobenchError(f"its member {cell} has no result", remedy="run again") from None
    why = failed.failure.message if failed.failure else "its predictions are not here"
    raise EmobenchError(
        f"its member {failed.cell.experiment} ({cell}) has no result: {why}", remedy="fix that, and run again"
    )


def _dropped_by_all(records: Sequence[Record], parts: Sequence[str]) -> tuple[Dropped, ...]:
    """Return the samples that no member predicts, with the reason of the first member."""
    first, *others = records
    elsewhere = [{sample.sample_id for sample in record.dropped} for record in others]
    return tuple(
        sample.model_copy(update={"reason": f"{first.cell.experiment}: {sample.reason}"})
        for sample in first.dropped
        if sample.part in parts and all(sample.sample_id in dropped for dropped in elsewhere)
    )


def _predictions(job: Job, record: Record) -> pd.DataFrame:
    return read_predictions(cell_folder(job.run, record.cell.id) / PREDICTIONS)
