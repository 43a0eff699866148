"""What audits found, as Markdown to be pasted into an issue."""

from __future__ import annotations

from collections.abc import Sequence

from emobench.boards.markdown.blocks import blocks
from emobench.boards.sections.audits import of_reports
from emobench.boards.tables import Heading, Items
from emobench.boards.text import code
from emobench.records import AuditReport, version


def render_audits(title: str, facts: Sequence[str], reports: tuple[AuditReport, ...]) -> str:
    """Return a page: what was audited, fact by fact, and what was found.

    Args:
        title: of the page.
        facts: a line each.
        reports: of a split, or of its folds.
    """
    made = f"Made by emobench {version()}, ", code("emobench audit"), "."
    return blocks([Heading(title, 2), Items([*facts]), *of_reports(reports), made]) + "\n"
