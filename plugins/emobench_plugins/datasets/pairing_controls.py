"""The paired datasets of paper B with one decision of the pairing taken otherwise: what of a score rests on that decision?

Each is what :mod:`~emobench_plugins.datasets.masked_faces_and_voices` makes, but for one thing:

- *Redrawn*, and *redrawn again.* Pairing seed 1, and 2, in place of 0: other recordings are for testing, and faces have other
  voices of their class. The spread of the three scores is the luck of division and pairing together.
- *Speakers apart.* Voices are divided by speaker, not by clip, so that nobody is heard in training and in test. Speakers are
  taken for a test part in an order by chance, as many of the first ones as come nearest to its share of the faces, one at
  least; the others are for training. A speaker has voices of all classes, so that the share cannot be kept class by class.
  TESS has two women: one is for training and the other, with half of the recordings where the faces' test part has a tenth,
  for testing. So training rests on fewer recordings than in the base, each with more augmented copies, and the test on more,
  with fewer copies: that too is in the difference of two scores, and it is one woman's voice that the model is tested on.
- *Evenly augmented.* Within a part the same share of the voices is augmented in every class: the largest share that any class
  needs, for fewer cannot do. The other classes use as many fewer recordings as they are. What noise or another pitch tell in
  a spectrogram is then nothing of the class. How often a recording comes back, as it is and in copies, still depends on the
  class, as the rule of as many voices as faces has it; no recording stands in two parts, so that this cannot be read off a
  test voice.

Faces, parts and the number of pairs of each class and part are those of the base, and so are columns and ids. None is a
dataset of the paper.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import hookimpl
from emobench.contracts import Dataset
from emobench_plugins.datasets.masked_faces_and_voices import (
    MaskedFacesAndCremaD,
    MaskedFacesAndTess,
    MaskedFacesAndVoices,
    augmented_share,
)

if TYPE_CHECKING:
    import pandas as pd


class Redrawn(MaskedFacesAndVoices):
    """The same rule under another seed."""

    def __init__(self, seed: int = 1) -> None:
        super().__init__(seed)

    def told(self, rows: list[dict[str, Any]]) -> str:
        """Say which seed drew the pairs too."""
        return f"{super().told(rows)}; drawn again with pairing seed {self.seed}"


class RedrawnAgain(Redrawn):
    """The same rule under a third seed."""

    def __init__(self, seed: int = 2) -> None:
        super().__init__(seed)


class SpeakersApart(MaskedFacesAndVoices):
    """No speaker is heard in two parts."""

    def divided(self, faces: pd.DataFrame, voices: pd.DataFrame) -> dict[tuple[str, str], list[str]]:
        """Return the recordings of each class and part, in an order by chance; no speaker stands in two parts.

        Raises:
            EmobenchError: there are fewer speakers than parts, or those drawn for a part do not speak in a class of its
                faces.
        """
        heard = voices[voices["label"].isin(set(faces["label"]))]
        part_of = heard["group"].map(self._by_speaker(faces, heard))
        divided: dict[tuple[str, str], list[str]] = {}
        for label, split in sorted(set(zip(faces["label"], faces["split"], strict=True))):
            own = heard["sample_id"][(heard["label"] == label) & (part_of == split)]
            if own.empty:
                what = f"no {label} voice of the speakers drawn for {split}"
                raise self.too_few(what, faces["split"].nunique())
            divided[label, split] = self.drawn(own, "voices")
        return divided

    def told(self, rows: list[dict[str, Any]]) -> str:
        """Say who speaks in each part, in how many recordings, and how many of its pairs are augmented too."""
        parts = (_speaking(split, rows) for split in sorted({row["split"] for row in rows}))
        return f"{super().told(rows)}; voices divided by speaker: {', '.join(parts)}"

    def _by_speaker(self, faces: pd.DataFrame, voices: pd.DataFrame) -> dict[str, str]:
        """Return the part of each speaker: the first ones that come nearest to its share, and for training the others."""
        recordings = Counter(map(str, voices["group"]))
        rest = self.drawn(recordings, "speakers")
        pictured = Counter(map(str, faces["split"]))
        parts = [*sorted(set(pictured) - {"train"}), "train"]
        if len(rest) < len(parts):
            raise self.too_few("1 speaker" if len(rest) == 1 else f"{len(rest)} speakers", len(parts))
        part_of: dict[str, str] = {}
        for left, split in enumerate(parts[:-1], start=1):
            share = len(voices) * pictured[split] / len(faces)
            sums = itertools.accumulate(recordings[speaker] for speaker in rest[: left - len(parts)])
            count = 1 + _nearest(list(sums), share)
            part_of |= dict.fromkeys(rest[:count], split)
            rest = rest[count:]
        return part_of | dict.fromkeys(rest, "train")


class EvenlyAugmented(MaskedFacesAndVoices):
    """In every class of a part the same share of voices is augmented."""

    def voiced(self, faces: Mapping[str, int], recordings: Mapping[str, list[str]]) -> dict[str, list[tuple[str, int]]]:
        """Return a voice for each face, as many of them augmented as the class that is shortest of recordings needs.

        What is not used as it is comes first among the augmented copies, so that recordings are used evenly still. Shares
        of classes are equal but for the rounding of each to a whole number of voices.
        """
        shortest = min(faces, key=lambda label: len(recordings[label]) / faces[label])
        as_they_are = min(len(recordings[shortest]), faces[shortest])
        voices: dict[str, list[tuple[str, int]]] = {}
        for label, count in faces.items():
            own = recordings[label]
            plain = round(count * as_they_are / faces[shortest])
            turned = own[plain:] + own[:plain]
            copies = ((recording, number) for number in itertools.count(1) for recording in turned)
            voices[label] = [(recording, 0) for recording in own[:plain]]
            voices[label] += itertools.islice(copies, count - plain)
        return voices

    def told(self, rows: list[dict[str, Any]]) -> str:
        """Say the share of each part too."""
        parts = (
            (split, [row for row in rows if row["split"] == split]) for split in sorted({row["split"] for row in rows})
        )
        shares = ", ".join(f"{augmented_share(own):.1%} in {split}" for split, own in parts)
        return f"{super().told(rows)}; within a part augmented equally often in every class: {shares}"


def _nearest(sums: list[int], share: float) -> int:
    """Return the position of the sum that is nearest to a share, the first of several."""
    return min(range(len(sums)), key=lambda position: abs(sums[position] - share))


def _speaking(split: str, rows: list[dict[str, Any]]) -> str:
    own = [row for row in rows if row["split"] == split]
    speakers = sorted({str(row["speaker"]) for row in own})
    who = f"speaker {speakers[0]} alone" if len(speakers) == 1 else f"{len(speakers)} speakers"
    recordings = len({row["voice_parent"] for row in own})
    return f"{who} with {recordings:,} recordings in {split} ({augmented_share(own):.0%} of the pairs augmented)"


class RedrawnTess(Redrawn, MaskedFacesAndTess):
    """The voices of two women, divided and paired again."""

    name: ClassVar[str] = "m-lfw-fer-tess-redrawn"
    title: ClassVar[str] = "M-LFW-FER and TESS, pairs redrawn"


class RedrawnCremaD(Redrawn, MaskedFacesAndCremaD):
    """The voices of 91 actors, divided and paired again."""

    name: ClassVar[str] = "m-lfw-fer-crema-d-redrawn"
    title: ClassVar[str] = "M-LFW-FER and CREMA-D, pairs redrawn"


class RedrawnAgainTess(RedrawnAgain, MaskedFacesAndTess):
    """The voices of two women, divided and paired a third time."""

    name: ClassVar[str] = "m-lfw-fer-tess-redrawn-again"
    title: ClassVar[str] = "M-LFW-FER and TESS, pairs redrawn again"


class RedrawnAgainCremaD(RedrawnAgain, MaskedFacesAndCremaD):
    """The voices of 91 actors, divided and paired a third time."""

    name: ClassVar[str] = "m-lfw-fer-crema-d-redrawn-again"
    title: ClassVar[str] = "M-LFW-FER and CREMA-D, pairs redrawn again"


class SpeakersApartTess(SpeakersApart, MaskedFacesAndTess):
    """One woman is heard in training, the other in test."""

    name: ClassVar[str] = "m-lfw-fer-tess-speakers-apart"
    title: ClassVar[str] = "M-LFW-FER and TESS, speakers apart"


class SpeakersApartCremaD(SpeakersApart, MaskedFacesAndCremaD):
    """Some of the 91 actors are heard in training, the others in test."""

    name: ClassVar[str] = "m-lfw-fer-crema-d-speakers-apart"
    title: ClassVar[str] = "M-LFW-FER and CREMA-D, speakers apart"


class EvenlyAugmentedTess(EvenlyAugmented, MaskedFacesAndTess):
    """The voices of two women, in every class as many of them augmented."""

    name: ClassVar[str] = "m-lfw-fer-tess-evenly-augmented"
    title: ClassVar[str] = "M-LFW-FER and TESS, evenly augmented"


class EvenlyAugmentedCremaD(EvenlyAugmented, MaskedFacesAndCremaD):
    """The voices of 91 actors, in every class as many of them augmented."""

    name: ClassVar[str] = "m-lfw-fer-crema-d-evenly-augmented"
    title: ClassVar[str] = "M-LFW-FER and CREMA-D, evenly augmented"


@hookimpl
def emobench_datasets() -> list[Dataset]:
    """Register four controls of each paired dataset."""
    return [
        RedrawnTess(),
        RedrawnAgainTess(),
        SpeakersApartTess(),
        EvenlyAugmentedTess(),
        RedrawnCremaD(),
        RedrawnAgainCremaD(),
        SpeakersApartCremaD(),
        EvenlyAugmentedCremaD(),
    ]
