"""Bundles: results in one file that somebody else can verify, and boards that are made of such files.

A bundle is packed from run folders (:mod:`.packing`), opened without trust (:mod:`.opening`), verified (:mod:`.verifying`,
with the checks in :mod:`.checks`), and put on a board (:mod:`.boards`).
"""

from emobench.submission.boards import add
from emobench.submission.packing import Packed, pack
from emobench.submission.report import Report
from emobench.submission.verifying import verify

__all__ = ["Packed", "Report", "add", "pack", "verify"]
