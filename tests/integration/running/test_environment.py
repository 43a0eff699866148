"""What a record says of the machine and of the packages."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from emobench.running import cell as runner
from emobench.running.cell import run_cell
from emobench.running.environment import OtherLoad
from emobench.splits.task import Tasks
from tests.support.dots_runs import (
    Listener,
    Means,
    planned,
    ran,
    registry_with,
)

pytestmark = pytest.mark.usefixtures("one_thread")


def test_environment_tells_versions_and_nothing_of_the_person(tmp_path: Path) -> None:
    record = ran(tmp_path, Means)
    environment = record.environment
    assert environment["device"] == "cpu"
    assert environment["packages"]["numpy"] == np.__version__
    assert environment["threads"] >= 1
    text = json.dumps(environment)
    private = [str(Path.home()), str(Path.cwd()), str(tmp_path), socket.gethostname()]
    assert [one for one in private if len(one) > 3 and one in text] == []


def test_record_names_the_packages_of_strangers_and_not_emobench(tmp_path: Path) -> None:
    registry = registry_with(net=Means)
    (job,) = planned(tmp_path, registry, "net").jobs
    for plugin in registry.plugins:
        plugin.distribution = "stranger 1.0" if plugin.name == "models" else "emobench 0.1.0"
    record = run_cell(job, Listener(), Tasks(registry))
    assert {what: one.distribution for what, one in record.sources.items()} == {"models/net": "stranger 1.0"}


def test_failure_of_a_process_names_the_packages_of_strangers_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = registry_with(net=Means)
    (job,) = planned(tmp_path, known, "net").jobs
    monkeypatch.setattr(runner, "installed_plugins", lambda: known)
    assert runner.failed_record(job, "Killed", "no memory").sources["models/net"].distribution == "stranger 1.0"


def test_processors_that_another_program_uses_are_counted() -> None:
    load = OtherLoad()
    assert load.processors == 0.0
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as other:
        try:
            with load:
                time.sleep(1.0)
        finally:
            other.kill()
    assert load.processors > 0.3  # of a whole one: the other tests run beside it
