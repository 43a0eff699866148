"""What every protocol must keep to; it divides the index of a twin."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from emobench.contracts import Split, SplitProtocol
from emobench.errors import EmobenchError
from emobench.testing import light_import, state
from emobench.testing.contract import Breach, Contracts, NotApplicable, Subject, prepared
from emobench.testing.twins import twins

if TYPE_CHECKING:
    import pandas as pd


class ProtocolSubject(Subject):
    """A protocol, an index that it can divide, and the parts."""

    component: SplitProtocol

    @prepared("divides")
    def samples(self) -> pd.DataFrame:
        """The index of the first twin that has what the protocol requires and that it does not refuse."""
        reason = "no registered dataset has the columns that it requires"
        for dataset, source in twins(self.registry):
            samples = source.index.samples
            if any(name not in samples or (samples[name].fillna("") == "").any() for name in self.component.requires):
                continue
            try:
                self.divide(samples, self.fold_names(samples)[0])
            except EmobenchError as error:
                reason = f"{dataset.name!r}: {error}"
            else:
                return samples
        raise NotApplicable(f"no twin can be divided by it ({reason})")

    @prepared("divides")
    def splits(self) -> dict[str, Split]:
        """The parts of each fold by its name, or under an empty name those of a rule that divides once."""
        splits = {fold: self.divide(self.samples, fold) for fold in self.fold_names(self.samples)}
        if odd := [split for split in splits.values() if not isinstance(split, Split)]:
            raise Breach(f"split() returned {type(odd[0]).__name__}, no Split")
        return splits

    def fold_names(self, samples: pd.DataFrame) -> tuple[str, ...]:
        """Return the names of the folds; one empty name for a rule that divides once."""
        return self.component.folds(samples.copy(), **self.component.parameters) or ("",)

    def divide(self, samples: pd.DataFrame, fold: str) -> Split:
        """Divide a copy of the index."""
        chosen = {"fold": fold} if fold else {}
        return self.component.split(samples.copy(), **{**self.component.parameters, **chosen})

    def parts(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Return every part of every fold: what to call it, its name, its ids."""
        return [
            (f"the part {part!r}" + (f" of the fold {fold!r}" if fold else ""), part, ids)
            for fold, split in self.splits.items()
            for part, ids in split.parts.items()
        ]


CONTRACTS = Contracts("protocols")
light_import.add_to(CONTRACTS)


@CONTRACTS.add(
    "divides",
    "split() divides an index that has the columns in requires, with its parameters as they are by default",
    "accept every name in parameters by keyword, return a Split, and refuse with an EmobenchError",
)
def divides(subject: ProtocolSubject) -> None:
    """Divide."""
    _ = subject.splits


@CONTRACTS.add(
    "test-part",
    "there is a part besides train and validation, and no part is empty",
    "leave out a part that would be empty, and refuse with an EmobenchError where nothing is left to test",
)
def test_part(subject: ProtocolSubject) -> None:
    """Look for a test part, and for empty ones."""
    for fold, split in subject.splits.items():
        if not split.test_parts:
            raise Breach(f"the parts are {', '.join(split.parts)}" + (f" in the fold {fold!r}" if fold else ""))
    if empty := [what for what, _, ids in subject.parts() if not ids]:
        raise Breach(f"{empty[0]} is empty")


@CONTRACTS.add("parts-disjoint", "no sample stands in two parts, nor twice in one", "assign each sample once")
def parts_disjoint(subject: ProtocolSubject) -> None:
    """Look for samples that are there twice."""
    for fold, split in subject.splits.items():
        seen: dict[str, str] = {}
        for part, ids in split.parts.items():
            for sample in ids:
                if sample in seen:
                    where = f" of the fold {fold!r}" if fold else ""
                    raise Breach(f"the sample {sample!r} is in the parts {seen[sample]!r} and {part!r}{where}")
                seen[sample] = part


@CONTRACTS.add(
    "ids-from-index",
    "parts hold ids of the index, as tuples of strings",
    "take them from the column sample_id",
)
def ids_from_index(subject: ProtocolSubject) -> None:
    """Look for others."""
    known = set(subject.samples["sample_id"])
    for what, _, ids in subject.parts():
        if not isinstance(ids, tuple):
            raise Breach(f"{what} is a {type(ids).__name__}, no tuple")
        if odd := [sample for sample in ids if sample not in known]:
            raise Breach(f"{what} has {odd[0]!r}, which is no sample of the index")


@CONTRACTS.add(
    "repeatable",
    "the same index is divided in the same way at every call",
    "seed a numpy.random.default_rng with a parameter of the protocol",
)
def repeatable(subject: ProtocolSubject) -> None:
    """Divide under other states of the global generators."""
    for seed in (1, 2):
        with state.seeded(seed):
            again = {fold: subject.divide(subject.samples, fold) for fold in subject.splits}
        _require_same(subject, again, "at another call")


def _require_same(subject: ProtocolSubject, again: dict[str, Split], when: str) -> None:
    for fold, split in subject.splits.items():
        if set(split.parts) != set(again[fold].parts):
            raise Breach(f"{when} the parts are {', '.join(again[fold].parts)} instead of {', '.join(split.parts)}")
        for part, ids in split.parts.items():
            if moved := set(ids) ^ set(again[fold].parts[part]):
                raise Breach(f"{when} {len(moved)} samples move into or out of the part {part!r}, e.g. {min(moved)!r}")


@CONTRACTS.add(
    "order-independent",
    "the division does not depend on the order of the rows, unless the docstring says that it goes by index order",
    "sort, or draw by hashes of sample ids; or say 'index order' in the docstring",
)
def order_independent(subject: ProtocolSubject) -> None:
    """Divide the index upside down."""
    rule = type(subject.component)
    if "index order" in " ".join(f"{inspect.getdoc(rule)} {inspect.getdoc(rule.split)}".lower().split()):
        raise NotApplicable("its docstring says that it goes by index order")
    _require_repeatable(subject)
    backwards = subject.samples.iloc[::-1].reset_index(drop=True)
    again = {fold: subject.divide(backwards, fold) for fold in subject.splits}
    _require_same(subject, again, "with the rows in reverse order")


def _require_repeatable(subject: ProtocolSubject) -> None:
    try:
        repeatable(subject)
    except Breach:
        raise NotApplicable("the check 'repeatable' fails") from None


@CONTRACTS.add(
    "folds-test-all-once",
    "where a rule makes folds, each sample is tested in exactly one of them",
    "divide the samples among the folds, and train each on the rest",
)
def folds_test_all_once(subject: ProtocolSubject) -> None:
    """Count how often each sample is tested."""
    import collections

    if list(subject.splits) == [""]:
        raise NotApplicable("it makes no folds")
    if "fold" not in subject.component.parameters:
        raise Breach("it has folds and no parameter called 'fold'")
    tested = collections.Counter(
        sample for split in subject.splits.values() for part in split.test_parts for sample in split.parts[part]
    )
    for sample in subject.samples["sample_id"]:
        if tested[sample] != 1:
            raise Breach(f"the sample {sample!r} is tested in {tested[sample]} folds")


@CONTRACTS.add(
    "inputs-unchanged", "split() leaves the index as it is", "assign() returns a new table; do not set columns"
)
def inputs_unchanged(subject: ProtocolSubject) -> None:
    """Compare the index with what it was."""
    before: Any = subject.samples
    given = before.copy()
    fold = next(iter(subject.splits))
    chosen = {"fold": fold} if fold else {}
    subject.component.split(given, **{**subject.component.parameters, **chosen})
    if not before.equals(given):
        raise Breach("split() changed the table that it was given")
