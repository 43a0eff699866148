"""TESS, the Toronto emotional speech set: 2,800 clips of two women who speak 200 words in seven emotions.

Forms on disk:
    ``folders``: a folder for each speaker and emotion. Case and spelling vary (OAF_Fear, OAF_Pleasant_surprise,
    YAF_pleasant_surprised). Kaggle's copy holds all of them a second time in a nested folder.
    ``flat``: all files in one folder.

A name is ``{OAF|YAF}_{word}_{emotion}.wav``: the older (64 years) or the younger (26) speaker; the word, spoken in the
carrier phrase 'Say the word ...'; angry, disgust, fear, happy, neutral, ps (pleasant surprise) or sad. What the name says
counts, whatever the folder says.

Four files of the official copy are odd: one begins with OA_ instead of OAF_, one is sampled at 96,000 Hz, and two are AIFF
files in spite of their ending.

Every word is spoken by both women in all seven emotions. So the clips that are missing of a word can be told as soon as one
of its clips is there; the words themselves are not listed here, for no list of them comes with the dataset.

Paper B speaks of 4,048 files. There are 2,800, in every copy that is passed on; a copy with the nested folder holds 5,600.

The download is the zip that the server makes of the whole record at each request, as the Dataverse Project's guides document
it (Data Access API, basic download by dataset). So neither its size nor a checksum of it is known, and after an interruption
it starts from the beginning; the fingerprint of the clips tells whether they are the published ones.

Source: Pichora-Fuller and Dupuis 2020 and the record at Borealis, https://doi.org/10.5683/SP2/E8H2MF.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import hookimpl
from emobench.contracts import Copy, Dataset, Download, FileDownload, Finding, Folder, Index, Modality, Official
from emobench.data import refuse_lfs_pointers
from emobench.errors import EmobenchError
from emobench_plugins.datasets._voice_corpora import Layout, header_columns, hummed, one_file_each, other_rates

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_EMOTIONS = {
    "angry": "angry",
    "disgust": "disgust",
    "fear": "fear",
    "happy": "happy",
    "neutral": "neutral",
    "ps": "pleasant surprise",
    "sad": "sad",
}
_AGES = {"OAF": 64, "YAF": 26}
_WORDS = 200
_RATE = 24_414
_ODD_NAMES = {"OAF_bite_neutral": "OA_bite_neutral"}
_ODD_RATES = {"OAF_food_fear": 96_000}
_ODD_FORMATS = {"YAF_germ_angry": "AIFF", "YAF_neat_fear": "AIFF"}
_CLIP = re.compile(rf"(OAF|YAF|OA)_([a-z]+)_({'|'.join(_EMOTIONS)})\.wav", re.IGNORECASE)
_OTHER_ENDING = re.compile(rf"(OAF|YAF|OA)_[a-z]+_({'|'.join(_EMOTIONS)})\.(\w+)", re.IGNORECASE)
_FOLDER = re.compile(
    r"(OAF|YAF)[ _-](angry|disgust|fear|happy|neutral|ps|(?:pleasant[ _-])?surprised?|sad)", re.IGNORECASE
)
_LAYOUT = Layout(
    form="folders",
    clip=_CLIP,
    folder=_FOLDER,
    nested=re.compile(r"tess|(tess[ _-])?toronto[ _-]emotional[ _-]speech[ _-]set.*", re.IGNORECASE),
)


class Tess(Dataset):
    """The dataset TESS.

    Own columns of the index: ``sample_id`` is the official name, with OAF for OA; ``group`` is the speaker, OAF or YAF;
    ``word`` the word spoken; ``sex`` and ``age`` (in years) of the speaker; ``sample_rate`` in Hz and ``channels``, 0 where
    the file cannot be read; ``duration`` in seconds, NaN where it cannot be read.
    """

    name: ClassVar[str] = "tess"
    title: ClassVar[str] = "TESS"
    modalities: ClassVar[tuple[Modality, ...]] = ("audio",)
    labels: ClassVar[tuple[str, ...]] = tuple(_EMOTIONS.values())
    official: ClassVar[Official] = Official(
        samples=len(_AGES) * len(_EMOTIONS) * _WORDS,
        counts={
            ("group", "label"): dict.fromkeys(itertools.product(_AGES, _EMOTIONS.values()), _WORDS),
        },
        fingerprint=dict.fromkeys(
            ("folders", "flat"), "e494337724f797cd2dcb34c888a83af0cb1bad46a8bde3b3f734110587e33ec8"
        ),
    )
    license: ClassVar[str] = "CC BY-NC-ND 4.0"
    homepage: ClassVar[str] = "https://doi.org/10.5683/SP2/E8H2MF"
    citation: ClassVar[str] = "Pichora-Fuller and Dupuis 2020, Toronto emotional speech set (TESS), Borealis"
    obtain: ClassVar[str] = (
        "Download the files (281 MB) from https://doi.org/10.5683/SP2/E8H2MF, or "
        "ejlok1/toronto-emotional-speech-set-tess from Kaggle, and unpack them under the data directory."
    )
    downloads: ClassVar[tuple[Download, ...]] = (
        FileDownload(
            url="https://borealisdata.ca/api/access/dataset/:persistentId/?persistentId=doi:10.5683/SP2/E8H2MF",
            name="tess.zip",
            unpack=True,
        ),
    )

    def find(self, folders: Iterable[Folder]) -> list[Copy]:
        """Return the copies with the most clips first, then the flat ones; none that another copy reads as its own."""
        return _LAYOUT.find(folders)

    def index(self, copy: Copy) -> Index:
        """Read the names and headers of a copy's files, some 2,800."""
        import pandas as pd

        findings: list[Finding] = []
        paths = one_file_each(_LAYOUT.files(copy.root), _clip_id, _stranger, findings)
        if not paths:
            raise EmobenchError("there is no TESS clip here", where=str(copy.root), remedy=self.obtain)
        refuse_lfs_pointers(copy.root, paths.values())
        rows = [_row(copy.root, clip, paths[clip], findings) for clip in sorted(paths)]
        findings += [
            *_missing(paths),
            *_wrong_folders(paths),
            *_wrong_prefixes(paths),
            *_known_rates(rows),
            *other_rates(rows, _RATE, _ODD_RATES),
        ]
        return Index(pd.DataFrame(rows), tuple(findings))

    def write_twin(self, folder: Path) -> None:
        """Write 112 clips of about a second: both speakers, seven emotions, eight words; among them the four odd files."""
        import soundfile

        for speaker, emotion, word in itertools.product(_AGES, _EMOTIONS, _TWIN_WORDS):
            clip = f"{speaker}_{word}_{emotion}"
            path = folder / f"{speaker}_{_TWIN_FOLDERS.get((speaker, emotion), emotion)}" / _official_name(clip)
            path.parent.mkdir(exist_ok=True)
            rate = _ODD_RATES.get(clip, _RATE)
            sound = _synthetic_voice(speaker, emotion, word, rate)
            soundfile.write(path, sound, rate, subtype="PCM_16", format=_ODD_FORMATS.get(clip, "WAV"))


