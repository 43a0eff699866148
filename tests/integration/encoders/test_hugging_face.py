"""Models of transformers as encoders, compared with the library called plainly, one sample at a time."""

from __future__ import annotations

import json
import pickle
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emobench.contracts import Audio
from emobench.encoders.hugging_face import HuggingFace
from emobench.errors import EmobenchError, UnreadableError
from tests.support import tiny_encoders as tiny

transformers = pytest.importorskip("transformers", reason="pip install 'emobench[hf]'")
torch = pytest.importorskip("torch")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")

CLOSE: Any = {"rtol": 0, "atol": 1e-5}


def encoded(folder: Path, batch: list[Any], where: str = "") -> list[np.ndarray[Any, Any]]:
    encoder = HuggingFace(f"{folder}{where}")
    prepared = [encoder.prepare(each) for each in batch]
    return [np.asarray(each) for each in encoder.load("cpu", "fp32")(prepared)]


def plainly(folder: Path, inputs: Any, part: str = "") -> np.ndarray[Any, Any]:
    """Return (layers, frames, d) of one sample by the library alone."""
    model = transformers.AutoModel.from_pretrained(folder).eval()
    with torch.no_grad():
        output = (getattr(model, part) if part else model)(**inputs, output_hidden_states=True)
    return np.asarray(torch.stack([*output.hidden_states[:-1], output.last_hidden_state])[:, 0])


@pytest.mark.parametrize(
    ("kind", "norm"), [("Wav2Vec2", "group"), ("Wav2Vec2", "layer"), ("WavLM", "group"), ("Hubert", "group")]
)
def test_sounds_of_a_batch_are_encoded_as_each_is_alone(tmp_path: Path, kind: str, norm: str) -> None:
    folder = tiny.speech_model(tmp_path / "m", kind, norm)
    sounds = tiny.sounds()
    found = encoded(folder, [Audio(sound, 16_000) for sound in sounds])
    extractor = transformers.AutoFeatureExtractor.from_pretrained(folder)
    for sound, each in zip(sounds, found, strict=True):
        inputs = extractor(sound, sampling_rate=16_000, return_tensors="pt")
        np.testing.assert_allclose(each, plainly(folder, {"input_values": inputs["input_values"]}), **CLOSE)


@pytest.mark.parametrize("kind", ["Data2VecAudio", "SEW", "Wav2Vec2Conformer"])
def test_a_network_that_hears_padding_gets_sounds_one_by_one(tmp_path: Path, kind: str) -> None:
    folder = tiny.padded_through(tmp_path / "m", kind)
    found = encoded(folder, [Audio(sound, 16_000) for sound in tiny.sounds()])
    extractor, model = transformers.AutoFeatureExtractor.from_pretrained(folder), None
    model = transformers.AutoModel.from_pretrained(folder).eval()
    for sound, each in zip(tiny.sounds(), found, strict=True):
        with torch.no_grad():
            plain = model(**extractor(sound, sampling_rate=16_000, return_tensors="pt")).last_hidden_state[0]
        np.testing.assert_allclose(each[-1], plain, **CLOSE)


