"""Pretrained networks with a head: what they compute, against the libraries; what of them is trained; what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from emobench_plugins.models.fine_tuned import build, emobench_models
from numpy.typing import NDArray
from torch import nn

from emobench.contracts.model import Epoch, FitContext, Samples, Schedule
from emobench.contracts.recipe import Recipe
from emobench.devices import device
from emobench.errors import EmobenchError
from emobench.models import torch_loop
from emobench.models.build import build_model
from emobench.plugins.loading import installed_plugins
from emobench.testing.kinds import checks_for
from tests.conftest import given
from tests.support import tiny_networks

pytestmark = pytest.mark.usefixtures("one_thread")

LENGTH, PADDED, HEARD = 16_000, 12_000, 20_000
RGB = (3, 32, 32)


def noise(*shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def sounds(padding: int = LENGTH - PADDED) -> torch.Tensor:
    """Return a clip of 1 s and one of 0.75 s, with zeros behind them."""
    made = np.zeros((2, LENGTH + padding), dtype=np.float32)
    made[0, :LENGTH], made[1, :PADDED] = 3 * noise(LENGTH) + 1, noise(PADDED)
    return torch.from_numpy(made)


def made(source: str, shape: tuple[int, ...] = (LENGTH,), **options: Any) -> Any:
    torch.manual_seed(5)
    return build(classes=3, input_shapes=(shape,), encoder=source, **options)


def frames_of(source: str, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    module = made(source, tuple(x.shape[1:])).eval()
    with torch.no_grad():
        frames, there = module.network(x)
    return frames, there


def refusal(source: str, shape: tuple[int, ...] = (LENGTH,), **options: Any) -> str:
    with pytest.raises(EmobenchError) as caught:
        made(source, shape, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# ----------------------------------------------------------------------------------------- against the libraries


@pytest.mark.parametrize("kind", tiny_networks.SPEECH)
def test_padded_sounds_are_heard_as_the_library_hears_them_alone(tmp_path: Path, kind: str) -> None:
    import transformers

    source = tiny_networks.speech(tmp_path, kind)
    frames, there = frames_of(source, sounds())
    library = transformers.AutoModel.from_pretrained(tmp_path).eval()
    extractor = transformers.AutoFeatureExtractor.from_pretrained(tmp_path)
    for place, length in enumerate((LENGTH, PADDED)):
        alone = extractor(sounds()[place, :length].numpy(), sampling_rate=16_000, return_tensors="pt")
        with torch.no_grad():
            expected = library(alone.input_values).last_hidden_state[0]
        assert int(there[place].sum()) == len(expected)
        torch.testing.assert_close(frames[place, : len(expected)], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", tiny_networks.SPEECH)
def test_network_that_takes_no_mask_hears_the_zeros_behind_a_sound(tmp_path: Path, kind: str) -> None:
    import transformers

    source = tiny_networks.speech(tmp_path, kind, "group")
    frames, there = frames_of(source, sounds())
    library = transformers.AutoModel.from_pretrained(tmp_path).eval()
    extractor = transformers.AutoFeatureExtractor.from_pretrained(tmp_path)
    normal = extractor(sounds()[1, :PADDED].numpy(), sampling_rate=16_000, return_tensors="pt").input_values
    with torch.no_grad():
        padded = nn.functional.pad(normal, (0, sounds().shape[1] - PADDED))
        expected = library(padded).last_hidden_state[0]
        alone = library(normal).last_hidden_state.shape[1]
    torch.testing.assert_close(frames[1], expected, rtol=1e-4, atol=1e-5)
    assert int(there[1].sum()) == alone < len(expected)


def test_whisper_hears_what_its_feature_extractor_makes_of_a_sound(tmp_path: Path) -> None:
    import transformers

    frames, there = frames_of(tiny_networks.whisper(tmp_path), sounds())
    library = transformers.WhisperModel.from_pretrained(tmp_path).get_encoder().eval()
    extractor = transformers.AutoFeatureExtractor.from_pretrained(tmp_path)
    cut = [sounds()[0, :LENGTH].numpy(), sounds()[1, :PADDED].numpy()]
    with torch.no_grad():
        given = extractor(cut, sampling_rate=16_000, return_tensors="pt").input_features
        expected = library(given).last_hidden_state
    torch.testing.assert_close(frames, expected, rtol=1e-4, atol=1e-5)
    assert there.sum(dim=1).tolist() == [50, 38]  # 20 ms each


@pytest.mark.parametrize("kind", ["ViT", "Dinov2", "CLIP"])
def test_pictures_are_seen_as_the_library_sees_them(tmp_path: Path, kind: str) -> None:
    import transformers

    source = tiny_networks.pictures(tmp_path, kind)
    pixels = np.random.default_rng(0).integers(0, 256, (2, *RGB), dtype=np.uint8)
    frames, there = frames_of(source, torch.from_numpy(pixels).float().div(255))
    library = transformers.AutoModel.from_pretrained(tmp_path).eval()
    library = getattr(library, "vision_model", library)
    given = transformers.AutoImageProcessor.from_pretrained(tmp_path)(list(pixels), return_tensors="pt")
    with torch.no_grad():
        expected = library(given.pixel_values).last_hidden_state
    torch.testing.assert_close(frames, expected, rtol=1e-4, atol=1e-5)
    assert there.all()


def test_network_of_timm_gives_its_own_pooled_vector(tmp_path: Path) -> None:
    import timm

    source = tiny_networks.of_timm(tmp_path)
    x = torch.rand(2, *RGB)
    frames, _ = frames_of(source, x)
    library = timm.create_model(f"local-dir:{tmp_path}", pretrained=True, num_classes=0).eval()
    mean, deviation = (torch.tensor(library.pretrained_cfg[name])[:, None, None] for name in ("mean", "std"))
    with torch.no_grad():
        expected = library((x - mean) / deviation)
    torch.testing.assert_close(frames[:, 0], expected)


def test_gray_picture_is_seen_as_one_in_colour(tmp_path: Path) -> None:
    module = made(tiny_networks.pictures(tmp_path), (1, 32, 32)).eval()
    gray = torch.rand(2, 1, 32, 32)
    torch.testing.assert_close(module(gray), module(gray.expand(-1, 3, -1, -1)))


def test_more_padding_changes_nothing_where_the_network_is_told_of_it(tmp_path: Path) -> None:
    module = made(tiny_networks.speech(tmp_path)).eval()
    torch.testing.assert_close(module(sounds(0)), module(sounds(8_000)), rtol=1e-4, atol=1e-5)


def test_first_frame_can_be_taken(tmp_path: Path) -> None:
    module = made(tiny_networks.pictures(tmp_path), RGB, pool="first").eval()
    x = torch.rand(2, *RGB)
    torch.testing.assert_close(module(x), module.head(module.network(x)[0][:, 0]))


# ---------------------------------------------------------------------------------------------- what is trained


def trained_parts(module: nn.Module) -> set[str]:
    return {name for name, part in module.named_parameters() if part.requires_grad}


def test_upper_layers_are_the_last_ones_alone(tmp_path: Path) -> None:
    module = made(tiny_networks.speech(tmp_path), train="upper", upper=1)
    last = {name for name, _ in module.named_parameters() if name.startswith("network.body.encoder.layers.2.")}
    assert trained_parts(module) == last | {"head.1.weight", "head.1.bias"}


def test_lora_trains_its_matrices_and_the_head_alone(tmp_path: Path) -> None:
    module = made(tiny_networks.speech(tmp_path), train="lora", rank=4)
    # Three layers with queries and values, each with matrices 16x4 and 4x16; a head of 16 weights and a bias a class.
    assert torch_loop.TorchModel(module).parameter_count() == 3 * 2 * (16 * 4 + 4 * 16) + 3 * 17
    assert all("lora_" in name or name.startswith("head.") for name in trained_parts(module))


def test_lora_begins_as_the_network_itself(tmp_path: Path) -> None:
    source = tiny_networks.speech(tmp_path)
    torch.testing.assert_close(made(source, train="lora").eval().network(sounds())[0], frames_of(source, sounds())[0])


def test_lora_on_wavlm_is_where_its_attention_does_not_read_past_it(tmp_path: Path) -> None:
    names = trained_parts(made(tiny_networks.speech(tmp_path, "WavLM"), train="lora"))
    assert {name.split(".")[-4] for name in names if "lora_" in name} == {"intermediate_dense", "output_dense"}


def test_projection_stands_before_the_last_layer(tmp_path: Path) -> None:
    head = made(tiny_networks.speech(tmp_path), projection=256).head
    assert [(layer.in_features, layer.out_features) for layer in head if isinstance(layer, nn.Linear)] == [
        (16, 256),
        (256, 3),
    ]


def voices(labels: bool = True) -> Samples:
    """Return 12 sounds of different lengths, of three pitches."""
    x = np.zeros((12, 8_000), dtype=np.float32)
    for place in range(12):
        length = 4_000 + 300 * place
        x[place, :length] = np.sin(np.arange(length) * (0.05 + 0.2 * (place % 3)))
    return given(x, labels=np.arange(12) % 3 if labels else None)


def fitted(source: str, work: Path, stop: int = 0, **options: Any) -> torch_loop.TorchModel:
    """Build and fit as the runner does; stop after an epoch."""

    def epoch(done: Epoch) -> None:
        if done.number == stop:
            raise KeyboardInterrupt

    work.mkdir(exist_ok=True)
    recipe = Recipe(accumulate=2, warm_up=0.5, decay="linear")
    schedule = Schedule(epochs=3, batch_size=4, learning_rate=0.01, optimizer="adamw")
    with device.reproducible(3):
        model = torch_loop.TorchModel(
            build(classes=3, input_shapes=((8_000,),), encoder=source, **options), precision="fp32"
        )
        model.fit(voices(), None, FitContext(schedule, 3, "cpu", "fp32", work, lambda _: None, epoch, recipe))
    return model


@pytest.mark.parametrize("train", ["all", "lora"])
@pytest.mark.parametrize("kind", ["Wav2Vec2", "WavLM"])
def test_killed_training_ends_bit_for_bit_where_an_undisturbed_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, train: str, kind: str
) -> None:
    """With SpecAugment, which draws from NumPy's generator, and layer drop and dropout, which draw from torch's."""
    monkeypatch.setattr(torch_loop, "CHECKPOINT_SECONDS", 0)
    source = tiny_networks.speech(tmp_path / "net", kind, mask_time_prob=0.3, mask_time_length=2, layerdrop=0.3)
    undisturbed = fitted(source, tmp_path / "a", train=train)
    for number in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            fitted(source, tmp_path / "b", number, train=train)
    resumed = fitted(source, tmp_path / "b", train=train).module.state_dict()
    for name, value in undisturbed.module.state_dict().items():
        assert torch.equal(value, resumed[name]), name


def test_trained_head_predicts_as_a_linear_layer_on_frozen_features(tmp_path: Path) -> None:
    source = tiny_networks.speech(tmp_path / "net")
    model = fitted(source, tmp_path / "work", train="head")
    predicted = model.predict_proba(voices(labels=False))
    frames, there = frames_of(source, torch.from_numpy(voices().x()))
    features = torch.stack([one[mask].mean(dim=0) for one, mask in zip(frames, there, strict=True)])
    expected = model.module.get_submodule("head")(features).softmax(dim=1).detach().numpy()
    np.testing.assert_allclose(predicted, expected, rtol=1e-4, atol=1e-6)


def test_saved_model_predicts_the_same_on_a_network_of_other_weights(tmp_path: Path) -> None:
    """All weights are in the model's folder."""
    model = fitted(tiny_networks.speech(tmp_path / "net"), tmp_path / "work", train="lora")
    (tmp_path / "model").mkdir()
    model.save(tmp_path / "model")
    other = torch_loop.TorchModel(made(tiny_networks.speech(tmp_path / "other", seed=9), (8_000,), train="lora"))
    other.load(tmp_path / "model")
    np.testing.assert_array_equal(other.predict_proba(voices(False)), model.predict_proba(voices(False)))


