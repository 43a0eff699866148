"""Warnings that a cell keeps."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from emobench.contracts.model import FitContext, Samples
from tests.support.dots_runs import (
    Means,
    ran,
)

pytestmark = pytest.mark.usefixtures("one_thread")


def test_warnings_are_kept_each_once(tmp_path: Path) -> None:
    class Warning_(Means):  # noqa: N801
        def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
            for _ in range(3):
                warnings.warn("did not converge", RuntimeWarning, stacklevel=1)
            warnings.warn("old", DeprecationWarning, stacklevel=1)
            super().fit(train, validation, context)

    assert ran(tmp_path, Warning_).warnings == ("RuntimeWarning: did not converge", "DeprecationWarning: old")