@pytest.mark.parametrize(
    ("make", "rate", "window", "pieces"),
    [(tiny.audio_spectrogram_transformer, 16_000, 128 * 160, 3), (tiny.clap, 48_000, 480_000, 2)],
)
def test_a_sound_longer_than_the_input_is_several_and_none_of_it_is_cut_off(
    tmp_path: Path, make: Callable[[Path], Path], rate: int, window: int, pieces: int
) -> None:
    folder = make(tmp_path / "m")
    sound = tiny.sounds((pieces * window - window // 2,), rate)[0]
    whole, again, first = encoded(folder, [Audio(each, rate) for each in (sound, sound, sound[:window])])
    assert whole.shape[1] == pieces * first.shape[1]
    np.testing.assert_array_equal(whole, again)
    np.testing.assert_allclose(whole[:, : first.shape[1]], first, **CLOSE)


def test_a_rest_that_no_network_hears_is_left_out(tmp_path: Path) -> None:
    folder = tiny.audio_spectrogram_transformer(tmp_path / "m")
    sound = tiny.sounds((128 * 160 + 100,))[0]
    whole, first = encoded(folder, [Audio(sound, 16_000), Audio(sound[: 128 * 160], 16_000)])
    np.testing.assert_array_equal(whole, first)


def test_whisper_is_read_as_far_as_the_sound_goes(tmp_path: Path) -> None:
    folder = tiny.whisper(tmp_path / "m")
    sounds = tiny.sounds((16_000, 48_000))
    found = encoded(folder, [Audio(sound, 16_000) for sound in sounds])
    extractor = transformers.AutoFeatureExtractor.from_pretrained(folder)
    for sound, each in zip(sounds, found, strict=True):
        inputs = {"input_features": extractor(sound, sampling_rate=16_000, return_tensors="pt")["input_features"]}
        whole = plainly(folder, inputs, "encoder")
        assert each.shape[1] == len(sound) // 320
        np.testing.assert_allclose(each, whole[:, : each.shape[1]], **CLOSE)


def test_a_sound_longer_than_whispers_window_is_several_windows(tmp_path: Path) -> None:
    folder = tiny.whisper(tmp_path / "m")
    sound = tiny.sounds((31 * 16_000,))[0]
    (found,) = encoded(folder, [Audio(sound, 16_000)])
    first, second = encoded(folder, [Audio(sound[: 30 * 16_000], 16_000), Audio(sound[30 * 16_000 :], 16_000)])
    np.testing.assert_allclose(found, np.concatenate([first, second], axis=1), **CLOSE)


def _picture(make: Callable[[Path], Path], part: str = "") -> Any:
    return pytest.param(make, part, id=make.__name__)


@pytest.mark.parametrize(
    ("make", "part"), [_picture(tiny.vision_transformer), _picture(tiny.dinov2), _picture(tiny.clip, "vision_model")]
)
def test_pictures(tmp_path: Path, make: Callable[[Path], Path], part: str) -> None:
    folder = make(tmp_path / "m")
    found = encoded(folder, tiny.pictures())
    processor = transformers.AutoImageProcessor.from_pretrained(folder)
    for picture, each in zip(tiny.pictures(), found, strict=True):
        inputs = {"pixel_values": processor(images=picture, return_tensors="pt")["pixel_values"]}
        np.testing.assert_allclose(each, plainly(folder, inputs, part), **CLOSE)


def test_layers_of_other_sizes_are_left_out(tmp_path: Path) -> None:
    folder = tiny.swin(tmp_path / "m")
    found = encoded(folder, tiny.pictures())
    processor = transformers.AutoImageProcessor.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    with torch.no_grad():
        plain = model(**processor(images=tiny.pictures()[0], return_tensors="pt")).last_hidden_state
    np.testing.assert_allclose(found[0], plain, **CLOSE)


def test_nothing_of_a_picture_is_masked(tmp_path: Path) -> None:
    """A ViT-MAE as it is pretrained sees a quarter of the patches, drawn each time again."""
    folder = tiny.masked_autoencoder(tmp_path / "m")
    found = encoded(folder, tiny.pictures())
    processor = transformers.AutoImageProcessor.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder, mask_ratio=0.0).eval()
    for picture, each in zip(tiny.pictures(), found, strict=True):
        with torch.no_grad():
            inputs = processor(images=picture, return_tensors="pt")
            plain = model(**inputs, noise=torch.arange(16.0)[None]).last_hidden_state
        np.testing.assert_allclose(each[-1:], plain, **CLOSE)


@pytest.mark.parametrize("sides", [(3, 50), (1, 1), (4, 60), (3, 3)])
def test_colours_are_not_guessed_from_the_sides_of_a_picture(tmp_path: Path, sides: tuple[int, int]) -> None:
    from PIL import Image

    folder = tiny.vision_transformer(tmp_path / "m")
    picture = np.random.default_rng(0).integers(0, 255, (*sides, 3), dtype=np.uint8)
    processor = transformers.AutoImageProcessor.from_pretrained(folder)
    plain = processor(images=Image.fromarray(picture), return_tensors="pt")["pixel_values"][0]
    np.testing.assert_allclose(HuggingFace(str(folder)).prepare(picture), plain, **CLOSE)


def test_a_tokenizer_without_padding_and_without_a_longest_text(tmp_path: Path) -> None:
    folder = tiny.gpt2(tmp_path / "m")
    short, long, none = encoded(folder, ["kids are talking", "dogs " * 100, ""])
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    plain = plainly(folder, {"input_ids": tokenizer("kids are talking", return_tensors="pt")["input_ids"]})
    np.testing.assert_allclose(short, plain, **CLOSE)
    assert (long.shape[1], none.shape[1]) == (32, 0)


@pytest.mark.parametrize(("make", "where", "part"), [(tiny.bert, "", ""), (tiny.clip, "#text", "text_model")])
def test_texts(tmp_path: Path, make: Callable[[Path], Path], where: str, part: str) -> None:
    folder = make(tmp_path / "m")
    texts = ["kids are talking", "dogs", "the door by the kids"]
    found = encoded(folder, texts, where)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    for text, each in zip(texts, found, strict=True):
        inputs = tokenizer(text, return_tensors="pt")
        given = {name: inputs[name] for name in ("input_ids", "attention_mask")}
        np.testing.assert_allclose(each, plainly(folder, given, part), **CLOSE)


def test_sounds_are_resampled_to_the_models_rate(tmp_path: Path) -> None:
    encoder = HuggingFace(str(tiny.speech_model(tmp_path / "m")))
    assert len(encoder.prepare(Audio(tiny.sounds((44_100,), 44_100)[0], 44_100))) == 16_000


def test_a_sound_that_is_too_short_is_dropped(tmp_path: Path) -> None:
    encoder = HuggingFace(str(tiny.speech_model(tmp_path / "m")))
    with pytest.raises(UnreadableError, match="6 ms is too short"):
        encoder.prepare(Audio(np.zeros(100, dtype=np.float32), 16_000))


def test_nothing_is_downloaded_and_the_command_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(EmobenchError) as raised:
        HuggingFace("owner/absent@v2")
    assert raised.value.remedy == "fetch them with: hf download owner/absent --revision v2"


def test_a_fetched_repository_is_found_with_its_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The layout of the hub's cache, as its documentation states it."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    commit, repository = "0123456789" * 4, tmp_path / "models--owner--name"
    tiny.speech_model(repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    found = HuggingFace("owner/name")
    assert (found.name, found.revision) == ("hf:owner/name", commit)


def test_the_card_states_licence_and_corpora(tmp_path: Path) -> None:
    folder = tiny.speech_model(tmp_path / "m")
    assert HuggingFace(str(folder)).pretrained_on == ("unknown",)
    (folder / "README.md").write_text("---\nlicense: apache-2.0\ndatasets:\n- librispeech_asr\n---\n# A model\n")
    stated = HuggingFace(str(folder))
    assert (stated.license, stated.pretrained_on) == ("apache-2.0", ("librispeech_asr",))


def test_pickled_weights_that_run_code_are_refused(tmp_path: Path) -> None:
    folder = tiny.speech_model(tmp_path / "m")
    (folder / "model.safetensors").unlink()
    touched = tmp_path / "touched"

    class Evil:
        def __reduce__(self) -> Any:
            return Path.touch, (touched,)

    with (folder / "pytorch_model.bin").open("wb") as file:
        pickle.dump(Evil(), file)
    with pytest.raises(EmobenchError, match="cannot load it"):
        HuggingFace(str(folder)).load("cpu", "fp32")
    assert not touched.exists()


def test_plain_torch_weights_are_read(tmp_path: Path) -> None:
    folder = tiny.speech_model(tmp_path / "m")
    sound = Audio(tiny.sounds()[0], 16_000)
    (safe,) = encoded(folder, [sound])
    from safetensors.torch import load_file

    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    (plain,) = encoded(folder, [sound])
    np.testing.assert_allclose(plain, safe, **CLOSE)


def test_a_model_with_code_of_its_own_is_refused(tmp_path: Path) -> None:
    folder = tiny.speech_model(tmp_path / "m")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "of-my-own", "auto_map": {"AutoModel": "mine.Mine", "AutoConfig": "mine.Config"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "mine.py").write_text("raise SystemExit('my code ran')\n")
    with pytest.raises(EmobenchError, match="code that comes with a model is never run"):
        HuggingFace(str(folder)).load("cpu", "fp32")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "config.json").unlink(), "no config.json"),
        (lambda folder: (folder / "preprocessor_config.json").unlink(), "does not say how samples are prepared"),
    ],
)
def test_a_folder_that_is_no_model_is_refused(tmp_path: Path, spoil: Callable[[Path], None], said: str) -> None:
    folder = tiny.speech_model(tmp_path / "m")
    spoil(folder)
    with pytest.raises(EmobenchError, match=said):
        HuggingFace(str(folder))


