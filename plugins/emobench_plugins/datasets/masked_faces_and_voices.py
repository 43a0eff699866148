"""The paired datasets of paper B: masked faces of M-LFW-FER, each with a voice of TESS or of CREMA-D.

Nobody was photographed and recorded together. A face gets a voice *because* both have the same class, so that the voice tells
a model what the face shows, and the other way round: such a pair says nothing of how faces and voices go together in people.

What paper B says (Shahzad et al. 2023, section 4.1): happy, angry and neutral voices are called positive, negative and
neutral; by augmentation there are as many voices of each class as faces. Decided here, since it says no more:

- *Division.* Faces keep their training and test parts. Voices have none, and are divided before anything else, clip by clip
  and class by class, in the proportions of the faces. So neither a recording nor an augmented copy of it stands on both
  sides. If the division came after the augmentation, nearly every test voice would have been heard in training.
- *Speakers* are not kept apart: TESS has two, and paper B speaks of no such division. A model may know a test voice's speaker
  from training, with all that is said of such scores. Who speaks is in the column ``speaker``.
- *Pairing.* Within class and part each face gets one voice, in an order drawn by chance, so that neither the order of the
  faces nor their identity says which. Each voice is used as it is before any is augmented; then each has one augmented copy
  before any has two. Where there are more voices than faces, some are left out, by chance.
- *Augmentation.* Kind and strength are drawn with the pair's id. The test part is filled up in the same way, for it has to
  have a voice for each face too: its scores rest on fewer recordings than it has pairs.
- *What augmentation tells.* As many voices as faces in each class means that the share of augmented ones depends on the
  class: with all of CREMA-D 0, 71 and 78% of the negative, neutral and positive pairs, with all of TESS 54, 89 and 93%.
  Noise and another pitch can be seen in a spectrogram, so that a score may rest on this in part (docs/data.md). Every row
  has the shares.

How voices are divided among the parts, and which of them are augmented how often, are a method each: what these two decide
is decided otherwise in :mod:`~emobench_plugins.datasets.pairing_controls`, to see what it does to a score.

What is drawn by chance is drawn by the order of hashes over seed and ids. That is the same under every version of Python and
NumPy, and whatever the order of the members' rows.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from emobench import decoding, hookimpl
from emobench.contracts import Copy, Dataset, Finding, Index, Modality, Official, PairedDataset
from emobench.errors import EmobenchError
from emobench_plugins.datasets._voice_augmentation import KINDS, augmented
from emobench_plugins.datasets.crema_d import CremaD
from emobench_plugins.datasets.tess import Tess
from emobench_plugins.label_maps.three_classes import THREE_CLASSES

if TYPE_CHECKING:
    import pandas as pd

_FACES = "m-lfw-fer"


class MaskedFacesAndVoices(PairedDataset):
    """Masked faces, each with a voice of the same class; subclasses say whose voices.

    Columns of the index: ``sample_id`` is ``<face>+<voice>``; ``label`` is positive, negative or neutral; ``group`` the
    identity of the face; ``split`` the part of the face; ``image_path`` and ``audio_path`` its file and the recording's;
    ``face`` the id of the face; ``voice`` that of the voice, which is ``<recording>`` or, for its second augmented copy,
    ``<recording>~2``; ``voice_parent`` the id of the recording and ``speaker`` its group; ``augmentation`` the kind, one of
    those of :mod:`~emobench_plugins.datasets._voice_augmentation` or empty, and ``augmentation_seed`` what it is drawn with,
    or 0.

    Args:
        seed: of the division and the pairing.
    """

    modalities: ClassVar[tuple[Modality, ...]] = ("image", "audio")
    identities: ClassVar[tuple[str, ...]] = ("group", "speaker")
    labels: ClassVar[tuple[str, ...]] = THREE_CLASSES.classes
    # A pair for each face of the paper's Table 1 (9,307 and 1,155), with which its text does not agree. The paper's own pairs
    # are not published: there is nothing that could confirm a copy.
    official: ClassVar[Official] = Official(samples=10_462)
    homepage: ClassVar[str] = "https://doi.org/10.32604/iasc.2023.032525"

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def pair(self, members: Mapping[str, Index]) -> Index:
        """Return a pair for each face.

        Raises:
            EmobenchError: there are fewer voices of a class than parts among its faces.
        """
        import pandas as pd

        faces, voices = (members[name].samples for name in self.members)
        voices = voices.assign(label=voices["label"].map(dict(THREE_CLASSES.mapping)))
        face_rows, voice_rows = (_by_id(table) for table in (faces, voices))
        recordings = self.divided(faces, voices)
        rows: list[dict[str, Any]] = []
        for split, of_part in faces.groupby("split"):
            faces_of = {
                str(label): self.drawn(of_class["sample_id"], "faces") for label, of_class in of_part.groupby("label")
            }
            pictured = {label: len(own) for label, own in faces_of.items()}
            voices_of = self.voiced(pictured, {label: recordings[label, str(split)] for label in pictured})
            rows += [
                _pair(face_rows[face], voice_rows[recording], number)
                for label, own in faces_of.items()
                for face, (recording, number) in zip(own, voices_of[label], strict=True)
            ]
        rows.sort(key=lambda row: str(row["sample_id"]))
        return Index(pd.DataFrame(rows), (Finding("odd", "", self.told(rows)),))

    def read(self, copy: Copy, sample: Mapping[str, Any], modality: Modality) -> Any:
        """Decode the face, or the recording, augmented where the row says so.

        Raises:
            UnreadableError: the file cannot be decoded, or holds too little sound to be augmented.
        """
        if modality != "audio" or not sample["augmentation"]:
            return NotImplemented  # the harness decodes the file
        return augmented(
            decoding.read_audio(copy.root / sample["audio_path"]),
            sample["augmentation"],
            int(sample["augmentation_seed"]),
        )

    def divided(self, faces: pd.DataFrame, voices: pd.DataFrame) -> dict[tuple[str, str], list[str]]:
        """Return the recordings of each class and part, in an order by chance; none stands in two parts.

        Args:
            faces: samples of M-LFW-FER.
            voices: samples of the corpus, with the class as ``label``, missing (NaN) where it is left out.

        Raises:
            EmobenchError: a part has faces of a class and would get no recording of it.
        """
        divided: dict[tuple[str, str], list[str]] = {}
        for label in sorted(set(faces["label"])):
            own = self.drawn(voices["sample_id"][voices["label"] == label], "voices")
            parts = self._by_clip(own, faces["split"][faces["label"] == label].value_counts().to_dict(), label)
            divided |= {(label, split): part for split, part in parts.items()}
        return divided

    def voiced(self, faces: Mapping[str, int], recordings: Mapping[str, list[str]]) -> dict[str, list[tuple[str, int]]]:
        """Return a voice for each face of one part: its recording, and the number of the augmented copy, 0 for none.

        Args:
            faces: number of faces in this part by class.
            recordings: of this part by class, in an order by chance, one at least.
        """
        return {label: list(itertools.islice(_in_turn(recordings[label]), count)) for label, count in faces.items()}

    def told(self, rows: list[dict[str, Any]]) -> str:
        """Say what a reader of any score has to know: the label made the pairs, from so many recordings of so many people."""
        recordings = len({row["voice_parent"] for row in rows})
        of_class = {label: [row for row in rows if row["label"] == label] for label in THREE_CLASSES.classes}
        shares = ", ".join(f"{augmented_share(own):.0%} of {label}" for label, own in of_class.items() if own)
        trained = {row["speaker"] for row in rows if row["split"] == "train"}
        tested = {row["speaker"] for row in rows if row["split"] != "train"}
        return (
            f"paired by class label: {recordings:,} recordings in {len(rows):,} pairs; augmented are {shares}; "
            f"{len(trained & tested)} of {len(tested)} speakers tested are also trained on"
        )

    def drawn(self, ids: Iterable[str], purpose: str) -> list[str]:
        """Return ids in an order by chance."""
        return sorted(ids, key=lambda name: _hash(f"{self.seed}\t{purpose}\t{name}"))

    def _by_clip(self, recordings: list[str], faces: Mapping[str, int], label: str) -> dict[str, list[str]]:
        """Give each part of the faces its share of the recordings, one at least; the remainder is for training.

        Args:
            recordings: ids of one class, in an order by chance.
            faces: number of faces of this class by part.
            label: the class.
        """
        parts: dict[str, list[str]] = {}
        rest = recordings
        for split in sorted(set(faces) - {"train"}):
            share = round(len(recordings) * faces[split] / sum(faces.values()))
            count = min(max(1, share), len(rest) - 1)  # so that one is left for training
            parts[split], rest = rest[:count], rest[count:]
        parts["train"] = rest
        if not all(parts.values()):
            raise self.too_few(f"{len(recordings)} {label} voices", len(parts))
        return parts

    def too_few(self, what: str, parts: int) -> EmobenchError:
        """Return the error that so many voices, or speakers, cannot be divided among so many parts."""
        voices = self.members[1]
        return EmobenchError(
            f"{what} in {voices!r}, too few for {parts} parts: none may stand in two",
            where=self.name,
            remedy=f"get more of {voices!r} (`emobench data status` says from where)",
        )


class MaskedFacesAndTess(MaskedFacesAndVoices):
    """Masked faces with the voices of two women."""

    name: ClassVar[str] = "m-lfw-fer-tess"
    title: ClassVar[str] = "M-LFW-FER and TESS"
    members: ClassVar[tuple[str, ...]] = (_FACES, Tess.name)
    license: ClassVar[str] = f"faces: academic use only; voices: {Tess.license}"
    citation: ClassVar[str] = f"Shahzad et al. 2023, Intelligent Automation & Soft Computing 36(2); {Tess.citation}"
    obtain: ClassVar[str] = f"Put {_FACES} and {Tess.name} under the data directory; the pairs are made from them."


class MaskedFacesAndCremaD(MaskedFacesAndVoices):
    """Masked faces with the voices of 91 actors."""

    name: ClassVar[str] = "m-lfw-fer-crema-d"
    title: ClassVar[str] = "M-LFW-FER and CREMA-D"
    members: ClassVar[tuple[str, ...]] = (_FACES, CremaD.name)
    license: ClassVar[str] = f"faces: academic use only; voices: {CremaD.license}"
    citation: ClassVar[str] = f"Shahzad et al. 2023, Intelligent Automation & Soft Computing 36(2); {CremaD.citation}"
    obtain: ClassVar[str] = f"Put {_FACES} and {CremaD.name} under the data directory; the pairs are made from them."


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def _in_turn(recordings: list[str]) -> Iterator[tuple[str, int]]:
    """Yield each recording as it is, with 0, then the first augmented copy of each, with 1, and so on without end."""
    return ((recording, number) for number in itertools.count() for recording in recordings)


def _by_id(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    rows = ({str(name): value for name, value in row.items()} for row in table.to_dict("records"))
    return {str(row["sample_id"]): row for row in rows}


def _pair(face: Mapping[str, Any], voice: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Return the row of a face and the augmented copy of a voice that has this number, 0 for the voice as it is."""
    name = f"{voice['sample_id']}~{number}" if number else str(voice["sample_id"])
    pair = f"{face['sample_id']}+{name}"
    # From the pair's id alone: what is in a copy is told by ids and files, so the sound must follow from them.
    seed = _hash(pair) >> 1  # so that it fits into a signed integer of a table
    return {
        "sample_id": pair,
        "label": face["label"],
        "group": face["group"],
        "split": face["split"],
        "image_path": face["image_path"],
        "audio_path": voice["audio_path"],
        "face": face["sample_id"],
        "voice": name,
        "voice_parent": voice["sample_id"],
        "speaker": voice["group"],
        "augmentation": KINDS[seed % len(KINDS)] if number else "",
        "augmentation_seed": seed if number else 0,
    }


def augmented_share(rows: Collection[Mapping[str, Any]]) -> float:
    """Return which share of these pairs, one at least, has an augmented voice, in [0, 1]."""
    return sum(bool(row["augmentation"]) for row in rows) / len(rows)


@hookimpl
def emobench_datasets() -> list[Dataset]:
    """Register the faces with the voices of TESS, and with those of CREMA-D."""
    return [MaskedFacesAndTess(), MaskedFacesAndCremaD()]
