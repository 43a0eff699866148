"""A module with the interface of HEAR, as it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emobench.encoders.hear_modules import HearModule
from emobench.errors import EmobenchError
from tests.support import tiny_encoders as tiny

MODULE = """
import torch

class Loud(torch.nn.Module):
    sample_rate = 8000
    scene_embedding_size = 2
    timestamp_embedding_size = 2

def load_model(model_file_path=""):
    return Loud()

def get_scene_embeddings(audio, model):
    return torch.stack([audio.abs().mean(dim=1), audio.std(dim=1)], dim=1)
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "loud_hear.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    return "loud_hear"


def test_scenes_are_vectors_at_the_models_rate(module: str) -> None:
    encoder = HearModule(module)
    assert encoder.rate == 8000
    batch = tiny.sounds((4000, 4000))
    found = encoder.load("cpu", "fp32")(batch)
    expected = [[np.abs(sound).mean(), sound.std(ddof=1)] for sound in batch]
    np.testing.assert_allclose([np.asarray(each)[0, 0] for each in found], expected, rtol=1e-5)


def test_a_module_without_the_interface_is_refused() -> None:
    with pytest.raises(EmobenchError, match="no load_model and no get_scene_embeddings"):
        HearModule("json")


def test_a_module_is_known_by_its_code_and_its_weights(module: str, tmp_path: Path) -> None:
    (tmp_path / "weights.pt").write_bytes(b"numbers")
    assert [path.name for path in HearModule(module).files()] == ["loud_hear.py"]
    assert [path.name for path in HearModule(f"{module}@./weights.pt", tmp_path).files()] == [
        "loud_hear.py",
        "weights.pt",
    ]


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("hear_broken", "def (", "cannot be imported: SyntaxError"),
        ("hear_raising", "raise RuntimeError('no sound card')", "cannot be imported: RuntimeError: no sound card"),
        ("./hear.py", "", "cannot be imported"),
        (
            "hear_without",
            MODULE.replace("return Loud()", "raise OSError('no checkpoint')"),
            "load_model.. fails: OSError",
        ),
        ("hear_silent", MODULE.replace("    sample_rate = 8000\n", ""), "no sample_rate"),
        ("hear_failing", MODULE.replace("audio.std", "audio.loudness"), "get_scene_embeddings.. fails: AttributeError"),
    ],
)
def test_a_module_that_fails_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: str, said: str
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / f"{Path(name).stem}.py").write_text(code)
    with pytest.raises(EmobenchError, match=said):
        _loud(name)


def _loud(name: str) -> None:
    encoder = HearModule(name)
    assert encoder.rate
    encoder.load("cpu", "fp32")(tiny.sounds((4000, 4000)))
