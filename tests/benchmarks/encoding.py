"""Encoding clips and pictures: through emobench, and in a bare loop over the same files with the same library.

The networks have the size of wav2vec 2.0 base and of ResNet-50, and random weights: speed does not depend on them.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import librosa
import torch
from PIL import Image

from emobench.data import DatasetCopy
from emobench.encoders import Encoded, complete_settings, encode, find_encoder
from emobench.models import shuffled
from emobench.plugins import installed_plugins
from tests.benchmarks.corpora import copy_of, own_cache

BATCH = 16
SAMPLES = {"crema-d": 64, "fer2013": 256}
"""At most; the twin has fewer."""


def measure(data: Path | None, rounds: int) -> dict[str, list[float]]:
    """Return the seconds of emobench as ratios to those of a bare loop, a round of both in turn, for each kind of source."""
    ratios: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, torch.random.fork_rng():
        sources = {"crema-d": _wav2vec2(Path(folder) / "wav2vec2"), "fer2013": _resnet50(Path(folder) / "resnet50")}
        loops: dict[str, Callable[..., None]] = {"crema-d": _bare_sounds, "fer2013": _bare_pictures}
        for dataset, source in sources.items():
            copy, samples = _corpus(dataset, data)
            files = [copy.location.root / name for name in samples[_FILE[dataset]]]
            ratios[source.partition(":")[0]] = [
                _timed(_through_emobench, source, copy, samples)
                / _timed(loops[dataset], Path(folder) / source.rpartition("/")[2], files)
                for _ in range(rounds)
            ]
    return ratios


_FILE = {"crema-d": "audio_path", "fer2013": "image_path"}


def _corpus(name: str, data: Path | None) -> tuple[DatasetCopy, Any]:
    copy = copy_of(name, data)
    if copy is None or copy.location.form == "csv":
        raise SystemExit(f"the benchmark needs {name} as files: make bench DATA=...")
    samples = copy.index.samples.set_index("sample_id", drop=False)
    return copy, samples.loc[shuffled(samples["sample_id"])[: SAMPLES[name]]].reset_index(drop=True)


def _timed(what: Callable[..., None], *arguments: Any) -> float:
    started = time.perf_counter()
    what(*arguments)
    return time.perf_counter() - started


def _through_emobench(source: str, copy: DatasetCopy, samples: Any) -> None:
    """Encode as a run does: weights hashed and loaded, files decoded, the array on the disk."""
    plugins = installed_plugins()
    with own_cache():
        encoder = find_encoder(source, plugins)
        settings = complete_settings(encoder, {"batch": BATCH}, source, plugins)
        encode(Encoded(copy, samples, encoder, settings, "fp32", plugins), "cpu", None, lambda _: None)


def _bare_sounds(folder: Path, files: list[Path]) -> None:
    """Load the model, and encode file after file in padded batches: the mean over frames of each hidden state."""
    from transformers import AutoFeatureExtractor, AutoModel

    model: Any = AutoModel.from_pretrained(folder).eval()
    extractor = AutoFeatureExtractor.from_pretrained(folder)
    kept = []
    with torch.inference_mode():
        for batch in _batches(files):
            sounds = [librosa.load(file, sr=16_000)[0] for file in batch]
            inputs = extractor(
                sounds, sampling_rate=16_000, padding=True, return_attention_mask=True, return_tensors="pt"
            )
            states = model(**inputs, output_hidden_states=True).hidden_states
            mask = model._get_feature_vector_attention_mask(states[0].shape[1], inputs["attention_mask"])[..., None]
            kept.append(torch.stack([(state * mask).sum(dim=1) / mask.sum(dim=1) for state in states], dim=1))
    assert len(torch.cat(kept)) == len(files)


def _bare_pictures(folder: Path, files: list[Path]) -> None:
    import timm
    from timm.data import create_transform, resolve_data_config

    model: Any = timm.create_model(f"local-dir:{folder}", pretrained=True, num_classes=0).eval()
    transform: Any = create_transform(**resolve_data_config({}, model=model))
    kept = []
    with torch.inference_mode():
        for batch in _batches(files):
            kept.append(model(torch.stack([transform(Image.open(file).convert("RGB")) for file in batch])))
    assert len(torch.cat(kept)) == len(files)


def _batches(files: list[Path]) -> list[list[Path]]:
    return [files[start : start + BATCH] for start in range(0, len(files), BATCH)]


def _wav2vec2(folder: Path) -> str:
    import transformers

    transformers.Wav2Vec2Model(transformers.Wav2Vec2Config()).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor(return_attention_mask=True).save_pretrained(folder)
    return f"hf:{folder}"


def _resnet50(folder: Path) -> str:
    import timm
    from timm.models import save_for_hf

    save_for_hf(timm.create_model("resnet50"), folder, safe_serialization=True)
    return f"timm:{folder}"
