"""Protocols as rules: folds, groups apart, speakers swapped, corpora apart; what each keeps apart, and what it refuses."""

from __future__ import annotations

import hashlib
import itertools
import math
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from emobench_plugins.protocols._columns import usable
from emobench_plugins.protocols.clip_folds import ClipFolds
from emobench_plugins.protocols.cross_corpus import CrossCorpus
from emobench_plugins.protocols.group_folds import GroupFolds
from emobench_plugins.protocols.groups_apart import GroupsApart
from emobench_plugins.protocols.leave_one_group_out import LeaveOneGroupOut
from emobench_plugins.protocols.speaker_swap import SpeakerSwap
from sklearn.model_selection import GroupKFold, StratifiedKFold
from sklearn.model_selection import LeaveOneGroupOut as Reference

from emobench.contracts.protocol import Split, SplitProtocol
from emobench.data.twins import twin_of
from emobench.errors import EmobenchError
from emobench.plugins.loading import installed_plugins
from emobench.splits.division import divide, leaks
from tests import ROOT

CORPORA = ("east", "north", "west")
FOLDING = (ClipFolds(), GroupFolds(), LeaveOneGroupOut(), SpeakerSwap())
RULES: tuple[tuple[SplitProtocol, dict[str, Any]], ...] = (
    *((rule, {}) for rule in FOLDING),
    *((rule, {"validation": True}) for rule in FOLDING[:3]),
    (GroupFolds(), {"by": "sentence", "folds": 3}),
    (LeaveOneGroupOut(), {"by": "sentence"}),
    (GroupsApart(), {"validation_size": 0.25}),
    (GroupsApart(), {"by": ["group", "sentence"], "validation_size": 0.2}),
    (CrossCorpus(), {"train": ["east", "north"], "test": ["west"], "validation_size": 0.3}),
)


def named(case: tuple[SplitProtocol, dict[str, Any]]) -> str:
    return f"{case[0].name} {case[1] or ''}"


every_rule = pytest.mark.parametrize("case", RULES, ids=named)


def clips(speakers: int = 15, sentences: int = 6, seed: int = 0) -> pd.DataFrame:
    """Return clips of speakers who each say a sentence in each emotion once or twice, in no order at all."""
    generator = np.random.default_rng(seed)
    rows = [
        {
            "sample_id": f"s{speaker:02}-{emotion}-{sentence}-{take}",
            "label": emotion,
            "group": f"s{speaker:02}",
            "sentence": f"sentence {sentence}",
            "corpus": CORPORA[speaker % 3],
        }
        for speaker in range(speakers)
        for emotion in ("angry", "happy", "sad")
        for sentence in range(sentences)
        for take in range(generator.integers(1, 3))
    ]
    return pd.DataFrame(rows).sample(frac=1, random_state=seed, ignore_index=True)


def table_for(rule: SplitProtocol) -> pd.DataFrame:
    return clips(speakers=2 if rule.name == "speaker-swap" else 15)


def parts_of(rule: SplitProtocol, table: pd.DataFrame, **chosen: Any) -> Iterator[tuple[str, Split]]:
    """Yield every fold and its parts, or one split under an empty name."""
    parameters = {**rule.parameters, **chosen}
    if "fold" not in parameters:
        assert rule.folds(table, **parameters) == ()
        yield "", divide(table, rule, chosen)
        return
    for fold in rule.folds(table, **parameters):
        yield fold, divide(table, rule, chosen | {"fold": fold})


def values(table: pd.DataFrame, ids: tuple[str, ...], column: str) -> set[str]:
    return set(table.set_index("sample_id").loc[list(ids), column])


# ------------------------------------------------------------------------------------------------ what all keep


