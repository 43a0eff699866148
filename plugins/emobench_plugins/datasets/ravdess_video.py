"""RAVDESS, the speech videos: 2,880 films of 24 actors who speak two sentences in eight emotions.

Each of the 1,440 takes is there twice, with its sound (01-) and without (02-).

Forms on disk:
    ``actors``: folders Actor_01 to Actor_24, as in the 24 official zips, or each of them in a folder named after its zip,
    Video_Speech_Actor_01 and so on.
    ``flat``: all files in one folder.

How files are named, and what the names say, stands in :mod:`emobench_plugins.datasets._ravdess_takes`. The official films are
1280 by 720 pixels at 29.97 frames a second; the stated number of frames can be one more than decodes. The films without
sound have a sound track nevertheless, which is silent (all that were looked at): that they have none is known from the name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import decoding, hookimpl
from emobench.contracts import Copy, Dataset, Download, FileDownload, Finding, Folder, Index, Modality, Official
from emobench.data import refuse_lfs_pointers
from emobench.errors import EmobenchError, UnreadableError
from emobench_plugins.datasets._face_corpora import EXPRESSIONS, drawn_face
from emobench_plugins.datasets._ravdess_takes import (
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
from emobench_plugins.datasets._voice_corpora import Layout, one_file_each

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_KINDS = {"01": "with sound", "02": "without sound"}
_STEMS = tuple(f"{kind}-{take}" for take in SPEECH for kind in _KINDS)
_ORDER = {stem: place for place, stem in enumerate(_STEMS)}
_SOUNDS = {f"03-{take}" for take in SPEECH}
_FRAME_RATE = Fraction(30_000, 1001)
_OFFICIAL_PICTURE = "1280 by 720 at 29.97 frames a second"
_LAYOUT = Layout(
    form="actors",
    clip=re.compile(r"0[12]-01(-\d\d){5}\.mp4", re.IGNORECASE),
    folder=re.compile(r"(video_speech_)?actor[_ ]?\d\d", re.IGNORECASE),
    nested=re.compile(r"video_speech.*", re.IGNORECASE),
)


class RavdessVideo(Dataset):
    """The speech videos of RAVDESS.

    Own columns of the index: ``group`` is the actor, "01" to "24"; ``take`` the name without the modality, as in the index
    of the sound; ``intensity`` normal or strong; ``sentence`` the words spoken; ``repetition`` 1 or 2; ``sex`` of the actor;
    ``kind``, "with sound" or "without sound"; ``sound``, where the sound is read from: "film" (its own track), "clip" (the
    03- file of the take, for a film that has lost its track) or "none"; ``frames``, ``frame_rate``, ``width`` and ``height``
    of the picture, 0 where the film cannot be read; ``sample_rate`` in Hz and ``channels`` of the sound, 0 where there is
    none.
    """

    name: ClassVar[str] = "ravdess-video"
    title: ClassVar[str] = "RAVDESS (speech video)"
    modalities: ClassVar[tuple[Modality, ...]] = ("video", "audio")
    labels: ClassVar[tuple[str, ...]] = tuple(EMOTIONS.values())
    # No fingerprint: no list of the films' hashes is published, and no whole copy was at hand to compute it from.
    official: ClassVar[Official] = Official(
        samples=len(_STEMS),
        counts={
            ("kind",): {(kind,): 1440 for kind in _KINDS.values()},
            ("label",): {(label,): 192 if label == "neutral" else 384 for label in EMOTIONS.values()},
            ("group",): {(actor,): 120 for actor in ACTORS},
        },
    )
    license: ClassVar[str] = LICENSE
    homepage: ClassVar[str] = HOMEPAGE
    citation: ClassVar[str] = CITATION
    obtain: ClassVar[str] = (
        "Download Video_Speech_Actor_01.zip to Video_Speech_Actor_24.zip from https://zenodo.org/records/1188976 and unpack "
        "them into one folder under the data directory."
    )
    downloads: ClassVar[tuple[Download, ...]] = tuple(
        FileDownload(
            url=f"https://zenodo.org/records/1188976/files/Video_Speech_Actor_{actor}.zip?download=1",
            name=f"Video_Speech_Actor_{actor}.zip",
            unpack=True,
        )
        for actor in ACTORS
    )

    def find(self, folders: Iterable[Folder]) -> list[Copy]:
        """Return the copies with the most films first, then the flat ones; none that another copy reads as its own."""
        return _LAYOUT.find(folders)

    def index(self, copy: Copy) -> Index:
        """Read the names and headers of a copy's files, some 2,880."""
        import pandas as pd

        findings: list[Finding] = []
        names = _LAYOUT.files(copy.root)
        sounds = one_file_each(filter(_sound_id, names), _sound_id, _stranger, findings)
        paths = one_file_each((name for name in names if not _sound_id(name)), _film_id, _stranger, findings)
        if not paths:
            raise EmobenchError("there is no RAVDESS speech video here", where=str(copy.root), remedy=self.obtain)
        refuse_lfs_pointers(copy.root, paths.values())
        stems = sorted(paths, key=_ORDER.__getitem__)
        headers = _headers([copy.root / paths[stem] for stem in stems])
        rows = [
            _row(copy.root, stem, paths[stem], header, sounds.get(f"03-{stem[3:]}", ""), findings)
            for stem, header in zip(stems, headers, strict=True)
        ]
        read = {row["audio_path"] for row in rows}
        for name in sounds.values():
            if name not in read:
                findings.append(Finding("extra", name, "the sound of a take; its films have it too"))
        for stem in _STEMS:
            if stem not in paths:
                findings.append(Finding("missing", _official_path(stem), "an official film that is not here"))
        findings += [*wrong_folders(paths), *_other_pictures(rows)]
        return Index(pd.DataFrame(rows), tuple(findings))

    def write_twin(self, folder: Path) -> None:
        """Write 56 films of about a second, 160 by 120 pixels: six actors, eight emotions; one actor without sound too."""
        for take in filter(_in_twin, SPEECH):
            for kind in _KINDS if take[-2:] == ACTORS[0] else ("01",):
                path = folder / _official_path(f"{kind}-{take}")
                path.parent.mkdir(parents=True, exist_ok=True)
                _write_film(path, take, silent=kind == "02")


