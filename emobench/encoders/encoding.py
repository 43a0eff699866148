"""Datasets encoded: decoded, batched by length, pooled and kept as memory-mapped arrays, each dataset once.

What is written is written in chunks of some batches. A killed extraction goes on after its last chunk, in batches of the same
samples, so that it ends with the same array, bit for bit.
"""

from __future__ import annotations

import itertools
import json
import math
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from emobench import devices
from emobench.contracts import Dataset, Encode, Encoder, Modality, Representation, Video
from emobench.data import DatasetCopy, RaggedWriter, Represented, read_ragged, represented_sample
from emobench.decoding import PACKAGES, read_sample
from emobench.encoders.settings import encodes, pooled
from emobench.encoders.sources import is_source
from emobench.encoders.weights import weights_hash
from emobench.errors import EmobenchError, UnreadableError
from emobench.plugins import (
    Registry,
    cache_code,
    component_code,
    dataset_code,
    imported_packages,
    package_versions,
    warn,
)
from emobench.storage import cache_folder, key, need_space, reserve, write_json, writing

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import torch
    from numpy.typing import NDArray

_BATCHES = 8
"""In a chunk: enough that samples of like length meet, few enough that little is lost, and held in memory."""

_THREADS = min(4, os.cpu_count() or 1)
"""That decode the next chunk while this one is encoded."""

_LONG = 15
"""Seconds of sound from which on a batch has fewer sounds: the memory of attention grows with the square of the longest."""

_ARRAY, _STATE = "array.npy", "state.json"


@dataclass(frozen=True)
class Encoded:
    """What is encoded, by what, and how.

    Attributes:
        copy: of a dataset.
        samples: rows of its index.
        encoder: registered, or of a source.
        settings: all parameters of the encoder, all of :data:`emobench.contracts.ENCODER_SETTINGS`, and chosen options.
        precision: ``fp32`` or ``bf16``.
        registry: tells the code behind dataset and encoder.
    """

    copy: DatasetCopy
    samples: pd.DataFrame
    encoder: Encoder
    settings: Mapping[str, Any]
    precision: str
    registry: Registry

    @cached_property
    def dataset(self) -> Dataset:
        """The plugin that the copy is of."""
        found: Dataset = self.registry.find("datasets", self.copy.dataset)
        return found

    @cached_property
    def modality(self) -> Modality:
        """What is decoded."""
        return encodes(self.encoder, self.dataset)

    @property
    def own(self) -> dict[str, Any]:
        """The parameters of the encoder alone."""
        return {name: self.settings[name] for name in self.encoder.parameters}

    @property
    def sequence(self) -> bool:
        """Whether each sample is a sequence of vectors, and not one."""
        return bool(self.settings.get("sequence"))

    @cached_property
    def of(self) -> Representation | None:
        """What the pictures are steps of; ``None`` where they are those of the dataset."""
        found: Representation | None = None
        if of := self.settings.get("of"):
            found = self.registry.find("representations", of["name"])
        return found


def encoded_folder(asked: Encoded) -> Path:
    """Return where the cache has the array of :func:`encode`, whether it is there or not.

    Raises:
        EmobenchError: the dataset has nothing for the encoder, or its weights are not here.
    """
    encoder, modality = asked.encoder, asked.modality
    codes = dataset_code(asked.dataset, asked.registry)
    if encoder.name in asked.registry.encoders and not is_source(encoder.name):
        codes[f"encoders/{encoder.name}"] = component_code("encoders", encoder.name, asked.registry)
    packages = [*encoder.packages, "torch", *PACKAGES[modality]]
    if asked.of:
        codes[f"representations/{asked.of.name}"] = component_code("representations", asked.of.name, asked.registry)
        packages += asked.of.packages
    packages += imported_packages(codes, asked.registry)
    content = {
        "content": asked.copy.content,
        "ids": key(tuple(asked.samples["sample_id"])),
        # The layer is picked when the array is read; of a sequence it is the only one that is kept.
        "settings": {name: value for name, value in asked.settings.items() if name != "layer" or asked.sequence},
        "weights": weights_hash(encoder) or getattr(encoder, "cell", ""),
        "precision": asked.precision,
        "packages": package_versions(packages),
        "code": cache_code(*codes.values()),
    }
    name = "".join(char if char.isalnum() or char in "-_." else "-" for char in encoder.name)[-60:]
    return cache_folder() / "encoded" / f"{asked.copy.dataset}-{name}-{key(content)}"