@every_rule
def test_order_of_the_rows_does_not_matter(case: tuple[SplitProtocol, dict[str, Any]]) -> None:
    rule, chosen = case
    table = table_for(rule)
    other = table.sample(frac=1, random_state=7)
    there, here = (list(parts_of(rule, one, **chosen)) for one in (other, table))
    assert [(fold, split.hashes) for fold, split in there] == [(fold, split.hashes) for fold, split in here]
    order = {sample: place for place, sample in enumerate(other["sample_id"])}
    for _, split in there:
        for ids in split.parts.values():  # in index order, as the contract says
            assert [order[sample] for sample in ids] == sorted(order[sample] for sample in ids)


def everything() -> str:
    """Return a digest over the parts of two folds of each rule."""
    hashes = [
        (rule.name, fold, *split.hashes.items())
        for rule, chosen in RULES
        for fold, split in itertools.islice(parts_of(rule, table_for(rule), **chosen), 2)
    ]
    return hashlib.sha256(repr(hashes).encode()).hexdigest()


def test_every_process_divides_in_the_same_way() -> None:
    script = "from tests.plugins.protocols.test_rules_of_division import everything; print(everything())"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "12"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == everything()


@pytest.mark.parametrize("case", [case for case in RULES if "fold" in case[0].parameters], ids=named)
def test_each_sample_is_tested_in_one_fold_and_in_every_fold_in_one_part(
    case: tuple[SplitProtocol, dict[str, Any]],
) -> None:
    rule, chosen = case
    table = table_for(rule)
    tested: Counter[str] = Counter()
    folds = list(parts_of(rule, table, **chosen))
    assert len(folds) > 1
    for _, split in folds:
        assert list(split.parts) == (["train", "validation", "test"] if "validation" in chosen else ["train", "test"])
        assert Counter(sample for ids in split.parts.values() for sample in ids) == Counter(table["sample_id"])
        tested.update(split.parts["test"])
    assert tested == Counter(table["sample_id"])


@pytest.mark.parametrize("rule", FOLDING[:3], ids=lambda rule: rule.name)
def test_validation_is_what_the_next_fold_tests(rule: SplitProtocol) -> None:
    table = clips()
    without = [split for _, split in parts_of(rule, table)]
    splits = [split for _, split in parts_of(rule, table, validation=True)]
    for number, split in enumerate(splits):
        assert split.parts["test"] == without[number].parts["test"]
        assert split.parts["validation"] == without[(number + 1) % len(without)].parts["test"]


@pytest.mark.parametrize("rule", FOLDING, ids=lambda rule: rule.name)
@pytest.mark.parametrize("fold", ["", "nonsense", 1])
def test_fold_has_to_be_named(rule: SplitProtocol, fold: object) -> None:
    table = table_for(rule)
    first = rule.folds(table, **rule.parameters)[0]
    with pytest.raises(EmobenchError, match=rf"makes folds, and {fold!r} is none of them; name a fold: {first}, "):
        rule.split(table, **{**rule.parameters, "fold": fold})


def test_many_folds_are_not_all_named() -> None:
    with pytest.raises(EmobenchError, match="s08, s09 and 5 more"):
        LeaveOneGroupOut().split(clips(), **LeaveOneGroupOut.parameters)


