"""``emobench splits``: requests that are refused, and settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench import cli
from emobench.cli._options import parse_settings
from emobench.plugins.registry import Registry

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def installed(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny plugins, in the place of all that is installed, for the command line."""
    monkeypatch.setattr("emobench.plugins.installed_plugins", lambda: registry)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["clips", "by-folders"], "did you mean 'by-folder'?"),
        (["clip", "by-folder"], "did you mean 'clips'?"),
        (["clips", "by-folder"], "2 label maps fit 'clips'; name one as labels (--labels): "),
        (["clips", "by-folder", "--labels", "shapes", "--set", "seed"], "'seed' is no name=value"),
        (["clips", "by-folder", "--labels", "shapes", "--fold", "1"], "no parameter 'fold'"),
        (["clips", "by-folder", "--labels", "shapes", "--output", "parts.xls"], ".xls tells no format"),
    ],
)
def test_wrong_requests_are_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = [str(tmp_path / one) if one == "parts.xls" else one for one in arguments]
    assert cli.invoke(["splits", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_settings_are_read_as_toml_or_text() -> None:
    assert parse_settings(["a=1", "b=0.5", "c=true", 'd=["x"]', "e=plain text"]) == {
        "a": 1,
        "b": 0.5,
        "c": True,
        "d": ["x"],
        "e": "plain text",
    }