# ------------------------------------------------------------------------------------------------ indexing


def _film_id(name: str) -> str | None:
    path = PurePosixPath(name)
    return path.stem if path.stem in _ORDER and path.suffix.lower() == ".mp4" else None


def _sound_id(name: str) -> str | None:
    path = PurePosixPath(name)
    return path.stem if path.stem in _SOUNDS and path.suffix.lower() == ".wav" else None


def _stranger(name: str) -> str:
    """Say what a file is that is neither an official film of speech nor the sound of one."""
    matched = ANY_NAME.fullmatch(name)
    if not matched:
        return "not named as RAVDESS names its files"
    modality, channel, ending = matched[1], matched[2], matched[4].lower()
    if channel == "02":
        return "a song; only speech is read here"
    if modality in _KINDS and ending != "mp4":
        return f"a .{ending} file; the films are .mp4 files"
    return "named like a file of RAVDESS, but there is no such film"


def _headers(paths: Iterable[Path]) -> list[decoding.FilmHeader | UnreadableError]:
    """Read the headers of films; 10 ms each, most of it in FFmpeg, which lets other threads run."""

    def header(path: Path) -> decoding.FilmHeader | UnreadableError:
        try:
            return decoding.film_header(path)
        except UnreadableError as error:
            return error

    with ThreadPoolExecutor() as pool:
        return list(pool.map(header, paths))


def _row(
    root: Path, stem: str, name: str, header: decoding.FilmHeader | UnreadableError, clip: str, findings: list[Finding]
) -> dict[str, Any]:
    """Return a film's row of the index; list it if it cannot be read, or lacks its sound.

    Args:
        root: the copy's.
        stem: name of the film, without its ending.
        name: path of the film.
        header: what it says about itself, or why it cannot be read.
        clip: path of the sound of the same take; empty where there is none.
        findings: to be appended to.
    """
    facts = take_columns(stem[3:])
    kind = _KINDS[stem[:2]]
    sound, audio_path = ("film", name) if kind == "with sound" else ("none", "")
    if isinstance(header, UnreadableError):
        findings.append(Finding("unreadable", name, header.what))
        header = decoding.FilmHeader(0, 0.0, 0, 0, None)
    elif sound == "film" and header.sound is None:
        sound, audio_path = ("clip", clip) if clip else ("none", "")
        instead = "the 03- clip of the take is read instead" if clip else "and no 03- clip of the take is here"
        findings.append(Finding("odd", name, f"has no sound track, {instead}"))
    rate, channels = _sound_columns(root, sound, audio_path, header, findings)
    return {
        "sample_id": stem,
        "label": facts["label"],
        "group": facts["group"],
        "video_path": name,
        "audio_path": audio_path,
        **facts,
        "kind": kind,
        "sound": sound,
        "frames": header.frames,
        "frame_rate": header.rate,
        "width": header.width,
        "height": header.height,
        "sample_rate": rate,
        "channels": channels,
    }


