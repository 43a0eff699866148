"""The claim ledger of a suite: every number that its papers print, read from TOML through a validated schema.

The suite file names it (``claims = "my_suite_claims.toml"``), and it lies beside. docs/claims.md explains every key.
"""

from __future__ import annotations

import functools
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationError, model_validator

from emobench.claims.rounding import Printed, printed
from emobench.errors import EmobenchError, nearest
from emobench.plugins import Registry
from emobench.records import METRICS, Frozen
from emobench.suites import Suite, read_toml

RATIOS = ("precision", "recall", "f1")
_REMEDY = "see the format in docs/claims.md"
Name = Annotated[str, Field(min_length=1)]


class _Strict(Frozen):
    model_config = ConfigDict(strict=True)


class Size(_Strict):
    """A size that the test may have had.

    Attributes:
        n: samples.
        source: where the paper, or the dataset, gives it.
    """

    n: int = Field(ge=1)
    source: Name


class Supports(_Strict):
    """How many samples each class may have had.

    Attributes:
        source: where the paper, or the dataset, gives it.
        classes: class, as the paper calls it, to samples.
    """

    source: Name
    classes: dict[str, Annotated[int, Field(ge=1)]] = Field(min_length=1)


class Matrix(_Strict):
    """Claims that are about one and the same confusion matrix, so that they must agree.

    Attributes:
        name: what claims refer to it by.
        supports: the candidates, at least one.
    """

    name: Name
    supports: list[Supports] = Field(min_length=1)


class Claim(_Strict):
    """One printed number.

    Attributes:
        paper: a key of the ledger's papers.
        table: table or section.
        row: as printed, with what tells it from a row of the same name.
        column: as printed.
        value: the number as printed, without a percent sign: its decimals are those that are printed.
        unit: of the value.
        metric: a registered metric, or for one class ``precision``, ``recall`` or ``f1``.
        averaging: how classes are averaged, by the paper: ``none`` for a metric without classes, ``class`` for a single
            class, ``unstated`` where the paper does not say and the metric is the ledger's reading.
        origin: whether the paper measured the number or quotes it from another one.
        protocol: what was tested on what, in the paper's words as far as it has any.
        sizes: the sizes that the test may have had; none where nobody gives one. For a single class the supports of its
            matrix stand for them.
        experiments: the suite's experiments that answer it; several where the paper does not say which it means.
        bound: for a claim that a value is at least, or at most, the number: which of both.
        minus: for a claim about a difference, the experiment whose value is subtracted.
        matrix: name of the matrix that it is about, with other claims.
        of_class: for a single class, its name in the paper; written ``class`` in the file.
        label: for a single class, its name in the suite's label map; empty where it cannot be told.
        not_comparable: why no measured number can answer it, beginning with the part that differs; empty if one can.
        note: anything else that a reader must know.
    """

    paper: Name
    table: Name
    row: Name
    column: Name
    value: Name
    unit: Literal["fraction", "percent"]
    metric: Name
    averaging: Literal["none", "class", "macro", "weighted", "unstated"]
    origin: Literal["measured", "quoted"]
    protocol: Name
    sizes: list[Size] = []
    experiments: list[Name] = Field(min_length=1)
    bound: Literal["", "at least", "at most"] = ""
    minus: str = ""
    matrix: str = ""
    of_class: str = Field(default="", alias="class")
    label: str = ""
    not_comparable: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _one_meaning(self) -> Claim:
        printed(self.value, percent=self.unit == "percent")
        single = self.averaging == "class"
        if single != bool(self.of_class):
            raise ValueError("averaging = \"class\" and the key 'class' go together")
        if single != (self.metric in RATIOS):
            raise ValueError(f"a single class has one of the metrics {', '.join(RATIOS)}, and only a single class has")
        if self.matrix and not single and (self.metric not in METRICS or not METRICS[self.metric].average):
            raise ValueError(f"no confusion matrix gives {self.metric!r}; leave out the key 'matrix'")
        if self.minus and (self.matrix or self.sizes or single):
            raise ValueError("a difference has neither a matrix, nor a size, nor a class")
        if single and not self.matrix:
            raise ValueError("a single class needs the key 'matrix', which knows its support")
        if single and not self.label and not self.not_comparable:
            raise ValueError("a class without 'label' needs 'not_comparable', which says why it has none")
        return self

    @property
    def decimals(self) -> int:
        """Decimals that are printed."""
        return len(self.value.partition(".")[2])

    @property
    def printed(self) -> Printed:
        """The number as a share, exactly."""
        return printed(self.value, percent=self.unit == "percent")

    @property
    def share(self) -> float:
        """The number as a share in [0, 1]."""
        return float(self.printed.value)

    @property
    def place(self) -> str:
        """Paper, table, row and column in one line."""
        return f"paper {self.paper}, {self.table}, {self.row}, {self.column}"


