"""What hangs on the process is found by fitting in another one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emobench.plugins.loading import load
from emobench.testing.kinds import checks_for
from tests import conftest
from tests.conftest import FakeEntry


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