@pytest.mark.parametrize("make", [tiny_networks.speech, tiny_networks.whisper])
def test_bf16_trains(tmp_path: Path, make: Callable[[Path], str]) -> None:
    source = make(tmp_path / "net")
    (spec,) = emobench_models()
    schedule = Schedule(epochs=1, batch_size=4)
    model = build_model(
        spec, {"encoder": source, "train": "lora"}, classes=3, input_shapes=((8_000,),), seed=0, schedule=schedule
    )
    model.fit(voices(), None, FitContext(schedule, 0, "cpu", "bf16", tmp_path, lambda _: None, lambda _: None))
    assert np.isfinite(model.predict_proba(voices(False))).all()


def test_model_keeps_to_its_contract(tmp_path: Path) -> None:
    """All but what takes minutes, or another process: that has the installed model, whose encoder nobody names."""
    (spec,) = emobench_models()
    chosen = {**spec.parameters, "encoder": tiny_networks.speech(tmp_path)}
    registry = installed_plugins()
    registry = replace(registry, models={**registry.models, spec.name: replace(spec, parameters=chosen)})
    elsewhere = {"same-seed-same-result", "uses-nothing-hidden", "light-import", "learns-the-twin"}
    elsewhere.add("padding")  # of sequences, which it does not take
    checks = [check for check in checks_for("models", spec.name, registry) if check.contract.name not in elsewhere]
    assert {str(result) for result in (check.run() for check in checks) if result.status != "passed"} == set()


