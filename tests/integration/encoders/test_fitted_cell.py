"""The fitted model of another experiment as an encoder, in a run on a twin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emobench.data import represent
from emobench.encoders.encoding import Encoded, encode
from emobench.encoders.fitted_cell import FittedCell
from emobench.errors import EmobenchError
from emobench.models import load_fitted, shuffled
from emobench.planning.request import Request
from emobench.plugins import installed_plugins
from emobench.records.run_folder import MODEL, cell_folder
from emobench.running.suite import run_suite

SUITE = """
schema = 1
title = "A network, and a probe on its features"

[[experiments]]
name = "network"
dataset = "ck-plus-48"
protocol = "{protocol}"
model = "small-cnn"
training = {{ epochs = 1 }}

[[experiments]]
name = "probe"
dataset = "ck-plus-48"
protocol = "{other}"
model = "mlp"
takes = ["cell:network"]
"""


def ran(folder: Path, protocol: str = "groups-apart", other: str = "groups-apart") -> Any:
    path = folder / "fitted.toml"
    path.write_text(SUITE.format(protocol=protocol, other=other), encoding="utf-8")
    return run_suite(Request(str(path), out=folder / "runs"), device="cpu")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return ran(tmp_path_factory.mktemp("fitted"))


def record_of(done: Any, experiment: str) -> Any:
    return next(record for record in done.records if record.cell.experiment == experiment)


def test_both_finish_and_the_probe_is_known_by_the_cell(done: Any) -> None:
    network, probe = record_of(done, "network"), record_of(done, "probe")
    assert (network.status, probe.status) == ("finished", "finished")
    assert probe.cell.identity.encoded_by == (network.cell.id,)
    assert (cell_folder(done.plan.run, network.cell.id) / MODEL).is_dir()


def test_the_probe_is_trained_here_and_not_leaky(done: Any) -> None:
    cell = record_of(done, "probe").cell
    assert (cell.exposure, cell.weights, cell.leaky) == (None, (), False)


def encoded(done: Any, output: str) -> tuple[np.ndarray[Any, Any], Any, Any]:
    """Return the encoded samples, the network and its inputs in the same order."""
    plugins, cell = installed_plugins(), record_of(done, "network").cell
    copy = done.plan.found["ck-plus-48"].copy
    samples = copy.index.samples.set_index("sample_id", drop=False)
    samples = samples.loc[shuffled(samples["sample_id"])].reset_index(drop=True)
    encoder = FittedCell.of("cell:network", done.plan.run, cell.id, {}, plugins)
    settings = {"output": output, "layer": -1, "pool": "mean", "batch": 16, "frames": 8}
    array = encode(Encoded(copy, samples, encoder, settings, "fp32", plugins), "cpu", 1, lambda _: None).array
    face = plugins.representations["gray-face"]
    inputs = represent(plugins.datasets["ck-plus-48"], copy, samples, face, {}, plugins, lambda _: None).array
    shapes = (inputs.shape[1:],)
    model = load_fitted(done.plan.run, cell.id, plugins, shapes=shapes, files={}, device="cpu")
    return np.array(array), model, np.array(inputs)


def test_features_are_what_the_last_layer_gets(done: Any) -> None:
    import torch

    array, model, inputs = encoded(done, "features")
    network = model.module.eval()
    last = [each for each in network.modules() if isinstance(each, torch.nn.Linear)][-1]
    with torch.no_grad():
        logits = network(torch.as_tensor(inputs).float() / 255)
        np.testing.assert_allclose(last(torch.as_tensor(array)), logits, rtol=0, atol=1e-4)


def test_probabilities_are_those_of_the_network(done: Any) -> None:
    import torch

    array, model, inputs = encoded(done, "probabilities")
    with torch.no_grad():
        expected = model.module.eval()(torch.as_tensor(inputs).float() / 255).softmax(dim=1)
    np.testing.assert_allclose(array, expected, rtol=0, atol=1e-5)


def test_a_network_that_was_fitted_on_tested_people_makes_the_row_leaky(tmp_path: Path) -> None:
    """The network learns from other people than the probe is kept from."""
    path = tmp_path / "fitted.toml"
    text = SUITE.format(protocol="groups-apart", other="groups-apart")
    head, _, tail = text.rpartition('"groups-apart"')
    path.write_text(f'{head}{{ name = "groups-apart", seed = 1 }}{tail}', encoding="utf-8")
    done = run_suite(Request(str(path), out=tmp_path / "runs"), device="cpu")
    assert record_of(done, "probe").cell.leaky


def test_an_experiment_that_fits_no_single_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmobenchError, match="fits a model for each fold"):
        ran(tmp_path, protocol="leave-one-group-out")
