"""RAVDESS, the speech audio: 1,440 clips of 24 actors who speak two sentences in eight emotions.

Forms on disk:
    ``actors``: folders Actor_01 to Actor_24, as in the official zip. Kaggle's copy holds all of them a second time in a
    nested folder audio_speech_actors_01-24.
    ``flat``: all files in one folder.

A name is ``MM-CC-EE-II-SS-RR-AA.wav``: modality (03 audio), channel (01 speech, 02 song), emotion, intensity (01 normal,
02 strong; neutral has no strong), statement, repetition, actor (odd male, even female).

Source: Livingstone and Russo 2018 and the record at Zenodo, https://doi.org/10.5281/zenodo.1188976, which states size and
md5 of the archive that is downloaded. The 01-, 02- and 03-
files of one name are the same take; ``take`` is what they have in common.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import files, hookimpl
from emobench.contracts import Copy, Dataset, Download, FileDownload, Finding, Folder, Index, Modality, Official
from emobench.errors import EmobenchError
from emobench_plugins.datasets.voice_corpora import Layout, header_columns, hummed, one_file_each, other_rates

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_EMOTIONS = {
    "01": "neutral",
    "02": "calm",
    "03": "happy",
    "04": "sad",
    "05": "angry",
    "06": "fearful",
    "07": "disgust",
    "08": "surprised",
}
_INTENSITIES = {"01": "normal", "02": "strong"}
_SENTENCES = {"01": "Kids are talking by the door", "02": "Dogs are sitting by the door"}
_ACTORS = tuple(f"{actor:02}" for actor in range(1, 25))
_RATE = 48_000
_STEMS = tuple(
    f"03-01-{emotion}-{intensity}-{sentence}-{repetition}-{actor}"
    for actor, emotion, intensity, sentence, repetition in itertools.product(
        _ACTORS, _EMOTIONS, _INTENSITIES, _SENTENCES, ("01", "02")
    )
    if (emotion, intensity) != ("01", "02")
)
_ORDER = {stem: place for place, stem in enumerate(_STEMS)}
_ANY = re.compile(r"(\d\d)-(\d\d)(-\d\d){5}\.(\w+)")
_ACTOR_FOLDER = re.compile(r"actor[_ ]?(\d\d)", re.IGNORECASE)
_LAYOUT = Layout(
    form="actors",
    clip=re.compile(r"03-01(-\d\d){5}\.wav", re.IGNORECASE),
    folder=_ACTOR_FOLDER,
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
    labels: ClassVar[tuple[str, ...]] = tuple(_EMOTIONS.values())
    official: ClassVar[Official] = Official(
        samples=len(_STEMS),
        counts={
            ("label",): {(label,): 96 if label == "neutral" else 192 for label in _EMOTIONS.values()},
            ("group",): {(actor,): 60 for actor in _ACTORS},
        },
        fingerprint=dict.fromkeys(
            ("actors", "flat"), "d0ad417f531d0fdd953e17b0069e9d7050a139125eebbae6df7dcaccb81c6295"
        ),
    )
    license: ClassVar[str] = "CC BY-NC-SA 4.0"
    homepage: ClassVar[str] = "https://doi.org/10.5281/zenodo.1188976"
    citation: ClassVar[str] = (
        "Livingstone and Russo 2018, The Ryerson Audio-Visual Database of Emotional Speech and Song, "
        "PLoS ONE 13(5) e0196391"
    )
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
        files.refuse_lfs_pointers(copy.root, paths.values())
        rows = [_row(copy.root, stem, paths[stem], findings) for stem in sorted(paths, key=_ORDER.__getitem__)]
        for stem in _STEMS:
            if stem not in paths:
                findings.append(Finding("missing", _official_path(stem), "an official clip that is not here"))
        findings += [*_wrong_folders(paths), *other_rates(rows, _RATE)]
        return Index(pd.DataFrame(rows), tuple(findings))

    def write_twin(self, folder: Path) -> None:
        """Write 96 clips of about a second: six actors, eight emotions, two sentences; every twentieth in stereo."""
        import soundfile

        stems = [stem for stem in _STEMS if stem[-2:] in _ACTORS[:6] and stem[9:11] == "01" and stem[15:17] == "01"]
        for number, stem in enumerate(stems):
            path = folder / _official_path(stem)
            path.parent.mkdir(parents=True, exist_ok=True)
            sound = _synthetic_voice(stem)
            soundfile.write(path, sound if number % 20 else sound[:, None].repeat(2, axis=1), _RATE, subtype="PCM_16")


# ------------------------------------------------------------------------------------------------ indexing


def _clip_id(name: str) -> str | None:
    stem, ending = PurePosixPath(name).stem, PurePosixPath(name).suffix
    return stem if stem in _ORDER and ending.lower() == ".wav" else None


def _stranger(name: str) -> str:
    """Say what a file is that is not an official speech clip."""
    matched = _ANY.fullmatch(name)
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
    _, _, emotion, intensity, sentence, repetition, actor = stem.split("-")
    return {
        "sample_id": stem,
        "label": _EMOTIONS[emotion],
        "group": actor,
        "audio_path": name,
        "take": stem[3:],
        "intensity": _INTENSITIES[intensity],
        "sentence": _SENTENCES[sentence],
        "repetition": int(repetition),
        "sex": "male" if int(actor) % 2 else "female",
        **header_columns(root, name, findings),
    }


def _official_path(stem: str) -> str:
    return f"Actor_{stem[-2:]}/{stem}.wav"


def _wrong_folders(paths: Mapping[str, str]) -> Iterator[Finding]:
    for stem, name in paths.items():
        folder = _ACTOR_FOLDER.fullmatch(PurePosixPath(name).parent.name)
        if folder and folder[1] != stem[-2:]:
            yield Finding("odd", name, f"stands in another actor's folder; its name says actor {stem[-2:]}")


def _synthetic_voice(stem: str) -> NDArray[np.float64]:
    """Return about a second of sound at 48 kHz, (frames,) in [-1, 1]; equal stems, equal samples."""
    _, _, emotion, _, sentence, _, actor = (int(field) for field in stem.split("-"))
    return hummed(
        _EMOTIONS[f"{emotion:02}"],
        pitch=115 if actor % 2 else 200,
        rate=_RATE,
        speaker=actor,
        clip=(emotion, sentence, actor),
        rhythm=sentence,
    )


@hookimpl
def emobench_datasets() -> list[Dataset]:
    """Register the speech audio of RAVDESS."""
    return [Ravdess()]
