"""What the corpora of spoken clips share: where clips lie, what their headers say, and how a synthetic voice sounds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from emobench import decoding
from emobench.contracts import Copy, Finding, Folder
from emobench.data import listing, walk
from emobench.errors import UnreadableError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# ------------------------------------------------------------------------------------------------- finding


@dataclass(frozen=True)
class Layout:
    """Where the clips of a corpus lie: in folders of its own, or all in one folder (the form ``flat``).

    Attributes:
        form: the form with folders, in the dataset's words.
        clip: matches the name of a clip's file.
        folder: matches the name of a folder that holds clips.
        nested: matches the name of a folder in which some copies hold all folders a second time.
    """

    form: str
    clip: re.Pattern[str]
    folder: re.Pattern[str]
    nested: re.Pattern[str]

    def find(self, folders: Iterable[Folder]) -> list[Copy]:
        """Return the copies with the most clips first, then the flat ones; none that another copy reads as its own."""
        listed = {folder.path: folder for folder in folders}
        clips = {path: self._clips_below(folder, listed) for path, folder in listed.items()}
        roots = sorted((path for path, count in clips.items() if count), key=lambda path: (-clips[path], path))
        flat = sorted(path for path, folder in listed.items() if any(map(self.clip.fullmatch, folder.files)))
        return [Copy(path, self.form) for path in roots if not self._is_read_by(path, roots)] + [
            Copy(path, "flat") for path in flat if path not in roots and not self._is_read_by(path, [*roots, *flat])
        ]

    def files(self, root: Path) -> list[str]:
        """List the files of a copy that may lie among other things: those in its own folders, and those beside them."""
        beside = listing(root)
        return [
            *beside.files,
            *(name for own in filter(self._is_own, beside.folders) for name in walk(root, own)),
        ]

    def _clips_below(self, folder: Folder, listed: Mapping[Path, Folder]) -> int:
        """Count the clips in a folder's own folders and below; those of the corpus' other media are none."""
        return sum(
            self._clips_in(listed.get(folder.path / name), listed)
            for name in folder.folders
            if self.folder.fullmatch(name)
        )

    def _clips_in(self, folder: Folder | None, listed: Mapping[Path, Folder]) -> int:
        if folder is None:  # it lies too deep to be listed
            return 0
        below = sum(self._clips_in(listed.get(folder.path / name), listed) for name in folder.folders)
        return sum(map(bool, map(self.clip.fullmatch, folder.files))) + below

    def _is_read_by(self, path: Path, roots: Iterable[Path]) -> bool:
        """Whether a copy at one of ``roots`` reads this folder, as one of its own or as the nested second copy."""
        return any(root in path.parents and self._is_own(path.relative_to(root).parts[0]) for root in roots)

    def _is_own(self, name: str) -> bool:
        return bool(self.folder.fullmatch(name) or self.nested.fullmatch(name))


# ------------------------------------------------------------------------------------------------ indexing


def one_file_each(
    names: Iterable[str], clip_id: Callable[[str], str | None], stranger: Callable[[str], str], findings: list[Finding]
) -> dict[str, str]:
    """Return the file of each clip, the least nested of several; list the others.

    Args:
        names: files, relative to the copy's root.
        clip_id: returns the id of the clip that a file of this name (without folders) holds; ``None`` if it holds none.
        stranger: says what a file of this name is, if it holds no clip.
        findings: what is extra or duplicate is appended.
    """
    paths: dict[str, str] = {}
    for name in sorted(names, key=lambda name: (name.count("/"), name)):
        base = PurePosixPath(name).name
        clip = clip_id(base)
        if clip is None:
            findings.append(Finding("extra", name, stranger(base)))
        elif clip in paths:
            findings.append(Finding("duplicate", name, f"the same clip as {paths[clip]}, which is read instead"))
        else:
            paths[clip] = name
    return paths


def header_columns(root: Path, name: str, findings: list[Finding]) -> dict[str, Any]:
    """Return what a clip's header says; list the clip if it cannot be read, or is not the WAV file that its name promises.

    Returns:
        ``sample_rate`` in Hz and ``channels``, 0 where the file cannot be read; ``duration`` in seconds, then NaN.
    """
    try:
        header = decoding.audio_header(root / name)
    except UnreadableError as error:
        findings.append(Finding("unreadable", name, error.what))
        return {"sample_rate": 0, "channels": 0, "duration": float("nan")}
    if other := _format_if_not_wav(root / name):
        findings.append(Finding("odd", name, f"{other} inside, in spite of its ending; it is read as what it is"))
    return {
        "sample_rate": header.rate,
        "channels": header.channels,
        "duration": header.frames / header.rate,
    }


def _format_if_not_wav(path: Path) -> str:
    import soundfile

    with path.open("rb") as file:
        if file.read(4) in (b"RIFF", b"RIFX", b"RF64"):
            return ""
        return str(soundfile.info(file.name).format)


def other_rates(
    rows: Iterable[Mapping[str, Any]], official: int, known: Mapping[str, int] = MappingProxyType({})
) -> Iterator[Finding]:
    """Yield one finding about the copy if clips have another sampling rate than the official ones.

    Args:
        rows: of the index.
        official: the rate in Hz.
        known: the rate of each clip, by id, that officially has another.
    """
    rates = Counter(
        int(row["sample_rate"])
        for row in rows
        if row["sample_rate"] not in (0, official, known.get(row["sample_id"], official))
    )
    if rates:
        counts = ", ".join(f"{count} at {rate:,} Hz" for rate, count in sorted(rates.items()))
        yield Finding("odd", "", f"not at the official {official:,} Hz: {counts}")


# --------------------------------------------------------------------------------------------------- twins

# How each emotion sounds in a twin: pitch relative to the speaker's, how far it moves over the clip (in octaves), loudness
# (linear, angry about 20 dB over calm as in RAVDESS), syllables a second, and how fast harmonics fall off (less is sharper).
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


def hummed(
    emotion: str, *, pitch: float, rate: int, speaker: int, clip: Sequence[int], rhythm: float
) -> NDArray[np.float64]:
    """Return a hummed sentence of about a second, (frames,) in [-1, 1]; equal arguments, equal samples.

    Args:
        emotion: one of RAVDESS's eight.
        pitch: of a typical speaker like this one, in Hz.
        rate: frames a second.
        speaker: number; makes this speaker differ a little from others.
        clip: numbers that no other clip has; make this clip differ a little from others.
        rhythm: where in a syllable the clip begins, in radians.
    """
    import numpy as np

    random, own = np.random.default_rng(list(clip)), np.random.default_rng(speaker)
    relative, glide, loudness, syllables, decay = _VOICES[emotion] * random.normal(1, 0.05, 5)
    base = pitch * own.uniform(0.93, 1.07)
    time = np.arange(int(rate * random.uniform(0.9, 1.1))) / rate
    frequency = base * relative * 2 ** (glide * time / time[-1])
    phase = 2 * np.pi * np.cumsum(frequency) / rate
    hum = np.sum([np.sin(k * phase) / k**decay for k in range(1, 11)], axis=0)
    beat = 0.5 - 0.5 * np.cos(2 * np.pi * syllables * time + rhythm)
    voice = hum / np.abs(hum).max() * beat * loudness * own.uniform(0.85, 1.15)
    noisy: NDArray[np.float64] = np.clip(voice + random.normal(0, 0.004, time.size), -1, 1)
    return noisy