@pytest.mark.parametrize(
    ("rule", "chosen"),
    [
        (ClipFolds(), {"folds": 2}),
        (GroupFolds(), {"folds": 2}),
        (LeaveOneGroupOut(), {"by": "half"}),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_two_folds_leave_nothing_to_validate_on(rule: SplitProtocol, chosen: dict[str, Any]) -> None:
    table = clips().assign(half=lambda table: table["group"].map(lambda name: "ab"[int(name[1:]) % 2]))
    parameters = {**rule.parameters, **chosen, "validation": True}
    with pytest.raises(EmobenchError, match="makes 2 folds here: one is tested, one is validation, none is trained on"):
        rule.folds(table, **parameters)


@pytest.mark.parametrize("rule", FOLDING[:2], ids=lambda rule: rule.name)
@pytest.mark.parametrize("folds", [1, 0, 2.5, True, "5"])
def test_number_of_folds_that_is_none_is_refused(rule: SplitProtocol, folds: object) -> None:
    with pytest.raises(EmobenchError, match=r"folds is .*; give a whole number, 2 or more"):
        rule.folds(clips(), **{**rule.parameters, "folds": folds})


@pytest.mark.parametrize("rule", [ClipFolds(), GroupFolds(), GroupsApart()], ids=lambda rule: rule.name)
def test_another_seed_divides_otherwise(rule: SplitProtocol) -> None:
    one, other = (next(parts_of(rule, clips(), seed=seed))[1].hashes["test"] for seed in (0, 1))
    assert one != other


def test_only_what_divides_by_clip_declares_that_it_leaks() -> None:
    assert [rule.name for rule in {case[0].name: case[0] for case in RULES}.values() if rule.leaky] == ["clip-folds"]


# -------------------------------------------------------------------------------------------------- folds by clip


@pytest.mark.parametrize("folds", [2, 5, 7])
def test_folds_by_clip_are_stratified_as_scikit_learns_are(folds: int) -> None:
    table = clips()
    label = table.set_index("sample_id")["label"]
    parts = [split.parts["test"] for _, split in parts_of(ClipFolds(), table, folds=folds)]
    mine = [Counter(label[list(ids)]) for ids in parts]
    reference = StratifiedKFold(folds, shuffle=True, random_state=0).split(table, table["label"])
    theirs = [Counter(table["label"].iloc[test]) for _, test in reference]
    for emotion in set(label):
        assert sorted(count[emotion] for count in mine) == sorted(count[emotion] for count in theirs)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_folds_by_clip_have_the_same_speakers_on_both_sides() -> None:
    table = clips()
    assert all(leaks(table, split, ("group",)) for _, split in parts_of(ClipFolds(), table))


def test_more_folds_than_clips_are_refused() -> None:
    with pytest.raises(EmobenchError, match="5 folds of 4 clips; make 4 folds at most"):
        ClipFolds().folds(clips().head(4), **ClipFolds.parameters)


# ------------------------------------------------------------------------------------------------- folds by group


@pytest.mark.parametrize("folds", [2, 5, 15])
@pytest.mark.parametrize("by", ["group", "pair"])
def test_groups_are_apart_and_as_many_in_each_fold_as_scikit_learn_puts_there(folds: int, by: str) -> None:
    table = clips(speakers=30).assign(pair=lambda table: table["group"].map(lambda name: f"pair {int(name[1:]) // 2}"))
    sizes = []
    for _, split in parts_of(GroupFolds(), table, folds=folds, by=by, validation=folds > 2):
        inside = [values(table, ids, by) for ids in split.parts.values()]
        assert len(set.union(*inside)) == sum(map(len, inside))
        assert not leaks(table, split, (by,))
        sizes.append(len(values(table, split.parts["test"], by)))
    reference = GroupKFold(folds, shuffle=True, random_state=0).split(table, groups=table[by])
    assert sorted(sizes) == sorted(table[by].iloc[test].nunique() for _, test in reference)


def test_groups_of_one_class_are_spread_evenly() -> None:
    # Ten speakers of one emotion each: five of both, dealt to five folds.
    rows = [
        {"sample_id": f"{speaker}-{clip}", "label": ("angry", "happy")[speaker % 2], "group": f"s{speaker}"}
        for speaker in range(10)
        for clip in range(4)
    ]
    table = pd.DataFrame(rows)
    for seed in range(5):
        for _, split in parts_of(GroupFolds(), table, seed=seed):
            part = table[table["sample_id"].isin(split.parts["test"])]
            assert part["label"].value_counts().to_dict() == {"angry": 4, "happy": 4}


def test_no_fold_is_empty_however_unequal_groups_and_classes_are() -> None:
    generator = np.random.default_rng(0)
    for seed in range(20):
        sizes = generator.geometric(0.1, size=7)
        groups = np.repeat([f"g{number}" for number in range(7)], sizes)
        ids = [f"c{number}" for number in range(len(groups))]
        table = pd.DataFrame({"sample_id": ids, "label": generator.choice(["a", "b"], len(ids)), "group": groups})
        for folds in (2, 5, 7):
            dealt = GroupFolds().deal(table, **{**GroupFolds.parameters, "folds": folds, "seed": seed})
            assert len(dealt) == folds
            assert all(dealt.values())


def test_large_groups_do_not_meet_in_one_fold() -> None:
    counts = {"big": 40, "bigger": 41, "biggest": 42, "small": 2, "smaller": 1, "tiny": 1}
    groups = [group for group, count in counts.items() for _ in range(count)]
    table = pd.DataFrame({"sample_id": [f"{n:03}" for n in range(len(groups))], "label": "happy", "group": groups})
    tested = [
        values(table, split.parts["test"], "group") for _, split in parts_of(GroupFolds(), table, folds=3, seed=4)
    ]
    assert [len(groups & {"big", "bigger", "biggest"}) for groups in tested] == [1, 1, 1]


def test_more_folds_than_groups_are_refused() -> None:
    with pytest.raises(EmobenchError, match="5 folds of 3 values of the column 'corpus'; make 3 folds at most"):
        GroupFolds().folds(clips(), **{**GroupFolds.parameters, "by": "corpus"})


# ---------------------------------------------------------------------------------------------- leave one group out


@pytest.mark.parametrize("by", ["group", "corpus"])
def test_one_group_is_left_out_as_scikit_learn_does(by: str) -> None:
    table = clips()
    mine = list(parts_of(LeaveOneGroupOut(), table, by=by))
    assert [fold for fold, _ in mine] == sorted(set(table[by]))
    reference = Reference().split(table, groups=table[by])
    for (_, split), (train, test) in zip(mine, reference, strict=True):
        assert split.parts["train"] == tuple(table["sample_id"].iloc[train])
        assert split.parts["test"] == tuple(table["sample_id"].iloc[test])


def test_names_of_folds_are_safe_and_distinct() -> None:
    names = ["Kids are talking", "Kids/are talking", "Kids-are-talking", "über", "?!", "../x"]
    table = pd.DataFrame({"sample_id": list("abcdef"), "label": "happy", "group": names})
    folds = LeaveOneGroupOut().folds(table, **LeaveOneGroupOut.parameters)
    assert folds == ("..-x", "-", "Kids-are-talking", "Kids-are-talking-2", "Kids-are-talking-3", "ber")
    tested = [split.parts["test"] for _, split in parts_of(LeaveOneGroupOut(), table)]
    assert tested == [("f",), ("e",), ("a",), ("c",), ("b",), ("d",)]


def test_one_group_alone_is_refused() -> None:
    table = clips(speakers=1)
    with pytest.raises(EmobenchError, match="all samples have the value 's00' in the column 'group'"):
        LeaveOneGroupOut().folds(table, **LeaveOneGroupOut.parameters)


# ------------------------------------------------------------------------------------------------------ speaker swap


def test_each_of_two_speakers_is_tested_with_a_model_of_the_other() -> None:
    table = clips(speakers=2)
    splits = dict(parts_of(SpeakerSwap(), table))
    assert list(splits) == ["s00", "s01"]
    for tested, trained in (("s00", "s01"), ("s01", "s00")):
        assert values(table, splits[tested].parts["test"], "group") == {tested}
        assert values(table, splits[tested].parts["train"], "group") == {trained}


@pytest.mark.parametrize(("speakers", "number"), [(1, "there is 1 speaker here"), (3, "there are 3 speakers here")])
def test_swap_without_two_speakers_says_how_many_there_are(speakers: int, number: str) -> None:
    with pytest.raises(EmobenchError, match=f"needs exactly two speakers in the column 'group', and {number}"):
        SpeakerSwap().folds(clips(speakers=speakers), fold="")


# ------------------------------------------------------------------------------------------------------ groups apart


@pytest.mark.parametrize("by", ["group", "sentence"])
@pytest.mark.parametrize(("test_size", "validation_size"), [(0.2, 0.0), (0.3, 0.2), (0.01, 0.0)])
def test_values_of_one_column_are_apart_in_the_shares_asked_for(
    by: str, test_size: float, validation_size: float
) -> None:
    table = clips()
    split = divide(table, GroupsApart(), {"by": by, "test_size": test_size, "validation_size": validation_size})
    inside = {part: values(table, ids, by) for part, ids in split.parts.items()}
    total = table[by].nunique()
    assert len(set.union(*inside.values())) == sum(map(len, inside.values())) == total
    assert len(inside["test"]) == max(1, round(total * test_size))
    assert len(inside.get("validation", ())) == round(total * validation_size)
    assert sorted(sample for ids in split.parts.values() for sample in ids) == sorted(table["sample_id"])


@pytest.mark.parametrize("validation_size", [0.0, 0.2])
def test_speakers_and_sentences_are_apart_at_once(validation_size: float) -> None:
    table = clips(speakers=20, sentences=10)
    split = divide(table, GroupsApart(), {"by": ["group", "sentence"], "validation_size": validation_size})
    inside = {part: {by: values(table, ids, by) for by in ("group", "sentence")} for part, ids in split.parts.items()}
    for by in ("group", "sentence"):
        own = [one[by] for one in inside.values()]
        assert len(set.union(*own)) == sum(map(len, own)) == table[by].nunique()
    for part, ids in split.parts.items():  # and nothing is lost but what mixes
        whole = table["group"].isin(inside[part]["group"]) & table["sentence"].isin(inside[part]["sentence"])
        assert ids == tuple(table["sample_id"][whole])


def test_share_of_samples_that_mix_is_as_documented() -> None:
    table = clips(speakers=20, sentences=10).drop_duplicates(["group", "label", "sentence"])
    split = divide(table, GroupsApart(), {"by": ["group", "sentence"]})
    kept = sum(len(ids) for ids in split.parts.values())
    assert math.isclose(1 - kept / len(table), 0.32)


def test_columns_may_come_in_any_order() -> None:
    one, other = (
        divide(clips(), GroupsApart(), {"by": by}).hashes for by in (["group", "sentence"], ["sentence", "group"])
    )
    assert one == other


def test_list_of_one_column_is_that_column() -> None:
    assert divide(clips(), GroupsApart(), {"by": ["group"]}) == divide(clips(), GroupsApart(), {"by": "group"})


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        ({"by": "group", "test_size": 0.95}, "'group' has 15 values: 14 for test, 3 for validation, and none is left"),
        ({"by": ["group", "half"]}, "the column 'half' has 2 values: 1 for test, 1 for validation, and none is left"),
        ({"test_size": 0}, "test_size is 0: nothing would be tested"),
        ({"test_size": 1}, "test_size is 1; give a fraction"),
        ({"validation_size": -0.1}, "validation_size is -0.1; give a fraction"),
        ({"by": []}, r"by is \[\]; name a column"),
        ({"by": ["group", "group"]}, "name a column, or a list of different ones"),
        ({"by": ["group", "same"]}, "no sample has its values of 'group' and 'same' all in the part 'test'"),
    ],
)
def test_split_that_cannot_be_made_says_why(chosen: dict[str, Any], reason: str) -> None:
    table = clips()
    number = table["group"].str[1:].astype(int)
    # Under seed 0, the values of "same" that are tested are not those of the speakers that are.
    table = table.assign(half=number.map(lambda n: "ab"[n % 2]), same=number.map(lambda n: f"same {n}"))
    with pytest.raises(EmobenchError, match=reason):
        divide(table, GroupsApart(), {"validation_size": 0.2} | chosen)


