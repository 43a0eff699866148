"""The contracts of a representation and a model, check by check; a failure says what the contract is and how to keep it."""

from collections.abc import Callable

import pytest

from emobench.testing import checks_for


@pytest.mark.parametrize("check", checks_for("representations", "egemaps"), ids=str)
def test_representation(check: Callable[[], None]) -> None:
    check()


@pytest.mark.parametrize("check", checks_for("models", "linear-svm"), ids=str)
def test_model(check: Callable[[], None]) -> None:
    check()
