"""``emobench data`` on paired datasets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from emobench import cli
from emobench.plugins import loading
from tests.conftest import Dots
from tests.support import film_plugin

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    for name in ("dots", "clips"):
        (folder / name).mkdir(parents=True)
        Dots().write_twin(folder / name)
    return folder


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The tiny plugins, as if their distribution were there."""
    monkeypatch.setattr(loading, "_entry_points", lambda: cast(Any, film_plugin.entries()))
    loading.installed_plugins.cache_clear()
    yield
    loading.installed_plugins.cache_clear()


@pytest.mark.usefixtures("installed")
def test_pairs_can_be_imitated_looked_up_and_verified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "twin"
    assert cli.invoke(["data", "twin", "pairs", str(folder)]) == 0
    assert "A synthetic twin of Pairs is in" in capsys.readouterr().out
    assert cli.invoke(["data", "status", "--data", str(folder), "--json"]) == 0
    (status,) = (one for one in json.loads(capsys.readouterr().out) if one["dataset"] == "pairs")
    assert (status["state"], status["provenance"], status["form"]) == ("found", "synthetic", "members")
    (folder / "clips" / "train" / "thin-03.pix").write_bytes(b"short")
    (folder / "dots" / "train" / "thin-03.pix").write_bytes(b"short")
    assert cli.invoke(["data", "verify", "pairs", "--data", str(folder), "--json"]) == 1
    (report,) = json.loads(capsys.readouterr().out)
    assert report["samples"] == report["official_samples"] == 72
    assert report["counts_that_differ"] == []
    assert [(one["kind"], one["what"]) for one in report["findings"]] == [("unreadable", "5 bytes instead of 16")]
    assert cli.invoke(["data", "verify", "--data", str(folder), "--json"]) == 1
    damaged = {one["dataset"]: len(one["findings"]) for one in json.loads(capsys.readouterr().out)}
    assert (damaged["dots"], damaged["clips"], damaged["pairs"]) == (
        1,
        1,
        0,
    )  # the files of pairs are those of their members


@pytest.mark.usefixtures("installed")
def test_pairs_that_are_not_there_say_how_to_get_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(["data", "status", "--data", str(tmp_path)]) == 0
    assert "pairs was not found. Get dots and clips." in capsys.readouterr().out
