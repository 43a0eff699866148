"""ONNX files as encoders, compared with onnxruntime called plainly and with numpy."""

from __future__ import annotations

from pathlib import Path

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
