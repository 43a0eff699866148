"""The built-in networks, against torchvision's own, the literature's counts, and sums worked out here."""

from __future__ import annotations

import functools
import importlib
import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from emobench_plugins.models.image_networks import IMAGENET_DEVIATION, IMAGENET_MEAN
from emobench_plugins.models.stream_network import StreamNetwork
from torch import nn
from torchvision.ops import StochasticDepth

from emobench.contracts.model import FitContext, Schedule
from emobench.errors import EmobenchError
from emobench.models.build import build_model, check_parameters
from emobench.models.torch_loop import TorchModel
from emobench.plugins import loading
from tests import model_costs
from tests.conftest import FakeEntry, given
from tests.model_costs import GRAY, IMAGE_NETWORKS, PUBLISHED, TORCHVISION, multiply_adds, on_meta, parameters, specs

COLOUR = (3, 48, 48)
SMALL = ("resnet18", "mobilenet-v2")  # built with weights; the large ones are built without, on the device meta
STEMS = {"vgg": "features.0", "resnet": "conv1", "mobilenet": "features.0.0", "efficientnet": "features.0.0"}
LAST = {"resnet18": "fc", "mobilenet-v2": "classifier.1"}

every_network = pytest.mark.parametrize("name", IMAGE_NETWORKS)
small_networks = pytest.mark.parametrize("name", SMALL)


def original(name: str, **options: Any) -> nn.Module:
    """Build torchvision's network of that name."""
    network: nn.Module = getattr(torchvision.models, name.replace("-", "_"))(weights=None, **options)
    return network


def made(name: str, shape: tuple[int, ...] = GRAY, seed: int = 3, classes: int = 7, **options: Any) -> nn.Module:
    torch.manual_seed(seed)
    module: nn.Module = specs()[name].build(classes=classes, input_shapes=(shape,), **options)
    return module


def stem(name: str, module: nn.Module) -> nn.Conv2d:
    found = module.get_submodule(next(path for family, path in STEMS.items() if name.startswith(family)))
    assert isinstance(found, nn.Conv2d)
    return found


def rates(module: nn.Module) -> list[float]:
    return [layer.p for layer in module.modules() if isinstance(layer, nn.Dropout)]


# --------------------------------------------------------------------------------------------------- registration


def test_every_plugin_registers_its_models() -> None:
    modules = ["vgg", "resnet", "mobilenet_v2", "efficientnet_v2", "two_stream_cnn"]
    entries: Any = [FakeEntry(name, importlib.import_module(f"emobench_plugins.models.{name}")) for name in modules]
    registry = loading.load(entries)
    assert [status.problems for status in registry.plugins if status.problems] == []
    assert {*IMAGE_NETWORKS, "spectrogram-cnn", "two-stream-cnn"} == set(registry.models)


@every_network
def test_suite_can_set_dropout_and_weights_and_not_the_depth(name: str) -> None:
    check_parameters(specs()[name], {"dropout": 0.1, "weights": "somewhere.pth"})
    with pytest.raises(EmobenchError, match="no parameter 'depth'"):
        check_parameters(specs()[name], {"depth": 34})


# --------------------------------------------------------------------------------------------------------- counts


@every_network
def test_parameters_and_multiply_adds_are_those_that_torchvision_documents(name: str) -> None:
    documented, operations, side = TORCHVISION[name]
    torchvisions: Any = torchvision.models.get_model_weights(name.replace("-", "_"))
    assert torchvisions.DEFAULT.meta["num_params"] == documented
    module = on_meta(name, 1000, ((3, side, side),))
    assert parameters(module) == documented
    assert round(multiply_adds(module, (3, side, side)) / 1e9, 3) == operations


@every_network
def test_counts_agree_with_the_printed_ones(name: str) -> None:
    known_to_differ = {("resnet50", 1), ("mobilenet-v2", 0)}  # docs/models.md says why
    ours = TORCHVISION[name][0] / 1e6, TORCHVISION[name][1]
    for column, printed in enumerate(PUBLISHED[name]):
        if printed != "–":
            close = ours[column] == pytest.approx(float(printed), rel=0.03)
            assert close is ((name, column) not in known_to_differ)


def test_multiply_adds_are_counted_as_by_hand() -> None:
    layers = [nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2), nn.BatchNorm2d(6), nn.Flatten(), nn.Linear(150, 5)]
    # 5x5 places, 6 filters, 3x3 over half of the 4 channels; then 150 by 5.
    assert multiply_adds(nn.Sequential(*layers), (4, 9, 9)) == 5 * 5 * 6 * 3 * 3 * 2 + 150 * 5


