"""RAVDESS, the speech audio: 1,440 clips of 24 actors who speak two sentences in eight emotions.

Forms on disk:
    ``actors``: folders Actor_01 to Actor_24, as in the official zip. Kaggle's copy holds all of them a second time in a
    nested folder audio_speech_actors_01-24.
    ``flat``: all files in one folder.

A name is ``MM-CC-EE-II-SS-RR-AA.wav``: modality (03 audio), channel (01 speech, 02 song), emotion, intensity (01 normal,
02 strong; neutral has no strong), statement, repetition, actor (odd male, even female).

Source: Livingstone and Russo 2018 and the record at Zenodo, https://doi.org/10.5281/zenodo.1188976. The 01-, 02- and 03-
files of one name are the same take; ``take`` is what they have in common.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import files, hookimpl, media
from emobench.contracts import Copy, Dataset, Finding, Folder, Index, Modality, Official
from emobench.errors import EmobenchError, UnreadableError

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
_SPEECH = re.compile(r"03-01(-\d\d){5}\.wav", re.IGNORECASE)
_ANY = re.compile(r"(\d\d)-(\d\d)(-\d\d){5}\.(\w+)")
_ACTOR_FOLDER = re.compile(r"actor[_ ]?(\d\d)", re.IGNORECASE)
_NESTED = re.compile(r"audio_speech_actors.*", re.IGNORECASE)


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

    def find(self, folders: Iterable[Folder]) -> list[Copy]:
        """Return the copies with the most actors first, then the flat ones; none that another copy reads as its own."""
        listed = {folder.path: folder for folder in folders}
        actors = {path: _speech_actors(folder, listed) for path, folder in listed.items()}
        by_actor = sorted((path for path, count in actors.items() if count), key=lambda path: (-actors[path], path))
        copies = [Copy(path, "actors") for path in by_actor if not _is_read_by(path, by_actor)]
        flat = sorted(path for path, folder in listed.items() if any(map(_SPEECH.fullmatch, folder.files)))
        return copies + [
            Copy(path, "flat") for path in flat if path not in by_actor and not _is_read_by(path, [*by_actor, *flat])
        ]

    def index(self, copy: Copy) -> Index:
        """Read the names and headers of a copy's files, some 1,440."""
        import pandas as pd

        findings: list[Finding] = []
        paths = _official_files(_own_files(copy.root), findings)
        if not paths:
            raise EmobenchError("there is no RAVDESS speech clip here", where=str(copy.root), remedy=self.obtain)
        files.refuse_lfs_pointers(copy.root, paths.values())
        rows = [_row(copy.root, stem, paths[stem], findings) for stem in sorted(paths, key=_ORDER.__getitem__)]
        for stem in _STEMS:
            if stem not in paths:
                findings.append(Finding("missing", _official_path(stem), "an official clip that is not here"))
        findings += [*_wrong_folders(paths), *_wrong_rates(rows)]
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


# ------------------------------------------------------------------------------------------------- finding


def _speech_actors(folder: Folder, listed: Mapping[Path, Folder]) -> int:
    """Count the actor folders that hold speech audio; those of the song or video parts do not."""
    return sum(
        any(map(_SPEECH.fullmatch, listed[folder.path / name].files))
        for name in folder.folders
        if _ACTOR_FOLDER.fullmatch(name) and folder.path / name in listed
    )


def _is_read_by(path: Path, roots: list[Path]) -> bool:
    """Whether a copy at one of ``roots`` reads this folder, as an actor's or as the nested duplicate."""
    return any(root in path.parents and _is_own_folder(path.relative_to(root).parts[0]) for root in roots)


def _is_own_folder(name: str) -> bool:
    return bool(_ACTOR_FOLDER.fullmatch(name) or _NESTED.fullmatch(name))


def _own_files(root: Path) -> list[str]:
    """List the files of a copy that may lie among other things: those in its own folders, and those beside them."""
    beside = files.listing(root)
    return [*beside.files, *(name for own in filter(_is_own_folder, beside.folders) for name in files.walk(root, own))]


# ------------------------------------------------------------------------------------------------ indexing


