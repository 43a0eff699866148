"""An epoch of ResNet-18 on FER2013: through emobench, in a bare PyTorch loop, and in the loop that a tutorial would write."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Subset
from torchvision import transforms
from torchvision.datasets import ImageFolder
from torchvision.models import resnet18

from emobench import FitContext, Samples, Schedule, Stream
from emobench.data import represent
from emobench.devices import device
from emobench.models import build
from emobench.plugins import installed_plugins
from emobench.splits.division import divide
from emobench.splits.targets import classify
from tests.benchmarks.corpora import copy_of

SEED = 42
BATCH = 32
RATE = 1e-4


def load(data: Path | None, limit: int) -> tuple[Samples, Path]:
    """Return training samples as emobench hands them to a model, and the folder of the same images."""
    plugins = installed_plugins()
    dataset = plugins.datasets["fer2013"]
    copy = copy_of("fer2013", data)
    if copy is None or copy.location.form != "folders":
        raise SystemExit("the benchmark needs FER2013 in its folder form: make bench DATA=...")
    label_map = plugins.label_maps["seven-emotions"]
    samples = copy.index.samples
    represented = represent(dataset, copy, samples, plugins.representations["gray-face"], {}, plugins, lambda _: None)
    split = divide(classify(samples, label_map), plugins.protocols["official"], {})
    rows = np.flatnonzero(samples["sample_id"].isin(set(split.parts["train"])).to_numpy())[:limit]
    labels = np.asarray([label_map.classes.index(name) for name in samples["label"].iloc[rows]], dtype=np.int64)
    ids = tuple(samples["sample_id"].iloc[rows])
    stream = Stream(represented.array, rows.astype(np.int64))
    return Samples(ids, {"gray-face": stream}, labels, label_map.classes), copy.location.root / "train"


def through_emobench(train: Samples) -> float:
    """Time one epoch of the shared training loop, checkpoint included."""
    schedule = Schedule(epochs=1, batch_size=BATCH, learning_rate=RATE)
    with tempfile.TemporaryDirectory() as work, device.reproducible(SEED):
        context = FitContext(schedule, SEED, "cpu", "fp32", Path(work), lambda _: None, lambda _: None)
        spec = installed_plugins().models["resnet18"]
        model = build.build_model(spec, {}, classes=7, input_shapes=((1, 48, 48),), seed=SEED, schedule=schedule)
        started = time.perf_counter()
        model.fit(train, None, context)
        return time.perf_counter() - started


def bare_loop(train: Samples) -> float:
    """Time one epoch over the same arrays in memory: no checkpoint, no progress, PyTorch's defaults."""
    x, y = torch.from_numpy(train.x()), torch.from_numpy(train.y)
    torch.manual_seed(SEED)
    module = installed_plugins().models["resnet18"].build(classes=7, input_shapes=((1, 48, 48),))
    optimizer = torch.optim.Adam(module.parameters(), lr=RATE)
    loss_function = torch.nn.CrossEntropyLoss()
    module.train()
    started = time.perf_counter()
    for positions in torch.randperm(len(x)).split(BATCH):  # type: ignore[no-untyped-call]
        optimizer.zero_grad()
        loss = loss_function(module(x[positions].float() / 255), y[positions])
        loss.backward()
        optimizer.step()
    return time.perf_counter() - started


def tutorial_loop(folder: Path, limit: int) -> float:
    """Time one epoch as tutorials write it: ImageFolder, transforms, a DataLoader with two workers."""
    transform = transforms.Compose(
        [transforms.Resize((48, 48)), transforms.ToTensor(), transforms.Normalize([0.5] * 3, [0.5] * 3)]
    )
    images: Any = ImageFolder(str(folder), transform)
    if limit < len(images):
        images = Subset(images, np.random.default_rng(SEED).permutation(len(images))[:limit].tolist())
    torch.manual_seed(SEED)
    loader = DataLoader(images, batch_size=BATCH, shuffle=True, num_workers=2)
    module = resnet18(num_classes=7)
    optimizer = torch.optim.Adam(module.parameters(), lr=RATE)
    loss_function = torch.nn.CrossEntropyLoss()
    module.train()
    running, correct = 0.0, 0
    started = time.perf_counter()
    for inputs, labels in loader:
        optimizer.zero_grad()
        outputs = module(inputs)
        loss = loss_function(outputs, labels)
        loss.backward()
        optimizer.step()
        running += loss.item() * len(labels)
        correct += int((outputs.argmax(dim=1) == labels).sum())
    return time.perf_counter() - started


def measure(data: Path | None, limit: int, rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each loop, measured in turn so that a noisy machine is noisy for all of them."""
    train, folder = load(data, limit)
    loops: dict[str, Callable[[], float]] = {
        "emobench": lambda: through_emobench(train),
        "bare": lambda: bare_loop(train),
        "tutorial": lambda: tutorial_loop(folder, len(train)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in loops}
    for number in range(rounds):
        for name, loop in loops.items():
            seconds[name].append(loop())
            print(
                f"round {number + 1}/{rounds}: {name} {seconds[name][-1]:.1f} s for {len(train):,} images", flush=True
            )
    return seconds
