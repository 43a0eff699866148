"""What is held out of the training side: a share with the same things apart as the test part, or a test part."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import StratifiedGroupKFold

from emobench.contracts.protocol import Split, SplitProtocol
from emobench.errors import EmobenchError
from emobench.splits.division import divide


class ByGroup(SplitProtocol):
    """Tests some groups."""

    name: ClassVar[str] = "by-group"
    title: ClassVar[str] = "by group"
    parameters: ClassVar[Mapping[str, Any]] = MappingProxyType({"by": "group", "tested": ("t",), "seed": 0})

    def split(self, samples: pd.DataFrame, **parameters: Any) -> Split:
        """Test the groups named in ``tested``, a part each."""
        ids, by = samples["sample_id"], samples["group"]
        parts = {group: tuple(ids[by == group]) for group in parameters["tested"]}
        return Split({"train": tuple(ids[~by.isin(parts)]), **parts})


class ByClip(ByGroup):
    """The same, said to be leaky."""

    name: ClassVar[str] = "by-clip"
    leaky: ClassVar[bool] = True


def table(groups: int = 20, seed: int = 0) -> pd.DataFrame:
    """Return an index whose groups differ in size and in their classes."""
    generator = np.random.default_rng(seed)
    rows = [
        (f"{group}-{number}", label, f"speaker{group:02d}")
        for group in range(groups)
        for number, label in enumerate(
            generator.choice(["a", "b", "c"], p=[0.6, 0.3, 0.1], size=generator.integers(10, 60))
        )
    ]
    rows += [(f"t-{number}", "abc"[number % 3], "t") for number in range(9)]
    return pd.DataFrame(rows, columns=["sample_id", "label", "group"])


def shares(samples: pd.DataFrame, split: Split) -> list[float]:
    """Return the share of each class's training samples that is held out."""
    label = samples.set_index("sample_id")["label"]
    aside, kept = (label[list(split.parts[part])].value_counts() for part in ("validation", "train"))
    return [float(aside.get(name, 0) / (aside.get(name, 0) + kept.get(name, 0))) for name in "abc"]


def test_groups_of_validation_are_apart_from_training_and_test() -> None:
    samples = table()
    split = divide(samples, ByGroup(), {"hold_out": 0.2})
    group = samples.set_index("sample_id")["group"]
    sets = [set(group[list(split.parts[part])]) for part in ("train", "validation", "t")]
    assert not sets[0] & sets[1]
    assert sets[2] == {"t"}
    assert sum(map(len, split.parts.values())) == len(samples)


def test_classes_are_held_out_more_evenly_than_in_stratified_folds_of_scikit_learn() -> None:
    ours, theirs = [], []
    for seed in range(5):
        samples = table(seed=seed)
        ours.append(shares(samples, divide(samples, ByGroup(), {"hold_out": 0.2})))
        training = samples[samples["group"] != "t"].reset_index(drop=True)
        folds = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
        for kept, aside in folds.split(training, training["label"], training["group"]):
            rows = {"train": kept, "validation": aside}
            split = Split({part: tuple(training["sample_id"].iloc[places]) for part, places in rows.items()})
            theirs.append(shares(samples, split))
    off = [np.abs(np.array(each) - 0.2) for each in (ours, theirs)]
    assert off[0].mean() < off[1].mean()
    assert off[0].max() < 0.05


def test_it_neither_depends_on_the_order_of_the_rows_nor_moves_without_another_seed() -> None:
    samples = table()
    first = divide(samples, ByGroup(), {"hold_out": 0.2})
    shuffled = divide(samples.sample(frac=1, random_state=1), ByGroup(), {"hold_out": 0.2})
    assert first.hashes == shuffled.hashes
    assert first.hashes["validation"].startswith("3873")
    assert first.hashes != divide(samples, ByGroup(), {"hold_out": 0.2, "seed": 1}).hashes


def test_what_is_tested_stays_what_it_is() -> None:
    samples = table()
    assert divide(samples, ByGroup(), {}).hashes["t"] == divide(samples, ByGroup(), {"hold_out": 0.3}).hashes["t"]


def test_one_sample_without_a_name_leaves_the_others_together() -> None:
    samples = table()
    samples.loc[[0, 100], "group"] = ["", None]
    split = divide(samples, ByGroup(), {"hold_out": 0.2})
    group = samples.set_index("sample_id")["group"].fillna("")
    sets = [set(group[list(split.parts[part])]) - {""} for part in ("train", "validation")]
    assert not sets[0] & sets[1]
    assert len(sets[1]) > 1


def test_one_column_may_be_named_in_a_list() -> None:
    samples = table()
    assert (
        divide(samples, ByGroup(), {"hold_out": 0.2, "by": ["group"]}).hashes
        == divide(samples, ByGroup(), {"hold_out": 0.2, "by": "group"}).hashes
    )


@pytest.mark.parametrize("nobody_named", [True, False])
def test_a_leaky_rule_and_data_without_groups_are_held_out_by_sample_in_each_class(nobody_named: bool) -> None:
    samples = table()
    if nobody_named:
        samples.loc[samples["group"] != "t", "group"] = ""
    split = divide(samples, ByGroup() if nobody_named else ByClip(), {"hold_out": 0.2})
    assert shares(samples, split) == pytest.approx([0.2] * 3, abs=0.01)


def test_a_class_with_two_samples_is_in_training_and_in_validation() -> None:
    samples = pd.DataFrame({"sample_id": list("12345678t"), "label": list("aaaaaabba"), "group": [*"xxxxxxxx", "t"]})
    split = divide(samples, ByClip(), {"hold_out": 0.1})
    labels = samples.set_index("sample_id")["label"]
    assert {*labels[list(split.parts["validation"])]} == {*labels[list(split.parts["train"])]} == {"a", "b"}


def test_a_test_part_can_be_validation_instead() -> None:
    samples = pd.DataFrame({"sample_id": list("123456"), "label": list("ababab"), "group": list("xxyytt")})
    split = divide(samples, ByGroup(), {"tested": ["y", "t"], "hold_out": "y"})
    assert dict(split.parts) == {"train": ("1", "2"), "validation": ("3", "4"), "t": ("5", "6")}


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"hold_out": "z"}, "no test part 'z'"),
        ({"hold_out": "t"}, "'t' is the only test part"),
        ({"hold_out": 0.0}, "it is 0.0; give a share above 0 and below 1"),
        ({"hold_out": 1}, "it is 1; give a share"),
        ({"hold_out": True}, "it is True; give a share"),
        ({"hold_out": None}, "it is None; give a share"),
        ({"hold_out": 0.2, "by": ["group", "label"]}, "several columns are kept apart"),
        ({"hold_out": 0.2, "tested": ["t", "validation"]}, "it makes a validation part already"),
        ({"hold_out": float("nan")}, "it is nan; give a share"),
        ({"hold_out": ""}, "it is ''; give a share"),
        ({"hold_out": [0.2]}, "it is [0.2]; give a share"),
        ({"holdout": 0.2}, "no parameter 'holdout'; did you mean 'hold_out'"),
    ],
)
def test_what_cannot_be_held_out_is_said_in_one_line(parameters: dict[str, Any], said: str) -> None:
    samples = table(3).replace({"group": {"speaker02": "validation"}})
    with pytest.raises(EmobenchError, match="by-group") as caught:
        divide(samples, ByGroup(), parameters)
    assert said in str(caught.value)


def test_one_person_in_training_cannot_be_held_out() -> None:
    with pytest.raises(EmobenchError, match="the training part has one value of 'group', 'speaker00'"):
        divide(table(1), ByGroup(), {"hold_out": 0.2})
