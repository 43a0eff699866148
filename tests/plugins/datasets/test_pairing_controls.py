"""The controls of the paired datasets, and the face's stream alone, on twins and hand-made tables."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from emobench_plugins.datasets.crema_d import CremaD
from emobench_plugins.datasets.m_lfw_fer import MLfwFer
from emobench_plugins.datasets.masked_faces_and_voices import (
    MaskedFacesAndCremaD,
    MaskedFacesAndTess,
    MaskedFacesAndVoices,
)
from emobench_plugins.datasets.pairing_controls import (
    EvenlyAugmented,
    EvenlyAugmentedCremaD,
    EvenlyAugmentedTess,
    Redrawn,
    RedrawnAgainCremaD,
    RedrawnAgainTess,
    RedrawnCremaD,
    RedrawnTess,
    SpeakersApart,
    SpeakersApartCremaD,
    SpeakersApartTess,
    emobench_datasets,
)
from emobench_plugins.datasets.tess import Tess

from emobench.contracts.dataset import Dataset, Index
from emobench.data.discovery import scan
from emobench.errors import EmobenchError
from tests.model_costs import COLOUR, on_meta, parameters, specs
from tests.plugins.datasets.test_masked_faces_and_voices import CLASS, FACES, faces, voices

BASES = (MaskedFacesAndTess, MaskedFacesAndCremaD)
CONTROLS = (
    RedrawnTess,
    RedrawnAgainTess,
    SpeakersApartTess,
    EvenlyAugmentedTess,
    RedrawnCremaD,
    RedrawnAgainCremaD,
    SpeakersApartCremaD,
    EvenlyAugmentedCremaD,
)
SPEAKERS_APART = (SpeakersApartTess, SpeakersApartCremaD)
EVENLY_AUGMENTED = (EvenlyAugmentedTess, EvenlyAugmentedCremaD)
every_control = pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)


def member(dataset: Dataset, root: Path) -> Index:
    root.mkdir()
    dataset.write_twin(root)
    folders, _ = scan(root)
    return dataset.index(dataset.find(folders)[0])


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Index]:
    root = tmp_path_factory.mktemp("twins")
    return {dataset.name: member(dataset, root / dataset.name) for dataset in (MLfwFer(), Tess(), CremaD())}


def base_of(control: type[MaskedFacesAndVoices]) -> type[MaskedFacesAndVoices]:
    return next(base for base in BASES if issubclass(control, base))


def many_voices() -> pd.DataFrame:
    """Return voices of eleven speakers, with as many recordings each as its number, and one more, in each class."""
    rows = [
        {
            "sample_id": f"S{speaker:02}_{number}_{label}",
            "label": label,
            "group": f"S{speaker:02}",
            "audio_path": f"voices/S{speaker:02}_{number}_{label}.wav",
        }
        for speaker, label in itertools.product(range(11), CLASS)
        for number in range(speaker + 1)
    ]
    return pd.DataFrame(rows)


def made(control: type[MaskedFacesAndVoices], of: pd.DataFrame, to: pd.DataFrame) -> Index:
    dataset = control()
    return dataset.pair(dict(zip(dataset.members, (Index(of), Index(to)), strict=True)))


# ------------------------------------------------------------------------------------------------------ the bases


# Computed before the controls were there: whoever changes them changes what published results are of.
@pytest.mark.parametrize(
    ("base", "digest"),
    [
        (MaskedFacesAndTess, "d1806405ce55122b463aa8d601a3340da00956b3e979f0d6b44123de669b9b36"),
        (MaskedFacesAndCremaD, "389eed35ad6d489b799fdeddef8ca815fb943812bee03facd815e8596698f487"),
    ],
    ids=["tess", "crema-d"],
)
def test_pairs_of_the_bases_are_what_they_were(
    base: type[MaskedFacesAndVoices], digest: str, twins: dict[str, Index]
) -> None:
    index = base().pair(twins)
    kinds = repr([(name, str(kind)) for name, kind in index.samples.dtypes.items()])
    text = index.samples.to_csv(index=False, lineterminator="\n") + kinds + repr(index.findings)
    assert hashlib.sha256(text.encode()).hexdigest() == digest


# -------------------------------------------------------------------------------------------- what all have in common


def test_each_base_has_four_controls_named_after_it() -> None:
    suffixes = ("redrawn", "redrawn-again", "speakers-apart", "evenly-augmented")
    assert [one.name for one in emobench_datasets()] == [f"{base.name}-{end}" for base in BASES for end in suffixes]
    assert [type(one) for one in emobench_datasets()] == list(CONTROLS)
    assert len({one.title for one in (*emobench_datasets(), *(base() for base in BASES))}) == 10


@every_control
def test_faces_classes_and_parts_are_those_of_the_base(
    control: type[MaskedFacesAndVoices], twins: dict[str, Index]
) -> None:
    own, base = (cls().pair(twins).samples for cls in (control, base_of(control)))
    columns = ["face", "label", "split", "group", "image_path"]
    pd.testing.assert_frame_equal(
        own[columns].sort_values("face", ignore_index=True), base[columns].sort_values("face", ignore_index=True)
    )
    assert own.dtypes.to_dict() == base.dtypes.to_dict()


@every_control
def test_ids_and_voices_fit_together(control: type[MaskedFacesAndVoices], twins: dict[str, Index]) -> None:
    pairs = control().pair(twins).samples
    label = twins[control.members[1]].samples.set_index("sample_id")["label"]
    assert (pairs["sample_id"] == pairs["face"] + "+" + pairs["voice"]).all()
    assert pairs["voice"].is_unique
    assert (pairs["voice_parent"].map(label).map(CLASS) == pairs["label"]).all()
    assert (pairs["voice"].str.contains("~") == (pairs["augmentation"] != "")).all()


@every_control
def test_no_recording_stands_in_two_parts(control: type[MaskedFacesAndVoices], twins: dict[str, Index]) -> None:
    pairs = control().pair(twins).samples
    heard = [set(own["voice_parent"]) for _, own in pairs.groupby("split")]
    assert len(heard) == 2
    assert not set.intersection(*heard)


@every_control
def test_order_of_the_members_rows_does_not_matter(
    control: type[MaskedFacesAndVoices], twins: dict[str, Index]
) -> None:
    shuffled = {name: Index(index.samples.sample(frac=1, random_state=3)) for name, index in twins.items()}
    pd.testing.assert_frame_equal(control().pair(shuffled).samples, control().pair(twins).samples)


@every_control
def test_recordings_of_a_class_and_part_are_used_evenly(control: type[MaskedFacesAndVoices]) -> None:
    pairs = made(control, faces({key: 10 * count for key, count in FACES.items()}), many_voices()).samples
    for _, own in pairs.groupby(["label", "split"]):
        used = Counter(own["voice_parent"])
        assert max(used.values()) - min(used.values()) <= 1


# --------------------------------------------------------------------------------------------------------- redrawn


@pytest.mark.parametrize("control", [RedrawnTess, RedrawnCremaD], ids=lambda control: control.name)
def test_redrawn_is_the_base_under_another_seed(control: type[Redrawn], twins: dict[str, Index]) -> None:
    again, first = control().pair(twins), base_of(control)().pair(twins)
    pd.testing.assert_frame_equal(again.samples, base_of(control)(1).pair(twins).samples)
    tested = [set(pairs.samples["voice_parent"][pairs.samples["split"] == "test"]) for pairs in (again, first)]
    assert tested[0] != tested[1]
    classes = ["label", "split"]
    assert again.samples.value_counts(classes).to_dict() == first.samples.value_counts(classes).to_dict()
    assert again.findings[0].what.endswith("; drawn again with pairing seed 1")


# -------------------------------------------------------------------------------------------------- speakers apart


@pytest.mark.parametrize("control", SPEAKERS_APART, ids=lambda control: control.name)
def test_no_speaker_is_heard_in_two_parts(control: type[SpeakersApart], twins: dict[str, Index]) -> None:
    pairs = control().pair(twins).samples
    speaker = twins[control.members[1]].samples.set_index("sample_id")["group"]
    parts = [set(own["voice_parent"].map(speaker)) for _, own in pairs.groupby("split")]
    assert not set.intersection(*parts)
    assert set(pairs["speaker"]) <= set.union(*parts)
    assert (pairs["voice_parent"].map(speaker) == pairs["speaker"]).all()


def test_one_woman_is_for_training_and_the_other_for_testing(twins: dict[str, Index]) -> None:
    index = SpeakersApartTess().pair(twins)
    heard = index.samples.groupby("split")["speaker"].unique()
    assert {split: len(own) for split, own in heard.items()} == {"test": 1, "train": 1}
    share = (index.samples["augmentation"] != "").groupby(index.samples["split"]).mean()
    recordings = index.samples.groupby("split")["voice_parent"].nunique()
    assert index.findings[0].what.endswith(
        "; 0 of 1 speakers tested are also trained on; voices divided by speaker: "
        f"speaker {heard['test'][0]} alone with {recordings['test']} recordings in test "
        f"({share['test']:.0%} of the pairs augmented), "
        f"speaker {heard['train'][0]} alone with {recordings['train']} recordings in train "
        f"({share['train']:.0%} of the pairs augmented)"
    )


def test_test_part_has_the_speakers_that_come_nearest_to_its_share() -> None:
    # 27 of 137 faces are for testing, and there are 3 * 66 recordings: 39 of them are wanted.
    to = many_voices()
    pairs = made(SpeakersApartCremaD, faces(), to).samples
    sizes = to["group"].value_counts()
    tested = set(pairs["speaker"][pairs["split"] == "test"])
    wanted = len(to) * 27 / 137
    order = SpeakersApartCremaD().drawn(sizes.index, "speakers")
    distances = {count: abs(sizes[order[:count]].sum() - wanted) for count in range(1, len(order))}
    assert tested == set(order[: min(distances, key=lambda count: distances[count])])


def test_third_part_has_speakers_of_its_own() -> None:
    counts = {("negative", "train"): 8, ("negative", "validation"): 4, ("negative", "test"): 4}
    to = many_voices()
    three = ["S03", "S04", "S05"]
    speakers = (
        made(SpeakersApartTess, faces(counts), to[to["group"].isin(three)]).samples.groupby("split")["speaker"].unique()
    )
    assert {split: len(own) for split, own in speakers.items()} == {"test": 1, "train": 1, "validation": 1}
    assert len(set(np.concatenate(speakers.tolist()))) == 3


def test_one_speaker_is_refused() -> None:
    to = voices()
    with pytest.raises(EmobenchError, match="1 speaker in 'tess', too few for 2 parts: none may stand in two"):
        made(SpeakersApartTess, faces(), to[to["group"] == "OAF"])


def test_speakers_without_a_voice_of_a_class_are_refused() -> None:
    to = voices()
    pairs = made(SpeakersApartTess, faces(), to).samples
    part = pairs["split"][pairs["speaker"] == "YAF"].iloc[0]
    with pytest.raises(EmobenchError, match=f"no positive voice of the speakers drawn for {part} in 'tess', too few"):
        made(SpeakersApartTess, faces(), to[(to["group"] == "OAF") | (to["label"] != "happy")])


# ------------------------------------------------------------------------------------------------ evenly augmented


def shares(pairs: pd.DataFrame) -> dict[tuple[str, str], tuple[int, int]]:
    """Return the augmented and all pairs of each part and class."""
    everything = Counter(zip(pairs["split"], pairs["label"], strict=True))
    copies = pairs[pairs["augmentation"] != ""]
    augmented = Counter(zip(copies["split"], copies["label"], strict=True))
    return {key: (augmented[key], count) for key, count in everything.items()}


@pytest.mark.parametrize("control", EVENLY_AUGMENTED, ids=lambda control: control.name)
@pytest.mark.parametrize("table", ["twins", "hand-made"])
def test_share_of_augmented_voices_is_that_of_the_class_that_needs_most(
    control: type[EvenlyAugmented], table: str, twins: dict[str, Index]
) -> None:
    members = twins if table == "twins" else {"m-lfw-fer": Index(faces())} | {control.members[1]: Index(voices())}
    even, base = (shares(cls().pair(members).samples) for cls in (control, base_of(control)))
    for split in ("train", "test"):
        largest = max(Fraction(*counts) for (part, _), counts in base.items() if part == split)
        for (part, _), (copies, count) in even.items():
            if part == split:
                assert abs(copies - largest * count) <= Fraction(1, 2)
    if table == "hand-made":  # in the twin of TESS every class lacks as many voices
        assert even != base


def test_no_copy_is_made_where_no_class_needs_one() -> None:
    few = dict.fromkeys(FACES, 2)
    pairs = made(EvenlyAugmentedTess, faces(few), many_voices()).samples
    assert (pairs["augmentation"] == "").all()


def test_copies_are_of_recordings_that_are_not_used_as_they_are_first() -> None:
    pairs = made(EvenlyAugmentedTess, faces(), voices()).samples
    neutral = pairs[(pairs["label"] == "neutral") & (pairs["split"] == "train")]
    assert neutral["voice_parent"].is_unique  # there are more recordings than faces
    assert (neutral["augmentation"] != "").any()


def test_row_tells_the_even_shares() -> None:
    index = made(EvenlyAugmentedTess, faces(), voices())
    share = (index.samples["augmentation"] != "").groupby(index.samples["split"]).mean()
    assert index.findings[0].what.endswith(
        "; within a part augmented equally often in every class: "
        f"{share['test']:.1%} in test, {share['train']:.1%} in train"
    )


# -------------------------------------------------------------------------------------------------- real recordings


@pytest.mark.realdata
@every_control
def test_real_recordings_stay_apart(control: type[MaskedFacesAndVoices]) -> None:
    if not (data := os.environ.get("EMOBENCH_DATA")):
        pytest.skip("EMOBENCH_DATA does not name a folder with the datasets")
    folders, _ = scan(Path(data))
    members: dict[str, Index] = {}
    for dataset in (dataset for dataset in (MLfwFer(), Tess(), CremaD()) if dataset.name in control.members):
        copies = dataset.find(folders)
        if not copies:
            pytest.skip(f"no {dataset.title} under EMOBENCH_DATA")
        members[dataset.name] = dataset.index(copies[0])
    pairs = control().pair(members).samples
    identity = "speaker" if issubclass(control, SpeakersApart) else "voice_parent"
    assert (pairs.groupby(identity)["split"].nunique() == 1).all()
    if issubclass(control, EvenlyAugmented):
        for split in ("train", "test"):
            counts = [own for (part, _), own in shares(pairs).items() if part == split]
            copies_of_all, pairs_of_all = (sum(column) for column in zip(*counts, strict=True))
            assert all(abs(copies - count * copies_of_all / pairs_of_all) <= 1 for copies, count in counts)


# ------------------------------------------------------------------------------------------------- the face alone


def test_face_cnn_is_one_stream_of_the_two_on_faces() -> None:
    face, voice, both = (specs()[name] for name in ("face-cnn", "spectrogram-cnn", "two-stream-cnn"))
    assert (*face.takes, *voice.takes) == both.takes
    assert face.build is both.build
    assert face.parameters == both.parameters
    assert parameters(on_meta("face-cnn", 3, (COLOUR,))) == parameters(on_meta("spectrogram-cnn", 3, (COLOUR,)))


def test_faces_become_logits() -> None:
    module: Any = specs()["face-cnn"].build(classes=3, input_shapes=((3, 16, 16),))
    assert module(torch.rand(2, 3, 16, 16)).shape == (2, 3)
