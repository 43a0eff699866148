"""``emobench verify``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emobench import cli
from tests.support.bundles import (
    files_of,
    in_cell,
    with_record,
    written,
    wrong_score,
    zipped,
)


@pytest.mark.usefixtures("ours")
def test_verify_prints_a_line_a_problem_and_exits_with_1(
    tmp_path: Path, single: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    files = with_record(files_of(single), "fitted", lambda one: in_cell(wrong_score(one), headline="train"))
    bad = written(tmp_path, zipped(files), "bad.zip")
    good = written(tmp_path, single, "good.zip")
    assert cli.invoke(["verify", str(good), str(bad)]) == 1
    lines = capsys.readouterr().out.splitlines()
    lines = [line for line in lines if ": note: " not in line]
    assert [line.partition(": ")[0] for line in lines] == [str(good), str(bad), str(bad), str(bad)]
    assert lines[-1].startswith(f"{bad}: refused: 2 problems")
    assert cli.invoke(["verify", str(bad), "--json"]) == 1
    (report,) = json.loads(capsys.readouterr().out)
    assert (report["verified"], report["name"], len(report["problems"])) == (False, "bad", 2)
    assert set(report["problems"][0]) == {"what", "where"}


def test_a_file_that_is_not_there_is_a_wrong_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(["verify", str(tmp_path / "nothing.zip")]) == 2
    assert "cannot read the bundle: No such file" in capsys.readouterr().err
