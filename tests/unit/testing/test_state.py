"""The state that all code of a process shares is seen, and put back."""

from __future__ import annotations

import os
import random
from pathlib import Path

import numpy as np

from emobench.testing import state


def test_what_a_block_changes_is_named_and_put_back(tmp_path: Path) -> None:
    before = state.settings()
    with state.restored():
        os.chdir(tmp_path)
        os.environ["EMOBENCH_TEST_STATE"] = "changed"
        np.seterr(all="ignore")
        changed = state.differences(before, state.settings())
    assert changed == [
        "NumPy's handling of floating-point errors",
        "the environment (EMOBENCH_TEST_STATE)",
        "the working directory",
    ]
    assert state.differences(before, state.settings()) == []


def test_generators_are_put_back() -> None:
    before = state.generators()
    with state.restored():
        random.random()
        np.random.random()
        assert {"Python", "NumPy"} <= set(state.differences(before, state.generators()))
    assert state.differences(before, state.generators()) == []


def test_what_depends_on_a_global_generator_differs_under_other_seeds() -> None:
    first, second = state.under_other_seeds(lambda: (random.random(), float(np.random.random())))
    assert first[0] != second[0]
    assert first[1] != second[1]


def test_folders_are_listed_backwards(tmp_path: Path) -> None:
    for name in "bca":
        (tmp_path / name).touch()
    with state.listed_backwards():
        assert [path.name for path in tmp_path.iterdir()] == ["c", "b", "a"]
        with os.scandir(tmp_path) as entries:
            assert [entry.name for entry in entries] == ["c", "b", "a"]
