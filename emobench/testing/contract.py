"""What a check is: a contract as data, a component that is held to it, and what came out."""

from __future__ import annotations

import shutil
import tempfile
import traceback
import unittest
import warnings
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

from emobench.errors import EmobenchError, raised_at
from emobench.plugins import Registry, describe

Kind = Literal["datasets", "models", "fusions", "representations", "protocols", "label_maps", "metrics"]
"""What a component is: its key among what is registered."""
Status = Literal["passed", "failed", "skipped"]

T = TypeVar("T")


class Breach(Exception):  # noqa: N818  # it is what was seen of a component, not an error of the program
    """The component breaks the contract; the message says what was seen."""


class NotApplicable(Exception):  # noqa: N818
    """The contract does not concern this component, or cannot be looked at; the message says why."""


class Subject:
    """A component on trial, and what several checks need of it, which is made once.

    Args:
        kind: of the component.
        name: of the component.
        registry: where it and what it needs (datasets for a model, say) are registered.

    Attributes:
        component: the component itself.
        asking: name of the check that runs.

    Raises:
        EmobenchError: nothing of this kind has the name.
    """

    def __init__(self, kind: Kind, name: str, registry: Registry) -> None:
        self.kind, self.name, self.registry = kind, name, registry
        self.component: Any = registry.find(kind, name)
        self.asking = ""

    @property
    def label(self) -> str:
        """The kind, as a user writes it: ``label-map`` for ``label_maps``."""
        return self.kind.removesuffix("s").replace("_", "-")

    @property
    def module(self) -> str:
        """The module that registers the component."""
        return self.registry.modules[self.kind, self.name]

    @cached_property
    def folder(self) -> Path:
        """A folder for whatever is written; it goes when the subject does."""
        made = Path(tempfile.mkdtemp(prefix="emobench-check-"))
        weakref.finalize(self, shutil.rmtree, made, ignore_errors=True)
        return made

    def fresh_folder(self, name: str) -> Path:
        """Return a new empty folder."""
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))


def prepared(owner: str) -> Callable[[Callable[[Any], T]], T]:
    """Make a property of a subject that is computed once.

    Where it fails, the check ``owner`` reports the failure, and every other check that needs it is skipped: one fault is one
    failed check.

    Args:
        owner: name of the check.
    """

    def decorate(function: Callable[[Any], T]) -> T:
        memory = f"_{function.__name__}"

        def get(subject: Subject) -> T:
            if memory not in vars(subject):
                try:
                    vars(subject)[memory] = (function(subject), None)
                except (Exception, SystemExit) as error:
                    vars(subject)[memory] = (None, error)
            value, failure = vars(subject)[memory]
            if failure is None:
                return value  # type: ignore[no-any-return]
            if isinstance(failure, NotApplicable) or subject.asking == owner:
                raise failure
            raise NotApplicable(f"the check {owner!r} fails")

        return property(get, doc=function.__doc__)  # type: ignore[return-value]

    return decorate


@dataclass(frozen=True)
class Contract:
    """One thing that every component of a kind must keep to.

    Attributes:
        name: lower-case name with hyphens.
        kind: of the components.
        promise: the contract, in one sentence without a final full stop.
        remedy: how to keep it, in one sentence without a final full stop.
        examine: called with the subject; it raises :class:`Breach` with what was seen, or :class:`NotApplicable`. Whatever
            else it raises is a breach too.
    """

    name: str
    kind: Kind
    promise: str
    remedy: str
    examine: Callable[[Any], None]


@dataclass(frozen=True)
class Result:
    """What a check found.

    Attributes:
        check: name of the contract.
        kind: of the component, as a user writes it.
        component: its name.
        status: ``passed``, ``failed`` or ``skipped``.
        seen: what was seen of a breach, or why the check was skipped; empty where it passed.
        promise: the contract.
        remedy: how to keep it.
        error: what was raised, for a debugger.
    """

    check: str
    kind: str
    component: str
    status: Status
    seen: str
    promise: str
    remedy: str
    error: BaseException | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        if self.status == "passed":
            return f"passed   {self.check}"
        if self.status == "skipped":
            return f"skipped  {self.check}: {self.seen}"
        return f"FAILED   {self.check}: {self.seen}; the contract: {self.promise}; to keep it: {self.remedy}"


@dataclass(frozen=True, eq=False)
class Check:
    """A contract and a component that is held to it. Call it in a test, or :meth:`run` it for a result.

    Attributes:
        contract: what is checked.
        subject: of what; shared by all checks of the component.
    """

    contract: Contract
    subject: Subject

    def run(self) -> Result:
        """Check. A component that throws breaks its contract; warnings are the harness's business, and are muted."""
        status: Status = "passed"
        seen, cause, remedy = "", None, self.contract.remedy
        self.subject.asking = self.contract.name
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                self.contract.examine(self.subject)
            except NotApplicable as reason:
                status, seen = "skipped", str(reason)
            except (Exception, SystemExit) as error:
                status, seen, cause = "failed", " ".join(str(error).split()), error
                if not isinstance(error, Breach | EmobenchError):
                    seen = describe(error) + raised_at("".join(traceback.format_exception(error)))
                    remedy = f"mend what raised this; if it is what the contract asks for: {remedy}"
        return Result(
            check=self.contract.name,
            kind=self.subject.label,
            component=self.subject.name,
            status=status,
            seen=seen,
            promise=self.contract.promise,
            remedy=remedy,
            error=cause,
        )

    def __call__(self) -> None:
        """Check, as a test does.

        Raises:
            AssertionError: the contract is broken.
            unittest.SkipTest: it does not concern the component; pytest counts the test as skipped.
        """
        result = self.run()
        if result.status == "skipped":
            raise unittest.SkipTest(result.seen)
        if result.status == "failed":
            raise AssertionError(str(result)) from result.error

    def __str__(self) -> str:
        return self.contract.name


class Contracts(list[Contract]):
    """The contracts of one kind, in the order in which they are checked."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.kind = kind

    def add(self, name: str, promise: str, remedy: str) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
        """Return a decorator that makes a contract of a function; the arguments are those of :class:`Contract`."""

        def decorate(examine: Callable[[Any], None]) -> Callable[[Any], None]:
            self.append(Contract(name, self.kind, promise, remedy, examine))
            return examine

        return decorate