# ------------------------------------------------------------------------------------------------------ cross-corpus


def test_one_corpus_is_trained_on_and_another_tested() -> None:
    table = clips()
    split = divide(table, CrossCorpus(), {"train": ["east"], "test": ["north"]})
    assert list(split.parts) == ["train", "test"]
    assert split.parts["train"] == tuple(table["sample_id"][table["corpus"] == "east"])
    assert split.parts["test"] == tuple(table["sample_id"][table["corpus"] == "north"])


def test_validation_is_of_speakers_of_each_training_corpus() -> None:
    table = clips()
    split = divide(table, CrossCorpus(), {"train": ["west", "east"], "test": ["north"], "validation_size": 0.4})
    aside, trained = (values(table, split.parts[part], "group") for part in ("validation", "train"))
    assert not aside & trained
    corpus_of = dict(zip(table["group"], table["corpus"], strict=True))
    assert Counter(corpus_of[speaker] for speaker in aside) == {"east": 2, "west": 2}  # of five speakers each
    assert Counter(corpus_of[speaker] for speaker in trained) == {"east": 3, "west": 3}
    assert split.parts["test"] == tuple(table["sample_id"][table["corpus"] == "north"])


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        ({}, r"train is \[\]; give a list of corpora; there are east, north, west"),
        ({"train": "east", "test": ["west"]}, "train is 'east'; give a list of corpora"),
        ({"train": ["east"]}, r"test is \[\]; give a list of corpora"),
        ({"train": ["wset"], "test": ["east"]}, "train: no corpus 'wset' here; did you mean 'west'"),
        ({"train": ["east", "west"], "test": ["west"]}, "would train and test on west; name each corpus once"),
        ({"train": ["east"], "test": ["west"], "validation_size": 0.95}, "'east' has 5 groups: 5 for validation"),
        ({"train": ["east"], "test": ["west"], "validation_size": 2}, "validation_size is 2; give a fraction"),
    ],
)
def test_corpora_that_cannot_be_divided_say_why(chosen: dict[str, Any], reason: str) -> None:
    with pytest.raises(EmobenchError, match=reason):
        divide(clips(), CrossCorpus(), chosen)


