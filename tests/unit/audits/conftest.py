"""Clean images and sounds."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from emobench.contracts.protocol import Split
from tests.support.audited import Planted, faces, index, voices


@pytest.fixture
def images(fresh_cache: Path) -> tuple[Planted, pd.DataFrame, Split]:
    samples, split = index({"train": 12, "validation": 6, "test": 6})
    return Planted("image", faces(list(samples["sample_id"]))), samples, split


@pytest.fixture
def sounds(fresh_cache: Path) -> tuple[Planted, pd.DataFrame, Split]:
    samples, split = index({"train": 12, "validation": 6, "test": 6})
    return Planted("audio", voices(list(samples["sample_id"]))), samples, split
