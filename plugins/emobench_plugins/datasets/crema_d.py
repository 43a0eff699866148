"""CREMA-D: 7,442 clips of 91 actors who speak twelve sentences in six emotions.

Forms on disk:
    ``AudioWAV``: a folder AudioWAV, alone or in a clone of the repository, beside which VideoDemographics.csv and
    processedResults/summaryTable.csv may lie. A zip download of the repository holds Git LFS pointers, no clips.
    ``flat``: all files in one folder.

A name is ``{actor}_{sentence}_{emotion}_{level}.wav``: actors 1001 to 1091; ANG, DIS, FEA, HAP, NEU or SAD; LO, MD, HI or XX
(unspecified). Only the sentence IEO has levels, and only with emotions other than neutral. So an actor has 82 clips; 20 were
never published: the sentence ITH of actor 1019, MTI of 1009, WSI of 1008, and the neutral ones TIE of 1002 and ITS of 1076.
In old clones 1040_ITH_SAD_XX is called 1040_ITH_SAD_X.

Some official files are odd: three have the very bytes of another emotion's file, so that one label of each pair is wrong, and
one is silent. They stay in the index, since they belong to the dataset, and are listed.

There is no surprise, though paper B names it among the emotions.

The clips are downloaded one by one under the names that follow from the above, which takes neither Git LFS nor the rest of
the repository (the videos above all). The two tables are not downloaded: their columns stay empty, and no score depends on
them. No checksum is stated for a clip by its address: the fingerprint of all tells whether they are the published ones.

Source: Cao et al. 2014, and README.md, SentenceFilenames.csv and VideoDemographics.csv of the repository,
https://github.com/CheyneyComputerScience/CREMA-D.
"""

from __future__ import annotations

import csv
import filecmp
import itertools
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import decoding, hookimpl
from emobench.contracts import Copy, Dataset, Download, FileDownload, Finding, Folder, Index, Modality, Official
from emobench.data import refuse_lfs_pointers
from emobench.errors import EmobenchError, UnreadableError
from emobench_plugins.datasets._voice_corpora import Layout, header_columns, hummed, one_file_each, other_rates

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_EMOTIONS = {"ANG": "angry", "DIS": "disgust", "FEA": "fear", "HAP": "happy", "NEU": "neutral", "SAD": "sad"}
_LEVELS = {"LO": "low", "MD": "medium", "HI": "high", "XX": "unspecified"}
_SENTENCES = {
    "IEO": "It's eleven o'clock",
    "TIE": "That is exactly what happened",
    "IOM": "I'm on my way to the meeting",
    "IWW": "I wonder what this is about",
    "TAI": "The airplane is almost full",
    "MTI": "Maybe tomorrow it will be cold",
    "IWL": "I would like a new alarm clock",
    "ITH": "I think I have a doctor's appointment",
    "DFA": "Don't forget a jacket",
    "ITS": "I think I've seen this before",
    "TSI": "The surface is slick",
    "WSI": "We'll stop in a couple of minutes",
}
_ACTORS = tuple(map(str, range(1001, 1092)))
_RATE = 16_000


def _has_levels(sentence: str, emotion: str) -> bool:
    return sentence == "IEO" and emotion != "NEU"


_NEVER_PUBLISHED = {"1002_TIE_NEU_XX", "1076_ITS_NEU_XX"} | {
    f"{take}_{emotion}_XX" for take, emotion in itertools.product(("1008_WSI", "1009_MTI", "1019_ITH"), _EMOTIONS)
}
_STEMS = tuple(
    stem
    for actor, sentence, emotion, level in itertools.product(_ACTORS, _SENTENCES, _EMOTIONS, _LEVELS)
    if _has_levels(sentence, emotion) == (level != "XX")
    and (stem := f"{actor}_{sentence}_{emotion}_{level}") not in _NEVER_PUBLISHED
)
# Where GitHub serves the files themselves of a repository that holds Git LFS pointers.
_MEDIA = "https://media.githubusercontent.com/media/CheyneyComputerScience/CREMA-D/master"
_ORDER = {stem: place for place, stem in enumerate(_STEMS)}
# A clip, and the one whose bytes it has; the first of each pair is not in old clones.
_SAME_BYTES = {
    "1006_TIE_NEU_XX": "1006_TIE_HAP_XX",
    "1013_WSI_DIS_XX": "1013_WSI_SAD_XX",
    "1017_IWW_FEA_XX": "1017_IWW_ANG_XX",
}
_SILENT = "1076_MTI_SAD_XX"
_LIKE_A_CLIP = re.compile(r"\d{4}_[A-Z]{3}_[A-Z]{3}_[A-Z]{1,2}\.(\w+)", re.IGNORECASE)
_LAYOUT = Layout(
    form="AudioWAV",
    clip=re.compile(
        rf"10\d\d_({'|'.join(_SENTENCES)})_({'|'.join(_EMOTIONS)})_({'|'.join(_LEVELS)}|X)\.wav", re.IGNORECASE
    ),
    folder=re.compile("AudioWAV", re.IGNORECASE),
    nested=re.compile("AudioWAV", re.IGNORECASE),
)


