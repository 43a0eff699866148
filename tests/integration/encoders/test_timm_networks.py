"""Networks of timm as encoders, compared with timm called plainly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emobench.encoders.timm_networks import TimmNetwork
from emobench.errors import EmobenchError
from tests.support import tiny_encoders as tiny

timm = pytest.importorskip("timm", reason="pip install 'emobench[timm]'")
torch = pytest.importorskip("torch")


@pytest.mark.parametrize("name", ["resnet10t", "vit_tiny_patch16_224", "swin_tiny_patch4_window7_224"])
def test_the_mean_of_places_is_timms_own(tmp_path: Path, name: str) -> None:
    """Of networks with maps in either order of axes, and of one with tokens."""
    from PIL import Image
    from timm.data import create_transform, resolve_data_config

    folder = tiny.timm_network(tmp_path / "m", name)
    encoder = TimmNetwork(str(folder))
    pictures = tiny.pictures(2)
    found = encoder.load("cpu", "fp32")([encoder.prepare(each) for each in pictures])
    plain = timm.create_model(f"local-dir:{folder}", pretrained=True, num_classes=0).eval()
    transform = create_transform(**resolve_data_config(model=plain))
    with torch.no_grad():
        for picture, each in zip(pictures, found, strict=True):
            features = plain.forward_features(transform(Image.fromarray(picture))[None])
            own = plain.forward_head(features, pre_logits=True)
            expected = (features.mean(dim=1) if name.startswith("vit") else own)[0]
            np.testing.assert_allclose(np.asarray(each)[0].mean(axis=0), np.asarray(expected), rtol=0, atol=1e-5)


def test_what_was_not_fetched_says_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(EmobenchError) as raised:
        TimmNetwork("resnet50.a1_in1k")
    assert raised.value.remedy == "fetch them with: hf download timm/resnet50.a1_in1k"


def test_weights_and_configuration_are_its_files(tmp_path: Path) -> None:
    encoder = TimmNetwork(str(tiny.timm_network(tmp_path / "m")))
    assert [path.name for path in encoder.files()] == ["config.json", "model.safetensors"]


@pytest.mark.parametrize(
    ("text", "said"), [("[]", "holds no table"), ('{"architecture": "resnet10t"}', "pretrained_cfg")]
)
def test_a_damaged_description_is_refused(tmp_path: Path, text: str, said: str) -> None:
    folder = tiny.timm_network(tmp_path / "m")
    (folder / "config.json").write_text(text)
    with pytest.raises(EmobenchError, match=said):
        TimmNetwork(str(folder))
