"""RAVDESS, the speech audio: 1,440 clips of 24 actors who speak two sentences in eight emotions.

Forms on disk:
    ``actors``: folders Actor_01 to Actor_24, as in the official zip. Kaggle's copy holds all of them a second time in a
    nested folder audio_speech_actors_01-24.
    ``flat``: all files in one folder.

How files are named, and what the names say, stands in :mod:`emobench_plugins.datasets._ravdess_takes`. Zenodo's record states
size and md5 of the archive that is downloaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from emobench import hookimpl
from emobench.contracts import Copy, Dataset, Download, FileDownload, Finding, Folder, Index, Modality, Official
from emobench.data import refuse_lfs_pointers
from emobench.errors import EmobenchError
from emobench_plugins.datasets._ravdess_takes import (
    ACTOR_FOLDER,
    ACTORS,
    ANY_NAME,
    CITATION,
    EMOTIONS,
    HOMEPAGE,
    LICENSE,
    RATE,
    SPEECH,
    in_twin,
    synthetic_voice,
    take_columns,
    wrong_folders,
)
from emobench_plugins.datasets._voice_corpora import Layout, header_columns, one_file_each, other_rates

_STEMS = tuple(f"03-{take}" for take in SPEECH)
_ORDER = {stem: place for place, stem in enumerate(_STEMS)}
_LAYOUT = Layout(
    form="actors",
    clip=re.compile(r"03-01(-\d\d){5}\.wav", re.IGNORECASE),
    folder=ACTOR_FOLDER,
    nested=re.compile(r"audio_speech_actors.*", re.IGNORECASE),
)


class Ravdess(Dataset):
    """The speech audio of RAVDESS.

    Own columns of the index: ``group`` is the actor, "01" to "24"; ``take`` the name without the modality; ``intensity``
    normal or strong; ``sentence`` the words spoken; ``repetition`` 1 or 2; ``sex`` of the actor; ``sample_rate`` in Hz and
    ``channels``, 0 where the file cannot be read; ``duration`` in seconds, NaN where it cannot be read.
    """

    name: ClassVar[str] = "ravdess"
    title: ClassVar[str] = "RAVDESS (speech)"
    modalities: ClassVar[tuple[Modality, ...]] = ("audio",)
    labels: ClassVar[tuple[str, ...]] = tuple(EMOTIONS.values())
    official: ClassVar[Official] = Official(
        samples=len(_STEMS),
        counts={
            ("label",): {(label,): 96 if label == "neutral" else 192 for label in EMOTIONS.values()},
            ("group",): {(actor,): 60 for actor in ACTORS},
        },
        fingerprint=dict.fromkeys(
            ("actors", "flat"), "d0ad417f531d0fdd953e17b0069e9d7050a139125eebbae6df7dcaccb81c6295"
        ),
    )
    license: ClassVar[str] = LICENSE
    homepage: ClassVar[str] = HOMEPAGE
    citation: ClassVar[str] = CITATION
    obtain: ClassVar[str] = (
        "Download Audio_Speech_Actors_01-24.zip (208 MB) from https://zenodo.org/records/1188976 and unpack it under the "
        "data directory."
    )
    downloads: ClassVar[tuple[Download, ...]] = (
        FileDownload(
            url="https://zenodo.org/records/1188976/files/Audio_Speech_Actors_01-24.zip?download=1",
            name="Audio_Speech_Actors_01-24.zip",
            size=208_468_073,
            checksum="md5:bc696df654c87fed845eb13823edef8a",
            unpack=True,
        ),
    )

    def find(self, folders: Iterable[Folder]) -> list[Copy]:
        """Return the copies with the most clips first, then the flat ones; none that another copy reads as its own."""
        return _LAYOUT.find(folders)

    def index(self, copy: Copy) -> Index:
        """Read the names and headers of a copy's files, some 1,440."""
        import pandas as pd

        findings: list[Finding] = []
        paths = one_file_each(_LAYOUT.files(copy.root), _clip_id, _stranger, findings)
        if not paths:
            raise EmobenchError("there is no RAVDESS speech clip here", where=str(copy.root), remedy=self.obtain)
        refuse_lfs_pointers(copy.root, paths.values())
        rows = [_row(copy.root, stem, paths[stem], findings) for stem in sorted(paths, key=_ORDER.__getitem__)]
        for stem in _STEMS:
            if stem not in paths:
                findings.append(Finding("missing", _official_path(stem), "an official clip that is not here"))
        findings += [*wrong_folders(paths), *other_rates(rows, RATE)]
        return Index(pd.DataFrame(rows), tuple(findings))

    def write_twin(self, folder: Path) -> None:
        """Write 96 clips of about a second: six actors, eight emotions, two sentences; every twentieth in stereo."""
        import soundfile

        for number, take in enumerate(filter(in_twin, SPEECH)):
            path = folder / _official_path(f"03-{take}")
            path.parent.mkdir(parents=True, exist_ok=True)
            sound = synthetic_voice(take)
            soundfile.write(path, sound if number % 20 else sound[:, None].repeat(2, axis=1), RATE, subtype="PCM_16")


# ------------------------------------------------------------------------------------------------ indexing


def _clip_id(name: str) -> str | None:
    stem, ending = PurePosixPath(name).stem, PurePosixPath(name).suffix
    return stem if stem in _ORDER and ending.lower() == ".wav" else None


def _stranger(name: str) -> str:
    """Say what a file is that is not an official speech clip."""
    matched = ANY_NAME.fullmatch(name)
    if not matched:
        return "not named as RAVDESS names its files"
    modality, channel, ending = matched[1], matched[2], matched[4].lower()
    if modality in ("01", "02"):
        return f"a video {'with' if modality == '01' else 'without'} sound; only the speech audio is read here"
    if (modality, channel) == ("03", "02"):
        return "a song; only speech is read here"
    if ending != "wav":
        return f"a .{ending} file; the clips are .wav files"
    return "named like a RAVDESS clip, but there is no such clip"


def _row(root: Path, stem: str, name: str, findings: list[Finding]) -> dict[str, Any]:
    """Return a clip's row of the index; list it if its header cannot be read."""
    facts = take_columns(stem[3:])
    return {
        "sample_id": stem,
        "label": facts["label"],
        "group": facts["group"],
        "audio_path": name,
        **facts,
        **header_columns(root, name, findings),
    }


def _official_path(stem: str) -> str:
    return f"Actor_{stem[-2:]}/{stem}.wav"


@hookimpl
def emobench_datasets() -> list[Dataset]:
    """Register the speech audio of RAVDESS."""
    return [Ravdess()]