@pytest.mark.parametrize(
    ("text", "said"),
    [("[]", "holds no table"), ('{"sampling_rate": null}', "sampling_rate is None"), ('{"sampling_rate": 0}', "is 0")],
)
def test_a_damaged_description_is_refused(tmp_path: Path, text: str, said: str) -> None:
    folder = tiny.speech_model(tmp_path / "m")
    (folder / "preprocessor_config.json").write_text(text)
    with pytest.raises(EmobenchError, match=said):
        HuggingFace(str(folder))


def test_what_prepares_samples_is_unknown(tmp_path: Path) -> None:
    folder = tiny.speech_model(tmp_path / "m")
    (folder / "preprocessor_config.json").write_text('{"sampling_rate": 16000, "feature_extractor_type": "Mine"}')
    encoder = HuggingFace(str(folder))
    with pytest.raises(EmobenchError, match="cannot read what prepares a sample") as raised:
        encoder.load("cpu", "fp32")(tiny.sounds())
    assert len(raised.value.what) < 500


def test_an_adapter_beside_the_weights_is_refused(tmp_path: Path) -> None:
    """Transformers would read the weights that the adapter names, wherever these are."""
    folder = tiny.vision_transformer(tmp_path / "m")
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "elsewhere"}))
    with pytest.raises(EmobenchError, match=r"adapter_config\.json"):
        HuggingFace(str(folder)).load("cpu", "fp32")