def _official_files(names: Iterable[str], findings: list[Finding]) -> dict[str, str]:
    """Return the file of each official stem, the least nested of several; list the others."""
    paths: dict[str, str] = {}
    for name in sorted(names, key=lambda name: (name.count("/"), name)):
        path = PurePosixPath(name)
        if path.stem not in _ORDER or path.suffix.lower() != ".wav":
            findings.append(Finding("extra", name, _stranger(path.name)))
        elif path.stem in paths:
            findings.append(Finding("duplicate", name, f"the same clip as {paths[path.stem]}, which is read instead"))
        else:
            paths[path.stem] = name
    return paths


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
    rate, channels, duration = 0, 0, float("nan")
    try:
        header = media.audio_header(root / name)
        rate, channels, duration = header.rate, header.channels, header.frames / header.rate
    except UnreadableError as error:
        findings.append(Finding("unreadable", name, error.what))
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
        "sample_rate": rate,
        "channels": channels,
        "duration": duration,
    }


def _official_path(stem: str) -> str:
    return f"Actor_{stem[-2:]}/{stem}.wav"


def _wrong_folders(paths: Mapping[str, str]) -> Iterator[Finding]:
    for stem, name in paths.items():
        folder = _ACTOR_FOLDER.fullmatch(PurePosixPath(name).parent.name)
        if folder and folder[1] != stem[-2:]:
            yield Finding("odd", name, f"stands in another actor's folder; its name says actor {stem[-2:]}")


def _wrong_rates(rows: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    rates = Counter(int(row["sample_rate"]) for row in rows if row["sample_rate"])
    others = {rate: count for rate, count in sorted(rates.items()) if rate != _RATE}
    if others:
        counts = ", ".join(f"{count} at {rate:,} Hz" for rate, count in others.items())
        yield Finding("odd", "", f"not at the official {_RATE:,} Hz: {counts}")


# --------------------------------------------------------------------------------------------------- twin

# How each twin emotion sounds: pitch relative to the actor's, how far it moves over the clip (in octaves), loudness (linear,
# angry about 20 dB over calm as in the original), syllables a second, and how fast harmonics fall off (less is sharper).
_VOICES = {
    "neutral": (1.00, 0.00, 0.08, 3.5, 1.6),
    "calm": (0.95, -0.05, 0.05, 3.0, 1.9),
    "happy": (1.35, 0.25, 0.20, 4.5, 1.2),
    "sad": (0.95, -0.20, 0.06, 2.5, 1.8),
    "angry": (1.40, -0.10, 0.50, 4.5, 0.8),
    "fearful": (1.50, 0.10, 0.25, 5.5, 1.1),
    "disgust": (1.05, -0.15, 0.14, 3.0, 1.1),
    "surprised": (1.45, 0.50, 0.20, 3.5, 1.3),
}


def _synthetic_voice(stem: str) -> NDArray[np.float64]:
    """Return a hummed sentence of about a second, (frames,) in [-1, 1]; equal stems, equal samples."""
    import numpy as np

    _, _, emotion, _, sentence, _, actor = (int(field) for field in stem.split("-"))
    random = np.random.default_rng([emotion, sentence, actor])
    pitch, glide, loudness, syllables, decay = _VOICES[_EMOTIONS[f"{emotion:02}"]] * random.normal(1, 0.05, 5)
    speaker = np.random.default_rng(actor)
    base = (115 if actor % 2 else 200) * speaker.uniform(0.93, 1.07)
    time = np.arange(int(_RATE * random.uniform(0.9, 1.1))) / _RATE
    frequency = base * pitch * 2 ** (glide * time / time[-1])
    phase = 2 * np.pi * np.cumsum(frequency) / _RATE
    hum = np.sum([np.sin(k * phase) / k**decay for k in range(1, 11)], axis=0)
    rhythm = 0.5 - 0.5 * np.cos(2 * np.pi * syllables * time + sentence)
    voice = hum / np.abs(hum).max() * rhythm * loudness * speaker.uniform(0.85, 1.15)
    noisy: NDArray[np.float64] = np.clip(voice + random.normal(0, 0.004, time.size), -1, 1)
    return noisy


@hookimpl
def emobench_datasets() -> list[Dataset]:
    """Register the speech audio of RAVDESS."""
    return [Ravdess()]