# ----------------------------------------------------------------------------------------------------------- columns

BY = (GroupFolds(), LeaveOneGroupOut(), GroupsApart())


@pytest.mark.parametrize("rule", BY, ids=lambda rule: rule.name)
@pytest.mark.parametrize("gap", ["missing", "empty", "unknown"])
def test_missing_column_is_named_and_so_are_those_that_would_do(rule: SplitProtocol, gap: str) -> None:
    table = clips().assign(split="train", duration=1.5, audio_path="x.wav")
    if gap != "missing":
        table["word"] = ["" if gap == "empty" else None, *["back"] * (len(table) - 1)]
    with pytest.raises(EmobenchError) as caught:
        list(parts_of(rule, table, by="word"))
    assert str(caught.value) == (
        f"protocol {rule.name!r} needs the column 'word', which is missing or has gaps; use another protocol, "
        "or one of the columns group, sentence, corpus if the protocol lets you choose"
    )


def test_second_of_two_columns_is_named() -> None:
    with pytest.raises(EmobenchError, match="'groups-apart' needs the column 'word', which is missing"):
        divide(clips(), GroupsApart(), {"by": ["group", "word"]})


def test_dataset_without_any_such_column_says_so() -> None:
    table = clips()[["sample_id", "label"]].assign(group="")
    with pytest.raises(EmobenchError, match="use another protocol: this dataset has no column that its samples could"):
        GroupFolds().folds(table, **GroupFolds.parameters)


