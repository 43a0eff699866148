"""ONNX files as encoders, compared with onnxruntime called plainly and with numpy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emobench.encoders.onnx_files import OnnxFile
from emobench.encoders.weights import weights_hash
from emobench.errors import EmobenchError
from tests.support import tiny_encoders as tiny

onnx = pytest.importorskip("onnx", reason="pip install 'emobench[onnx]'")
onnxruntime = pytest.importorskip("onnxruntime", reason="pip install 'emobench[onnx]'")


def test_a_sound(tmp_path: Path) -> None:
    path = tiny.onnx_sound(tmp_path / "m.onnx", 8000)
    encoder = OnnxFile(str(path))
    assert (encoder.modality, encoder.rate, encoder.one_length) == ("audio", 8000, True)
    batch = tiny.sounds((4000, 4000))
    found = encoder.load("cpu", "fp32")(batch)
    plain = onnxruntime.InferenceSession(path).run(None, {"sound": np.stack(batch)})[0]
    np.testing.assert_allclose(np.stack([np.asarray(each)[0] for each in found]), plain, rtol=0, atol=1e-6)


def test_a_picture_is_scaled_as_its_parameters_say(tmp_path: Path) -> None:
    path = tiny.onnx_picture(tmp_path / "m.onnx")
    encoder = OnnxFile(str(path))
    picture = np.full((16, 16, 3), 51, dtype=np.uint8)
    (found,) = encoder.load("cpu", "fp32", size=224, mean=[0.1, 0.1, 0.1], std=[0.5, 0.5, 0.5])([picture])
    matrix = onnx.numpy_helper.to_array(onnx.load(path).graph.initializer[0])
    np.testing.assert_allclose(np.asarray(found)[0, 0], (0.2 - 0.1) / 0.5 * matrix.sum(axis=0), atol=1e-4)


def test_weights_beside_the_file_count(tmp_path: Path) -> None:
    path = tiny.onnx_picture(tmp_path / "m.onnx")
    external = {"save_as_external_data": True, "location": "m.data", "size_threshold": 0}
    onnx.save(onnx.load(path), path, **external)
    first = OnnxFile(str(path))
    assert [each.name for each in first.files()] == ["m.onnx", "m.data"]
    before, data = weights_hash(first), tmp_path / "m.data"
    data.write_bytes(data.read_bytes()[:-1] + b"\x07")
    assert weights_hash(OnnxFile(str(path))) != before


def test_what_is_no_onnx_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(b"no network")
    with pytest.raises(EmobenchError, match="onnxruntime cannot load it"):
        OnnxFile(str(tmp_path / "m.onnx"))


def network(
    path: Path, shape: list[Any], made: str, given: str = "FLOAT", also: bool = False, rate: str = "16000"
) -> Path:
    """Write a network that gives the mean over the last axis, (n, 1), or one number of each sample, (n,)."""
    from onnx import TensorProto, helper

    kind = getattr(TensorProto, given)
    mean = helper.make_node("ReduceMean", ["x"], ["y"], axes=[-1], keepdims=int(made == "vector"))
    inputs = [helper.make_tensor_value_info("x", kind, shape)]
    nodes = [mean]
    if also:
        inputs.append(helper.make_tensor_value_info("mask", kind, shape))
        nodes = [helper.make_node("Mul", ["x", "mask"], ["heard"]), mean]
        mean.input[0] = "heard"
    outputs = [helper.make_tensor_value_info("y", kind, None)]
    graph = helper.make_graph(nodes, "mean", inputs, outputs)
    whole = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(whole, {"sample_rate": rate})
    onnx.save(whole, path)
    return path


@pytest.mark.parametrize("fixed", [1, 2])
def test_a_network_for_a_fixed_number_of_samples_gets_so_many_at_once(tmp_path: Path, fixed: int) -> None:
    encoder = OnnxFile(str(network(tmp_path / "m.onnx", [fixed, "t"], "vector")))
    batch = tiny.sounds((4000, 4000, 4000))
    found = encoder.load("cpu", "fp32")(batch)
    np.testing.assert_allclose([np.asarray(each)[0, 0, 0] for each in found], np.mean(batch, axis=1), atol=1e-6)


def test_half_precision_gets_half_precision(tmp_path: Path) -> None:
    encoder = OnnxFile(str(network(tmp_path / "m.onnx", ["n", "t"], "vector", "FLOAT16")))
    assert len(encoder.load("cpu", "fp32")(tiny.sounds((4000, 4000)))) == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"shape": ["n", 16_000]}, "takes sounds of 16,000 samples alone"),
        ({"shape": ["n", 80, "t"]}, r"is \(n, 80, t\)"),
        ({"shape": ["n", 32, 32, 3]}, r"is \(n, 32, 32, 3\)"),
        ({"shape": ["n", "t"], "given": "INT64"}, r"takes tensor\(int64\)"),
        ({"shape": ["n", "t"], "also": True}, r"needs 2 inputs \(x, mask\)"),
        ({"shape": ["n", "t"], "rate": "16kHz"}, "sample_rate = '16kHz'"),
    ],
)
def test_an_input_that_is_no_plain_sound_or_picture_is_refused(
    tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(EmobenchError, match=said):
        OnnxFile(str(network(tmp_path / "m.onnx", made="vector", **options)))


def test_an_output_that_is_no_vector_is_refused(tmp_path: Path) -> None:
    encoder = OnnxFile(str(network(tmp_path / "m.onnx", ["n", "t"], "number")))
    with pytest.raises(EmobenchError, match="its first output is"):
        encoder.load("cpu", "fp32")(tiny.sounds((4000, 4000)))


@pytest.mark.parametrize(("changed", "said"), [({"size": 0}, "size is 0"), ({"mean": [0.5]}, r"mean is \[0\.5\]")])
def test_parameters_that_are_no_scaling_are_refused(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    encoder = OnnxFile(str(tiny.onnx_picture(tmp_path / "m.onnx")))
    with pytest.raises(EmobenchError, match=said):
        encoder.load("cpu", "fp32", **{**encoder.parameters, **changed})
