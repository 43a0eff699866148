"""What belongs to a row among all records of a board: members, folds, ablations, audits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emobench.audits import report_id
from emobench.boards.paired_results import PairedResult, Relation, pair
from emobench.contracts import Metric
from emobench.records import AuditReport, Record, audits_a_fold

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class MemberName:
    """How a cell that another one is made from is called; ``experiment`` is empty if its record is not on the board."""

    cell: str
    experiment: str


class RelatedRecords:
    """All records of a board, one a cell, with the predictions of cells and the audits of splits."""

    def __init__(
        self,
        records: list[Record],
        predictions: Mapping[str, pd.DataFrame],
        metrics: Mapping[str, Metric],
        audits: Iterable[AuditReport] = (),
    ) -> None:
        self._by_id = {record.cell.id: record for record in records}
        self._in_folds = {fold for record in records for fold in record.cell.identity.folds}
        self._predictions, self._metrics = predictions, metrics
        # By what they are about, not by their ids: those know the code of the audits, which a published report outlives.
        # Of two about one split, the one that today's audits made comes last and stays.
        self._audits = {
            _about(report.dataset, report.content, report.labels, report.split): report
            for report in sorted(audits, key=lambda report: (_is_current(report), report.model_dump_json()))
        }

    def competes(self, record: Record) -> bool:
        """Tell whether a record is a row; a fold or an ablation is one only where that which it belongs to is not here."""
        ablation = record.cell.control_of and record.cell.beside in self._by_id
        return record.cell.id not in self._in_folds and not ablation

    def members(self, record: Record) -> tuple[MemberName, ...]:
        """Return the members of a fusion, or the one cell whose fitted model is applied."""
        identity = record.cell.identity
        needed = (*identity.members, *filter(None, [identity.trained]))
        return tuple(
            MemberName(cell, self._by_id[cell].cell.experiment if cell in self._by_id else "") for cell in needed
        )

    def folds(self, record: Record) -> tuple[Record, ...]:
        """Return the records of the folds that a row puts together."""
        return tuple(self._by_id[fold] for fold in record.cell.identity.folds if fold in self._by_id)

    def paired(self, record: Record) -> tuple[PairedResult, ...]:
        """Return a row with each member of its fusion, and with what was run as an ablation of this very cell."""
        members = [self._by_id[cell] for cell in record.cell.identity.members if cell in self._by_id]
        ablations = [
            ablation
            for ablation in sorted(
                self._by_id.values(), key=lambda ablation: (ablation.cell.experiment, ablation.cell.id)
            )
            if ablation.cell.control_of
            and ablation.cell.beside == record.cell.id
            and ablation.cell.id not in self._in_folds
        ]
        others: list[tuple[Relation, Record]] = [("member", member) for member in members]
        others += [("ablation", ablation) for ablation in ablations]
        return tuple(pair(relation, record, other, self._predictions, self._metrics) for relation, other in others)

    def audits(self, record: Record) -> tuple[AuditReport, ...]:
        """Return the audit of what a row was trained and tested on; of each fold; or of a fusion's first member."""
        identity = record.cell.identity
        if identity.folds:
            return tuple(report for fold in self.folds(record) for report in self.audits(fold))
        if identity.members:
            first = self._by_id.get(identity.members[0])
            return self.audits(first) if first else ()
        found = self._audits.get(_about(identity.dataset, identity.content, identity.labels, identity.split))
        if found is None:  # of folds that were predicted elsewhere there is no record
            folds = [report for report in self._audits.values() if audits_a_fold(identity, report)]
            return tuple(sorted(folds, key=lambda report: str(report.protocol.parameters["fold"])))
        return (found,)


def _about(dataset: str, content: str, labels: str, split: Mapping[str, str]) -> tuple[object, ...]:
    return dataset, content, labels, tuple(sorted(split.items()))


def _is_current(report: AuditReport) -> bool:
    return report.id == report_id(report.dataset, report.content, report.labels, report.split)
