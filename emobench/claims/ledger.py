"""The claim ledger of a suite: every number that its papers print, read from TOML through a validated schema.

The suite file names it (``claims = "my_suite_claims.toml"``), and it lies beside. docs/claims.md explains every key.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationError, model_validator

from emobench.claims.confusion_search import RATIOS
from emobench.claims.rounding import Printed, printed
from emobench.errors import EmobenchError, nearest
from emobench.plugins import Registry
from emobench.records import Frozen
from emobench.suites import Suite, read_toml

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
        """The number as a share in [0, 1], whatever its unit."""
        return float(self.printed.value)

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return f"paper {self.paper}, {self.table}, {self.row}, {self.column}"


class Ledger(_Strict):
    """All claims of a suite.

    Attributes:
        format: version of the file format; written ``schema`` in the file.
        papers: short name to title.
        matrices: what claims have in common.
        claims: in the order of the file.
    """

    format: Literal[1] = Field(alias="schema")
    papers: dict[str, str]
    matrices: list[Matrix] = []
    claims: list[Claim] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> Ledger:
        matrices = {one.name: one for one in self.matrices}
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

    def matrix(self, name: str) -> Matrix:
        """Return the matrix of that name."""
        return next(one for one in self.matrices if one.name == name)

    def about(self, matrix: str) -> tuple[Claim, ...]:
        """Return the claims about a matrix."""
        return tuple(claim for claim in self.claims if claim.matrix == matrix)


def find_ledger(suite: Suite, registry: Registry) -> Ledger:
    """Read the ledger that a suite names, and check it against the suite and the registered metrics.

    Raises:
        EmobenchError: the suite names none, or it breaks the schema: one line with file and place.
    """
    if not suite.claims:
        raise EmobenchError(
            f"suite {suite.name!r} has no ledger of claims",
            where=str(suite.file),
            remedy="name one with the key 'claims'",
        )
    path = suite.file.parent / suite.claims
    ledger = read_ledger(path)
    experiments = {one.name: one for one in suite.experiments}
    for claim in ledger.claims:
        _known(claim.experiments, experiments, "experiment", claim, path)
        if not claim.of_class:
            _known([claim.metric], registry.metrics, "metric", claim, path)
        # A fusion has the label map of its members.
        maps = {str(experiments[name].labels) for name in claim.experiments} & set(registry.label_maps)
        for name in maps if claim.label else ():
            _known([claim.label], registry.label_maps[name].classes, "class", claim, path)
    return ledger


def _known(names: Iterable[str], known: Iterable[str], kind: str, claim: Claim, path: Path) -> None:
    for name in names:
        if name not in known:
            raise EmobenchError(f"{claim.place}: no {kind} {name!r}", where=str(path), remedy=nearest(name, known))


def read_ledger(path: Path) -> Ledger:
    """Read a ledger.

    Raises:
        EmobenchError: no such file, no TOML, an unknown key, a wrong type, a missing value: one line with file and place.
    """
    content = read_toml(path, "claims")
    claims = _flat(content.pop("tables", []), path)
    if "claims" in content:
        raise EmobenchError("claims outside of a table", where=str(path), remedy="move them to a [[tables]]")
    try:
        return Ledger.model_validate({**content, "claims": claims})
    except ValidationError as error:
        raise _readable(error, path, claims) from error


def _flat(tables: Any, path: Path) -> list[dict[str, Any]]:
    """Return each claim with the keys of its table, over which its own go."""
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise EmobenchError("'tables' is no array of tables", where=str(path), remedy="write [[tables]]")
    flat = []
    for number, table in enumerate(tables, start=1):
        shared = dict(table)
        claims = shared.pop("claims", [])
        if not isinstance(claims, list) or not all(isinstance(claim, dict) for claim in claims) or not claims:
            raise EmobenchError(
                f"table number {number} has no array 'claims' of tables", where=str(path), remedy=_REMEDY
            )
        flat += [{**shared, **claim} for claim in claims]
    return flat


def _readable(error: ValidationError, path: Path, claims: list[dict[str, Any]]) -> EmobenchError:
    """Turn pydantic's errors into one line about the first of them."""
    # A ledger whose tables are misspelt has no claims either: not another mistake of the user's.
    errors = [one for one in error.errors() if one["type"] != "too_short"] or error.errors()
    first = errors[0]
    place = list(first["loc"])
    where = ""
    if len(place) > 1 and place[0] == "claims" and isinstance(place[1], int):
        claim = claims[place[1]]
        named = [str(claim[key]) for key in ("paper", "table", "row", "column") if key in claim]
        where = f"claim {place[1] + 1} ({', '.join(named)}): "
        place = place[2:]
    keys = ".".join(map(str, place))
    what, remedy = first["msg"].removeprefix("Value error, "), _REMEDY
    if first["type"] == "extra_forbidden":
        known = [field.alias or name for name, field in (Claim if where else Ledger).model_fields.items()]
        known += [] if where else ["tables"]
        what, remedy = f"unknown key {keys!r}", nearest(str(place[-1]), known)
    elif first["type"] == "missing":
        what, remedy = f"the key {keys!r} is missing", "add it to the claim or to its table" if where else "add it"
    elif first["type"] != "value_error":
        what = f"{keys}: {what[0].lower()}{what[1:]}, not {first['input']!r}"
    return EmobenchError(f"{where}{what}", where=str(path), remedy=remedy)