class CremaD(Dataset):
    """The audio of CREMA-D.

    Own columns of the index: ``sample_id`` is the official name; ``group`` the actor, "1001" to "1091"; ``sentence`` the
    words spoken; ``level`` of the emotion: low, medium, high or unspecified; ``age`` in years at the recording, ``sex`` (male
    or female), ``race`` and ``ethnicity`` as VideoDemographics.csv has them; ``voice_vote``, ``face_vote`` and
    ``audiovisual_vote``, what most listeners or viewers took the clip for according to processedResults/summaryTable.csv,
    equal votes joined by colons; ``sample_rate`` in Hz and ``channels``, 0 where the file cannot be read; ``duration`` in
    seconds. Where a table or a row of it is not there, its columns are empty: NaN for ``age``, else an empty string.
    """

    name: ClassVar[str] = "crema-d"
    title: ClassVar[str] = "CREMA-D"
    modalities: ClassVar[tuple[Modality, ...]] = ("audio",)
    labels: ClassVar[tuple[str, ...]] = tuple(_EMOTIONS.values())
    official: ClassVar[Official] = Official(
        samples=7_442,
        counts={("label",): {(label,): 1_087 if label == "neutral" else 1_271 for label in _EMOTIONS.values()}},
        fingerprint=dict.fromkeys(
            ("AudioWAV", "flat"), "9e0a4c00a1ca2180cb3d9c7390f79a5a1e0d8d4a8343c9272fceb9b5218c25fc"
        ),
    )
    license: ClassVar[str] = "ODbL 1.0"
    homepage: ClassVar[str] = "https://github.com/CheyneyComputerScience/CREMA-D"
    citation: ClassVar[str] = (
        "Cao, Cooper, Keutmann, Gur, Nenkova and Verma 2014, CREMA-D: Crowd-sourced Emotional Multimodal Actors Dataset, "
        "IEEE Transactions on Affective Computing 5(4), 377-390"
    )
    obtain: ClassVar[str] = (
        "Clone https://github.com/CheyneyComputerScience/CREMA-D with Git LFS installed (the sound is 606 MB in AudioWAV; a "
        "zip download holds no sound), under the data directory."
    )
    downloads: ClassVar[tuple[Download, ...]] = tuple(
        FileDownload(url=f"{_MEDIA}/AudioWAV/{stem}.wav", name=f"AudioWAV/{stem}.wav") for stem in _STEMS
    )

    def find(self, folders: Iterable[Folder]) -> list[Copy]:
        """Return the copies with the most clips first, then the flat ones; none that another copy reads as its own."""
        return _LAYOUT.find(folders)

    def index(self, copy: Copy) -> Index:
        """Read the names and headers of a copy's files, some 7,442, and the two tables."""
        import pandas as pd

        findings: list[Finding] = []
        paths = one_file_each(_own_files(copy), _clip_id, _stranger, findings)
        if not paths:
            raise EmobenchError("there is no CREMA-D clip here", where=str(copy.root), remedy=self.obtain)
        refuse_lfs_pointers(copy.root, paths.values())
        people, votes = _demographics(copy.root, findings), _votes(copy.root, findings)
        rows = [
            _row(copy.root, stem, paths[stem], findings) | people.get(stem[:4], _NOBODY) | votes.get(stem, _NO_VOTES)
            for stem in sorted(paths, key=_ORDER.__getitem__)
        ]
        findings += [*_missing(paths), *_odd(copy.root, paths), *other_rates(rows, _RATE)]
        return Index(pd.DataFrame(rows), tuple(findings))

    def write_twin(self, folder: Path) -> None:
        """Write 132 clips of about a second (six actors, six emotions, two sentences, one with levels) and both tables."""
        import soundfile

        stems = [stem for stem in _STEMS if stem[:4] in _TWIN_ACTORS and stem[5:8] in ("IEO", "DFA")]
        (folder / "AudioWAV").mkdir()
        for stem in stems:
            soundfile.write(folder / "AudioWAV" / f"{stem}.wav", _synthetic_voice(stem), _RATE, subtype="PCM_16")
        _write_twin_tables(folder, stems)


