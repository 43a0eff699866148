"""The suites speech-probes and face-probes: people apart, one question for every encoder, a baseline beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.planning.plan import Plan
from emobench.planning.planner import make_plan
from emobench.planning.request import Request
from emobench.plugins.loading import installed_plugins
from emobench.suites.reading import find_suite

BASELINES = {"speech-probes": "mfcc-chroma-mel", "face-probes": "gray-face"}
OTHERS = {"speech-probes": "spectrogram-image", "face-probes": "face-image"}

pytestmark = pytest.mark.parametrize("suite", BASELINES)


def plan(suite: str, folder: Path, *only: str) -> Plan:
    if "logistic-probe" not in installed_plugins().models:
        pytest.skip("no probe is registered")
    return make_plan(Request(suite, out=folder, only=only, encoders=(OTHERS[suite],)), installed_plugins())


def test_a_default_run_is_one_probe_for_each_corpus_and_encoder_with_people_apart(suite: str, tmp_path: Path) -> None:
    cells = [job.cell for job in plan(suite, tmp_path).jobs]
    assert {cell.experiment.partition("/")[0].rpartition(".")[2] for cell in cells} == {"logistic"}
    assert not any(cell.leaky for cell in cells)
    assert {cell.pattern.encoder for cell in cells if cell.pattern} == {BASELINES[suite], OTHERS[suite]}


def test_strength_is_chosen_on_validation(suite: str, tmp_path: Path) -> None:
    for job in plan(suite, tmp_path).jobs:
        assert "validation" in job.cell.identity.split or job.cell.identity.folds
        assert job.cell.identity.grid


@pytest.mark.parametrize("probe", ["linear-svm", "k-nn", "mlp"])
def test_other_probes_are_run_where_they_are_asked_for(suite: str, probe: str, tmp_path: Path) -> None:
    assert plan(suite, tmp_path, f"*.{probe}").jobs


def test_every_encoder_is_asked_the_same_by_every_probe(suite: str) -> None:
    experiments = find_suite(suite, installed_plugins()).experiments
    assert len({each.protocol.model_dump_json() for each in experiments if each.protocol}) == 1
    assert [each.name for each in experiments if not each.optional] == [
        "{dataset}.{encoder}.logistic",
        "{dataset}.{encoder}.ridge",
    ]
