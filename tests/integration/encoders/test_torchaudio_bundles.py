"""A bundle of torchaudio whose weights lie where its download puts them, random ones of its own shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emobench.encoders.torchaudio_bundles import TorchaudioBundle
from emobench.errors import EmobenchError
from tests.support import tiny_encoders as tiny

torchaudio = pytest.importorskip("torchaudio", reason="pip install 'emobench[torchaudio]'", exc_type=ImportError)
torch = pytest.importorskip("torch")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A bundle made small, its weights in torch's folder."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    bundle = torchaudio.pipelines.WAV2VEC2_BASE
    layers = [(16, 10, 5), (16, 3, 2)]
    sizes = {"encoder_embed_dim": 32, "encoder_num_layers": 2, "encoder_num_heads": 2, "encoder_ff_interm_features": 32}
    parameters = {**bundle._params, **sizes, "extractor_conv_layer_config": layers, "encoder_pos_conv_groups": 2}
    monkeypatch.setattr(bundle, "_params", parameters)
    torch.manual_seed(0)
    model = torchaudio.models.wav2vec2_model(**parameters)
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    torch.save(model.state_dict(), tmp_path / "hub" / "checkpoints" / bundle._path)
    return bundle


def test_layers_are_those_of_the_library(small: Any) -> None:
    encoder = TorchaudioBundle("WAV2VEC2_BASE")
    batch = tiny.sounds((8000, 8000))
    found = encoder.load("cpu", "fp32")(batch)
    with torch.no_grad():
        for sound, each in zip(batch, found, strict=True):
            layers, _ = small.get_model().extract_features(torch.as_tensor(sound)[None])
            np.testing.assert_allclose(np.asarray(each), np.asarray(torch.cat(layers)), rtol=0, atol=1e-5)


def test_its_documentation_states_licence_and_corpus(small: Any) -> None:
    encoder = TorchaudioBundle("WAV2VEC2_BASE")
    assert (encoder.license, encoder.pretrained_on) == ("MIT", ("LibriSpeech",))


def test_what_was_not_fetched_says_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(EmobenchError) as raised:
        TorchaudioBundle("HUBERT_BASE").files()
    assert raised.value.remedy.endswith('python -c "import torchaudio; torchaudio.pipelines.HUBERT_BASE.get_model()"')


def test_a_misspelt_bundle_is_answered_with_the_nearest() -> None:
    with pytest.raises(EmobenchError, match="did you mean 'WAV2VEC2_BASE'"):
        TorchaudioBundle("WAV2VEC_BASE")