def test_a_model_that_gives_no_hidden_states_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "m"
    config = transformers.EncodecConfig(num_filters=4, hidden_size=16, codebook_size=16)
    transformers.EncodecModel(config).save_pretrained(folder)
    transformers.EncodecFeatureExtractor().save_pretrained(folder)
    with pytest.raises(EmobenchError, match="EncodecModel of transformers cannot encode this audio"):
        encoded(folder, [Audio(tiny.sounds()[0], 24_000)])


def test_a_folder_that_looks_like_a_repository(tmp_path: Path) -> None:
    tiny.speech_model(tmp_path / "wavlm")
    with pytest.raises(EmobenchError) as raised:
        HuggingFace("wavlm", tmp_path)
    assert raised.value.remedy == "write hf:./wavlm for the folder"


def test_the_home_of_a_user_who_is_not_here() -> None:
    with pytest.raises(EmobenchError, match="no user '~nobody-of-that-name'"):
        HuggingFace("~nobody-of-that-name/wavlm")


def test_a_file_that_lacks_weights_is_refused_and_they_are_not_drawn(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = tiny.speech_model(tmp_path / "m")
    weights = load_file(folder / "model.safetensors")
    del weights["encoder.layers.1.attention.q_proj.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(EmobenchError, match=r"lacks 1 weights of the network, encoder\.layers\.1\.attention\.q_proj"):
        HuggingFace(str(folder)).load("cpu", "fp32")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ('{"model_type": "funnynet"}', "no model_type 'funnynet'"),
        ("{", "config.json: cannot be read: "),
    ],
)
def test_a_configuration_of_no_use_is_not_blamed_on_the_weights(tmp_path: Path, config: str, message: str) -> None:
    folder = tiny.speech_model(tmp_path / "m")
    (folder / "config.json").write_text(config, encoding="utf-8")
    with pytest.raises(EmobenchError) as caught:
        HuggingFace(str(folder)).network()
    assert message in str(caught.value)
    assert "weights" not in str(caught.value)


def test_nothing_is_warned_of_masks_that_transformers_makes_itself(tmp_path: Path) -> None:
    folder = tiny.speech_model(tmp_path / "m", "WavLM", "group")
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        encoded(folder, [Audio(sound, 16_000) for sound in tiny.sounds()])
    assert not [each for each in heard if "key_padding_mask" in str(each.message)]
