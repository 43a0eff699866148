"""``emobench audit``: requests that make no sense."""

from __future__ import annotations

import pytest

from emobench import cli


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["audit"], "needs either --suite or --dataset"),
        (["audit", "--suite", "paper-replication", "--dataset", "tess"], "needs either --suite or --dataset"),
        (["audit", "--dataset", "tess", "--labels", "seven-emotions"], "needs --protocol too"),
        (["audit", "--dataset", "tes", "--labels", "a", "--protocol", "b"], "did you mean 'tess'"),
    ],
)
def test_requests_that_make_no_sense(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(arguments) == 2
    assert message in capsys.readouterr().err
