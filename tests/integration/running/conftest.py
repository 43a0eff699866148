"""Models of a test installed, as for a user."""

from __future__ import annotations

from tests.support.dots_runs import installed as installed
