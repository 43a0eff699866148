"""The conformance kit: what keeps to its contract passes, and each planted fault fails its own check and no other."""

from __future__ import annotations

import re
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

from emobench import cli
from emobench.contracts.model import ModelSpec
from emobench.plugins.loading import installed_plugins, load
from emobench.records.record import Failure
from emobench.testing.contract import Kind
from emobench.testing.kinds import CONTRACTS, checks_for
from emobench.testing.light_import import HEAVY
from tests import conftest
from tests.conftest import FakeEntry
from tests.support.conformance import assert_only_this_fails, planted, registered, results, with_registry
from tests.support.planted_faults import SOUND, Fault, model, refuse


@planted("models")
def test_a_faulty_model_fails_one_check(fault: Fault) -> None:
    assert_only_this_fails("models", fault)


@pytest.mark.parametrize(("kind", "component"), SOUND, ids=[f"{kind}-{type(one).__name__}" for kind, one in SOUND])
def test_what_keeps_to_its_contract_passes(kind: str, component: Any) -> None:
    found = results(kind, component)
    assert [str(result) for result in found if result.status == "failed"] == []
    skipped = {result.check for result in found if result.status == "skipped"}
    # The plugin of these tests is no file, so that another process cannot import it.
    there = {"light-import", "learnt-is-json", "equal-members", "folds-test-all-once", "logits", "one-sample-a-class"}
    there.add("member-order")
    assert skipped <= there


def test_a_heavy_import_at_registration_fails_one_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        "import pandas",
        "from emobench import Metric, hookimpl",
        "@hookimpl",
        "def emobench_metrics():",
        "    return [Metric('heavy', 'heavy', lambda truth, p, classes: float((p.argmax(1) == truth).mean()))]",
    ]
    (tmp_path / "heavy_plugin.py").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    import importlib

    entry: Any = FakeEntry("heavy", importlib.import_module("heavy_plugin"))
    monkeypatch.delitem(sys.modules, "heavy_plugin")
    failed = [
        r for r in (check.run() for check in checks_for("metrics", "heavy", load([entry]))) if r.status == "failed"
    ]
    assert [(result.check, result.seen) for result in failed] == [("light-import", "it imports pandas")]


def test_what_hangs_on_the_process_fails_though_two_fits_in_one_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        "from emobench import Index, ModelSpec, hookimpl",
        "from tests.support.planted_faults import Centroids, Corpus, spec",
        "class Hashed(Centroids):",
        "    def learn(self, x, y, classes):",
        "        super().learn(x, y, classes)",
        "        self.means = self.means + hash('emotion') % 1000 / 1e4",
        "class HashedIds(Corpus):",
        "    def index(self, copy):",
        "        samples = super().index(copy).samples",
        "        return Index(samples.assign(sample_id=[f'{hash(one):x}' for one in samples['sample_id']]))",
        "@hookimpl",
        "def emobench_models(): return [spec(Hashed)]",
        "@hookimpl",
        "def emobench_datasets(): return [HashedIds()]",
    ]
    (tmp_path / "hashed_plugin.py").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    import importlib

    entries: Any = [FakeEntry("hashed", importlib.import_module("hashed_plugin")), FakeEntry("dots", conftest)]
    failed = {}
    for kind, wanted in (("models", "same-seed-same-result"), ("datasets", "stable-order")):
        (check,) = [one for one in checks_for(kind, "on-trial", load(entries)) if str(one) == wanted]  # type: ignore[arg-type]
        failed[wanted] = check.run().seen
    assert "fitted in another process with one seed, it predicts differently" in failed["same-seed-same-result"]
    assert "read in another process, row 0 has the sample_id" in failed["stable-order"]


