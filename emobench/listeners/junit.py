"""JUnit XML, which continuous integration shows as tests: one test case a cell, in the structure of Jenkins and GitLab.

Written with the standard library: the libraries for it pass on control characters, which no XML 1.0 file may contain and
which messages of failures do (colours of a terminal, say).
"""

from __future__ import annotations

import re
import time
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.contracts import hookimpl
from emobench.records import training_faults
from emobench.storage import atomic, writing

if TYPE_CHECKING:
    from emobench.records import Cell, Record, Skipped

# Everything but what the production Char of XML 1.0 allows.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class JUnitReport:
    """Writes the report when the run is over. An earlier one is removed at once, so that it is never taken for this run's.

    Args:
        path: the file.

    Raises:
        EmobenchError: it cannot be written there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._computed: set[str] = set()
        self._clock = time.monotonic()
        self._started = datetime.now(UTC)
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.open("w").close()  # whether it can be written is better known now than after a night
            path.unlink()

    @hookimpl
    def emobench_cell_finished(self, cell: Cell) -> None:
        """Remember that this run computed it."""
        self._computed.add(cell.id)

    @hookimpl
    def emobench_run_finished(self, records: list[Record], skipped: list[Skipped]) -> None:
        """Write the report."""
        name, classname = "emobench", "emobench"
        if records:
            name, classname = records[0].cell.suite, f"emobench.{records[0].cell.suite}"
        suite = ET.Element("testsuite")
        suite.extend(self._case(record) for record in records)
        # An experiment that is the same as another one has that one's case.
        suite.extend(_skipped(skip, classname) for skip in skipped if not skip.same_as)
        numbers = {
            "tests": str(len(suite)),
            "failures": str(len(suite.findall("testcase/failure"))),
            "errors": str(len(suite.findall("testcase/error"))),
            "skipped": str(len(suite.findall("testcase/skipped"))),
            "time": f"{time.monotonic() - self._clock:.3f}",
        }
        suite.attrib |= {"name": name, **numbers, "timestamp": self._started.strftime("%Y-%m-%dT%H:%M:%S")}
        root = ET.Element("testsuites", {"name": "emobench", **numbers})
        root.append(suite)
        ET.indent(root)
        with atomic(self._path) as file:
            ET.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)

    def _case(self, record: Record) -> ET.Element:
        cell = record.cell
        fold = f", fold {cell.fold}" if cell.fold else ""
        computed = cell.id in self._computed
        seconds = sum(phase.wall for phase in record.phases.values()) if computed else 0.0
        case = _element(
            "testcase",
            classname=f"emobench.{cell.suite}",
            name=f"{cell.experiment}{fold}, seed {cell.identity.seed}",
            time=f"{seconds:.3f}",
        )
        if record.failure is not None:
            message = " ".join(record.failure.message.split()) or "no message"
            failure = _element("failure", type=record.failure.kind, message=message)
            failure.text = _legal(record.failure.traceback or record.failure.message)
            case.append(failure)
        output = _element("system-out")
        output.text = _legal("\n".join(_facts(record, computed)))
        case.append(output)
        return case


def _facts(record: Record, computed: bool) -> list[str]:
    cell = record.cell
    facts = [f"cell {cell.id}, {cell.identity.dataset}, {cell.provenance} data"]
    if not computed:
        facts.append(f"the result was there already, of {record.finished}")
    facts += [f"training failed: {fault}" for fault in training_faults(record)]
    facts += [str(record.class_order)] if record.class_order else []
    for part, scores in record.scores.items():
        values = ", ".join(f"{name} {value:.4f}" for name, value in scores.metrics.items())
        facts.append(f"{part}: {values}, on {scores.n} samples")
    return facts


def _skipped(skip: Skipped, classname: str) -> ET.Element:
    case = _element("testcase", classname=classname, name=skip.experiment, time="0.000")
    if skip.unusable:
        case.append(_element("error", type="unusable data", message=skip.reason))
    else:
        case.append(_element("skipped", message=skip.reason))
    return case


def _element(tag: str, **attributes: str) -> ET.Element:
    return ET.Element(tag, {name: _legal(value) for name, value in attributes.items()})


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