@pytest.mark.parametrize("rule", [SpeakerSwap(), CrossCorpus()], ids=lambda rule: rule.name)
def test_columns_that_are_always_needed_are_declared(rule: SplitProtocol) -> None:
    (column,) = rule.requires
    with pytest.raises(EmobenchError, match=f"{rule.name}' needs the column '{column}', which is missing"):
        divide(clips(speakers=2).drop(columns=column), rule, {})


# -------------------------------------------------------------------------------- every dataset under every protocol

# Datasets that say who it is, and for each rule those that have the columns that it needs, as docs/protocols.md tells.
PEOPLE = {
    "crema-d",
    "crema-d-votes",
    "m-lfw-fer",
    "m-lfw-fer-crema-d",
    "m-lfw-fer-tess",
    "ravdess",
    "ravdess-video",
    "tess",
    "voice-corpora",
}
FACES = {"fer-plus", "fer2013"}  # of nobody who is named
COMBINATIONS: tuple[tuple[SplitProtocol, dict[str, Any], set[str], str], ...] = (
    (ClipFolds(), {}, PEOPLE | FACES, ""),
    (GroupFolds(), {"folds": 2}, PEOPLE, "group"),
    (LeaveOneGroupOut(), {}, PEOPLE, "group"),
    (GroupsApart(), {}, PEOPLE, "group"),
    (GroupsApart(), {"by": ["word"]}, {"tess"}, "word"),
    (GroupsApart(), {"by": ["group", "word"]}, {"tess"}, "group|word"),
    (GroupsApart(), {"by": ["group", "sentence"]}, {"crema-d", "crema-d-votes", "ravdess"}, "group|sentence"),
    (GroupsApart(), {"by": "speaker"}, {"m-lfw-fer-tess", "m-lfw-fer-crema-d"}, "speaker"),
    (CrossCorpus(), {"train": ["tess"], "test": ["crema-d"], "validation_size": 0.2}, {"voice-corpora"}, "corpus"),
    (SpeakerSwap(), {}, {"tess"}, "group"),
)