# ------------------------------------------------------------------------------------------------ indexing


def _clip_id(name: str) -> str | None:
    path = PurePosixPath(name)
    stem = path.stem.upper()
    stem = f"{stem}X" if stem.endswith("_X") else stem
    return stem if stem in _ORDER and path.suffix.lower() == ".wav" else None


def _own_files(copy: Copy) -> Iterator[str]:
    """Yield the files of a copy without those that lie beside the folder AudioWAV in a clone, and the table beside clips."""
    for name in _LAYOUT.files(copy.root):
        if "/" in name or _clip_id(name) or (copy.form == "flat" and name != _DEMOGRAPHICS):
            yield name


def _stranger(name: str) -> str:
    """Say what a file is that is no official clip."""
    matched = _LIKE_A_CLIP.fullmatch(name)
    if not matched:
        return "not named as CREMA-D names its files"
    if matched[1].lower() != "wav":
        return f"a .{matched[1].lower()} file; the clips are .wav files"
    return "named like a CREMA-D clip, but there is no such clip"


def _row(root: Path, stem: str, name: str, findings: list[Finding]) -> dict[str, Any]:
    """Return a clip's row of the index, without the columns of the tables; list it if its header cannot be read."""
    actor, sentence, emotion, level = stem.split("_")
    return {
        "sample_id": stem,
        "label": _EMOTIONS[emotion],
        "group": actor,
        "audio_path": name,
        "sentence": _SENTENCES[sentence],
        "level": _LEVELS[level],
        **header_columns(root, name, findings),
    }


def _missing(stems: Collection[str]) -> Iterator[Finding]:
    """Say in one line how much is missing, then list it."""
    missing = [stem for stem in _STEMS if stem not in stems]
    if missing:
        actors = len({stem[:4] for stem in stems})
        here = Counter(_EMOTIONS[stem[9:12]] for stem in stems)
        counts = ", ".join(f"{here[label]:,} {label}" for label in _EMOTIONS.values())
        what = f"{len(missing):,} of the {len(_STEMS):,} official clips; here are {actors} of {len(_ACTORS)} actors, {counts}"
        yield Finding("missing", "", what)
    for stem in missing:
        yield Finding("missing", f"AudioWAV/{stem}.wav", "an official clip that is not here")