# ------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"train": "some"}, "train is 'some'; write one of all, head, upper, lora"),
        ({"pool": "max"}, "pool is 'max'; write one of mean, first"),
        ({"rate": 8_000}, "the network hears 16000 frames a second, not 8000; set rate = 16000 for the model and for"),
        (
            {"train": "lora", "lora_on": ["query"]},
            "no linear layer of the network is called query; set lora_on to some",
        ),
    ],
)
def test_argument_that_does_not_fit_is_one_line(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    assert said in refusal(tiny_networks.speech(tmp_path), **options)


def test_samples_of_another_modality_are_refused(tmp_path: Path) -> None:
    said = 'the network takes pictures, and a sample has the shape 16000; say takes = ["rgb-image"]'
    assert said in refusal(tiny_networks.pictures(tmp_path))


def test_sound_too_short_for_the_network_is_refused(tmp_path: Path) -> None:
    said = "the network does not take waveforms of 100 (RuntimeError: "
    assert said in refusal(tiny_networks.speech(tmp_path), (100,))


def test_sound_too_short_for_spec_augment_is_refused(tmp_path: Path) -> None:
    said = "SpecAugment of these weights masks 10 frames at a time, and a sound has 7; let the representation give more"
    assert said in refusal(tiny_networks.speech(tmp_path), (2_000,))


def test_lora_that_would_train_nothing_is_refused(tmp_path: Path) -> None:
    source = tiny_networks.speech(tmp_path, "WavLM")
    said = "LoRA on q_proj trains nothing: the network reads these weights past their layer; set lora_on to others of"
    assert said in refusal(source, train="lora", lora_on=["q_proj"])


def test_network_without_layers_that_can_be_told_is_refused(tmp_path: Path) -> None:
    said = 'which are the upper layers of ResNet cannot be told; say train = "all", "head" or "lora"'
    assert said in refusal(tiny_networks.of_timm(tmp_path), RGB, train="upper")


def test_file_that_lacks_weights_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    source = tiny_networks.speech(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    del weights["encoder.layers.1.attention.q_proj.weight"]
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    assert "the file lacks 1 weights of the network, encoder.layers.1.attention.q_proj.weight first" in refusal(source)


def test_code_beside_weights_does_not_run(tmp_path: Path) -> None:
    source = tiny_networks.speech(tmp_path)
    (tmp_path / "own.py").write_text("raise SystemExit('it ran')\n", encoding="utf-8")
    settings = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    settings |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Config", "AutoModel": "own.Model"}}
    (tmp_path / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    assert "no model_type 'own', which config.json names; code that comes with a model is never run" in refusal(source)


def test_pickle_that_runs_code_is_refused(tmp_path: Path) -> None:
    class Runs:
        def __reduce__(self) -> Any:
            return print, ("it ran",)

    source = tiny_networks.speech(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    torch.save({"weight": Runs()}, tmp_path / "pytorch_model.bin")
    assert "the weights cannot be read (" in refusal(source)
