"""Corpora of full size: how much memory their extraction and one epoch on the arrays take.

RAVDESS, TESS and CREMA-D have 11,682 clips together, and 1,440 of RAVDESS' films have sound. Nobody has to hold them for
this: a few files stand under all official names, as hard links. What is decoded is as long as the official files are.
"""

from __future__ import annotations

import itertools
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from emobench_plugins.datasets._ravdess_takes import SPEECH
from emobench_plugins.datasets._voice_corpora import hummed

from emobench import FitContext, Samples, Schedule, Stream
from emobench.contracts import FileDownload
from emobench.data import Represented, represent
from emobench.devices import device
from emobench.models import build, shuffled
from emobench.plugins import installed_plugins
from emobench.running.environment import PeakMemory
from tests.benchmarks.corpora import copy_of, own_cache

LIMIT = 2.0
"""GiB of resident memory."""

_TESS_EMOTIONS = ("angry", "disgust", "fear", "happy", "neutral", "ps", "sad")
_SECONDS = {"ravdess": 3.7, "tess": 2.1, "crema-d": 2.5}
_RATES = {"ravdess": 48_000, "tess": 24_414, "crema-d": 16_000}


def measure(data: Path | None) -> list[tuple[str, float, float, float]]:
    """Extract every corpus and train on it for an epoch.

    Args:
        data: where real films lie that stand under all names; without it, those of the twin.

    Returns:
        What, seconds, peak memory in GiB, limit.
    """
    rows = []
    with tempfile.TemporaryDirectory() as folder, own_cache(), device.reproducible(0):
        films = _films(data)
        _write(Path(folder) / "data", films)
        for dataset, representation in (
            ("ravdess", "spectrogram-image"),
            ("tess", "spectrogram-image"),
            ("crema-d", "spectrogram-image"),
            ("ravdess-video", "random-frames"),
        ):
            rows.append(_one(dataset, representation, Path(folder) / "data"))
    return rows


def _one(name: str, representation: str, data: Path) -> tuple[str, float, float, float]:
    plugins = installed_plugins()
    dataset = plugins.datasets[name]
    started = time.perf_counter()
    with PeakMemory() as memory:
        copy = copy_of(name, data)
        assert copy is not None
        samples = copy.index.samples.set_index("sample_id", drop=False)
        samples = samples.loc[shuffled(samples["sample_id"])].reset_index(drop=True)
        rule = plugins.representations[representation]
        represented = represent(dataset, copy, samples, rule, {}, plugins, lambda _: None)
        labels = sorted(set(samples["label"]))
        _train(represented, np.asarray([labels.index(label) for label in samples["label"]]), tuple(labels))
    what = f"{len(samples):,} samples of {name} as {representation}, and an epoch of ResNet-18"
    print(f"{what}: {len(represented.failures)} dropped", flush=True)
    return what, time.perf_counter() - started, memory.bytes / 2**30, LIMIT


def _train(represented: Represented, labels: Any, classes: tuple[str, ...]) -> None:
    views = represented.views or 1
    array = (
        represented.array if represented.views is None else represented.array.reshape(-1, *represented.array.shape[2:])
    )
    kept = [place for place, sample in enumerate(represented.ids) if sample not in represented.failures]
    rows = (np.asarray(kept)[:, None] * views + np.arange(views)).ravel()
    train = Samples(
        tuple(map(str, range(len(rows)))),
        {"x": Stream(array, rows)},
        labels[kept].repeat(views).astype(np.int64),
        classes,
    )
    schedule = Schedule(epochs=1, batch_size=32)
    with tempfile.TemporaryDirectory() as work:
        context = FitContext(schedule, 0, "cpu", "fp32", Path(work), lambda _: None, lambda _: None)
        spec = installed_plugins().models["resnet18"]
        shapes = (array.shape[1:],)
        model = build.build_model(spec, {}, classes=len(classes), input_shapes=shapes, seed=0, schedule=schedule)
        model.fit(train, None, context)


# ------------------------------------------------------------------------------------------------- corpora


def _films(data: Path | None) -> list[Path]:
    copy = copy_of("ravdess-video", data) or copy_of("ravdess-video", None)
    assert copy is not None
    samples = copy.index.samples
    return [copy.location.root / name for name in samples["video_path"][samples["audio_path"] != ""]]


def _write(data: Path, films: list[Path]) -> None:
    masters = data.parent / "masters"
    masters.mkdir(parents=True)
    for name, names in (("ravdess", _ravdess()), ("tess", _tess()), ("crema-d", _crema_d())):
        sounds = [_sound(masters / f"{name}-{number}.wav", name, number) for number in range(8)]
        _link(sounds, [data / name / one for one in names])
    copies = [masters / f"{number}.mp4" for number in range(len(films))]
    for film, copy in zip(films, copies, strict=True):
        copy.write_bytes(film.read_bytes())
    _link(copies, [data / "ravdess-video" / f"Actor_{take[-2:]}" / f"01-{take}.mp4" for take in SPEECH])


def _ravdess() -> Iterator[str]:
    return (f"Actor_{take[-2:]}/03-{take}.wav" for take in SPEECH)


def _tess() -> Iterator[str]:
    words = ("".join(letters) for letters in itertools.product("abcdefghij", "aeiou", "klmn"))
    for word, speaker, emotion in itertools.product(words, ("OAF", "YAF"), _TESS_EMOTIONS):
        yield f"{speaker}_{emotion}/{speaker}_{word}_{emotion}.wav"


def _crema_d() -> Iterator[str]:
    return (one.name for one in installed_plugins().datasets["crema-d"].downloads if isinstance(one, FileDownload))


def _sound(path: Path, corpus: str, number: int) -> Path:
    rate, seconds = _RATES[corpus], _SECONDS[corpus]
    second = hummed("happy", pitch=180, rate=rate, speaker=number, clip=(number,), rhythm=number)
    samples = np.resize(second, int(rate * seconds))
    soundfile.write(path, samples, rate, subtype="PCM_16")
    return path


def _link(masters: list[Path], targets: list[Path]) -> None:
    for master, target in zip(itertools.cycle(masters), targets, strict=False):
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(master, target)