class Ledger(_Strict):
    """All claims of a suite.

    Attributes:
        format: version of the file format; written ``schema`` in the file.
        papers: short name to title.
        links: short name of a paper to its address, of those that have one.
        matrices: what claims have in common.
        claims: in the order of the file.
    """

    format: Literal[1] = Field(alias="schema")
    papers: dict[str, str]
    links: dict[str, Annotated[str, Field(pattern=r"^https?://\S+$")]] = {}
    matrices: list[Matrix] = []
    claims: list[Claim] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> Ledger:
        matrices = {matrix.name: matrix for matrix in self.matrices}
        if unknown := self.links.keys() - self.papers.keys():
            raise ValueError(f"links: no paper {min(unknown)!r}; {nearest(min(unknown), self.papers)}")
        places: set[str] = set()
        for claim in self.claims:
            if claim.paper not in self.papers:
                raise ValueError(f"{claim.place}: no paper {claim.paper!r}; {nearest(claim.paper, self.papers)}")
            if claim.place in places:
                raise ValueError(f"{claim.place}: stands there twice")
            places.add(claim.place)
            if claim.matrix and claim.matrix not in matrices:
                raise ValueError(f"{claim.place}: no matrix {claim.matrix!r}; {nearest(claim.matrix, matrices)}")
            for supports in matrices[claim.matrix].supports if claim.of_class else ():
                if claim.of_class not in supports.classes:
                    raise ValueError(f"{claim.place}: {supports.source} gives no support of class {claim.of_class!r}")
        return self

    def about(self, matrix: str) -> tuple[Claim, ...]:
        """Return the claims about a matrix that print a value of it."""
        return tuple(claim for claim in self.claims if claim.matrix == matrix and not claim.bound)


def find_ledger(suite: Suite, registry: Registry) -> Ledger:
    """Read the ledgers that a suite and those that it extends name, and check each against its suite and the metrics.

    Raises:
        EmobenchError: the suite names none, or it breaks the schema: one line with file and place.
    """
    ledgers = [_checked(part, registry) for part in suite.parts if part.claims]
    if not ledgers:
        raise EmobenchError(
            f"suite {suite.name!r} has no ledger of claims",
            where=str(suite.file),
            remedy="name one with the key 'claims'",
        )
    return functools.reduce(_with, ledgers)


def _with(ledger: Ledger, other: Ledger) -> Ledger:
    """Return the claims of two ledgers as one; each is known to be right by itself."""
    return ledger.model_copy(
        update={
            "papers": {**ledger.papers, **other.papers},
            "links": {**ledger.links, **other.links},
            "matrices": [*ledger.matrices, *other.matrices],
            "claims": [*ledger.claims, *other.claims],
        }
    )


def _checked(suite: Suite, registry: Registry) -> Ledger:
    """Return the ledger of a suite's own file."""
    path = suite.file.parent / suite.claims
    ledger = read_ledger(path)
    experiments = {experiment.name: experiment for experiment in suite.experiments}
    for claim in ledger.claims:
        named: list[tuple[str, str, Collection[str]]] = []
        compared = (*claim.experiments, *filter(None, [claim.minus]))
        named += [("experiment", name, experiments) for name in compared]
        if not claim.of_class:
            named.append(("metric", claim.metric, registry.metrics))
        if claim.label:
            # A fusion has the label map of its members.
            maps = [experiments[name].labels for name in claim.experiments if name in experiments]
            known = [registry.label_maps[name].classes for name in maps if name in registry.label_maps]
            named += [("class", claim.label, classes) for classes in known]
        for kind, name, there in named:
            if name not in there:
                raise EmobenchError(f"{claim.place}: no {kind} {name!r}", where=str(path), remedy=nearest(name, there))
    return ledger


def read_ledger(path: Path) -> Ledger:
    """Read a ledger.

    Raises:
        EmobenchError: no such file, no TOML, an unknown key, a wrong type, a missing value: one line with file and place.
    """
    content = read_toml(path, "claims")
    try:
        if "claims" in content:
            raise ValueError("claims outside of a table; move them to a [[tables]]")
        content["claims"] = _flat(content.pop("tables", []))
        return Ledger.model_validate(content)
    except ValidationError as error:
        raise _readable(error, path, content["claims"]) from error
    except ValueError as error:
        raise EmobenchError(str(error), where=str(path), remedy=_REMEDY) from error


def _flat(tables: Any) -> list[dict[str, Any]]:
    """Return each claim with the keys of its table, over which its own go."""
    if not _are_tables(tables):
        raise ValueError("'tables' is no array of tables, [[tables]]")
    flat = []
    for number, table in enumerate(tables, start=1):
        shared = dict(table)
        claims = shared.pop("claims", [])
        if not claims or not _are_tables(claims):
            raise ValueError(f"table number {number} has no array 'claims' of tables")
        flat += [{**shared, **claim} for claim in claims]
    return flat


def _are_tables(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(each, dict) for each in found)


def _readable(error: ValidationError, path: Path, claims: list[dict[str, Any]]) -> EmobenchError:
    """Turn pydantic's errors into one line about the first of them."""
    # A ledger whose tables are misspelt has no claims either: not another mistake of the user's.
    errors = [each for each in error.errors() if each["type"] != "too_short"] or error.errors()
    first = errors[0]
    where, keys = "", list(map(str, first["loc"]))
    if len(keys) > 1 and keys[0] == "claims":
        number = int(keys[1])
        named = [str(claims[number][key]) for key in ("paper", "table", "row", "column") if key in claims[number]]
        where, keys = f"claim {number + 1} ({', '.join(named)}): ", keys[2:]
    key = ".".join(keys)
    what, remedy = first["msg"].removeprefix("Value error, "), _REMEDY
    if first["type"] == "extra_forbidden":
        known = [field.alias or name for name, field in (Claim if where else Ledger).model_fields.items()]
        what, remedy = f"unknown key {key!r}", nearest(keys[-1], known if where else [*known, "tables"])
    elif first["type"] == "missing":
        what, remedy = f"the key {key!r} is missing", "add it to the claim or to its table" if where else "add it"
    elif first["type"] != "value_error":
        what = f"{key}: {what[0].lower()}{what[1:]}, not {first['input']!r}"
    return EmobenchError(f"{where}{what}", where=str(path), remedy=remedy)