def test_tables_of_the_documentation_are_current() -> None:
    page = (model_costs.ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    assert "\n".join(model_costs.literature()) in page, "run `python -m tests.model_costs`"
    assert "\n".join(model_costs.here()) in page, "run `python -m tests.model_costs`"


# ---------------------------------------------------------------------------------------------- shapes and dropout


@every_network
@pytest.mark.parametrize("shape", [(1, 48, 48), (3, 48, 48), (1, 128, 128), (3, 128, 128), (3, 32, 40)])
def test_images_of_this_size_become_logits(name: str, shape: tuple[int, ...]) -> None:
    module = on_meta(name, 7, (shape,))
    assert module(torch.empty((2, *shape), device="meta")).shape == (2, 7)
    assert stem(name, module).in_channels == shape[0]


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("vgg16", [0.5, 0.5]),
        ("vgg19", [0.5, 0.5]),
        ("resnet18", []),
        ("resnet50", []),
        ("mobilenet-v2", [0.2]),
        ("efficientnet-v2-m", [0.3]),
    ],
)
def test_dropout_has_the_rate_that_is_asked_for(name: str, default: list[float]) -> None:
    assert rates(on_meta(name, 7, (GRAY,))) == default
    assert specs()[name].parameters["dropout"] == (default or [0.0])[0]
    assert not any(rates(on_meta(name, 7, (GRAY,), dropout=0.0)))
    assert rates(on_meta(name, 7, (GRAY,), dropout=0.1)) == [0.1] * max(len(default), 1)


def test_dropout_of_a_resnet_stands_before_its_classifier() -> None:
    network: Any = on_meta("resnet50", 7, (GRAY,), dropout=0.1)
    assert [type(layer) for layer in network.fc] == [nn.Dropout, nn.Linear]
    assert (network.fc[1].in_features, network.fc[1].out_features) == (2048, 7)


