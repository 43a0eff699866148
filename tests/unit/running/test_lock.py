"""The lock of a run folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.errors import EmobenchError
from emobench.running.lock import run_lock


def test_second_run_is_refused_until_the_first_ends(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "suite"
    with run_lock(folder):
        with pytest.raises(EmobenchError, match="another run is at work here"), run_lock(folder):
            pass
        with run_lock(tmp_path / "runs" / "other"):
            pass
    with run_lock(folder):
        pass


def test_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(EmobenchError, match="cannot write there") as raised, run_lock(tmp_path / "runs" / "suite"):
        pass
    assert raised.value.remedy == "choose another --out"


def test_error_of_the_run_itself_is_passed_on_and_the_lock_is_released(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="of the run"), run_lock(tmp_path):
        raise OSError("of the run")
    with run_lock(tmp_path):
        pass