def _odd(root: Path, paths: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what is odd in the official copy, where this copy has it too."""
    for stem, name in paths.items():
        if PurePosixPath(name).stem.upper() != stem:
            yield Finding("odd", name, f"a name of old clones; the clip is called {stem} now")
    for stem, other in _SAME_BYTES.items():
        if stem in paths and other in paths and _have_same_bytes(root / paths[stem], root / paths[other]):
            what = f"has the bytes of {other}, as in the official copy: one of the two labels is wrong"
            yield Finding("odd", paths[stem], what)
    if _SILENT in paths and _is_silent(root / paths[_SILENT]):
        yield Finding("odd", paths[_SILENT], "silent from beginning to end, as in the official copy")


def _have_same_bytes(one: Path, other: Path) -> bool:
    try:
        return filecmp.cmp(one, other, shallow=False) and not decoding.is_lfs_pointer(one)
    except OSError:
        return False


def _is_silent(path: Path) -> bool:
    try:
        return not decoding.read_audio(path).samples.any()
    except UnreadableError:
        return False


# -------------------------------------------------------------------------------------------------- tables

_DEMOGRAPHICS = "VideoDemographics.csv"
_SUMMARY = "processedResults/summaryTable.csv"
_NOBODY = {"age": float("nan"), "sex": "", "race": "", "ethnicity": ""}
_VOTE_COLUMNS = {"voice_vote": "VoiceVote", "face_vote": "FaceVote", "audiovisual_vote": "MultiModalVote"}
_NO_VOTES = dict.fromkeys(_VOTE_COLUMNS, "")
_LABEL_OF_VOTE = {label[0].upper(): label for label in _EMOTIONS.values()}


def _demographics(root: Path, findings: list[Finding]) -> dict[str, dict[str, Any]]:
    """Return age, sex, race and ethnicity by actor."""
    people: dict[str, dict[str, Any]] = {}
    for number, row in _rows(root, _DEMOGRAPHICS, ("ActorID", "Age", "Sex", "Race", "Ethnicity"), findings):
        actor, age, sex, race, ethnicity = row
        if actor not in _ACTORS or not age.isdecimal() or sex.lower() not in ("male", "female"):
            findings.append(Finding("odd", _DEMOGRAPHICS, f"row {number} is not used: {', '.join(row)}"))
        else:
            people[actor] = {"age": float(age), "sex": sex.lower(), "race": race, "ethnicity": ethnicity}
    return people


def _votes(root: Path, findings: list[Finding]) -> dict[str, dict[str, Any]]:
    """Return the votes by clip."""
    votes: dict[str, dict[str, Any]] = {}
    for number, (name, *row) in _rows(root, _SUMMARY, ("FileName", *_VOTE_COLUMNS.values()), findings):
        stem = _clip_id(f"{name}.wav")
        letters = [vote.split(":") for vote in row]
        if stem is None or not set(itertools.chain(*letters)) <= set(_LABEL_OF_VOTE):
            findings.append(Finding("odd", _SUMMARY, f"row {number} is not used: {', '.join([name, *row])}"))
        else:
            words = (":".join(map(_LABEL_OF_VOTE.__getitem__, vote)) for vote in letters)
            votes[stem] = dict(zip(_VOTE_COLUMNS, words, strict=True))
    return votes


def _rows(root: Path, name: str, wanted: tuple[str, ...], findings: list[Finding]) -> list[tuple[int, list[str]]]:
    """Return the wanted columns of a table, with the row's number counted from 1 after the header.

    A table that is not there has no rows. One that cannot be used has none either, and is listed: no score depends on it.
    """
    path = root / name
    if not path.exists() and not path.is_symlink():
        return []
    if decoding.is_lfs_pointer(path):
        return _unusable(name, "a Git LFS pointer, not the table itself", findings)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            header, *rows = [[cell.strip() for cell in row] for row in csv.reader(file)] or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        return _unusable(name, f"not a readable CSV file ({error})", findings)
    if not set(wanted) <= set(header):
        found = ", ".join(cell[:40] for cell in header[:8]) or "none"
        return _unusable(name, f"the columns are {found}; expected {', '.join(wanted)}", findings)
    places = [header.index(column) for column in wanted]
    return [
        (number, [row[place] if place < len(row) else "" for place in places])
        for number, row in enumerate(rows, start=1)
        if row
    ]


def _unusable(name: str, what: str, findings: list[Finding]) -> list[tuple[int, list[str]]]:
    findings.append(Finding("odd", name, f"{what}; its columns are empty"))
    return []


# --------------------------------------------------------------------------------------------------- twin

_TWIN_ACTORS = {
    actor: (sex, 20 + 7 * place)
    for place, (actor, sex) in enumerate(zip(_ACTORS[:6], ("Male", "Female") * 3, strict=True))
}


def _synthetic_voice(stem: str) -> NDArray[np.float64]:
    """Return about a second of sound at 16 kHz, (frames,) in [-1, 1]; equal stems, equal samples."""
    actor, sentence, emotion, level = stem.split("_")
    label = _EMOTIONS[emotion]
    place = list(_SENTENCES).index(sentence)
    return hummed(
        "fearful" if label == "fear" else label,
        pitch=115 if _TWIN_ACTORS[actor][0] == "Male" else 200,
        rate=_RATE,
        speaker=int(actor),
        clip=(list(_EMOTIONS).index(emotion), place, list(_LEVELS).index(level), int(actor)),
        rhythm=place,
    )


def _write_twin_tables(folder: Path, stems: Iterable[str]) -> None:
    """Write tables in the official format: made-up people, and votes for the acted emotion but for ties on weak fear."""
    people = ['"ActorID","Age","Sex","Race","Ethnicity"']
    people += [f'{actor},{age},"{sex}","Unknown","Unknown"' for actor, (sex, age) in _TWIN_ACTORS.items()]
    (folder / _DEMOGRAPHICS).write_text("\n".join(people) + "\n", encoding="utf-8", newline="\n")
    votes = ['"","FileName","VoiceVote","VoiceLevel","FaceVote","FaceLevel","MultiModalVote","MultiModalLevel"']
    for number, stem in enumerate(stems, start=1):
        letter = stem[9]
        voice, level = ("F:N", "50:50") if stem.endswith("FEA_LO") else (letter, "60")
        votes.append(f'"{number}","{stem}","{voice}","{level}","{letter}","60","{letter}","60"')
    (folder / _SUMMARY).parent.mkdir()
    (folder / _SUMMARY).write_text("\n".join(votes) + "\n", encoding="utf-8", newline="\n")


@hookimpl
def emobench_datasets() -> list[Dataset]:
    """Register CREMA-D."""
    return [CremaD()]
