"""Tests of emobench; they need no network, no GPU and no dataset."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
"""The checkout."""