# ------------------------------------------------------------------------------------------------ indexing


def _clip_id(name: str) -> str | None:
    matched = _CLIP.fullmatch(name)
    if not matched:
        return None
    speaker = "YAF" if matched[1].upper() == "YAF" else "OAF"
    return f"{speaker}_{matched[2].lower()}_{matched[3].lower()}"


def _official_name(clip: str) -> str:
    return f"{_ODD_NAMES.get(clip, clip)}.wav"


def _stranger(name: str) -> str:
    """Say what a file is that is no clip."""
    if matched := _OTHER_ENDING.fullmatch(name):
        return f"a .{matched[3].lower()} file; the clips are .wav files"
    return "not named as TESS names its files"


def _row(root: Path, clip: str, name: str, findings: list[Finding]) -> dict[str, Any]:
    """Return a clip's row of the index; list it if its header cannot be read."""
    speaker, word, emotion = clip.split("_")
    return {
        "sample_id": clip,
        "label": _EMOTIONS[emotion],
        "group": speaker,
        "audio_path": name,
        "word": word,
        "sex": "female",
        "age": _AGES[speaker],
        **header_columns(root, name, findings),
    }


def _missing(clips: Collection[str]) -> Iterator[Finding]:
    """Say in one line how much is missing, then list the missing clips of the words that are there."""
    words = sorted({clip.split("_")[1] for clip in clips})
    whole = (f"{speaker}_{word}_{emotion}" for speaker, emotion, word in itertools.product(_AGES, _EMOTIONS, words))
    missing = [clip for clip in whole if clip not in clips]
    unseen = _WORDS - len(words)
    if missing or unseen > 0:
        what = f"{len(missing)} clips of the {len(words)} words that are here, which are listed"
        what += f", and {unseen} of the {_WORDS} words altogether" if unseen > 0 else ""
        yield Finding("missing", "", what)
    if unseen < 0:
        yield Finding("odd", "", f"{len(words)} words; TESS has {_WORDS}")
    for clip in missing:
        yield Finding("missing", _official_name(clip), "an official clip that is not here")


def _wrong_folders(paths: Mapping[str, str]) -> Iterator[Finding]:
    for clip, name in paths.items():
        folder = _FOLDER.fullmatch(PurePosixPath(name).parent.name)
        if folder:
            speaker, _, emotion = clip.split("_")
            said = folder[2].lower()
            said = "ps" if "surprise" in said else said
            if (folder[1].upper(), said) != (speaker, emotion):
                yield Finding("odd", name, f"stands in another folder; its name says {speaker} and {emotion}")


def _wrong_prefixes(paths: Mapping[str, str]) -> Iterator[Finding]:
    for clip, name in paths.items():
        if PurePosixPath(name).name.upper().startswith("OA_"):
            official = ", as in the official copy" if clip in _ODD_NAMES else ""
            yield Finding("odd", name, f"its prefix is spelt OA_{official}; read as OAF_")


def _known_rates(rows: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    for row in rows:
        if row["sample_rate"] == _ODD_RATES.get(row["sample_id"]):
            yield Finding("odd", row["audio_path"], f"sampled at {row['sample_rate']:,} Hz, as in the official copy")


# --------------------------------------------------------------------------------------------------- twin

# Those of the four odd files, and four more.
_TWIN_WORDS = ("back", "bite", "food", "germ", "goose", "keg", "neat", "yes")
# Where Kaggle's folders are not called as the files are.
_TWIN_FOLDERS = {
    ("OAF", "fear"): "Fear",
    ("OAF", "ps"): "Pleasant_surprise",
    ("OAF", "sad"): "Sad",
    ("YAF", "ps"): "pleasant_surprised",
}


def _synthetic_voice(speaker: str, emotion: str, word: str, rate: int) -> NDArray[np.float64]:
    """Return about a second of sound, (frames,) in [-1, 1]; equal arguments, equal samples."""
    woman, feeling, place = list(_AGES).index(speaker), list(_EMOTIONS).index(emotion), _TWIN_WORDS.index(word)
    return hummed(
        {"fear": "fearful", "ps": "surprised"}.get(emotion, emotion),
        pitch=(185, 215)[woman],
        rate=rate,
        speaker=woman,
        clip=(feeling, place, woman),
        rhythm=place,
    )


@hookimpl
def emobench_datasets() -> list[Dataset]:
    """Register TESS."""
    return [Tess()]