@pytest.mark.parametrize(("rate", "last"), [(0.2, 0.2 * 56 / 57), (0.0, 0.0)])  # 57 blocks, counted from 0
def test_stochastic_depth_rises_to_the_rate_that_is_asked_for(rate: float, last: float) -> None:
    module = on_meta("efficientnet-v2-m", 7, (GRAY,), stochastic_depth=rate)
    depths = [layer.p for layer in module.modules() if isinstance(layer, StochasticDepth)]
    assert len(depths) == 57
    assert depths[-1] == pytest.approx(last)
    assert depths == sorted(depths)


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("vgg16", (1, 48, 31), "48x31 pixels are too small .*; let the representation give at least 32 pixels a side"),
        ("spectrogram-cnn", (3, 15, 48), "15x48 pixels are too small .*; let the representation give at least 16"),
        ("resnet18", (180,), r"a sample has the shape 180; an image network takes \(channels, height, width\)"),
        ("mobilenet-v2", (8, 3, 48, 48), "a sample has the shape 8x3x48x48; an image network takes"),
    ],
)
def test_input_that_the_network_cannot_take_is_refused(name: str, shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(EmobenchError, match=message):
        on_meta(name, 7, (shape,))


# ------------------------------------------------------------------------------------------------- initialisation


@small_networks
def test_network_for_colour_images_is_torchvisions_bit_for_bit(name: str) -> None:
    torch.manual_seed(3)
    expected = original(name, num_classes=7).state_dict()
    got = made(name, COLOUR).state_dict()
    assert list(got) == list(expected)
    assert all(torch.equal(got[key], expected[key]) for key in expected)


@small_networks
def test_network_for_gray_images_differs_in_its_first_convolution_only(name: str) -> None:
    gray, colour = made(name, GRAY).state_dict(), made(name, COLOUR).state_dict()
    assert [key for key in colour if not torch.equal(gray[key], colour[key])] == [
        key for key in colour if gray[key].shape != colour[key].shape
    ]


def test_regularised_resnet18_begins_as_it_always_did() -> None:
    torch.manual_seed(42)
    expected: Any = original("resnet18", num_classes=7)
    expected.conv1 = nn.Conv2d(1, 64, kernel_size=7, stride=2, padding=3, bias=False)
    nn.init.kaiming_normal_(expected.conv1.weight, mode="fan_out", nonlinearity="relu")
    expected.fc = nn.Sequential(nn.Dropout(0.2), nn.Linear(512, 7))
    got = made("resnet18", seed=42, dropout=0.2).state_dict()
    assert all(torch.equal(got[key], value) for key, value in expected.state_dict().items())


@pytest.mark.parametrize("name", ["vgg16", "resnet18", "mobilenet-v2"])
def test_new_first_convolution_is_initialised_as_torchvisions(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "vgg16":  # whose classifier has 120 million weights that do not matter here
        initialise = functools.partialmethod(nn.Linear.__init__, device="meta")
        monkeypatch.setattr(nn.Linear, "__init__", initialise)
    got, expected = stem(name, made(name, GRAY)), stem(name, original(name))
    spread = math.sqrt(2 / (expected.out_channels * expected.kernel_size[0] * expected.kernel_size[1]))
    for weight in (got.weight, expected.weight):
        assert weight.std().item() == pytest.approx(spread, rel=4 / math.sqrt(2 * weight.numel()))
        assert abs(weight.mean().item()) < 4 * spread / math.sqrt(weight.numel())
    assert got.weight.shape == (expected.out_channels, 1, *expected.kernel_size)
    assert (got.stride, got.padding, got.bias is None) == (expected.stride, expected.padding, expected.bias is None)
    assert got.bias is None or not got.bias.any()


def test_same_seed_gives_the_same_weights() -> None:
    first, again, other = (made("mobilenet-v2", seed=seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not torch.equal(first["classifier.1.weight"], other["classifier.1.weight"])


# --------------------------------------------------------------------------------------------- weights from a file


@pytest.fixture
def saved(name: str, tmp_path: Path) -> tuple[Path, dict[str, torch.Tensor]]:
    """A file of weights such as torchvision offers for download, and what is in it."""
    torch.manual_seed(11)
    state = original(
        name, num_classes=7
    ).state_dict()  # as many outputs as the task, which are other classes all the same
    torch.save(state, tmp_path / "weights.pth")
    return tmp_path / "weights.pth", state


@small_networks
def test_weights_come_from_the_file_except_for_the_last_layer(
    name: str, saved: tuple[Path, dict[str, torch.Tensor]]
) -> None:
    path, state = saved
    module = made(name, COLOUR, weights=str(path))
    got = {key.removeprefix("1."): value for key, value in module.state_dict().items()}
    assert list(got) == list(state)
    differing = {key for key in state if not torch.equal(got[key], state[key])}
    assert f"{LAST[name]}.weight" in differing <= {f"{LAST[name]}.weight", f"{LAST[name]}.bias"}
    fresh = made(name, COLOUR).state_dict()[f"{LAST[name]}.weight"]
    assert torch.equal(got[f"{LAST[name]}.weight"], fresh)


@small_networks
def test_gray_network_answers_as_the_colour_network_does_to_gray_in_colour(
    name: str, saved: tuple[Path, dict[str, torch.Tensor]]
) -> None:
    path, state = saved
    gray: Any = made(name, GRAY, weights=str(path)).eval()
    colour = original(name, num_classes=7).eval()
    colour.load_state_dict(state)
    colour.get_submodule(LAST[name]).load_state_dict(gray[1].get_submodule(LAST[name]).state_dict())
    images = torch.rand(2, *GRAY)
    standardised = (images - sum(IMAGENET_MEAN) / 3) / (sum(IMAGENET_DEVIATION) / 3)
    with torch.inference_mode():
        torch.testing.assert_close(gray(images), colour(standardised.expand(2, 3, 48, 48)), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["resnet18"])
def test_pretrained_network_standardises_its_images(name: str, saved: tuple[Path, dict[str, torch.Tensor]]) -> None:
    network: Any = made(name, COLOUR, weights=str(saved[0]))
    colours = torch.tensor(IMAGENET_MEAN).reshape(1, 3, 1, 1).expand(1, 3, 2, 2)
    assert not network[0](colours).any()
    torch.testing.assert_close(network[0](colours + 1)[0, :, 0, 0], 1 / torch.tensor(IMAGENET_DEVIATION))
    assert all(key.startswith("1.") for key in network.state_dict())  # the constants are no weights


@pytest.mark.parametrize("name", ["resnet18"])
def test_dropout_and_weights_go_together(name: str, saved: tuple[Path, dict[str, torch.Tensor]]) -> None:
    assert rates(made(name, weights=str(saved[0]), dropout=0.2)) == [0.2]


def files_of(name: str, path: Path) -> None:
    """Write a small file in torchvision's layout, with 1,000 classes: every tensor is one number, seen many times."""
    with torch.device("meta"):
        state = original(name).state_dict()
    torch.save({key: torch.zeros((), dtype=v.dtype).expand(v.shape) for key, v in state.items()}, path)


@pytest.mark.filterwarnings("ignore:.*copying from a non-meta parameter")
@every_network
def test_torchvisions_files_fit(name: str, tmp_path: Path) -> None:
    files_of(name, tmp_path / "weights.pth")
    module = on_meta(name, 7, (GRAY,), weights=str(tmp_path / "weights.pth"))
    assert module(torch.empty((2, *GRAY), device="meta")).shape == (2, 7)


class Code:
    """What a pickle could run."""


def wrong_file(kind: str, path: Path) -> None:
    state = original("mobilenet_v2").state_dict()
    if kind == "text":
        path.write_text("version https://git-lfs.github.com/spec/v1\n", encoding="utf-8")
    elif kind == "folder":
        path.mkdir()
    elif kind == "code":
        torch.save({"model": Code()}, path)
    elif kind == "checkpoint":
        torch.save({"epoch": 3, "state_dict": state}, path)
    elif kind == "other":
        with torch.device("meta"):
            resnet = original("resnet18").state_dict()
        torch.save({key: torch.zeros(()).expand(value.shape) for key, value in resnet.items()}, path)
    elif kind == "size":
        torch.save(state | {"features.1.conv.0.0.weight": torch.zeros(32, 1, 5, 5)}, path)
    elif kind == "nan":
        torch.save(state | {"features.1.conv.0.1.bias": torch.full((32,), torch.nan)}, path)


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("missing", "there is no such file of weights"),
        ("folder", "there is no such file of weights"),
        ("text", "cannot be read as weights (UnpicklingError)"),
        ("code", "cannot be read as weights (UnpicklingError)"),
        ("checkpoint", "is no state dict: a mapping from names to tensors"),
        ("other", "no weights of mobilenet_v2: it has no 'features.0.0.weight' (and "),
        ("size", "no weights of mobilenet_v2: 'features.1.conv.0.0.weight' is 32x1x5x5 and not 32x1x3x3"),
        ("nan", "no weights of mobilenet_v2: 'features.1.conv.0.1.bias' has values that are not finite"),
    ],
)
def test_wrong_file_is_one_clear_error(kind: str, what: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    wrong_file(kind, path)
    with pytest.raises(EmobenchError) as caught:
        on_meta("mobilenet-v2", 7, (GRAY,), weights=str(path))
    assert str(caught.value).startswith(f"{path}: {what}")
    assert str(caught.value).endswith(
        "; give a state dict of torchvision's mobilenet_v2 (a .pth file), or leave the parameter weights out"
    )
    assert "\n" not in str(caught.value)


# ----------------------------------------------------------------------------------------------- the CNN of paper B

SHAPES = ((1, 16, 16), (3, 16, 32))


def streams(**options: Any) -> StreamNetwork:
    torch.manual_seed(0)
    module = specs()["two-stream-cnn"].build(classes=3, input_shapes=SHAPES, **options)
    assert isinstance(module, StreamNetwork)
    return module


@pytest.fixture(scope="module")
def network() -> StreamNetwork:
    return streams()


def test_two_streams_of_different_sizes_become_logits(network: StreamNetwork) -> None:
    assert network(torch.rand(2, *SHAPES[0]), torch.rand(2, *SHAPES[1])).shape == (2, 3)


def test_both_streams_count(network: StreamNetwork) -> None:
    network.eval()
    face, sound = torch.rand(1, *SHAPES[0]), torch.rand(1, *SHAPES[1])
    with torch.inference_mode():
        logits = network(face, sound)
        assert not torch.equal(logits, network(1 - face, sound))
        assert not torch.equal(logits, network(face, 1 - sound))
    network.train()


def test_wrong_number_of_inputs_is_an_error(network: StreamNetwork) -> None:
    with pytest.raises(ValueError, match="shorter"):
        network(torch.rand(2, *SHAPES[0]))


@pytest.mark.parametrize(("name", "count"), [("spectrogram-cnn", 1), ("two-stream-cnn", 2)])
def test_parameters_of_the_stream_network_are_those_counted_by_hand(name: str, count: int) -> None:
    filters = [3, 64, 64, 128, 128, 256, 256, 512, 512]
    one = sum(9 * before * after + 2 * after for before, after in itertools.pairwise(filters))
    units = [count * 512 * 3 * 3, 4096, 2048, 1024, 3]
    full = sum(before * after + after for before, after in itertools.pairwise(units))
    assert parameters(on_meta(name, 3, (COLOUR,) * count)) == count * one + full


def test_stream_is_built_as_the_paper_says() -> None:
    (stream,) = on_meta("spectrogram-cnn", 3, (COLOUR,)).get_submodule("streams").children()
    kinds = [type(layer).__name__ for layer in stream.children()]
    assert kinds == (["Conv2d", "BatchNorm2d", "ReLU"] * 2 + ["MaxPool2d", "Dropout"]) * 4
    convolutions = [layer for layer in stream.children() if isinstance(layer, nn.Conv2d)]
    assert [layer.out_channels for layer in convolutions] == [64, 64, 128, 128, 256, 256, 512, 512]
    assert {layer.kernel_size for layer in convolutions} == {(3, 3)}


def test_dropout_stands_after_each_hidden_layer_and_only_where_asked_after_the_blocks() -> None:
    assert rates(on_meta("two-stream-cnn", 3, (COLOUR, COLOUR))) == [0.0] * (2 * 4) + [0.3] * 3
    assert rates(on_meta("spectrogram-cnn", 3, (COLOUR,))) == [0.0] * 4 + [0.3] * 3
    assert rates(on_meta("spectrogram-cnn", 3, (COLOUR,), block_dropout=0.1)) == [0.1] * 4 + [0.3] * 3
    assert rates(on_meta("spectrogram-cnn", 3, (COLOUR,), dropout=0.0)) == [0.0] * 7


def test_penalty_is_the_sum_of_the_squared_weights_of_the_convolutions(network: StreamNetwork) -> None:
    by_hand = sum(
        float(np.square(value.numpy().astype(np.float64)).sum())
        for value in network.state_dict().values()
        if value.dim() == 4
    )
    assert network.penalty().item() == pytest.approx(0.0001 * by_hand, rel=1e-5)


def test_penalty_pulls_at_the_convolutions_only(network: StreamNetwork) -> None:
    network.zero_grad()
    network.penalty().backward()  # type: ignore[no-untyped-call]
    for parameter in network.parameters():
        if parameter.dim() == 4:
            torch.testing.assert_close(parameter.grad, 2 * 0.0001 * parameter.detach())
        else:
            assert parameter.grad is None
    network.zero_grad()


def test_each_regularisation_is_switched_off_on_its_own() -> None:
    shapes = (COLOUR,)
    without_l2: Any = on_meta("spectrogram-cnn", 3, shapes, l2=0.0)
    assert without_l2.penalty().shape == ()
    assert without_l2.penalty().grad_fn is None
    assert rates(without_l2) == [0.0] * 4 + [0.3] * 3
    without_dropout: Any = on_meta("spectrogram-cnn", 3, shapes, dropout=0.0)
    assert without_dropout.penalty().grad_fn is not None
    assert normalised(without_dropout) == 8
    plain: Any = on_meta("spectrogram-cnn", 3, shapes, batch_norm=False)
    assert normalised(plain) == 0
    assert all(layer.bias is not None for layer in plain.modules() if isinstance(layer, nn.Conv2d))
    assert rates(plain) == [0.0] * 4 + [0.3] * 3
    assert plain.penalty().grad_fn is not None


def normalised(module: nn.Module) -> int:
    return sum(isinstance(layer, nn.BatchNorm2d) for layer in module.modules())


def test_layers_before_a_relu_are_initialised_as_he_did(network: StreamNetwork) -> None:
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    for layer in layers[:-1]:
        weight = layer.weight
        fan = weight.shape[0] * 9 if isinstance(layer, nn.Conv2d) else weight.shape[1]
        assert weight.std().item() == pytest.approx(math.sqrt(2 / fan), rel=5 / math.sqrt(2 * weight.numel()))
        assert layer.bias is None or not layer.bias.any()


def test_spectrogram_cnn_learns_which_half_is_bright(tmp_path: Path) -> None:
    labels = [number % 2 for number in range(16)]
    images = np.random.default_rng(0).integers(0, 60, (16, 1, 16, 16), dtype=np.uint8)
    for number, label in enumerate(labels):
        images[number, :, :, 8 * label : 8 * label + 8] += 150
    schedule = Schedule(epochs=4, batch_size=8, learning_rate=3e-4)
    torch.manual_seed(0)
    spec = specs()["spectrogram-cnn"]
    model = build_model(spec, {}, classes=2, input_shapes=((1, 16, 16),), seed=0, schedule=schedule)
    assert isinstance(model, TorchModel)
    samples = given(images, labels=labels, classes=("left", "right"))
    model.fit(samples, None, FitContext(schedule, 0, "cpu", "fp32", tmp_path, lambda _: None, lambda _: None))
    model.module.train()  # too few steps for the running means of batch normalisation: the batch's own, without dropout
    for layer in model.module.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    with torch.no_grad():
        logits = model.module(torch.from_numpy(images).float() / 255)
    assert logits.argmax(dim=1).tolist() == labels