def test_importing_the_kit_imports_neither_pytest_nor_a_framework() -> None:
    code = f"import sys, emobench.testing; print([m for m in {('pytest', *HEAVY)!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def built_in(*kinds: Kind) -> pytest.MarkDecorator:
    found = [(kind, name) for kind in kinds for name in sorted(getattr(installed_plugins(), kind))]
    return pytest.mark.parametrize(("kind", "name"), found, ids=[name for _, name in found])


def assert_passes(kind: Kind, name: str) -> None:
    found = [check.run() for check in checks_for(kind, name)]
    assert [str(result) for result in found if result.status == "failed"] == []
    assert any(result.status == "passed" for result in found)


@built_in("fusions", "protocols", "representations", "label_maps", "metrics")
def test_what_is_built_in_passes(kind: Kind, name: str) -> None:
    assert_passes(kind, name)


@built_in("datasets")
def test_datasets_that_are_built_in_pass(kind: Kind, name: str) -> None:
    assert_passes(kind, name)


def test_an_estimator_that_is_built_in_passes() -> None:
    assert_passes("models", "mlp")


@pytest.mark.usefixtures("one_thread")
def test_a_network_that_is_built_in_passes() -> None:
    assert_passes("models", "resnet18")


def test_a_file_of_three_lines_and_the_fixtures_work(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["emobench.testing.fixtures"]\n', encoding="utf-8")
    lines = [
        "import pytest",
        "from emobench.testing import checks_for",
        "@pytest.mark.parametrize('check', checks_for('fusions', 'average'), ids=str)",
        "def test_conformance(check): check()",
        "def test_twin(twin, registry):",
        "    name = min(registry.datasets)",
        "    assert set(twin(name).index.samples['label']) == set(registry.datasets[name].labels)",
    ]
    (tmp_path / "test_plugin.py").write_text("\n".join(lines), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-v", "-W", "error", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_conformance[rows-sum-to-one] PASSED" in done.stdout
    assert "test_conformance[learnt-is-json] SKIPPED" in done.stdout
    assert "test_twin PASSED" in done.stdout


def test_command_prints_a_line_a_check_and_a_summary(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(["check", "average"]) == 0
    head, *lines, summary = capsys.readouterr().out.splitlines()
    assert head == "fusion average, registered by emobench_plugins.fusions.average"
    passed = [contract.name for contract in CONTRACTS["fusions"] if contract.name != "learnt-is-json"]
    assert [line.split()[1] for line in lines] == [*passed, "learnt-is-json:"]
    assert summary == "12 passed, 0 failed, 1 skipped"


def test_what_was_raised_is_said_with_its_place_and_not_with_a_remedy_for_something_else() -> None:
    (failed,) = [result for result in results("models", model(fit=refuse)) if result.status == "failed"]
    assert re.fullmatch(r"ValueError: no, thank you \(planted_faults.py:\d+, in refuse\)", failed.seen)
    assert failed.remedy.startswith("fix what raised this")
    trace = "".join(traceback.format_exception(failed.error))
    assert Failure(kind="ValueError", message="no, thank you", traceback=trace).line == failed.seen
    assert Failure(kind="EmobenchError", message="no such folder", traceback=trace).line == "no such folder"


def test_command_prints_the_traceback_on_request(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_registry(monkeypatch, registered("models", model(fit=refuse)))
    assert cli.invoke(["check", "on-trial", "--kind", "model", "--traceback"]) == 1
    assert "in refuse\n" in capsys.readouterr().err


def test_checks_that_are_skipped_for_one_reason_stand_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def raising(**_: Any) -> Any:
        raise KeyError("scores")

    with_registry(monkeypatch, registered("models", ModelSpec(name="on-trial", takes=("gray-face",), build=raising)))
    assert cli.invoke(["check", "on-trial"]) == 1
    lines = capsys.readouterr().out.splitlines()
    (skipped,) = [line for line in lines if "'fits' fails" in line]
    assert "learns-the-twin" in skipped
    assert "rows-sum-to-one" in skipped
    assert lines[-1] == "failed: fits"
