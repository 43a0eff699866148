"""What every protocol must keep to; it divides the index of a twin."""

from __future__ import annotations

import inspect
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from emobench.contracts import Split, SplitProtocol
from emobench.errors import EmobenchError
from emobench.testing import state
from emobench.testing.contract import Breach, Contracts, NotApplicable, Subject
from emobench.testing.twins import twins

if TYPE_CHECKING:
    import pandas as pd

Splits = dict[str, Split]
"""Names of folds to their parts; of a rule that divides once, an empty name."""


class ProtocolSubject(Subject):
    """A protocol, an index that it can divide, and the parts."""

    component: SplitProtocol

    @cached_property
    def samples(self) -> pd.DataFrame:
        """The index of the first twin that has what the protocol requires and that it does not refuse."""
        reason = "no registered dataset has the columns that it requires"
        for dataset, twin in twins(self.registry):
            samples = twin.index.samples
            if any(name not in samples or (samples[name].fillna("") == "").any() for name in self.component.requires):
                continue
            try:
                self.divide(samples, self.fold_names(samples)[:1])
            except EmobenchError as error:
                reason = f"{dataset.name!r}: {error}"
            else:
                return samples
        raise NotApplicable(f"no twin can be divided by it ({reason})")

    @cached_property
    def splits(self) -> Splits:
        """What the protocol makes of the index."""
        return self.divide(self.samples, self.fold_names(self.samples))

    def fold_names(self, samples: pd.DataFrame) -> tuple[str, ...]:
        """Return the names of the folds; one empty name for a rule that divides once."""
        return self.component.folds(samples.copy(), **self.component.parameters) or ("",)

    def divide(self, samples: pd.DataFrame, folds: tuple[str, ...]) -> Splits:
        """Divide a copy of the index, for each fold."""
        return {fold: self.split(samples.copy(), fold) for fold in folds}

    def split(self, samples: pd.DataFrame, fold: str) -> Split:
        """Divide the index itself."""
        chosen = {"fold": fold} if fold else {}
        return self.component.split(samples, **{**self.component.parameters, **chosen})

    def parts(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return every part of every fold: what to call it, and its ids."""
        return [
            (f"the part {part!r}{_of(fold)}", ids)
            for fold, split in self.splits.items()
            for part, ids in split.parts.items()
        ]


def _of(fold: str) -> str:
    return f" of the fold {fold!r}" if fold else ""


CONTRACTS = Contracts(ProtocolSubject)


@CONTRACTS.add("accept every name in parameters by keyword, return a Split, and refuse with an EmobenchError")
def divides(subject: ProtocolSubject) -> None:
    """split() divides an index that has the columns in requires, with its parameters as they are by default."""
    if odd := [split for split in subject.splits.values() if not isinstance(split, Split)]:
        raise Breach(f"split() returned {type(odd[0]).__name__}, no Split")


@CONTRACTS.add("leave out an empty part, and refuse with an EmobenchError where nothing is left to test", divides)
def test_part(subject: ProtocolSubject) -> None:
    """There is a part besides train and validation, and no part is empty."""
    for fold, split in subject.splits.items():
        if not split.test_parts:
            raise Breach(f"the parts{_of(fold)} are {', '.join(split.parts)}")
    if empty := [what for what, ids in subject.parts() if not ids]:
        raise Breach(f"{empty[0]} is empty")


@CONTRACTS.add("assign each sample once", divides)
def parts_disjoint(subject: ProtocolSubject) -> None:
    """No sample is in two parts, nor twice in one."""
    for fold, split in subject.splits.items():
        seen: dict[str, str] = {}
        for part, ids in split.parts.items():
            for sample in ids:
                if sample in seen:
                    raise Breach(f"the sample {sample!r} is in the parts {seen[sample]!r} and {part!r}{_of(fold)}")
                seen[sample] = part


@CONTRACTS.add("take them from the column sample_id", divides)
def ids_from_index(subject: ProtocolSubject) -> None:
    """Parts hold ids of the index, as tuples of strings."""
    known = set(subject.samples["sample_id"])
    for what, ids in subject.parts():
        if not isinstance(ids, tuple):
            raise Breach(f"{what} is a {type(ids).__name__}, no tuple")
        if odd := [sample for sample in ids if sample not in known]:
            raise Breach(f"{what} has {odd[0]!r}, which is no sample of the index")


@CONTRACTS.add("seed a numpy.random.default_rng with a parameter of the protocol", divides)
def repeatable(subject: ProtocolSubject) -> None:
    """The same index is divided in the same way at every call."""
    for again in state.under_other_seeds(lambda: subject.divide(subject.samples, tuple(subject.splits))):
        _require_same(subject.splits, again, "at another call")


def _require_same(splits: Splits, again: Splits, when: str) -> None:
    for fold, split in splits.items():
        if set(split.parts) != set(again[fold].parts):
            raise Breach(f"{when} the parts are {', '.join(again[fold].parts)} instead of {', '.join(split.parts)}")
        for part, ids in split.parts.items():
            if moved := set(ids) ^ set(again[fold].parts[part]):
                raise Breach(f"{when} {len(moved)} samples move into or out of the part {part!r}, e.g. {min(moved)!r}")


@CONTRACTS.add("sort, or draw by hashes of sample ids; or say 'index order' in the docstring", repeatable)
def order_independent(subject: ProtocolSubject) -> None:
    """The division does not depend on the order of the rows, unless the docstring says that it goes by index order."""
    rule = type(subject.component)
    if "index order" in " ".join(f"{inspect.getdoc(rule)} {inspect.getdoc(rule.split)}".lower().split()):
        raise NotApplicable("its docstring says that it goes by index order")
    backwards = subject.samples.iloc[::-1].reset_index(drop=True)
    _require_same(subject.splits, subject.divide(backwards, tuple(subject.splits)), "with the rows in reverse order")


@CONTRACTS.add("divide the samples among the folds, and train each on the rest", divides)
def folds_test_all_once(subject: ProtocolSubject) -> None:
    """Where a rule makes folds, each sample is tested in exactly one of them."""
    if list(subject.splits) == [""]:
        raise NotApplicable("it makes no folds")
    if "fold" not in subject.component.parameters:
        raise Breach("it has folds and no parameter called 'fold'")
    splits = subject.splits.values()
    tested = Counter(sample for split in splits for part in split.test_parts for sample in split.parts[part])
    for sample in subject.samples["sample_id"]:
        if tested[sample] != 1:
            raise Breach(f"the sample {sample!r} is tested in {tested[sample]} folds")


@CONTRACTS.add("assign() returns a new table; do not set columns", divides)
def inputs_unchanged(subject: ProtocolSubject) -> None:
    """split() leaves the index as it is."""
    given = subject.samples.copy()
    subject.split(given, next(iter(subject.splits)))
    if not subject.samples.equals(given):
        raise Breach("split() changed the table that it was given")