def encode(asked: Encoded, device: str, threads: int | None, step: Callable[[int], None]) -> Represented:
    """Return samples as an encoder encodes them, from the cache if they are there.

    Whoever comes first computes; other processes wait, and find the array.

    Args:
        asked: what, by what, and how.
        device: where to compute.
        threads: of torch; ``None`` for its own number.
        step: called with the number of samples done since the last call.

    Returns:
        (n, d) float32, or (n, layers, d) where all layers are asked for; a memory map but for the mean of layers. Or
        sequences of vectors (t, d).

    Raises:
        EmobenchError: no sample can be encoded, arrays of different shapes, a full disk, or no such layer.
    """
    folder = encoded_folder(asked)
    if (found := _found(folder, asked)) is not None:
        return found
    with _locked(folder):
        if (found := _found(folder, asked)) is not None:
            return found
        work = folder.with_name(f".{folder.name}.work")
        work.mkdir(exist_ok=True)
        with devices.reproducible(0, threads):
            _Extraction(asked, work, device, step).run()
        shutil.rmtree(folder, ignore_errors=True)
        work.rename(folder)
        return _read(folder, asked)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other processes from making a folder of the cache, too.

    Raises:
        EmobenchError: the cache cannot be written.
    """
    lock = FileLock(folder.with_name(f".{folder.name}.lock"))
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _found(folder: Path, asked: Encoded) -> Represented | None:
    """Return what the cache has, also one that cannot be written; ``None`` where it has nothing, or that is damaged."""
    if not (folder / _STATE).is_file():
        return None
    try:
        return _read(folder, asked)
    except (OSError, ValueError, KeyError, EOFError) as error:
        warn(f"the cache at {folder} is damaged and is made again: {error}")
        return None


def _read(folder: Path, asked: Encoded) -> Represented:
    import numpy as np

    failures = json.loads((folder / _STATE).read_text(encoding="utf-8"))["failures"]
    if asked.sequence:
        return Represented(read_ragged(folder), tuple(asked.samples["sample_id"]), failures)
    array: NDArray[np.float32] = np.load(folder / _ARRAY, mmap_mode="r")
    return Represented(
        _layer(array, asked.settings["layer"], asked.encoder), tuple(asked.samples["sample_id"]), failures
    )


def _layer(array: Any, layer: int | str, encoder: Encoder) -> Any:
    """Return one layer of (n, layers, d), or what takes the place of one; of an array or a tensor."""
    if layer == "all":
        return array
    if layer == "mean":
        return array.mean(axis=1)
    try:
        return array[:, int(layer)]
    except IndexError as error:
        what, remedy = f"no layer {layer}", f"it has {array.shape[1]}: 0 to {array.shape[1] - 1}"
        raise EmobenchError(what, where=f"encoder {encoder.name!r}", remedy=remedy) from error


# ---------------------------------------------------------------------------------------------- the extraction


@dataclass
class _State:
    """How far an extraction is; it is on the disk after each chunk.

    Attributes:
        done: number of samples.
        failures: sample id to why it cannot be encoded.
    """

    done: int = 0
    failures: dict[str, str] = field(default_factory=dict)


@dataclass
class _Extraction:
    """One array in the making, in a folder of the cache that survives a killed process."""

    asked: Encoded
    work: Path
    device: str
    step: Callable[[int], None]
    array: NDArray[np.float32] | None = None

    def run(self) -> None:
        """Encode what is not done yet.

        Raises:
            EmobenchError: no sample can be encoded.
        """
        state = self._resumed()
        rows = self.asked.copy.rows(self.asked.samples)
        size = _BATCHES * self.asked.settings["batch"]
        self.step(state.done)
        loaded: Encode | None = None
        name = f"encoder {self.asked.encoder.name!r}"
        writer = RaggedWriter(self.work, name, state.done) if self.asked.sequence else None
        with ThreadPoolExecutor(_THREADS) as pool:
            for chunk, prepared in self._prepared(rows[state.done :], size, pool):
                failed = {place: each.what for place, each in enumerate(prepared) if isinstance(each, UnreadableError)}
                usable = [(place, each) for place, each in enumerate(prepared) if place not in failed]
                if usable and loaded is None:
                    loaded = self.asked.encoder.load(self.device, self.asked.precision, **self.asked.own)
                steps: dict[int, NDArray[np.float32]] = {}
                for made in self._encoded(usable, loaded, [row["sample_id"] for row in chunk], failed):
                    if writer is None:
                        self._write(made, state.done, len(rows))
                    else:
                        steps |= {place: each.cpu().numpy() for place, each in made.items()}
                    self.step(len(made))
                if writer is not None:
                    writer.append([steps.get(place) for place in range(len(chunk))])
                state.failures |= {chunk[place]["sample_id"]: why for place, why in failed.items()}
                self.step(len(failed))
                state.done += len(chunk)
                self._save(state)
        if len(state.failures) == len(rows):
            sample, reason = next(iter(state.failures.items()))
            what = f"none of {len(rows):,} samples can be encoded, e.g. {sample}: {reason}"
            raise EmobenchError(what, where=name, remedy="run 'emobench data verify'")

    def _resumed(self) -> _State:
        path = self.work / _STATE
        return _State(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else _State()

    def _save(self, state: _State) -> None:
        if self.array is not None:  # what is written is on the disk before the state says so
            with (self.work / _ARRAY).open("rb+") as file:
                os.fsync(file.fileno())
        write_json(self.work / _STATE, vars(state))

    def _prepared(
        self, rows: list[dict[str, Any]], size: int, pool: ThreadPoolExecutor
    ) -> Iterator[tuple[list[dict[str, Any]], list[Any]]]:
        """Yield rows in chunks with what they are prepared as, or why not; the next chunk is decoded meanwhile."""
        waiting: list[tuple[list[dict[str, Any]], list[Future[Any]]]] = []
        for chunk in _batched(rows, size):
            waiting.append((chunk, [pool.submit(self._prepare, row) for row in chunk]))
            if len(waiting) == 2:
                first, futures = waiting.pop(0)
                yield first, [future.result() for future in futures]
        for chunk, futures in waiting:
            yield chunk, [future.result() for future in futures]

    def _prepare(self, row: dict[str, Any]) -> Any:
        """Return a sample as the encoder takes it, a film as a list of its frames, or why it cannot be."""
        asked, modality = self.asked, self.asked.modality
        try:
            if not asked.copy.has(row, modality):
                raise UnreadableError(f"has no {modality}")
            if asked.of:
                how = {name: value for name, value in asked.settings["of"].items() if name != "name"}
                found = represented_sample(asked.dataset, asked.copy, row, asked.of, how)
                return [asked.encoder.prepare(as_picture(each)) for each in found]
            decoded = read_sample(asked.dataset, asked.copy.location, row, modality)
            if isinstance(decoded, Video):
                return [asked.encoder.prepare(each) for each in frames_of(decoded, asked.settings["frames"])]
            return asked.encoder.prepare(decoded)
        except UnreadableError as error:
            return error

    def _encoded(
        self, usable: list[tuple[int, Any]], loaded: Encode | None, ids: list[str], failed: dict[int, str]
    ) -> Iterator[dict[int, torch.Tensor]]:
        """Yield what places in the chunk are encoded as, (layers, d) or steps (t, d), a batch of like length at a time.

        Args:
            usable: places and prepared samples.
            loaded: encodes.
            ids: of all samples of the chunk.
            failed: why places of the chunk have no vector; those that turn out to have no frame are added.
        """
        import torch

        size = self.asked.settings["batch"]
        for batch in self._batches(usable):
            assert loaded is not None
            films = isinstance(batch[0][1], list)
            inputs = [(place, each) for place, film in batch for each in (film if films else [film])]
            made: dict[int, list[torch.Tensor]] = {place: [] for place, _ in batch}
            for part in _batched(inputs, size):
                outputs = loaded([each for _, each in part])
                for (place, _), each in zip(part, map(torch.as_tensor, outputs), strict=True):
                    if each.dim() == 3 and not each.shape[1]:
                        failed[place] = "the encoder makes no frame of it"
                    else:
                        made[place].append(self._of_one(self._checked(each, ids[place]).float(), films))
            join = torch.cat if self.asked.sequence else _mean
            yield {place: join(of_one) for place, of_one in made.items() if place not in failed}

    def _of_one(self, frames: torch.Tensor, film: bool) -> torch.Tensor:
        """Return (layers, d) of the (layers, frames, d) of a sample or a picture of a film; of a sequence steps (t, d)."""
        if not self.asked.sequence:
            return pooled(frames, self.asked.settings["pool"])
        if film:
            frames = pooled(frames, self.asked.settings["pool"])[:, None]
        steps: torch.Tensor = _layer(frames.transpose(0, 1), self.asked.settings["layer"], self.asked.encoder)
        return steps

    def _batches(self, usable: list[tuple[int, Any]]) -> Iterator[list[tuple[int, Any]]]:
        encoder = self.asked.encoder
        lengths = {place: 0 if isinstance(each, list) else encoder.length(each) for place, each in usable}
        ordered = sorted(usable, key=lambda item: lengths[item[0]])
        groups: Iterable[list[tuple[int, Any]]] = [ordered]
        if encoder.one_length:
            groups = [list(group) for _, group in itertools.groupby(ordered, key=lambda item: lengths[item[0]])]
        for group in groups:
            while group:
                fewer = self._at_once([lengths[place] for place, _ in group])
                yield group[:fewer]
                group = group[fewer:]

    def _at_once(self, lengths: list[int]) -> int:
        """Return how many of the first samples, of these lengths in ascending order, make a batch."""
        most = self.asked.settings["batch"]
        room = most * (_LONG * self.asked.encoder.rate) ** 2 if self.asked.modality == "audio" else math.inf
        fitting = [n for n, length in enumerate(lengths[:most], start=1) if n * length**2 <= room]
        return max(fitting, default=1)

    def _checked(self, encoded: torch.Tensor, sample: str) -> torch.Tensor:
        name = self.asked.encoder.name
        if encoded.dim() != 3:
            what = f"sample {sample!r} is encoded as {tuple(encoded.shape)}, and not as (layers, frames, d)"
            raise EmobenchError(what, where=f"encoder {name!r}", remedy="fix what load() returns")
        if not bool(encoded.isfinite().all()):
            what = f"sample {sample!r} is encoded with values that are not finite"
            raise EmobenchError(what, where=f"encoder {name!r}", remedy="use --precision fp32, or other weights")
        return encoded

    def _write(self, made: dict[int, torch.Tensor], done: int, number: int) -> None:
        import numpy as np

        if not made:
            return
        shapes = [tuple(each.shape) for each in made.values()]
        if len(set(shapes)) > 1:
            raise self._uneven(shapes[0], next(shape for shape in shapes if shape != shapes[0]))
        path, values = self.work / _ARRAY, np.stack([each.cpu().numpy() for each in made.values()])
        if self.array is None and path.is_file():
            self.array = np.lib.format.open_memmap(path, mode="r+")
        elif self.array is None:
            need_space(self.work, 4 * number * values[0].size, "the encoded dataset")
            self.array = _allocated(path, (number, *values.shape[1:]))
        assert self.array is not None
        if values.shape[1:] != self.array.shape[1:]:
            raise self._uneven(values.shape[1:], self.array.shape[1:])
        self.array[[done + place for place in made]] = values

    def _uneven(self, shape: tuple[int, ...], other: tuple[int, ...]) -> EmobenchError:
        what = f"samples are encoded as {shape}, others as {other}"
        return EmobenchError(what, where=f"encoder {self.asked.encoder.name!r}", remedy="fix what load() returns")


def _allocated(path: Path, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return a new memory map whose room on the disk is taken.

    Raises:
        EmobenchError: the disk is full.
    """
    import numpy as np

    part = path.with_suffix(".part")
    with writing(path):
        array = np.lib.format.open_memmap(part, mode="w+", dtype=np.float32, shape=shape)
        reserve(part)
        part.rename(path)
    return array


def _mean(pictures: list[torch.Tensor]) -> torch.Tensor:
    import torch

    return torch.stack(pictures).mean(dim=0)


def as_picture(step: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a step (1, height, width) or (3, height, width) as a decoded picture: (height, width) or (height, width, 3)."""
    return step[0] if len(step) == 1 else step.transpose(1, 2, 0)


def frames_of(film: Video, number: int) -> list[NDArray[np.uint8]]:
    """Return so many frames of a film, in the middle of as many parts of equal length; all of a shorter film.

    Raises:
        UnreadableError: none of them decodes.
    """
    places = sorted({int((n + 0.5) * film.frames / number) for n in range(number)})
    frames = film.read(places)
    if not frames:
        raise UnreadableError("no frame can be decoded")
    return [frames[place] for place in places if place in frames]


def _batched(items: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
