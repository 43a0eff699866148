"""Events, and components found by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emobench.errors import EmobenchError
from emobench.plugins.loading import installed_plugins
from tests.conftest import FakeEntry, module
from tests.support.faulty_plugins import GOOD, loaded, raising


@pytest.mark.parametrize("error", [RuntimeError("no disk\nleft"), SystemExit("no disk left")])
def test_event_hook_that_raises_is_reported_and_the_others_are_called(
    error: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[Any] = []
    plugins = loaded(
        FakeEntry("before", module("before_plugin", emobench_run_finished=lambda records: told.append(records))),
        FakeEntry("bad", module("bad_plugin", emobench_run_finished=lambda records: raising(error)())),
        FakeEntry("after", module("after_plugin", emobench_run_finished=lambda: told.append("no argument"))),
    )
    plugins.notify("emobench_run_finished", records=[1], skipped=[], folder=Path("runs"))
    assert sorted(map(str, told)) == ["[1]", "no argument"]
    kind = type(error).__name__
    assert capsys.readouterr().err == (
        f"emobench: plugin 'stranger:bad' failed in emobench_run_finished: {kind}: no disk left\n"
    )


def test_event_without_an_argument_of_its_hook_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError, match="emobench_run_finished has the arguments"):
        loaded().notify("emobench_run_finished", records=[])


def test_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(EmobenchError) as caught:
        loaded(FakeEntry("good", GOOD)).find("fusions", "frist", where="suite.toml")
    assert str(caught.value) == "suite.toml: no fusion 'frist'; did you mean 'first'?"


def test_unknown_name_far_from_all_lists_them() -> None:
    with pytest.raises(EmobenchError, match="no protocol 'xyz'; known: clip-folds"):
        installed_plugins().find("protocols", "xyz")