@pytest.mark.parametrize("dataset", sorted(PEOPLE | FACES))
def test_every_built_in_dataset_is_divided_or_refused_for_want_of_a_column(dataset: str) -> None:
    plugins = installed_plugins()
    table = twin_of(plugins.datasets[dataset], plugins).index.samples
    for rule, chosen, able, column in COMBINATIONS:
        if dataset in able:
            for _, split in parts_of(rule, table, **chosen):
                by = chosen.get("by", "group")
                if not rule.leaky:
                    assert not leaks(table, split, [by] if isinstance(by, str) else by)
            continue
        with pytest.raises(EmobenchError) as caught:
            list(parts_of(rule, table, **chosen))
        refusals = [f"needs the column {name!r}, which is missing or has gaps" for name in column.split("|")]
        if rule.name == "speaker-swap" and dataset in PEOPLE:
            refusals = [f"and there are {table['group'].nunique()} speakers here"]
        if dataset == "ravdess-video" and "sentence" in column:
            refusals = ["the column 'sentence' has 1 values"]  # its twin; the films have two
        assert any(refusal in str(caught.value) for refusal in refusals), (rule.name, str(caught.value))


def test_all_built_in_datasets_are_tried() -> None:
    modules = installed_plugins().modules
    built_in = {
        name
        for (kind, name), module in modules.items()
        if kind == "datasets" and module.startswith("emobench_")
        if not module.endswith((".pairing_controls", ".corpora"))
    }
    assert built_in == PEOPLE | FACES


@pytest.mark.parametrize(("dataset", "by"), [("ravdess", ["group", "sentence"]), ("tess", ["group", "word"])])
def test_two_columns_with_few_values_lose_half(dataset: str, by: list[str]) -> None:
    plugins = installed_plugins()
    table = twin_of(plugins.datasets[dataset], plugins).index.samples
    split = divide(table, GroupsApart(), {"by": by})
    assert sum(len(ids) for ids in split.parts.values()) * 2 == len(table)


def documented() -> dict[str, set[str]]:
    """Return the columns that the last table of docs/protocols.md has for each dataset."""
    page = (ROOT / "docs" / "protocols.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| (.*) \| (?:yes|no) \|$", page, re.MULTILINE)
    return {dataset: set(re.findall(r"`([^`]+)`", columns)) for dataset, columns in rows}


@pytest.mark.parametrize("dataset", sorted(PEOPLE | FACES))
def test_columns_that_a_dataset_offers_are_documented(dataset: str) -> None:
    plugins = installed_plugins()
    table = twin_of(plugins.datasets[dataset], plugins).index.samples
    # A twin is small: a column may have one value there, or as many as there are samples.
    assert set(usable(table)) - {"voice_vote", "face_vote", "audiovisual_vote"} <= documented()[dataset]
    assert documented()[dataset] <= set(table.columns)
