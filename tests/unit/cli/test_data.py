"""``emobench data status``: what it says of datasets that are not here."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from emobench.cli.data import _echo_found


def test_datasets_that_are_had_in_one_way_share_a_paragraph(capsys: pytest.CaptureFixture[str]) -> None:
    ways = {"pairs": "Get both.", "pairs-apart": "Get both.", "faces": "Ask for them."}
    datasets = {name: SimpleNamespace(downloads=(), obtain=way) for name, way in ways.items()}
    datasets["voices"] = SimpleNamespace(downloads=("a file",), obtain="Get both.")
    found: list[Any] = [SimpleNamespace(dataset=name, copy=None, problem=None, others=()) for name in datasets]
    plugins: Any = SimpleNamespace(datasets=datasets)
    _echo_found(found, plugins)
    assert capsys.readouterr().out.splitlines()[1:] == [
        "pairs, pairs-apart were not found. Get both.",
        "faces was not found. Ask for them.",
        "voices was not found. 'emobench data download voices' fetches it. Or: Get both.",
    ]
