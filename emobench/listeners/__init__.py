"""What a run can be written to besides its folder, through the same event hooks that plugins have."""

from __future__ import annotations

from emobench.listeners.csv_log import CsvLog
from emobench.listeners.junit import JUnitReport

__all__ = ["CsvLog", "JUnitReport"]
