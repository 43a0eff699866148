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
from typing import Any, Literal

from emobench.errors import EmobenchError, raised_at
from emobench.plugins import Registry, describe

Kind = Literal["datasets", "models", "fusions", "representations", "encoders", "protocols", "label_maps", "metrics"]
"""What a component is: its key among what is registered."""
Status = Literal["passed", "failed", "skipped"]


class Breach(Exception):  # noqa: N818  # it is what was seen of a component, not an error of the program
    """The component breaks the contract; the message says what was seen."""


class NotApplicable(Exception):  # noqa: N818
    """The contract does not concern this component, or cannot be checked; the message says why."""


class Subject:
    """A component on trial, and what several checks need of it, which is computed once.

    Args:
        kind: of the component.
        name: of the component.
        registry: where it and what it needs (datasets for a model, say) are registered.

    Attributes:
        component: the component itself.
        results: what the checks found that have run, by name.

    Raises:
        EmobenchError: nothing of this kind has the name.
    """

    def __init__(self, kind: Kind, name: str, registry: Registry) -> None:
        self.kind, self.name, self.registry = kind, name, registry
        self.component: Any = registry.find(kind, name)
        self.results: dict[str, CheckResult] = {}

    @property
    def label(self) -> str:
        """The kind, as a user writes it: ``label-map`` for ``label_maps``."""
        return self.kind.removesuffix("s").replace("_", "-")

    @property
    def module(self) -> str:
        """The module that registers the component."""
        return self.registry.modules[self.kind, self.name]

    @cached_property
    def _folder(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="emobench-check-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    def fresh_folder(self) -> Path:
        """Return a new empty folder, which is removed with the subject."""
        return Path(tempfile.mkdtemp(dir=self._folder))


@dataclass(frozen=True)
class Contract:
    """What every component of a kind must keep to, in one respect.

    Attributes:
        name: lower-case name with hyphens.
        promise: the contract, in one sentence without a final full stop.
        remedy: how to keep it, in one sentence without a final full stop.
        examine: called with the subject; it raises :class:`Breach` with what was seen, or :class:`NotApplicable`. Whatever
            else it raises is a breach too.
        needs: what must be kept before this contract can be checked: one fault is one failed check.
    """

    name: str
    promise: str
    remedy: str
    examine: Callable[[Any], None]
    needs: tuple[Contract, ...] = ()


class Contracts(list[Contract]):
    """The contracts of one kind, in the order in which they are checked.

    Args:
        subject: what they are examined on.
    """

    def __init__(self, subject: type[Subject] = Subject) -> None:
        super().__init__()
        self.subject = subject

    def add(self, remedy: str, *needs: Contract) -> Callable[[Callable[[Any], None]], Contract]:
        """Return a decorator that makes a contract of a function, under its name.

        The first line of its docstring is the promise; the arguments are those of :class:`Contract`.
        """

        def decorate(examine: Callable[[Any], None]) -> Contract:
            promise = (examine.__doc__ or "").partition("\n")[0].removesuffix(".")
            self.append(Contract(examine.__name__.replace("_", "-"), promise, remedy, examine, needs))
            return self[-1]

        return decorate


@dataclass(frozen=True)
class CheckResult:
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

    def run(self) -> CheckResult:
        """Check what the contract needs, then the contract; a second call returns the same result.

        A component that raises breaks its contract. Warnings are the harness's business, and are muted.
        """
        known = self.subject.results
        if self.contract.name not in known:
            known[self.contract.name] = self._run()
        return known[self.contract.name]

    def _run(self) -> CheckResult:
        for needed in (Check(contract, self.subject).run() for contract in self.contract.needs):
            if needed.status != "passed":
                why = needed.seen if needed.status == "skipped" else f"the check {needed.check!r} fails"
                return self._result("skipped", why)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                self.contract.examine(self.subject)
            except NotApplicable as reason:
                return self._result("skipped", str(reason))
            except (Breach, EmobenchError) as error:
                return self._result("failed", " ".join(str(error).split()), error=error)
            except (Exception, SystemExit) as error:
                seen = describe(error) + raised_at("".join(traceback.format_exception(error)))
                remedy = f"fix what raised this; if it is what the contract asks for: {self.contract.remedy}"
                return self._result("failed", seen, remedy, error)
        return self._result("passed")

    def _result(
        self, status: Status, seen: str = "", remedy: str = "", error: BaseException | None = None
    ) -> CheckResult:
        name, promise, remedy = self.contract.name, self.contract.promise, remedy or self.contract.remedy
        return CheckResult(name, self.subject.label, self.subject.name, status, seen, promise, remedy, error)

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