def _sound_columns(
    root: Path, sound: str, name: str, header: decoding.FilmHeader, findings: list[Finding]
) -> tuple[int, int]:
    """Return rate and channels of a film's sound, 0 where it has none or it cannot be read."""
    if sound == "film" and header.sound:
        return header.sound.rate, header.sound.channels
    if sound == "clip":
        try:
            clip = decoding.audio_header(root / name)
        except UnreadableError as error:
            findings.append(Finding("unreadable", name, error.what))
        else:
            return clip.rate, clip.channels
    return 0, 0


def _official_path(stem: str) -> str:
    return f"Actor_{stem[-2:]}/{stem}.mp4"


def _other_pictures(rows: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    """Yield one finding about the copy if films have another size or frame rate than the official ones."""
    pictures = Counter(
        f"{row['width']} by {row['height']} at {row['frame_rate']:.2f} frames a second" for row in rows if row["width"]
    )
    del pictures[_OFFICIAL_PICTURE]
    if pictures:
        counts = ", ".join(f"{count} are {picture}" for picture, count in sorted(pictures.items()))
        yield Finding("odd", "", f"not {_OFFICIAL_PICTURE} as the official films: {counts}")


# --------------------------------------------------------------------------------------------------- twin

_WIDTH, _HEIGHT = 160, 120
_FACE = 88  # pixels, a little more of the frame's height than in the official films
_POSE = 10  # frames after which another face is drawn
_FER_LABELS = {"fearful": "fear", "surprised": "surprise"}
# FER2013 knows no calm: as neutral, with lowered lids and a trace of a smile.
_SHAPES = {label: EXPRESSIONS[_FER_LABELS.get(label, label)] for label in EMOTIONS.values() if label != "calm"} | {
    "calm": (1.0, 0.5, 1.0, 0.5)
}


def _in_twin(take: str) -> bool:
    return in_twin(take) and take[9:11] == "01"


def _write_film(path: Path, take: str, *, silent: bool) -> None:
    """Write an MP4 file, MPEG-4 video and AAC sound as long as the voice; equal arguments, equal bytes.

    FFmpeg's own MPEG-4 encoder, since H.264 needs a library that not every build has.
    """
    import av
    import numpy as np

    voice = synthetic_voice(take).astype(np.float32)
    # Without bitexact the names and versions of the programs are written into the file; the length of a track is written in
    # units of the time scale, by default a thousandth of a second.
    options = {"fflags": "+bitexact", "movie_timescale": str(RATE)}
    single = {"flags": "+bitexact", "threads": "1"}
    with av.open(str(path), "w", format="mp4", options=options) as film:
        picture = film.add_stream("mpeg4", rate=_FRAME_RATE, options=single)
        picture.width, picture.height, picture.pix_fmt, picture.bit_rate = _WIDTH, _HEIGHT, "yuv420p", 500_000
        sound = film.add_stream("aac", rate=RATE, layout="mono", options=single)
        for pixels in _drawn_frames(take, round(len(voice) / RATE * _FRAME_RATE)):
            film.mux(picture.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        film.mux(picture.encode(None))
        samples = av.AudioFrame.from_ndarray((voice * (not silent))[np.newaxis], format="fltp", layout="mono")
        samples.sample_rate, samples.time_base, samples.pts = RATE, Fraction(1, RATE), 0
        film.mux(sound.encode(samples))
        film.mux(sound.encode(None))


def _drawn_frames(take: str, frames: int) -> Iterator[NDArray[np.uint8]]:
    """Yield uint8 (height, width, 3): an actor's tint, a drawn face as in FER2013's twin, which sways a little."""
    import cv2
    import numpy as np

    facts = take_columns(take)
    random = np.random.default_rng(list(map(int, take.split("-"))))
    tint = np.random.default_rng(int(facts["group"])).uniform((0.95, 0.85, 0.75), (1.0, 0.92, 0.85))
    middle = np.array([(_HEIGHT - _FACE) / 2, (_WIDTH - _FACE) / 2])
    phase = random.uniform(0, 2 * np.pi, 2)
    for number in range(frames):
        if number % _POSE == 0:
            face = drawn_face(_SHAPES[facts["label"]], random)
            ground = np.full((_HEIGHT, _WIDTH), np.median(face[:, :4]), np.uint8)
            large = cv2.resize(face, (_FACE, _FACE), interpolation=cv2.INTER_LINEAR)
        top, left = np.rint(middle + (4, 12) * np.sin(number / 8 + phase)).astype(int)
        frame = ground.copy()
        frame[top : top + _FACE, left : left + _FACE] = large
        yield (frame[:, :, np.newaxis] * tint).astype(np.uint8)


@hookimpl
def emobench_datasets() -> list[Dataset]:
    """Register the speech videos of RAVDESS."""
    return [RavdessVideo()]
