"""A cache of their own for the tests, and a tiny complete plugin that several of them use."""

from __future__ import annotations

import os

# Tests run side by side; threads that wait for each other by spinning would slow all of them down. Set before torch starts.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from emobench import hookimpl
from emobench.contracts import (
    Copy,
    Dataset,
    Folder,
    Index,
    LabelMap,
    Modality,
    Official,
    Representation,
    Samples,
    Split,
    SplitProtocol,
    Stream,
)
from emobench.data.discovery import DATA_VARIABLE
from emobench.errors import UnreadableError
from emobench.plugins.loading import ALLOW_LIST
from emobench.storage import CACHE_VARIABLE
from tests.support import preloaded
from tests.support.browser import chrome as chrome


def pytest_configure(config: pytest.Config) -> None:
    """Let one process compile librosa's functions before the workers start; see compile_sound_functions."""
    if not hasattr(config, "workerinput"):
        code = "from emobench.decoding.warm_up import compile_sound_functions; compile_sound_functions()"
        subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One cache for the session (and all its workers, for whole folders appear in it), so that a twin is written once."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(shared / "emobench-cache"))
        patch.delenv(ALLOW_LIST, raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def _preloaded() -> Iterator[None]:
    yield
    preloaded.HERE.close()


@pytest.fixture(autouse=True)
def _no_real_data(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "realdata" not in request.keywords:
        monkeypatch.delenv(DATA_VARIABLE, raising=False)


@pytest.fixture
def fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache for one test."""
    folder = tmp_path / "fresh-cache"
    monkeypatch.setenv(CACHE_VARIABLE, str(folder))
    return folder


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Networks as small as those of the tests are only slowed down by a second thread, on a busy machine tenfold."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class FakeEntry:
    """An entry point that gives away a module which is there already, or raises.

    Args:
        name: of the entry point.
        loaded: the plugin, or what loading it raises.
        distribution: of the plugin; ``None`` for one that is not known.
    """

    def __init__(self, name: str, loaded: Any, distribution: str | None = "stranger") -> None:
        self.name, self.value = name, getattr(loaded, "__name__", "nowhere")
        self.dist = None if distribution is None else _Distribution(distribution)
        self._loaded = loaded

    def load(self) -> Any:
        """Return or raise what was given."""
        if isinstance(self._loaded, BaseException):
            raise self._loaded
        return self._loaded


class _Distribution:
    version = "1.0"

    def __init__(self, name: str) -> None:
        self.name = name


def module(name: str = "fake_plugin", **hooks: Callable[..., Any]) -> ModuleType:
    """Return a plugin module with hook implementations."""
    made = ModuleType(name)
    for hook, function in hooks.items():
        setattr(made, hook, hookimpl(function))
    return made


# ----------------------------------------------------------------------------- a plugin with samples of 16 bytes


class Dots(Dataset):
    """Samples of 16 bytes, in ``<split>/<label>-<number>.pix``; a label shows in where the bytes are high."""

    name: ClassVar[str] = "dots"
    title: ClassVar[str] = "Dots"
    modalities: ClassVar[tuple[Modality, ...]] = ("image",)
    labels: ClassVar[tuple[str, ...]] = ("round", "square", "thin")
    official: ClassVar[Official] = Official(
        samples=72,
        counts={("split",): {("train",): 36}, ("split", "label"): {("train", "round"): 12, ("public", "thin"): 6}},
    )
    license: ClassVar[str] = "none stated"
    homepage: ClassVar[str] = "https://example.org/dots"
    citation: ClassVar[str] = "Nobody: Dots."
    obtain: ClassVar[str] = "Nowhere."

    def find(self, folders: Iterable[Folder]) -> list[Copy]:
        """Return every folder with a folder ``train`` in which there is a .pix file."""
        listed = {folder.path: folder for folder in folders}
        return [
            Copy(path, "folders")
            for path in listed
            if (train := listed.get(path / "train")) and any(name.endswith(".pix") for name in train.files)
        ]

    def index(self, copy: Copy) -> Index:
        """Read the names."""
        rows = [
            {
                "sample_id": f"{path.parent.name}-{path.stem}",
                "label": path.stem.partition("-")[0],
                "group": f"person-{int(path.stem.partition('-')[2]) % 3}",
                "split": path.parent.name,
                "image_path": path.relative_to(copy.root).as_posix(),
            }
            for path in sorted(copy.root.glob("*/*.pix"))
        ]
        return Index(pd.DataFrame(rows))

    def write_twin(self, folder: Path) -> None:
        """Write 12 training, 6 public and 6 private samples a label."""
        generator = np.random.default_rng(0)
        for split, number in (("train", 12), ("public", 6), ("private", 6)):
            (folder / split).mkdir()
            for place, label in enumerate(self.labels):
                for position in range(number):
                    values = generator.integers(0, 120, 16, dtype=np.uint8)
                    values[5 * place : 5 * place + 5] += 100
                    (folder / split / f"{label}-{position:02d}.pix").write_bytes(values.tobytes())

    def read(self, copy: Copy, sample: Mapping[str, Any], modality: Modality) -> Any:
        """Return 16 bytes."""
        content = (copy.root / sample["image_path"]).read_bytes()
        if len(content) != 16:
            raise UnreadableError(f"{len(content)} bytes instead of 16", where=str(sample["image_path"]))
        return np.frombuffer(content, dtype=np.uint8)


class Pixels(Representation):
    """The bytes as they are, times a factor."""

    name: ClassVar[str] = "pixels"
    title: ClassVar[str] = "pixels"
    modality: ClassVar[Modality] = "image"
    parameters: ClassVar[Mapping[str, Any]] = {"factor": 1.0}

    def compute(self, decoded: Any, **parameters: Any) -> NDArray[Any]:
        """Multiply."""
        return np.asarray(decoded / 255 * parameters["factor"], dtype=np.float32)


class ByFolder(SplitProtocol):
    """Train, public and private, as the folders say."""

    name: ClassVar[str] = "by-folder"
    title: ClassVar[str] = "by folder"
    requires: ClassVar[tuple[str, ...]] = ("split",)

    def split(self, samples: pd.DataFrame, **parameters: Any) -> Split:
        """Divide."""
        order = [name for name in ("train", "validation", "public", "private") if name in set(samples["split"])]
        return Split({name: tuple(samples["sample_id"][samples["split"] == name]) for name in order})


SHAPES = LabelMap("shapes", 1, ("round", "square", "thin"), {"round": "round", "square": "square", "thin": "thin"})


@hookimpl
def emobench_datasets() -> list[Dataset]:
    """Register ``dots``."""
    return [Dots()]


@hookimpl
def emobench_label_maps() -> list[LabelMap]:
    """Register ``shapes``."""
    return [SHAPES]


@hookimpl
def emobench_protocols() -> list[SplitProtocol]:
    """Register ``by-folder``."""
    return [ByFolder()]


@hookimpl
def emobench_representations() -> list[Representation]:
    """Register ``pixels``."""
    return [Pixels()]


def given(
    *streams: NDArray[Any], labels: NDArray[Any] | list[int] | None = None, classes: tuple[str, ...] = ("a", "b", "c")
) -> Samples:
    """Return samples, one stream an array."""
    n = len(streams[0])
    return Samples(
        tuple(f"sample-{number}" for number in range(n)),
        {f"stream-{number}": Stream(array, np.arange(n)) for number, array in enumerate(streams)},
        None if labels is None else np.asarray(labels, dtype=np.int64),
        classes,
    )


@pytest.fixture
def sentences_renamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every departure, selection and reason for skipping read as something else."""
    from emobench.records import Selection, Skipped, Synthetic

    monkeypatch.setattr(Synthetic.__mro__[1], "__str__", lambda departure: "a renamed sentence")
    monkeypatch.setattr(Selection, "__str__", lambda selection: "a renamed sentence")
    monkeypatch.setattr(Skipped, "reason", "a renamed sentence")
