"""A board with one row, which is drawn."""

from __future__ import annotations

from tests.support.drawn import board as board
