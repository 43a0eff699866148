"""Results on disk, read back for analysis: every record as a row, and the predictions behind it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.errors import EmobenchError
from emobench.records import PREDICTIONS, Record, no_records, read_located, read_predictions

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Results:
    """What :func:`emobench.load_results` found.

    Attributes:
        cells: the folder of each cell and its record, sorted by suite, experiment, seed and id.
    """

    cells: tuple[tuple[Path, Record], ...]

    @property
    def records(self) -> tuple[Record, ...]:
        """Every record, failed ones too."""
        return tuple(record for _, record in self.cells)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a cell, by its id: what it is, and the metrics of its headline part.

        A failed cell has no metrics. Rows of one task may be compared: the same dataset, content, labels, protocol,
        parameters and headline.
        """
        import pandas as pd

        rows = [_row(record) for record in self.records]
        return pd.DataFrame(rows, index=pd.Index([record.cell.id for record in self.records], name="cell"))

    @cached_property
    def scores(self) -> pd.DataFrame:
        """One row for each metric of each test part of each cell: ``cell``, ``part``, ``metric``, ``value``."""
        import pandas as pd

        rows = [
            (record.cell.id, part, metric, value)
            for record in self.records
            for part, scores in record.scores.items()
            for metric, value in scores.metrics.items()
        ]
        return pd.DataFrame(rows, columns=["cell", "part", "metric", "value"])

    def predictions(self, cell: str) -> pd.DataFrame:
        """Return the predictions of a cell, named by the beginning of its id or by its experiment.

        Raises:
            EmobenchError: it means no cell or several, or the cell failed.
        """
        chosen = {
            record.cell.id: (folder, record)
            for folder, record in self.cells
            if cell and (record.cell.id.startswith(cell) or record.cell.experiment == cell)
        }
        if len(chosen) != 1:
            what = f"{cell!r} means {len(chosen)} cells: {', '.join([*chosen][:5])}" if chosen else f"no cell {cell!r}"
            raise EmobenchError(what, remedy="name one by its id, see table.index")
        ((folder, record),) = chosen.values()
        if record.status == "failed":
            why = record.failure.message if record.failure else "no reason recorded"
            raise EmobenchError(f"the cell {record.cell.id} failed: {why}", remedy="choose another")
        return read_predictions(folder / PREDICTIONS)

    def __len__(self) -> int:
        return len(self.cells)

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return str(self.table.to_html(float_format="{:.4f}".format, na_rep=""))


def load_results(path: str | Path) -> Results:
    """Read every record under a folder: a run folder, the folder of several, or a folder of boards.

    Raises:
        EmobenchError: there is none, or one cannot be read.
    """
    root = Path(path).expanduser()
    cells = read_located(root)
    if not cells:
        raise no_records(root, remedy="name the folder of a run")

    def order(located: tuple[Path, Record]) -> tuple[str, str, int, str]:
        cell = located[1].cell
        return cell.suite, cell.experiment, cell.identity.seed, cell.id

    return Results(tuple(sorted(cells, key=order)))


def _row(record: Record) -> dict[str, Any]:
    cell, identity = record.cell, record.cell.identity
    what = identity.model or identity.fusion
    scores = record.scores.get(cell.headline)
    return {
        "suite": cell.suite,
        "experiment": cell.experiment,
        "status": record.status,
        "dataset": identity.dataset,
        "provenance": cell.provenance,
        "labels": identity.labels,
        "protocol": identity.protocol.name,
        "protocol_parameters": dict(identity.protocol.parameters),
        "leaky": cell.leaky,
        "model": what.name if what else "",
        "representations": ", ".join(representation.name for representation in identity.representations),
        "seed": identity.seed,
        "fold": cell.fold,
        "control_of": cell.control_of,
        "headline": cell.headline,
        "n": scores.n if scores else 0,
        **(scores.metrics if scores else {}),
        "departures": "; ".join((*map(str, cell.departures), *cell.code_remark)),
    }
