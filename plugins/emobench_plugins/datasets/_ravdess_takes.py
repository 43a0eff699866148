"""What the sound and the films of RAVDESS share: how files are named, what a name says, and how a take of a twin sounds.

A name is ``MM-CC-EE-II-SS-RR-AA``: modality (01 picture and sound, 02 picture only, 03 sound only), channel (01 speech, 02
song), emotion, intensity (01 normal, 02 strong; neutral has no strong), statement, repetition, actor (odd male, even
female). Files whose names differ in the modality alone are the same take; a take's name here is the rest, ``CC-...-AA``.

Source: Livingstone and Russo 2018 and the record at Zenodo, https://doi.org/10.5281/zenodo.1188976.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from emobench.contracts import Finding
from emobench_plugins.datasets._voice_corpora import hummed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EMOTIONS = {
    "01": "neutral",
    "02": "calm",
    "03": "happy",
    "04": "sad",
    "05": "angry",
    "06": "fearful",
    "07": "disgust",
    "08": "surprised",
}
ACTORS = tuple(f"{actor:02}" for actor in range(1, 25))
RATE = 48_000  # of every official sound, in Hz
LICENSE = "CC BY-NC-SA 4.0"
HOMEPAGE = "https://doi.org/10.5281/zenodo.1188976"
CITATION = (
    "Livingstone and Russo 2018, The Ryerson Audio-Visual Database of Emotional Speech and Song, "
    "PLoS ONE 13(5) e0196391"
)
ANY_NAME = re.compile(r"(\d\d)-(\d\d)(-\d\d){5}\.(\w+)")
ACTOR_FOLDER = re.compile(r"actor[_ ]?(\d\d)", re.IGNORECASE)

_INTENSITIES = {"01": "normal", "02": "strong"}
_SENTENCES = {"01": "Kids are talking by the door", "02": "Dogs are sitting by the door"}

SPEECH = tuple(
    f"01-{emotion}-{intensity}-{sentence}-{repetition}-{actor}"
    for actor, emotion, intensity, sentence, repetition in itertools.product(
        ACTORS, EMOTIONS, _INTENSITIES, _SENTENCES, ("01", "02")
    )
    if (emotion, intensity) != ("01", "02")
)
"""The 1,440 takes of speech, actor by actor."""


def take_columns(take: str) -> dict[str, Any]:
    """Return what a take's name says: label, group (the actor), take, intensity, sentence, repetition, sex of the actor."""
    _, emotion, intensity, sentence, repetition, actor = take.split("-")
    return {
        "label": EMOTIONS[emotion],
        "group": actor,
        "take": take,
        "intensity": _INTENSITIES[intensity],
        "sentence": _SENTENCES[sentence],
        "repetition": int(repetition),
        "sex": "male" if int(actor) % 2 else "female",
    }


def wrong_folders(paths: Mapping[str, str]) -> Iterator[Finding]:
    """List the files that stand in another actor's folder.

    Args:
        paths: name without ending to path.
    """
    for stem, name in paths.items():
        folder = ACTOR_FOLDER.fullmatch(PurePosixPath(name).parent.name)
        if folder and folder[1] != stem[-2:]:
            yield Finding("odd", name, f"stands in another actor's folder; its name says actor {stem[-2:]}")


def synthetic_voice(take: str) -> NDArray[np.float64]:
    """Return about a second of sound at :data:`RATE`, (frames,) in [-1, 1]; equal takes, equal samples."""
    _, emotion, _, sentence, _, actor = (int(field) for field in take.split("-"))
    return hummed(
        EMOTIONS[f"{emotion:02}"],
        pitch=115 if actor % 2 else 200,
        rate=RATE,
        speaker=actor,
        clip=(emotion, sentence, actor),
        rhythm=sentence,
    )


def in_twin(take: str) -> bool:
    """Whether a twin has this take: the first repetition at normal intensity, of six actors."""
    return take[-2:] in ACTORS[:6] and take[6:8] == "01" and take[12:14] == "01"
